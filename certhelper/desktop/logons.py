"""The log-ons of this window: the pad and the child side by side, and the open sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from certhelper import failures
from certhelper.bank import Bank
from certhelper.desktop import gone
from certhelper.desktop.attempt import Attempt, Phase
from certhelper.desktop.key_opening import KeyOpening
from certhelper.desktop.rows import CertificateRow, HolderRow
from certhelper.desktop.selection import pad_facts, short_name
from certhelper.failures import FailedError
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage, StageReport
from certhelper.pad.screen_capture import Hiding, ScreenCapture
from certhelper.secret import Secret
from certhelper.stores.base import Installed

if TYPE_CHECKING:
    from certhelper.pad.pin_pad import PinPad

ChosenRow = HolderRow | CertificateRow

_MOST_CAUSES = 20
"""A person does not ask more often in one session; a process that a page took over might."""


class Process(Protocol):
    """What a log-on needs of its child; see :class:`~.session_process.SessionProcess`."""

    reported: SignalInstance
    noticed: SignalInstance
    cause_wanted: SignalInstance
    ended: SignalInstance

    def start(self) -> None: ...
    def send_pin(self, pin: Secret) -> None: ...
    def cancel(self) -> None: ...
    @property
    def is_running(self) -> bool: ...


MakeProcess = Callable[[ChosenRow, Bank, KeyOpening | None], Process]


class _Logon:
    """``open_pad`` is to be called when the key was opened.

    Nobody types the bank's PIN for a key that stays shut.
    """

    def __init__(
        self, row: ChosenRow, attempt: Attempt, process: Process, opening: KeyOpening | None
    ) -> None:
        self.row = row
        self.attempt = attempt
        self.process = process
        self.opening = opening
        self.pad: PinPad | None = None
        self.open_pad: Callable[[], None] | None = None
        self.causes_wanted = 0


class Logons(QObject):
    """Every log-on of this window, from its pad to the end of its child.

    ``changed`` carries the attempt that has moved on; ``ended`` is sent when a child has ended;
    ``pin_submitted`` carries the row whose PIN was handed over; ``shuffle_changed`` the person's
    wish for the pad's digits.  ``pad_unseen`` carries whether a pad shows now that others cannot
    see; ``remote_support_wanted`` is sent when somebody is going to look on.  ``noticed`` carries
    a row and what failed (:class:`Told`): what was asked for in its session's window did not work.
    ``cause_wanted`` carries a row and the failure whose cause the person wants found: they have
    pressed 「原因を調べる」 in the session's window.
    """

    changed = Signal(object)
    ended = Signal()
    noticed = Signal(object, object)
    cause_wanted = Signal(object, object)
    pin_submitted = Signal(object)
    shuffle_changed = Signal(bool)
    pad_unseen = Signal(bool)
    remote_support_wanted = Signal()

    def __init__(self, window: QWidget, make_process: MakeProcess, capture: ScreenCapture) -> None:
        super().__init__(window)
        self._capture = capture
        self._window = window
        self._make_process = make_process
        self._logons: list[_Logon] = []

    @property
    def open_attempts(self) -> list[Attempt]:
        """Those whose PIN was given and whose process has not ended."""
        return [
            logon.attempt
            for logon in self._logons
            if not logon.attempt.is_over and logon.attempt.phase is not Phase.WAITING_FOR_PIN
        ]

    @property
    def any_running(self) -> bool:
        """Whether any child still lives: then this program must stay to clean up after it."""
        return any(logon.process.is_running for logon in self._logons)

    @property
    def any_at_bank(self) -> bool:
        """Whether another connection with a certificate could get in the way of one of these.

        One is being made, or somebody is logged on as far as anybody knows.  A log-on that has
        failed is neither, although its window still shows why.
        """
        return any(logon.process.is_running and logon.attempt.is_at_bank for logon in self._logons)

    def is_open(self, row: ChosenRow) -> bool:
        """Whether a session with this very certificate is open already."""
        installed = row.judged.installed
        return any(
            logon.row.judged.installed.certificate.sha256 == installed.certificate.sha256
            for logon in self._logons
            if logon.attempt in self.open_attempts
        )

    @property
    def waiting(self) -> list[Installed]:
        """The certificates whose key is open while the bank's PIN is still being typed."""
        return [one.row.judged.installed for one in self._logons if one.pad is not None]

    def row_of(self, attempt: Attempt) -> ChosenRow | None:
        return next((logon.row for logon in self._logons if logon.attempt is attempt), None)

    def start(
        self, row: ChosenRow, bank: Bank, *, shuffle: bool, opening: KeyOpening | None = None
    ) -> None:
        """Start the child, so that it is warm when the PIN is complete, and open the pad.

        With ``opening``, the secret of a locked key, the pad opens when the key is open.
        """
        attempt = Attempt(short_name(row.judged), gone.error_of(row.judged.installed))
        logon = _Logon(row, attempt, self._make_process(row, bank, opening), opening)
        self._logons.append(logon)
        if opening is not None:
            opening.given_up.connect(lambda: self.cancel(attempt))
        logon.process.reported.connect(lambda report: self._reported(logon, report))
        logon.process.noticed.connect(lambda notice: self._noticed(logon, notice))
        logon.process.cause_wanted.connect(lambda wanted: self._cause_wanted(logon, wanted))
        logon.process.ended.connect(lambda status, words: self._ended(logon, status, words))
        try:
            logon.process.start()
        except FailedError as error:
            self._fail(logon, error)
            return
        if bank.pin.entry == "page":
            attempt.pin_given()
            self.pin_submitted.emit(row)
            self.changed.emit(attempt)
        elif opening is not None:
            logon.open_pad = lambda: self._open_pad(logon, bank, shuffle=shuffle)
        else:
            self._open_pad(logon, bank, shuffle=shuffle)

    def cancel(self, attempt: Attempt) -> None:
        """End the child of this attempt, wherever it is."""
        for logon in self._logons:
            if logon.attempt is attempt:
                attempt.cancel()
                logon.process.cancel()

    def refuse(self, sha256: str, error: FailedError) -> None:
        """End what waits for a PIN with this certificate and tell why; no PIN is sent any more."""
        for logon in list(self._logons):
            is_this = logon.row.judged.installed.certificate.sha256 == sha256
            if is_this and logon.attempt.phase is Phase.WAITING_FOR_PIN:
                self._fail(logon, error)
                logon.process.cancel()

    def forget(self, attempt: Attempt) -> None:
        """Put a failed attempt away; its window, if it still shows, is ended too."""
        self.cancel(attempt)
        self._logons = [logon for logon in self._logons if logon.attempt is not attempt]

    def close_pads(self) -> None:
        """Put the pad away, with what was typed on it, and end its child."""
        for logon in list(self._logons):
            if logon.pad is not None:
                logon.pad.reject()

    def _open_pad(self, logon: _Logon, bank: Bank, *, shuffle: bool) -> None:
        from certhelper.pad.pin_pad import PadTitle, PinPad

        title = PadTitle(pad_facts(logon.row), demo=bank.is_demo)
        pad = PinPad(title, bank.pin, self._capture, shuffle=shuffle, parent=self._window)
        logon.pad = pad
        pad.submitted.connect(lambda: self._submit(logon))
        pad.rejected.connect(lambda: self._dismissed(logon))
        pad.shuffle_changed.connect(self.shuffle_changed)
        pad.remote_support_wanted.connect(self.remote_support_wanted)
        pad.finished.connect(lambda: self.pad_unseen.emit(False))
        pad.open()
        self.pad_unseen.emit(pad.hiding is Hiding.HIDDEN)

    def _submit(self, logon: _Logon) -> None:
        pad, logon.pad = logon.pad, None
        assert pad is not None
        pin = pad.take_pin()
        logon.attempt.pin_given()
        logon.process.send_pin(pin)
        self.pin_submitted.emit(logon.row)
        self.changed.emit(logon.attempt)

    def _dismissed(self, logon: _Logon) -> None:
        """The pad was closed without a PIN: by the person, or because the child has failed."""
        logon.pad = None
        if logon.attempt.is_over:
            return
        self.cancel(logon.attempt)

    def _reported(self, logon: _Logon, report: StageReport) -> None:
        if logon.attempt.cancelled:
            return
        logon.attempt.report(report)
        if report.stage is Stage.OPENED:
            self._key_is_open(logon)
        self._after(logon)

    def _key_is_open(self, logon: _Logon) -> None:
        self._finish_opening(logon)
        open_pad, logon.open_pad = logon.open_pad, None
        if open_pad is not None:
            open_pad()

    def _finish_opening(self, logon: _Logon) -> None:
        opening, logon.opening = logon.opening, None
        if opening is not None:
            opening.finish()

    def _noticed(self, logon: _Logon, notice: SessionNotice) -> None:
        if failures.is_known(notice.code):
            told = failures.find(notice.code).say(dict(notice.detail))
            self.noticed.emit(logon.row, told)

    def _cause_wanted(self, logon: _Logon, wanted: CauseWanted) -> None:
        logon.causes_wanted += 1
        if failures.is_known(wanted.code) and logon.causes_wanted <= _MOST_CAUSES:
            told = failures.find(wanted.code).say(dict(wanted.detail))
            self.cause_wanted.emit(logon.row, told)

    def _ended(self, logon: _Logon, status: int, words: str) -> None:
        was_told = logon.attempt.phase is Phase.FAILED
        never_begun = logon.attempt.phase is Phase.WAITING_FOR_PIN and logon.attempt.cancelled
        logon.attempt.end(status, words)
        self._finish_opening(logon)
        if logon.attempt.phase is Phase.ENDED and logon in self._logons:
            self._logons.remove(logon)
        if not never_begun and not was_told:
            self._after(logon)
        self.ended.emit()

    def _fail(self, logon: _Logon, error: FailedError) -> None:
        logon.attempt.fail(error)
        self._after(logon)

    def _after(self, logon: _Logon) -> None:
        if logon.attempt.is_over:
            self._finish_opening(logon)
        if logon.attempt.is_over and logon.pad is not None:
            logon.pad.reject()
        if logon.attempt.phase is not Phase.WAITING_FOR_PIN:
            self.changed.emit(logon.attempt)
