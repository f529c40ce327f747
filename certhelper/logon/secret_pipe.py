"""Hands a store's secret to a child process: by a pipe, never by argument, environment or file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from certhelper.secret import Secret

LONGEST_SECRET = 1024
"""Octets of a token's PIN, a database's password or a file's passphrase."""


@contextmanager
def holding(secret: Secret | None) -> Iterator[tuple[int, ...]]:
    """Yield the end to read of a pipe that holds the secret as one line; none without one.

    A secret is far shorter than what a pipe holds, so writing it first does not block.
    On Windows there is none: no store that has a secret of ours can log on there (preparation.py).
    """
    if secret is None or sys.platform == "win32":
        yield ()
        return
    reading, writing = os.pipe()
    try:
        secret.write_line(writing)
        os.close(writing)
        writing = -1
        yield (reading,)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
