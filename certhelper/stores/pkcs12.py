"""Certificates in PKCS#12 files (``*.p12``, ``*.pfx``): one file, or all of a folder.

A file without a passphrase opens by itself, and so does one whose passphrase the person let the
OS's keyring remember.  Any other is a locked entry until :meth:`Pkcs12Store.unlock` is given its
passphrase; what is kept then are the certificates, never the passphrase or the key.  Some files
encrypt their keys only: their certificates are rows before that, too.

Which certificates become rows: each one of the file that has a key, and each other one that is not
above one of the rows; those are their chain.  The chain goes along when the file is opened for a
log-on.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Final, NamedTuple, Self

from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import key_limits, passphrases, pkcs12_contents
from certhelper.stores.base import (
    Installed,
    KeyState,
    LockedEntry,
    StoreReading,
    StoreStatus,
)
from certhelper.stores.pkcs12_contents import (
    Contents,
    HeldKey,
    Pkcs12Error,
    UntriedError,
    look_inside,
)
from certhelper.stores.pkcs12_encryption import Work
from certhelper.stores.pkcs12_matching import Names, match, own_certificates

KIND = "pkcs12"
SUFFIXES = (".p12", ".pfx")
LARGEST = 1 << 20  # octets; a key with a long chain has about 20,000

Recall = Callable[[str], Secret | None]
"""From a file's fingerprint to its remembered passphrase."""

_MENDED_BY_PASSPHRASE: Final = ("passphrase-needed", "passphrase-wrong")
_PROOF: Final = b"certhelper: do the numbers of this key fit together? "
_OPEN: Final = ("file-partly-unreadable", "file-without-certificate")


@dataclass(slots=True)
class Opened:
    """What a log-on needs of a file; leave the ``with`` block to overwrite the key.

    ``key`` is PKCS #8 DER without encryption.  ``certificate`` is the DER of the one that belongs
    to the key, ``chain`` are the DERs of those above it, ``name`` is the name in the file.
    The library that checks the key has copies of the key of its own, which nobody can overwrite.
    """

    key: bytearray = field(repr=False)
    certificate: bytes
    chain: tuple[bytes, ...]
    name: str

    def wipe(self) -> None:
        self.key[:] = bytes(len(self.key))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.wipe()


def open_file(
    path: Path,
    passphrase: Secret | None = None,
    recall: Recall = passphrases.recall,
    sha256: str | None = None,
) -> Opened:
    """Open a file for a log-on: with ``passphrase``, or without one, or with a remembered one.

    ``sha256`` (lower-case hex) says which certificate of the file is meant; without it, the first
    that has its key.  Raises :class:`Pkcs12Error`; ``pkcs12-without-key`` when there is nothing to
    log on with, ``pkcs12-without-certificate`` when the file holds another one than was meant.
    """
    try:
        octets = _octets(path)
        try:
            return _opened(octets, passphrase, sha256)
        except Pkcs12Error as error:
            remembered = _recalled(recall, octets) if error.code == "passphrase-needed" else None
            if remembered is None:
                raise
        with remembered:
            return _opened(octets, remembered, sha256)
    except Pkcs12Error as error:
        raise Pkcs12Error(error.code, **{**error.facts, "where": safe(str(path))}) from error


def fingerprint(path: Path) -> str:
    """Return what :mod:`certhelper.stores.passphrases` knows the file by.

    Raises :class:`Pkcs12Error` (``file-unreadable``).
    """
    return passphrases.fingerprint(_octets(path))


class _Refusal(NamedTuple):
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Content:
    """What is known of a file, and what is left to do.

    ``rows`` are certificates with their key's state and their name, ``chain`` the DERs above them.
    ``is_untried``: the next reading looks again whether it opens without a passphrase.
    """

    rows: tuple[tuple[Certificate, KeyState, str], ...] = ()
    chain: tuple[bytes, ...] = ()
    refusal: _Refusal | None = None
    is_untried: bool = False
    has_too_large_key: bool = False


class Pkcs12Store:
    """A file or a folder.  ``recall`` looks for remembered passphrases.

    Safe to be used by several threads.
    """

    def __init__(self, path: Path, recall: Recall = passphrases.recall) -> None:
        self._path = path
        self._recall = recall
        self._lock = threading.Lock()
        # By fingerprint, so that a file that changed is looked at anew.
        self._known: dict[str, _Content] = {}
        self._unlocking = 0.0  # seconds since the last reading, of which they are a part

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return str(self._path)

    def read(self) -> StoreReading:
        """List what opens, and name what does not.

        ``store`` of each row names its own file (``pkcs12:FILE``), also when a folder is read:
        that is what a log-on needs.
        """
        started = perf_counter()
        status, reason, detail = StoreStatus.OK, None, ""
        installed: list[Installed] = []
        locked: list[LockedEntry] = []
        chain: dict[bytes, None] = {}
        with self._lock:
            started -= self._unlocking
            self._unlocking = 0.0
            try:
                paths = self._files()
            except FileNotFoundError:
                status, reason, paths = StoreStatus.UNAVAILABLE, "store-not-found", []
            except (OSError, ValueError) as error:
                status, reason, paths = StoreStatus.FAILED, "file-unreadable", []
                detail = safe(str(error))
            work = Work(pkcs12_contents.WORK_OF_A_READING)
            for path in paths:
                content = self._content(path, work)
                installed += _rows(path, content)
                chain.update(dict.fromkeys(content.chain))
                if content.refusal is not None:
                    locked.append(LockedEntry(str(path), safe(path.name), *content.refusal))
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason,
            detail=detail,
            read_ms=round((perf_counter() - started) * 1000),
            installed=tuple(installed),
            locked_entries=tuple(locked),
            chain=tuple(chain),
        )

    def unlock(self, passphrase: Secret, where: str | None = None) -> bool:
        """Try a passphrase on the locked entry ``where``, or on every one; say if any opened.

        The next :meth:`read` shows the outcome: rows, the entry as ``passphrase-wrong``, or why
        the folder cannot be listed any more.
        """
        opened = False
        with self._lock:
            started = perf_counter()
            try:
                paths = self._files() if where is None else [Path(where)]
            except (OSError, ValueError):
                return False
            work = Work(pkcs12_contents.WORK_OF_A_READING)
            for path in paths:
                before = self._content(path, work)
                if before.refusal is not None and before.refusal.code in _MENDED_BY_PASSPHRASE:
                    after = self._look(path, lambda octets: _content(octets, passphrase), before)
                    opened = opened or after.refusal is None or after.refusal.code in _OPEN
            self._unlocking += perf_counter() - started
        return opened

    def _files(self) -> list[Path]:
        """Return the files.  Raises ``OSError``, ``ValueError`` for a name that cannot be."""
        if not self._path.is_dir():
            self._path.stat()
            return [self._path]
        inside = (path for path in self._path.iterdir() if path.suffix.lower() in SUFFIXES)
        return sorted(path for path in inside if not path.is_dir())

    def _content(self, path: Path, work: Work) -> _Content:
        """Return what is known of a file, looking into it the first time."""
        return self._look(path, lambda octets: self._without_asking(octets, work), None)

    def _look(
        self, path: Path, look: Callable[[bytes], _Content], before: _Content | None
    ) -> _Content:
        """Look into a file; ``before`` is what is known already and could be more."""
        try:
            octets = _octets(path)
        except Pkcs12Error as error:
            return _Content(refusal=_refusal(error))
        name = passphrases.fingerprint(octets)
        known = self._known.get(name)
        if before is None and known is not None and not known.is_untried:
            return known
        try:
            self._known[name] = look(octets)
        except Pkcs12Error as error:
            # What could be seen without the passphrase is still there.
            seen = before if before is not None else _Content()
            self._known[name] = replace(seen, refusal=_refusal(error))
        return self._known[name]

    def _without_asking(self, octets: bytes, work: Work) -> _Content:
        """Look without a passphrase, or with a remembered one.  Raises :class:`Pkcs12Error`."""
        try:
            content = _content(octets, None, work)
        except Pkcs12Error as error:
            is_untried = isinstance(error, UntriedError)
            content = _Content(refusal=_refusal(error), is_untried=is_untried)
        if content.refusal is None or content.refusal.code != "passphrase-needed":
            return content
        remembered = _recalled(self._recall, octets)
        if remembered is None:
            return content
        with remembered:
            try:
                return _content(octets, remembered)
            except Pkcs12Error as error:
                return replace(content, refusal=_refusal(error))


def _refusal(error: Pkcs12Error) -> _Refusal:
    return _Refusal(error.code, error.facts.get("detail", ""))


def _recalled(recall: Recall, octets: bytes) -> Secret | None:
    """Ask the keyring; one that refuses leaves the file locked, which is what the person sees."""
    try:
        return recall(passphrases.fingerprint(octets))
    except passphrases.KeyringRefusedError:
        return None


def _octets(path: Path) -> bytes:
    """Read a file that has a sensible size.  Raises :class:`Pkcs12Error`."""
    try:
        if not path.is_file():  # a pipe would be waited at for ever
            raise Pkcs12Error("file-unreadable", detail="not a file")
        with path.open("rb") as file:
            octets = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise Pkcs12Error("file-unreadable", detail=safe(str(error))) from error
    if len(octets) > LARGEST:
        raise Pkcs12Error("file-unreadable", detail=f"more than {LARGEST} octets")
    return octets


def _content(octets: bytes, passphrase: Secret | None, work: Work | None = None) -> _Content:
    with look_inside(octets, passphrase, work) as contents:
        every = match(contents)
        own = own_certificates(every)
        rows = tuple((Certificate(one.held.der), one.state, one.held.name) for one in own)
        shown = {one.held.der for one in own}
        chain = tuple(one.held.der for one in every if one.held.der not in shown)
        shortcoming = _shortcoming(contents)
        return _Content(rows, chain, shortcoming, contents.is_untried, contents.has_too_large_key)


def _shortcoming(contents: Contents) -> _Refusal | None:
    """Say what of a file is not among its rows."""
    if contents.needs_passphrase:
        return (
            _refusal(UntriedError()) if contents.is_untried else _Refusal("passphrase-needed", "")
        )
    if contents.unread:
        return _Refusal("file-partly-unreadable", ", ".join(dict.fromkeys(contents.unread)))
    return None if contents.certificates else _Refusal("file-without-certificate", "")


def _rows(path: Path, content: _Content) -> list[Installed]:
    store = f"{KIND}:{path}"
    label = safe(path.name)
    rows = [
        Installed(certificate=certificate, store=store, label=name or label, key=key)
        for certificate, key, name in content.rows
    ]
    return [_with_size_judged(row) for row in rows] if content.has_too_large_key else rows


def _with_size_judged(row: Installed) -> Installed:
    """Of a file with a key that is too large: say so of the certificate whose key it must be."""
    is_its_own = key_limits.is_too_large(row.certificate.public_key)
    if row.key is not KeyState.UNKNOWN or not is_its_own:
        return row
    return row._replace(key=KeyState.UNUSABLE, key_trouble=key_limits.TOO_LARGE)


def _opened(octets: bytes, passphrase: Secret | None, sha256: str | None) -> Opened:
    with look_inside(octets, passphrase) as contents:
        owned = match(contents)
        wanted = [
            one for one in owned if sha256 in (None, hashlib.sha256(one.held.der).hexdigest())
        ]
        for one in wanted:
            if one.key is not None:
                names = Names([other.held.der for other in owned])
                above = tuple(names.above(one.held.der))
                return Opened(_checked(one.key), one.held.der, above, one.held.name)
        if contents.needs_passphrase:
            raise Pkcs12Error("passphrase-needed")
        if wanted and contents.has_too_large_key:
            raise Pkcs12Error("key-too-large")
        if wanted and contents.unread:
            raise Pkcs12Error("file-unreadable", detail=", ".join(contents.unread))
        is_other = sha256 is not None and not wanted
        raise Pkcs12Error("pkcs12-without-certificate" if is_other else "pkcs12-without-key")


def _checked(key: HeldKey) -> bytearray:
    """Return the key as PKCS #8 that every program reads: NSS wants the public half in it.

    That the numbers of an RSA key fit together is proved by a signature; to try whether they are
    prime takes seconds.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    octets = key.pkcs8 or b""
    try:
        with key_limits.library_faults():
            loaded = serialization.load_der_private_key(
                octets, None, unsafe_skip_rsa_key_validation=True
            )
            if isinstance(loaded, rsa.RSAPrivateKey):
                kind = (padding.PKCS1v15(), hashes.SHA256())
                loaded.public_key().verify(loaded.sign(_PROOF, *kind), _PROOF, *kind)
    except (ValueError, InvalidSignature) as error:
        detail = safe(str(error)) or "RSA key"
        raise Pkcs12Error("file-unreadable", detail=detail) from error
    return bytearray(
        loaded.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
