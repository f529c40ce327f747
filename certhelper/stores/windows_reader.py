"""Child process: reads one certificate store of Windows and tries its keys.

A key belongs to a provider, and a provider is a DLL of its vendor: it is loaded here, never into
the program itself, and when it hangs or crashes this process is all that it takes along.  Uses the
standard library only.

``main([])`` reads one JSON object from stdin: ``place``; ``tried``, the certificates whose keys
are not to be tried; ``rows``, whether the certificates themselves are wanted.  It writes one JSON
object a line, each as soon as it is known:

* ``{"row": …}`` for each certificate (see :func:`_row`), then ``{"listed": true}``;
* ``{"trying": ID}`` before each key and ``{"tried": ID, …}`` after it;
* at the end ``{"done": true}``, or ``{"failed": FUNCTION, "code": NUMBER}``.
"""

from __future__ import annotations

import ctypes
import json
import os
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Any

from certhelper.windows import certificate_store, crypt32, private_keys
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import Library, WindowsCallError, never, when_zero

# A crash or a missing disk ends this process without a dialog that nobody would see.
_SEM_FAILCRITICALERRORS = 0x1
_SEM_NOGPFAULTERRORBOX = 0x2
_SEM_NOOPENFILEERRORBOX = 0x8000
_STD_OUTPUT_HANDLE = 0xFFFFFFF5

_KERNEL32 = Library("kernel32")
_set_error_mode = _KERNEL32.function("SetErrorMode", ctypes.c_uint32, ctypes.c_uint32, fails=never)
_set_standard_handle = _KERNEL32.function(
    "SetStdHandle", ctypes.c_int32, ctypes.c_uint32, ctypes.c_void_p, fails=when_zero
)


def main(_arguments: list[str]) -> int:
    """Do what stdin asks for; status 0 even where Windows refuses, as the answer says it."""
    wanted = asked()
    place, tried = Place(wanted["place"]), frozenset(wanted["tried"])
    with own_stdout() as stdout:
        try:
            for answer in answers(place, tried, wanted["rows"]):
                _write(stdout, answer)
        except WindowsCallError as error:
            _write(stdout, {"failed": error.function, "code": error.code})
    return 0


def asked() -> dict[str, Any]:
    """Read what the parent wants, and see to it that a crash of this process shows no dialog."""
    _set_error_mode(_SEM_FAILCRITICALERRORS | _SEM_NOGPFAULTERRORBOX | _SEM_NOOPENFILEERRORBOX)
    # By its number: a program without a console may have no ``sys.stdin``.
    with open(0, "rb", closefd=False) as stdin:
        wanted: dict[str, Any] = json.load(stdin)
    return wanted


def own_stdout() -> IO[bytes]:
    """Return stdout for the answers alone: what a vendor's DLL prints goes nowhere."""
    own = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    # A C library of the DLL's own starts from Windows' handle.
    _set_standard_handle(_STD_OUTPUT_HANDLE, None)
    return own


def answers(place: Place, tried: frozenset[str], rows: bool) -> Iterator[dict[str, Any]]:
    """Yield what is written, line by line.  Raises :class:`WindowsCallError`."""
    with certificate_store.opened(place) as store:
        if rows:
            for identity, context in _identified(store):
                yield {"row": _row(identity, context)}
            yield {"listed": True}
        for identity, context in _identified(store):
            if identity not in tried:
                yield {"trying": identity}
                yield {"tried": identity, **_finding(context)}
    yield {"done": True}


def _identified(store: int) -> Iterator[tuple[str, Any]]:
    """Yield every certificate with a name that is the same in another process.

    It is the SHA-256 and a number, as one certificate may be there more than once.
    """
    seen: dict[str, int] = {}
    for context in certificate_store.contexts(store):
        fingerprint = sha256(certificate_store.der_of(context)).hexdigest()
        number = seen[fingerprint] = seen.get(fingerprint, -1) + 1
        yield f"{fingerprint}.{number}", context


def _row(identity: str, context: Any) -> dict[str, Any]:
    """Return a certificate and its properties; one that cannot be read costs only itself."""
    row: dict[str, Any] = {
        "id": identity,
        "der": b64encode(certificate_store.der_of(context)).decode("ascii"),
    }
    for name, read in (
        ("label", certificate_store.friendly_name),
        ("archived", certificate_store.is_archived),
        ("key", certificate_store.key_place),
    ):
        try:
            row[name] = read(context)
        except WindowsCallError:
            row[name] = None
    return row


def _finding(context: Any) -> dict[str, Any]:
    try:
        place = certificate_store.key_place(context)
    except WindowsCallError as error:
        return private_keys.KeyFinding(code=error.code)._asdict()
    if place is None:
        return private_keys.KeyFinding(code=crypt32.CRYPT_E_NO_KEY_PROPERTY)._asdict()
    return private_keys.probe(context, place)._asdict()


def _write(stdout: IO[bytes], answer: dict[str, Any]) -> None:
    stdout.write(json.dumps(answer).encode("ascii") + b"\n")
    stdout.flush()
