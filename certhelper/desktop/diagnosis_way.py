"""「原因を調べる」: from wherever something has failed to the diagnosis.

A page or panel of the main window asks for :meth:`DiagnosisWay.begin`, a dialog over it has a
:class:`CauseOffer`, and what is told in a line above the list goes through
:meth:`DiagnosisWay.tell`.  Light, because every window with a failure knows it; what it leads to is
loaded when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from certhelper.bank import Bank
from certhelper.cause_finding import has_cause_to_find
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

    ``dialog`` has said the failure; it is there again when the person goes back.  ``proxy`` is the
    choice that failed where it is not the one in force.
    """

    judged: Judged | None = None
    failure: Told | None = None
    dialog: QDialog | None = None
    proxy: ProxyChoice | None = None


class DiagnosisWay(QObject):
    """Belongs to the main window, whose dialogs find it there; ``begun`` carries the Start."""

    begun = Signal(object)

    def __init__(self, window: MainWindow, frame: Frame, surroundings: Surroundings) -> None:
        super().__init__(window)
        self._frame = frame
        self._surroundings = surroundings
        self._diagnoses: Diagnoses | None = None
        self._start = Start()
        window.dismissed.connect(self._stop)

    @property
    def diagnoses(self) -> Diagnoses:
        if self._diagnoses is None:
            from certhelper.desktop.diagnosis_opening import Diagnoses

            given = self._surroundings._replace(proxy=self._proxy)
            self._diagnoses = Diagnoses(self._frame, given, self)
            self._diagnoses.begun.connect(self.begun)
        return self._diagnoses

    def begin(self, start: Start) -> None:
        """Open the page and start at once: that is what was asked for."""
        self._start = start
        self.diagnoses.open(start)

    def log_on_failed(self, start: Start) -> None:
        """A log-on has failed: what a page says that was opened before is not all any more."""
        if self._diagnoses is not None:
            self._diagnoses.log_on_failed(start)

    def is_finding(self, start: Start) -> bool:
        """Whether a diagnosis of the same certificate after the same failure is under way."""
        return self._diagnoses is not None and self._diagnoses.is_finding(start)

    def tell(self, failure: Told, judged: Judged | None = None) -> None:
        """Say in a line of the window what failed, with the way to its cause where there is one."""
        note(failure)
        if not has_cause_to_find(failure.code):
            self._frame.add_notice(failure.sentence())
            return
        start = Start(judged, failure)
        self._frame.add_notice(failure.sentence(), text(FIND_CAUSE), lambda: self.begin(start))

    def _proxy(self) -> ProxyChoice:
        return self._start.proxy or self._surroundings.proxy()

    def _stop(self) -> None:
        if self._diagnoses is not None:
            self._diagnoses.stop()


def note(failure: Told) -> None:
    """Leave the code of what this window tells by itself in the program's log."""
    from certhelper.diagnosis import log

    log.note_failure(failure.code)


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


class CauseOffer:
    """The button of a dialog that has shown a failure; hidden until :meth:`make`.

    The dialog makes way for the diagnosis, and is there again when the person goes back.
    """

    def __init__(self, dialog: QDialog) -> None:
        self._dialog = dialog
        self._start = Start(dialog=dialog)
        self.button = push_button(text(FIND_CAUSE))
        self.button.clicked.connect(self._begin)
        self.button.hide()

    def make(
        self,
        failure: Told | None = None,
        judged: Judged | None = None,
        *,
        proxy: ProxyChoice | None = None,
    ) -> None:
        """Offer it for this failure, as in :class:`Start`.

        One that has no cause to be found changes nothing; outside of the main window nobody could
        show a diagnosis.
        """
        if failure is not None:
            note(failure)
        if failure is not None and not has_cause_to_find(failure.code):
            return
        self._start = Start(judged, failure, self._dialog, proxy)
        self.button.setVisible(way_of(self._dialog) is not None)

    def withdraw(self) -> None:
        """Nothing that is shown has failed any more."""
        self.button.hide()

    def _begin(self) -> None:
        way = way_of(self._dialog)
        if way is not None:
            way.begin(self._start)
