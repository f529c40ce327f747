"""Runs the child that reads a PKCS #11 module, and takes in what it could say.

A module is its vendor's library: it is loaded in the child (:mod:`certhelper.stores.pkcs11_reader`)
and never here.  When it hangs or crashes, what it had told by then is kept.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, Queue
from subprocess import Popen, TimeoutExpired
from threading import Event, Thread
from typing import IO, NamedTuple

from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.pkcs11_messages import Kind
from certhelper.stores.pkcs11_told import Message, MessageError, cut

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
_AHEAD = 16  # chunks that may wait to be taken in; a module that tells faster is kept waiting
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


def read(
    module: Path, take: Callable[[Message], None], limits: Limits | None = None
) -> Failure | None:
    """Read a module; ``take`` gets each message as it comes, while the module goes on.

    Returns why there is not all, None where there is.  Never raises for what the module is or does;
    a :class:`MessageError` of ``take`` counts as a crash.  Ends within the limits.
    """
    chosen = limits or Limits()
    command = [*part(READER, with_packages=False), str(module)]
    chunks, is_over = Queue[bytes](_AHEAD), Event()
    with ExitStack() as child_ends:
        # The time limit is only a net: the child is watched message by message.
        process = child_ends.enter_context(child.started(command, 2 * chosen.whole, PASSED_ON))
        assert process.stdout is not None
        pump = Thread(target=_pump, args=(process.stdout, chunks, is_over), daemon=True)
        pump.start()
        failure = _take(chunks, take, chosen)
        if failure is not None and failure.reason == _CRASHED and not failure.detail:
            failure = failure._replace(detail=_ending(process))
        elif failure is not None and failure.reason in (_HUNG, _CRASHED):
            child.kill(process)
        is_over.set()
        with suppress(Empty):  # so that the pump finds room for what it holds, and ends
            while True:
                chunks.get_nowait()
        # A module may take its time where it is let go of; nobody need wait for that.
        Thread(target=_end, args=(process, pump, child_ends.pop_all()), daemon=True).start()
    return failure


def _end(process: Popen[bytes], pump: Thread, child_ends: ExitStack) -> None:
    """See the child to its end; all that it had to say has been said."""
    pump.join(_ENDING)
    child.kill(process)
    with suppress(child.ChildFailedError):
        child_ends.close()


def _take(chunks: Queue[bytes], take: Callable[[Message], None], limits: Limits) -> Failure | None:
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
                if one.kind == Kind.DONE:
                    return None
                if one.kind == Kind.FAILED:
                    return _failed(one)
                take(one)
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
        said = words.decode("utf-8", "replace")
        return Failure(_CRASHED if function == b"crash" else "module-not-loadable", said)
    name = function.decode("ascii", "replace")
    if name == "C_GetFunctionList":
        return Failure("module-not-pkcs11", name)
    return Failure("module-refused", f"{name}: {code:#x}")


def _pump(stdout: IO[bytes], chunks: Queue[bytes], is_over: Event) -> None:
    """Hand on what comes; the empty one says that no more does, or that nobody wants it."""
    with suppress(OSError, ValueError):  # closed from the other side: the reading is over
        while not is_over.is_set() and (chunk := stdout.read(_CHUNK)):
            chunks.put(chunk)
    chunks.put(b"")


def _ending(process: Popen[bytes]) -> str:
    """Say how a process ended that should not have."""
    try:
        status = process.wait(_ENDING)
    except TimeoutExpired:  # the module has closed the pipe
        child.kill(process)
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"status {status:#x}" if status > 0xFF else f"status {status}"
