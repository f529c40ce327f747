"""What every kind of store offers, and the facts it hands on."""

# Not ``from __future__ import annotations``: every start would compile those of the tuples anew.

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol

from certhelper.certificate import Certificate

NOTHING_OBTAINED = "nothing-obtained"
"""Reason (``resources/texts/stores.toml``) of the usual place while nothing is there yet."""


class KeyState(StrEnum):
    """What is known of the private key that belongs to a certificate."""

    PRESENT = "present"
    NEEDS_USER = "needs-user"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    UNUSABLE = "unusable"


class StoreStatus(StrEnum):
    """Whether a store could be read."""

    OK = "ok"
    LOCKED = "locked"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


class KeyTrouble(NamedTuple):
    """Why a key is not simply present.

    ``cause`` is a name in ``[key-causes]`` of ``resources/texts/reasons.toml``; ``code`` is what
    the system said, such as ``0x80090016``, empty where it said nothing.
    """

    cause: str
    code: str = ""


class KeyDetails(NamedTuple):
    """Where a key is and of what kind, as the OS tells it; None: not told.

    The texts are safe to show.  ``hardware`` is ``software``, ``smart-card``, ``tpm`` or
    ``device``; ``interface`` is ``cng`` or ``capi``.
    """

    container: str
    key_spec: str | None
    interface: str | None
    hardware: str | None
    is_exportable: bool | None
    is_of_computer: bool


class TriesLeft(StrEnum):
    """How often a wrong PIN may still be given to a token, as far as it tells."""

    PLENTY = "plenty"
    LOW = "low"
    LAST = "last"
    NONE = "none"


class Token(NamedTuple):
    """A token (IC card, USB token, SoftHSM) as it tells of itself; the texts are safe to show.

    ``slot_id`` is the number of its slot in its module.  ``needs_login`` says that its keys are
    there after its PIN was given only; ``is_protected_path`` that the PIN is typed on the reader
    itself.  The octets are what the texts were made of, without filling: two texts that cannot be
    shown may look the same.  Source: PKCS #11 v2.40, section 3.2, ``CK_TOKEN_INFO``.
    """

    label: str
    serial: str
    manufacturer: str
    model: str
    slot_id: int
    needs_login: bool
    is_protected_path: bool
    tries: TriesLeft
    label_octets: bytes = b""
    serial_octets: bytes = b""


class Slot(NamedTuple):
    """A place for a token, such as a card reader; ``token`` None: nothing is in it.

    ``name`` is safe to show.  ``trouble`` is plain text fit to be shown, empty when all went well.
    ``is_blank`` says that something is in it that was never set up, and so holds nothing.
    """

    slot_id: int
    name: str
    token: Token | None = None
    trouble: str = ""
    is_blank: bool = False


class Installed(NamedTuple):
    """One certificate in one store: the certificate's facts and the store's.

    ``store`` is what ``--store`` takes to reach it: for a PKCS#12 file in a folder the file.
    ``label`` is safe to show.  ``key_needs_user`` says that the key is there but a password or PIN
    must be given to this program first.  ``is_archived`` says that the OS hides the certificate.
    ``token`` is the token that holds it, for stores of the kind ``pkcs11``; ``key_file`` the path
    of the encrypted key's file, for those of the kind ``files``.
    """

    certificate: Certificate
    store: str
    label: str
    key: KeyState
    key_provider: str | None = None
    key_needs_user: bool = False
    key_trouble: KeyTrouble | None = None
    key_details: KeyDetails | None = None
    is_archived: bool = False
    token: Token | None = None
    key_file: str = ""


class LockedEntry(NamedTuple):
    """A file that is known but not opened.

    ``reason`` is a code of ``resources/texts/stores.toml``: ``passphrase-needed``,
    ``passphrase-wrong``, ``file-unreadable`` or ``no-certificate-inside``; for PKCS#12 also
    ``file-damaged``, ``file-too-costly``, ``file-partly-unreadable`` (the rest of it is in the
    rows) and ``file-without-certificate``.  ``detail`` is plain text fit to be shown.
    """

    where: str
    label: str
    reason: str
    detail: str = ""


class StoreReading(NamedTuple):
    """One look into one store.

    ``reason`` is a code of ``resources/texts/stores.toml`` when ``status`` is not ``ok``;
    ``detail`` is plain text fit to be shown.  ``read_ms`` is wall-clock milliseconds.
    What could be read is in ``installed`` whatever the status says.  ``origin`` says in a person's
    words whose place it is, such as ``Firefoxのプロファイル(default-release)``; empty where nothing
    is known beyond ``where``.  ``slots`` are the places for tokens that a PKCS #11 module has, the
    empty ones, too.  ``chain`` are the DERs of certificates that only stand above those in
    ``installed``, as PKCS#12 files hold them.  ``pkcs12_files`` counts the PKCS#12 files of a
    folder that a store of the kind ``files`` leaves to that other kind.
    """

    kind: str
    where: str
    status: StoreStatus
    reason: str | None = None
    detail: str = ""
    read_ms: int = 0
    installed: tuple[Installed, ...] = ()
    locked_entries: tuple[LockedEntry, ...] = ()
    origin: str = ""
    slots: tuple[Slot, ...] = ()
    chain: tuple[bytes, ...] = ()
    pkcs12_files: int = 0

    @property
    def ders(self) -> Iterator[bytes]:
        """The DER of every certificate that was read: among them an issuer may be found."""
        yield from (one.certificate.der for one in self.installed)
        yield from self.chain

    @property
    def is_read(self) -> bool:
        """Whether the place could be read; files or tokens in it may be out of reach."""
        return self.status is StoreStatus.OK or self.reason == NOTHING_OBTAINED

    @property
    def name(self) -> str:
        """``KIND:WHERE``, as ``--store`` takes it."""
        return f"{self.kind}:{self.where}" if self.where else self.kind


class Availability(NamedTuple):
    """Whether a kind of store can be used on this PC, and why not (a code of stores.toml)."""

    usable: bool
    reason: str | None = None


class Store(Protocol):
    """One place with certificates.  :meth:`read` never raises for what the place holds."""

    @property
    def kind(self) -> str: ...

    @property
    def where(self) -> str: ...

    def read(self) -> StoreReading: ...
