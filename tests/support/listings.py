"""Certificates of a customer's PC as a listing, without any store: for tests of the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from support.pki import Authority

from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.listing import Listing, combine
from certhelper.stores.base import Installed, KeyState, LockedEntry, StoreReading, StoreStatus

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Japan on the day that the tests judge by."""

CONTRACT = "12345678901234"
OTHER_CONTRACT = "23456789012345"
STORE = "nss:/home/hanako/.pki/nssdb"

PROFILE = """
schema = 1
id = "{id}"
name = "テスト銀行 Biznet"
[certificates]
renewal_window_days = 30
[site]
start_url = "{start}"
allowed_hosts = ["www.bank.test"]
certificate_hosts = ["logon.bank.test"]
obtain_url = "{obtain}"
[pin]
characters = "{characters}"
entry = "{entry}"
"""

_AUTHORITY = Authority()


def bank(
    folder: Path | None = None,
    *,
    bank_id: str = "test-bank",
    start: str = "https://logon.bank.test/",
    obtain: str = "",
    characters: str = "alphanumeric",
    entry: str = "fill",
) -> Bank:
    """A profile; with ``folder`` it is a file there."""
    text = PROFILE.format(
        id=bank_id, start=start, obtain=obtain, characters=characters, entry=entry
    )
    if folder is None:
        return Bank.parse(text.encode(), Path("/profiles") / f"{bank_id}.toml")
    path = folder / f"{bank_id}.toml"
    path.write_text(text, encoding="utf-8")
    return Bank.read(path)


def installed(
    name: str,
    *,
    days: int = 100,
    age: int = 200,
    key: KeyState = KeyState.PRESENT,
    store: str = STORE,
    at: datetime = AT,
    usage: Sequence[str] = ("digitalSignature",),
    needs_user: bool = False,
    responder: str = "",
) -> Installed:
    """A certificate that began ``age`` days before ``at`` and ends ``days`` after it.

    ``responder`` is the address that it names for questions about its revocation.
    """
    issued = _AUTHORITY.issue(
        name,
        not_before=at - timedelta(days=age),
        not_after=at + timedelta(days=days),
        usage=usage,
        extensions=_access(responder),
    )
    certificate = Certificate(issued.der)
    return Installed(certificate, store, "label", key, key_needs_user=needs_user)


def _access(responder: str) -> Sequence[tuple[x509.ExtensionType, bool]]:
    if not responder:
        return ()
    method = AuthorityInformationAccessOID.OCSP
    place = x509.AccessDescription(method, x509.UniformResourceIdentifier(responder))
    return [(x509.AuthorityInformationAccess([place]), False)]


def reading(*certificates: Installed, locked: Sequence[LockedEntry] = ()) -> StoreReading:
    kind, _, where = STORE.partition(":")
    return StoreReading(
        kind, where, StoreStatus.OK, installed=certificates, locked_entries=tuple(locked)
    )


def listing(*certificates: Installed, readings: Sequence[StoreReading] = ()) -> Listing:
    """What the window is told of these certificates and of further stores."""
    return combine([reading(*certificates), *readings], bank(), AT)


@dataclass
class HeldStore:
    """A store that answers when it is let go, in the thread that reads it."""

    answer: StoreReading
    go: Event = field(default_factory=Event)
    times_read: int = 0

    @property
    def kind(self) -> str:
        return self.answer.kind

    @property
    def where(self) -> str:
        return self.answer.where

    def read(self) -> StoreReading:
        self.times_read += 1
        self.go.wait(20)
        return self.answer


def ready_store(*certificates: Installed, locked: Sequence[LockedEntry] = ()) -> HeldStore:
    """A store that answers at once."""
    store = HeldStore(reading(*certificates, locked=locked))
    store.go.set()
    return store
