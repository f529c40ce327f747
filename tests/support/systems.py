"""Which tests make sense where: on Linux, on Windows, and under Wine, which lacks parts of it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from certhelper.windows import wine

only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux")
"""What only Linux has: NSS's tools, the Secret Service, POSIX rights, signals and links."""


def is_wine() -> bool:
    """Whether Windows is played by Wine."""
    return wine.version() is not None


def is_root() -> bool:
    """Whether this is the user who may do everything, where there is one."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505  # a type checker for Windows must not see what follows
        return os.geteuid() == 0


def make_pipe(path: Path) -> None:
    """Put a named pipe there, which would keep a careless reader waiting for ever."""
    if sys.platform == "win32":
        pytest.skip("only on Linux: named pipes in a folder")
    else:
        os.mkfifo(path)


def feed_pipe(path: Path) -> None:
    """Give whoever reads from the pipe just now nothing, and its end; nobody may be there."""
    if sys.platform == "win32":
        pytest.skip("only on Linux: named pipes in a folder")
    else:
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def not_under_wine(why: str) -> pytest.MarkDecorator:
    """Mark a test of what Windows has and Wine lacks; ``why`` says what that is."""
    return pytest.mark.skipif(is_wine(), reason=f"not under Wine: {why}")


def needs_linux(what: str) -> None:
    """Skip the test that asks for this on another system; ``what`` is what only Linux has."""
    if sys.platform != "linux":
        pytest.skip(f"only on Linux: {what}")
