"""What ``show`` finds out of one certificate besides: its issuers, and whether its keys work."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from certhelper import listing, moment
from certhelper.certificate import Certificate
from certhelper.check_facts import chain_words, key_test_words
from certhelper.checks import NOTHING_CHECKED, Chain, KeyTest, place_of
from certhelper.listing import Listing
from certhelper.logon.secret_wanted import SecretKind, wanted
from certhelper.secret import Secret
from certhelper.stores.base import Installed, KeyState


def checked(
    found: Listing, sha256: str, arguments: argparse.Namespace, secret: Secret | None
) -> Listing:
    """Look for the issuers, let each key sign, and judge again.

    ``secret`` opens the one store that the person named, and goes to no other: with several, whose
    it is cannot be told, and a wrong PIN uses up a try.

    Raises :class:`WrongUseError` (``secret-needs-one-store``) where it can only be the PIN of a
    token, and as for a log-on no place is named.
    """
    from certhelper.chain import find_chain
    from certhelper.key_test import test_key

    rows = [
        one
        for reading in found.readings
        for one in reading.installed
        if one.certificate.sha256 == sha256
    ]
    every = (der for reading in found.readings for der in reading.ders)
    chain = find_chain(rows[0].certificate, every, found.at)
    if secret is not None:
        _check_place(rows, arguments.store)
    given = secret if len(rows) == 1 and len(arguments.store or ()) == 1 else None
    checks = dict(found.checks)
    for one in rows:
        known = checks.get(place_of(one), NOTHING_CHECKED)
        tested = None if one.key is KeyState.ABSENT else test_key(one, given)
        checks[place_of(one)] = known._replace(chain=chain, key_test=tested)
    return listing.combine(found.readings, found.bank, found.at, checks)


def _check_place(rows: Sequence[Installed], stores: Sequence[str]) -> None:
    from certhelper.cli import store_secrets

    needed = [wanted(one) for one in rows]
    if needed[0] is not None and all(one and one.kind is SecretKind.TOKEN_PIN for one in needed):
        store_secrets.check_place(needed[0], stores)


def document(found: Listing, installed: Installed) -> dict[str, Any]:
    """Return ``chain`` and ``key_test`` of a row of ``certhelper.show/1``."""
    checks = found.checks.get(place_of(installed), NOTHING_CHECKED)
    kind = installed.store.partition(":")[0]
    return {"chain": _chain(checks.chain), "key_test": _key_test(checks.key_test, kind)}


def facts(found: Listing, installed: Installed) -> list[tuple[str, str]]:
    """Return names (of ``cli.show``) and values, for a person."""
    checks = found.checks.get(place_of(installed), NOTHING_CHECKED)
    told = [("chain", chain_words(checks.chain))]
    if checks.key_test is not None:
        told.append(("key-test", _key_words(checks.key_test, installed.store.partition(":")[0])))
    return [fact for fact in told if fact[1]]


def _chain(chain: Chain | None) -> dict[str, Any] | None:
    if chain is None:
        return None
    return {
        "status": chain.status.value,
        "cause": chain.cause,
        "issuer": chain.issuer,
        "path": [_issuer(Certificate(der)) for der in chain.path],
        "message": chain_words(chain),
    }


def _issuer(certificate: Certificate) -> dict[str, Any]:
    until = certificate.not_after
    return {
        "sha256": certificate.sha256,
        "subject": certificate.subject,
        "not_after": None if until is None else moment.as_utc(until),
    }


def _key_test(tested: KeyTest | None, kind: str) -> dict[str, Any] | None:
    if tested is None:
        return None
    trouble = tested.trouble
    return {
        "signs": tested.signs,
        "cause": trouble.cause if trouble else "",
        "code": trouble.code if trouble else "",
        "message": _key_words(tested, kind),
    }


def _key_words(tested: KeyTest, kind: str) -> str:
    return ": ".join(key_test_words(tested, kind))
