"""Child process: lets the key of one certificate sign, through a PKCS #11 module or NSS's softokn.

Uses the standard library only.  ``main([])`` reads from stdin a field of JSON and a field with the
secret (see :mod:`certhelper.stores.nss_library`).  The JSON has

* ``module``: the path of a module; or ``directory``: an NSS database;
* ``serial``: the serial number of the token in hex, without padding, or null for any;
* ``slot``: the number of its slot, or null for any;
* ``certificate``: its DER in hex; ``login``: whether a secret was given;
* ``tries``: for each scheme its name and what to sign, in hex, in the order to be tried.

It answers with one JSON object: ``{"scheme": NAME, "signature": HEX}``, or
``{"trouble": CAUSE, "code": …, "certain": …}``, where ``certain`` says that the key cannot be used.

Nothing here asks a person: without a secret nobody is logged in, with one a single time, and never
where it would be the token's last try.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from certhelper.stores import pkcs11_calls as calls
from certhelper.stores.nss_library import overwrite, read_field
from certhelper.stores.pkcs11_flags import (
    CKF_LOGIN_REQUIRED,
    CKF_OS_LOCKING_OK,
    CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_TOKEN_PRESENT,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED,
)

_LIBRARIES = (Path("libsoftokn3.so"), Path("nss/libsoftokn3.so"))
# As in certhelper.stores.nss_softokn: the directory's own name never reaches the module string.
_PARAMETERS = b"configdir='sql:.' certPrefix='' keyPrefix='' secmod='' flags=readOnly,noModDB"

_number = ctypes.c_ulong
_pointer = ctypes.c_void_p

# PKCS #11 v2.40, and v3.0 for CKM_EDDSA (pkcs11t.h).
_CKU_USER = 1
_CKA_CLASS, _CKA_PRIVATE, _CKA_KEY_TYPE, _CKA_ALWAYS_AUTHENTICATE = 0x0, 0x2, 0x100, 0x202
_CKR_USER_ALREADY_LOGGED_IN = 0x100
_OTHER_MECHANISM = frozenset(
    {
        0x63,  # CKR_KEY_TYPE_INCONSISTENT
        0x70,  # CKR_MECHANISM_INVALID
        0x71,  # CKR_MECHANISM_PARAM_INVALID
    }
)
_CAUSES = {  # the cause, and whether it is certain that the key cannot be used
    0x32: ("card-missing", False),  # CKR_DEVICE_REMOVED
    0x68: ("may-not-sign", True),  # CKR_KEY_FUNCTION_NOT_PERMITTED
    0xA0: ("secret-wrong", False),  # CKR_PIN_INCORRECT
    0xA1: ("secret-wrong", False),  # CKR_PIN_INVALID
    0xA2: ("secret-wrong", False),  # CKR_PIN_LEN_RANGE
    0xA3: ("pin-expired", False),  # CKR_PIN_EXPIRED
    0xA4: ("card-blocked", True),  # CKR_PIN_LOCKED
    0xE0: ("card-missing", False),  # CKR_TOKEN_NOT_PRESENT
    0x101: ("needs-secret", False),  # CKR_USER_NOT_LOGGED_IN
    0x102: ("needs-secret", False),  # CKR_USER_PIN_NOT_INITIALIZED
}
_MECHANISMS = {
    "rsa-pkcs1-sha256": 0x1,  # CKM_RSA_PKCS: the module is given the whole DigestInfo
    "rsa-pss-sha256": 0xD,  # CKM_RSA_PKCS_PSS
    "ecdsa-sha256": 0x1041,  # CKM_ECDSA
    "ed25519": 0x1057,  # CKM_EDDSA
}
_KEY_TYPES = {
    "rsa-pkcs1-sha256": 0x0,  # CKK_RSA
    "ecdsa-sha256": 0x3,  # CKK_EC
    "ed25519": 0x40,  # CKK_EC_EDWARDS
}
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 section 9.2
_CKM_SHA256, _CKG_MGF1_SHA256, _SALT = 0x250, 0x2, 32
_LONGEST_SIGNATURE = 1 << 12
_MOST_FOUND = 16

_FUNCTIONS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "C_Login": (18, (_number, _number, _pointer, _number)),
    "C_Logout": (19, (_number,)),
    "C_SignInit": (42, (_number, _pointer, _number)),
    "C_Sign": (43, (_number, _pointer, _number, _pointer, _pointer)),
}
_Mechanism = calls.structure(
    "CK_MECHANISM", [("mechanism", _number), ("parameter", _pointer), ("length", _number)]
)
_PssParameters = calls.structure(
    "CK_RSA_PKCS_PSS_PARAMS", [("hash", _number), ("mask", _number), ("salt", _number)]
)


class _NssArguments(ctypes.Structure):
    """``CK_C_INITIALIZE_ARGS`` with NSS's extra member for the module's parameters."""

    _fields_ = [
        ("mutexes", _pointer * 4),
        ("flags", _number),
        ("parameters", ctypes.c_char_p),
        ("reserved", _pointer),
    ]


class _OutcomeError(Exception):
    """There is no signature, and why; ``certain`` says that the key cannot be used."""

    def __init__(self, cause: str, code: str = "", *, certain: bool = False) -> None:
        super().__init__(cause)
        self.answer = {"trouble": cause, "code": code, "certain": certain}


class _Signer(calls.Module):
    """A module with the functions that signing needs."""

    def __init__(self, table: int) -> None:
        super().__init__(table)
        functions = calls.FunctionList.from_address(table).functions
        for name, (place, types) in _FUNCTIONS.items():
            if not functions[place]:
                raise calls.NotPkcs11Error(name)
            self._functions[name] = ctypes.CFUNCTYPE(_number, *types)(functions[place])

    def initialize_nss(self) -> None:
        """Begin with the database in the current folder, only to be read."""
        arguments = _NssArguments(flags=CKF_OS_LOCKING_OK, parameters=_PARAMETERS)
        self.call("C_Initialize", ctypes.addressof(arguments))

    def find(self, session: int, *wanted: tuple[int, bytes]) -> list[int]:
        """Return a few objects with these attributes."""
        buffers = [ctypes.create_string_buffer(octets, len(octets)) for _, octets in wanted]
        template = (calls.Attribute * len(wanted))()
        for attribute, (kind, octets), buffer in zip(template, wanted, buffers, strict=True):
            attribute.type, attribute.length = kind, len(octets)
            attribute.value = ctypes.addressof(buffer)
        self.call("C_FindObjectsInit", session, ctypes.addressof(template), len(wanted))
        found, count = (_number * _MOST_FOUND)(), _number()
        self.call("C_FindObjects", session, found, _MOST_FOUND, ctypes.addressof(count))
        self.call("C_FindObjectsFinal", session)
        return list(found[: min(count.value, _MOST_FOUND)])

    def is_true(self, session: int, found: int, kind: int) -> bool:
        """Return an attribute that is yes or no; one that is not there is no."""
        (octets,) = self.attributes(session, found, (kind,))
        return octets not in (None, b"", b"\0")

    @contextmanager
    def logged_in(self, session: int, secret: bytearray) -> Iterator[None]:
        """Log in, once, and log out behind the block; one octet of ``secret`` is to spare."""
        buffer = (ctypes.c_char * len(secret)).from_buffer(secret)
        try:
            self.call("C_Login", session, _CKU_USER, ctypes.addressof(buffer), len(secret) - 1)
        except calls.ModuleRefusedError as error:
            if error.code != _CKR_USER_ALREADY_LOGGED_IN:
                raise
        try:
            yield
        finally:
            with suppress(calls.ModuleRefusedError):  # its card may be gone
                self.call("C_Logout", session)

    def sign(self, session: int, key: int, scheme: str, octets: bytes) -> bytes:
        mechanism: Any = _Mechanism(_MECHANISMS[scheme], None, 0)
        parameters = _PssParameters(_CKM_SHA256, _CKG_MGF1_SHA256, _SALT)
        if scheme == "rsa-pss-sha256":
            mechanism.parameter = ctypes.addressof(parameters)
            mechanism.length = ctypes.sizeof(parameters)
        if scheme == "rsa-pkcs1-sha256":
            octets = _DIGEST_INFO + octets
        self.call("C_SignInit", session, ctypes.addressof(mechanism), key)
        signature = ctypes.create_string_buffer(_LONGEST_SIGNATURE)
        size = _number(_LONGEST_SIGNATURE)
        given = (octets, len(octets), signature, ctypes.addressof(size))
        self.call("C_Sign", session, *given)
        return signature.raw[: min(size.value, _LONGEST_SIGNATURE)]


class _Wanted(NamedTuple):
    certificate: bytes
    serial: bytes | None
    slot: int | None
    tries: list[tuple[str, bytes]]
    secret: bytearray | None


def main(_arguments: list[str]) -> int:
    """Do what stdin asks for; status 0 whatever the key does, as the answer says it."""
    _leave_no_core()
    with calls.own_stdout() as stdout:
        given = json.loads(read_field())
        secret = read_field(reserve=1)
        try:
            answer = _answer(given, secret if given["login"] else None)
        finally:
            overwrite(secret)
        stdout.write(json.dumps(answer).encode("ascii"))
    return 0


def _leave_no_core() -> None:
    """A module that crashes must not leave the secret in a file."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(given: dict[str, Any], secret: bytearray | None) -> dict[str, Any]:
    tries = [(name, bytes.fromhex(octets)) for name, octets in given["tries"]]
    serial = None if given["serial"] is None else bytes.fromhex(given["serial"])
    wanted = _Wanted(bytes.fromhex(given["certificate"]), serial, given["slot"], tries, secret)
    try:
        return _signed(_opened(given), wanted)
    except _OutcomeError as outcome:
        return outcome.answer
    except calls.ModuleRefusedError as error:
        cause, certain = _CAUSES.get(error.code, ("module-failed", False))
        return _OutcomeError(cause, f"0x{error.code:X}", certain=certain).answer
    except (OSError, calls.NotPkcs11Error):
        return _OutcomeError("module-missing").answer


def _opened(given: dict[str, Any]) -> _Signer:
    """Load and begin.  Raises ``OSError`` for no such library or directory, and as its calls."""
    if "module" in given:
        signer = _Signer(_table(Path(given["module"])))
        signer.initialize()
        return signer
    os.chdir(given["directory"])
    signer = _Signer(_table(*_LIBRARIES))
    signer.initialize_nss()
    return signer


def _table(*paths: Path) -> int:
    """Return the functions of the first library that there is."""
    for path in paths[:-1]:
        try:
            return calls.table_of(path)
        except OSError:
            continue  # some distributions keep NSS's in a folder of its own
    return calls.table_of(paths[-1])


class _Place(NamedTuple):
    """Where the certificate was found: an open session, the token's flags, the CKA_ID."""

    session: int
    flags: int
    identifier: bytes


def _signed(signer: _Signer, wanted: _Wanted) -> dict[str, Any]:
    """Look for the certificate in every slot, and let its key sign."""
    try:
        for slot in signer.slots():
            if wanted.slot not in (None, slot):
                continue
            place = _found(signer, slot, wanted)
            if place is not None:
                return _signed_at(signer, place, wanted)
    finally:
        with suppress(calls.ModuleRefusedError):
            signer.finalize()
    raise _OutcomeError("certificate-gone")


def _found(signer: _Signer, slot: int, wanted: _Wanted) -> _Place | None:
    """Look into one slot; one that is empty, or whose token cannot be read, costs only itself."""
    try:
        if not signer.slot(slot).flags & CKF_TOKEN_PRESENT:
            return None
        token = signer.token(slot)
        if wanted.serial not in (None, token.texts[-1].rstrip(b" \0")):
            return None
        session = signer.open_session(slot)
        certificate = (_CKA_CLASS, _as_octets(calls.CKO_CERTIFICATE))
        found = signer.find(session, certificate, (calls.CKA_VALUE, wanted.certificate))
        if not found:
            return None
        (identifier,) = signer.attributes(session, found[0], (calls.CKA_ID,))
    except calls.ModuleRefusedError:
        return None
    return _Place(session, token.flags, identifier or b"")


def _signed_at(signer: _Signer, place: _Place, wanted: _Wanted) -> dict[str, Any]:
    session, flags, _ = place
    needs_login = bool(flags & CKF_LOGIN_REQUIRED)
    if wanted.secret is None or not needs_login:
        key = _key(signer, place, needs_login=needs_login)
        return _first_signature(signer, session, key, wanted.tries)
    # An empty PIN is a wrong one, and on the reader nobody is asked to type one for a test.
    if len(wanted.secret) == 1 or flags & CKF_PROTECTED_AUTHENTICATION_PATH:
        raise _OutcomeError("needs-secret")
    if flags & CKF_USER_PIN_LOCKED:
        raise _OutcomeError("card-blocked", certain=True)
    if flags & CKF_USER_PIN_FINAL_TRY:
        raise _OutcomeError("pin-last-try")
    with signer.logged_in(session, wanted.secret):
        key = _key(signer, place, needs_login=False)
        return _first_signature(signer, session, key, wanted.tries)


def _key(signer: _Signer, place: _Place, *, needs_login: bool) -> int:
    """Return the private key with the certificate's CKA_ID."""
    session, _, identifier = place
    wanted = ((_CKA_CLASS, _as_octets(calls.CKO_PRIVATE_KEY)), (calls.CKA_ID, identifier))
    keys = signer.find(session, *wanted) if identifier else []
    if needs_login and not (keys and not signer.is_true(session, keys[0], _CKA_PRIVATE)):
        raise _OutcomeError("needs-secret")
    if not keys:
        raise _OutcomeError("key-not-found", certain=True)
    if signer.is_true(session, keys[0], _CKA_ALWAYS_AUTHENTICATE):
        raise _OutcomeError("asks-each-time")
    return keys[0]


def _first_signature(
    signer: _Signer, session: int, key: int, tries: list[tuple[str, bytes]]
) -> dict[str, Any]:
    (kind,) = signer.attributes(session, key, (_CKA_KEY_TYPE,))
    if kind and kind != _as_octets(_KEY_TYPES[tries[0][0]]):
        raise _OutcomeError("other-key", certain=True)
    for scheme, octets in tries:
        try:
            return {"scheme": scheme, "signature": signer.sign(session, key, scheme, octets).hex()}
        except calls.ModuleRefusedError as error:
            if error.code in _OTHER_MECHANISM:
                continue
            # Whatever the module calls it: the key is there and makes no signature.
            cause, certain = _CAUSES.get(error.code, ("signature-failed", True))
            raise _OutcomeError(cause, f"0x{error.code:X}", certain=certain) from error
    raise _OutcomeError("kind-not-tried")


def _as_octets(number: int) -> bytes:
    return bytes(_number(number))
