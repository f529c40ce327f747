"""The program's own ``logon`` and ``rehearse`` as children, followed stage by stage."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from certhelper import starting
from certhelper.failures import FailedError, is_known
from certhelper.logon.stages import Stage, StageReport
from certhelper.secret import Secret
from certhelper.selftest.limits import within

_GRACE_SECONDS = 10.0
_MILLISECONDS = 1000
_DISPLAYS = frozenset({"DISPLAY", "WAYLAND_DISPLAY"})

StageTimes = dict[str, int]
"""Stage → milliseconds since the start, in the order in which they came."""


def run(words: Sequence[str], folder: Path, pin: Secret | None, seconds: float) -> StageTimes:
    """Run ``certhelper WORDS --json`` without a window and return its stages.

    Its temporary files and settings are in ``folder``.  ``pin`` goes through the pipe and nowhere
    else.  Raises :class:`FailedError` with the code that the program gave, ``selftest-time-limit``
    when it took longer than ``seconds``, ``OSError`` when it cannot be started.
    """
    child = _start(words, folder, wants_pin=pin is not None)
    followed = _Followed()
    try:
        if pin is not None:
            assert child.stdin is not None
            _hand_over(pin, child.stdin)
        # In a thread: on Windows nothing interrupts a program that reads from a pipe.
        within(seconds, lambda: followed.follow(child))
    finally:
        _end(child)
    _check(child.returncode, followed.last)
    return followed.times


class _Followed:
    """What a child has told so far."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.times: StageTimes = {}
        self.last: StageReport | None = None

    def follow(self, child: subprocess.Popen[bytes]) -> None:
        """Read to its end and wait for it."""
        assert child.stdout is not None
        for line in child.stdout:
            report = StageReport.parse(line.decode("utf-8", "replace"))
            if report is not None:
                since = time.monotonic() - self._began
                self.times[report.stage.value] = round(since * _MILLISECONDS)
                self.last = report
        child.wait()


def _start(words: Sequence[str], folder: Path, *, wants_pin: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*starting.program(), *words, "--json"],
        stdin=subprocess.PIPE if wants_pin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the same failure in words; the stages carry its code
        env=_environment(folder),
        creationflags=_no_window(),
    )


def _environment(folder: Path) -> dict[str, str]:
    """What the child keeps goes with ``folder``, whatever becomes of it; it finds no display.

    Even with its offscreen plugin Qt speaks to an X server that ``DISPLAY`` names (tried).  A log
    in ``folder`` would bring it back where a child outlives its killed run: so it has none.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _DISPLAYS}
    if os.name == "nt":
        return kept | dict.fromkeys(("TEMP", "TMP"), str(folder))
    names = ("TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
    return kept | dict.fromkeys(names, str(folder)) | {"XDG_STATE_HOME": os.devnull}


def _no_window() -> int:
    """Windows would show a console for a moment, for this child and for its own children."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return 0


def _hand_over(pin: Secret, pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError, OSError):  # it ended early; its last stage says why
        pin.write_line(pipe.fileno())
        pipe.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End it, if it has not ended: it then ends its session and removes that session's home."""
    with child:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def _check(status: int, last: StageReport | None) -> None:
    if status == 0 and last is not None and last.code is None:
        return
    if last is not None and last.code is not None and is_known(last.code):
        raise FailedError(last.code, **{name: str(value) for name, value in last.detail.items()})
    stage = Stage.OPENED.value if last is None else last.stage.value
    raise FailedError("session-crashed", status=f"{status}, {stage}")
