"""The child process of one log-on, followed without ever blocking the window.

It is started with ``subprocess`` and not ``QProcess``, because Qt would copy the PIN into buffers
that nobody overwrites.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from certhelper import foreground
from certhelper.failures import FailedError
from certhelper.logon import secret_pipe
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import StageReport
from certhelper.qt import background
from certhelper.secret import Secret
from certhelper.starting import program

if TYPE_CHECKING:
    import subprocess

_GRACE_SECONDS: Final = 5.0


def logon_command(
    store: str, sha256: str, bank: Sequence[str], *, pin: bool, last_try: bool = False
) -> list[str]:
    """The command line of one log-on; ``bank`` are the options that name the profile.

    Without ``pin`` the person types it in the bank's page.  ``last_try``: they insist on giving a
    token its PIN even if that is its last one.
    """
    chosen = ["--store", store, "--certificate", sha256, *bank]
    entry = ["--for-window", *(["--pin-stdin"] if pin else [])]
    entry += ["--last-try"] if last_try else []
    return [*program(), "logon", *chosen, *entry, "--json"]


class SessionProcess(QObject):
    """``reported`` carries a :class:`StageReport`; ``ended`` the exit status and last words.

    ``noticed`` carries a :class:`SessionNotice`: something beside the log-on did not work.
    ``cause_wanted`` carries a :class:`CauseWanted`: the person has asked for it in the session.
    All arrive in the thread of this object.  ``ended`` is sent exactly once for a process that
    was started, after its last report.
    """

    reported = Signal(object)
    noticed = Signal(object)
    cause_wanted = Signal(object)
    ended = Signal(int, str)

    def __init__(
        self,
        command: Sequence[str],
        passphrase: Secret | None = None,
        parent: QObject | None = None,
        *,
        once: bool = False,
    ) -> None:
        """``passphrase`` of the store goes to the child by a pipe of its own (``--secret-fd``).

        ``once``: it is this object's alone, and is overwritten when the child has it.
        """
        super().__init__(parent)
        self._command = list(command)
        self._passphrase = passphrase
        self._is_once = once
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self.ended.connect(self._note_end)

    def start(self) -> None:
        """Start the child.  Raises :class:`FailedError` (``session-not-started``)."""
        import subprocess

        from certhelper.desktop.following import follow

        try:
            with secret_pipe.holding(self._passphrase) as descriptors:
                option = [f"--secret-fd={number}" for number in descriptors]
                self._process = subprocess.Popen(
                    [*self._command, *option],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,  # no buffer of Python's ever holds the PIN
                    pass_fds=descriptors,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            raise FailedError("session-not-started", detail=error.strerror or "") from error
        finally:
            if self._is_once and self._passphrase is not None:
                self._passphrase.wipe()
        follow(self, self._process, self._line_came, self._finish)

    @property
    def is_running(self) -> bool:
        """Whether :attr:`ended` is still to come: until then this object must live."""
        return self._process is not None and not self._is_over

    def _note_end(self) -> None:
        self._is_over = True

    def send_pin(self, pin: Secret) -> None:
        """Hand the PIN over, once, and overwrite it.

        A child that is gone already is told of by :attr:`ended`.
        """
        process = self._process
        with pin:
            if process is None or process.stdin is None or process.stdin.closed:
                return
            try:
                foreground.hand_over()
                pin.write_line(process.stdin.fileno())
            except BrokenPipeError:
                return
            finally:
                process.stdin.close()

    def cancel(self) -> None:
        """End the child: it is asked first, and made to when it does not listen."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        timer = threading.Timer(_GRACE_SECONDS, process.kill)
        timer.daemon = True
        timer.start()

    def _line_came(self, line: str) -> None:
        report = StageReport.parse(line)
        if report is not None:
            self.reported.emit(report)
            return
        notice = SessionNotice.parse(line)
        if notice is not None:
            self.noticed.emit(notice)
            return
        wanted = CauseWanted.parse(line)
        if wanted is not None:
            self.cause_wanted.emit(wanted)

    def _finish(self, status: int, last_words: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        if sys.platform == "win32":
            # There a child that is cancelled has no chance to remove its private home itself.
            background.start("tidy up after a log-on", _sweep)
        self.ended.emit(status, last_words)


def _sweep() -> None:
    from certhelper.logon import home

    home.sweep()
