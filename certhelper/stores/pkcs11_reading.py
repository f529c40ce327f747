"""Runs the child that reads a PKCS #11 module, and takes in what it could say.

A module is its vendor's library: it is loaded in the child (:mod:`certhelper.stores.pkcs11_reader`)
and never here.  When it hangs or crashes, what it had told by then is kept.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from subprocess import Popen
from threading import Thread
from typing import IO, NamedTuple

from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.pkcs11_messages import Kind, Message, MessageError, cut

READER = "certhelper.stores.pkcs11_reader"
_HUNG, _CRASHED = "module-hung", "module-crashed"

# By these a module finds its configuration, its tokens and the service of the card readers:
# SoftHSM, OpenSC, pcsc-lite, p11-kit's client, tpm2-pkcs11.  Whatever says which code a process
# loads (LD_*, OPENSSL_CONF, PKCS11SPY) stays outside, and so does the display: nothing that is
# read without a PIN has anything to ask a person.
PASSED_ON = (
    *("SOFTHSM2_CONF", "OPENSC_CONF", "PCSCLITE_CSOCK_NAME"),
    *("P11_KIT_SERVER_ADDRESS", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI"),
    *("HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"),
    *("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),
)

_MOST = 1 << 26  # octets of one reading
_CHUNK = 1 << 16
_ENDING = 2.0  # seconds that a child may take to end when all has been said


class Limits(NamedTuple):
    """Seconds: for which a module may be silent, and for all that it has to say.

    A card with a slow reader takes some seconds for one certificate.
    """

    silence: float = 15.0
    whole: float = 60.0


class Failure(NamedTuple):
    """Why there is not all: a code of ``resources/texts/stores.toml``, and plain text."""

    reason: str
    detail: str = ""

    @property
    def is_of_child(self) -> bool:
        """Whether the child did not come to its end: it hung, crashed or wrote nonsense."""
        return self.reason in (_HUNG, _CRASHED)


class Told(NamedTuple):
    """What the child said; ``failure`` None: it came to its end."""

    messages: Sequence[Message]
    failure: Failure | None


def read(module: Path, limits: Limits | None = None) -> Told:
    """Read a module.  Never raises for what the module is or does; ends within the limits."""
    chosen = limits or Limits()
    told: list[Message] = []
    failure: Failure | None = None
    status: int | None = None
    # The time limit is only a net: the child is watched message by message.  How it ended matters
    # only where it has not come to its end, and is looked at here.
    with suppress(child.ChildFailedError):
        command = [*part(READER, with_packages=False), str(module)]
        with child.started(command, 2 * chosen.whole, PASSED_ON) as process:
            failure = _follow(process, told, chosen)
            status = process.wait()
    if failure == Failure(_CRASHED):
        failure = Failure(_CRASHED, _ending(status))
    return Told(told, failure)


def _follow(process: Popen[bytes], told: list[Message], limits: Limits) -> Failure | None:
    assert process.stdout is not None
    chunks: SimpleQueue[bytes] = SimpleQueue()
    pump = Thread(target=_pump, args=(process.stdout, chunks), daemon=True)
    pump.start()
    failure = _take(chunks, told, limits)
    if failure is None or not failure.is_of_child:
        # It ends by itself; but a module may hang where it is let go of, too.
        pump.join(_ENDING)
    process.kill()
    pump.join(_ENDING)
    return failure


def _take(chunks: SimpleQueue[bytes], told: list[Message], limits: Limits) -> Failure | None:
    """Take in messages until the last one; return why there is not all."""
    deadline = time.monotonic() + limits.whole
    received, size = bytearray(), 0
    try:
        while True:
            left = min(limits.silence, deadline - time.monotonic())
            chunk = chunks.get(timeout=max(left, 0.0))
            received += chunk
            size += len(chunk)
            for one in cut(received):
                if one.kind is Kind.DONE:
                    return None
                if one.kind is Kind.FAILED:
                    return _failed(one)
                told.append(one)
            if not chunk:
                return Failure(_CRASHED)
            if size > _MOST:
                return Failure(_CRASHED, f"more than {_MOST} octets")
    except Empty:
        return Failure(_HUNG)
    except MessageError as error:
        return Failure(_CRASHED, f"no message: {error}")


def _failed(told: Message) -> Failure:
    words, function, code = *told.fields[:2], told.number(2)
    if words:
        return Failure("module-not-loadable", words.decode("utf-8", "replace"))
    name = function.decode("ascii", "replace")
    if name == "C_GetFunctionList":
        return Failure("module-not-pkcs11", name)
    return Failure("module-refused", f"{name}: {code:#x}")


def _pump(stdout: IO[bytes], chunks: SimpleQueue[bytes]) -> None:
    """Hand on what comes; the empty one says that no more does."""
    with suppress(OSError, ValueError):  # closed from the other side: the reading is over
        while chunk := stdout.read(_CHUNK):
            chunks.put(chunk)
    chunks.put(b"")


def _ending(status: int | None) -> str:
    """Say how a process ended that should not have."""
    if status is None:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"status {status:#x}" if status > 0xFF else f"status {status}"
