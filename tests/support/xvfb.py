"""A real X screen for windows that are not offscreen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from support.systems import needs_linux


@contextmanager
def screen(size: str = "1366x768x24") -> Iterator[str]:
    """Start Xvfb on a free display; yield its name (``:7``) once it accepts clients."""
    needs_linux("Xvfb")
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-ac"],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:  # Xvfb writes the number when it is ready
                number = told.readline().strip()
            if not number:
                raise RuntimeError("Xvfb did not start")
            yield f":{number}"
        finally:
            server.terminate()
