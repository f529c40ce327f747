"""「原因を調べる」: from wherever something has failed to the diagnosis.

Light, because every window with a failure knows it; what it leads to is loaded when somebody asks
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from certhelper.bank import Bank
from certhelper.desktop.frame import Frame
from certhelper.desktop.window import MainWindow
from certhelper.failures import Told
from certhelper.look.widgets import push_button
from certhelper.proxy_choice import ProxyChoice
from certhelper.standing import Judged
from certhelper.stores.base import Store
from certhelper.texts import text

if TYPE_CHECKING:
    from certhelper.desktop.diagnosis_opening import Diagnoses

FIND_CAUSE = "desktop.panel.find-cause"


class Surroundings(NamedTuple):
    """What a diagnosis is given by the program.

    ``bank`` tells None where no profile could be read, ``is_logging_on`` whether a log-on is open,
    ``log`` the lines of the program's own log.
    """

    bank: Callable[[], Bank | None]
    find_stores: Callable[[], Sequence[Store]]
    clock: Callable[[], datetime]
    proxy: Callable[[], ProxyChoice]
    is_logging_on: Callable[[], bool]
    log: Callable[[], Sequence[str]] = tuple


class Start(NamedTuple):
    """Where a diagnosis is asked for: the certificate it is about (None: everybody's), and why.

    ``dialog`` has said the failure; it is there again when the person goes back.
    """

    judged: Judged | None = None
    failure: Told | None = None
    dialog: QDialog | None = None


class DiagnosisWay(QObject):
    """Belongs to the main window, whose dialogs find it there."""

    def __init__(self, window: MainWindow, frame: Frame, surroundings: Surroundings) -> None:
        super().__init__(window)
        self._frame = frame
        self._surroundings = surroundings
        self._diagnoses: Diagnoses | None = None
        window.dismissed.connect(self._stop)

    @property
    def diagnoses(self) -> Diagnoses:
        if self._diagnoses is None:
            from certhelper.desktop.diagnosis_opening import Diagnoses

            self._diagnoses = Diagnoses(self._frame, self._surroundings, self)
        return self._diagnoses

    def begin(self, start: Start) -> None:
        """Open the page and start at once: that is what was asked for."""
        self.diagnoses.open(start)

    def _stop(self) -> None:
        if self._diagnoses is not None:
            self._diagnoses.stop()


def way_of(widget: QWidget) -> DiagnosisWay | None:
    """Return the way from a widget of the main window or a dialog over it; None elsewhere."""
    above: QWidget | None = widget
    while above is not None:
        children = Qt.FindChildOption.FindDirectChildrenOnly
        found = above.findChild(DiagnosisWay, options=children)
        if found is not None:
            return found
        above = above.parentWidget()
    return None


def button(owner: QWidget, start: Callable[[], Start]) -> QPushButton:
    """Return a button that leads there from ``owner``; hidden where there is no way."""
    made = push_button(text(FIND_CAUSE))

    def begin() -> None:
        way = way_of(owner)
        if way is not None:
            way.begin(start())

    made.clicked.connect(begin)
    made.setHidden(way_of(owner) is None)
    return made
