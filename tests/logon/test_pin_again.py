"""A wrong PIN, another attempt, a PIN typed in the page: played in the session's own window."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWebEngineCore import QWebEngineProfile
from PySide6.QtWidgets import QLabel
from shiboken6 import isValid
from support.attended import Person, Play
from support.log_on import Site
from support.plays import play
from support.scripted_bank import PIN, Answer, Pages, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper.demo.customers import DEMO_PIN
from certhelper.logon.browser.downloads_bar import FileRow
from certhelper.logon.browser.field_watch import FieldWatch
from certhelper.logon.browser.session import BrowserSession

pytestmark = not_under_wine("WebEngine never loads a page there")

WRONG = "9999"
REFUSED = "pin-target-unexpected"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank, whose PIN locks after three wrong ones."""
    with Site(tmp_path, other_authentication=False, lock_after=3) as running:
        yield running


def words_of(widget: object) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))  # type: ignore[attr-defined]


def stages(person: Person) -> list[str]:
    return [report.stage.value for report in person.reports]


def enters_the_right_one_then(person: Person) -> Play:
    pad = yield from person.pad()
    said = words_of(pad)
    pressable_at_once = pad.logon_button.isEnabled()
    yield from person.enter(pad, DEMO_PIN)
    yield from person.stage("top-page")
    return {"said": said, "pressable": pressable_at_once, "stages": stages(person)}


def test_a_wrong_pin_leads_back_to_the_pad_and_each_press_sends_one(site: Site) -> None:
    """The bank's own words and the warning stand on the pad; the second press reaches the top."""
    result = play(
        site.profile_with_failures(),
        site.database,
        site.user.sha256,
        enters_the_right_one_then,
        pin=WRONG,
    )
    assert "暗証番号に誤りがあります" in result["said"]
    assert "規定の回数以上間違えると利用できなくなります" in result["said"]
    assert not result["pressable"]
    assert result["stages"][-4:] == ["pin-submitted", "failed", "pin-submitted", "top-page"]
    assert site.log.pin_posts() == 2


def closes_the_pad_and_types_in_the_page(person: Person) -> Play:
    pad = yield from person.pad()
    QTest.keyClick(pad, Qt.Key.Key_Escape)
    yield lambda: "送っていません" in person.window.banner.words
    said = person.window.banner.words
    offered = [button.text() for button in person.window.banner.buttons]
    person.start_script(
        f"document.querySelector('input[type=password]').value = '{DEMO_PIN}';"
        "document.querySelector('button.primary').click()"
    )
    yield from person.stage("top-page")
    return {"stages": stages(person), "said": said, "offered": offered}


def test_who_closes_the_pad_can_go_on_in_the_bank_s_page(site: Site) -> None:
    """Nothing is sent by closing it; what the person sends themselves is followed."""
    told = play(
        site.profile_with_failures(),
        site.database,
        site.user.sha256,
        closes_the_pad_and_types_in_the_page,
        pin=WRONG,
    )
    assert told["stages"][-2:] == ["pin-submitted", "top-page"]
    assert "前に送った利用者暗証番号が違っていました。新しい番号は送っていません。" in told["said"]
    assert "規定の回数以上" in told["said"]
    assert told["offered"] == ["もう一度ログオンする"]
    assert site.log.pin_posts() == 2


def goes_on_until_it_is_locked(person: Person) -> Play:
    for _ in range(2):
        pad = yield from person.pad()
        yield from person.enter(pad, WRONG)
        count = len(person.reports)
        yield lambda count=count: len(person.reports) > count  # type: ignore[misc]
    yield lambda: any(report.code == "pin-locked" for report in person.reports)
    yield lambda: "pin-locked" in person.window.banner.words
    return [person.window.banner.words, len(person.window.findChildren(type(pad)))]


def test_a_locked_pin_opens_no_pad_and_says_who_can_help(site: Site) -> None:
    """The bank took three, and the fourth is not even asked for."""
    words, pads = play(
        site.profile_with_failures(),
        site.database,
        site.user.sha256,
        goes_on_until_it_is_locked,
        pin=WRONG,
    )
    assert "管理者" in words
    assert pads == 0
    assert site.log.pin_posts() == 3


def tries_again_after_a_failure(person: Person) -> Play:
    yield from person.stage("failed")
    before = person.worker.session.profile
    person.window.retry_wanted.emit()
    pad = yield from person.pad()
    same = person.worker.session.profile is before
    yield from person.enter(pad, PIN)
    yield from person.stage("top-page")
    return {"same profile": same, "stages": stages(person), "words": person.window.banner.words}


def tries_again_three_times(person: Person) -> Play:
    yield from person.stage("top-page")
    person.worker.session.downloads.save(b"1,2", "a.csv")
    for _ in range(3):
        told = len(person.reports)
        person.window.retry_wanted.emit()
        pad = yield from person.pad()
        yield from person.enter(pad, PIN)
        yield (
            lambda told=told: any(  # type: ignore[misc]
                report.stage == "top-page" for report in person.reports[told:]
            )
        )
    yield lambda: len(person.worker.findChildren(BrowserSession)) == 1
    profiles = [one for one in gc.get_objects() if isinstance(one, QWebEngineProfile)]
    (row,) = person.window.findChildren(FileRow)
    row._move(person.window.request.downloads / "b.csv")
    yield from person.shows("利用者トップページ")
    return [sum(map(isValid, profiles)), row.name.text()]


def test_nothing_is_left_of_the_sessions_before(tmp_path: Path) -> None:
    """No guard, timer or connection; but the file that one of them brought can still be moved."""
    with ScriptedBank(tmp_path, {}) as bank:
        left = play(bank.bank, bank.database, bank.sha256, tries_again_three_times, pin=PIN)
    assert left == [1, "b.csv"]


def once(first: Answer, then: str) -> Pages:
    """The PIN page of a bank that is in trouble the first time."""
    answers = iter([first])
    return {"GET logon/pin": lambda: next(answers, then)}


@pytest.mark.parametrize("status", [500, 403])
def test_another_attempt_in_the_same_window_starts_from_nothing(
    tmp_path: Path, status: int
) -> None:
    """A fresh profile, the certificate asked for anew, the PIN on the pad, and the top page."""
    with ScriptedBank(tmp_path, once(Answer("trouble", status), pin_page())) as bank:
        result = play(bank.bank, bank.database, bank.sha256, tries_again_after_a_failure, pin=PIN)
        assert not result["same profile"]
        assert result["stages"].count("certificate-sent") == 2
        assert result["stages"][-3:] == ["pin-page", "pin-submitted", "top-page"]
        assert "ログオンしました" in result["words"]
        assert [seen.body for seen in bank.pins] == [f"p={PIN}"]


def types_in_a_page_that_is_not_known(person: Person) -> Play:
    """The PIN leaves in the page's own form, as whoever does not read the banner would send it."""
    yield lambda: any(report.code == "unknown-page" for report in person.reports)
    yield from person.script(
        f"document.querySelector('input[type=password]').value = '{PIN}';"
        "document.querySelector('button').click()"
    )
    yield lambda: person.reports[-1].stage == "top-page" or person.reports[-1].code == REFUSED
    return [report.code or report.stage.value for report in person.reports][-1]


UNMARKED = pin_page().replace("CIBMU209", "CIBMU999")
STRAYING = UNMARKED.replace("action=/pin", "action={front}/steal")
FRAMED = (
    f"CIBMU999 <iframe srcdoc='{STRAYING}'></iframe><input type=password hidden>"
    "<button onclick='const inner = frames[0].document; inner.forms[0].p.value = "
    'document.querySelector("input").value; inner.querySelector("button").click()\'>'
)


@pytest.mark.parametrize(
    ("page", "end"),
    [
        (UNMARKED, "top-page"),
        (STRAYING, REFUSED),
        (STRAYING * 2, REFUSED),
        (
            UNMARKED.replace("<button>", "<button formaction={front}/steal>"),
            REFUSED,
        ),
        (FRAMED, REFUSED),
    ],
    ids=["as agreed", "elsewhere", "two fields", "elsewhere by its button", "in a frame"],
)
def test_a_pin_in_a_page_that_is_not_known_goes_as_agreed_or_nowhere(
    tmp_path: Path, page: str, end: str
) -> None:
    """A PIN page with another marker, after the certificate: what the person sends is held."""
    with ScriptedBank(tmp_path, {"GET logon/pin": page}) as bank:
        play_ = types_in_a_page_that_is_not_known
        assert play(bank.bank, bank.database, bank.sha256, play_, pin=PIN) == end
        arrived = [(seen.site, seen.path) for seen in bank.pins]
        assert arrived == ([("logon", "/pin")] if end == "top-page" else [])


def looks_at_the_field(person: Person) -> Play:
    yield from person.stage("failed")
    length = "document.querySelector('input[type=password]')?.value.length"
    while (yield from person.script(length)) != 0:
        yield lambda: True
    return person.reports[-1].code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "connection-lost-after-pin"),
        (Answer(status=204), "no-page-after-pin"),
        (
            Answer(status=303, location="https://elsewhere.example/"),
            "outside-allowed-hosts-after-pin",
        ),
        (
            Answer(status=401, headers=(("WWW-Authenticate", "Basic realm=x"),)),
            "password-asked-after-pin",
        ),
    ],
)
def test_a_pin_that_has_left_does_not_stay_in_the_page(
    tmp_path: Path, answer: Answer | None, code: str
) -> None:
    """Its page still stands where no other came; one press there would send it once more."""
    with ScriptedBank(tmp_path, {"POST logon/pin": answer}) as bank:
        what = looks_at_the_field
        told = play(bank.bank, bank.database, bank.sha256, what, pin=PIN, load_limit_ms=3000)
        assert told == code
        assert len(bank.pins) == 1


def looked_at(person: Person) -> Play:
    """Wait until what stands now has been looked at: the second look from now has begun then."""
    watch = person.worker.session.findChild(FieldWatch)
    assert isinstance(watch, FieldWatch)
    looks: list[int] = []
    watch.findChild(QTimer).timeout.connect(lambda: looks.append(1))  # type: ignore[union-attr]
    yield lambda: len(looks) > 1


def sends_what_stands(person: Person) -> Play:
    person.start_script(
        f"document.querySelector('input[type=password]').value = '{PIN}';"
        "document.querySelector('button').click()"
    )
    yield lambda: person.reports[-1].stage == "top-page" or person.reports[-1].code == REFUSED


def types_while_it_loads(person: Person) -> Play:
    yield from person.shows("CIBMU999")
    yield from looked_at(person)
    loading = person.reports[-1].stage.value
    yield from sends_what_stands(person)
    return [loading, person.reports[-1].code]


def test_a_page_that_is_still_coming_is_held(tmp_path: Path) -> None:
    """It can be typed into long before its last picture has come."""
    over = threading.Event()

    def never() -> str:
        over.wait()
        return ""

    pages: Pages = {"GET logon/pin": f"{STRAYING}<img src=/never>", "GET logon/never": never}
    with ScriptedBank(tmp_path, pages) as bank:
        try:
            end = play(bank.bank, bank.database, bank.sha256, types_while_it_loads, pin=PIN)
        finally:
            over.set()
        assert end == ["certificate-sent", REFUSED]
        assert bank.pins == []


def types_when_a_field_has_appeared(person: Person) -> Play:
    yield lambda: any(report.code == "unknown-page" for report in person.reports)
    yield from person.script("document.forms[0].hidden = false")
    yield from looked_at(person)
    yield from sends_what_stands(person)
    return person.reports[-1].code


def test_a_field_that_appears_later_is_seen(tmp_path: Path) -> None:
    """Its form would put the PIN into an address, at a host that may be sent the certificate."""
    page = pin_page(form="hidden method=get action=/pin").replace("CIBMU209", "CIBMU999")
    with ScriptedBank(tmp_path, {"GET logon/pin": page}) as bank:
        code = play(bank.bank, bank.database, bank.sha256, types_when_a_field_has_appeared, pin=PIN)
        assert code == REFUSED
        assert bank.pins == []


def types_in_the_page(person: Person) -> Play:
    yield from person.stage("pin-page")
    person.start_script(
        f"document.forms[0].p.value = '{PIN}'; document.querySelector('button').click()"
    )
    yield lambda: stages(person)[-1] in ("top-page", "failed")
    return [report.code or report.stage.value for report in person.reports][-1]


@pytest.mark.parametrize(
    ("page", "end"),
    [
        (pin_page(), "top-page"),
        (pin_page(form="method=post action=/other"), "top-page"),
        (pin_page(form="method=get action=/pin"), REFUSED),
        (pin_page(form="method=post action={front}/pin"), REFUSED),
        (pin_page(form="method=post action=/pin onsubmit=\"this.action='/x'\""), REFUSED),
        (pin_page(form="method=post action=/pin onsubmit=\"this.method='get'\""), REFUSED),
        (
            pin_page(button="<button onclick=\"fetch('/x',{method:'POST',body:form.p.value})\">"),
            REFUSED,
        ),
    ],
)
def test_what_a_person_types_in_the_page_goes_to_the_agreed_target_only(
    tmp_path: Path, page: str, end: str
) -> None:
    """With entry = "page": a page that is not as agreed, or changes at the press, sends nothing."""
    pages: Pages = {"GET logon/pin": page, "POST logon/other": "利用者トップページ"}
    with ScriptedBank(tmp_path, pages, None, entry="page") as bank:
        assert play(bank.bank, bank.database, bank.sha256, types_in_the_page) == end
        assert len(bank.pins) == (1 if end == "top-page" else 0)
