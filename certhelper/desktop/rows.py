"""What the window lists, in the order in which it lists it.  Free of Qt.

Texts are made when they are asked for: of a thousand rows a person sees a dozen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certhelper.contracts import Holder, Verdict, copies, verdict_of
from certhelper.desktop.certificate_words import name_of
from certhelper.desktop.place_names import NO_NAMES, PlaceNames, name_of_place
from certhelper.standing import Judged, Reason, Severity, is_authority
from certhelper.stores.base import LockedEntry, Slot, StoreReading, TriesLeft
from certhelper.texts import text


class Mark(StrEnum):
    """How a row stands; always said in words and by a sign too, never by colour alone."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"
    NEUTRAL = "neutral"


_VERDICT_MARKS = {
    Verdict.READY: Mark.GOOD,
    Verdict.RENEW: Mark.CAUTION,
    Verdict.ATTENTION: Mark.CAUTION,
    Verdict.REISSUE: Mark.BAD,
}
_SEVERITY_MARKS = {
    Severity.BLOCKING: Mark.BAD,
    Severity.WARNING: Mark.CAUTION,
    Severity.INFORMATION: Mark.NEUTRAL,
}


def mark_of(verdict: Verdict) -> Mark:
    return _VERDICT_MARKS[verdict]


_NEEDS_USER = "key-needs-user"
_SECRETS = {"pkcs11": "pin", "nss": "password"}


def secret_needed(judged: Judged) -> str:
    """Return what is only to be typed (``pin``, ``password``, ``passphrase``); else empty.

    That is how a token and a locked database are every day: no trouble, and nothing to look into.
    A token that has few tries left is another matter.
    """
    weighty = {one.code for one in judged.reasons if one.severity is not Severity.INFORMATION}
    installed = judged.installed
    has_tries = installed.token is None or installed.token.tries is TriesLeft.PLENTY
    if weighty != {_NEEDS_USER} or not has_tries:
        return ""
    return _SECRETS.get(installed.store.partition(":")[0], "passphrase")


class ReasonRow(NamedTuple):
    """Why a certificate stands as it does, with what to do."""

    key: str
    reason: Reason

    @property
    def mark(self) -> Mark:
        is_usual = self.reason.code == _NEEDS_USER
        return Mark.NEUTRAL if is_usual else _SEVERITY_MARKS[self.reason.severity]

    @property
    def message(self) -> str:
        return self.reason.message()

    @property
    def children(self) -> tuple[Row, ...]:
        return ()


class CertificateRow(NamedTuple):
    """One certificate by itself.

    ``judged`` is the place that would be used; ``copies`` are the places of this same certificate,
    that one among them, the preferred one first.
    """

    key: str
    judged: Judged
    at: datetime
    copies: tuple[Judged, ...] = ()
    names: PlaceNames = NO_NAMES

    @property
    def title(self) -> str:
        """What the certificate calls itself."""
        return name_of(self.judged)

    @property
    def is_authority(self) -> bool:
        """A CA's certificate, which came along with somebody's own: no fault to be explained."""
        return self.judged.holder is None and is_authority(self.judged)

    @property
    def mark(self) -> Mark:
        if self.is_authority:
            return Mark.NEUTRAL
        if not self.judged.usable:
            return Mark.BAD
        if secret_needed(self.judged):
            return Mark.NEUTRAL
        warned = any(reason.severity is Severity.WARNING for reason in self.judged.reasons)
        return Mark.CAUTION if warned else Mark.GOOD

    @property
    def state(self) -> str:
        needed = secret_needed(self.judged)
        state = f"needs-{needed}" if needed else f"certificate-{self.mark.value}"
        return text(f"desktop.state.{state}")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What there is to explain."""
        return () if self.is_authority else _reasons(self.judged, self.copies)

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.reasons)

    def words(self) -> Iterator[str]:
        for judged in self.copies or (self.judged,):
            yield from _searchable(judged, self.names)


class HolderRow(NamedTuple):
    """One 利用者, or the 管理者, with the certificate that would be used.

    ``copies`` are the places of this same certificate, as of :class:`CertificateRow`.
    """

    key: str
    holder: Holder
    judged: Judged
    at: datetime
    copies: tuple[Judged, ...] = ()
    names: PlaceNames = NO_NAMES

    @property
    def is_administrator(self) -> bool:
        return self.holder.role == "administrator"

    @property
    def title(self) -> str:
        return self.holder.user_id or text("desktop.holder.no-user")

    @property
    def verdict(self) -> Verdict:
        """The holder's, or that of the place which the person has chosen instead."""
        if self.judged is self.holder.certificates[0]:
            return self.holder.verdict
        return verdict_of((self.judged,))

    @property
    def mark(self) -> Mark:
        return Mark.NEUTRAL if self._needed else mark_of(self.verdict)

    @property
    def state(self) -> str:
        state = f"needs-{self._needed}" if self._needed else self.verdict.value
        return text(f"desktop.state.{state}")

    @property
    def _needed(self) -> str:
        return secret_needed(self.judged) if self.verdict is Verdict.ATTENTION else ""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What there is to explain."""
        return _reasons(self.judged, self.copies)

    @property
    def others(self) -> tuple[CertificateRow, ...]:
        """The holder's other certificates, each once."""
        if len(self.holder.certificates) == 1:
            return ()
        mine = self.judged.installed.certificate.sha256
        return tuple(
            CertificateRow(f"{self.key}/{sha256_of(same[0])}", same[0], self.at, same, self.names)
            for same in copies(self.holder.certificates)
            if sha256_of(same[0]) != mine
        )

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.reasons) + self.others

    def words(self) -> Iterator[str]:
        yield self.holder.contract_id
        if self.is_administrator:
            yield text("desktop.holder.administrator")
        for judged in self.holder.certificates:
            yield from _searchable(judged, self.names)


_LOCKED, _NOT_READ = "locked", "file-not-read"
_STATES_OF_FILES = {
    "passphrase-needed": _LOCKED,
    "passphrase-wrong": _LOCKED,
    "file-partly-unreadable": "file-partly-read",
    "file-without-certificate": "file-empty",
    "no-certificate-inside": "file-empty",
}
"""By reason (``resources/texts/stores.toml``); any other: the file could not be read."""


class LockedRow(NamedTuple):
    """A file that does not show everything: its passphrase is needed, or it cannot be read."""

    key: str
    entry: LockedEntry
    store: str

    @property
    def title(self) -> str:
        return self.entry.label or self.entry.where

    @property
    def needs_passphrase(self) -> bool:
        """Whether a passphrase would help; otherwise there is nothing to be asked for."""
        return self._state == _LOCKED

    @property
    def mark(self) -> Mark:
        return Mark.BAD if self._state == _NOT_READ else Mark.CAUTION

    @property
    def state(self) -> str:
        return text(f"desktop.state.{self._state}")

    @property
    def _state(self) -> str:
        return _STATES_OF_FILES.get(self.entry.reason, _NOT_READ)

    @property
    def explanation(self) -> str:
        sentence = text(f"stores.{self.entry.reason}")
        return f"{sentence} ({self.entry.detail})" if self.entry.detail else sentence

    @property
    def children(self) -> tuple[Row, ...]:
        return ()

    def words(self) -> Iterator[str]:
        yield self.entry.label
        yield self.entry.where


class StoreRow(NamedTuple):
    """A store that could not be read."""

    key: str
    reading: StoreReading

    @property
    def title(self) -> str:
        return name_of_place(self.reading)

    @property
    def explanation(self) -> str:
        sentence = text(f"stores.{self.reading.reason}") if self.reading.reason else ""
        return f"{sentence} {self.reading.detail}".strip()

    @property
    def children(self) -> tuple[Row, ...]:
        return ()

    def words(self) -> Iterator[str]:
        yield self.title
        yield self.reading.name


class SlotRow(NamedTuple):
    """A place for a token, such as a card reader, with none in it."""

    key: str
    slot: Slot

    @property
    def title(self) -> str:
        return self.slot.name or text("places.slot.unnamed")

    @property
    def explanation(self) -> str:
        return text("places.slot.insert")

    @property
    def children(self) -> tuple[Row, ...]:
        return ()

    def words(self) -> Iterator[str]:
        yield self.slot.name


Card = HolderRow | CertificateRow | LockedRow | StoreRow | SlotRow
Row = Card | ReasonRow


class Section(NamedTuple):
    """Rows under one heading."""

    key: str
    title: str
    note: str
    rows: tuple[Card, ...]


def certificates_of(row: Row) -> tuple[Judged, ...]:
    """Every certificate that a row stands for."""
    match row:
        case HolderRow():
            return row.holder.certificates
        case CertificateRow():
            return row.copies or (row.judged,)
        case _:
            return ()


def _reason_rows(key: str, reasons: tuple[Reason, ...]) -> tuple[Row, ...]:
    return tuple(ReasonRow(f"{key}#{index}", reason) for index, reason in enumerate(reasons))


def sha256_of(judged: Judged) -> str:
    """The certificate's fingerprint, whichever store it is in."""
    return judged.installed.certificate.sha256


def _reasons(judged: Judged, copies: tuple[Judged, ...]) -> tuple[Reason, ...]:
    """The reasons of a card; that the certificate is elsewhere, too, stands on the card itself."""
    if len(copies) < 2:
        return judged.reasons
    return tuple(reason for reason in judged.reasons if reason.code != "duplicate")


def _searchable(judged: Judged, names: PlaceNames) -> Iterator[str]:
    installed = judged.installed
    certificate = installed.certificate
    yield certificate.subject
    yield certificate.issuer
    yield certificate.serial_hex
    yield certificate.sha256
    yield installed.label
    yield installed.store
    yield names.of(installed)
