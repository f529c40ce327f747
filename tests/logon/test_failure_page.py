"""The page that a failure has in the place of the bank's: what stands on it and what it offers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from certhelper import failures
from certhelper.logon import failure_place
from certhelper.logon.browser.failure_page import FailureCover, FailurePage
from certhelper.logon.failure_place import Offer
from certhelper.look.theme import Theme
from certhelper.profile import Help
from certhelper.settings import TextSize

FACTS = {
    "product": "ESET",
    "host": "login.bank.localhost",
    "issuer": "ESET SSL Filter CA",
    "how": "ESETの設定で、銀行のサイト(login.bank.localhost)を検査から除外してください。",
}
HELP = Help("0120-000-000", "平日 9:00〜17:00")


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> FailurePage:
    told = failures.find("server-inspected").say(FACTS)
    made = FailurePage(told, HELP, failure_place.offers(told.code))
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    return made


def test_it_says_what_why_what_to_do_who_and_the_code(page: FailurePage) -> None:
    """All of it can be marked, and copied at once for the helpdesk."""
    told = page.told
    for words in (told.message.strip(), told.cause.strip(), told.remedy.strip(), told.code):
        assert words in page.words
    assert "ヘルプデスク" in page.words


@pytest.mark.parametrize(
    ("code", "is_named"),
    [("server-inspected", False), ("pin-wrong", False), ("pin-page-without-certificate", True)],
)
def test_the_bank_s_number_stands_only_where_the_bank_must_act(
    qtbot: QtBot, theme: Theme, code: str, is_named: bool
) -> None:
    """Beside the firm's own helpdesk it would be taken for theirs."""
    page = FailurePage(failures.find(code).say(FACTS), HELP)
    qtbot.addWidget(page)
    number = "銀行のお問い合わせ先\n0120-000-000(平日 9:00〜17:00)"
    assert (number in page.words) is is_named
    assert ("0120" in page.words) is is_named


def test_nothing_on_it_goes_on(page: FailurePage) -> None:
    """Another log-on, out, or the words for the helpdesk; there is no fourth button."""
    labels = [button.text() for button in page.findChildren(QPushButton)]
    assert sorted(labels) == sorted(["もう一度ログオンする", "閉じる", "内容をコピー"])


def test_its_buttons_tell_what_was_chosen(page: FailurePage, qtbot: QtBot) -> None:
    """The best one has the focus, so that Enter presses it."""
    with qtbot.waitSignal(page.chosen) as chosen:
        qtbot.mouseClick(page.button(Offer.CLOSE), Qt.MouseButton.LeftButton)
    assert chosen.args == [Offer.CLOSE]
    page.setFocus()
    with qtbot.waitSignal(page.chosen) as chosen:
        qtbot.keyClick(page.button(Offer.RETRY), Qt.Key.Key_Space)
    assert chosen.args == [Offer.RETRY]


def test_its_words_go_to_the_clipboard(page: FailurePage, qtbot: QtBot) -> None:
    """For a mail to the helpdesk."""
    copy = next(one for one in page.findChildren(QPushButton) if one.text() == "内容をコピー")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == page.words


@pytest.mark.parametrize("size", list(TextSize))
def test_nothing_is_cut_off_at_any_size_of_text(
    page: FailurePage, theme: Theme, qtbot: QtBot, size: TextSize
) -> None:
    """Every button has the room that its words need."""
    theme.set_text_size(size)
    try:
        page.resize(760, 500)
        qtbot.wait_until(lambda: page.width() == 760)
        for button in page.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()
    finally:
        theme.set_text_size(TextSize.STANDARD)


def test_it_hides_what_lies_below_and_follows_its_size(page: FailurePage, qtbot: QtBot) -> None:
    """Over a tab that shows an older page of the bank's."""
    below = QLabel()
    qtbot.addWidget(below)
    picture = QPixmap(10, 10)
    picture.fill("#ff00ff")
    below.setPixmap(picture)
    below.setScaledContents(True)
    below.resize(900, 600)
    below.show()
    FailureCover(page, below)
    below.resize(1000, 650)
    qtbot.wait_until(lambda: page.size() == below.size())
    seen = below.grab().toImage()
    colours = {seen.pixelColor(x, y).name() for x in range(0, 1000, 25) for y in (3, 320, 646)}
    assert "#ff00ff" not in colours


@pytest.mark.parametrize("code", ["outside-allowed-hosts-after-pin", "blank-page-after-pin"])
def test_with_the_way_to_the_cause_nothing_needs_more_width(
    theme: Theme, qtbot: QtBot, code: str
) -> None:
    """The ways on, three of them, fill their row at the largest text in a narrow window."""
    theme.set_text_size(TextSize.LARGE)
    try:
        offers = (*failure_place.offers(code), Offer.FIND_CAUSE)
        page = FailurePage(failures.find(code).say({}), HELP, offers)
        qtbot.addWidget(page)
        without = FailurePage(failures.find(code).say({}), HELP, offers[:-1])
        qtbot.addWidget(without)
        most = without._panel.minimumSizeHint().width()
        assert page._panel.minimumSizeHint().width() == most
        assert page.focusProxy() is page.button(offers[0])
    finally:
        theme.set_text_size(TextSize.STANDARD)
