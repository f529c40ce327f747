"""``certhelper remove``: shows what depends on a certificate, asks, and takes it out."""

from __future__ import annotations

import argparse
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from certhelper import crash_dumps, listing, moment, texts
from certhelper.bank import Bank
from certhelper.cli import common, output, store_changes, terminal, waiting
from certhelper.failures import ExitStatus, FailedError
from certhelper.installing import backup as backups
from certhelper.installing import removing, targets
from certhelper.installing.backup import Backup
from certhelper.installing.removing import Removal, Weight
from certhelper.listing import Listing
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import registry
from certhelper.stores.base import Store

SCHEMA = "certhelper.remove/1"
_SIGNS = {Weight.GRAVE: "！", Weight.MIND: "・", Weight.CALM: "・"}


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, remove.  Without a yes nothing is changed (``removal-not-confirmed``)."""
    crash_dumps.forbid()  # before a private key passes through this process
    bank = common.bank_of(arguments)
    store = registry.open_store(arguments.store)
    target = targets.to_remove_from(store)
    found, fingerprint = _found(arguments, bank, store)
    removal = removing.look(fingerprint, _name(store), target, found)
    if not arguments.json:
        output.lines(_shown(removal))
        output.finish()
    file = _backup_file(arguments, removal)
    if not _is_confirmed(arguments):
        _print_document(arguments, removal, bank, file, removed=False)
        raise FailedError("removal-not-confirmed")
    with (
        _backup(arguments, file) as backup,
        store_changes.store_password(
            arguments, store.where, is_needed=removal.needs_password
        ) as password,
        waiting.for_change(_name(store)),
    ):
        removing.take_out(removal, password, backup)
    _print_document(arguments, removal, bank, file, removed=True)
    if not arguments.json:
        output.lines(_end(removal, file))
    return ExitStatus.DONE


def _found(arguments: argparse.Namespace, bank: Bank, store: Store) -> tuple[Listing, str]:
    """Read this store and all others of this PC; return which certificate of this one is meant."""
    others = [one for one in registry.stores_of_this_pc() if _name(one) != _name(store)]
    found = waiting.read([store, *others], bank, moment.now())
    own = listing.combine(found.readings[:1], bank, found.at)
    return found, common.whole_fingerprint(arguments.fingerprint, own)


def _name(store: Store) -> str:
    return f"{store.kind}:{store.where}"


def _is_confirmed(arguments: argparse.Namespace) -> bool:
    if arguments.yes:
        return True
    return terminal.is_there() and terminal.confirm(_text("ask.remove"))


def _backup_file(arguments: argparse.Namespace, removal: Removal) -> Path | None:
    """Return where a backup goes, asking for it at a terminal; refuse early what cannot be.

    Raises :class:`FailedError` (``backup-without-key``, ``key-not-exportable``,
    ``backup-exists``, ``backup-folder-missing``).
    """
    given = arguments.backup
    if given is None and removal.can_back_up and not arguments.yes and terminal.is_there():
        given = terminal.ask_line(_text("ask.backup-file"))
    if not given:
        return None
    if not removal.can_back_up:
        has_key = targets.holds_key(removal.installed)
        code = "key-not-exportable" if has_key else "backup-without-key"
        raise FailedError(code, where=safe(removal.installed.store))
    backups.check_place(Path(given))
    return Path(given)


@contextmanager
def _backup(arguments: argparse.Namespace, file: Path | None) -> Iterator[Backup | None]:
    """Lend the backup with its passphrase: of ``--secret-fd``, or typed twice."""
    if file is None:
        yield None
        return
    with store_changes.secret_of_descriptor(arguments.secret_fd) as given:
        if given is not None:
            yield Backup(file, given)
            return
    if not terminal.is_there():
        raise FailedError("backup-passphrase-needed", where=safe(str(file)))
    with (
        terminal.ask_secret(_text("ask.backup-passphrase", file=safe(str(file)))) as typed,
        terminal.ask_secret(_text("ask.backup-again")) as again,
    ):
        if not _are_same(typed, again):
            raise FailedError("backup-passphrase-differs")
        yield Backup(file, typed)


def _are_same(one: Secret, other: Secret) -> bool:
    with one.view() as first, other.view() as second:
        return hmac.compare_digest(first, second)


def _print_document(
    arguments: argparse.Namespace,
    removal: Removal,
    bank: Bank,
    file: Path | None,
    *,
    removed: bool,
) -> None:
    if arguments.json:
        output.document(_document(removal, bank, file, removed=removed))


def _document(removal: Removal, bank: Bank, file: Path | None, *, removed: bool) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "bank": bank.id,
        "store": removal.installed.store,
        "removed": removed,
        "key_removed": removed and removal.takes_key,
        "exportable": removal.can_back_up,
        "backup": str(file) if removed and file is not None else None,
        "certificate": store_changes.row(removal.judged),
        "depends": [
            {"code": one.code, "weight": one.weight.value, "message": one.message()}
            for one in removal.depends
        ],
    }


def _shown(removal: Removal) -> Iterator[str]:
    yield _text("show.remove-from", store=safe(removal.installed.store))
    yield from store_changes.lines(removal.judged)
    yield ""
    yield from (f"{_SIGNS[one.weight]} {one.message()}" for one in removal.depends)
    yield ""


def _end(removal: Removal, file: Path | None) -> Iterator[str]:
    yield _text("end.removed", store=safe(removal.installed.store))
    if file is not None:
        yield _text("end.backup", file=safe(str(file)))


def _text(key: str, /, **facts: object) -> str:
    return texts.text(f"installing.{key}", **facts)
