"""The window beside the person's own browser: what it says, opens, copies and saves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot
from support import der, listings
from support.listings import AT, CONTRACT

from certhelper.bank import Bank
from certhelper.browsers.check import Check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer, Offer
from certhelper.browsers.policies import PolicyFinding, Server, Verdict
from certhelper.browsers.policy_sources import Problem
from certhelper.certificate import Certificate
from certhelper.desktop import own_browser_words as words
from certhelper.desktop.own_browser import Means, OwnBrowser
from certhelper.desktop.own_browser_dialog import OwnBrowserDialog
from certhelper.desktop.rows import Mark
from certhelper.failures import FailedError
from certhelper.settings_in_force import InForce
from certhelper.standing import Judged, judge

pytestmark = pytest.mark.usefixtures("theme")

SERVER = Server("logon.bank.test", 443)
EDGE = (("browser", "Microsoft Edge"),)
OFFERED = Offer(Answer.YES, "offered", EDGE)

Open = Callable[..., OwnBrowserDialog]


def judged(name: str = f"{CONTRACT} user01", *, days: int = 100) -> Judged:
    return judge(listings.installed(name, days=days), listings.bank(), AT)


CHOSEN = judged()
CERTIFICATE = CHOSEN.installed.certificate
OTHER = judged(f"{CONTRACT} user02", days=300).installed.certificate


def checked(
    verdict: Verdict = Verdict.NONE,
    offer: Offer = OFFERED,
    *,
    browser: Browser = Browser.EDGE,
    matching: tuple[Certificate, ...] = (),
    problems: tuple[Problem, ...] = (),
    look_alikes: tuple[Certificate, ...] = (),
) -> Check:
    finding = PolicyFinding(
        browser, SERVER, verdict, CERTIFICATE, matching, ("the policy's place",), problems
    )
    return Check(browser, None, offer, (finding,), look_alikes)


class Opened:
    """What the dialog asked for; ``check`` is what it is told."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.addresses: list[tuple[str, str]] = []
        self.looked: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.trouble = False

    def means(self) -> Means:
        return Means(self.open, self.look, self.present)

    def present(self) -> tuple[Browser, ...]:
        self.threads.add(threading.current_thread())
        return (Browser.EDGE, Browser.FIREFOX)

    def open(self, address: str, browser: str) -> None:
        self.addresses.append((address, browser))
        self.threads.add(threading.current_thread())
        if self.trouble:
            raise FailedError("browser-not-opened", address=address)

    def look(
        self, browser: str, bank: Bank, chosen: Certificate, known: Sequence[Judged], at: datetime
    ) -> Check:
        self.looked.append(browser)
        self.threads.add(threading.current_thread())
        return self.check


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def offer(window: QWidget, qtbot: QtBot) -> Open:
    """Open the dialog and wait for the check."""

    def open_it(
        opened: Opened, usual: InForce[str] | None = None, chosen: Judged | None = CHOSEN
    ) -> OwnBrowserDialog:
        own = OwnBrowser(window, opened.means())
        dialog = own.offer(
            listings.bank(), chosen, [CHOSEN], AT, usual or InForce("", managed=False)
        )
        assert not dialog.open_button.isEnabled()  # until it is known in which browser
        qtbot.waitUntil(dialog.open_button.isEnabled)
        if chosen is not None:
            qtbot.waitUntil(lambda: dialog.check is not None)
        return dialog

    return open_it


def words_on(widget: QWidget) -> str:
    QApplication.processEvents()  # what was just added shows with the next layout
    labels = widget.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisibleTo(widget))


def test_it_names_exactly_the_certificate_to_pick(offer: Open) -> None:
    """As the browser's dialog shows it: both common names, the serial's end, the expiry."""
    said = words_on(offer(Opened(checked())))
    whole = CERTIFICATE.serial_hex.upper()
    for part in (
        f"{CONTRACT} user01",
        "Example Bank Biznet CA - G2",
        f"{whole[:6]} … {whole[-6:]}",
        "2027年3月3日 12:00(日本時間)",
        "1. ",
        "すべて閉じます",
        "後ろに隠れています",
        "利用者暗証番号は銀行の画面に",
    ):
        assert part in said


def test_the_serial_number_is_written_as_that_browser_writes_it() -> None:
    """Chromium's dialog shows its beginning alone, Firefox's all of it with colons."""
    whole = CERTIFICATE.serial_hex.upper()
    pairs = [whole[index : index + 2] for index in range(0, len(whole), 2)]
    for browser in (Browser.EDGE, None):
        assert dict(words.picking_facts(CHOSEN, browser))["件名"] == f"{CONTRACT} user01"
        assert words.serial(CERTIFICATE, browser) == f"{whole[:6]} … {whole[-6:]}"
    facts = dict(words.picking_facts(CHOSEN, Browser.FIREFOX))
    assert facts["シリアル番号"] == f"{':'.join(pairs[:3])} … {':'.join(pairs[-3:])}"
    assert facts["発行先"] == f"{CONTRACT} user01"


def test_a_short_serial_number_stands_whole() -> None:
    """There is nothing to leave out of it."""
    short = Certificate(der.certificate())
    assert words.serial(short, Browser.EDGE) == short.serial_hex.upper() == "1234"
    assert words.serial(short, Browser.FIREFOX) == "12:34"


def test_it_stays_beside_the_browser(offer: Open, qtbot: QtBot) -> None:
    """Not modal, not on top of everything, and still there when the page was opened."""
    opened = Opened(checked())
    dialog = offer(opened)
    assert not dialog.isModal()
    assert not dialog.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "開いたままで" in words_on(dialog))
    assert dialog.isVisible()
    assert opened.addresses == [("https://logon.bank.test/", "")]
    assert threading.main_thread() not in opened.threads


def test_the_browser_of_the_settings_is_chosen(offer: Open, qtbot: QtBot) -> None:
    """Another one can be chosen here, and is checked by itself."""
    opened = Opened(checked(browser=Browser.FIREFOX))
    dialog = offer(opened, InForce("firefox", managed=False))
    assert opened.looked == ["firefox"]
    assert "今回のみ" in words_on(dialog)
    dialog.browser_choice.setCurrentIndex(dialog.browser_choice.findData("edge"))
    qtbot.waitUntil(lambda: opened.looked == ["firefox", "edge"] and dialog.check is not None)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.addresses == [("https://logon.bank.test/", "edge")])


def test_the_administrators_browser_cannot_be_changed(offer: Open) -> None:
    """And it is said who has decided; one that is not there decides nothing."""
    dialog = offer(Opened(checked()), InForce("edge", managed=True))
    assert (dialog.browser, dialog.browser_choice.isEnabled()) == ("edge", False)
    assert "管理者が決めています" in words_on(dialog)
    dialog = offer(Opened(checked()), InForce("chrome", managed=True))
    assert (dialog.browser, dialog.browser_choice.isEnabled()) == ("", True)


def test_without_a_certificate_it_only_opens(offer: Open, qtbot: QtBot) -> None:
    """From the menu, with nothing chosen: nothing to check, copy or save."""
    opened = Opened(checked())
    dialog = offer(opened, chosen=None)
    assert not dialog.copy_button.isVisible()
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(opened.addresses) == 1)
    assert opened.looked == []


def test_a_browser_that_does_not_start_can_be_tried_again(offer: Open, qtbot: QtBot) -> None:
    """The address is there to be typed by hand."""
    opened = Opened(checked())
    opened.trouble = True
    dialog = offer(opened)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "browser-not-opened" in words_on(dialog))
    opened.trouble = False
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "開いたままで" in words_on(dialog))
    assert "browser-not-opened" not in words_on(dialog)


@pytest.mark.parametrize(
    ("check", "mark", "part"),
    [
        (checked(), Mark.GOOD, "選択の画面に出します"),
        (
            checked(offer=Offer(Answer.NO, "unusable", EDGE, ("期限が切れています。",))),
            Mark.BAD,
            "期限が切れています。",
        ),
        (checked(offer=Offer(Answer.UNKNOWN, "standard-browser")), Mark.NEUTRAL, "分からないため"),
        (checked(Verdict.THIS, matching=(CERTIFICATE,)), Mark.GOOD, "自動で選ばれます"),
        (checked(Verdict.OTHER, matching=(OTHER,)), Mark.BAD, f"{CONTRACT} user02"),
        (checked(Verdict.UNSURE, matching=(OTHER, CERTIFICATE)), Mark.CAUTION, "2 枚のうち"),
        (checked(look_alikes=(OTHER,)), Mark.CAUTION, words.serial(OTHER, Browser.EDGE)),
    ],
    ids=["offered", "not", "unknown", "this", "another", "either", "look-alike"],
)
def test_every_answer_has_its_sign_and_its_words(check: Check, mark: Mark, part: str) -> None:
    """What weighs most is not said in a colour alone."""
    assert any(one.mark is mark and part in one.words for one in words.results(check))


def test_a_certificate_that_is_not_offered_is_not_told_of_missing_policies() -> None:
    """That no policy is set says nothing to somebody who cannot use the browser at all."""
    check = checked(offer=Offer(Answer.NO, "unusable", EDGE, ("期限切れ",)))
    assert len(words.results(check)) == 1


@pytest.mark.parametrize("verdict", [Verdict.THIS, Verdict.OTHER, Verdict.UNSURE])
def test_where_a_policy_chooses_no_dialog_is_promised(verdict: Verdict) -> None:
    """The third step says so instead, and look-alikes are no matter."""
    check = checked(verdict, matching=(CERTIFICATE,), look_alikes=(OTHER,))
    assert "選択の画面は出ません" in words.steps(check, Browser.EDGE)[2]
    assert not any("見分けて" in one.words for one in words.results(check))


def test_the_helpdesk_gets_all_of_it_as_text(offer: Open, qtbot: QtBot) -> None:
    """The whole names and fingerprint, the answers, what is wrong in a policy and where."""
    problem = Problem("bad-pattern", "managed/bank.json [1]", "{}")
    dialog = offer(Opened(checked(problems=(problem, problem))))
    assert words_on(dialog).count("bank.json [1]") == 1
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    for part in (
        CERTIFICATE.sha256,
        CERTIFICATE.subject,
        CERTIFICATE.issuer,
        "https://logon.bank.test/",
        "Microsoft Edge",
        "bank.json [1]",
        "the policy's place",
        listings.STORE,
    ):
        assert part in copied


def test_the_policys_entry_is_saved_where_the_person_chooses(
    offer: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nowhere else; what the administrator must know is said beside it."""
    target = tmp_path / "entry.json"
    target.write_bytes(b"an older entry, which the person agreed to replace")
    asked: list[str] = []

    def choose(_parent: QWidget, title: str, usual: str, _filter: str) -> tuple[str, str]:
        asked.extend((usual, title))
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    dialog = offer(Opened(checked()))
    qtbot.mouseClick(dialog.policy_button, Qt.MouseButton.LeftButton)
    assert "AutoSelectCertificateForUrls" in target.read_bytes().decode("utf-8", "replace").replace(
        "\0", ""
    )
    assert Path(asked[0]).parent == Path.home()
    assert asked[1] == "ポリシーの設定をファイルに保存"
    said = words_on(dialog)
    assert str(target) in said
    assert "管理者の権限で" in said
    assert [path.name for path in tmp_path.iterdir()] == ["entry.json"]


def test_a_file_that_cannot_be_saved_is_said(
    offer: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in its place; nothing, when the person thought better of it."""
    chosen = [str(tmp_path), ""]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen.pop(0), ""))
    dialog = offer(Opened(checked()))
    qtbot.mouseClick(dialog.policy_button, Qt.MouseButton.LeftButton)
    assert "その名前のフォルダーがあります" in words_on(dialog)
    assert "[policy-not-written]" in words_on(dialog)
    qtbot.mouseClick(dialog.policy_button, Qt.MouseButton.LeftButton)
    assert list(tmp_path.iterdir()) == []


def test_firefox_has_no_policy_to_save(offer: Open) -> None:
    """The button says why it cannot be pressed."""
    dialog = offer(Opened(checked(browser=Browser.FIREFOX)), InForce("firefox", managed=False))
    assert not dialog.policy_button.isEnabled()
    assert "ポリシーがありません" in dialog.policy_button.toolTip()


def test_it_can_be_used_by_the_keyboard_alone(offer: Open, qtbot: QtBot) -> None:
    """Enter opens, Esc closes, and Tab reaches the choice of the browser and every button."""
    opened = Opened(checked())
    dialog = offer(opened)
    assert dialog.focusWidget() is dialog.open_button
    reached = set[QWidget | None]()
    for _ in range(20):
        qtbot.keyClick(dialog, Qt.Key.Key_Tab)
        reached.add(dialog.focusWidget())
    assert {
        dialog.browser_choice,
        dialog.copy_button,
        dialog.policy_button,
        dialog.open_button,
    } <= reached
    dialog.open_button.setFocus()
    qtbot.keyClick(dialog.open_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(opened.addresses) == 1)
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
