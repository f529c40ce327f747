"""A process ends with everything that it started, also when its parent dies."""

from __future__ import annotations

import subprocess
import sys

import pytest

from certhelper.windows.jobs import Job
from certhelper.windows.library import WindowsCallError

# Starts a child that waits for the end of a pipe that nobody closes, and says when both run.
FAMILY = """
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", "import sys; print('child', flush=True); sys.stdin.read()"],
    stdin=subprocess.PIPE, stdout=sys.stdout)
print("parent", flush=True)
child.wait()
"""

HOLDER = f"""
import subprocess, sys
from certhelper.windows.jobs import Job
job = Job()
process = subprocess.Popen([sys.executable, "-c", {FAMILY!r}], stdout=sys.stdout)
job.take(process.pid)
process.wait()
"""


def started(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_both(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert {process.stdout.readline().strip() for _ in range(2)} == {"parent", "child"}


def test_a_grandchild_ends_with_the_job() -> None:
    """``terminate`` alone would leave it; the pipe that it holds closes only with its end."""
    with Job() as job, started(FAMILY) as process:
        job.take(process.pid)
        wait_for_both(process)
        assert job.running == 2
        assert job.end(20)
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_the_family_ends_when_its_holder_is_killed() -> None:
    """A power-cut-like end of the process that holds the job ends everything in it."""
    with started(HOLDER) as holder:
        wait_for_both(holder)
        holder.kill()
        assert holder.stdout is not None
        assert holder.stdout.read() == ""


def test_a_process_that_has_ended_cannot_be_taken() -> None:
    """The caller hears of it and looks whether there is still anything to hold."""
    with Job() as job, started("") as process:
        process.wait()
        with pytest.raises(WindowsCallError):
            job.take(process.pid)
        assert job.running == 0
