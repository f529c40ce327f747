"""The window as a person uses it: the list, the choice, the log-on, its failures and its end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QMessageBox, QPushButton, QStyleOptionViewItem
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import AT, CONTRACT, OTHER_CONTRACT, STORE, HeldStore, ready_store
from support.nssdb import Database
from support.pki import Authority
from support.systems import only_on_linux
from support.window import OpenWindow, Played, words_on

from certhelper.desktop.attempt import Phase
from certhelper.desktop.dialogs import AboutDialog, DetailsDialog
from certhelper.desktop.failure_page import FailurePage
from certhelper.desktop.own_browser_dialog import OwnBrowserDialog
from certhelper.desktop.places import Places
from certhelper.failures import ExitStatus
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage
from certhelper.look import theme as look
from certhelper.pad.pin_pad import PinPad
from certhelper.settings import LastUsed, TextSize
from certhelper.stores.base import StoreReading, StoreStatus

USER = f"{CONTRACT}/user01"


def user_store(*more: str) -> HeldStore:
    names = ["user01", *more]
    return ready_store(*(listings.installed(f"{CONTRACT} {name}") for name in names))


def shown_titles(played: Played) -> list[str]:
    """The titles of all cards, as the view's own model gives them."""
    model = played.program.body.list.model()
    sections = [model.index(place, 0) for place in range(model.rowCount())]
    return [
        str(model.index(place, 0, section).data())
        for section in sections
        for place in range(model.rowCount(section))
    ]


# ---- the list


def test_stores_appear_as_they_answer(open_window: OpenWindow, qtbot: QtBot) -> None:
    """A slow store holds nobody up: what the others hold is there and can be used."""
    slow = HeldStore(
        StoreReading(
            "pkcs12",
            "/slow",
            StoreStatus.OK,
            installed=(listings.installed(f"{OTHER_CONTRACT} late", store="pkcs12:/slow/a.p12"),),
        )
    )
    played = open_window(user_store(), slow, wait=False)
    qtbot.waitUntil(lambda: shown_titles(played) == ["利用者ID user01"])
    played.choose(USER)
    assert played.program.body.selection.main_button.isEnabled()
    slow.go.set()
    qtbot.waitUntil(lambda: shown_titles(played) == ["利用者ID user01", "利用者ID late"])
    chosen = played.program.body.list.chosen_row()
    assert chosen is not None
    assert chosen.key == USER


def test_a_long_reading_is_said_and_can_be_stopped(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a second the window names the store; stopped, the store is shown as not read."""
    monkeypatch.setattr("certhelper.desktop.reading._SLOW_MS", 1)
    slow = HeldStore(StoreReading("nss", "/slow", StoreStatus.OK))
    played = open_window(slow, wait=False)
    qtbot.waitUntil(lambda: "nss:/slow" in words_on(played.frame))
    stop = next(b for b in played.frame.findChildren(QPushButton) if b.text() == "読み込みを中止")
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown_titles(played) == ["証明書のデータベース /slow"])
    assert not stop.isVisible()
    played.choose("store|nss:/slow")
    assert "読み込みを中止しました" in words_on(played.program.body.selection)
    slow.go.set()


def test_reading_again_keeps_the_choice(open_window: OpenWindow, qtbot: QtBot) -> None:
    """F5 reads every store again; the chosen card stays chosen, and what is new appears."""
    store = user_store()
    played = open_window(store)
    played.choose(USER)
    more = listings.installed(f"{CONTRACT} user00")
    store.answer = listings.reading(*store.answer.installed, more)
    qtbot.keyClick(played.frame, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(shown_titles(played)) == 2)
    assert store.times_read == 2
    chosen = played.program.body.list.chosen_row()
    assert chosen is not None
    assert chosen.key == USER


@pytest.fixture
def named_database(tmp_path: Path) -> Path:
    """An NSS directory to be named with ``--store``, holding user01's certificate."""
    directory = tmp_path / "named"
    database = Database.create(directory)
    database.add(Authority().issue(f"{CONTRACT} user01", not_before=AT), "user01")
    return directory


def reload(played: Played, qtbot: QtBot) -> None:
    """Read the stores anew, to the end; the keyboard stays where it is, as by F5."""
    with qtbot.waitSignal(played.program.reader.finished):
        played.frame.reload_button.click()


@only_on_linux
def test_the_list_comes_back_with_the_store_that_was_named(
    open_window: OpenWindow, qtbot: QtBot, named_database: Path
) -> None:
    """A drive that was pulled and put back: first why there is no list, then the list again."""
    away = named_database.with_name("away")
    played = open_window(places=Places([f"nss:{named_database}"]))
    played.choose(USER)
    named_database.rename(away)
    for _ in range(2):  # however often somebody looks
        reload(played, qtbot)
        assert "store-not-found" in words_on(played.frame)
        assert not played.program.body.isVisible()
        assert not played.program.reader.is_reading
        assert len(played.window.findChildren(FailurePage)) == 1
        assert played.window.focusWidget() is played.frame.reload_button
    assert played.program.exit_status == ExitStatus.WRONG_USE
    away.rename(named_database)
    reload(played, qtbot)
    assert shown_titles(played) == ["利用者ID user01"]
    assert played.program.body.isVisible()
    assert "store-not-found" not in words_on(played.frame)
    assert played.program.exit_status == ExitStatus.DONE
    chosen = played.program.body.list.chosen_row()
    assert chosen is not None
    assert chosen.key == USER
    assert played.window.focusWidget() is played.program.body.list


@only_on_linux
def test_a_store_that_is_there_only_after_the_start_is_listed(
    open_window: OpenWindow, qtbot: QtBot, named_database: Path
) -> None:
    """Named in a shortcut, on a drive that was not yet connected."""
    away = named_database.rename(named_database.with_name("away"))
    played = open_window(places=Places([f"nss:{named_database}"]))
    assert "store-not-found" in words_on(played.frame)
    away.rename(named_database)
    reload(played, qtbot)
    assert shown_titles(played) == ["利用者ID user01"]
    assert played.program.body.isVisible()


@only_on_linux
def test_a_log_on_ends_while_the_store_is_gone(
    open_window: OpenWindow, qtbot: QtBot, named_database: Path
) -> None:
    """It is told beside what is wrong with the store, and stands by the list when that is back."""
    played = open_window(places=Places([f"nss:{named_database}"]))
    process = played.log_on(USER)
    away = named_database.rename(named_database.with_name("away"))
    reload(played, qtbot)
    process.tell(Stage.FAILED, code="no-answer")
    assert "ログオンできませんでした" in words_on(played.frame)
    away.rename(named_database)
    reload(played, qtbot)
    assert "no-answer" in words_on(played.program.body.attempt)


def test_what_has_changed_with_time_is_judged_again(open_window: OpenWindow, qtbot: QtBot) -> None:
    """A window that stayed open over night does not offer yesterday's certificate as usable."""
    played = open_window(ready_store(listings.installed(f"{CONTRACT} user01", days=1)))
    played.choose(USER)
    assert played.program.body.selection.main_button.isEnabled()
    played.clock = lambda: AT + timedelta(days=2)
    played.program._judge_again()
    qtbot.waitUntil(lambda: not played.program.body.selection.main_button.isEnabled())


def test_nothing_found_says_what_it_means_and_what_to_do(open_window: OpenWindow) -> None:
    """The four cases of reissue, who does it, and where was looked."""
    played = open_window(ready_store())
    words = words_on(played.program.body)
    for part in ("有効期限が過ぎた", "パソコンを変更", "更新操作", "誤って削除", "管理者に再発行"):
        assert part in words
    assert STORE in words


def test_a_search_without_a_match_says_so_and_comes_back(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """An empty result is not taken for an empty PC."""
    played = open_window(user_store("user02"))
    qtbot.keyClick(played.frame, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert played.frame.search.hasFocus()
    qtbot.keyClicks(played.frame.search, "user02")
    qtbot.waitUntil(lambda: shown_titles(played) == ["利用者ID user02"])
    qtbot.keyClicks(played.frame.search, "x")
    qtbot.waitUntil(lambda: "合う証明書はありません" in words_on(played.program.body))
    qtbot.keyClick(played.frame.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(shown_titles(played)) == 2)
    assert played.program.body.list.hasFocus()


def test_a_thousand_holders_are_listed(open_window: OpenWindow) -> None:
    """A helpdesk's database of many customers is a list like any other."""
    many = [listings.installed(f"{10**13 + number} user", store=STORE) for number in range(1000)]
    played = open_window(ready_store(*many))
    assert len(shown_titles(played)) == 1000
    played.choose(f"{10**13 + 999}/user")
    assert f"{10**13 + 999}" in words_on(played.program.body.selection)


def test_names_of_certificates_are_never_taken_for_html(open_window: OpenWindow) -> None:
    """Anybody can have a certificate issued that is called like a picture or a link."""
    evil = "<img src=x><b>user</b>"
    played = open_window(ready_store(listings.installed(evil)))
    view = played.program.body.list
    model = view.model()
    section = model.index(0, 0)
    view.setCurrentIndex(model.index(0, 0, section))
    assert "<b>user</b>" in words_on(played.program.body.selection)


# ---- the keyboard


def test_the_list_is_used_by_keyboard_alone(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Arrows go from card to card past the headings, space opens, Enter asks for the PIN."""
    played = open_window(
        ready_store(
            listings.installed(f"{CONTRACT} user01", days=20),
            listings.installed(f"{OTHER_CONTRACT} user02"),
        )
    )
    view = played.program.body.list
    played.choose(USER)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.isExpanded(view.currentIndex())
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert "更新" in str(view.currentIndex().data())
    chosen = view.chosen_row()
    assert chosen is not None
    assert chosen.key == USER
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert not view.isExpanded(view.currentIndex())
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.isExpanded(view.currentIndex().parent())
    qtbot.keyClick(view, Qt.Key.Key_Down)
    chosen = view.chosen_row()
    assert chosen is not None
    assert chosen.key == f"{OTHER_CONTRACT}/user02"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert "user02" in words_on(played.dialog(PinPad))


def test_a_click_on_reasons_opens_them_and_a_double_click_logs_on(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Two places of one card do two things, and never each other's."""
    played = open_window(ready_store(listings.installed(f"{CONTRACT} user01", days=20)))
    view = played.program.body.list
    played.choose(USER)
    index = view.currentIndex()
    option = QStyleOptionViewItem()
    view.initViewItemOption(option)
    option.rect = view.visualRect(index)
    more: QRect = view._delegate.more_area(option, index)
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(view.viewport(), left, pos=more.center())
    assert view.isExpanded(index)
    qtbot.mouseDClick(view.viewport(), left, pos=more.center())
    assert not view.isExpanded(index)
    assert played.dialogs() == []
    title = option.rect.topLeft() + more.topLeft() * 0
    title.setX(more.left())
    title.setY(option.rect.top() + 20)
    qtbot.mouseDClick(view.viewport(), left, pos=title)
    assert played.dialog(PinPad).isVisible()


def test_the_banks_name_gets_its_place_at_each_text_size(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """A row of its own where it does not fit, and beside the tools again where it does."""
    played = open_window(ready_store())
    frame, across = played.frame, QBoxLayout.Direction.LeftToRight
    frame.show_bank("法人インターネットバンキング" * 3, "")
    tools, name = frame._tools, frame._bank
    length = name.fontMetrics().horizontalAdvance(name.text())
    fits = length + tools.sizeHint().width() + name.fontMetrics().height() * 2
    beside = played.window.width() - frame.width()
    played.window.resize(fits + beside, played.window.height())
    qtbot.waitUntil(lambda: frame._heading.direction() == across)
    try:
        look.current().set_text_size(TextSize.LARGE)
        qtbot.waitUntil(lambda: frame._heading.direction() != across)
    finally:
        look.current().set_text_size(TextSize.STANDARD)
    qtbot.waitUntil(lambda: frame._heading.direction() == across)


def test_the_text_size_is_changed_and_remembered(open_window: OpenWindow, qtbot: QtBot) -> None:
    """小, 標準, 大 by button and by Ctrl + and -, kept for the next start."""
    played = open_window(user_store())
    control = Qt.KeyboardModifier.ControlModifier
    try:
        qtbot.keyClick(played.frame, Qt.Key.Key_Plus, control)
        assert look.current().text_size is TextSize.LARGE
        qtbot.keyClick(played.frame, Qt.Key.Key_Plus, control)
        qtbot.keyClick(played.frame, Qt.Key.Key_Minus, control)
        assert look.current().text_size is TextSize.STANDARD
        small = next(b for b in played.frame.findChildren(QPushButton) if b.text() == "小")
        qtbot.mouseClick(small, Qt.MouseButton.LeftButton)
        assert look.current().text_size is TextSize.SMALL
        assert played.program.wishes.now.text_size is TextSize.SMALL
    finally:
        look.current().set_text_size(TextSize.STANDARD)


@pytest.mark.parametrize("is_good", [True, False], ids=["usable", "not-usable"])
def test_the_log_on_button_stays_in_sight(
    open_window: OpenWindow, qtbot: QtBot, *, is_good: bool
) -> None:
    """In large letters on a small screen, with a note and an open session, nobody must scroll."""
    days = 20 if is_good else -1
    name = f"{CONTRACT} user02"
    played = open_window(
        ready_store(listings.installed(f"{CONTRACT} user01"), listings.installed(name, days=days))
    )
    try:
        look.current().set_text_size(TextSize.LARGE)
        played.log_on(USER).tell(Stage.TOP_PAGE)
        played.program.body.attempt.close_button.click()
        played.choose(f"{CONTRACT}/user02")
        played.window.resize(1297, 691)
        button = played.program.body.selection.main_button
        qtbot.waitUntil(lambda: button.visibleRegion().boundingRect() == button.rect())
        assert played.window.height() == 691
        assert button.isEnabled() is is_good
    finally:
        look.current().set_text_size(TextSize.STANDARD)


def test_a_long_explanation_on_a_card_takes_several_lines(open_window: OpenWindow) -> None:
    """Nothing of what a place that failed says, or of a long path, is cut off."""
    failed = HeldStore(
        StoreReading("nss", "/broken", StoreStatus.FAILED, "database-damaged", detail="x" * 400)
    )
    failed.go.set()
    played = open_window(user_store(), failed)
    view = played.program.body.list
    played.choose(USER)
    short = view.visualRect(view.currentIndex()).height()
    played.choose("store|nss:/broken")
    assert view.visualRect(view.currentIndex()).height() > short + 3 * view.fontMetrics().height()


# ---- the log-on


def test_the_pin_reaches_the_child_that_was_started_with_the_pad(
    open_window: OpenWindow,
) -> None:
    """The child is warm while the person types, gets the PIN once, and its stages are shown."""
    played = open_window(user_store())
    played.choose(USER)
    played.program.body.selection.main_button.click()
    (process,) = played.processes
    assert process.is_running
    pad = played.dialog(PinPad)
    for character in "0123ab":
        pad.entry.enter(character)
    assert process.pins == []
    pad.logon_button.click()
    assert process.pins == ["0123ab"]
    process.tell(Stage.OPENED, Stage.LOGON_PAGE, Stage.CERTIFICATE_REQUESTED)
    assert "証明書を送っています…" in words_on(played.program.body.attempt)
    process.tell(Stage.CERTIFICATE_SENT, Stage.PIN_PAGE, Stage.PIN_SUBMITTED, Stage.TOP_PAGE)
    assert "ログオンしました" in words_on(played.program.body)


def test_closing_the_pad_ends_the_child(open_window: OpenWindow) -> None:
    """Nothing of an abandoned log-on stays, and the list is as before."""
    played = open_window(user_store())
    played.choose(USER)
    played.program.body.selection.main_button.click()
    played.dialog(PinPad).reject()
    (process,) = played.processes
    assert not process.is_running
    assert process.pins == []
    assert not played.program.body.shows_attempt
    assert played.program.logons.open_attempts == []


def test_a_child_that_fails_while_the_person_types_closes_the_pad(
    open_window: OpenWindow,
) -> None:
    """Nobody finishes a PIN that has nowhere to go."""
    played = open_window(user_store())
    played.choose(USER)
    played.program.body.selection.main_button.click()
    played.processes[0].tell(Stage.FAILED, code="host-not-found")
    assert played.dialogs() == []
    assert "host-not-found" in words_on(played.program.body.attempt)
    assert played.processes[0].pins == []


def test_a_failure_offers_what_to_do_and_another_try_asks_again(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Message, cause, remedy and code; もう一度 opens a new pad with a new child, nothing more."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.OPENED, Stage.CERTIFICATE_SENT)
    process.tell(Stage.FAILED, code="certificate-refused")
    panel = played.program.body.attempt
    assert panel.retry_button.property("look") != "primary"
    words = words_on(panel)
    for part in ("ログオンできませんでした", "考えられる原因", "対処", "certificate-refused"):
        assert part in words
    qtbot.mouseClick(panel.retry_button, Qt.MouseButton.LeftButton)
    assert played.dialog(PinPad).entry.count == 0
    assert len(played.processes) == 2
    assert [one.pins for one in played.processes] == [["0123ab"], []]
    assert not process.is_running


def test_a_failure_can_be_put_away_or_taken_to_the_own_browser(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The way out names the certificate to pick there."""
    played = open_window(user_store())
    played.log_on(USER).tell(Stage.FAILED, code="no-answer")
    panel = played.program.body.attempt
    qtbot.mouseClick(panel.browser_button, Qt.MouseButton.LeftButton)
    dialog = played.dialog(OwnBrowserDialog)
    qtbot.waitUntil(lambda: f"{CONTRACT} user01" in words_on(dialog))  # the check lays it out anew
    played.dialog(OwnBrowserDialog).reject()
    qtbot.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not played.program.body.shows_attempt
    assert not played.processes[0].is_running


def test_a_log_on_under_way_can_be_stopped(open_window: OpenWindow, qtbot: QtBot) -> None:
    """中止 ends the child and is no failure."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.OPENED)
    qtbot.mouseClick(played.program.body.attempt.cancel_button, Qt.MouseButton.LeftButton)
    assert not process.is_running
    assert not played.program.body.shows_attempt
    assert played.program.logons.open_attempts == []


def test_two_sessions_are_listed_and_the_list_keeps_working(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """A second log-on beside the first; each has its row, which goes when the session ends."""
    played = open_window(user_store("user02"))
    first = played.log_on(USER)
    first.tell(Stage.TOP_PAGE)
    second = played.log_on(f"{CONTRACT}/user02")
    second.tell(Stage.OTHER_AUTHENTICATION)
    words = words_on(played.program.body)
    assert f"{CONTRACT} / user01\nログオンしました" in words
    assert f"{CONTRACT} / user02\n続きの認証が必要です" in words
    first.end(0)
    assert f"{CONTRACT} / user01" not in words_on(played.program.body._side)
    assert [one.phase for one in played.program.logons.open_attempts] == [Phase.SESSION]


def test_the_administrators_certificate_asks_first(open_window: OpenWindow, qtbot: QtBot) -> None:
    """The safe answer is the default, and only going on opens the pad."""
    played = open_window(ready_store(listings.installed(CONTRACT)))
    for go_on in (False, True):
        played.choose(f"{CONTRACT}/")
        played.program.body.selection.main_button.click()
        box = played.dialog(QMessageBox)
        assert "管理者" in box.text()
        assert box.defaultButton().text().startswith("やめる")
        button = next(b for b in box.buttons() if b.text().startswith("このまま進む") is go_on)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert len(played.processes) == int(go_on)
    assert played.dialog(PinPad).isVisible()


def test_a_second_session_with_the_same_certificate_asks_first(
    open_window: OpenWindow,
) -> None:
    """The bank may end the first one."""
    played = open_window(user_store())
    played.log_on(USER).tell(Stage.TOP_PAGE)
    played.program.body.attempt.close_button.click()
    played.program.body.selection.main_button.click()
    assert "すでに開いています" in played.dialog(QMessageBox).text()
    assert len(played.processes) == 1


def test_what_cannot_be_used_cannot_be_logged_on_with(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The button is disabled and says why in sight, on hover and to a screen reader; Enter too."""
    played = open_window(ready_store(listings.installed(f"{CONTRACT} user01", days=-1)))
    played.choose(USER)
    button = played.program.body.selection.main_button
    assert not button.isEnabled()
    for told in (
        button.toolTip(),
        button.accessibleDescription(),
        words_on(played.program.body.selection),
    ):
        assert "有効期限" in told
    qtbot.keyClick(played.program.body.list, Qt.Key.Key_Return)
    assert played.dialogs() == []
    assert played.processes == []


def test_where_the_person_types_in_the_page_no_pad_opens(open_window: OpenWindow) -> None:
    """A profile with ``entry = "page"`` leaves the PIN to the bank's own page."""
    played = open_window(user_store(), bank=listings.bank(entry="page"))
    played.choose(USER)
    played.program.body.selection.main_button.click()
    assert played.dialogs() == []
    assert played.processes[0].is_running
    assert played.program.body.shows_attempt


def test_the_demo_bank_says_demo_on_the_pad(open_window: OpenWindow) -> None:
    """A profile of the demo is recognised by its id."""
    played = open_window(user_store(), bank=listings.bank(bank_id="demo-bank"))
    played.choose(USER)
    played.program.body.selection.main_button.click()
    assert "デモ" in words_on(played.dialog(PinPad))


def test_the_certificate_of_the_log_on_is_chosen_at_the_next_start(
    open_window: OpenWindow,
) -> None:
    """Remembered once the PIN was given, by bank."""
    store = user_store("user02")
    first = open_window(store)
    assert first.program.body.list.chosen_row() is None
    first.log_on(f"{CONTRACT}/user02")
    used = first.program.wishes.now.last_used
    assert used == {"test-bank": LastUsed(store.answer.installed[1].certificate.sha256, STORE)}
    chosen = open_window(store).program.body.list.chosen_row()
    assert chosen is not None
    assert chosen.key == f"{CONTRACT}/user02"


# ---- other windows


def test_the_details_can_be_copied(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Everything of the certificate goes to the clipboard for the helpdesk."""
    store = user_store()
    played = open_window(store)
    played.choose(USER)
    played.program.body.selection.details_button.click()
    dialog = played.dialog(DetailsDialog)
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text().replace(" ", "")
    assert store.answer.installed[0].certificate.sha256 in copied


def test_the_own_browser_is_always_a_way_out(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Name, expiry and serial's end to pick there, the bank's recommendation, the address."""
    played = open_window(user_store())
    played.choose(USER)
    played.program.body.selection.browser_button.click()
    dialog = played.dialog(OwnBrowserDialog)
    parts = (f"{CONTRACT} user01", "2027年3月3日 12:00", "シリアル番号", "推奨する環境")
    qtbot.waitUntil(lambda: all(part in words_on(dialog) for part in parts))
    qtbot.waitUntil(dialog.open_button.isEnabled)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: played.opened == ["https://logon.bank.test/"])


def test_a_browser_that_does_not_open_is_said(open_window: OpenWindow, qtbot: QtBot) -> None:
    """The address is shown to be typed by hand."""
    played = open_window(user_store())
    played.browser_works = False
    played.program.body.selection.browser_button.click()
    dialog = played.dialog(OwnBrowserDialog)
    qtbot.waitUntil(dialog.open_button.isEnabled)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "browser-not-opened" in words_on(dialog))
    assert "https://logon.bank.test/" in words_on(dialog)


def test_the_banks_other_pages_open_where_the_profile_knows_them(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """An address that is missing leaves its entry disabled, with the reason in its text."""
    obtain = "https://www.bank.test/obtain"
    played = open_window(user_store(), bank=listings.bank(obtain=obtain))
    actions = {one.text(): one for one in played.frame.menu_button.menu().actions()}
    actions["電子証明書を取得する"].trigger()
    qtbot.waitUntil(lambda: played.opened == [obtain])
    disabled = [words for words, one in actions.items() if one.isVisible() and not one.isEnabled()]
    assert len(disabled) == 2
    assert all("アドレスが設定されていません" in words for words in disabled)
    next(one for words, one in actions.items() if "について" in words).trigger()
    assert "銀行が提供する製品ではありません" in words_on(played.dialog(AboutDialog))


# ---- the end


def test_the_window_may_be_closed_while_a_session_is_open(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The program ends when the last session has ended, not before."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.TOP_PAGE)
    ended: list[int] = []
    played.program.finished.connect(ended.append)
    with qtbot.waitSignal(played.window.dismissed):
        played.window.close()
    assert ended == []
    process.end(0)
    assert ended == [0]


def test_closing_the_window_with_nothing_open_ends_the_program(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Nothing keeps running in the background."""
    played = open_window(user_store())
    ended: list[int] = []
    played.program.finished.connect(ended.append)
    with qtbot.waitSignal(played.program.finished):
        played.window.close()
    assert ended == [0]


def test_a_failure_behind_a_closed_window_brings_it_back(open_window: OpenWindow) -> None:
    """A log-on that fails is told even when the list was closed meanwhile."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.OPENED)
    played.window.close()
    process.tell(Stage.FAILED, code="no-answer")
    assert played.window.isVisible()
    assert "no-answer" in words_on(played.program.body.attempt)


def test_what_a_session_could_not_have_done_is_said(open_window: OpenWindow) -> None:
    """The session has said 渡しました; that no browser opened is known here alone."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.TOP_PAGE)
    played.window.close()
    address = "https://www.elsewhere.test/"
    process.noticed.emit(SessionNotice("browser-not-opened", {"address": address}))
    words = words_on(played.frame)
    assert played.window.isVisible()
    assert "ブラウザを開けませんでした" in words
    assert f"次のアドレスを入力してください: {address}" in words
    process.noticed.emit(SessionNotice("of-a-newer-version"))  # nothing is known of it


def test_a_failure_that_was_told_does_not_bring_the_window_back(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Whoever has seen the failure and closed everything is left alone, and the program ends."""
    played = open_window(user_store())
    process = played.log_on(USER)
    process.tell(Stage.FAILED, code="unknown-page")
    with qtbot.waitSignal(played.window.dismissed):
        played.window.close()
    with qtbot.waitSignal(played.program.finished):
        process.end(1)
    assert not played.window.isVisible()


@pytest.mark.parametrize("size", list(TextSize))
def test_the_bank_s_name_gets_a_row_of_its_own_where_the_window_is_narrow(
    open_window: OpenWindow, qtbot: QtBot, size: TextSize
) -> None:
    """As on a small laptop at 150 %: nothing overlaps, and the name is no column of words."""
    played = open_window(ready_store())
    look.current().set_text_size(size)
    try:
        frame = played.frame
        frame.show_bank(
            "とても長い名前のテスト銀行 法人インターネットバンキング Biznet", "設定されたログオン先"
        )
        played.window.resize(880, 500)
        line = frame._bank.fontMetrics().height()
        # One line, or two with wide fonts; beside the tools it would be four or five.
        qtbot.waitUntil(lambda: frame._bank.height() < 3 * line)
        assert frame._bank.geometry().bottom() < frame._origin.geometry().top()
        assert frame._origin.geometry().bottom() < frame.menu_button.geometry().top()
        assert played.window.width() == 880
    finally:
        look.current().set_text_size(TextSize.STANDARD)
