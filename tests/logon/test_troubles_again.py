"""After a trouble the person presses 「もう一度ログオンする」 in the same window, and it works."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from support.attended import Person, Play
from support.engine_processes import EngineProcess
from support.forwarder import Forwarder
from support.plays import play
from support.scripted_bank import (
    HOME,
    LOGON_PAGE,
    PIN,
    Answer,
    Page,
    Pages,
    ScriptedBank,
    Served,
    Site,
    by_its_own_server,
    pin_page,
)
from support.systems import not_under_wine
from support.troubles import Line, clock_wrong, logon_site

from certhelper import failures, texts
from certhelper.logon import errors, facts

pytestmark = not_under_wine("WebEngine never loads a page there")


RETRY = {texts.text("session.retry"), texts.text("failure-page.retry")}
ELSEWHERE = "https://elsewhere.demo-bank.localhost/"
MAINTENANCE = "ただいまサービスを休止しています"


def presses_retry(person: Person) -> Play:
    """Press the button that the person sees, wherever it stands, and type the PIN once more."""
    yield from person.stage("failed")
    code = person.reports[-1].code

    def seen() -> list[QPushButton]:
        buttons = person.window.findChildren(QPushButton)
        return [one for one in buttons if one.isVisible() and one.text() in RETRY]

    yield seen
    QTest.mouseClick(seen()[0], Qt.MouseButton.LeftButton)
    pad = yield from person.pad()
    yield from person.enter(pad, PIN)
    yield from person.stage("top-page")
    return code


def told_first(bank: ScriptedBank, *, pins: int = 1) -> str:
    """Play it, and return the code of the trouble; so many PINs have arrived in the end."""
    code = play(bank.bank, bank.database, bank.sha256, presses_retry, pin=PIN)
    assert len(bank.pins) == pins
    return str(code)


def at_first(trouble: Page, afterwards: str) -> Page:
    """A page that is in trouble when it is asked for the first time, and never again."""
    left: list[Page] = [trouble]

    def answer() -> str | Answer:
        page = left.pop() if left else afterwards
        assert isinstance(page, str | Answer)
        return page

    return answer


@pytest.mark.parametrize(
    ("key", "trouble", "afterwards", "code"),
    [
        ("GET logon/pin", Answer("Bad Request", 400), pin_page(), "certificate-refused"),
        ("GET front/biznet", Answer("Error", 500), LOGON_PAGE, "server-error"),
        ("GET front/biznet", MAINTENANCE, LOGON_PAGE, "maintenance"),
        ("GET front/biznet", "どなたもご存じない画面", LOGON_PAGE, "unknown-page"),
        (
            "GET logon/pin",
            pin_page(field="<input type=password name=p>" * 2),
            pin_page(),
            "pin-field-ambiguous",
        ),
    ],
    ids=["400", "500", "maintenance", "unknown", "two-fields"],
)
def test_when_the_page_before_the_pin_is_as_it_should_be(
    tmp_path: Path, key: str, trouble: Page, afterwards: str, code: str
) -> None:
    """Refused, in error, closed, unknown or odd at first: the one PIN is the next attempt's."""
    failures = f'[[pages.failures]]\ncode = "maintenance"\nmarkers = ["{MAINTENANCE}"]\n'
    pages: Pages = {key: at_first(trouble, afterwards)}
    with ScriptedBank(tmp_path, pages, failures=failures) as bank:
        assert told_first(bank) == code


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Answer(status=303, location=ELSEWHERE), "outside-allowed-hosts-after-pin"),
        (Answer("Error", 500), "server-error-after-pin"),
    ],
    ids=["foreign-host", "500"],
)
def test_when_the_answer_to_the_pin_is_as_it_should_be(
    tmp_path: Path, trouble: Answer, code: str
) -> None:
    """The second PIN is the one that the person typed: nothing was sent again by itself."""
    pages: Pages = {"POST logon/pin": at_first(trouble, "利用者トップページ")}
    with ScriptedBank(tmp_path, pages) as bank:
        assert told_first(bank, pins=2) == code


class OnceInAnotherWeek:
    """A site that lives in another week than this PC until :meth:`put_right`."""

    def __init__(self, site: Site) -> None:
        wrong = clock_wrong(timedelta(days=7), timedelta(days=90))(site)
        self._right = by_its_own_server(site)
        self._line = Forwarder(wrong.port)
        self._parts = (self._line, wrong, self._right)
        self.port = self._line.port

    def put_right(self) -> None:
        self._line.lead_to(self._right.port)

    def stop(self) -> None:
        for part in self._parts:
            part.stop()


def test_when_the_clock_is_right(tmp_path: Path) -> None:
    """The server's certificate begins next week at first, and fits at the next attempt."""
    sites: list[OnceInAnotherWeek] = []
    attempts: list[str] = []

    def home() -> str:
        attempts.append(HOME)
        if len(attempts) == 2:
            sites[0].put_right()
        return HOME

    def serve(site: Site) -> Served:
        sites.append(OnceInAnotherWeek(site))
        return sites[0]

    with ScriptedBank(tmp_path, {"GET front/": home}, serve=logon_site(serve)) as bank:
        assert told_first(bank) == "clock-wrong"
    assert len(attempts) == 2


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
