"""Runs the program as a person or a script does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CODE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def stages(self) -> list[str]:
        return [line["stage"] for line in self.lines]


def certhelper(*arguments: str, given: str | None = None, timeout: float = 90) -> Ran:
    """Run ``certhelper`` with ``given`` on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "certhelper", *arguments],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        env=os.environ | {"PYTHONPATH": str(_CODE)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
