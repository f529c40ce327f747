"""Which log-on the panel shows, and what the person does with it there: end it, or try again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from certhelper.cause_finding import has_cause_to_find
from certhelper.desktop import gone
from certhelper.desktop.attempt import Attempt, Phase
from certhelper.desktop.body import Body
from certhelper.desktop.diagnosis_way import FIND_CAUSE, Start
from certhelper.desktop.frame import Frame
from certhelper.desktop.logons import ChosenRow, Logons
from certhelper.desktop.selection import describe
from certhelper.desktop.window import MainWindow
from certhelper.stores.base import StoreReading
from certhelper.texts import text

_OF_THE_STORE: Final = ("token-", "certificate-gone")
"""After such failures the list is not as it was."""


class ShownAttempts(QObject):
    """Listens to the log-ons and to the panel.

    ``again_wanted`` carries the row to log on with once more, ``browser_wanted`` the row whose
    log-on has failed (or None), ``cause_wanted`` the :class:`~.diagnosis_way.Start` of a diagnosis,
    ``failed_behind`` that of a failure which a page hides; ``store_changed`` is sent after a
    failure by which a store is not as it was listed.
    """

    again_wanted = Signal(object)
    browser_wanted = Signal(object)
    cause_wanted = Signal(object)
    failed_behind = Signal(object)
    store_changed = Signal()

    def __init__(
        self,
        window: MainWindow,
        frame: Frame,
        body: Body,
        logons: Logons,
        readings: Callable[[], Sequence[StoreReading]],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._frame = frame
        self._body = body
        self._logons = logons
        self._readings = readings
        self.shown: Attempt | None = None
        self._failed_behind: dict[str, Start] = {}  # by what is said of it
        self._is_news = False
        frame.page_ended.connect(self._list_shows_again)
        body.attempt_chosen.connect(self._chosen)
        body.attempt.cancel_wanted.connect(self._cancel)
        body.attempt.retry_wanted.connect(self._retry)
        body.attempt.closed.connect(self._put_away)
        body.attempt.cause_wanted.connect(self._find_cause)
        body.attempt.browser_wanted.connect(lambda: self.browser_wanted.emit(self._row))
        logons.changed.connect(self._changed)

    @property
    def _row(self) -> ChosenRow | None:
        return self._logons.row_of(self.shown) if self.shown is not None else None

    def _changed(self, attempt: Attempt) -> None:
        self._body.show_sessions(self._logons.open_attempts)
        if attempt.phase is Phase.FAILED and not self._window.isVisible():
            self._window.bring_to_front()
        if attempt.phase is Phase.FAILED and self._frame.shows_page:
            self._say_behind_page(attempt)
        if attempt.failure is not None and attempt.failure.code.startswith(_OF_THE_STORE):
            self.store_changed.emit()  # the token has fewer tries now, or is gone
        if attempt.phase is Phase.ENDED:
            if self.shown is attempt:
                self._put_away()
            return
        if attempt.phase is not Phase.SESSION or self.shown is attempt:
            self.shown = attempt
            self._body.show_attempt(attempt)
            if attempt.phase is Phase.FAILED:
                self._body.attempt.take_keyboard()

    def _chosen(self, number: int) -> None:
        self.shown = self._logons.open_attempts[number]
        self._body.show_attempt(self.shown)

    def _cancel(self) -> None:
        if self.shown is not None:
            self._logons.cancel(self.shown)

    def _put_away(self) -> None:
        attempt, self.shown = self.shown, None
        if attempt is not None and attempt.phase is Phase.FAILED:
            self._logons.forget(attempt)
        self._body.show_selection()

    def _retry(self) -> None:
        """Start anew: a new child, and the PIN is typed again.  Nothing is sent by itself."""
        attempt, row = self.shown, self._row
        if attempt is not None and row is not None:
            installed = row.judged.installed
            if gone.is_gone(installed, self._readings()):
                # No PIN is asked for that could be of no use.
                attempt.fail(gone.error_of(installed))
                self._changed(attempt)
                return
        self._put_away()
        if row is not None:
            self._body.list.choose(row.key)
            self.again_wanted.emit(row)

    def _find_cause(self) -> None:
        if self.shown is not None:
            self.cause_wanted.emit(self._start_of(self.shown))

    def _start_of(self, attempt: Attempt) -> Start:
        return Start(describe(self._logons.row_of(attempt)).judged, attempt.failure)

    def _say_behind_page(self, attempt: Attempt) -> None:
        """A page hides the reason, and may have said that nothing is wrong before."""
        words = text("diagnosis-window.log-on-failed", name=attempt.name)
        start = self._start_of(attempt)
        self._failed_behind[words] = start
        self._is_news = True
        self.failed_behind.emit(start)
        if attempt.failure is None or not has_cause_to_find(attempt.failure.code):
            self._frame.add_notice(words)
            return
        self._frame.add_notice(words, text(FIND_CAUSE), lambda: self.cause_wanted.emit(start))

    def cause_is_looked_for(self, start: Start) -> None:
        """A diagnosis has begun: of what it is about no line needs to tell above it."""
        for words, told in tuple(self._failed_behind.items()):
            if (told.judged, told.failure) == (start.judged, start.failure):
                self._take_away(words)

    def _list_shows_again(self) -> None:
        """The reason is in sight now, and has the keyboard as after every failure."""
        for words in tuple(self._failed_behind):
            self._take_away(words)
        is_news, self._is_news = self._is_news, False
        if is_news and self.shown is not None and self.shown.phase is Phase.FAILED:
            self._body.attempt.take_keyboard()

    def _take_away(self, words: str) -> None:
        del self._failed_behind[words]
        self._frame.take_notice_away(words)
