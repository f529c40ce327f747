"""Tells of an issuer that is not valid in a list, where that can be known at next to no cost.

To verify every signature and to read this PC's own roots takes longer than the rest of a list, so
:mod:`certhelper.chain` is asked only where an issuer that was read is out of its time or no
authority.  ``show`` and the window ask it of every certificate that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from certhelper import listing
from certhelper.certificate import Certificate
from certhelper.checks import NOTHING_CHECKED, place_of
from certhelper.distinguished_name import DistinguishedName
from certhelper.listing import Listing


def told(found: Listing) -> Listing:
    """Judge again with what :func:`certhelper.chain.find_chain` finds, where that may tell more.

    That is where something is wrong with an issuer of a certificate that has a holder and can be
    used.  Whose certificate has a holder is taken for nobody's issuer.
    """
    issuers = _by_name(found)
    if not issuers:
        return found
    rows = [
        one.installed
        for one in found.grouped.judged
        if one.holder is not None and one.usable and one.installed.certificate.facts.issuer
    ]
    names = {row.certificate.facts.issuer for row in rows}
    if not any(_is_at_fault(one, found.at) for one in _above(names, issuers)):
        return found
    from certhelper.chain import KnownIssuers, find_chain

    known = KnownIssuers(der for reading in found.readings for der in reading.ders)
    checks = dict(found.checks)
    for row in rows:
        chain = find_chain(row.certificate, known, found.at)
        checks[place_of(row)] = checks.get(place_of(row), NOTHING_CHECKED)._replace(chain=chain)
    return listing.combine(found.readings, found.bank, found.at, checks)


def _by_name(found: Listing) -> dict[DistinguishedName | None, list[Certificate]]:
    issuers: dict[DistinguishedName | None, list[Certificate]] = {}
    for row in found.grouped.unrecognized:
        certificate = row.installed.certificate
        issuers.setdefault(certificate.facts.subject, []).append(certificate)
    for reading in found.readings:
        for der in reading.chain:
            certificate = Certificate(der)
            issuers.setdefault(certificate.facts.subject, []).append(certificate)
    return issuers


def _above(
    names: Iterable[DistinguishedName | None],
    issuers: dict[DistinguishedName | None, list[Certificate]],
) -> set[Certificate]:
    """Return the issuers of these names, and theirs, as far as they were read."""
    found: set[Certificate] = set()
    waiting = set(names)
    while waiting:
        new = set(issuers.get(waiting.pop(), ())) - found
        found |= new
        waiting |= {one.facts.issuer for one in new}
    return found


def _is_at_fault(issuer: Certificate, now: datetime) -> bool:
    from certhelper.certificate_parts import cut
    from certhelper.der import DerError
    from certhelper.issuer_fault import fault_of

    try:
        return bool(fault_of(issuer, cut(issuer.der), now))
    except DerError:  # nobody's issuer
        return False
