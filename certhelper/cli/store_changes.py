"""What ``import`` and ``remove`` share: secrets by name, and what is said of a certificate."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from certhelper import listing, moment, texts
from certhelper.cli import common, terminal
from certhelper.failures import FailedError
from certhelper.installing import removing
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.standing import Judged, is_authority


@contextmanager
def store_password(
    arguments: argparse.Namespace, where: str, *, is_needed: bool
) -> Iterator[Secret | None]:
    """Lend the database's password: of ``--store-secret-fd``, or typed; None where none is needed.

    Raises :class:`FailedError` (``store-password-needed``) where there is nobody to ask.
    """
    with secret_of_descriptor(arguments.store_secret_fd) as given:
        if given is not None or not is_needed:
            yield given
            return
        if not terminal.is_there():
            raise FailedError("store-password-needed", where=safe(where))
        question = texts.text("secrets.database-password.question", where=safe(where))
        with terminal.ask_secret(question) as typed:
            yield typed


@contextmanager
def secret_of_descriptor(descriptor: int | None) -> Iterator[Secret | None]:
    """Lend the first line of an open input.  Raises as :func:`certhelper.cli.common.secret_of`."""
    with common.secret_of(argparse.Namespace(secret_fd=descriptor)) as secret:
        yield secret


def row(judged: Judged) -> dict[str, Any]:
    """Return what ``list`` says of a certificate, and whose it is."""
    holder = judged.holder
    return listing.row(judged) | {
        "contract_id": holder and holder.contract_id,
        "user_id": holder and holder.user_id,
        "role": holder and ("administrator" if holder.user_id is None else "user"),
    }


def lines(judged: Judged) -> Iterator[str]:
    """Say of one certificate whose it is, until when, and what stands against it."""
    certificate = judged.installed.certificate
    yield f"  {name_of(judged)}"
    end = "?" if certificate.not_after is None else moment.in_japan(certificate.not_after)
    begin = "?" if certificate.not_before is None else moment.in_japan(certificate.not_before)
    yield f"    {texts.text('installing.valid', begin=begin, end=end)}"
    yield f"    SHA-256: {certificate.sha256}"
    if not is_authority(judged):
        yield from (f"    → {one.message()} [{one.code}]" for one in judged.reasons)


def name_of(judged: Judged) -> str:
    """Return the holder in words, else what the certificate calls itself."""
    holder = judged.holder
    if holder is None:
        known = judged.installed.certificate.subject
        return known or texts.text("installing.unnamed")
    facts = {"holder": removing.person(holder.user_id), "contract": holder.contract_id}
    return texts.text("installing.holder", **facts)
