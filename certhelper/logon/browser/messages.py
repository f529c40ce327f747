"""What the bank's pages say and ask by themselves (``alert``, ``confirm``, leaving a page).

A message lies over its own page and names the host that speaks.  The engine waits for the answer
in a call of its own, so each message has an event loop.  The window goes on in it and the session
can be ended, but all of the engine stands still meanwhile, the other pages and the end of a
renderer included (tried; Chromium runs no task inside another).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEngineNavigationRequest, QWebEnginePage
from PySide6.QtWidgets import QWidget

from certhelper import texts
from certhelper.logon.browser.overlay import Choice, Overlay
from certhelper.logon.page_messages import MessageCount, presentable

_LEAVING = "Are you sure you want to leave this page? Changes that you made may not be saved."
"""What the engine asks before a page is left whose script wants to be asked (``beforeunload``), in
the page's name (``QWebEnginePagePrivate::javascriptDialog``).  A page that says it by itself gets
our words for it, too, which does no harm."""

_YES, _NO = "yes", "no"


class Messages(QObject):
    """Shows what one page says; ``shown(bool)`` is sent before and after.

    ``refused()`` is sent when a question of a silenced page was answered with no unseen: what the
    person has pressed on the page does nothing then, and they must hear why.
    """

    shown = Signal(bool)
    refused = Signal()

    def __init__(self, page: QWebEnginePage) -> None:
        super().__init__(page)
        self._page = page
        self._count = MessageCount()
        self._open: list[Overlay] = []
        self._afterwards: list[Callable[[], object]] = []
        page.navigationRequested.connect(self._page_moves)

    @property
    def is_open(self) -> bool:
        """Whether a message is waiting for the person."""
        return bool(self._open)

    def say(self, origin: QUrl | str, message: str) -> None:
        """Show a message and wait until the person has read it."""
        self._show_of_page(_speaker(origin), message, [_ok()])

    def ask(self, origin: QUrl | str, message: str) -> bool:
        """Ask a question and wait for the answer; where the page was silenced it is no."""
        if message == QCoreApplication.translate("QWebEnginePage", _LEAVING):
            return self._ask_to_leave()
        no = Choice(_NO, texts.text("session.message-cancel"))
        if self._count.is_silenced:
            self.refused.emit()
        return self._show_of_page(_speaker(origin), message, [_ok(), no])

    def refuse_text(self, origin: QUrl | str, message: str) -> None:
        """Show what a page wanted to have typed, and say that it is not typed here."""
        refused = texts.text("session.prompt-refused")
        if self._count.is_silenced:
            self.refused.emit()
        self._show_of_page(_speaker(origin), f"{message}\n\n{refused}", [_ok()])

    def let_speak(self) -> None:
        """Show again what the page says: the person has thought better of silencing it."""
        self._count.is_silenced = False

    def take_focus(self) -> None:
        """The page has come to the front with a message of its own doing."""
        if self._open:
            self._open[-1].take_focus()

    def dismiss(self) -> None:
        """Take away what is being shown; a question is answered with no."""
        for overlay in reversed(self._open):
            overlay.answer(_NO)

    def when_quiet(self, then: Callable[[], object]) -> None:
        """Call ``then`` as soon as no call of the engine's waits here: the page may go then."""
        if self._open:
            self._afterwards.append(then)
        else:
            then()

    def _ask_to_leave(self) -> bool:
        """Ask in our own name: nobody who has silenced the page has silenced the program."""
        stay = Choice(_NO, texts.text("session.leave-stay"), "primary")
        leave = Choice(_YES, texts.text("session.leave-go"))
        heading, words = texts.text("session.leave-title"), texts.text("session.leave-words")
        return self._show(heading, words, [leave, stay], default=_NO)

    def _show_of_page(self, heading: str, message: str, choices: Sequence[Choice]) -> bool:
        if self._count.is_silenced:
            return False
        option = texts.text("session.silence") if self._count.speak() else ""
        return self._show(heading, presentable(message), choices, default=_YES, option=option)

    def _show(
        self,
        heading: str,
        words: str,
        choices: Sequence[Choice],
        *,
        default: str,
        option: str = "",
    ) -> bool:
        view = self._page.parent()
        if not isinstance(view, QWidget):
            return False
        overlay = Overlay(view, heading, words, choices, default=default, escape=_NO, option=option)
        answer = self.wait(overlay)
        if overlay.option.isChecked():
            self._count.is_silenced = True
        overlay.deleteLater()
        return answer == _YES

    def wait(self, overlay: Overlay) -> str:
        """Wait for the answer to ``overlay``; it is the caller's to delete."""
        answers: list[str] = []
        loop = QEventLoop()
        overlay.answered.connect(answers.append)
        overlay.answered.connect(loop.quit)
        self._open.append(overlay)
        self.shown.emit(True)
        loop.exec()
        self._open.remove(overlay)
        self.shown.emit(False)
        if not self._open:
            for then in self._afterwards:
                QTimer.singleShot(0, then)  # not before the engine's call has returned
            self._afterwards.clear()
        return answers[0] if answers else _NO

    def _page_moves(self, request: QWebEngineNavigationRequest) -> None:
        if request.isMainFrame():
            self._count.page_moves()


def _ok() -> Choice:
    return Choice(_YES, texts.text("session.message-ok"), "primary")


def _speaker(origin: QUrl | str) -> str:
    host = QUrl(origin).host(QUrl.ComponentFormattingOption.FullyEncoded)
    return texts.text("session.page-says", host=host or texts.text("session.page-unnamed"))
