"""Child process: reads the tokens of one PKCS #11 module, without a PIN.

``main([MODULE])`` writes the messages of :mod:`certhelper.stores.pkcs11_messages`, each as soon as
it is known, so that a module that hangs or crashes takes along only what had not been said yet.  It
ends early when its stdin ends: the parent is gone.  Uses the standard library only.
"""

from __future__ import annotations

import _thread
import os
import time

from certhelper.stores import pkcs11_calls as calls
from certhelper.stores import pkcs11_flags
from certhelper.stores.pkcs11_messages import Kind, message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

# Of a token's flags those that say something of its keys and its PIN; others change with its use.
_TELLING = (
    pkcs11_flags.CKF_LOGIN_REQUIRED
    | pkcs11_flags.CKF_USER_PIN_INITIALIZED
    | pkcs11_flags.CKF_PROTECTED_AUTHENTICATION_PATH
    | pkcs11_flags.CKF_TOKEN_INITIALIZED
    | pkcs11_flags.CKF_USER_PIN_COUNT_LOW
    | pkcs11_flags.CKF_USER_PIN_FINAL_TRY
    | pkcs11_flags.CKF_USER_PIN_LOCKED
)

_OF_CERTIFICATE = (calls.CKA_LABEL, calls.CKA_ID, calls.CKA_VALUE)
_ENDING = 2.0  # seconds that a module may take to be let go of

_AT_ONCE = 0.1
"""Seconds for which certificates are collected before they are written."""


def main(arguments: list[str]) -> int:
    """Read the module that the first argument names; status 0 even where it refuses."""
    _thread.start_new_thread(_end_with_parent, ())
    stdout = calls.own_stdout()
    module = _loaded(arguments[0], stdout)
    if module is not None:
        _read(module, stdout)
        # It may hang or crash here, too; all has been said by now.
        leave(module)
    os._exit(0)  # without what else a module would do at the end


def _loaded(path: str, stdout: IO[bytes]) -> calls.Module | None:
    """Load the module; None, and told, where that cannot be."""
    try:
        return calls.load(path)
    except OSError as error:
        stdout.write(message(Kind.FAILED, _words(error), b"", 0))
    except calls.NotPkcs11Error:
        stdout.write(message(Kind.FAILED, b"", b"C_GetFunctionList", 0))
    stdout.flush()
    return None


def _read(module: calls.Module, stdout: IO[bytes]) -> None:
    """Tell of everything, or why not."""
    try:
        module.initialize()
        _write(stdout, everything(module))
        stdout.write(message(Kind.DONE))
    except calls.ModuleRefusedError as error:
        stdout.write(message(Kind.FAILED, b"", error.function.encode("ascii"), error.code))
    except OSError as error:  # how ctypes tells of an access violation on Windows
        stdout.write(message(Kind.FAILED, _words(error), b"crash", 0))
    stdout.flush()


def leave(module: calls.Module) -> None:
    """End the module's work in an orderly way.

    A process that ends without it may have its card reset (Microsoft, ``SCardDisconnect``), and
    with it the log-on of another process.
    """
    try:
        module.finalize()
    except (calls.ModuleRefusedError, OSError):
        return  # it never began, it is gone with its card, or it crashes even here


def everything(module: calls.Module) -> Iterator[bytes]:
    """Yield what is to be told of every slot; trouble with one costs only that one.

    Raises :class:`~certhelper.stores.pkcs11_calls.ModuleRefusedError` where the slots themselves
    cannot be listed.
    """
    for slot in module.slots():
        try:
            yield from _slot(module, slot)
        except calls.ModuleRefusedError as error:
            yield message(Kind.TROUBLE, slot, error.function.encode("ascii"), error.code)


def _slot(module: calls.Module, slot: int) -> Iterator[bytes]:
    found = module.slot(slot)
    yield message(Kind.SLOT, slot, found.flags & pkcs11_flags.CKF_TOKEN_PRESENT, *found.texts)
    if not found.flags & pkcs11_flags.CKF_TOKEN_PRESENT:
        return
    token = module.token(slot)
    yield message(Kind.TOKEN, slot, token.flags & _TELLING, *token.texts)
    if not token.flags & pkcs11_flags.CKF_TOKEN_INITIALIZED:
        return
    with module.session(slot) as session:
        if found.flags & pkcs11_flags.CKF_HW_SLOT:
            # Each object that is looked into may be read from the card, and that takes its time.
            for key in module.objects(session, calls.CKO_PRIVATE_KEY):
                yield message(Kind.KEY, slot, *module.attributes(session, key, (calls.CKA_ID,)))
            for certificate in module.objects(session, calls.CKO_CERTIFICATE):
                yield _certificate(module, session, slot, certificate)
        else:
            for one in module.objects(session):
                yield from _object(module, session, slot, one)
        yield message(Kind.READ, slot)


def _certificate(module: calls.Module, session: int, slot: int, found: int) -> bytes:
    """Return one certificate; one that the module does not give is told without its octets."""
    try:
        attributes = module.attributes(session, found, _OF_CERTIFICATE)
    except calls.ModuleRefusedError:
        attributes = [b"", b"", b""]
    return message(Kind.CERTIFICATE, slot, *attributes)


def _object(module: calls.Module, session: int, slot: int, found: int) -> Iterator[bytes]:
    """Yield an object of any class: software searches all of its objects for each class.

    One of which not even the class is given may be a certificate, and is told as one.
    """
    try:
        kind, *attributes = module.attributes(session, found, (calls.CKA_CLASS, *_OF_CERTIFICATE))
    except calls.ModuleRefusedError:
        kind, attributes = calls.number(calls.CKO_CERTIFICATE), [b"", b"", b""]
    if kind == calls.number(calls.CKO_PRIVATE_KEY):
        yield message(Kind.KEY, slot, attributes[1])
    elif kind == calls.number(calls.CKO_CERTIFICATE):
        yield message(Kind.CERTIFICATE, slot, *attributes)


def _write(stdout: IO[bytes], messages: Iterator[bytes]) -> None:
    """Write what is told of a slot before the module is asked for the next thing that may hang.

    Certificates may be many and quick: they are collected.
    """
    written = 0.0
    for one in messages:
        stdout.write(one)
        now = time.monotonic()
        if now - written > _AT_ONCE or one[:1] != Kind.CERTIFICATE:
            stdout.flush()
            written = now


def _words(error: OSError) -> bytes:
    return str(error).encode("utf-8", "replace")[:1000]


def _end_with_parent() -> None:
    """End this process soon after its stdin, whatever a module is doing then."""
    while os.read(0, 1):
        pass
    time.sleep(_ENDING)
    os._exit(1)
