"""Taking a certificate out of a store: first what depends on it, then all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import moment, texts
from certhelper.certificate import Certificate
from certhelper.contracts import Holder
from certhelper.failures import FailedError
from certhelper.installing import backup as backups
from certhelper.installing.backup import Backup, Contents
from certhelper.installing.targets import Target, holds_key
from certhelper.listing import Listing
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.standing import Judged
from certhelper.store_names import store_name
from certhelper.stores.base import Installed

_MOST_LEVELS = 10


class Weight(StrEnum):
    """How much a person should think before going on."""

    GRAVE = "grave"
    MIND = "mind"
    CALM = "calm"


_WEIGHTS = {
    "only-usable": Weight.GRAVE,
    "preferred": Weight.MIND,
    "copy-preferred": Weight.CALM,
    "not-usable": Weight.CALM,
    "superseded": Weight.CALM,
    "elsewhere": Weight.CALM,
    "no-key": Weight.CALM,
    "key-goes": Weight.MIND,
    "key-stays": Weight.CALM,
    "key-left-on-device": Weight.MIND,
    "backup-elsewhere": Weight.MIND,
    "exportable": Weight.CALM,
    "not-exportable": Weight.GRAVE,
    "reissue": Weight.MIND,
    "bank-issues": Weight.MIND,
    "authority": Weight.MIND,
}


class Dependence(NamedTuple):
    """One thing that a person must know before the certificate is removed.

    ``code`` is a name in ``[depends]`` of ``resources/texts/installing.toml``.
    """

    code: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def weight(self) -> Weight:
        return _WEIGHTS[self.code]

    def message(self) -> str:
        return texts.text(f"installing.depends.{self.code}", **dict(self.facts))


class Removal(NamedTuple):
    """What would be removed, and what depends on it.  Holds no key and no secret."""

    judged: Judged
    target: Target
    depends: tuple[Dependence, ...]
    takes_key: bool
    can_back_up: bool
    needs_password: bool
    chain: tuple[bytes, ...]

    @property
    def installed(self) -> Installed:
        return self.judged.installed


def look(sha256: str, store: str, target: Target, found: Listing) -> Removal:
    """Find out what depends on the certificate ``sha256`` in the store named ``store``.

    ``found`` is what this PC's stores hold, the one in question among them.  Raises
    :class:`FailedError` (``store-in-use``, ``store-unreadable``), ``LookupError`` where the store
    does not hold the certificate.
    """
    judged = _row(sha256, store, found)
    installed = judged.installed
    has_key = holds_key(installed)
    der = installed.certificate.der
    sharing = target.sharing_key(der) if has_key else ()
    can_back_up = has_key and target.is_exportable(installed)
    depends = (
        *_of_holder(judged, found),
        *_of_places(installed, found),
        *_of_key(installed, target, sharing=len(sharing), can_back_up=can_back_up),
    )
    takes_key = has_key and not sharing and target.removes_key(installed)
    return Removal(
        judged=judged,
        target=target,
        depends=depends,
        takes_key=takes_key,
        can_back_up=can_back_up,
        needs_password=has_key and target.needs_password,
        chain=tuple(_chain(installed.certificate, _same_store(store, found))),
    )


def person(user_id: str | None) -> str:
    """Return who a holder is, in words: a 利用者 by the name, or the 管理者 (None)."""
    if user_id is None:
        return texts.text("installing.administrator")
    return texts.text("installing.user", user=user_id)


def take_out(
    removal: Removal, password: Secret | None = None, backup: Backup | None = None
) -> None:
    """Remove the certificate, after its backup was written and read back where one is wanted.

    ``password`` is the database's.  Raises :class:`FailedError`; the store is then as it was, and
    no backup is left: ``key-not-exportable``, ``backup-exists``, ``backup-folder-missing``,
    ``backup-not-written``, ``store-password-needed``, ``database-password-wrong``,
    ``store-in-use`` and others of the target.
    """
    installed = removal.installed
    der = installed.certificate.der
    written: list[Path] = []

    def save(key: bytearray) -> None:
        assert backup is not None
        contents = Contents(der, removal.chain, installed.label)
        backups.write(backup, contents, key)
        written.append(backup.file)

    if backup is not None:
        if not removal.can_back_up:
            raise FailedError("key-not-exportable", where=safe(installed.store))
        backups.check(backup)
    try:
        removal.target.take_out(
            der,
            takes_key=removal.takes_key,
            password=password,
            save=None if backup is None else save,
        )
    except BaseException:
        # Whatever interrupted it: where the key may be gone the backup is the person's only one.
        if written and _is_whole(removal):
            written[0].unlink(missing_ok=True)
        raise


def _is_whole(removal: Removal) -> bool:
    """Whether the store is seen to hold the certificate as it did before, with its key."""
    before = removal.installed
    return any(
        one.certificate == before.certificate and one.key is before.key
        for one in removal.target.store.read().installed
    )


def _row(sha256: str, store: str, found: Listing) -> Judged:
    for one in found.grouped.judged:
        if one.installed.certificate.sha256 == sha256 and one.installed.store == store:
            return one
    raise LookupError(sha256)


def _of_holder(judged: Judged, found: Listing) -> Iterator[Dependence]:
    """What this means for the person who logs on with it."""
    holder = _holder(judged, found)
    if holder is None:
        if judged.installed.certificate.subject_der == judged.installed.certificate.issuer_der:
            yield Dependence("authority")
        return
    facts = (("holder", person(holder.user_id)), ("contract", holder.contract_id))
    others = [one for one in holder.certificates if one.usable and not _is_same(one, judged)]
    copies = [one for one in others if one.installed.certificate == judged.installed.certificate]
    if not judged.usable:
        yield Dependence("not-usable")
    elif not others:
        yield Dependence("only-usable", facts)
    elif holder.preferred is not None and _is_same(holder.preferred, judged):
        next_one = others[0].installed
        end = next_one.certificate.not_after
        successor = (
            ("until", moment.in_japan(end) if end else "?"),
            ("store", store_name(next_one)),
        )
        code = "copy-preferred" if others[0] in copies else "preferred"
        yield Dependence(code, (*facts, *successor))
    newer = [reason for reason in judged.reasons if reason.code == "superseded"]
    yield from (Dependence("superseded", tuple(reason.facts)) for reason in newer)
    if judged.usable and not newer and not copies:
        yield Dependence("bank-issues" if holder.role == "administrator" else "reissue")


def _of_places(installed: Installed, found: Listing) -> Iterator[Dependence]:
    sha256 = installed.certificate.sha256
    stores = {
        store_name(one.installed)
        for one in found.grouped.judged
        if one.installed.certificate.sha256 == sha256 and one.installed.store != installed.store
    }
    if stores:
        shown = texts.text("installing.pause").join(sorted(stores))
        yield Dependence("elsewhere", (("stores", shown),))


def _of_key(
    installed: Installed, target: Target, *, sharing: int, can_back_up: bool
) -> Iterator[Dependence]:
    if not holds_key(installed):
        yield Dependence("no-key")
        return
    if sharing:
        yield Dependence("key-stays", (("count", str(sharing)),))
    else:
        removed = target.removes_key(installed)
        yield Dependence("key-goes" if removed else "key-left-on-device")
    if can_back_up:
        yield Dependence("exportable")
    else:
        yield Dependence("not-exportable" if target.makes_backups else "backup-elsewhere")


def _holder(judged: Judged, found: Listing) -> Holder | None:
    for contract in found.grouped.contracts:
        for holder in contract.holders:
            if any(one is judged for one in holder.certificates):
                return holder
    return None


def _is_same(one: Judged, other: Judged) -> bool:
    first, second = one.installed, other.installed
    return first.certificate == second.certificate and first.store == second.store


def _same_store(store: str, found: Listing) -> list[Certificate]:
    rows = (one.installed for one in found.grouped.judged)
    return [one.certificate for one in rows if one.store == store]


def _chain(certificate: Certificate, known: Sequence[Certificate]) -> Iterator[bytes]:
    """Yield those above it, by their names, as far as the store has them."""
    seen = {certificate.der}
    below = certificate
    for _ in range(_MOST_LEVELS):
        above = next(
            (one for one in known if one.subject_der == below.issuer_der and one.der not in seen),
            None,
        )
        if above is None or below.issuer_der is None:
            return
        seen.add(above.der)
        yield above.der
        below = above
