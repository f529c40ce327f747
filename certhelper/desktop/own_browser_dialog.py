"""The window beside the browser: which certificate to pick there, and what the browser will do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from certhelper.browsers.check import Check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer
from certhelper.desktop import own_browser_words as words
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.dialogs import Dialog
from certhelper.desktop.facts_view import FactsView, clear, note
from certhelper.desktop.rows import Mark
from certhelper.desktop.selection import Facts
from certhelper.failures import Told
from certhelper.look.widgets import plain_label, push_button, set_look
from certhelper.standing import Judged
from certhelper.texts import text


class _Card(QFrame):
    """What the browser's dialog shows, in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "panel")
        row = QHBoxLayout(self)
        self._columns = FactsView(), FactsView()
        for view, share in zip(self._columns, (3, 4), strict=True):
            row.addWidget(view, share, Qt.AlignmentFlag.AlignTop)

    def show_facts(self, facts: Facts) -> None:
        for number, view in enumerate(self._columns):
            view.show_facts(facts[number::2])


class _Saved(Dialog):
    """Wide enough for a key of the registry, which has no place to break."""

    lines_wide = 42


class OwnBrowserDialog(Dialog):
    """Stays open beside the browser; ``judged`` is None when no certificate was chosen.

    ``browser_chosen`` and ``open_wanted`` carry a browser's id ("": the system's own);
    ``policy_wanted`` asks for the file for administrators.
    """

    lines_wide = 42
    browser_chosen = Signal(str)
    open_wanted = Signal(str)
    policy_wanted = Signal()

    def __init__(
        self,
        judged: Judged | None,
        address: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, text("own-browser.title"))
        self._judged = judged
        self._address = address
        self.check: Check | None = None
        self.browser_choice = QComboBox()
        self.browser_choice.addItem(text("browsers.name.system"), "")
        self.browser_choice.setEnabled(False)  # until it is known which there are
        self._decided = plain_label(text("own-browser.decided"), "muted")
        self._decided.hide()
        self._card = _Card()
        self._results = QVBoxLayout()
        self._steps = QVBoxLayout()
        self._outcome = QWidget()
        self._outcome_layout = QVBoxLayout(self._outcome)
        self._outcome_layout.setContentsMargins(0, 0, 0, 0)
        self.open_button = push_button(text("own-browser.open"), "primary")
        self.copy_button = push_button(text("own-browser.copy"))
        self.policy_button = push_button(text("own-browser.policy"), "quiet")
        self._cause = CauseOffer(self)
        self.cause_button = self._cause.button
        self._lay_out()
        self._show_steps()
        self.browser_choice.currentIndexChanged.connect(self._choice_changed)

    @property
    def browser(self) -> str:
        """The id of the browser that is chosen ("": the system's own)."""
        return str(self.browser_choice.currentData())

    def show_browsers(
        self, browsers: Sequence[Browser], usual: str, *, is_decided: bool = False
    ) -> None:
        """Offer those that are there, and choose ``usual``, the one of the settings, among them.

        ``is_decided``: the administrator of this PC has chosen it; one that is not there decides
        nothing.  Tells by :attr:`browser_chosen` which one it is now.
        """
        with QSignalBlocker(self.browser_choice):
            for browser in browsers:
                self.browser_choice.addItem(text(f"browsers.name.{browser.value}"), browser.value)
            index = self.browser_choice.findData(usual)
            self.browser_choice.setCurrentIndex(max(index, 0))
        holds = is_decided and index > 0
        self.browser_choice.setEnabled(not holds)
        self._decided.setVisible(holds)
        self.open_button.setEnabled(bool(self._address))
        self.open_button.setFocus()
        self._show_steps()
        self.browser_chosen.emit(self.browser)

    def show_checking(self) -> None:
        """The check of the chosen browser has begun."""
        self.check = None
        clear(self._results)
        self._results.addWidget(note(Mark.NEUTRAL, text("own-browser.checking")))
        self.copy_button.setEnabled(False)
        self.policy_button.setEnabled(False)

    def show_check(self, check: Check) -> None:
        """Say what the browser will do."""
        self.check = check
        clear(self._results)
        said = words.results(check)
        for one in said:
            self._results.addWidget(note(one.mark, one.words))
        for problem in words.policy_problems(check):
            self._results.addWidget(plain_label(problem, "muted", selectable=True))
        has_policy = check.browser is not None and check.browser.is_of_chromium
        self.copy_button.setEnabled(True)
        self.copy_button.setText(text("own-browser.copy"))
        self.policy_button.setEnabled(has_policy)
        self.policy_button.setToolTip("" if has_policy else text("own-browser.policy-why-not"))
        is_way = check.offer.answer is not Answer.NO
        self._offer_cause_of_check()
        set_look(self.open_button, "primary" if is_way else "")
        self._show_steps()
        self._announce(said[0].words)
        self.fit()

    def show_opening(self) -> None:
        self.open_button.setEnabled(False)
        self._offer_cause_of_check()
        self._say(plain_label(text("own-browser.opening"), "muted"))

    def show_opened(self) -> None:
        self._let_open_again()
        self._say(note(Mark.GOOD, text("own-browser.opened")))
        self._announce(text("own-browser.opened"))

    def show_problem(self, told: Told) -> None:
        """Say what did not work; the person can try again."""
        self._let_open_again()
        sentence = told.sentence()
        label = plain_label(sentence, "bad", selectable=True)
        self._cause.make(told, self._judged)
        self._say(label)
        self._announce(sentence)

    def show_saved(self, sentence: str, remarks: Sequence[str]) -> None:
        """Say that the file for administrators is there, and what is to be known of it."""
        saved = _Saved(self, text("own-browser.saved-title"))
        saved.column.addWidget(note(Mark.GOOD, sentence))
        for remark in remarks:
            saved.column.addWidget(plain_label(remark, selectable=True))
        saved.add_buttons(saved.close_button(text("desktop.details.close")))
        saved.open()

    def _lay_out(self) -> None:
        self.column.addWidget(plain_label(text("own-browser.meaning")))
        self.column.addLayout(self._browser_row())
        self.column.addWidget(self._decided)
        if self._judged is not None:
            self.column.addWidget(plain_label(text("own-browser.card"), "heading"))
            self.column.addWidget(self._card)
        self.column.addLayout(self._results)
        self.column.addLayout(self._steps)
        where = text("own-browser.address", address=self._address or "-")
        self.column.addWidget(plain_label(where, "muted", selectable=True))
        self.policy_button.setVisible(self._judged is not None)
        self.copy_button.setVisible(self._judged is not None)
        self.copy_button.clicked.connect(self._copy)
        self.policy_button.clicked.connect(self.policy_wanted)
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(self.browser))
        self.open_button.setEnabled(False)  # until it is known in which browser
        self.add_footer(self._outcome)
        if not self._address:
            self._say(plain_label(text("desktop.menu.no-address"), "bad", selectable=True))
        close = self.close_button(text("desktop.details.close"))
        buttons = (
            self.policy_button,
            self.copy_button,
            self.cause_button,
            close,
            self.open_button,
        )
        self.add_buttons(*buttons)
        for button in buttons:
            button.setAutoDefault(True)  # Enter presses the one that has the focus
        self.open_button.setDefault(True)

    def _browser_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel(text("own-browser.which"))
        label.setBuddy(self.browser_choice)
        row.addWidget(label)
        row.addWidget(self.browser_choice)
        row.addStretch(1)
        return row

    def _choice_changed(self) -> None:
        clear(self._outcome_layout)
        self.check = None
        self._show_steps()
        self.browser_chosen.emit(self.browser)

    def _show_steps(self) -> None:
        """What to pick and what to do, in the words of the browser that will open."""
        known = self.check.browser if self.check is not None else None
        browser = Browser(self.browser) if self.browser else known
        if self._judged is not None:
            self._card.show_facts(words.picking_facts(self._judged, browser))
        clear(self._steps)
        if self.check is not None and self.check.offer.answer is Answer.NO:
            return
        self._steps.addWidget(plain_label(text("own-browser.steps"), "heading"))
        for step in words.steps(self.check, browser):
            self._steps.addWidget(plain_label(step))

    def _say(self, widget: QWidget) -> None:
        clear(self._outcome_layout)
        self._outcome_layout.addWidget(widget)
        self.fit()

    def _let_open_again(self) -> None:
        self.open_button.setEnabled(True)
        self.open_button.setText(text("own-browser.open-again"))
        set_look(self.open_button, "")

    def _offer_cause_of_check(self) -> None:
        """A browser that would not offer the certificate has failed at nothing yet."""
        if self.check is not None and self.check.offer.answer is Answer.NO:
            self._cause.make(judged=self._judged)
        else:
            self._cause.withdraw()

    def _announce(self, sentence: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def _copy(self) -> None:
        if self.check is not None and self._judged is not None:
            told = words.helpdesk_text(self.check, self._judged, self._address)
            QGuiApplication.clipboard().setText(told)
            self.copy_button.setText(text("desktop.details.copied"))
