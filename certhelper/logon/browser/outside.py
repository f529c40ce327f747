"""Addresses outside the bank: that they were refused is said once, and they can be opened outside.

The question shows the address whole, as the engine writes it (other scripts as ``xn--``), so that
what the person agrees to is what their own browser gets.  refusals.py decides what is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFrame, QHBoxLayout

from certhelper import texts
from certhelper.logon.browser import outbox
from certhelper.logon.browser.banner import Manner
from certhelper.logon.browser.overlay import Choice
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.window_question import WindowQuestion
from certhelper.logon.only_bank import Reason
from certhelper.logon.refusals import Refusal, Refusals
from certhelper.logon.wishes import Wish, WishKind
from certhelper.look.widgets import plain_label, push_button, put_away_button, set_look

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_MAYBE_FAKE = frozenset({Reason.LOOKS_ALIKE, Reason.OTHER_LETTERS})


class Outside(QObject):
    """A bar of its own, so that it takes no other message's place."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._refusals: Refusals | None = None
        self._refusal: Refusal | None = None
        self._question = WindowQuestion(window)
        self.bar = QFrame()
        self._words = plain_label(selectable=True)
        self._open = push_button(texts.text("outside.open"))
        self._open.clicked.connect(self._ask)
        away = put_away_button(texts.text("outside.put-away"))
        away.clicked.connect(self._put_away)
        row = QHBoxLayout(self.bar)
        row.addWidget(self._words, 1)
        row.addWidget(self._open)
        row.addWidget(away)
        self.bar.hide()
        window.add_bar(self.bar)
        window.session_attached.connect(self._attach)

    @property
    def words(self) -> str:
        """What stands in the bar."""
        return self._words.text()

    def _attach(self, session: BrowserSession) -> None:
        self._put_away()
        self._refusals = Refusals(session.bank)
        session.outside.connect(self._refused)

    def _refused(self, address: str, is_page: bool) -> None:
        if self._refusals is None:
            return
        refusal = self._refusals.take(address, is_page=is_page)
        if refusal is not None:
            self._show(refusal)

    def _show(self, refusal: Refusal) -> None:
        self._refusal = refusal
        name = refusal.reason.value if refusal.is_page else "part"
        self._say(name, refusal, "said-action" if refusal.is_page else "said")
        self._open.setVisible(refusal.may_be_opened)

    def _say(self, name: str, refusal: Refusal, manner: Manner) -> None:
        self._words.setText(texts.text(f"outside.{name}", place=refusal.place))
        set_look(self.bar, manner, self._words)
        self.bar.show()

    def _put_away(self) -> None:
        self.bar.hide()
        self._refusal = None
        if self._refusals is not None:
            self._refusals.put_away()

    def _ask(self) -> None:
        refusal = self._refusal
        if refusal is None:
            return
        caution = "caution-fake" if refusal.reason in _MAYBE_FAKE else "caution"
        words = texts.text(
            "outside.question",
            place=refusal.place,
            address=refusal.address,
            caution=texts.text(f"outside.{caution}"),
        )
        self._question.ask(
            self._window,
            texts.text("outside.question-title"),
            words,
            [
                Choice("yes", texts.text("outside.yes")),
                Choice("no", texts.text("outside.no"), "primary"),
            ],
            lambda answer: self._answered(refusal, answer),
            harmless="no",
        )

    def _answered(self, refusal: Refusal, answer: str) -> None:
        if answer != "yes":
            return
        outbox.wish(Wish(WishKind.OPEN_ADDRESS, refusal.address))
        self._put_away()
        self._open.hide()
        self._say("handed-over", refusal, "said")
