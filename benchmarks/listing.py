"""``certhelper list`` as a whole process beside ``certutil -L`` on the same NSS database.

certutil prints nicknames and trust only; ours reads, judges and groups every certificate and
sees whether its key is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.databases import database
from benchmarks.report import Measurement

CODE = Path(__file__).parents[1]
SMALL, LARGE = 1_000, 5_000


def measurements(runs: int) -> Iterator[Measurement]:
    """Yield the three measurements of the issue; the large database is certutil's weak spot."""
    small, large = database(SMALL), database(LARGE)
    ours, peer = _in_turn(_ours(small), _certutil(small), runs)
    yield Measurement(f"list, {SMALL} certificates", ours, "certutil -L", peer, 0.4)
    # certutil takes over ten seconds here, so it runs only twice.
    ours_large, peer_large = _in_turn(_ours(large), _certutil(large), runs, peer_runs=2)
    yield Measurement(f"list, {LARGE} certificates", ours_large, "certutil -L", peer_large, 0.02)
    growth = f"list, {LARGE} over {SMALL} certificates"
    yield Measurement(growth, ours_large, f"list, {SMALL}", ours, 3)


def _ours(directory: Path) -> list[str]:
    return [sys.executable, "-m", "certhelper", "list", "--store", f"nss:{directory}"]


def _certutil(directory: Path) -> list[str]:
    return ["certutil", "-L", "-d", f"sql:{directory}"]


def _in_turn(
    ours: list[str], peer: list[str], runs: int, peer_runs: int | None = None
) -> tuple[list[float], list[float]]:
    """Run both in turn; the first of ours warms the file cache and does not count.

    A peer with fewer runs has them spread evenly among ours, so that a busy minute meets both.
    """
    _seconds(ours)
    mine: list[float] = []
    theirs: list[float] = []
    wanted = runs if peer_runs is None else peer_runs
    for run in range(runs):
        if len(theirs) * runs < run * wanted:
            theirs.append(_seconds(peer))
        mine.append(_seconds(ours))
    while len(theirs) < wanted:
        theirs.append(_seconds(peer))
    return mine, theirs


def _seconds(command: list[str]) -> float:
    # What a developer sets for Python (no bytecode, no buffering) is not what a customer has.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    started = time.perf_counter()
    subprocess.run(command, cwd=CODE, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started
