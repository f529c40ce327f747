"""The list of issuers that a server accepts, beside the certificates of this PC.

A browser offers a certificate where one of the issuers above it is on the list, or where the list
is empty (``net/ssl/client_cert_store_nss.cc``, ``client_cert_store_win.cc``), and it leaves out
what it deems unusable.  Both are told here for every certificate, with the reason.
"""

from __future__ import annotations

from typing import NamedTuple

from certhelper.listing import Listing
from certhelper.logon import choice
from certhelper.logon.facts import IssuersProbed
from certhelper.standing import Judged, Severity, is_authority

ISSUER_NOT_NAMED = "issuer-not-named"


class Offer(NamedTuple):
    """``because`` are codes of reasons against it, in ``[not-offered]``; none: it is offered."""

    judged: Judged
    because: tuple[str, ...]
    is_named: bool


def offers(found: Listing, request: IssuersProbed) -> list[Offer]:
    """Return every certificate of a person that was found, in the order of the list."""
    above = choice.issuer_names_of_all(found)
    wanted = set(request.issuers)
    return [
        _offer(judged, not wanted or bool(wanted & set(above[judged.installed.certificate.sha256])))
        for judged in found.grouped.judged
        if not is_authority(judged)
    ]


def _offer(judged: Judged, is_named: bool) -> Offer:
    blocking = (one.code for one in judged.reasons if one.severity is Severity.BLOCKING)
    against = () if is_named else (ISSUER_NOT_NAMED,)
    return Offer(judged, (*dict.fromkeys(blocking), *against), is_named)
