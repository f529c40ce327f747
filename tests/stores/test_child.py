"""Parts of the program that run as processes of their own, and what they may leave behind."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO

import pytest
from support.systems import only_on_linux

from certhelper.stores import child

SAYS = "import sys; sys.stderr.write('x' * 1_000_000 + chr(10) + 'the end'); sys.exit(1)"
LEAVES = """
import subprocess, sys
other = subprocess.Popen(
    [sys.executable, "-c", "input()"], stdin=0, stdout=subprocess.DEVNULL, close_fds=False
)
print(other.pid, flush=True)
sys.exit("gone")
"""


def test_a_child_that_says_more_than_a_pipe_holds() -> None:
    """It is not kept waiting; its last line is what is told."""
    with (
        pytest.raises(child.ChildFailedError) as caught,
        child.started([sys.executable, "-c", SAYS], 60.0),
    ):
        pass
    assert caught.value.detail == "the end"


def leave_a_program(kept: list[IO[bytes]]) -> None:
    with child.started([sys.executable, "-c", LEAVES], 60.0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        kept.append(process.stdin)  # as long as it is open the other program lives
        process.stdin = None
        assert process.stdout.readline().strip().isdigit()


@pytest.mark.timeout(60)
def test_a_program_that_a_child_leaves_behind() -> None:
    """A vendor's program that stays, and holds the pipe open, keeps nobody waiting."""
    kept: list[IO[bytes]] = []
    with pytest.raises(child.ChildFailedError) as caught:
        leave_a_program(kept)
    assert caught.value.detail == "gone"
    kept[0].close()


FORKS = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(90)"], stderr=subprocess.DEVNULL)
print("forked", flush=True)
"""


@only_on_linux
@pytest.mark.timeout(60)
@pytest.mark.parametrize("then", ["", "time.sleep(90)"], ids=["ended", "killed"])
def test_what_a_child_has_forked_ends_with_it(then: str) -> None:
    """A library that splits its process leaves nothing behind: its pipe has no writer any more."""
    with (
        suppress(child.ChildFailedError),
        child.started([sys.executable, "-c", FORKS + then], 60.0) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"forked\n"
        kept = os.dup(process.stdout.fileno())
        if then:
            child.kill(process)
    with os.fdopen(kept, "rb") as pipe:
        assert pipe.read() == b""
