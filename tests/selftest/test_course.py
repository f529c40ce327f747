"""The steps when something is in their way; the log-on itself is that of test_whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support import nssdb, pki
from support.self_test import held_to_schema, tree
from support.systems import only_on_linux

from certhelper.demo.server import DemoServer
from certhelper.failures import FailedError
from certhelper.selftest import course, record, session, traces
from certhelper.selftest.nss_place import NssPlace
from certhelper.selftest.outcome import Outcome, Step
from certhelper.selftest.record import Record

pytestmark = only_on_linux  # NSS


class Told:
    """What a run told."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def __call__(self, outcome: Outcome) -> None:
        held_to_schema(outcome.document())
        self.outcomes.append(outcome)

    @property
    def codes(self) -> dict[Step, str]:
        return {outcome.step: outcome.code for outcome in self.outcomes}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(autouse=True)
def _no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody logs on; the bank hears of no certificate."""
    monkeypatch.setattr(session, "run", lambda *_: {"top-page": 1})


def test_what_the_bank_did_not_see_is_no_success(home: Path, told: Told) -> None:
    """The session says that all went well, and the bank's own log knows of nothing."""
    before = tree(home)
    assert course.run(told) == 1
    assert told.codes[Step.LOG_ON] == "logged-on"
    assert told.codes[Step.PROOF] == "selftest-not-proved"
    assert told.codes[Step.REMOVED] == "all-removed"
    assert tree(home) == before


def test_an_administrator_s_policy_is_no_fault(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the administrator's own profiles are allowed the demo's is not used; said."""

    def forbidden(*_: object) -> Any:
        raise FailedError("profile-forbidden", given="demo-bank.toml")

    monkeypatch.setattr(session, "run", forbidden)
    assert course.run(told) == 0
    assert told.codes[Step.LOG_ON] == "demo-profile-forbidden"
    assert told.codes[Step.PROOF] == "after-failure"
    assert told.codes[Step.SUMMARY] == "ok-but-not-all-tried"


def test_a_second_run_at_once_does_nothing(told: Told, home: Path) -> None:
    """The first one's certificate and bank are not touched."""
    with record.held():
        before = tree(home)
        assert course.run(told) == 1
        assert tree(home) == before
    assert list(told.codes) == [Step.READY, Step.SUMMARY]
    assert told.codes[Step.READY] == "selftest-running"


def test_no_bank_no_certificate(told: Told, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put into the store when the demo bank cannot be started."""

    def refused(_: DemoServer) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(DemoServer, "start", refused)
    before = tree(home)
    assert course.run(told) == 1
    assert told.codes[Step.DEMO_BANK] == "selftest-bank-not-started"
    assert told.codes[Step.PUT] == "after-failure"
    assert told.codes[Step.REMOVED] == "all-removed"
    assert tree(home) == before


def test_a_store_that_takes_nothing_is_replaced(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure stands in the report; the rest is tried with a temporary store."""
    own = pki.Authority().issue("12345678901234 user01")
    nssdb.make(home / ".pki" / "nssdb", [(own, "own")])
    before = tree(home)

    def refused(*_: object) -> None:
        raise FailedError("selftest-not-put", detail="key -8190")

    monkeypatch.setattr(NssPlace, "put", refused)
    assert course.run(told) == 1
    assert told.codes[Step.PUT] == "selftest-not-put"
    assert told.codes[Step.PUT_ELSEWHERE] == "temporary-database"
    assert told.codes[Step.LISTED] == "certificate-listed"
    assert tree(home) == before


def test_a_damaged_store_is_said_and_left_alone(told: Told, home: Path) -> None:
    """Read: failed with the store's own reason; nothing is put into it."""
    directory = home / ".pki" / "nssdb"
    directory.mkdir(parents=True)
    for name in ("cert9.db", "key4.db"):
        (directory / name).write_bytes(b"no database at all")
    assert course.run(told) == 1
    assert told.codes[Step.STORE_READ] == "selftest-store-unreadable"
    assert told.codes[Step.PUT] == "store-not-readable"
    assert told.codes[Step.LISTED] == "certificate-listed"
    assert (directory / "cert9.db").read_bytes() == b"no database at all"


def test_what_cannot_be_removed_is_said_and_tried_again_by_the_next_run(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record stays for as long as anything of it does."""
    own = pki.Authority().issue("12345678901234 user01")
    nssdb.make(home / ".pki" / "nssdb", [(own, "own")])
    before = tree(home)
    remove = NssPlace.remove

    def refused(*_: object) -> None:
        raise FailedError("selftest-not-put", detail="delete-certificate -8190")

    monkeypatch.setattr(NssPlace, "remove", refused)
    assert course.run(told) == 1
    assert told.codes[Step.REMOVED] == "selftest-not-removed"
    assert told.outcomes[-2].facts["detail"] == "delete-certificate -8190"
    assert tree(home) != before
    kept = Told()
    assert course.run(kept) == 1
    assert kept.codes == {
        Step.READY: "ready",
        Step.LEFT_OVERS: "selftest-left-overs-kept",
        Step.SUMMARY: "selftest-failed",
    }
    monkeypatch.setattr(NssPlace, "remove", remove)
    again = Told()
    course.run(again)
    assert again.codes[Step.LEFT_OVERS] == "left-overs-removed"
    assert tree(home) == before


def test_a_record_that_names_another_certificate_removes_nothing(told: Told, home: Path) -> None:
    """Whoever wrote it: the person's own certificate does not carry our marks, and stays."""
    own = pki.Authority().issue("12345678901234 user01")
    directory = home / ".pki" / "nssdb"
    nssdb.make(directory, [(own, "own")])
    before = tree(directory)
    with record.held() as file:
        file.write(
            Record(
                temporary=os.fsencode(home),
                state_folders=[],
                kind="nss",
                where=os.fsencode(directory),
                certificate=own.der,
            )
        )
    assert course.run(told) == 1
    assert told.codes[Step.LEFT_OVERS] == "selftest-record-unreadable"
    assert tree(directory) == before
    again = Told()
    course.run(again)
    assert again.codes[Step.LEFT_OVERS] == "no-left-overs"


def test_only_a_run_s_own_folder_is_removed(tmp_path: Path) -> None:
    """A record may name any folder; the name of ours begins in one way, and a link is no folder."""
    precious = tmp_path / "precious"
    precious.mkdir()
    link = tmp_path / f"certhelper-selftest-{'0' * 32}"
    link.symlink_to(precious)
    named_alike = tmp_path / "certhelper-selftest-results"
    named_alike.mkdir()
    for folder in (precious, link, named_alike):
        traces.undo(Record(temporary=os.fsencode(folder), state_folders=[]))
    assert precious.is_dir()
    assert named_alike.is_dir()


def test_a_certificate_that_vanished_meanwhile_is_said(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deleted one of the person's own during the run: not by us, but worth a word."""
    own = pki.Authority().issue("12345678901234 user01")
    database = nssdb.make(home / ".pki" / "nssdb", [(own, "own")])

    def deleted(*_: object) -> dict[str, int]:
        database._run("certutil", "-F", "-n", "own")
        return {}

    monkeypatch.setattr(session, "run", deleted)
    assert course.run(told) == 1
    assert told.codes[Step.REMOVED] == "selftest-store-changed"


def test_a_reader_that_is_gone_keeps_nothing_from_being_removed(home: Path) -> None:
    """``certhelper selftest | head``: the store is as it was all the same."""
    before = tree(home)

    def gone(outcome: Outcome) -> None:
        if outcome.step is Step.LISTED:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        course.run(gone)
    assert tree(home) == before


def test_a_fault_of_our_own_keeps_nothing_from_being_removed(
    told: Told, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one failed step, told with its place, and status 3."""

    def fault(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(session, "run", fault)
    before = tree(home)
    assert course.run(told) == 3
    assert told.codes[Step.LOG_ON] == "internal-error"
    assert told.codes[Step.REMOVED] == "all-removed"
    assert tree(home) == before
