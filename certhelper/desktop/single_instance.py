"""One window a person and bank: a second start brings the first to the front.

A lock file decides who is first (cheap, before the first picture); the network module of Qt, which
carries the request, is loaded only when it is needed.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal

from certhelper.desktop import foreground

_CONNECT_MS: Final = 3000
_TRIES: Final = 3


class SingleInstance(QObject):
    """``raise_wanted`` is sent when the program was started again with the same arguments."""

    raise_wanted = Signal()

    def __init__(self, folder: Path, key: Sequence[str], parent: QObject | None = None) -> None:
        """``key`` tells windows apart that may stand side by side: bank and stores."""
        super().__init__(parent)
        digest = hashlib.sha256("\0".join([str(folder), *key]).encode()).hexdigest()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / f"window-{digest}.lock"))
        self._lock.setStaleLockTime(0)  # a lock is stale when its process is gone, never by age
        # A path where sockets are files, so that no other user of this PC can sit on the name.
        self._name = (
            f"certhelper-{digest}"
            if sys.platform == "win32"
            else str(folder / f"window-{digest}.socket")
        )
        self._server: QObject | None = None

    def is_first(self) -> bool:
        """Whether this process is the only one; it then stays so until it ends."""
        return self._lock.tryLock(0)

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
        """Ask the first window to come to the front; ``False`` when it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        foreground.hand_over()
        for _ in range(_TRIES):
            socket = QLocalSocket()
            socket.connectToServer(self._name)
            if socket.waitForConnected(_CONNECT_MS):
                socket.disconnectFromServer()
                return True
            # The first one may have just been started and not listen yet.
            self._lock.tryLock(_CONNECT_MS)
            if self._lock.isLocked():
                return False
        return False

    def _asked(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        assert isinstance(self._server, QLocalServer)
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnectFromServer()
            socket.deleteLater()
            self.raise_wanted.emit()
