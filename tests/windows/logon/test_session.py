"""The parent's side of a session: nothing outlives it, nothing stays on the disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from certhelper import starting
from certhelper.bank import Bank
from certhelper.demo.authority import Issued
from certhelper.logon import environment, session
from certhelper.logon.home import private_home
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport, Until

# A worker as far as its parent sees it.  Its child keeps a file of the home open for ever: Windows
# removes no such file, so the home can go only when the child has ended.
WORKER = """
import json, os, subprocess, sys
child = "import sys; held = open('held', 'w'); print('held', flush=True); sys.stdin.read()"
grandchild = subprocess.Popen(
    [sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
assert grandchild.stdout.readline().strip() == b"held"
stage = {"stage": "pin-page", "code": None, "detail": {"environment": dict(os.environ)}}
print(json.dumps(stage), flush=True)
if sys.argv[-1] == "stays":
    grandchild.wait()
os._exit(0)
"""


@pytest.fixture
def request_of(bank: Bank, tmp_path: Path) -> SessionRequest:
    return SessionRequest(
        bank=bank.source,
        bank_sha256=bank.sha256,
        certificate="ab" * 32,
        issuers=(),
        holder="",
        certificate_facts=(),
        until=Until.PIN,
        pin_stdin=False,
        downloads=tmp_path,
    )


def worker(monkeypatch: pytest.MonkeyPatch, program: str, *arguments: str) -> None:
    """Let the session start this program in the worker's place."""
    given = f"import sys; sys.argv += {list(arguments)!r}\n{program}"
    monkeypatch.setattr(starting, "part", lambda _: [sys.executable, "-c", given])


def test_what_a_worker_leaves_running_ends_with_it(
    monkeypatch: pytest.MonkeyPatch, request_of: SessionRequest, tmp_path: Path
) -> None:
    """The engine's processes are the worker's children; the home goes after they are gone."""
    worker(monkeypatch, WORKER, "goes")
    base = tmp_path / "base"
    base.mkdir()
    reports: list[StageReport] = []
    with private_home(str(base)) as home:
        status = session.follow(request_of, home, dict(os.environ), reports.append)
    assert status == 0
    assert [report.stage for report in reports] == [Stage.PIN_PAGE]
    assert list(base.iterdir()) == []


def test_a_cancelled_session_ends_with_all_its_processes(
    monkeypatch: pytest.MonkeyPatch, request_of: SessionRequest, tmp_path: Path
) -> None:
    """Ctrl-C arrives while the worker runs: worker, its child and the home are gone."""
    worker(monkeypatch, WORKER, "stays")
    base = tmp_path / "base"
    base.mkdir()

    def cancel(_: StageReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), private_home(str(base)) as home:
        session.follow(request_of, home, dict(os.environ), cancel)
    assert list(base.iterdir()) == []


STORE = """
import json
from certhelper.windows.certificate_store import Place, contexts, der_of, opened
from hashlib import sha256
with opened(Place.CURRENT_USER) as store:
    found = [sha256(der_of(context)).hexdigest() for context in contexts(store)]
print(json.dumps({"stage": "pin-page", "code": None, "detail": {"found": found}}), flush=True)
"""


def test_the_person_s_own_store_is_in_sight_of_the_session(
    monkeypatch: pytest.MonkeyPatch,
    request_of: SessionRequest,
    tmp_path: Path,
    install: Callable[..., Issued],
) -> None:
    """The private home and the built environment hide no certificate from the engine."""
    issued = install()
    # A built environment knows no PYTHONPATH; the folders come with the program.
    worker(monkeypatch, f"import sys\nsys.path[:0] = {sys.path!r}\n{STORE}")
    reports: list[StageReport] = []
    with private_home(str(tmp_path)) as home:
        session.follow(request_of, home, dict(os.environ), reports.append)
    assert issued.sha256 in reports[0].detail["found"]


def test_the_session_s_environment_is_the_person_s_where_windows_needs_it(tmp_path: Path) -> None:
    """Profile folders stay; temporary files go into the private home."""
    outside = {"USERPROFILE": r"C:\Users\p", "APPDATA": r"C:\a", "TEMP": r"C:\t", "X": "y"}
    built = environment.built(outside, tmp_path)
    assert built["USERPROFILE"] == outside["USERPROFILE"]
    assert built["APPDATA"] == outside["APPDATA"]
    assert built["TEMP"] == built["TMP"] == str(tmp_path)
    assert "X" not in built
