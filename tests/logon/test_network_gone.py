"""The network is gone for a while and comes back: an open session goes on where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from support.attended import Person, Play
from support.forwarder import Forwarder
from support.plays import play
from support.scripted_bank import (
    PIN,
    Answer,
    Pages,
    ScriptedBank,
    Served,
    Site,
    by_its_own_server,
)
from support.systems import not_under_wine
from support.troubles import NETWORK_GONE_IN_SESSION, network_gone_in_session

from certhelper import texts
from certhelper.logon import environment
from certhelper.logon.browser.failure_page import FailurePage
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest

pytestmark = not_under_wine("WebEngine never loads a page there")

ROOT = Path(__file__).parents[2]
TOP = "利用者トップページ"


def test_a_session_goes_on_when_the_network_is_back(tmp_path: Path) -> None:
    """A page that cannot be loaded meanwhile is said; then 再読み込み loads it in this session.

    The bank sees one log-on and one PIN.
    """
    lines: list[Forwarder] = []

    def serve(site: Site) -> Served:
        server = by_its_own_server(site)
        if site.name == "front":
            return server
        lines.append(Forwarder(server.port))
        return _Both(lines[0], server)

    asked_for_top = threading.Event()

    def top() -> str:
        asked_for_top.set()
        return TOP

    pages: Pages = {"POST logon/pin": Answer(status=303, location="/top"), "GET logon/top": top}
    with (
        ScriptedBank(tmp_path, pages, serve=serve) as bank,
        private_home() as home,
        _session(bank, home, "wait", "reload", "wait", "reload", "wait") as session,
    ):
        _read_until(session, {"stage": "top-page"})
        lines[0].take_away()
        _go_on(session)
        _read_until(session, {"said": "load-failed"}, {"action": "reload"})
        asked_for_top.clear()
        lines[0].bring_back()
        _go_on(session)
        assert asked_for_top.wait(20)
        assert len(bank.pins) == 1


def reads_what_is_said(person: Person) -> Play:
    yield from person.stage("top-page")
    words = texts.text("session.reload")
    reload = [one for one in person.window.findChildren(QPushButton) if one.text() == words]
    QTest.mouseClick(reload[0], Qt.MouseButton.LeftButton)
    yield lambda: person.window.findChildren(FailurePage)
    code = person.window.findChildren(FailurePage)[-1].told.code
    yield lambda: person.window.banner.words == texts.text("session.load-failed")
    return [code, person.window.failure is None]


def test_a_person_reads_what_to_do_until_then(tmp_path: Path) -> None:
    """Over the page why it did not come, above it how to go on; nothing has ended."""
    with network_gone_in_session(tmp_path) as bank:
        said = play(bank.bank, bank.database, bank.sha256, reads_what_is_said, pin=PIN)
    assert said == [NETWORK_GONE_IN_SESSION.code, True]
    assert len(bank.pins) == NETWORK_GONE_IN_SESSION.pins


class _Both:
    """The line and the server at its end."""

    def __init__(self, line: Forwarder, server: Served) -> None:
        self.port = line.port
        self._parts = (line, server)

    def stop(self) -> None:
        for part in self._parts:
            part.stop()


@contextmanager
def _session(bank: ScriptedBank, home: Path, *actions: str) -> Iterator[subprocess.Popen[str]]:
    prepare(home, f"nss:{bank.database}", None)
    request = SessionRequest(
        bank=bank.bank.source,
        bank_sha256=bank.bank.sha256,
        certificate=bank.sha256,
        issuers=(),
        holder="",
        certificate_facts=(),
        until=None,
        pin_stdin=True,
        downloads=home,
    )
    with subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "tests" / "support" / "session_driver.py"),
            str(request.write(home)),
            *actions,
        ],
        env=environment.built(os.environ, home) | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as session:
        try:
            _write(session, PIN)
            yield session
        finally:
            session.terminate()


def _go_on(session: subprocess.Popen[str]) -> None:
    _write(session, "")


def _write(session: subprocess.Popen[str], line: str) -> None:
    assert session.stdin is not None
    session.stdin.write(f"{line}\n")
    session.stdin.flush()


def _read_until(session: subprocess.Popen[str], *wanted: dict[str, str]) -> None:
    """Read what the session writes until there was a line with each of these values."""
    assert session.stdout is not None
    missing = list(wanted)
    for line in session.stdout:
        said = json.loads(line)
        missing = [values for values in missing if not values.items() <= said.items()]
        if not missing:
            return
    raise AssertionError(f"never came: {missing}")
