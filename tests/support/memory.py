"""What a secret leaves in the memory of processes: all of it is read, as a core dump would hold it.

``/proc/PID/mem`` (proc(5)) is what ``gcore`` copies; reading it needs no debugger and no stop.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

_ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")
_PAGE = 4096
_PRESENT_OR_SWAPPED = 0b11 << 62
"""Bits of an entry of ``/proc/PID/pagemap`` (Linux: admin-guide/mm/pagemap.rst)."""

_NO_MEMORY = {"[vvar]", "[vvar_vclock]", "[vsyscall]"}
"""What the kernel keeps for itself: it cannot be read, and no core dump has it."""


def encodings_of(text: str) -> list[bytes]:
    """Return ``text`` in every encoding that a program may hold it in."""
    return [text.encode(name) for name in _ENCODINGS]


def copies(pid: int, secret: str, left_out: Collection[bytes] = ()) -> int:
    """Count whole copies of ``secret`` in every encoding that a program may hold it in.

    What stands in one of ``left_out``, each of which holds it once, is not counted.  Raises
    ``PermissionError`` where the process may not be looked into, ``ProcessLookupError``,
    ``FileNotFoundError`` when it is gone.
    """
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return sum(
            sum(map(data.count, encodings_of(secret))) - sum(map(data.count, left_out))
            for begin, end in _filled(pid)
            if (data := _read(memory, begin, end))
        )


def _read(memory: BinaryIO, begin: int, end: int) -> bytes:
    memory.seek(begin)
    parts = []
    try:
        while begin < end and (part := memory.read(end - begin)):
            parts.append(part)
            begin += len(part)
    except OSError:  # a mapping that has gone meanwhile
        pass
    return b"".join(parts)


def _filled(pid: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges that hold anything; what was only reserved would be endless zeros."""
    with Path(f"/proc/{pid}/pagemap").open("rb", buffering=0) as pagemap:
        for begin, end in _mapped(pid):
            pagemap.seek(begin // _PAGE * 8)
            entries = array("Q", pagemap.read((end - begin) // _PAGE * 8))
            place = begin
            for filled, run in groupby(entry & _PRESENT_OR_SWAPPED != 0 for entry in entries):
                length = sum(1 for _ in run) * _PAGE
                if filled:
                    yield place, place + length
                place += length


def _mapped(pid: int) -> list[tuple[int, int]]:
    mapped = []
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
        addresses, rights, *_, name = (*line.split(maxsplit=5), "")[:6]
        if "r" in rights and name.strip() not in _NO_MEMORY:
            begin, end = (int(number, 16) for number in addresses.split("-"))
            mapped.append((begin, end))
    return mapped
