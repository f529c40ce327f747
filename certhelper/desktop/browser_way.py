"""From a certificate or an address to the person's own browser.

Light, because the window knows it from its start; what it leads to is a fifth of the way to the
list and loaded when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper.bank import Bank
from certhelper.settings_in_force import InForce
from certhelper.standing import Judged

if TYPE_CHECKING:
    from certhelper.desktop.own_browser import Means, OwnBrowser


class BrowserWay(QObject):
    """``usual`` tells the browser that the settings name; ``failed`` carries what failed.

    That is a :class:`~certhelper.failures.Told`.
    """

    failed = Signal(object)

    def __init__(
        self, window: QWidget, usual: Callable[[], InForce[str]], means: Means | None = None
    ) -> None:
        super().__init__(window)
        self._window = window
        self._usual = usual
        self._means = means
        self._own_browser: OwnBrowser | None = None

    def offer(
        self, bank: Bank, chosen: Judged | None, known: Sequence[Judged], at: datetime
    ) -> None:
        """Show whether the browser would offer the chosen certificate, and open it on demand."""
        self._browser().offer(bank, chosen, known, at, self._usual())

    def go_to(self, address: str) -> None:
        """Open an address of the bank's."""
        self._browser().go_to(address, self._usual().value)

    def _browser(self) -> OwnBrowser:
        if self._own_browser is None:
            from certhelper.desktop.own_browser import OwnBrowser

            self._own_browser = OwnBrowser(self._window, self._means)
            self._own_browser.failed.connect(self.failed)
        return self._own_browser
