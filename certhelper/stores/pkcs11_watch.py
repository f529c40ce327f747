"""Tells when the tokens of a PKCS #11 module are no longer as they were when they were read.

A child process that lives as long as the watch looks at them (:mod:`pkcs11_looker`): a token
plugged in or pulled, a certificate added or removed.  Nothing runs while nobody watches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import Final

from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.pkcs11_messages import Kind
from certhelper.stores.pkcs11_reading import PASSED_ON
from certhelper.stores.pkcs11_told import MessageError, cut

LOOKER = "certhelper.stores.pkcs11_looker"

LOOK_SECONDS: Final = 1.0
"""Time between two looks: what has changed is to show within two seconds, reading included."""

NOTHING_SEEN: Final = b""
"""The mark of a module that could not be read: whatever is seen then is a change."""

_FIRST_PAUSE = 2.0  # seconds until a child that ended by itself is started again
_LONGEST_PAUSE = 60.0
_CHUNK = 1 << 12


class TokenWatch:
    """Watches one module from :meth:`start` to :meth:`stop`; both return at once.

    ``seen`` is the mark of the last reading (:attr:`.pkcs11.Pkcs11Store.mark`).  ``changed`` is
    called once, in a thread of the watch, as soon as the tokens differ from it; then the module is
    to be read again, and watched by a new :class:`TokenWatch`.  :attr:`has_changed` says the same
    to those who would rather ask.  Usable as a context manager.
    """

    def __init__(
        self,
        module: Path,
        seen: bytes,
        changed: Callable[[], None] = lambda: None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._module = module
        self._seen = seen
        self._changed = changed
        self._look_seconds = look_seconds
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._process: Popen[bytes] | None = None
        self._has_changed = threading.Event()

    @property
    def has_changed(self) -> bool:
        """Whether the tokens are no longer as they were."""
        return self._has_changed.is_set()

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        threading.Thread(target=self._watch, name="watch tokens", daemon=True).start()

    def stop(self) -> None:
        """End the watch; the child lets go of the module and ends.  May be called twice."""
        self._stopped.set()
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()

    def __enter__(self) -> TokenWatch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopped.is_set():
            self._run_child()
            if self._stopped.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _run_child(self) -> None:
        """Follow one child to its end; a module may have made it hang or crash."""
        command = [*part(LOOKER, with_packages=False), str(self._module), str(self._look_seconds)]
        with (
            suppress(child.ChildFailedError, MessageError),
            child.started(command, None, PASSED_ON) as process,
        ):
            with self._lock:
                self._process = process
            if self._stopped.is_set():
                self.stop()
            try:
                self._follow(process)
            finally:
                with self._lock:
                    self._process = None

    def _follow(self, process: Popen[bytes]) -> None:
        """Take in the marks until the child ends.  Raises :class:`MessageError`."""
        assert process.stdout is not None
        received = bytearray()
        while chunk := process.stdout.read(_CHUNK):
            received += chunk
            for told in cut(received):
                if told.kind != Kind.MARK:
                    raise MessageError("not of this child")
                if told.fields[0] != self._seen and not self.has_changed:
                    self._has_changed.set()
                    self._changed()
