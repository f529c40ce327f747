"""NSS in the session's own process, as far as a log-on needs it: libnss3, which the engine uses.

Everything here must happen before the engine starts.  NSS keeps state for a whole process, and the
engine (``crypto/nss_util.cc``) goes on with an NSS that is initialised already: same database,
same modules, logged in (tried with NSS 3.87 and Qt WebEngine 6.11.3).
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from certhelper.secret import Secret
from certhelper.stores import pkcs11_calls

_log = logging.getLogger(__name__)

_DATABASE = b"sql:.pki/nssdb"
"""Of the private home, in which the session's process stands: no folder's name reaches NSS."""

_INVALID_ARGUMENTS = -8187  # SEC_ERROR_INVALID_ARGS (secerr.h)
PIN_LOCKED = -8019  # SEC_ERROR_LOCKED_PASSWORD, what NSS makes of CKR_PIN_LOCKED
PIN_EXPIRED = -8020  # SEC_ERROR_EXPIRED_PASSWORD, of CKR_PIN_EXPIRED
_WRONG = -2  # SECWouldBlock (seccomon.h): "everything else is ok, only the pin is bad"
_OUR_NAME = b"certhelper token"


class NssError(Exception):
    """NSS refused a step; ``number`` is its own (``secerr.h``, ``prerr.h``)."""

    def __init__(self, step: str, number: int) -> None:
        super().__init__(step)
        self.step = step
        self.number = number


class WrongSecretError(Exception):
    """The password or PIN was tried once, and is not the right one."""


class TokenState(NamedTuple):
    """What a token says of itself now; ``label`` and ``serial`` are its octets without filling."""

    label: bytes
    serial: bytes
    flags: int


class _TokenInfo(ctypes.Structure):
    """``CK_TOKEN_INFO``; only the first members are looked at."""

    _fields_ = [
        ("label", ctypes.c_ubyte * 32),
        ("manufacturer", ctypes.c_ubyte * 32),
        ("model", ctypes.c_ubyte * 16),
        ("serial", ctypes.c_ubyte * 16),
        ("flags", ctypes.c_ulong),
        ("numbers", ctypes.c_ulong * 10),
        ("versions", ctypes.c_ubyte * 4),
        ("time", ctypes.c_ubyte * 16),
    ]


class _SlotElement(ctypes.Structure):
    """``PK11SlotListElement`` (secmodt.h); only the slot is looked at."""

    _fields_ = [
        ("next", ctypes.c_void_p),
        ("previous", ctypes.c_void_p),
        ("slot", ctypes.c_void_p),
    ]


class Nss:
    """libnss3 of this process.  Raises ``OSError`` where there is none."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libnss3.so")
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int

        def function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
            found = library[name]
            found.restype = result
            found.argtypes = arguments
            return found

        self._error = function("PORT_GetError", number)
        self._initialize = function("NSS_InitReadWrite", number, text)
        self._load = function("SECMOD_LoadUserModule", pointer, text, pointer, number)
        self._unload = function("SECMOD_UnloadUserModule", number, pointer)
        self._find_slots = function("PK11_FindSlotsByNames", pointer, text, text, text, number)
        self._first = function("PK11_GetFirstSafe", pointer, pointer)
        self._next = function("PK11_GetNextSafe", pointer, pointer, pointer, number)
        self._free_list = function("PK11_FreeSlotList", None, pointer)
        self._reference = function("PK11_ReferenceSlot", pointer, pointer)
        self._free_slot = function("PK11_FreeSlot", None, pointer)
        self._disable_slot = function("PK11_UserDisableSlot", number, pointer)
        self._slot_number = function("PK11_GetSlotID", ctypes.c_ulong, pointer)
        self._is_protected = function("PK11_ProtectedAuthenticationPath", number, pointer)
        self._token_info = function("PK11_GetTokenInfo", number, pointer, pointer)
        self._internal_slot = function("PK11_GetInternalKeySlot", pointer)
        self._check_password = function("PK11_CheckUserPassword", number, pointer, pointer)
        self._log_out = function("PK11_Logout", number, pointer)

    def open_database(self) -> None:
        """Initialise NSS with the private home's database.  Raises :class:`NssError`."""
        if self._initialize(_DATABASE):
            raise NssError("open", self._error())

    def load(self, module: Path) -> int:
        """Load a token's module for this process only.  Raises :class:`NssError`."""
        loaded = self._load(specification(module), None, False)
        if not loaded:
            raise NssError("load", self._error())
        # SECMODModule (secmodt.h): the arena, three PRBools, then the library's name.
        state = ctypes.cast(loaded, ctypes.POINTER(ctypes.c_int))
        if not state[3]:
            number = self._error()
            self._unload(loaded)  # nothing was initialised
            raise NssError("load", number)
        return int(loaded)

    def unload(self, module: int, path: Path) -> None:
        """Let a module go and finalise it (``C_Finalize``).

        NSS finalises it when nobody uses its slots any more, but the engine keeps some until the
        process has ended (tried), and then nobody does.  A second time does no harm: "not
        initialized" (PKCS #11 v2.40, section 5.4).  Not while the engine may still sign.
        """
        keep = ctypes.CDLL(str(path))  # NSS must not take the library away before it has answered
        unloaded = self._unload(module)
        number = self._error()
        _finalize(keep)
        if unloaded:
            raise NssError("unload", number)

    def slots(self, module: Path) -> list[int]:
        """Return the slots of a loaded module, the empty ones, too; each must be freed."""
        listed = self._find_slots(os.fsencode(module), None, None, False)
        if not listed:
            return []
        found = []
        element = self._first(listed)
        while element:
            slot = _SlotElement.from_address(element).slot
            found.append(int(self._reference(slot)))
            element = self._next(listed, element, False)
        self._free_list(listed)
        return found

    def internal_slot(self) -> int:
        """Return the slot of the private home's own database; it must be freed."""
        return int(self._internal_slot())

    def free(self, slot: int) -> None:
        self._free_slot(slot)

    def hide(self, slot: int) -> None:
        """Let neither NSS nor the engine look into a slot; for this process only.

        Raises :class:`NssError`.
        """
        if not self._disable_slot(slot):  # a PRBool, unlike the others
            raise NssError("hide", self._error())

    def number_of(self, slot: int) -> int:
        """Return the module's own number of a slot (``CK_SLOT_ID``)."""
        return int(self._slot_number(slot))

    def token_of(self, slot: int) -> TokenState:
        """Ask the token itself (``C_GetTokenInfo``).  Raises :class:`NssError`."""
        info = _TokenInfo()
        if self._token_info(slot, ctypes.byref(info)):
            raise NssError("token-info", self._error())
        return TokenState(_unfilled(info.label), _unfilled(info.serial), int(info.flags))

    def is_typed_on_reader(self, slot: int) -> bool:
        """Whether NSS itself would give no PIN (``CKF_PROTECTED_AUTHENTICATION_PATH``)."""
        return bool(self._is_protected(slot))

    def holds(self, slot: int, module: Path, sha256: str) -> bool:
        """Look whether a token shows a certificate, by the SHA-256 of its DER (hex), without a PIN.

        The module is asked, which NSS has begun: NSS's own search would log in first
        (``pk11_AuthenticateUnfriendly``, ``lib/pk11wrap/pk11cert.c``).  What cannot be looked into
        is not seen to hold it.
        """
        try:
            calls = pkcs11_calls.load(module)
            with calls.session(self.number_of(slot)) as session:
                for found in calls.objects(session, pkcs11_calls.CKO_CERTIFICATE):
                    (der,) = calls.attributes(session, found, (pkcs11_calls.CKA_VALUE,))
                    if hashlib.sha256(der or b"").hexdigest() == sha256:
                        return True
        except (OSError, pkcs11_calls.NotPkcs11Error, pkcs11_calls.ModuleRefusedError) as error:
            _log.info("a token could not be looked into: %s", error)
        return False

    def log_in(self, slot: int, secret: Secret | None) -> None:
        """Give a password or PIN once (``C_Login``); ``None``: it is typed on the reader itself.

        ``None`` is refused where NSS does not know the token as such: an empty PIN is a wrong one.
        One with a NUL in it is refused untried: NSS would give the part before it.  Raises
        :class:`WrongSecretError` and :class:`NssError`.
        """
        if secret is not None and _has_nul(secret):
            raise NssError("log-in", _INVALID_ARGUMENTS)
        with _terminated(secret) as octets:
            given = None if secret is None else ctypes.addressof(octets)
            answer = self._check_password(slot, given)
        if answer == _WRONG:
            raise WrongSecretError
        if answer:
            raise NssError("log-in", self._error())

    def log_out(self, slot: int) -> None:
        """Raises :class:`NssError`."""
        if self._log_out(slot):
            raise NssError("log-out", self._error())


def specification(module: Path) -> bytes:
    """Return NSS's description of a module in which no character of the path has a meaning.

    A value stands in quotes, and a backslash takes the meaning of what follows it
    (``lib/util/utilpars.c``, ``NSSUTIL_ArgFetchValue``).  Without that, a quote in the path could
    end it and name another library.  Raises ``ValueError`` for a path that is not absolute (the
    loader would search for it) or has a NUL.
    """
    path = os.fsencode(module)
    if not module.is_absolute() or b"\0" in path:
        raise ValueError("no absolute path")
    quoted = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'library="%s" name="%s"' % (quoted, _OUR_NAME)


class _Functions(ctypes.Structure):
    """The beginning of ``CK_FUNCTION_LIST`` (pkcs11f.h)."""

    _fields_ = [
        ("version", ctypes.c_ubyte * 2),
        ("initialize", ctypes.c_void_p),
        ("finalize", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)),
    ]


def _finalize(module: ctypes.CDLL) -> None:
    functions = ctypes.POINTER(_Functions)()
    if module.C_GetFunctionList(ctypes.byref(functions)) == 0:
        functions.contents.finalize(None)


@contextmanager
def _terminated(secret: Secret | None) -> Iterator[ctypes.Array[ctypes.c_ubyte]]:
    """Lend the secret as C wants it, with a NUL behind it; the copy is overwritten."""
    length = 0 if secret is None else len(secret)
    octets = (ctypes.c_ubyte * (length + 1))()
    try:
        if secret is not None:
            with secret.view() as given:
                for index, octet in enumerate(given):
                    octets[index] = octet
        yield octets
    finally:
        ctypes.memset(octets, 0, length + 1)


def _has_nul(secret: Secret) -> bool:
    with secret.view() as octets:
        return 0 in octets


def _unfilled(octets: ctypes.Array[ctypes.c_ubyte]) -> bytes:
    """Take the padding of a token's text away (as :mod:`certhelper.stores.pkcs11` does)."""
    return bytes(octets).rstrip(b" \0")
