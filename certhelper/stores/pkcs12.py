"""Certificates in PKCS#12 files (``*.p12``, ``*.pfx``): one file, or all of a folder.

A file without a passphrase opens by itself, and so does one whose passphrase the person let the
OS's keyring remember.  Any other is a locked entry until :meth:`Pkcs12Store.unlock` is given its
passphrase; what is kept then are the certificates, never the passphrase or the key.

Which certificates become rows: each one of the file, except those that another certificate of the
file names as its issuer and that have no key; those are its chain.  The chain goes along when the
file is opened for a log-on.

Of a file with several private keys the first is read (``cryptography`` gives one).  The key of
every other certificate is therefore ``unknown``, not absent.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from certhelper.certificate import Certificate
from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import passphrases
from certhelper.stores.base import (
    Installed,
    KeyState,
    LockedEntry,
    StoreReading,
    StoreStatus,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

KIND = "pkcs12"
SUFFIXES = (".p12", ".pfx")
LARGEST = 1 << 20  # octets; a key with a long chain has about 20,000

Recall = Callable[[str], Secret | None]
"""From a file's fingerprint to its remembered passphrase."""

# ``warnings.catch_warnings`` changes the whole process: at least we never do it twice at a time.
_warnings_lock = threading.Lock()


class Pkcs12Error(FailedError):
    """A file could not be opened.

    Codes ``passphrase-needed``, ``passphrase-wrong`` and ``file-unreadable``, which are codes of
    ``stores.toml`` too, and ``pkcs12-without-key``.
    """


@dataclass(slots=True)
class Opened:
    """What a log-on needs of a file; leave the ``with`` block to overwrite the key.

    ``key`` is PKCS #8 DER without encryption.  ``certificate`` is the DER of the one that belongs
    to the key, ``chain`` are the DERs of all others in the file, ``name`` is the name in the file.
    The library that decodes the file has copies of the key of its own, which nobody can overwrite.
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
    path: Path, passphrase: Secret | None = None, recall: Recall = passphrases.recall
) -> Opened:
    """Open a file for a log-on: with ``passphrase``, or without one, or with a remembered one.

    Raises :class:`Pkcs12Error`; ``pkcs12-without-key`` when there is nothing to log on with.
    """
    try:
        octets = _octets(path)
        try:
            loaded = _load(octets, passphrase)
        except Pkcs12Error as error:
            remembered = _recalled(recall, octets) if error.code == "passphrase-needed" else None
            if remembered is None:
                raise
            with remembered:
                loaded = _load(octets, remembered)
        return _opened(loaded)
    except Pkcs12Error as error:
        raise Pkcs12Error(error.code, **{**error.facts, "where": safe(str(path))}) from error


def fingerprint(path: Path) -> str:
    """Return what :mod:`certhelper.stores.passphrases` knows the file by.

    Raises :class:`Pkcs12Error` (``file-unreadable``).
    """
    return passphrases.fingerprint(_octets(path))


@dataclass(frozen=True, slots=True)
class _Content:
    """A file's rows, ready for any path: certificate, key state, name inside the file."""

    rows: tuple[tuple[Certificate, KeyState, str], ...]


class _Refusal(NamedTuple):
    code: str
    detail: str


class Pkcs12Store:
    """A file or a folder.  ``recall`` looks for remembered passphrases.

    Safe to be used by several threads.
    """

    def __init__(self, path: Path, recall: Recall = passphrases.recall) -> None:
        self._path = path
        self._recall = recall
        self._lock = threading.Lock()
        # By fingerprint, so that a file that changed is looked at anew.
        self._known: dict[str, _Content | _Refusal] = {}

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
        with self._lock:
            try:
                paths = self._files()
            except FileNotFoundError:
                status, reason, paths = StoreStatus.UNAVAILABLE, "store-not-found", []
            except (OSError, ValueError) as error:
                status, reason, paths = StoreStatus.FAILED, "file-unreadable", []
                detail = safe(str(error))
            for path in paths:
                content = self._content(path)
                if isinstance(content, _Content):
                    installed += _rows(path, content)
                else:
                    label = safe(path.name)
                    locked.append(LockedEntry(str(path), label, content.code, content.detail))
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason,
            detail=detail,
            read_ms=round((perf_counter() - started) * 1000),
            installed=tuple(installed),
            locked_entries=tuple(locked),
        )

    def unlock(self, passphrase: Secret, where: str | None = None) -> bool:
        """Try a passphrase on the locked entry ``where``, or on every one; say if any opened.

        The next :meth:`read` shows the outcome: rows, the entry as ``passphrase-wrong``, or why
        the folder cannot be listed any more.
        """
        opened = False
        with self._lock:
            try:
                paths = self._files() if where is None else [Path(where)]
            except (OSError, ValueError):
                return False
            for path in paths:
                if isinstance(self._content(path), _Refusal):
                    content = self._look(path, lambda octets: _content(octets, passphrase))
                    opened = opened or isinstance(content, _Content)
        return opened

    def _files(self) -> list[Path]:
        """Return the files.  Raises ``OSError``, ``ValueError`` for a name that cannot be."""
        if not self._path.is_dir():
            self._path.stat()
            return [self._path]
        inside = (path for path in self._path.iterdir() if path.suffix.lower() in SUFFIXES)
        return sorted(path for path in inside if not path.is_dir())

    def _content(self, path: Path) -> _Content | _Refusal:
        """Return what is known of a file, looking into it the first time."""
        return self._look(path, self._without_asking, only_new=True)

    def _look(
        self, path: Path, look: Callable[[bytes], _Content], only_new: bool = False
    ) -> _Content | _Refusal:
        try:
            octets = _octets(path)
        except Pkcs12Error as error:
            return _refusal(error)
        name = passphrases.fingerprint(octets)
        if only_new and name in self._known:
            return self._known[name]
        try:
            self._known[name] = look(octets)
        except Pkcs12Error as error:
            self._known[name] = _refusal(error)
        return self._known[name]

    def _without_asking(self, octets: bytes) -> _Content:
        """Open a file without a passphrase, or with a remembered one.  Raises Pkcs12Error."""
        try:
            return _content(octets, None)
        except Pkcs12Error as error:
            if error.code != "passphrase-needed":
                raise
            remembered = _recalled(self._recall, octets)
            if remembered is None:
                raise
        with remembered:
            return _content(octets, remembered)


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


def _content(octets: bytes, passphrase: Secret | None) -> _Content:
    loaded = _load(octets, passphrase)
    own, others, name = _ders(loaded)
    certificates = [Certificate(der) for der in dict.fromkeys((*own, *others))]
    # The library reads one key only, so another certificate's key may be there as well.
    other_key = KeyState.ABSENT if loaded.key is None else KeyState.UNKNOWN
    return _Content(
        tuple(
            (one, KeyState.PRESENT if one.der in own else other_key, name)
            for one in certificates
            if one.der in own or not _is_issuer(one, certificates)
        )
    )


def _is_issuer(one: Certificate, certificates: Sequence[Certificate]) -> bool:
    return one.subject_der is not None and any(
        other.issuer_der == one.subject_der for other in certificates if other is not one
    )


def _rows(path: Path, content: _Content) -> list[Installed]:
    store = f"{KIND}:{path}"
    label = safe(path.name)
    return [
        Installed(certificate=certificate, store=store, label=name or label, key=key)
        for certificate, key, name in content.rows
    ]


def _ders(loaded: PKCS12KeyAndCertificates) -> tuple[list[bytes], list[bytes], str]:
    """Return the key's certificate (or none), the others, and the name that the first carries."""
    from cryptography.hazmat.primitives.serialization import Encoding

    others = [one.certificate.public_bytes(Encoding.DER) for one in loaded.additional_certs]
    if loaded.cert is None:
        return [], others, ""
    name = (loaded.cert.friendly_name or b"").decode("utf-8", "replace")
    return [loaded.cert.certificate.public_bytes(Encoding.DER)], others, safe(name)


def _opened(loaded: PKCS12KeyAndCertificates) -> Opened:
    from cryptography.hazmat.primitives import serialization

    own, others, name = _ders(loaded)
    if loaded.key is None or not own:
        raise Pkcs12Error("pkcs12-without-key")
    key = loaded.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Opened(bytearray(key), own[0], tuple(others), name)


def _load(octets: bytes, passphrase: Secret | None) -> PKCS12KeyAndCertificates:
    """Decode a file.  Raises :class:`Pkcs12Error`."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        if passphrase is None:
            return _decoded(octets, None)
        with passphrase.view() as characters:
            return _decoded(octets, characters)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library has one class for both; its words are held by a test.
        if "password" in str(error):
            code = "passphrase-needed" if passphrase is None else "passphrase-wrong"
            raise Pkcs12Error(code) from error
        raise Pkcs12Error("file-unreadable", detail=safe(str(error))) from error


def _decoded(octets: bytes, passphrase: memoryview | None) -> PKCS12KeyAndCertificates:
    from cryptography.hazmat.primitives.serialization import pkcs12

    with _warnings_lock, warnings.catch_warnings():
        # NSS and old Windows write BER; the library reads it and only announces a change.
        warnings.filterwarnings("ignore", "PKCS#12 bundle could not be parsed as DER")
        return pkcs12.load_pkcs12(octets, passphrase)  # type: ignore[arg-type]  # any buffer works
