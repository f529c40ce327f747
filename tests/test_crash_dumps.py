"""A crash leaves no PIN behind on a disk."""

from __future__ import annotations

import subprocess
import sys

from support.systems import only_on_linux

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
