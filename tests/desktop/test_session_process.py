"""The child of one log-on: its stages, its PIN, and its end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete
from support.systems import only_on_linux

from certhelper.desktop.session_process import SessionProcess, logon_command
from certhelper.failures import FailedError
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage, StageReport
from certhelper.secret import Secret
from certhelper.starting import program

CHILD = """
import json, os, signal, subprocess, sys, threading
sys.stdout.reconfigure(encoding="utf-8")  # as the program's own output is
for step in json.loads(sys.argv[1]):
    match step:
        case ["say", line]:
            print(line, flush=True)
        case ["complain", line]:
            print(line, file=sys.stderr, flush=True)
        case ["read", path]:
            line = sys.stdin.buffer.readline()
            rest = sys.stdin.buffer.read()
            open(path, "wb").write(line + b"|" + rest)
        case ["secret", path]:
            number = next(a for a in sys.argv if a.startswith("--secret-fd=")).partition("=")[2]
            open(path, "wb").write(os.read(int(number), 100))
        case ["wait-for-end-of-input"]:
            sys.stdin.buffer.read()
        case ["ignore-termination"]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case ["hang"]:
            threading.Event().wait()
        case ["environment", path]:
            open(path, "w").write(json.dumps([sys.argv, dict(os.environ)]))
        case ["grandchild", path]:
            sleep = "import threading; threading.Event().wait()"
            child = subprocess.Popen([sys.executable, "-c", sleep])
            open(path, "w").write(str(child.pid))
        case ["exit", status]:
            sys.stdout.flush()
            os._exit(status)
"""

PATIENCE_MS = 20_000
_KILL = 9  # SIGKILL; on Windows any number but two ends a process at once


class Watched:
    """A child with what it reported and how it ended."""

    def __init__(self, process: SessionProcess) -> None:
        self.process = process
        self.reports: list[StageReport] = []
        self.ends: list[tuple[int, str]] = []
        process.reported.connect(self.reports.append)
        process.ended.connect(lambda status, words: self.ends.append((status, words)))


@pytest.fixture
def watched(qtbot: QtBot) -> Iterator[list[Watched]]:
    """The children of a test; none outlives it."""
    started: list[Watched] = []
    yield started
    for one in started:
        one.process.cancel()
    qtbot.waitUntil(
        lambda: all(one.ends for one in started if one.process._process), timeout=PATIENCE_MS
    )
    for one in started:
        delete(one.process)


def start(
    watched: list[Watched], *steps: list[object], passphrase: Secret | None = None
) -> Watched:
    command = [sys.executable, "-c", CHILD, json.dumps(steps)]
    one = Watched(SessionProcess(command, passphrase, QCoreApplication.instance()))
    watched.append(one)
    one.process.start()
    return one


def wait_for_end(qtbot: QtBot, one: Watched) -> tuple[int, str]:
    qtbot.waitUntil(lambda: bool(one.ends), timeout=PATIENCE_MS)
    (end,) = one.ends
    return end


def line(stage: Stage, code: str | None = None, **detail: object) -> str:
    return StageReport(stage, code, detail).line()


def test_stages_arrive_in_order_and_chatter_is_passed_by(
    qtbot: QtBot, watched: list[Watched]
) -> None:
    """Lines that are no stage (an engine's own words, other JSON, no UTF-8) change nothing."""
    one = start(
        watched,
        ["say", "[1122/ERROR:gpu_init.cc] chatter"],
        ["say", line(Stage.OPENED)],
        ["say", '{"stage": "no-such-stage", "code": null, "detail": {}}'],
        ["say", "[]"],
        ["say", line(Stage.FAILED, "no-answer", host="銀行.test")],
        ["exit", 1],
    )
    assert wait_for_end(qtbot, one)[0] == 1
    assert one.reports == [
        StageReport(Stage.OPENED),
        StageReport(Stage.FAILED, "no-answer", {"host": "銀行.test"}),
    ]


def test_what_did_not_work_beside_the_log_on_arrives_on_its_own(
    qtbot: QtBot, watched: list[Watched]
) -> None:
    """It is no stage and changes none; the window must hear of it all the same."""
    notice = SessionNotice("folder-not-opened", {"folder": "/受取"})
    one = start(watched, ["say", json.dumps(notice.document())], ["say", line(Stage.OPENED)])
    told: list[SessionNotice] = []
    one.process.noticed.connect(told.append)
    wait_for_end(qtbot, one)
    assert told == [notice]
    assert one.reports == [StageReport(Stage.OPENED)]


def test_the_wish_to_find_a_cause_arrives_on_its_own(qtbot: QtBot, watched: list[Watched]) -> None:
    """It is neither a stage nor something that did not work."""
    wanted = CauseWanted("no-answer", {"address": "銀行.test"})
    one = start(watched, ["say", json.dumps(wanted.document())], ["say", line(Stage.OPENED)])
    heard: list[CauseWanted] = []
    noticed: list[SessionNotice] = []
    one.process.cause_wanted.connect(heard.append)
    one.process.noticed.connect(noticed.append)
    wait_for_end(qtbot, one)
    assert heard == [wanted]
    assert noticed == []
    assert one.reports == [StageReport(Stage.OPENED)]


def test_the_pin_arrives_as_one_line_and_the_input_ends(
    qtbot: QtBot, watched: list[Watched], tmp_path: Path
) -> None:
    """The child gets exactly the PIN and a line feed, then the end; our copy is overwritten."""
    path = tmp_path / "pin"
    one = start(watched, ["read", str(path)])
    pin = Secret.from_characters("0123ab")
    one.process.send_pin(pin)
    assert not any(pin._buffer)
    wait_for_end(qtbot, one)
    assert path.read_bytes() == b"0123ab\n|"


def test_a_second_pin_goes_nowhere(qtbot: QtBot, watched: list[Watched], tmp_path: Path) -> None:
    """Whatever calls twice, the child sees one PIN; the second is overwritten all the same."""
    path = tmp_path / "pin"
    one = start(watched, ["read", str(path)])
    second = Secret.from_characters("9999")
    one.process.send_pin(Secret.from_characters("1234"))
    one.process.send_pin(second)
    wait_for_end(qtbot, one)
    assert path.read_bytes() == b"1234\n|"
    assert not any(second._buffer)


def test_a_pin_for_a_child_that_is_gone_is_overwritten(
    qtbot: QtBot, watched: list[Watched]
) -> None:
    """A child that died while the person typed is told of by its end, not by an exception."""
    one = start(watched, ["exit", 3])
    wait_for_end(qtbot, one)
    pin = Secret.from_characters("1234")
    one.process.send_pin(pin)
    assert not any(pin._buffer)


def test_the_pin_is_neither_argument_nor_environment(
    qtbot: QtBot, watched: list[Watched], tmp_path: Path
) -> None:
    """Other programs of this PC can read both."""
    path = tmp_path / "seen"
    one = start(watched, ["environment", str(path)], ["read", str(tmp_path / "pin")])
    one.process.send_pin(Secret.from_characters("0zx9wv"))
    wait_for_end(qtbot, one)
    assert "0zx9wv" not in path.read_text()
    assert (tmp_path / "pin").read_bytes().startswith(b"0zx9wv")


@only_on_linux  # a child has no such descriptor on Windows
def test_a_files_passphrase_goes_by_a_pipe_of_its_own(
    qtbot: QtBot, watched: list[Watched], tmp_path: Path
) -> None:
    """``--secret-fd`` carries it; the window keeps its own for the next time."""
    path = tmp_path / "passphrase"
    with Secret.from_characters("合言葉 a") as passphrase:
        one = start(watched, ["secret", str(path)], passphrase=passphrase)
        wait_for_end(qtbot, one)
        assert path.read_bytes().decode() == "合言葉 a\n"
        assert len(passphrase) > 0


def test_cancelling_ends_the_child(qtbot: QtBot, watched: list[Watched]) -> None:
    """A waiting child is asked to end, and its end is told once."""
    one = start(watched, ["say", line(Stage.OPENED)], ["wait-for-end-of-input"], ["exit", 0])
    qtbot.waitUntil(lambda: bool(one.reports), timeout=PATIENCE_MS)
    assert one.process.is_running
    one.process.cancel()
    one.process.cancel()
    wait_for_end(qtbot, one)
    assert not one.process.is_running


def test_a_child_that_does_not_listen_is_killed(
    qtbot: QtBot, watched: list[Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No session process is left behind by one that hangs."""
    monkeypatch.setattr("certhelper.desktop.session_process._GRACE_SECONDS", 0.05)
    one = start(
        watched,
        ["ignore-termination"],
        ["say", line(Stage.OPENED)],
        ["hang"],
    )
    qtbot.waitUntil(lambda: bool(one.reports), timeout=PATIENCE_MS)
    one.process.cancel()
    status, _ = wait_for_end(qtbot, one)
    assert status == (1 if sys.platform == "win32" else -_KILL)


def test_the_end_is_told_even_when_a_grandchild_holds_the_pipe(
    qtbot: QtBot, watched: list[Watched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine's helper that outlives the child must not keep the window waiting."""
    monkeypatch.setattr("certhelper.desktop.following._DRAIN_SECONDS", 0.2)
    path = tmp_path / "grandchild"
    one = start(watched, ["grandchild", str(path)], ["complain", "last words"], ["exit", 5])
    assert wait_for_end(qtbot, one) == (5, "last words")
    os.kill(int(path.read_text()), _KILL)


def test_a_program_that_is_not_there_is_a_failure_with_a_code() -> None:
    """The window tells it like any other failure."""
    process = SessionProcess(["/no/such/program"])
    with pytest.raises(FailedError) as caught:
        process.start()
    assert caught.value.code == "session-not-started"
    assert not process.is_running


def test_the_command_names_store_certificate_and_bank() -> None:
    """The child finds the very certificate that was chosen; no PIN is asked where none is given."""
    bank = ["--bank", "test-bank"]
    command = logon_command("nss:/a b", "ab" * 32, bank, pin=True)
    assert command == [
        *program(),
        *("logon", "--store", "nss:/a b", "--certificate", "ab" * 32),
        *("--bank", "test-bank", "--for-window", "--pin-stdin", "--json"),
    ]
    assert "--pin-stdin" not in logon_command("nss", "ab" * 32, bank, pin=False)


def test_a_built_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one built file there is no ``-m``."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert program() == [sys.executable]
