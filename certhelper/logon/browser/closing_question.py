"""The end of a session: look at the pages, ask where something would be lost, log off if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from certhelper import texts
from certhelper.logon.browser.log_off import LogOff
from certhelper.logon.browser.overlay import Choice
from certhelper.logon.browser.page_states import PageStates
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.window_question import WindowQuestion
from certhelper.logon.closing import PageState, Question, question_for

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_LOG_OFF, _END, _STAY = "log-off", "end", "stay"


class ClosingQuestion(QObject):
    """Signal: ``answered()`` when the window may go."""

    answered = Signal()

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._looking = False
        self._question = WindowQuestion(window)
        self._pages = PageStates(self)
        self._log_off = LogOff(self._pages, self)
        self._log_off.over.connect(self.answered)
        self._log_off.unsure.connect(lambda: window.say("log-off-unsure", "said-action"))
        window.add_bar(self._log_off.bar)
        window.tabs.last_wants_to_close.connect(self._log_off.last_page_closes)
        window.session_attached.connect(self._attach)

    @property
    def is_needed(self) -> bool:
        """Whether there may be anything to ask."""
        return self._window.standing.logged_on or self._window.session.downloads.running

    def ask(self) -> None:
        """Look at every page and ask.  Nothing happens while it is being asked already."""
        if not (self._looking or self._question.is_open or self._log_off.is_running):
            self._looking = True
            session = self._window.session
            self._pages.look(lambda pages: self._decide(session, pages))

    def _attach(self, session: BrowserSession) -> None:
        self._looking = False
        self._log_off.stop()
        self._pages.hold(session)

    def _decide(self, session: BrowserSession, pages: list[PageState]) -> None:
        if session is not self._window.session:
            return  # another has taken its place meanwhile
        self._looking = False
        downloading = session.downloads.running
        logged_on = self._window.standing.logged_on
        question = question_for(pages, logged_on=logged_on, downloading=downloading)
        if question is None:
            self.answered.emit()
            return
        self._question.ask(
            self._window,
            texts.text("session.close-title"),
            "\n".join(_words(question)),
            _choices(question),
            lambda name: self._chosen(name, question),
            harmless=_STAY,
        )

    def _chosen(self, name: str, question: Question) -> None:
        if name == _END:
            self.answered.emit()
        elif name == _LOG_OFF and question.log_off_window is not None:
            view = self._pages.view(question.log_off_window)
            if view is not None:
                self._window.tabs.setCurrentWidget(view)
            self._log_off.start(question.log_off_window)


def _words(question: Question) -> list[str]:
    can_log_off = question.log_off_window is not None
    names = {
        "close-typed": question.typed,
        "close-downloading": question.downloading,
        "close-can-log-off": question.logged_on and can_log_off,
        "close-cannot-log-off": question.logged_on and not can_log_off,
    }
    return [texts.text(f"session.{name}") for name, holds in names.items() if holds]


def _choices(question: Question) -> list[Choice]:
    stay = Choice(_STAY, texts.text("session.stay"), "primary")
    if question.log_off_window is None:
        return [Choice(_END, texts.text("session.end")), stay]
    return [
        Choice(_LOG_OFF, texts.text("session.close-log-off")),
        Choice(_END, texts.text("session.close-without")),
        stay,
    ]
