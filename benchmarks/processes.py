"""Runs whole processes in turn and takes their time and memory.

A bare interpreter starts each of them: the most memory that a process had counts from before its
program was loaded, and would be that of whoever started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CODE = Path(__file__).parents[1]
_MEASURE = """
import os, sys, time
nowhere = (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[nowhere])
_, status, used = os.wait4(child, 0)
print(time.perf_counter() - started, used.ru_maxrss, os.waitstatus_to_exitcode(status),
      file=sys.stderr)
"""


class Run(NamedTuple):
    """What one process, and whatever it has waited for, took: wall clock, most resident memory."""

    seconds: float
    mebibytes: float


def in_turn(
    ours: Sequence[str], peer: Sequence[str], runs: int
) -> tuple[Sequence[Run], Sequence[Run]]:
    """Run both in turn; the first of each warms the file cache and does not count."""
    run(ours)
    run(peer)
    both = [(run(ours), run(peer)) for _ in range(runs)]
    return [one for one, _ in both], [one for _, one in both]


def run(command: Sequence[str]) -> Run:
    """Run a command to its end.  Raises ``RuntimeError`` when it fails."""
    # What a developer sets for Python is not what a customer has.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _MEASURE, *command],
        cwd=CODE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
        text=True,
    )
    seconds, kibibytes, status = done.stderr.split()
    if int(status):
        raise RuntimeError(f"{command[0]}: status {status}")
    return Run(float(seconds), int(kibibytes) / 1024)
