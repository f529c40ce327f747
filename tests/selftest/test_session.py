"""The log-on as a child: its stages, its code, its time, and the PIN in the pipe alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from certhelper import starting
from certhelper.failures import FailedError
from certhelper.secret import Secret
from certhelper.selftest import session

PIN = "0123ab"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose Python stands in for the program."""
    file = tmp_path / "program.py"
    monkeypatch.setattr(starting, "program", lambda: [sys.executable, str(file)])
    return file


def stage(name: str, code: str = "null", detail: str = "{}") -> str:
    line = f'{{"stage": "{name}", "code": {code}, "detail": {detail}}}'
    return f"print({line!r}, flush=True)\n"


def test_the_stages_in_order_and_the_pin_through_the_pipe(tmp_path: Path, program: Path) -> None:
    """Neither an argument nor the environment holds it; a line that is no stage is passed over."""
    program.write_text(
        "import os, sys, json\n"
        f"assert sys.stdin.readline() == '{PIN}' + chr(10)\n"
        f"assert '{PIN}' not in str(sys.argv) + str(os.environ)\n"
        "assert sys.argv[1:] == ['logon', '--until', 'top', '--json']\n"
        f"assert os.environ['TEMP' if os.name == 'nt' else 'TMPDIR'] == {str(tmp_path)!r}\n"
        "print('chatter')\n" + stage("opened") + stage("top-page")
    )
    with Secret.from_characters(PIN) as pin:
        times = session.run(["logon", "--until", "top"], tmp_path, pin, 60)
    assert list(times) == ["opened", "top-page"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (stage("failed", '"certificate-refused"') + "sys.exit(1)", "certificate-refused"),
        (stage("failed", '"no such code"') + "sys.exit(1)", "session-crashed"),
        (stage("opened") + "sys.exit(3)", "session-crashed"),
        ("", "session-crashed"),
        # A page that nobody knows is no top page.
        (stage("top-page", '"unknown-page"'), "unknown-page"),
    ],
    ids=["refused", "unknown code", "died", "silent", "unknown page"],
)
def test_a_failure_keeps_its_code(tmp_path: Path, program: Path, text: str, code: str) -> None:
    """What the program said, else that it ended without a word."""
    program.write_text(f"import sys\n{text}")
    with pytest.raises(FailedError) as failed:
        session.run(["logon"], tmp_path, None, 60)
    assert failed.value.code == code


def test_one_that_never_ends_is_ended(tmp_path: Path, program: Path) -> None:
    """After its time; what it wrote before is no success."""
    program.write_text("import time\n" + stage("opened") + "time.sleep(600)")
    with pytest.raises(FailedError) as failed:
        session.run(["logon"], tmp_path, None, 1)
    assert failed.value.code == "selftest-time-limit"


def test_one_that_reads_no_pin_is_no_trouble(tmp_path: Path, program: Path) -> None:
    """It ended before the PIN came: its own code counts, not the broken pipe."""
    program.write_text("import os\nos.close(0)\n" + stage("failed", '"root-refused"'))
    with Secret.from_characters(PIN) as pin, pytest.raises(FailedError) as failed:
        session.run(["logon"], tmp_path, pin, 60)
    assert failed.value.code == "root-refused"


def test_a_folder_that_has_gone_does_not_come_back(tmp_path: Path) -> None:
    """A child that outlives a run that was killed: the next run has removed the folder already."""
    gone = tmp_path / "certhelper-selftest"
    words = ["rehearse", "--bank", str(gone / "bank.toml"), "--certificate", "0" * 64]
    with pytest.raises(FailedError) as failed:
        session.run(words, gone, None, 60)
    assert failed.value.code == "profile-unreadable"
    assert not gone.exists()
