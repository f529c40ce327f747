"""``certhelper import``: shows what is in a PKCS#12 file, asks, and brings it into a store."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from certhelper import crash_dumps, moment, texts
from certhelper.bank import Bank
from certhelper.cli import common, output, store_changes, terminal, waiting
from certhelper.failures import ExitStatus, FailedError
from certhelper.installing import importing, targets
from certhelper.installing.importing import Plan, Preview
from certhelper.installing.targets import Target
from certhelper.safe_text import safe
from certhelper.secret import Secret

SCHEMA = "certhelper.import/1"


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, import.  Without a yes nothing is changed (``import-not-confirmed``)."""
    crash_dumps.forbid()  # before a private key passes through this process
    bank = common.bank_of(arguments)
    target = targets.to_import_into(arguments.store)
    file = Path(arguments.file)
    with store_changes.secret_of_descriptor(arguments.secret_fd) as given:
        try:
            _import(arguments, file, target, bank, given)
        except FailedError as error:
            if given is not None or error.code != "passphrase-needed" or not terminal.is_there():
                raise
        else:
            return ExitStatus.DONE
    with terminal.ask_secret(_text("ask.passphrase", file=safe(str(file)))) as typed:
        _import(arguments, file, target, bank, typed)
    return ExitStatus.DONE


def _import(
    arguments: argparse.Namespace, file: Path, target: Target, bank: Bank, given: Secret | None
) -> None:
    with waiting.for_reading(target.store):
        preview = importing.look(file, target, bank, moment.now(), given)
    if not arguments.json:
        output.lines(_shown(preview))
        output.finish()
    if preview.changes:
        if not _is_confirmed(arguments):
            _print_document(arguments, preview, bank, changed=False)
            raise FailedError("import-not-confirmed")
        needed = preview.needs_password
        with (
            store_changes.store_password(
                arguments, target.store.where, is_needed=needed
            ) as password,
            waiting.for_change(preview.store_name),
        ):
            importing.bring_in(preview, given, password)
    _print_document(arguments, preview, bank, changed=bool(preview.changes))
    if not arguments.json:
        output.lines(_end(preview))


def _is_confirmed(arguments: argparse.Namespace) -> bool:
    if arguments.yes:
        return True
    return terminal.is_there() and terminal.confirm(_text("ask.import"))


def _print_document(
    arguments: argparse.Namespace, preview: Preview, bank: Bank, *, changed: bool
) -> None:
    if arguments.json:
        output.document(_document(preview, bank, changed=changed))


def _document(preview: Preview, bank: Bank, *, changed: bool) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "bank": bank.id,
        "file": str(preview.file),
        "store": preview.store_name,
        "store_made": changed and preview.makes_store,
        "changed": changed,
        "certificates": [
            store_changes.row(item.judged)
            | {"plan": item.plan.value, "key_in_file": item.has_key, "chain": item.is_chain}
            for item in preview.items
        ],
    }


def _shown(preview: Preview) -> Iterator[str]:
    yield _text("show.file", file=safe(str(preview.file)))
    yield _text("show.target", store=safe(preview.store_name))
    if preview.makes_store:
        yield _text("show.makes-store")
    for item in preview.items:
        yield ""
        yield from store_changes.lines(item.judged)
        kind = "chain" if item.is_chain else "with-key" if item.has_key else "without-key"
        yield f"    {_text(f'key.{kind}')}"
        yield f"    {_text(f'plan.{item.plan.value}', name=item.name)}"
    yield ""


def _end(preview: Preview) -> Iterator[str]:
    if not preview.changes:
        yield _text("end.nothing")
        return
    if preview.makes_store:
        yield _text("end.store-made", store=safe(preview.store_name))
    own = sum(1 for one in preview.changes if one.has_key)
    yield _text("end.imported", count=own, store=safe(preview.store_name))
    if any(one.plan is Plan.ADD and one.is_chain for one in preview.changes):
        yield _text("end.chain")


def _text(key: str, /, **facts: object) -> str:
    return texts.text(f"installing.{key}", **facts)
