"""A crash leaves no PIN behind on a disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.systems import only_on_linux

SEAL = """
import os
from certhelper import crash_dumps
crash_dumps.forbid_here_and_below()
crash_dumps.seal()
child = os.fork()
if child == 0:
    os.execlp("sh", "sh", "-c", "ulimit -Hc")
os.wait()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
CRASH = """
import resource
from certhelper import crash_dumps
crash_dumps.forbid()
print(*resource.getrlimit(resource.RLIMIT_CORE))
"""


@only_on_linux  # for Windows: tests/windows/test_crash_reports.py
def test_no_core_is_dumped() -> None:
    """Whatever the limit was; a program that is started later may have its own."""
    before = f"import resource as r; r.setrlimit(r.RLIMIT_CORE, (4096, 4096)){CRASH}"
    done = subprocess.run([sys.executable, "-c", before], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["0", "4096"], "")


@only_on_linux
@pytest.mark.parametrize(
    "command",
    [
        "import /no/such",
        "remove 00000000 --store nss:/no",
        "show 00000000",
        "list",
        "list --secret-fd 0",
    ],
)
def test_no_command_that_opens_keys_is_dumped(command: str, tmp_path: Path) -> None:
    """A passphrase, or a key that needs none, passes through each of these processes."""
    program = (
        "import resource as r, sys; r.setrlimit(r.RLIMIT_CORE, (4096, 4096))\n"
        "from certhelper import cli; cli.main(sys.argv[1:])\n"
        "print(r.getrlimit(r.RLIMIT_CORE)[0], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        input="secret\n",
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert done.stderr.splitlines()[-1] == "0"


@only_on_linux
def test_a_sealed_process_is_not_dumped_by_anybody_and_its_helpers_have_no_limit_to_raise() -> None:
    """PR_GET_DUMPABLE says 0: a collector that heeds no limit gets nothing either (core(5))."""
    done = subprocess.run(
        [sys.executable, "-c", f"import ctypes{SEAL}"], capture_output=True, text=True
    )
    assert (done.stdout.split(), done.stderr) == (["0", "0"], "")
