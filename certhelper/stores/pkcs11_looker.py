"""Child process: looks at a PKCS #11 module's tokens again and again, and tells when they change.

``main([MODULE, SECONDS])`` writes a ``MARK`` message (:mod:`certhelper.stores.pkcs11_messages`)
after its first look and after each one that saw something else, until its stdin ends.  SECONDS is
the time between two looks.  A look that hangs ends the process.  Uses the standard library only.

Hardware is opened once and then only asked which slots hold a token and which objects it has; the
certificates are read again when that changes.  Programs that play a token see what others write
only when they are opened anew, which costs them little: so they are, at each look.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from typing import IO

from certhelper.stores import pkcs11_calls as calls
from certhelper.stores import pkcs11_flags
from certhelper.stores.pkcs11_messages import Kind, mark_of, message
from certhelper.stores.pkcs11_reader import everything, leave

_LONGEST_LOOK = 30.0  # seconds
_SLOW_LOOK = 0.2  # seconds; a look that takes longer is taken half as often
_ENDING = 2.0  # seconds that a module may take to be let go of

_Shape = dict[int, tuple[int, ...] | None]
"""Slots, and the certificates of the tokens in them; None: it is empty."""


class Looks:
    """One module, looked at as often as :meth:`mark` is asked for."""

    def __init__(self, module: calls.Module) -> None:
        self._module = module
        self._is_open = False
        self._sessions: dict[int, int] = {}
        self._shape: _Shape | None = None
        self._mark = b""

    def mark(self) -> bytes:
        """Look.  Raises :class:`~certhelper.stores.pkcs11_calls.ModuleRefusedError`."""
        if not self._is_open:
            self._module.initialize()
            self._is_open = True
        slots = self._module.slots()
        is_hardware = any(
            self._module.slot(slot).flags & pkcs11_flags.CKF_HW_SLOT for slot in slots
        )
        if not is_hardware:
            self._mark = mark_of(everything(self._module))
            self.close()
            return self._mark
        shape = self._shape_of(slots)
        if shape is None or shape != self._shape:
            self._mark = mark_of(everything(self._module))
            self._shape = shape
        return self._mark

    def close(self) -> None:
        """Let go of the module; the next look opens it again."""
        if self._is_open:
            self._is_open = False
            self._sessions.clear()
            self._shape = None
            leave(self._module)

    def _shape_of(self, slots: list[int]) -> _Shape | None:
        """Return what can be seen without much work, None where a token is not as it was.

        The sessions stay open: a token that was pulled and put back between two looks ends them.
        """
        try:
            return {slot: self._certificates(slot) for slot in slots}
        except calls.ModuleRefusedError:
            self._sessions.clear()
            return None

    def _certificates(self, slot: int) -> tuple[int, ...] | None:
        if not self._module.slot(slot).flags & pkcs11_flags.CKF_TOKEN_PRESENT:
            self._sessions.pop(slot, None)
            return None
        if slot not in self._sessions:
            self._sessions[slot] = self._module.open_session(slot)
        return tuple(sorted(self._module.objects(self._sessions[slot], calls.CKO_CERTIFICATE)))


def main(arguments: list[str]) -> int:
    """Look until stdin ends; status 1 where the module cannot be loaded."""
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    with calls.own_stdout() as stdout:
        try:
            looks = Looks(calls.load(arguments[0]))
        except (OSError, calls.NotPkcs11Error):
            return 1
        _look_until(ended, looks, float(arguments[1]), stdout)
        looks.close()
    os._exit(0)  # without what a module would do at the end


def _look_until(ended: threading.Event, looks: Looks, seconds: float, stdout: IO[bytes]) -> None:
    told = b""
    pause = 0.0
    while not ended.wait(pause):
        began = time.monotonic()
        faulthandler.dump_traceback_later(_LONGEST_LOOK, exit=True)
        try:
            mark = looks.mark()
        except calls.ModuleRefusedError:
            mark = told  # nothing can be said; it may be better at the next look
            looks.close()
        faulthandler.cancel_dump_traceback_later()
        if mark != told:
            stdout.write(message(Kind.MARK, mark))
            stdout.flush()
            told = mark
        pause = seconds if time.monotonic() - began < _SLOW_LOOK else 2 * seconds


def _wait_for_end(ended: threading.Event) -> None:
    """Say that the parent wants no more, and see to it that this process heeds it."""
    while os.read(0, 1):
        pass
    ended.set()
    time.sleep(_ENDING)
    os._exit(1)
