"""What a run of the self test is about to make, see :mod:`certhelper.run_record`."""

from __future__ import annotations

from contextlib import AbstractContextManager

import msgspec

from certhelper import run_record

RUN = "selftest"
"""The kind of run: the name of its file, and the beginning of its codes."""


class Record(run_record.Made):
    """What may exist because of a run, besides its folders.

    ``certificate`` is the DER that was put into the store of ``kind`` at ``where``;
    ``database_made`` says that there was none, ``folders_made`` which folders are for it, the
    innermost last; ``container`` names the key where it has a name.
    """

    kind: str | None = None
    where: bytes = b""
    certificate: bytes = b""
    database_made: bool = False
    folders_made: list[bytes] = msgspec.field(default_factory=list)
    container: str = ""


RecordFile = run_record.RecordFile[Record]


def held() -> AbstractContextManager[RecordFile]:
    """Hold the record for one run; see :func:`certhelper.run_record.held`."""
    return run_record.held(RUN, Record)
