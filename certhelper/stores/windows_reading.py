"""Reads a store of Windows in child processes that may hang or crash, and loses one key by it.

The child (:mod:`certhelper.stores.windows_reader`) says which key it tries before it does.  When it
then ends, or is silent for too long, that key is undecided and the next child goes on behind it.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedReader, RawIOBase
from queue import Empty, SimpleQueue
from subprocess import Popen
from threading import Thread
from typing import IO, Any, NamedTuple, cast

from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.base import KeyTrouble
from certhelper.windows.certificate_store import KeyPlace, Place
from certhelper.windows.private_keys import Hardware, Interface, KeyFinding

READER = "certhelper.stores.windows_reader"
_HUNG, _CRASHED, _LATE = "hung", "crashed", "late"
_ENDING = 2.0  # seconds that a killed child's pipe may take to end
_CHUNK = 1 << 16  # octets


class Limits(NamedTuple):
    """Seconds: until the next certificate, for all of them; for one key, for all keys."""

    row: float = 20.0
    rows: float = 60.0
    key: float = 10.0
    keys: float = 60.0


class Row(NamedTuple):
    """One certificate of the store, with its properties as they are: **not** safe to show."""

    identity: str
    der: bytes
    label: str
    is_archived: bool
    key_place: KeyPlace | None


class StoreFailure(NamedTuple):
    """Why the store could not be read to its end.

    ``reason`` is a code of ``resources/texts/stores.toml``; ``code`` is what Windows said.
    """

    reason: str
    function: str = ""
    code: int = 0


class Reading:
    """What is known so far.  ``outcomes`` has, by identity, a finding or why there is none."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.deadline = time.monotonic() + limits.rows
        self.rows: list[Row] = []
        self.outcomes: dict[str, KeyFinding | KeyTrouble] = {}
        self.failure: StoreFailure | None = None
        self.is_listed = False
        self.is_done = False
        self.trying: str | None = None

    def take(self, answer: dict[str, Any]) -> None:
        """Take in one line of the child."""
        if "row" in answer:
            self.rows.append(_row(answer["row"]))
        elif "listed" in answer:
            self.is_listed = True
            self.deadline = time.monotonic() + self.limits.keys
        elif "trying" in answer:
            self.trying = answer["trying"]
        elif "tried" in answer:
            self.outcomes[answer["tried"]] = _finding(answer)
            self.trying = None
        elif "failed" in answer:
            self.failure = StoreFailure("store-refused", answer["failed"], answer["code"])
        else:
            self.is_done = True

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self.deadline

    @property
    def is_over(self) -> bool:
        """Whether the child said its last word."""
        return self.is_done or self.failure is not None

    def ended(self, cause: str) -> bool:
        """Take in how a child ended before it was done; return whether another may go on.

        ``cause`` is ``hung``, ``crashed`` or ``late`` (killed at the end of all time).
        """
        if self.trying is not None:
            self.outcomes[self.trying] = KeyTrouble(f"provider-{cause}")
            self.trying = None
            return True
        if not self.is_listed:
            self.failure = StoreFailure("store-crashed" if cause == _CRASHED else "store-hung")
        return False


def read(
    place: Place, limits: Limits | None = None, command: Sequence[str] | None = None
) -> Reading:
    """Read the store.  Never raises for what the store or a key is; ends within the limits.

    ``command`` starts another reader than the program's own.
    """
    words = [*(command or part(READER, with_packages=False))]
    reading = Reading(limits or Limits())
    goes_on = True
    while goes_on:
        cause = _run_child(words, place, reading)
        goes_on = not reading.is_over and reading.ended(cause) and not reading.is_late
    for row in reading.rows:
        reading.outcomes.setdefault(row.identity, KeyTrouble("not-tried"))
    return reading


def _run_child(words: list[str], place: Place, reading: Reading) -> str:
    """Let one child go on with the reading; return how it ended, as :meth:`Reading.ended`."""
    cause = _CRASHED
    # The time limit is only a net: the child is watched line by line.  That it was killed or
    # crashed is in the cause already.
    with (
        suppress(child.ChildFailedError),
        child.started(words, 2 * sum(reading.limits)) as process,
    ):
        cause = _follow(process, place, reading)
    return cause


def _follow(process: Popen[bytes], place: Place, reading: Reading) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    lines: SimpleQueue[bytes] = SimpleQueue()
    pump = Thread(target=_pump, args=(process.stdout, lines), daemon=True)
    pump.start()
    limits = reading.limits
    try:
        _ask(process.stdin, place, reading)
        while True:
            line = lines.get(timeout=limits.row if reading.trying is None else limits.key)
            if not line.endswith(b"\n"):  # the end of the pipe, perhaps inside of a line
                return _CRASHED
            reading.take(json.loads(line))
            if reading.is_over:
                return _CRASHED  # how it ends matters no more
            if reading.trying is None and reading.is_late:
                return _LATE
    except Empty:
        return _HUNG
    except ValueError:  # no JSON: a vendor's library wrote into the pipe
        return _CRASHED
    finally:
        if not reading.is_over:
            process.kill()
        pump.join(_ENDING)
        process.kill()  # a provider may hang where its library is let go of, too


def _ask(stdin: IO[bytes], place: Place, reading: Reading) -> None:
    wanted = {
        "place": place.value,
        "tried": list(reading.outcomes),
        "rows": not reading.is_listed,
    }
    # A child that is gone already is seen at the other pipe.
    with suppress(OSError), stdin:
        stdin.write(json.dumps(wanted).encode("ascii"))


def _pump(stdout: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    """Put each line there, and what is no whole line at the end.

    Who gave the child up closes the pipe, perhaps below this.
    """
    line = b"\n"
    with suppress(ValueError):
        reader = BufferedReader(cast(RawIOBase, stdout), _CHUNK)
        while line.endswith(b"\n"):
            line = reader.readline()
            lines.put(line)
        reader.detach()


def _row(given: dict[str, Any]) -> Row:
    place = given["key"]
    return Row(
        identity=given["id"],
        der=b64decode(given["der"]),
        label=given["label"] or "",
        is_archived=bool(given["archived"]),
        key_place=None if place is None else KeyPlace(*place),
    )


def _finding(given: dict[str, Any]) -> KeyFinding:
    interface, hardware = given["interface"], given["hardware"]
    return KeyFinding(
        code=given["code"],
        interface=None if interface is None else Interface(interface),
        hardware=None if hardware is None else Hardware(hardware),
        exportable=given["exportable"],
        asks_person=given["asks_person"],
    )
