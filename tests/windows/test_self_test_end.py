"""The window ends a self test on Windows without Ctrl-C, which needs a console."""

from __future__ import annotations

import json
import subprocess
import sys


def test_the_end_of_its_input_ends_it_in_good_order() -> None:
    """Asked to while the certificate lies in the store: it is removed, and that is told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "certhelper", "selftest", "--json", "--end-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    codes = {}
    with process:
        for line in process.stdout:
            step = json.loads(line)
            codes[step["step"]] = step["code"]
            if step["step"] == "listed":
                process.stdin.close()
    assert process.returncode == 130
    assert codes["put"] == "certificate-put"
    assert codes["removed"] == "all-removed"
    assert codes["summary"] == "selftest-interrupted"
    assert "log-on" not in codes
