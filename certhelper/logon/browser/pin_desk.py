"""The PIN of one session: who is asked for it, what types it, and that it is gone afterwards."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper.logon import facts, steps
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.pin_entry import GRACE_MS, PinEntry
from certhelper.logon.gate import Gate
from certhelper.secret import Secret


class PinDesk(QObject):
    """Carries out what the flow says of the PIN.

    Signals: ``asked(AskPin)`` when the person is to enter one; ``withdrawn()`` when what they were
    asked for is not wanted any more.
    """

    asked = Signal(object)
    withdrawn = Signal()

    def __init__(
        self,
        gate: Gate,
        find_view: Callable[[int], QWebEngineView | None],
        take: Callable[[facts.Fact], None],
        parent: QObject,
    ) -> None:
        """``find_view`` finds a window's page; ``take`` hears the facts of the PIN."""
        super().__init__(parent)
        self._gate = gate
        self._find_view = find_view
        self._take = take
        self._pin = Secret(0)
        self._is_asking = False
        self._entry: PinEntry | None = None

    def keep(self, pin: Secret) -> None:
        """Hold the PIN until it is typed; it is overwritten then, or when nobody wants it."""
        self.wipe()
        self._pin = pin

    def wipe(self) -> None:
        self._pin.wipe()

    # What the flow wants

    def carry_out(
        self,
        step: steps.AskPin | steps.GuardPin | steps.GuardForms | steps.LiftGuard | steps.EnterPin,
    ) -> None:
        match step:
            case steps.AskPin():
                self._is_asking = True
                self.asked.emit(step)
            case steps.GuardPin(window, target):
                self._gate.watch(target, window)
            case steps.GuardForms():
                self._gate.hold_forms()
            case steps.LiftGuard():
                self._gate.lift_watch()
            case steps.EnterPin():
                self._enter(step)

    def _enter(self, step: steps.EnterPin) -> None:
        view = self._find_view(step.window)
        page = view.page() if view is not None else None
        if view is None or not isinstance(page, BankPage):
            self.wipe()
            self._take(facts.PinEntered(facts.PinOutcome.PAGE_CHANGED))
            return
        view.setFocus()
        self._entry = PinEntry(
            page,
            view.focusProxy(),
            self._pin,
            step,
            lambda outcome: self._take(facts.PinEntered(outcome)),
        )
        self._entry.start()

    def end(self) -> None:
        """The program's part is over; what the page began before that must still be met.

        A PIN that has not left by now does not leave any more, and is taken out of the page.  The
        rule for one that has left stays until the load that took it has ended.
        """
        self.wipe()
        self._is_asking = False
        self.withdrawn.emit()
        self._gate.withdraw()
        filled = self._gate.filled
        view = self._find_view(filled) if filled is not None else None
        page = view.page() if view is not None else None
        if isinstance(page, BankPage):
            page.empty_fields()
        arming = self._gate.arming
        QTimer.singleShot(GRACE_MS, self, lambda: self._gate.disarm(arming))

    # What the person does

    def give(self, pin: Secret) -> None:
        """Take the PIN that the person has entered and pressed for."""
        if not self._is_asking:
            pin.wipe()
            return
        self._is_asking = False
        self.keep(pin)
        self._take(facts.PinGiven())

    def decline(self) -> None:
        """The person has closed the pad."""
        if self._is_asking:
            self._is_asking = False
            self._take(facts.PinDeclined())
