"""Tokens that come, go and change while somebody watches, with a real module (SoftHSM)."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support import pki
from support.softhsm import MODULE, MadeToken, SoftHsm
from support.systems import needs_linux

from certhelper.starting import part
from certhelper.stores.pkcs11 import Pkcs11Store, TokenWatch
from certhelper.stores.pkcs11_messages import Kind
from certhelper.stores.pkcs11_told import cut
from certhelper.stores.pkcs11_watch import LOOKER, NOTHING_SEEN

PATIENCE = 60.0  # seconds; a test that waits so long has failed
# Seconds.  SoftHSM may lose what another program adds while somebody looks: not too often, then.
LOOKS = 0.3

pytestmark = pytest.mark.usefixtures("tokens")


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    needs_linux("SoftHSM")
    made = SoftHsm(tmp_path / "tokens")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def card(tokens: SoftHsm, authority: pki.Authority) -> MadeToken:
    made = tokens.make_token("card")
    tokens.add(made, authority.issue("12345678901234 user"), "first", "01")
    return made


Change = Callable[[SoftHsm, MadeToken, pki.Authority], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda tokens, card, authority: tokens.add(card, authority.issue("2"), "second", "02"),
        lambda tokens, card, authority: tokens.remove_certificate(card, "01"),
        lambda tokens, card, authority: tokens.make_token("another"),
        lambda tokens, card, authority: tokens.delete_token(card),
        lambda tokens, card, authority: tokens.try_pin(card, "0000"),
    ],
    ids=["added", "removed", "plugged", "pulled", "wrong PIN"],
)
def test_what_changes_is_told(
    tokens: SoftHsm, card: MadeToken, authority: pki.Authority, change: Change
) -> None:
    """Once, by a call, as soon as it is seen; and it can be asked for."""
    store = Pkcs11Store(MODULE)
    store.read()
    told = threading.Semaphore(0)
    with TokenWatch(MODULE, store.mark, told.release, LOOKS) as watch:
        change(tokens, card, authority)
        assert told.acquire(timeout=PATIENCE)
        assert watch.has_changed
    before = store.mark
    store.read()
    assert store.mark != before
    assert not told.acquire(blocking=False)


def test_what_has_not_changed_looks_the_same(card: MadeToken) -> None:
    """A look of the child's sees what the reading saw, and it ends when its stdin does."""
    store = Pkcs11Store(MODULE)
    store.read()
    with subprocess.Popen(
        [*part(LOOKER, with_packages=False), str(MODULE), str(LOOKS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        size = len(Kind.MARK) + 4 + 4 + len(store.mark)
        first = process.stdout.read(size)
        process.stdin.close()
        rest = process.stdout.read()
    assert [told.fields[0] for told in cut(bytearray(first + rest))] == [store.mark]
    assert process.returncode == 0


def test_a_module_that_could_not_be_read(tokens: SoftHsm, tmp_path: Path, card: MadeToken) -> None:
    """That it can be read now is a change."""
    moved = tokens.tokens.rename(tmp_path / "moved")
    store = Pkcs11Store(MODULE)
    assert store.read().reason == "module-refused"
    assert store.mark == NOTHING_SEEN
    told = threading.Event()
    with TokenWatch(MODULE, store.mark, told.set, LOOKS):
        moved.rename(tokens.tokens)
        assert told.wait(PATIENCE)
    assert len(store.read().installed) == 1


def test_its_child_ends_with_the_watch(card: MadeToken) -> None:
    """Nothing runs any more when nobody watches, and stopping twice is no mistake."""
    told = threading.Event()
    before = set(threading.enumerate())
    watch = TokenWatch(MODULE, NOTHING_SEEN, told.set, LOOKS)
    watch.start()
    assert told.wait(PATIENCE)
    watch.stop()
    watch.stop()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_stopped_before_it_began(card: MadeToken) -> None:
    """A window that is hidden at once starts nothing that stays."""
    before = set(threading.enumerate())
    watch = TokenWatch(MODULE, NOTHING_SEEN, look_seconds=LOOKS)
    watch.stop()
    watch.start()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert not watch.has_changed
