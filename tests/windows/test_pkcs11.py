"""A vendor's PKCS #11 module for Windows: a DLL of a C compiler's, packed to one octet."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

import pytest
from support import fakes

from certhelper.stores.base import KeyState, StoreStatus, TriesLeft
from certhelper.stores.pkcs11 import Limits, Pkcs11Store, TokenWatch
from certhelper.stores.pkcs11_watch import NOTHING_SEEN
from certhelper.stores.registry import open_store

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="only on Windows: its DLLs")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return Path(shutil.copy(fakes.folder() / "pkcs11_token.dll", tmp_path / "vendor.dll"))


def test_a_token(module: Path) -> None:
    """Its facts, its certificates (one longer than usual) and an empty reader; it prints, too."""
    reading = open_store(f"pkcs11:{module}").read()
    assert (reading.status, reading.reason, reading.detail) == (StoreStatus.OK, None, "")
    assert [(slot.name, bool(slot.token)) for slot in reading.slots] == [
        ("Reader A", True),
        ("Reader B", False),
    ]
    token = reading.slots[0].token
    assert token is not None
    assert token[:4] == ("Windows card", "00112233", "A maker", "Model 1")
    assert token.slot_id == 5
    assert token.needs_login
    assert token.is_protected_path
    assert token.tries is TriesLeft.LAST
    short, long = reading.installed
    assert (short.label, short.certificate.der) == ("short", b"certificate")
    assert (long.label, long.certificate.der) == ("Windows card", b"x" * 20_000)
    assert {short.key, long.key} == {KeyState.NEEDS_USER}


@pytest.mark.parametrize(("name", "reason"), [("hang", "hung"), ("crash", "crashed")])
def test_a_bad_one(module: Path, name: str, reason: str) -> None:
    """It takes along its own process only, without a dialog."""
    bad = module.rename(module.with_name(f"{name}.dll"))
    reading = Pkcs11Store(bad, limits=Limits(silence=3.0, whole=10.0)).read()
    assert (reading.status, reading.reason) == (StoreStatus.FAILED, f"module-{reason}")


def test_a_dll_of_another_kind(tmp_path: Path) -> None:
    """A library without the one function, and a file that is none."""
    other = shutil.copy(fakes.folder() / "csp.dll", tmp_path)
    assert open_store(f"pkcs11:{other}").read().reason == "module-not-pkcs11"
    (tmp_path / "text.dll").write_text("no library")
    assert open_store(f"pkcs11:{tmp_path}/text.dll").read().reason == "module-not-loadable"


def test_it_is_watched(module: Path) -> None:
    """Its child looks, tells and ends."""
    told = threading.Event()
    before = set(threading.enumerate())
    with TokenWatch(module, NOTHING_SEEN, told.set):
        assert told.wait(60.0)
    for thread in set(threading.enumerate()) - before:
        thread.join(60.0)
        assert not thread.is_alive()
