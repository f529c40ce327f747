"""The session window with the real engine: a played person uses it as people do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QScrollArea
from support.attended import Person, Play
from support.log_on import Site
from support.plays import play
from support.systems import not_under_wine

from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Scenario
from certhelper.logon.browser.downloads_bar import FileRow
from certhelper.logon.browser.find_bar import FindBar
from certhelper.logon.browser.idle_bar import IdleBar
from certhelper.logon.browser.outside import Outside
from certhelper.logon.browser.overlay import Overlay
from certhelper.logon.browser.session import MOST_PAGES
from certhelper.logon.browser.step_bar import StepBar
from certhelper.logon.stages import Stage, StageReport

pytestmark = not_under_wine("WebEngine never loads a page there")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path, other_authentication=False) as running:
        yield running


def played(site: Site, what: Callable[[Person], Play], **request: Any) -> Any:
    return play(site.bank, site.database, site.user.sha256, what, **request)


def banner_button(person: Person) -> QPushButton:
    """The one thing that the banner offers."""
    found = [one for one in person.window.banner.findChildren(QPushButton) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def go_to(person: Person, path: str, words: str) -> Play:
    person.start_script(f"location.href = '{path}'")
    yield from shows_all(person, words)


def shows_all(person: Person, words: str) -> Play:
    """Wait until the page shows these words and its scripts have run."""
    yield from person.shows(words)
    while (yield from person.script("document.readyState")) != "complete":
        yield lambda: True


def click(person: Person, selector: str) -> None:
    person.start_script(f'document.querySelector("{selector}").click()')


# Tabs


def pop_ups(person: Person) -> Play:
    tabs = person.window.tabs
    yield from person.stage("top-page")
    first = person.view
    yield from go_to(person, "/biznet/everyday", "振込メモ")
    click(person, "[data-bank-search]")
    yield lambda: tabs.count() == 2
    yield from shows_all(person, "選んでください")
    address = person.window.header.address.parts
    click(person, "[data-bank]")
    yield lambda: tabs.count() == 1
    written = yield from person.script("document.getElementById('bank-name').value")
    in_front = person.view is first
    person.start_script("open('/biznet/help'); open('/biznet/transfer')")
    yield lambda: tabs.count() == 3
    person.press(Qt.Key.Key_Tab, person.window, control=True)
    wrapped = person.view is first
    tabs.setCurrentIndex(2)
    yield from person.shows("振込")
    person.press(Qt.Key.Key_W, person.window, control=True)
    yield lambda: tabs.count() == 2
    tabs.setCurrentWidget(first)
    person.start_script("for (let i = 0; i < 40; i++) open('/biznet/help')")
    yield lambda: "次々" in person.window.banner.words
    screen = person.window.screen().availableSize()
    return {
        "room for the frame": person.window.height() <= screen.height() * 9 / 10,
        "place": [address.host, address.after.partition("/")[2]],
        "written": written,
        "in front": in_front,
        "wrapped": wrapped,
        "most": tabs.count(),
    }


def test_pop_ups_are_tabs_of_the_same_session_with_their_address(site: Site) -> None:
    """They write back to the page that opened them, close by themselves, and are no flood."""
    assert played(site, pop_ups) == {
        "place": ["login.demo-bank.localhost", "biznet/bank-search"],
        "written": "デモ銀行",
        "in front": True,
        "room for the frame": True,
        "wrapped": True,
        "most": MOST_PAGES,
    }


def pop_up_beside_the_log_on(person: Person) -> Play:
    yield from person.stage("top-page")
    person.start_script("open('/biznet/help')")
    yield lambda: person.window.tabs.count() == 2
    yield from person.shows("振込について")
    person.window.header.notices_wanted.emit()
    yield lambda: person.window.tabs.count() == 3
    yield from person.shows("CIBMU201")
    return person.view.url().path()


def test_the_notices_are_those_of_the_log_on_page(site: Site) -> None:
    """With other windows open they are still CIBMU201's."""
    assert played(site, pop_up_beside_the_log_on) == "/biznet/"


# Messages


def another_message(person: Person, message: Overlay) -> bool:
    return person.overlay() is not message


def messages(person: Person) -> Play:
    yield from person.stage("top-page")
    yield from go_to(person, "/biznet/everyday", "振込メモ")
    click(person, "[data-alerts]")
    offered = []
    for _ in range(3):
        message = yield from person.message()
        offered.append(message.option.isVisible())
        message.option.setChecked(message.option.isVisible())
        message.button("yes").click()
        yield partial(another_message, person, message)
    yield from person.shows("終わりました")
    yield from go_to(person, "/biznet/help", "振込について")
    yield from go_to(person, "/biznet/everyday", "振込メモ")
    answers = []
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        click(person, "[data-confirm]")
        question = yield from person.message()
        heading = question.accessibleName()
        person.press(key)
        yield lambda: person.overlay() is None
        answers.append((yield from person.script("answer.textContent")))
    person.start_script("answer.textContent = String(prompt('暗証番号'))")
    refused = yield from person.message()
    words = refused.words
    person.press(Qt.Key.Key_Return)
    yield from person.shows("null")
    return {"offered": offered, "heading": heading, "answers": answers, "prompt": words}


def test_what_a_page_says_and_asks(site: Site) -> None:
    """A flood can be stopped, answers reach the page, the host is named, no text is typed."""
    seen = played(site, messages)
    assert seen["offered"] == [False, False, True]
    assert seen["heading"] == "login.demo-bank.localhost からのメッセージ"
    assert seen["answers"] == ["キャンセル", "OK"]
    assert seen["prompt"].startswith("暗証番号\n")
    assert "入力できません" in seen["prompt"]


def leaving(person: Person) -> Play:
    yield from person.stage("top-page")
    yield from go_to(person, "/biznet/everyday", "振込メモ")
    yield from person.script("document.getElementById('memo').focus()")
    person.press(Qt.Key.Key_A, person.view.focusProxy())
    while (yield from person.script("document.getElementById('memo').value")) != "a":
        yield lambda: True
    click(person, "a[href='/biznet/top']")
    question = yield from person.message()
    asked = [question.accessibleName(), question.words]
    person.press(Qt.Key.Key_Return)  # the harmless answer has the focus
    yield lambda: person.overlay() is None
    stayed = person.view.url().path()
    click(person, "a[href='/biznet/top']")
    question = yield from person.message()
    question.button("yes").click()
    yield from person.shows("利用者トップページ")
    return {"asked": asked, "stayed": stayed}


def test_a_page_that_asks_before_it_is_left_asks_in_japanese(site: Site) -> None:
    """What was typed is not lost by a key pressed too fast."""
    assert played(site, leaving) == {
        "asked": ["このページを離れますか", "入力中の内容が失われます。"],
        "stayed": "/biznet/everyday",
    }


def silenced(person: Person) -> Play:
    tabs, banner = person.window.tabs, person.window.banner
    yield from person.stage("top-page")
    person.start_script("open('/biznet/everyday')")
    yield lambda: tabs.count() == 2
    yield from shows_all(person, "振込メモ")
    click(person, "[data-alerts]")
    for _ in range(3):
        message = yield from person.message()
        label = message.option.text()
        message.option.setChecked(message.option.isVisible())
        message.button("yes").click()
        yield partial(another_message, person, message)
    yield from person.shows("終わりました")
    click(person, "[data-confirm]")
    yield lambda: "メッセージを表示しない" in banner.words
    refused = yield from person.script("answer.textContent")
    unasked = person.overlay() is None
    yield from person.script("document.getElementById('memo').focus()")
    person.press(Qt.Key.Key_A, person.view.focusProxy())
    while (yield from person.script("document.getElementById('memo').value")) != "a":
        yield lambda: True
    click(person, "a[href='/biznet/top']")
    question = yield from person.message()
    offered = question.option.isVisible()
    question.button("no").click()
    yield lambda: person.overlay() is None
    banner_button(person).click()
    click(person, "[data-confirm]")
    question = yield from person.message()
    question.button("yes").click()
    yield from person.shows("OK")
    tabs.close_current()
    question = yield from person.message()
    question.button("yes").click()
    yield lambda: tabs.count() == 1
    return {"label": label, "refused": refused, "unasked": unasked, "offered": offered}


def test_a_silenced_page_is_left_after_our_question_and_what_it_asked_is_told(site: Site) -> None:
    """A refusal that nobody sees would make 振込実行 do nothing; the page can speak again."""
    seen = played(site, silenced)
    assert "「キャンセル」と答えます" in seen["label"]
    assert (seen["refused"], seen["unasked"]) == ("キャンセル", True)
    assert not seen["offered"]


def message_in_another_tab(person: Person) -> Play:
    tabs = person.window.tabs
    yield from person.stage("top-page")
    first = person.view
    person.start_script("open('/biznet/everyday')")
    yield lambda: tabs.count() == 2
    yield from person.shows("振込メモ")
    second = person.view
    person.start_script("setTimeout(() => alert('後ろから'), 50)")
    tabs.setCurrentWidget(first)
    message = yield from person.message()
    in_front = person.view is second
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_A):
        person.press(key)  # typed for the page that was in front
    still_there = message.isVisible()
    person.press(Qt.Key.Key_W, person.window, control=True)
    yield lambda: tabs.count() == 1
    person.start_script("alert('終わりに')")
    yield from person.message()
    return {"in front": in_front, "still there": still_there}  # and the session ends with it open


def test_a_message_behind_comes_to_the_front_and_no_stray_key_answers_it(site: Site) -> None:
    """Its tab and the whole session can be closed while it is open."""
    assert played(site, message_in_another_tab) == {"in front": True, "still there": True}


@pytest.fixture
def asking_site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank with its one-time password."""
    with Site(tmp_path) as running:
        yield running


def wrong_one_time_password(person: Person) -> Play:
    window = person.window
    step = window.findChild(StepBar)
    assert step is not None
    yield step.bar.isVisible
    window.header.reload_wanted.emit()
    yield lambda: "送信される" in window.banner.words
    shown = [step.bar.isVisible()]
    yield from person.script("code.value = '000000'; 0")
    click(person, "button.primary")
    yield from person.shows("誤りがあります")
    shown.append(step.bar.isVisible())
    window.pad_wanted.emit()
    pad = yield from person.pad()
    kind = pad.windowTitle()
    secret = yield from person.script("document.getElementById('shown-code').innerText")
    yield from person.enter(pad, secret)
    yield lambda: "入力しました" in window.banner.words
    shown.append(step.bar.isVisible())
    click(person, "button.primary")
    yield from person.stage("top-page")
    yield lambda: not step.bar.isVisible()
    return [shown, kind]


def test_the_other_authentication_is_said_until_it_is_done(asking_site: Site) -> None:
    """A stopped reload, a wrong one-time password and the software keyboard leave it there."""
    shown, kind = played(asking_site, wrong_one_time_password)
    assert shown == [True, True, True]
    assert kind == "画面の欄への入力"


# Forms


def repetition(person: Person) -> Play:
    window = person.window
    yield from person.stage("top-page")
    window.header.reload_wanted.emit()
    yield lambda: "送信される" in window.banner.words
    offered = [bool([b for b in window.banner.findChildren(QPushButton) if b.isVisible()])]
    yield from go_to(person, "/biznet/transfer", "振込先")
    yield from person.script("payee.value = 'テスト'; amount.value = '1000'; 0")
    click(person, "button.primary")
    yield from person.shows("確認")
    window.header.reload_wanted.emit()
    yield lambda: "送信される" in window.banner.words
    offered.append(banner_button(person).property("look") == "primary")
    banner_button(person).click()
    question = yield from person.message()
    person.press(Qt.Key.Key_Return)  # the harmless answer has the focus
    gone = question.isHidden()
    window.header.reload_wanted.emit()
    yield lambda: "送信される" in window.banner.words
    banner_button(person).click()
    question = yield from person.message()
    question.button("send").click()
    yield from person.shows("順序が正しくない")  # the bank met the same form twice
    return {"offered": offered, "gone": gone}


def test_a_form_is_sent_again_only_after_a_question_and_the_pin_s_never(site: Site) -> None:
    """The bank's log: one PIN; two transfers' forms, of which the second was agreed to."""
    assert played(site, repetition) == {"offered": [False, False], "gone": True}
    assert site.log.pin_posts() == 1
    posted = [entry.path for entry in site.log.entries if entry.method == "POST"]
    assert posted == ["/biznet/pin", "/biznet/transfer", "/biznet/transfer"]


# Finding and sizes


def finding(person: Person) -> Play:
    window = person.window
    yield from person.stage("top-page")
    find = window.findChild(FindBar)
    assert find is not None

    def counted(words: str) -> Play:
        yield lambda: find.count.text() == words
        seen.append(words)

    seen: list[str] = []
    yield from go_to(person, "/biznet/help", "振込について")
    person.press(Qt.Key.Key_F, window, control=True)
    yield find.bar.isVisible
    find.field.setText("振込")
    yield from counted("1/2 件")
    person.press(Qt.Key.Key_Return, find.field)
    yield from counted("2/2 件")
    person.press(Qt.Key.Key_F3, window)
    yield from counted("1/2 件")
    person.press(Qt.Key.Key_F3, window, shift=True)
    yield from counted("2/2 件")
    find.field.setText("biznet")
    yield lambda: "/" in find.count.text()
    find.case.setChecked(True)
    yield from counted("見つかりません")
    person.press(Qt.Key.Key_Escape, find.field)
    factors = []
    person.press(Qt.Key.Key_Plus, window, control=True)
    person.start_script("open('/biznet/help')")
    yield lambda: window.tabs.count() == 2
    yield from person.shows("振込について")
    factors.append([round(view.zoomFactor(), 2) for view in window.session.views])
    person.press(Qt.Key.Key_0, window, control=True)
    yield from go_to(person, "/biznet/transfer", "振込先")
    factors.append([round(view.zoomFactor(), 2) for view in window.session.views])
    return {"closed": find.bar.isHidden(), "factors": factors}


def test_find_in_page_and_the_size_of_every_page(site: Site) -> None:
    """Matches are counted and gone round; a size holds for all tabs and after a link."""
    assert played(site, finding) == {"closed": True, "factors": [[1.3, 1.3], [1.0, 1.0]]}


# Files


def many_files(person: Person) -> Play:
    yield from person.stage("top-page")
    window, downloads = person.window, person.worker.session.downloads
    for number in range(4):
        downloads.save(b"1,2", f"{number}.csv")
    downloads.save(b"1,2", "lost.csv", Path("/nonexistent"))
    rows = window.findChildren(FileRow)
    yield lambda: rows[0].isVisible() and rows[0].height() > 0
    areas = window.findChildren(QScrollArea)
    shelf = next(area for area in areas if area.isAncestorOf(rows[0]))
    yield lambda: shelf.height() <= max(window.height() // 4, rows[-1].sizeHint().height())
    bar = shelf.verticalScrollBar()
    yield lambda: bar.maximum() > 0 and shelf.height() >= rows[-1].height()
    newest_is_seen = bar.value() == bar.maximum()
    scheduled = [row.leaving.isActive() for row in rows]
    rows[1].save_as.setFocus()
    for row in rows[:2]:
        row.leaving.timeout.emit()
    left = [row.isHidden() for row in rows[:2]]
    return {"scheduled": scheduled, "left": left, "newest is seen": newest_is_seen}


def test_saved_files_leave_the_room_to_the_page_after_a_while(site: Site) -> None:
    """Not one that failed, and not the one that the person is at; the shelf never grows tall."""
    assert played(site, many_files) == {
        "scheduled": [True, True, True, True, False],
        "left": [True, False],
        "newest is seen": True,
    }


# The end


def watched_end(person: Person) -> list[bool]:
    """Note the window's end in place of the session's."""
    ended: list[bool] = []
    person.window.finished.disconnect()
    person.window.finished.connect(lambda: ended.append(True))
    return ended


def logging_off(person: Person) -> Play:
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from go_to(person, "/biznet/transfer", "振込先")
    yield from person.script("payee.value = 'テスト'; 0")
    person.start_script("open('/biznet/top')")
    yield lambda: person.window.tabs.count() == 2
    yield from person.shows("利用者トップページ")
    person.window.close()
    question = yield from person.message()
    words = question.words
    person.press(Qt.Key.Key_Return)  # the harmless answer has the focus
    stayed = question.isHidden() and not ended
    person.window.close()
    question = yield from person.message()
    question.button("log-off").click()
    yield lambda: ended
    return {"words": words, "stayed": stayed}


def test_log_off_and_end_presses_the_bank_s_own_log_off_once(site: Site) -> None:
    """The question names what would be lost; staying is the default; the bank sees one log-off."""
    seen = played(site, logging_off)
    assert "入力中の内容" in seen["words"]
    assert "ログオフして終了" in seen["words"]
    assert seen["stayed"]
    posted = [entry.path for entry in site.log.entries if entry.method == "POST"]
    assert posted == ["/biznet/pin", "/biznet/logoff"]


def log_off_that_asks(person: Person) -> Play:
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from person.script(
        "document.forms[0].onsubmit = () => confirm('ログオフしますか'); document.forms[0].action"
    )
    person.window.close()
    question = yield from person.message()
    question.button("log-off").click()
    yield lambda: person.overlay() not in (None, question)
    asked = person.overlay()
    assert asked is not None
    words = asked.words
    asked.button("yes").click()
    yield lambda: ended
    return words


def test_a_bank_that_asks_before_its_log_off_is_answered_by_the_person(site: Site) -> None:
    """Its own question is shown, and the end waits for the answer."""
    assert played(site, log_off_that_asks) == "ログオフしますか"
    posted = [entry.path for entry in site.log.entries if entry.method == "POST"]
    assert posted == ["/biznet/pin", "/biznet/logoff"]


def log_off_away_from_the_top_page(person: Person) -> Play:
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from go_to(person, "/biznet/statements", "ファイルで受け取る")
    person.window.close()
    question = yield from person.message()
    question.button("log-off").click()
    yield lambda: ended


def test_the_demo_can_be_left_by_its_log_off_from_every_page(site: Site) -> None:
    """As real banks can: nobody is sent back to the top page first."""
    played(site, log_off_away_from_the_top_page)
    posted = [entry.path for entry in site.log.entries if entry.method == "POST"]
    assert posted == ["/biznet/pin", "/biznet/logoff"]


CLOSES_ITSELF = (
    "document.forms[0].onsubmit = () => { fetch('/biznet/logoff', {method: 'POST'})"
    ".then(() => window.close()); return false; }; 0"
)


def log_off_that_closes_its_tab(person: Person) -> Play:
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from pop_up_that_closes_at_log_off(person)
    return (yield from log_off_until(person, ended))


def log_off_that_closes_the_last_tab(person: Person) -> Play:
    window = person.window
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from pop_up_that_closes_at_log_off(person)
    person.worker.session.close_view(person.worker.session.views[0])
    yield lambda: window.tabs.count() == 1
    return (yield from log_off_until(person, ended))


def pop_up_that_closes_at_log_off(person: Person) -> Play:
    person.start_script("open('/biznet/top')")  # an engine lets only such a page close itself
    yield lambda: person.window.tabs.count() == 2
    yield from person.shows("利用者トップページ")
    yield from person.script(CLOSES_ITSELF)


def log_off_until(person: Person, ended: list[bool]) -> Play:
    """Log off, and tell whether the session ended by that, without a word of doubt."""
    said = person.window.banner.words
    person.window.close()
    question = yield from person.message()
    question.button("log-off").click()
    yield lambda: ended or person.window.banner.words != said
    return person.window.banner.words == said


def test_a_log_off_that_closes_its_own_page_is_the_bank_s_answer(site: Site) -> None:
    """Beside other pages and as the last one, which stays: nobody waits for what cannot come."""
    assert played(site, log_off_that_closes_its_tab)
    assert played(site, log_off_that_closes_the_last_tab)
    posted = [entry.path for entry in site.log.entries if entry.method == "POST"]
    assert posted == ["/biznet/pin", "/biznet/logoff"] * 2


def questions_of_another_session(person: Person) -> Play:
    window, before = person.window, person.worker.session
    yield from person.stage("top-page")
    before.outside.emit("https://other.example/", True)
    bar = window.findChild(Outside)
    assert bar is not None
    next(one for one in bar.bar.findChildren(QPushButton) if one.isVisible()).click()
    yield from go_to(person, "/biznet/transfer", "振込先")
    yield from person.script("payee.value = 'テスト'; amount.value = '1000'; 0")
    click(person, "button.primary")
    yield from person.shows("確認")
    window.header.reload_wanted.emit()
    yield lambda: "送信される" in window.banner.words
    banner_button(person).click()
    shown = [one for one in window.findChildren(Overlay) if not one.isHidden()]
    window.close()  # and while the pages are looked at, the person logs on again
    window.retry_wanted.emit()
    pad = yield from person.pad()
    left = [one for one in window.findChildren(Overlay) if not one.isHidden()]
    told = len(person.reports)
    yield from person.enter(pad, DEMO_PIN)
    yield lambda: any(report.stage is Stage.TOP_PAGE for report in person.reports[told:])
    window.close()
    asked = yield from person.message()
    return [len(shown), len(left), "ログオフ" in asked.words]


def test_no_question_outlives_the_session_that_it_is_about(site: Site) -> None:
    """Another log-on takes them all away, and the new session's own are asked as ever."""
    assert played(site, questions_of_another_session) == [2, 0, True]


def ended_already(person: Person) -> Play:
    ended = watched_end(person)
    yield from person.stage("top-page")
    yield from person.script("document.forms[0].submit()")
    yield from person.shows("ログオフしました")
    person.window.close()
    yield lambda: ended or person.overlay()
    return [bool(ended), person.overlay() is None]


def test_whoever_has_logged_off_closes_without_a_question(site: Site) -> None:
    """The bank's page says it, and that is enough."""
    assert played(site, ended_already) == [True, True]


# The bank's time-out


def idle(person: Person) -> Play:
    window = person.window
    yield from person.stage("top-page")
    bar = window.findChild(IdleBar)
    assert bar is not None
    seen = [bar.bar.isVisible()]
    bar.watch.clock = lambda: time.time() + 570
    bar.look()
    seen.append(bar.bar.isVisible())
    words = bar.words.text()
    window.session.told.emit(StageReport(Stage.FAILED, "server-error-after-pin"))
    bar.look()
    seen.append(bar.bar.isVisible())  # a page has failed; the bank's time runs on
    yield from go_to(person, "/biznet/help", "振込について")
    yield bar.bar.isHidden  # the person has used a link
    bar.watch.clock = lambda: time.time() + 570 + 601
    bar.look()
    return {
        "seen": seen,
        "words": words,
        "over": [bar.bar.isVisible(), window.banner.words, banner_button(person).text()],
    }


def test_the_bank_s_time_is_counted_where_the_profile_knows_it(site: Site) -> None:
    """A warning half a minute before, gone with the next page; then that it is over."""
    profile = site.bank.source
    known = profile.read_text("utf-8").replace("[site]", "[site]\nidle_minutes = 10")
    profile.write_text(known, "utf-8")
    site.bank = type(site.bank).read(profile)
    told = played(site, idle)
    assert told["seen"] == [False, True, True]
    assert "あと約30秒" in told["words"]
    shown, words, button = told["over"]
    assert not shown
    assert "ログオフしたと思われます" in words
    assert button == "もう一度ログオンする"


def hung(person: Person) -> Play:
    tabs = person.window.tabs
    yield from person.stage("top-page")
    person.start_script("open('/biznet/everyday', '_blank', 'noopener')")
    yield lambda: tabs.count() == 2
    yield from person.shows("振込メモ")
    person.start_script("for (;;) {}")
    person.press(Qt.Key.Key_W, person.window, control=True)
    yield lambda: tabs.count() == 1
    return True


def test_a_tab_whose_page_hangs_can_be_closed(site: Site) -> None:
    """The page is asked first, but it cannot keep its tab by not answering."""
    assert played(site, hung)


def timed_out(person: Person) -> Play:
    window = person.window
    yield from person.stage("top-page")
    person.start_script("open('/biznet/help')")
    yield lambda: window.tabs.count() == 2
    yield from person.shows("振込について")
    told = "fetch('/biznet/top').then((a) => a.text()).then((t) => { document.title = t; })"
    while "ログオフしました" not in person.view.title():  # the bank's time is not over yet
        answers: list[Any] = []
        person.view.page().runJavaScript(f"{told}; 0", 0, answers.append)
        yield partial(bool, answers)
    person.start_script("location.href = '/biznet/top'")
    yield from person.stage("failed")
    yield lambda: "一定時間操作がなかった" in window.banner.words
    wanted: list[bool] = []
    window.retry_wanted.disconnect()
    window.retry_wanted.connect(lambda: wanted.append(True))
    label = banner_button(person).text()
    banner_button(person).click()
    return {"label": label, "wanted": wanted, "code": person.reports[-1].code}


def test_a_time_out_is_noticed_in_any_tab_and_leads_to_another_log_on(site: Site) -> None:
    """The bank's page for it, in a tab beside the log-on's, is told with the way on."""
    profile = site.bank.source
    failure = (
        '[[pages.failures]]\ncode = "session-timed-out"\nmarkers = ["一定時間操作がなかった"]\n'
    )
    profile.write_text(profile.read_text("utf-8") + failure, "utf-8")
    site.bank = type(site.bank).read(profile)

    def end_the_time() -> None:
        site.log.wait_for(lambda log: any(entry.path == "/biznet/help" for entry in log.entries))
        site.server.bank.scenario = Scenario(other_authentication=False, session_seconds=0.0)

    clock = threading.Thread(target=end_the_time)
    clock.start()
    seen = played(site, timed_out)
    clock.join()
    assert seen == {"label": "もう一度ログオンする", "wanted": [True], "code": "session-timed-out"}
