"""Bringing the certificates of a PKCS#12 file into a store: a look first, then all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import failures
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.failures import FailedError
from certhelper.installing import unusable_file
from certhelper.installing.nicknames import nickname
from certhelper.installing.targets import Target
from certhelper.listing import combine
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.standing import Judged
from certhelper.stores import key_limits, pkcs12
from certhelper.stores.base import (
    NOTHING_OBTAINED,
    Installed,
    KeyState,
    StoreReading,
    StoreStatus,
)
from certhelper.stores.nss_writing import NewEntry
from certhelper.stores.pkcs12 import Pkcs12Store

_TOO_OLD = "database-too-old"
"""A new database beside an old one would keep NSS from ever converting that."""


class Plan(StrEnum):
    """What an import does with one certificate of the file."""

    ADD = "add"
    ADD_KEY = "add-key"
    ALREADY_THERE = "already-there"
    LEFT_OUT = "left-out"
    ROOT_LEFT_OUT = "root-left-out"


class Item(NamedTuple):
    """One certificate of the file.

    ``judged`` is how it will stand in the store, beside what is there.  ``is_chain`` says that it
    is a CA above one of the others, ``has_key`` that the file holds its key.  ``name`` is the one
    that it has in the store, or will have; safe to show.
    """

    judged: Judged
    plan: Plan
    has_key: bool
    is_chain: bool
    name: str

    @property
    def certificate(self) -> Certificate:
        return self.judged.installed.certificate


class Preview(NamedTuple):
    """What is in the file, and what an import would change.  Holds no key and no secret."""

    file: Path
    fingerprint: str
    target: Target
    store_name: str
    items: tuple[Item, ...]
    makes_store: bool
    needs_password: bool

    @property
    def changes(self) -> tuple[Item, ...]:
        """The certificates for which something would be stored."""
        return tuple(one for one in self.items if one.plan in (Plan.ADD, Plan.ADD_KEY))


class _Found(NamedTuple):
    certificate: Certificate
    name: str
    has_key: bool
    is_chain: bool


def look(
    file: Path, target: Target, bank: Bank, at: datetime, passphrase: Secret | None = None
) -> Preview:
    """Look into the file and the store; changes nothing.

    ``at`` is aware.  Raises :class:`FailedError`: ``passphrase-needed``, ``passphrase-wrong``,
    ``pkcs12-without-key`` and other codes of the file, of what is no PKCS#12 file those of
    :func:`certhelper.installing.unusable_file.failure`; ``store-in-use``, or what is wrong with
    the store (``database-damaged``, ``database-too-old`` and others) where it cannot be read.
    """
    fingerprint = _fingerprint(file)
    found = tuple(_in_file(file, passphrase))
    held = target.store.read()
    is_new = target.is_new
    is_empty = is_new or held.reason == NOTHING_OBTAINED
    if held.reason == _TOO_OLD or not (is_empty or held.status is StoreStatus.OK):
        raise _unreadable(held)
    needs_password = target.needs_password
    return Preview(
        file=file,
        fingerprint=fingerprint,
        target=target,
        store_name=held.name,
        items=tuple(_items(found, held, target, bank, at, needs_password=needs_password)),
        makes_store=is_new,
        needs_password=needs_password,
    )


def _unreadable(held: StoreReading) -> FailedError:
    code = held.reason or ""
    if held.status is StoreStatus.LOCKED:
        code = "store-in-use"
    elif not failures.is_known(code):
        code = "store-unreadable"
    return FailedError(code, where=safe(held.where), detail=held.detail)


def bring_in(
    preview: Preview, passphrase: Secret | None = None, password: Secret | None = None
) -> None:
    """Do what the preview says; afterwards the store was read again and holds it.

    ``passphrase`` is the file's, ``password`` the database's.  Raises :class:`FailedError`; the
    store is then as it was: ``import-file-changed``, ``store-password-needed``,
    ``database-password-wrong``, ``store-in-use`` and the target's other codes.  Only with
    ``import-not-proved`` it was changed, and does not show what was put in.
    """
    if _fingerprint(preview.file) != preview.fingerprint:
        raise FailedError("import-file-changed", where=safe(str(preview.file)))
    with ExitStack() as opened:
        entries = []
        for item in preview.changes:
            key = None
            if item.has_key:
                sha256 = item.certificate.sha256
                content = pkcs12.open_file(preview.file, passphrase, sha256=sha256)
                key = opened.enter_context(content).key
            entries.append(NewEntry(item.certificate.der, key, item.name))
        if entries:
            preview.target.put(entries, password)
    _prove(preview)


def _fingerprint(file: Path) -> str:
    try:
        return pkcs12.fingerprint(file)
    except FailedError as error:
        raise unusable_file.failure(file, error.facts.get("detail", "")) from error


def _in_file(file: Path, passphrase: Secret | None) -> Iterator[_Found]:
    """Yield the certificates of the file: those with a key, their chain, the others."""
    store = Pkcs12Store(file)
    if passphrase is not None:
        store.unlock(passphrase)
    reading = store.read()
    for entry in reading.locked_entries:
        if entry.reason == "file-unreadable":
            raise unusable_file.failure(file, entry.detail)
        if entry.reason != "file-partly-unreadable":  # what could be read is in the preview
            raise FailedError(entry.reason, where=safe(entry.where), detail=entry.detail)
    if reading.status is not StoreStatus.OK:
        raise unusable_file.failure(file, reading.detail)
    own = [one for one in reading.installed if one.key is KeyState.PRESENT]
    if not own:
        is_too_large = any(one.key_trouble == key_limits.TOO_LARGE for one in reading.installed)
        code = "key-too-large" if is_too_large else "pkcs12-without-key"
        raise FailedError(code, where=safe(str(file)))
    chain: dict[bytes, None] = {}
    for one in own:
        sha256 = one.certificate.sha256
        with pkcs12.open_file(file, passphrase, sha256=sha256) as opened:
            chain.update(dict.fromkeys(opened.chain))
            # Not the row's label, which is the file's own name where the file has none for it.
            yield _Found(one.certificate, opened.name, has_key=True, is_chain=False)
    for one in own:
        chain.pop(one.certificate.der, None)
    for der in chain:
        yield _Found(Certificate(der), "", has_key=False, is_chain=True)
    for one in reading.installed:
        if one.key is not KeyState.PRESENT and one.certificate.der not in chain:
            yield _Found(one.certificate, one.label, has_key=False, is_chain=False)


def _items(
    found: Sequence[_Found],
    held: StoreReading,
    target: Target,
    bank: Bank,
    at: datetime,
    *,
    needs_password: bool,
) -> Iterator[Item]:
    authorities = target.known_authorities()
    known = {one.certificate.der: one for one in held.installed}
    taken = {one.label for one in held.installed}
    rows = []
    for one in found:
        there = known.get(one.certificate.der)
        name = there.label if there else nickname(one.certificate, one.name, taken)
        taken.add(name)
        key = KeyState.PRESENT if one.has_key else there.key if there else KeyState.ABSENT
        rows.append(
            Installed(
                one.certificate, held.name, name, key, key_needs_user=one.has_key and needs_password
            )
        )
    new = {row.certificate.der for row in rows}
    others = tuple(one for one in held.installed if one.certificate.der not in new)
    reading = StoreReading(held.kind, held.where, StoreStatus.OK, installed=(*others, *rows))
    judged = combine([reading], bank, at).grouped.judged[len(others) :]
    for one, standing in zip(found, judged, strict=True):
        there = known.get(one.certificate.der)
        if there is None and one.is_chain and one.certificate.der in authorities:
            plan = Plan.ALREADY_THERE
        elif there is None and _is_root(one) and not target.keeps_roots:
            plan = Plan.ROOT_LEFT_OUT
        else:
            plan = _plan(one, there)
        yield Item(standing, plan, one.has_key, one.is_chain, standing.installed.label)


def _is_root(found: _Found) -> bool:
    certificate = found.certificate
    return found.is_chain and certificate.subject_der == certificate.issuer_der


def _plan(found: _Found, there: Installed | None) -> Plan:
    if there is not None:
        lacks_key = found.has_key and there.key is KeyState.ABSENT
        return Plan.ADD_KEY if lacks_key else Plan.ALREADY_THERE
    return Plan.ADD if found.has_key or found.is_chain else Plan.LEFT_OUT


def _prove(preview: Preview) -> None:
    """Look whether every key is there now; it is the person's only copy in use."""
    held = {one.certificate.der: one for one in preview.target.store.read().installed}
    for item in preview.changes:
        there = held.get(item.certificate.der)
        if item.has_key and (there is None or there.key is KeyState.ABSENT):
            where = safe(preview.store_name)
            raise FailedError("import-not-proved", where=where, detail=item.name)
