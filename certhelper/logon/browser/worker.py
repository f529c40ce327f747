"""The session process: one log-on, one window, one private home, and then it is gone.

Started by :mod:`certhelper.logon.session` with a built environment.  It writes one stage a line to
its standard output and reads the PIN, if any, as one line from its standard input.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, QUrl
from PySide6.QtWidgets import QApplication

from certhelper import crash_dumps
from certhelper.bank import Bank
from certhelper.failures import FailedError
from certhelper.logon import key_dialogs
from certhelper.logon.browser import engine, modal, outbox
from certhelper.logon.browser.proxy import Proxy
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.window import SessionWindow
from certhelper.logon.notices import SeenNotices
from certhelper.logon.orphan import Orphan
from certhelper.logon.plan import Plan
from certhelper.logon.request import SessionRequest
from certhelper.logon.secret_pipe import LONGEST_SECRET
from certhelper.logon.server_watch import flow_of
from certhelper.logon.stages import Stage, StageReport
from certhelper.look import qt_texts
from certhelper.look.icon import program_icon
from certhelper.look.theme import Theme
from certhelper.profile import PinRule
from certhelper.qt import background
from certhelper.secret import Secret, SecretTooLongError
from certhelper.settings import TextSize

if TYPE_CHECKING:
    from certhelper.logon.token_login import OpenedKeys

_QUIET_MS = 250


class Worker(QObject):
    """Joins request, PIN, flow, browser and window."""

    def __init__(self, request: SessionRequest, bank: Bank, application: QApplication) -> None:
        super().__init__(application)
        background.collect_garbage_here(self)
        self._request = request
        self._bank = bank
        self._proxy = Proxy(request.proxy)
        self._exiting = False
        self._notices = SeenNotices(request.seen_notices)
        self.session = self._make_session(pin_given=request.pin_stdin)
        look = Theme(application, TextSize(request.text_size))
        look.settle()
        self.window = SessionWindow(self.session, request)
        self.window.finished.connect(self.quit)
        self.window.retry_wanted.connect(self._retry)

    def _make_session(self, *, pin_given: bool) -> BrowserSession:
        """A fresh profile and a fresh flow: one attempt."""
        request = self._request
        attended = request.until is None
        plan = Plan(
            bank=self._bank,
            certificate=request.certificate,
            issuers=request.issuers,
            until=request.until,
            pin_given=pin_given,
            pad=attended and request.pin_stdin,
            stop_at_notices=request.stop_at_notices,
            seen_notices=self._notices.digest,
            load_limit_ms=request.load_limit_ms,
        )
        session = BrowserSession(
            self._bank,
            flow_of(plan),
            attended=attended,
            downloads=request.downloads,
            pictures=request.screenshot,
            proxy=self._proxy,
            parent=self,
        )
        session.told.connect(_write)
        session.told.connect(self._notices.follow)
        session.ended.connect(lambda _: self._ended())
        return session

    def _retry(self) -> None:
        """Another attempt, as the person wants; not from here, for its button goes with it."""
        QTimer.singleShot(0, self, self._start_anew)

    def _start_anew(self) -> None:
        if self._exiting:
            return
        before = self.session
        before.dismiss_boxes()
        self.session = self._make_session(pin_given=False)
        self.window.attach(self.session)

        def go() -> None:
            before.close()
            before.forget()

        before.when_quiet(go)
        _write(StageReport(Stage.OPENED))
        self._open_key_and_begin()

    def start(self) -> None:
        """Warm the engine up; then go, or wait for the PIN."""
        page = self.session.views[0].page()
        page.loadFinished.connect(self._warm)
        page.load(QUrl("about:blank"))

    def quit(self) -> None:
        """Take everything down in order and leave the event loop."""
        if self._exiting:
            return
        self._exiting = True
        modal.dismiss()
        self.session.dismiss_boxes()
        modal.when_quiet(self._leave_when_quiet)

    def _leave_when_quiet(self) -> None:
        # Not from here: a message of the page may have its own event loop further up.
        self.session.when_quiet(lambda: QTimer.singleShot(0, self, self._leave))

    def _leave(self) -> None:
        self.session.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # What a page had begun to send meets the guard a little later; without the event loop
        # nobody would hold it back, and half a PIN would go out (tried).
        QTimer.singleShot(_QUIET_MS, QApplication.quit)

    def _warm(self) -> None:
        self.session.views[0].page().loadFinished.disconnect(self._warm)
        crash_dumps.seal()  # the engine's own processes have been started by now
        _write(StageReport(Stage.OPENED))
        if self._request.pin_stdin:
            background.start("read the PIN", self._read_pin)
        else:
            self._go()

    def _read_pin(self) -> None:
        try:
            pin: Secret | None = Secret.read_line(0)
        except (SecretTooLongError, OSError):
            pin = None
        background.deliver(self, lambda: self._take_pin(pin))

    def _take_pin(self, given: Secret | None) -> None:
        code = _pin_fault(given, self._bank.pin)
        if code is not None or given is None:
            _write(StageReport(Stage.FAILED, code, _rule(self._bank.pin)))
            self.quit()
            return
        self.session.desk.keep(given)
        self._go()

    def _go(self) -> None:
        if self._request.until is None:
            self.window.come_to_front_once()
        else:
            self.window.show()
        self._open_key_and_begin()

    def _open_key_and_begin(self) -> None:
        window = 0
        if self._request.until is None and sys.platform == "win32":
            window = int(self.window.winId())
            key_dialogs.adopt(window)
        if self._request.key_asks:
            background.start("open the key", lambda: self._open_key(window))
        else:
            self.session.begin()

    def _open_key(self, window: int) -> None:
        code = key_dialogs.unlock(self._request.certificate, window) or ""
        background.deliver(self, lambda: self._key_opened(code))

    def _key_opened(self, code: str) -> None:
        if code:
            _write(StageReport(Stage.FAILED, code))
            self.quit()
        elif not self._exiting:
            self.session.begin()

    def _ended(self) -> None:
        if self._request.until is not None:
            QTimer.singleShot(0, self.quit)


def main(arguments: list[str]) -> int:
    """Run one session and return the exit status.

    ``arguments`` are the request's file, the parent's process id, and the descriptor of the secret
    that opens a token or a locked database, where there is one.
    """
    request_file = Path(arguments[0])
    orphan = Orphan(int(arguments[1]), request_file.parent)
    orphan.watch()
    crash_dumps.forbid_here_and_below()
    request = SessionRequest.read(request_file)
    outbox.keep_from_the_engine()
    try:
        bank = Bank.read(request.bank)
        if bank.sha256 != request.bank_sha256:
            raise FailedError("profile-changed", file=str(request.bank))
        keys = _opened_keys(request, arguments[2:])
    except FailedError as error:
        _write(StageReport(Stage.FAILED, error.code, error.facts))
        if error.code == "token-not-answering":  # its thread would keep this process for ever
            orphan.tidy()
            os._exit(0)
        return 0
    try:
        return _run(request, bank, orphan)
    finally:
        if keys is not None:
            keys.close()


def _opened_keys(request: SessionRequest, descriptors: list[str]) -> OpenedKeys | None:
    """Open a token or a locked database, before the engine finds it closed.

    Raises :class:`FailedError` as :func:`certhelper.logon.token_login.open_within_limit`.
    """
    if request.unlocking is None:
        return None
    from certhelper.logon import token_login

    secret: Secret | None = None
    for descriptor in map(int, descriptors):
        secret = Secret.read_line(descriptor, LONGEST_SECRET)
        os.close(descriptor)
    return token_login.open_within_limit(request.unlocking, secret)


def _run(request: SessionRequest, bank: Bank, orphan: Orphan) -> int:
    shown = request.until is None
    platform = [] if shown else ["-platform", "offscreen"]
    switches = engine.switches(bank, request.proxy)
    application = QApplication(["certhelper", *platform, "--webEngineArgs", *switches])
    application.setApplicationName("certhelper")
    application.setDesktopFileName("certhelper")
    application.setWindowIcon(program_icon())
    qt_texts.install(application)
    try:
        worker = Worker(request, bank, application)
    except FailedError as error:
        _write(StageReport(Stage.FAILED, error.code, error.facts))
        return 0

    def end(*_: object) -> None:
        orphan.hurry()
        worker.quit()

    signal.signal(signal.SIGTERM, end)
    if sys.platform == "win32":
        # Ctrl-C and Ctrl-Break reach every process of a console, and the parent waits for our end.
        for number in (signal.SIGINT, signal.SIGBREAK):
            signal.signal(number, lambda *_: worker.quit())
    heartbeat = QTimer(application, interval=200)  # lets Python see a signal while Qt waits
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    worker.start()
    application.exec()
    orphan.tidy()
    return 0


def _pin_fault(pin: Secret | None, rule: PinRule) -> str | None:
    if pin is None:
        return "pin-outside-rule"
    if len(pin) == 0:
        return "pin-missing"
    fits = rule.minimum_length <= len(pin) <= rule.maximum_length
    try:
        accepted = all(rule.accepts(character) for character in pin.characters())
    except UnicodeDecodeError:
        accepted = False
    if fits and accepted:
        return None
    pin.wipe()
    return "pin-outside-rule"


def _rule(rule: PinRule) -> dict[str, str]:
    return {"minimum": str(rule.minimum_length), "maximum": str(rule.maximum_length)}


def _write(report: StageReport) -> None:
    outbox.line(report.line())
