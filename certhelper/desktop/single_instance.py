"""One window a person and bank: a second start brings the first to the front.

A lock on a file decides who is first (cheap, before the first picture); the network module of Qt,
which carries the request, is loaded only when it is needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

from PySide6.QtCore import QObject, Signal

from certhelper import foreground

_CONNECT_MS: Final = 3000
_TRIES: Final = 3


class SingleInstance(QObject):
    """``raise_wanted`` is sent when the program was started again with the same arguments."""

    raise_wanted = Signal()

    def __init__(self, folder: Path, key: Sequence[str], parent: QObject | None = None) -> None:
        """``key`` tells windows apart that may stand side by side: bank and stores."""
        super().__init__(parent)
        name = f"window-{crc32(chr(0).join([str(folder), *key]).encode()):08x}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _FileLock(folder / f"{name}.lock")
        # Where sockets are files it lies in this user's folder: nobody else can sit on the name.
        self._name = f"certhelper-{name}" if sys.platform == "win32" else str(folder / name)
        self._server: QObject | None = None

    def is_first(self) -> bool:
        """Whether this process is the only one; it then stays so until it ends."""
        return self._lock.take()

    def listen(self) -> None:
        """Answer later starts (to be called after the first picture)."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self._name)
        server.newConnection.connect(self._asked)
        server.listen(self._name)
        self._server = server

    def raise_first(self) -> bool:
        """Ask the first window to come to the front; ``False`` when it does not answer.

        The first one may have just been started and not listen yet: it is asked a few times.
        """
        from PySide6.QtCore import QThread
        from PySide6.QtNetwork import QLocalSocket

        foreground.hand_over()
        for _ in range(_TRIES):
            socket = QLocalSocket()
            socket.connectToServer(self._name)
            if socket.waitForConnected(_CONNECT_MS):
                socket.disconnectFromServer()
                return True
            if self._lock.take():
                return False
            QThread.msleep(_CONNECT_MS // _TRIES)
        return False

    def _asked(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        assert isinstance(self._server, QLocalServer)
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnectFromServer()
            socket.deleteLater()
            self.raise_wanted.emit()


class _FileLock:
    """A lock that the system takes back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock without waiting; ``True`` also when it is held by this object already.

        A folder that cannot be written to means that every start is the first.
        """
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        if not _lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
