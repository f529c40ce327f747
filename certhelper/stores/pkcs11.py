"""Certificates on tokens (IC cards, USB tokens, SoftHSM), through their PKCS #11 modules.

Read in a child process (:mod:`certhelper.stores.pkcs11_reading`) and without a PIN, so that no try
is ever used up by looking.  Certificates are visible then; private keys mostly are not:

* a private key object that is visible, and has the certificate's CKA_ID: the key is ``present``;
* none visible on a token that wants its PIN first: ``needs-user``.  Whether the key is there is
  seen after the PIN only: a public key, or a CKA_ID, proves nothing;
* a token whose PIN is blocked: ``unusable``;
* a token that wants no PIN shows all it has: ``absent``;
* anything else (keys without a CKA_ID, a token without a PIN yet): ``unknown``.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.stores import pkcs11_reading
from certhelper.stores.base import (
    Installed,
    KeyState,
    KeyTrouble,
    Slot,
    StoreReading,
    StoreStatus,
    Token,
)
from certhelper.stores.pkcs11_flags import (
    CKF_LOGIN_REQUIRED,
    CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_TOKEN_INITIALIZED,
    CKF_USER_PIN_INITIALIZED,
    CKF_USER_PIN_LOCKED,
)
from certhelper.stores.pkcs11_messages import Kind, mark_of
from certhelper.stores.pkcs11_modules import modules_of_this_pc
from certhelper.stores.pkcs11_reading import Failure, Limits
from certhelper.stores.pkcs11_told import Message, MessageError
from certhelper.stores.pkcs11_tries import tries_of
from certhelper.stores.pkcs11_watch import NOTHING_SEEN, TokenWatch

__all__ = [
    "KIND",
    "Limits",
    "Pkcs11Store",
    "TokenAddress",
    "TokenWatch",
    "modules_of_this_pc",
    "split_where",
]

KIND = "pkcs11"

_NOT_INSTALLED = "module-not-found"
_NOT_INSERTED = "token-not-found"
_UNREADABLE = "token-unreadable"

# A token went while it was read; a card that belongs to another module lies in the reader.
_GONE = (0x32, 0xE0)  # CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT
_OF_ANOTHER_MODULE = 0xE1  # CKR_TOKEN_NOT_RECOGNIZED

_PIN_NEEDED = KeyTrouble("card-pin")
_PIN_BLOCKED = KeyTrouble("card-blocked")


class TokenAddress(NamedTuple):
    """Which token of a module is meant.

    ``serial`` is as the token has it, without padding.  ``slot`` is the number of its slot, where
    another token has the same serial number, or none has any; None: in whichever slot it is.
    """

    serial: bytes
    slot: int | None = None

    def __str__(self) -> str:
        from urllib.parse import quote

        slot = "" if self.slot is None else f"{_AT_SLOT}{self.slot}"
        return f"{quote(self.serial, safe='')}{slot}"

    @classmethod
    def read(cls, given: str) -> TokenAddress:
        """Return what :meth:`__str__` wrote."""
        from urllib.parse import unquote_to_bytes

        serial, _, slot = given.partition(_AT_SLOT)
        if slot.isascii() and slot.isdecimal():
            return cls(unquote_to_bytes(serial), int(slot))
        return cls(unquote_to_bytes(given))


_AT_SLOT = "@"  # in a serial number it is percent-encoded


def split_where(where: str) -> tuple[Path, TokenAddress | None]:
    """Return the module, and the token where one is named, of ``MODULE[#SERIAL[@SLOT]]``.

    A module whose own name has a ``#`` is taken as it is.  ``SERIAL`` is percent-encoded.
    """
    path, mark, address = where.rpartition("#")
    if not mark or os.path.lexists(where):
        return Path(where), None
    return Path(path), TokenAddress.read(address)


class Pkcs11Store:
    """All tokens of a module, or the one that ``address`` names.

    ``limits`` are the times of the child.
    """

    def __init__(
        self, module: Path, address: TokenAddress | None = None, limits: Limits | None = None
    ) -> None:
        self._module = module
        self._address = address
        self._limits = limits
        self._mark = NOTHING_SEEN

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return _where(self._module, self._address)

    @property
    def module(self) -> Path:
        """The module's library."""
        return self._module

    @property
    def mark(self) -> bytes:
        """What the last reading saw of the module, for :class:`TokenWatch` to compare with."""
        return self._mark

    def read(self) -> StoreReading:
        """Read it; whatever is wrong becomes the status, a reason and a detail.

        A token that cannot be read takes no other along.
        """
        started = time.perf_counter()
        if not os.path.lexists(self._module):
            return StoreReading(KIND, self.where, StoreStatus.UNAVAILABLE, _NOT_INSTALLED)
        found: dict[int, _Found] = {}
        seen: list[bytes] = []

        def take(told: Message) -> None:
            seen.append(told.octets)
            _take(found, told)

        failure = pkcs11_reading.read(self._module, take, self._limits)
        self._mark = NOTHING_SEEN if failure else mark_of(seen)
        slots = [one for one in found.values() if one.is_at(self._address)]
        if failure is None:
            failure = next((one.failure for one in slots if one.failure), None)
        status = StoreStatus.FAILED if failure else StoreStatus.OK
        if failure is None and self._address is not None and not slots:
            status, failure = StoreStatus.UNAVAILABLE, Failure(_NOT_INSERTED)
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=failure.reason if failure else None,
            detail=safe(failure.detail) if failure else "",
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=tuple(self._installed(slots, _addresses(found.values()))),
            slots=tuple(one.slot() for one in slots),
        )

    def _installed(
        self, slots: Iterable[_Found], addresses: dict[int, TokenAddress]
    ) -> Iterator[Installed]:
        """Yield the rows; each that is on several tokens is named by its own token."""
        of_tokens = [self._on(one) for one in slots]
        tokens = Counter(same_as for rows in of_tokens for same_as in rows)
        for rows in of_tokens:
            for same_as, row in rows.items():
                if tokens[same_as] > 1 and row.token is not None:
                    where = _where(self._module, addresses[row.token.slot_id])
                    yield row._replace(store=f"{KIND}:{where}")
                else:
                    yield row

    def _on(self, one: _Found) -> dict[object, Installed]:
        """Return a token's certificates; one that is there twice is listed once, with its key."""
        rows: dict[object, Installed] = {}
        token = one.token()
        if token is None:
            return rows
        for number, (label, identifier, certificate) in enumerate(one.certificates):
            # What was not given is a row of its own: nothing says that it is the same.
            same_as = certificate if certificate.der else (one.number, number)
            state, trouble = one.key_state(identifier)
            if same_as in rows and state is not KeyState.PRESENT:
                continue
            rows[same_as] = Installed(
                certificate=certificate,
                store=f"{KIND}:{self.where}",
                label=_text(label) or token.label or safe(self._module.name),
                key=state,
                key_needs_user=state is KeyState.PRESENT and token.needs_login,
                key_trouble=trouble,
                token=token,
            )
        return rows


class _Found:
    """What was told of one slot."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = ""
        self.token_flags = 0
        self.texts: tuple[bytes, ...] = ()
        self.keys: set[bytes] = set()
        self.certificates: list[tuple[bytes, bytes, Certificate]] = []
        self.is_read = False
        self.trouble = ""
        self.failure: Failure | None = None

    @property
    def serial(self) -> bytes | None:
        """The token's serial number without padding; None: there is no token."""
        return _bare(self.texts[3]) if self.texts else None

    def is_at(self, address: TokenAddress | None) -> bool:
        """Whether an address means this; None means every slot."""
        return address is None or (
            self.serial == address.serial and address.slot in (None, self.number)
        )

    def token(self) -> Token | None:
        """Return the token; None where there is none, or one that was never set up."""
        flags = self.token_flags
        if not self.texts or not flags & CKF_TOKEN_INITIALIZED:
            return None
        label, manufacturer, model, serial = (_text(one) for one in self.texts)
        return Token(
            label=label,
            serial=serial,
            manufacturer=manufacturer,
            model=model,
            slot_id=self.number,
            needs_login=bool(flags & CKF_LOGIN_REQUIRED),
            is_protected_path=bool(flags & CKF_PROTECTED_AUTHENTICATION_PATH),
            tries=tries_of(flags),
            label_octets=_bare(self.texts[0]),
            serial_octets=_bare(self.texts[3]),
        )

    def slot(self) -> Slot:
        is_blank = bool(self.texts) and not self.token_flags & CKF_TOKEN_INITIALIZED
        return Slot(self.number, self.name, self.token(), self.trouble, is_blank)

    def key_state(self, identifier: bytes) -> tuple[KeyState, KeyTrouble | None]:
        """Return what can be known of a certificate's key, by its CKA_ID, without a PIN."""
        flags = self.token_flags
        needs_login = flags & CKF_LOGIN_REQUIRED
        if needs_login and flags & CKF_USER_PIN_LOCKED:
            return KeyState.UNUSABLE, _PIN_BLOCKED
        if identifier and identifier in self.keys:
            return KeyState.PRESENT, _PIN_NEEDED if needs_login else None
        if not flags & CKF_USER_PIN_INITIALIZED and not needs_login:
            is_all = self.is_read and identifier and b"" not in self.keys
            return (KeyState.ABSENT if is_all else KeyState.UNKNOWN), None
        if needs_login and flags & CKF_USER_PIN_INITIALIZED and identifier:
            return KeyState.NEEDS_USER, _PIN_NEEDED
        return KeyState.UNKNOWN, None

    def take_trouble(self, function: bytes, code: int) -> None:
        """Take in what the module refused for this slot."""
        if code in _GONE:
            self.texts = ()
            return
        self.trouble = safe(f"{function.decode('ascii', 'replace')}: {code:#x}")
        if code != _OF_ANOTHER_MODULE:
            self.failure = Failure(_UNREADABLE, f"{self.name}: {self.trouble}")


def _take(found: dict[int, _Found], told: Message) -> None:
    """Take in one message.  Raises :class:`MessageError` for what no module can mean."""
    if told.kind == Kind.MARK:
        raise MessageError("not of this child")
    number = told.number(0)
    one = found.setdefault(number, _Found(number))
    match told.kind:
        case Kind.SLOT:
            one.name = _text(told.fields[2])
        case Kind.TOKEN:
            one.token_flags, one.texts = told.number(1), tuple(told.fields[2:])
        case Kind.KEY:
            one.keys.add(told.fields[1])
        case Kind.CERTIFICATE:
            label, identifier, der = told.fields[1:]
            one.certificates.append((label, identifier, _read(der)))
        case Kind.READ:
            one.is_read = True
        case _:
            one.take_trouble(told.fields[1], told.number(2))


def _read(der: bytes) -> Certificate:
    """Return a certificate whose fields have been read: there is time while the module goes on."""
    certificate = Certificate(der)
    _ = certificate.facts
    return certificate


def _addresses(found: Iterable[_Found]) -> dict[int, TokenAddress]:
    """Return an address for each slot by which no other is meant."""
    serials = {one.number: one.serial or b"" for one in found if one.token() is not None}
    alike = Counter(serials.values())
    return {
        slot: TokenAddress(serial, None if serial and alike[serial] == 1 else slot)
        for slot, serial in serials.items()
    }


def _where(module: Path, address: TokenAddress | None) -> str:
    return str(module) if address is None else f"{module}#{address}"


def _bare(text: bytes) -> bytes:
    """Take the padding away: blanks by the specification, NULs by some modules."""
    return text.rstrip(b" \0")


def _text(text: bytes) -> str:
    return safe(_bare(text).decode("utf-8", "replace"))
