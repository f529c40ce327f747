"""What a command says while a module or a place hangs: on stderr, and never in the answer."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from support import nssdb, pki
from support.cli import Run
from support.systems import only_on_linux

from certhelper.cli import output, waiting
from certhelper.installing import importing, removing
from certhelper.logon.secret_wanted import SecretKind
from certhelper.logon.unlocking import Unlocking
from certhelper.stores import registry
from certhelper.stores.base import StoreReading, StoreStatus

ISSUED = pki.Authority().issue("12345678901234 user01")


class _Hanging(NamedTuple):
    """A store that is read as soon as it was said that it takes long."""

    kind: str
    where: str
    said: threading.Event

    def read(self) -> StoreReading:
        assert self.said.wait(30)
        return StoreReading(self.kind, self.where, StoreStatus.FAILED, "module-hung")


class _Quick(NamedTuple):
    kind: str
    where: str

    def read(self) -> StoreReading:
        return StoreReading(self.kind, self.where, StoreStatus.OK)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when something was said to the person, who has no patience at all."""
    event, say = threading.Event(), output.say

    def tell(sentence: str) -> None:
        say(sentence)
        event.set()

    monkeypatch.setattr(output, "say", tell)
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
    return event


def test_a_hanging_module_is_named_while_it_hangs(
    run: Run, said: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time after which it is given up; what is read already is not named."""
    stores = [_Quick("nss", "/quick"), _Hanging("pkcs11", "/lib/t.so", said)]
    monkeypatch.setattr(registry, "stores_of_this_pc", lambda: stores)
    listed = run("list", "--json")
    assert "pkcs11:/lib/t.so" in listed.err
    assert "15秒" in listed.err
    document = listed.document("certhelper.list-1")
    assert [store["reason"] for store in document["stores"]] == [None, "module-hung"]


def test_a_place_that_takes_long_is_named(
    run: Run, said: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a database on a network that does not answer: it is no token's fault."""
    monkeypatch.setattr(registry, "stores_of_this_pc", lambda: [_Hanging("nss", "/far", said)])
    listed = run("list")
    assert "nss:/far" in listed.err
    assert "トークン" not in listed.err


def test_browser_names_what_it_waits_for(
    run: Run, said: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the same places as the list."""
    monkeypatch.setattr(registry, "stores_of_this_pc", lambda: [_Hanging("nss", "/far", said)])
    assert "nss:/far" in run("browser").err


@only_on_linux  # NSS
class TestChanges:
    """What takes long is named before something is changed, and while it is."""

    @pytest.fixture
    def database(self, home: Path, tmp_path: Path) -> nssdb.Database:
        """A person's database with one certificate."""
        return nssdb.make(tmp_path / "nssdb", [(ISSUED, "user01")])

    def test_remove_names_the_other_places_that_it_looks_into(
        self,
        run: Run,
        said: threading.Event,
        monkeypatch: pytest.MonkeyPatch,
        database: nssdb.Database,
    ) -> None:
        """A module that hangs has nothing to do with this database, and is waited for."""
        monkeypatch.setattr(
            registry, "stores_of_this_pc", lambda: [_Hanging("pkcs11", "/lib/t.so", said)]
        )
        removed = run("remove", ISSUED.sha256, "--store", f"nss:{database.directory}")
        assert "pkcs11:/lib/t.so" in removed.err
        assert "[removal-not-confirmed]" in removed.err

    @pytest.mark.parametrize(("part", "words"), [("look", "読み込み"), ("bring_in", "変更")])
    def test_import_names_its_store(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str, words: str
    ) -> None:
        """While it is looked into, and while the certificate comes in."""
        store = f"nss:{nssdb.Database.create(tmp_path / 'nssdb').directory}"
        slow_down(importing, part, f"{words}に時間がかかっています: {store}", monkeypatch)
        (tmp_path / "mine.p12").write_bytes(ISSUED.pkcs12())
        assert run("import", str(tmp_path / "mine.p12"), "--store", store, "--yes").status == 0

    def test_remove_names_the_store_that_it_changes(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, database: nssdb.Database
    ) -> None:
        """It holds the person's key: nobody should break it off."""
        monkeypatch.setattr(registry, "stores_of_this_pc", list)
        store = f"nss:{database.directory}"
        slow_down(removing, "take_out", f"変更に時間がかかっています: {store}", monkeypatch)
        assert run("remove", ISSUED.sha256, "--store", store, "--yes").status == 0


def slow_down(
    module: ModuleType, function: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let it be done as soon as these words were said."""
    work, say, event = getattr(module, function), output.say, threading.Event()

    def tell(sentence: str) -> None:
        say(sentence)
        if words in sentence:
            event.set()

    def slowly(*arguments: object) -> object:
        assert event.wait(30)
        return work(*arguments)

    monkeypatch.setattr(output, "say", tell)
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
    monkeypatch.setattr(module, function, slowly)


def test_a_token_whose_log_in_hangs_is_named(
    said: threading.Event, capfd: pytest.CaptureFixture[str]
) -> None:
    """By its label, until the session has said its first word."""
    order = Unlocking(SecretKind.TOKEN_PIN, "会社のカード", module=Path("/lib/t.so"))
    with waiting.for_token(order) as answer:
        assert said.wait(30)
        answer.end()
    out, err = capfd.readouterr()
    assert "「会社のカード」" in err
    assert "60秒" in err
    assert out == ""


def test_what_comes_in_time_is_waited_for_in_silence() -> None:
    """Whoever still watches then has nothing to tell."""
    told: list[str] = []
    with waiting.Waiting(lambda: told.append("waiting")) as quick:
        quick.end()
    quick._watch(30.0)
    assert not told
