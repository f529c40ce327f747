"""Following a child process line by line, without ever blocking the window."""

from __future__ import annotations

import io
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import IO, Final

from PySide6.QtCore import QObject

from certhelper.qt import background

_DRAIN_SECONDS: Final = 2.0
_LAST_LINES: Final = 5


def follow(
    owner: QObject,
    process: subprocess.Popen[bytes],
    line_came: Callable[[str], None],
    ended: Callable[[int, str], None],
) -> None:
    """Call ``line_came`` for each line of its stdout, then ``ended`` once with its exit status.

    Both are called in the window's thread, and not after ``owner`` is gone.  The second argument
    of ``ended`` holds the last lines that came to stderr.
    """
    background.start("follow a child", partial(_follow, owner, process, line_came, ended))


def _follow(
    owner: QObject,
    process: subprocess.Popen[bytes],
    line_came: Callable[[str], None],
    ended: Callable[[int, str], None],
) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    last_words: deque[str] = deque(maxlen=_LAST_LINES)

    def tell(line: str) -> None:
        background.deliver(owner, partial(line_came, line))

    def keep(line: str) -> None:
        if line.strip():
            last_words.append(line.strip())

    readers = [
        threading.Thread(target=_read, args=(pipe, use), daemon=True)
        for pipe, use in ((process.stdout, tell), (process.stderr, keep))
    ]
    for reader in readers:
        reader.start()
    status = process.wait()
    for reader in readers:
        # A grandchild that outlives the child may hold the pipe open.
        reader.join(_DRAIN_SECONDS)
    background.deliver(owner, partial(ended, status, "\n".join(last_words)))


def _read(pipe: IO[bytes], use: Callable[[str], None]) -> None:
    assert isinstance(pipe, io.RawIOBase)
    with io.TextIOWrapper(io.BufferedReader(pipe), encoding="utf-8", errors="replace") as lines:
        for line in lines:
            use(line)
