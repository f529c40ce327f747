"""Looks at the pages of a log-on every second, as long as a PIN could be typed into one by mistake.

That a page has loaded tells too little: one that is still coming can be typed into, and a field may
appear later.  What is seen goes to the flow, which holds what the page may send (holds.py).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from certhelper.logon import facts
from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage

_EVERY_MS = 1000


class FieldWatch(QObject):
    """``is_wanted`` says whether to look now; ``field`` is the profile's selector of the PIN."""

    def __init__(
        self,
        field: str,
        is_wanted: Callable[[], bool],
        take: Callable[[facts.Fact], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._field = field
        self._is_wanted = is_wanted
        self._take = take
        self._pages: list[BankPage] = []
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def stop(self) -> None:
        """The session ends."""
        self._timer.stop()

    def follow(self, page: BankPage) -> None:
        """Look at this page, too, until it is closed."""
        self._pages.append(page)

    def _look(self) -> None:
        self._pages = [page for page in self._pages if isValid(page)]
        if self._is_wanted():
            for page in self._pages:
                self._look_at(page)

    def _look_at(self, page: BankPage) -> None:
        def seen(answer: object) -> None:
            if isValid(self) and isValid(page):
                fact = scripts.page_seen(answer, page.window, 200)
                if fact is not None:
                    self._take(facts.PageWatched(fact))

        page.runJavaScript(scripts.observe(self._field), scripts.WORLD, seen)
