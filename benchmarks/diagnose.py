"""``certhelper diagnose`` on a healthy PC, with the demo bank on loopback.

No other program does the same, so there is no peer: the time stands beside the limit.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.log_on import CODE, bank
from benchmarks.report import Measurement
from certhelper import texts
from certhelper.diagnosis.order import CHECKS
from certhelper.logon.environment import runs_as_root

LIMIT_S = 2.0
_OF_OTHERS = frozenset({"clock", "revocation", "network", "rehearsal"})
"""The checks that ask a server; the others are the local verdict."""

_PROGRESS = re.compile(r"\[ *\d+/\d+\] \S+ (?P<title>[^:]+): ")


def measurements(runs: int) -> Iterator[Measurement]:
    """Yield the time to the local verdict, and that of the whole command."""
    if runs_as_root():
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
    local, whole = [], []
    with bank() as (_, written, database, _):
        for _ in range(runs):
            times = diagnose(written, database)
            local.append(times[0])
            whole.append(times[1])
    name = "limit of the whole"
    yield Measurement("diagnose: the local verdict", local, name, [LIMIT_S], None)
    yield Measurement("diagnose: the whole command", whole, name, [LIMIT_S], 1.0)


def diagnose(written: Path, database: Path) -> tuple[float, float]:
    """Seconds until a person at the terminal has read the last local check, and until the end."""
    local = {
        texts.text(f"diagnosis.check.{one.name}", "ja")
        for one in CHECKS
        if one.name not in _OF_OTHERS
    }
    terminal, side_of_command = _open_terminal()
    command = ["diagnose", "--bank", str(written), "--store", f"nss:{database}"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "certhelper", *command],
        cwd=CODE,
        env=os.environ | {"LANG": "ja_JP.UTF-8", "LC_ALL": ""},
        stdout=subprocess.PIPE,
        stderr=side_of_command,
        text=True,
    )
    os.close(side_of_command)
    verdict = 0.0
    for line in _lines(terminal):
        found = _PROGRESS.match(line)
        if found is not None and found["title"] in local:
            local.remove(found["title"])
            verdict = time.perf_counter() - began
    report, _ = process.communicate()
    whole = time.perf_counter() - began
    if process.returncode or local:
        raise RuntimeError(f"this PC is not healthy, or did not say so:\n{report}")
    return verdict, whole


def _open_terminal() -> tuple[int, int]:
    if sys.platform == "win32":
        raise NotImplementedError("the benchmarks run on Linux")
    else:  # noqa: RET506  # a type checker for Windows must not see what follows
        return os.openpty()


def _lines(terminal: int) -> Iterator[str]:
    """Yield what is written to the terminal, until nobody has its other side any more."""
    rest = b""
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # EIO: how Linux says that
            read = b""
        if not read:
            os.close(terminal)
            return
        *whole, rest = (rest + read).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
