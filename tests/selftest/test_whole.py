"""The whole self test with the real engine, as a person runs it, and what it leaves: nothing."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from support import nssdb, pki
from support.self_test import Running, tree
from support.systems import only_on_linux

from certhelper.demo.customers import DEMO_PIN
from certhelper.selftest import temporary

pytestmark = only_on_linux  # NSS

_FIRST_DISPLAY_PORT = 6000  # Xserver(1): display N listens on port 6000 + N

WHOLE = {
    "ready": "ready",
    "left-overs": "no-left-overs",
    "store-read": "store-read",
    "demo-bank": "demo-bank-started",
    "put": "certificate-put",
    "listed": "certificate-listed",
    "log-on": "logged-on",
    "proof": "bank-saw-it",
    "removed": "all-removed",
    "summary": "all-ok",
}


def person_s_database(home: Path, password: str | None = None) -> Path:
    """The store of somebody with two certificates, a trusted CA and a note from a browser."""
    authority = pki.Authority(pki.ISSUER)
    directory = home / ".pki" / "nssdb"
    database = nssdb.make(
        directory,
        [
            (authority.issue("12345678901234 user01"), "first"),
            # Only the issuer's key and the time of validity tell it from ours.
            (
                authority.issue(
                    (
                        ("C", "JP"),
                        ("O", "certhelper selftest"),
                        ("CN", "00000000000000 selftest"),
                    )
                ),
                temporary.LABEL,
            ),
        ],
        password,
    )
    if password is None:
        database.trust(authority)
    return directory


def test_a_store_in_use_is_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step goes well; each row of the person's database is the same as before.

    What is told names neither the folder of the account nor the PIN.  With a display, too,
    nothing is shown: the X server is not even spoken to.
    """
    person_s_database(home)
    before = tree(home)
    monkeypatch.delenv("QT_QPA_PLATFORM")
    with socket.create_server(("127.0.0.1", 0)) as display:
        display.setblocking(False)
        number = display.getsockname()[1] - _FIRST_DISPLAY_PORT
        with Running(DISPLAY=f"127.0.0.1:{number}") as run:
            assert run.finish() == 0
        with pytest.raises(BlockingIOError):
            display.accept()
    assert run.codes == WHOLE
    assert run.lines[0]["detail"]["display"]
    assert tree(home) == before
    said = json.dumps(run.lines, ensure_ascii=False)
    assert str(home) not in said
    assert DEMO_PIN not in said
    [read] = [line for line in run.lines if line["step"] == "store-read"]
    assert read["detail"] == {
        "kind": "nss",
        "place": "~/.pki/nssdb",
        "reason": None,
        "certificates": 3,
        "with_key": 2,
    }
    [proof] = [line for line in run.lines if line["step"] == "proof"]
    assert proof["detail"]["pin_posts"] == 1


def test_a_database_with_a_password_is_left_alone(home: Path) -> None:
    """Only the person can open it: said, and a temporary store takes its place."""
    directory = person_s_database(home, password="secret")
    before, octets = tree(home), (directory / "key4.db").read_bytes()
    with Running() as run:
        assert run.finish() == 0
    changed = {"put": "database-has-password", "put-elsewhere": "temporary-database"}
    assert run.codes == WHOLE | changed | {"summary": "ok-but-not-all-tried"}
    assert tree(home) == before
    assert (directory / "key4.db").read_bytes() == octets


def test_a_run_that_was_killed_is_undone_by_the_next(home: Path) -> None:
    """Killed in the middle of the log-on; there was no store, and afterwards there is none."""
    before = tree(home)
    with Running() as killed:
        killed.until("listed")
        killed.process.kill()
    assert tree(home) != before
    with Running() as run:
        assert run.finish() == 0
    changed = {
        "left-overs": "left-overs-removed",
        "store-read": "store-empty",
        "put": "database-made",
    }
    assert run.codes == WHOLE | changed
    assert tree(home) == before


def test_asked_to_end_it_removes_everything_first(home: Path) -> None:
    """SIGTERM in the middle of the log-on: the store is as before, and that is told."""
    person_s_database(home)
    before = tree(home)
    with Running() as run:
        run.until("listed")
        run.process.terminate()
        status = run.finish()
    assert status == 130
    assert run.codes["removed"] == "all-removed"
    assert run.codes["summary"] == "selftest-interrupted"
    assert tree(home) == before
