"""Nothing of a session outlives it, and two never mix: homes compared, servers' logs read."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.bank_fixtures import BankStore
from support.bank_servers import BankServer, BankServers
from support.command import certhelper
from support.engine_processes import below
from support.systems import not_under_wine, only_on_linux

from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario

pytestmark = [not_under_wine("WebEngine never loads a page there"), only_on_linux]

_PATIENCE_S = 30.0
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def lived_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home as a person has it, with settings, caches and a folder for temporary files."""
    for name, content in {
        ".config/certhelper/settings.json": json.dumps({"schema": 1, "text_size": "large"}),
        ".cache/fontconfig/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55",
        ".local/share/recently-used.xbel": "<xbel/>",
        ".mozilla/firefox/profiles.ini": "[General]",
        "ダウンロード/meisai.csv": "日付,摘要",
        "tmp/of-another-program": "x",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, "utf-8")
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    return home


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file and folder: its mode, when it was changed, and a hash of what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        held = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        changed = 0 if path.is_dir() else status.st_mtime_ns  # a folder's moves with its files
        found[str(path.relative_to(folder))] = (status.st_mode, changed, held)
    return found


def words(server: BankServer, store: BankStore, name: str) -> list[str]:
    """The command of one log-on up to the top page."""
    chosen = ["--store", store.where, "--certificate", store[name].sha256]
    how = ["--bank", str(server.profile), "--pin-stdin", "--json", "--until", "top"]
    return ["logon", *chosen, *how]


@contextmanager
def held_at(
    servers: BankServers, store: BankStore
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A log-on that the bank keeps waiting; gives the command's process and the session's id."""
    servers.bank.scenario = Scenario(fault=Fault("pin", "hold"))
    with subprocess.Popen(
        [sys.executable, "-m", "certhelper", *words(servers["optional"], store, "user01")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
    ) as command:
        assert command.stdin is not None
        command.stdin.write(DEMO_PIN.encode() + b"\n")
        command.stdin.close()
        assert servers.bank.holding.wait(_PATIENCE_S)
        (session,) = (
            pid for pid, line in below(command.pid) if "certhelper.logon.browser.worker" in line
        )
        try:
            yield command, session
        finally:
            command.kill()
            servers.bank.release.set()


def await_end(pid: int) -> None:
    """Wait until a process that is not our child has ended (``pidfd_open(2)``)."""
    if sys.platform == "linux":
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            assert select.select([watched], [], [], _PATIENCE_S)[0], "it lives on"
        finally:
            os.close(watched)


def test_a_session_leaves_the_home_as_it_was(
    bank_servers: BankServers, bank_store: BankStore, lived_in: Path
) -> None:
    """No cookie, cache, history or choice: every file as before, with its content and its date."""
    bank_servers.bank.scenario = Scenario(other_authentication=False)
    before = tree(lived_in)
    ran = certhelper(*words(bank_servers["tls13"], bank_store, "user02"), given=f"{DEMO_PIN}\n")
    assert ran.stages[-1] == "top-page", ran
    assert tree(lived_in) == before


def test_a_killed_session_leaves_the_home_as_it_was(
    bank_servers: BankServers, bank_store: BankStore, lived_in: Path
) -> None:
    """``kill -9`` of the session, with a PIN on its way: the command removes what it left."""
    before = tree(lived_in)
    with held_at(bank_servers, bank_store) as (command, session):
        assert tree(lived_in) != before  # else nothing could be left
        os.kill(session, signal.Signals["SIGKILL"])
        assert command.wait(_PATIENCE_S) == 3
        kept = lived_in / ".local" / "state"  # what went wrong is noted, by its code alone
        (line,) = (kept / "certhelper" / "log" / "certhelper.log").read_text().splitlines()
        assert line.endswith(" stage failed session-crashed")
        shutil.rmtree(kept)
        assert tree(lived_in) == before


def test_a_killed_command_leaves_the_home_as_it_was(
    bank_servers: BankServers, bank_store: BankStore, lived_in: Path
) -> None:
    """``kill -9`` of the command: its session hears of it, ends and removes what was there."""
    before = tree(lived_in)
    with held_at(bank_servers, bank_store) as (command, session):
        command.kill()
        await_end(session)
        assert tree(lived_in) == before


def test_the_next_start_removes_what_two_killed_processes_left(
    bank_servers: BankServers, bank_store: BankStore, lived_in: Path
) -> None:
    """Command and session killed together, as by a power cut: gone after the next log-on."""
    before = tree(lived_in)
    with held_at(bank_servers, bank_store) as (command, session):
        os.kill(command.pid, signal.Signals["SIGSTOP"])  # it must not tidy up in between
        os.kill(session, signal.Signals["SIGKILL"])
        command.kill()
        await_end(session)
        assert tree(lived_in) != before
    bank_servers.bank.scenario = Scenario(other_authentication=False)
    ran = certhelper(*words(bank_servers["optional"], bank_store, "user01"), given=f"{DEMO_PIN}\n")
    assert ran.status == 0, ran
    assert tree(lived_in) == before


@pytest.mark.parametrize("version", ["tls12", "tls13"])
def test_two_certificates_at_once_and_in_turn_never_mix(
    bank_servers: BankServers, bank_store: BankStore, version: str
) -> None:
    """Side by side, then one after the other without any restart, with TLS sessions resumed.

    The bank holds the answer to the first one's PIN while the second logs on from its first page
    to its last: each certificate arrives while the other's session stands.

    The log shows each PIN with its own certificate, and resumed connections of both.  A resumed
    connection of the other's would carry the other's certificate, and the bank, which binds its
    session to the certificate, would not let it on.
    """
    bank = bank_servers.bank
    bank.scenario = Scenario(other_authentication=False, fault=Fault("pin", "hold"))
    server = bank_servers[version]

    def log_on(name: str) -> int:
        return certhelper(*words(server, bank_store, name), given=f"{DEMO_PIN}\n").status

    names = ("user01", "user02")
    with ThreadPoolExecutor(1) as beside:
        held = beside.submit(log_on, names[0])
        assert bank.holding.wait(_PATIENCE_S)
        bank.scenario = Scenario(other_authentication=False)
        meanwhile = log_on(names[1])
        at_once = bank.log.certificates(), bank.log.pin_posts(bank_store[names[0]].sha256)
        bank.release.set()
        assert [held.result(), meanwhile] == [0, 0]
    assert at_once == ([bank_store[name].sha256 for name in names], 0)  # written when answered
    assert [log_on(name) for name in reversed(names)] == [0, 0]
    for name in names:
        sha256 = bank_store[name].sha256
        assert bank_servers.bank.log.pin_posts(sha256) == 2
        mine = [entry for entry in bank_servers.log.of(server.host) if entry.sha256 == sha256]
        assert any(entry.session_reused for entry in mine)
        assert any(not entry.session_reused for entry in mine)  # each began with its own handshake
