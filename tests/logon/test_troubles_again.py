"""After a trouble the person presses 「もう一度ログオンする」 in the same window, and it works."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from support.attended import Person, Play
from support.engine_processes import EngineProcess
from support.plays import play
from support.scripted_bank import HOME, PIN, Pages, ScriptedBank, Site, pin_page
from support.systems import not_under_wine
from support.troubles import Line, logon_site

from certhelper import failures
from certhelper.logon import errors, facts

pytestmark = not_under_wine("WebEngine never loads a page there")


def presses_retry(person: Person) -> Play:
    yield from person.stage("failed")
    code = person.reports[-1].code
    person.window.retry_wanted.emit()
    pad = yield from person.pad()
    yield from person.enter(pad, PIN)
    yield from person.stage("top-page")
    return code


def told_first(bank: ScriptedBank) -> str:
    """Play it, and return the code of the trouble; the bank must have got one PIN in the end."""
    code = play(bank.bank, bank.database, bank.sha256, presses_retry, pin=PIN)
    assert len(bank.pins) == 1
    return str(code)


def test_when_the_network_is_back(tmp_path: Path) -> None:
    """The line to the log-on site goes before the PIN page and is there for the next attempt."""
    lines: list[Line] = []
    asked: list[str] = []

    def home() -> str:
        if asked:
            lines[0].forwarder.bring_back()
        return HOME

    def pin() -> str:
        asked.append("pin")
        if len(asked) == 1:
            lines[0].forwarder.take_away()
        return pin_page()

    def line(site: Site) -> Line:
        lines.append(Line(site))
        return lines[0]

    pages: Pages = {"GET front/": home, "GET logon/pin": pin}
    with ScriptedBank(tmp_path, pages, serve=logon_site(line)) as bank:
        assert told_first(bank) == "connection-reset"


def test_when_what_drew_the_pages_was_killed(tmp_path: Path) -> None:
    """The engine makes new processes for the next attempt."""
    killed: list[int] = []

    def pin() -> str:
        if not killed:
            killed.extend(one.pid for one in EngineProcess.drawing_below(os.getpid()))
            for process in killed:
                os.kill(process, signal.Signals["SIGKILL"])
        return pin_page()

    with ScriptedBank(tmp_path, {"GET logon/pin": pin}) as bank:
        assert told_first(bank) == "renderer-ended"
    assert killed


def waits_for_what_was_refused(person: Person) -> Play:
    ended: list[facts.LoadFailed] = []

    def take(fact: facts.Fact) -> None:
        if isinstance(fact, facts.LoadFailed) and fact.error in errors.REFUSED_HERE:
            ended.append(fact)

    person.view.page().fact.connect(take)  # type: ignore[attr-defined]  # a BankPage
    yield from person.stage("failed")
    yield lambda: ended
    return [person.reports[-1].code, person.window.banner.words]


def test_the_end_of_a_refused_request_hides_no_warning(tmp_path: Path) -> None:
    """That the PIN was about to go elsewhere stays said when the stopped load ends as well."""
    form = "method=post action=/pin onsubmit=\"this.action='{front}/steal'\""
    with ScriptedBank(tmp_path, {"GET logon/pin": pin_page(form=form)}) as bank:
        code, words = play(
            bank.bank, bank.database, bank.sha256, waits_for_what_was_refused, pin=PIN
        )
        assert bank.pins == []
    assert code == "pin-target-unexpected"
    assert failures.find(code).message["ja"] in words
