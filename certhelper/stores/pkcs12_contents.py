"""What is inside a PKCS#12 file (RFC 7292): every certificate and every private key.

Whatever can be read is there: a certificate that a stricter library refuses, the keys after the
first, the certificates of a file whose keys only are encrypted.  What could not be read is counted
and named, so that nobody takes it for absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from certhelper import ber, texts
from certhelper.ber import Value
from certhelper.der import OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, DerError, dotted
from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import key_limits
from certhelper.stores import pkcs12_encryption as encryption
from certhelper.stores.pkcs12_encryption import (
    NotDecryptedError,
    NothingLeftError,
    Passphrase,
    TooMuchWorkError,
    UnknownAlgorithmError,
    Work,
)

WORK_WITH_PASSPHRASE: Final = 20_000_000
"""Rounds of a hash function: about ten seconds.  NSS asks for 600,000 for each encrypted part."""

WORK_WITHOUT: Final = 2_000_000
"""The same while looking if a file opens without a passphrase: nobody asked for this file."""

WORK_OF_A_READING: Final = 20_000_000
"""The same for all files of a folder together.  Each may be one that somebody sent."""

_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
_BAGS: Final = "1.2.840.113549.1.12.10.1."  # RFC 7292 appendix D
_KEY_BAG, _SHROUDED_KEY_BAG, _CERTIFICATE_BAG, _SAFE_CONTENTS_BAG = (
    f"{_BAGS}{number}" for number in (1, 2, 3, 6)
)
_X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"
_EXPLICIT, _IMPLICIT, _IMPLICIT_IN_PIECES = 0xA0, 0x80, 0xA0
_BMP_STRING: Final = 0x1E
_STRINGS: Final = {_BMP_STRING: "utf-16-be", 0x0C: "utf-8", 0x13: "utf-8", 0x16: "utf-8"}
_MOST_PROBED: Final = 2
_DEEPEST: Final = 8  # bags within bags; nobody makes any


class Pkcs12Error(FailedError):
    """A file could not be opened.

    Codes ``passphrase-needed``, ``passphrase-wrong``, ``file-unreadable``, ``file-damaged`` and
    ``file-too-costly``, which are codes of ``stores.toml`` too, ``key-too-large`` and
    ``pkcs12-without-key``.
    """


class UntriedError(Pkcs12Error):
    """It may open without the passphrase: other files of the reading had taken all the work."""

    def __init__(self) -> None:
        super().__init__("passphrase-needed", detail=texts.text("stores.untried"))


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate as it stands in the file.  ``name`` (empty: none) is safe to show."""

    der: bytes
    name: str
    key_id: bytes | None


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A private key.  ``pkcs8`` is its DER without encryption; None: it could not be decrypted."""

    pkcs8: bytearray | None = field(repr=False)
    key_id: bytes | None


@dataclass(slots=True)
class Contents:
    """Everything that was found; leave the ``with`` block to overwrite the keys.

    ``needs_passphrase`` says that more is under the passphrase, which was not given.  ``unread``
    names each part that could not be read although nothing was missing, safe to show;
    ``has_too_large_key`` says that one of these is a key of :mod:`certhelper.stores.key_limits`.
    ``is_untried`` says that it may open without the passphrase: other files had taken all the work.
    """

    certificates: list[HeldCertificate] = field(default_factory=list)
    keys: list[HeldKey] = field(default_factory=list, repr=False)
    needs_passphrase: bool = False
    unread: list[str] = field(default_factory=list)
    has_too_large_key: bool = False
    is_untried: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for key in self.keys:
            if key.pkcs8 is not None:
                key.pkcs8[:] = bytes(len(key.pkcs8))


def look_inside(octets: bytes, passphrase: Secret | None, reading: Work | None = None) -> Contents:
    """Return what a file holds; without a passphrase, as far as it needs none.

    ``reading`` is what may be spent on this and other files for which there is no passphrase.
    Raises :class:`Pkcs12Error`; with ``passphrase-needed`` only when nothing at all can be seen.
    """
    try:
        file = _File(octets)
        least = 0 if file.mac is None else encryption.rounds_of_mac(file.mac)
        if least > WORK_WITH_PASSPHRASE:
            raise TooMuchWorkError
        contents = _with_passphrase(file, passphrase) if passphrase else _without(file, reading)
    except TooMuchWorkError as error:
        raise Pkcs12Error("file-too-costly") from error
    except UnknownAlgorithmError as error:
        raise Pkcs12Error("file-unreadable", detail=f"algorithm {error}") from error
    except ValueError as error:
        raise Pkcs12Error("file-unreadable", detail=_fault(error)) from error
    if contents.needs_passphrase and passphrase is not None:
        raise Pkcs12Error("passphrase-wrong")  # the empty one was given
    if not (contents.certificates or contents.keys):
        if contents.needs_passphrase:
            raise UntriedError if contents.is_untried else Pkcs12Error("passphrase-needed")
        if contents.unread:
            raise Pkcs12Error("file-unreadable", detail=", ".join(contents.unread))
    return contents


class _File:
    """The outer frame: ``PFX`` and the parts of its ``AuthenticatedSafe``."""

    def __init__(self, octets: bytes) -> None:
        _, safe_content, *mac = ber.first(octets).parts
        kind, content = _content_info(safe_content)
        if kind != _DATA:
            raise UnknownAlgorithmError(kind)  # signed with a certificate: nobody makes such files
        self.content = _string(content)
        self.mac = mac[0] if mac else None
        self.parts = [_content_info(part) for part in ber.first(self.content).parts]


def _with_passphrase(file: _File, secret: Secret) -> Contents:
    work = Work(WORK_WITH_PASSPHRASE)
    with encryption.spellings(secret) as spellings:
        fitting = _fitting(file, spellings, work)
        if not fitting:
            is_damaged = _opens_something(file, spellings, work)
            raise Pkcs12Error("file-damaged" if is_damaged else "passphrase-wrong")
        reader = _Reader(fitting, work)
        reader.read(file)
    if file.mac is None and reader.closed and not reader.opened:
        raise Pkcs12Error("passphrase-wrong")
    return reader.contents(is_missing=False)


def _without(file: _File, reading: Work | None) -> Contents:
    """Try the empty passphrases, as far as that costs little, and else read what is not encrypted.

    The work is the file's own wish, and nobody has asked for this file yet.
    """
    work, is_untried = Work(WORK_WITHOUT, reading), False
    with encryption.spellings(None) as spellings:
        try:
            fitting = _fitting(file, spellings, work)
            if file.mac is not None:
                work = Work(WORK_WITH_PASSPHRASE, reading)  # it is known to open
            reader = _Reader(fitting, work)
            reader.read(file)
        except TooMuchWorkError as error:
            is_untried = isinstance(error, NothingLeftError)
            # Whoever knows the passphrase may spend more.
            reader = _Reader([], work)
            reader.read(file)
    contents = reader.contents(is_missing=not reader.opened)
    contents.is_untried = is_untried
    return contents


def _fitting(file: _File, spellings: Sequence[Passphrase], work: Work) -> Sequence[Passphrase]:
    """Return the spellings that the MAC tells to be right; without a MAC it can be any.

    Most kinds of MAC tell nothing about the form for RFC 8018.
    """
    if file.mac is None:
        return spellings
    tried: list[bytearray] = []
    for spelling in spellings:
        if spelling.wide in tried:
            continue
        tried.append(spelling.wide)
        if encryption.mac_fits(file.mac, file.content, spelling, work):
            return [one for one in spellings if one.wide == spelling.wide]
    return []


def _opens_something(file: _File, spellings: Sequence[Passphrase], work: Work) -> bool:
    """Say whether the passphrase opens one of the first two things that are encrypted.

    Then it is the right one, and what was changed since is the file.
    """
    probe = _Reader(spellings, work, is_probe=True)
    probe.read(file)
    return probe.opened > 0


class _Reader:
    """Collects what a file holds.  A bag that cannot be read hides no other.

    A probe looks no further when it has decrypted one thing, or could not decrypt two.
    """

    def __init__(self, spellings: Sequence[Passphrase], work: Work, is_probe: bool = False) -> None:
        self._spellings = spellings
        self._work = work
        self._is_probe = is_probe
        self._found = Contents()
        self.opened = 0
        self.closed = 0

    def contents(self, is_missing: bool) -> Contents:
        """Return what was found; ``is_missing``: a passphrase would open what is closed."""
        if self.closed and is_missing:
            self._found.needs_passphrase = True
        elif self.closed:
            self._found.unread.append("encrypted in another way")
        return self._found

    def read(self, file: _File) -> None:
        for kind, content in file.parts:
            with self._noting():
                if kind == _DATA:
                    self._read_bags(ber.first(_string(content)), _DEEPEST)
                elif kind == _ENCRYPTED_DATA:
                    self._read_encrypted(content)
                else:
                    raise UnknownAlgorithmError(kind)

    def _read_encrypted(self, content: Value) -> None:
        """Read the bags of an ``EncryptedData`` (RFC 5652 section 8)."""
        _, info, *_ = content.parts
        _, algorithm, *encrypted = info.parts
        if not encrypted:
            return  # nothing is in it
        whole = encrypted[0]
        if whole.tag == _IMPLICIT_IN_PIECES:
            octets = ber.in_one_piece(whole.parts)
        elif whole.tag == _IMPLICIT:
            octets = whole.content
        else:
            raise DerError("encrypted content")
        plain = self._decrypted(algorithm, octets)
        if plain is not None:
            self._read_bags(ber.first(bytes(plain)), _DEEPEST)

    def _read_bags(self, contents: Value, levels: int) -> None:
        if contents.tag != SEQUENCE or not levels:
            raise DerError("bags")
        for bag in contents.parts:
            with self._noting():
                self._read_bag(bag, levels)

    def _read_bag(self, bag: Value, levels: int) -> None:
        identifier, wrapped, *rest = bag.parts
        (value,) = wrapped.parts
        if wrapped.tag != _EXPLICIT:
            raise DerError("bag")
        match _dotted(identifier):
            case kind if kind == _CERTIFICATE_BAG:
                self._read_certificate(value, _attributes(rest))
            case kind if kind == _KEY_BAG:
                self._keep_key(bytearray(ber.written(value)), _attributes(rest))
            case kind if kind == _SHROUDED_KEY_BAG:
                algorithm, encrypted = value.parts
                self._keep_key(self._decrypted(algorithm, _string(encrypted)), _attributes(rest))
            case kind if kind == _SAFE_CONTENTS_BAG:
                self._read_bags(value, levels - 1)

    def _keep_key(self, key: bytearray | None, attributes: dict[str, Value]) -> None:
        """One whose size is nobody's honest wish counts as one that could not be decrypted."""
        if key is not None:
            try:
                key_limits.check_size(key)
            except ValueError as error:
                key[:] = bytes(len(key))
                key = None
                self._found.unread.append(str(error))
                if isinstance(error, key_limits.KeyTooLargeError):
                    self._found.has_too_large_key = True
        self._found.keys.append(HeldKey(key, _key_id(attributes)))

    def _read_certificate(self, value: Value, attributes: dict[str, Value]) -> None:
        kind, wrapped = value.parts
        if _dotted(kind) != _X509_CERTIFICATE:
            return  # an SDSI certificate, which nobody has ever seen
        (octets,) = wrapped.parts
        name = attributes.get(_FRIENDLY_NAME)
        self._found.certificates.append(
            HeldCertificate(
                _string(octets), "" if name is None else _name(name), _key_id(attributes)
            )
        )

    def _decrypted(self, algorithm: Value, octets: bytes) -> bytearray | None:
        """Return what is DER after decryption, None when no spelling of the passphrase fits."""
        if self._is_probe and (self.opened or self.closed >= _MOST_PROBED):
            return None
        for spelling in self._spellings:
            try:
                plain = encryption.decrypt(algorithm, octets, spelling, self._work)
            except NotDecryptedError:
                continue
            # A wrong key gives such a frame once in 16 million times; what is damaged inside
            # was decrypted with the right one.
            if ber.is_one(plain, SEQUENCE):
                self.opened += 1
                return plain
        self.closed += 1
        return None

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except UnknownAlgorithmError as error:
            self._found.unread.append(f"algorithm {error}")
        except ValueError as error:
            self._found.unread.append(_fault(error))


def _fault(error: ValueError) -> str:
    """Say in a word or two what is wrong; what Python says of a missing part helps nobody."""
    return safe(str(error)) if isinstance(error, DerError) else "structure"


def _content_info(value: Value) -> tuple[str, Value]:
    """Return kind and content of a ``ContentInfo``."""
    identifier, wrapped = value.parts
    (content,) = wrapped.parts
    if wrapped.tag != _EXPLICIT:
        raise DerError("content")
    return _dotted(identifier), content


def _attributes(rest: Sequence[Value]) -> dict[str, Value]:
    """Return the first value of each attribute of a bag; odd ones are left out."""
    found: dict[str, Value] = {}
    for attribute in rest[0].parts if rest and rest[0].tag == SET else ():
        try:
            identifier, values = attribute.parts
            found.setdefault(_dotted(identifier), values.parts[0])
        except (ValueError, IndexError):
            continue  # a name or a mark less; the bag itself is there
    return found


def _key_id(attributes: dict[str, Value]) -> bytes | None:
    value = attributes.get(_LOCAL_KEY_ID)
    return None if value is None else value.content


def _name(value: Value) -> str:
    """Return a name as text, safe to show; what is no text by its octets.

    OpenSSL 1.0 widened each octet of UTF-8 by itself; what is UTF-8 when narrowed again is
    practically never meant otherwise.
    """
    encoding = _STRINGS.get(value.tag)
    if encoding is None:
        return f"#{value.content.hex()}"
    try:
        text = value.content.decode(encoding)
    except UnicodeDecodeError:
        return safe(value.content.decode(encoding, "backslashreplace"))
    with suppress(UnicodeError):  # then it is what it says
        text = text.encode("latin-1").decode("utf-8")
    return safe(text.rstrip("\0"))


def _dotted(value: Value) -> str:
    if value.tag != OBJECT_IDENTIFIER:
        raise DerError("no object identifier")
    return dotted(value.content)


def _string(value: Value) -> bytes:
    if value.tag != OCTET_STRING:
        raise DerError("no octet string")
    return value.content
