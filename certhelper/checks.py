"""What was found out about a certificate beyond what its store says of it.

Each answer may be missing: nobody has asked yet, or there was nothing to ask.  What asks is
elsewhere (:mod:`certhelper.revocation`, :mod:`certhelper.key_test`, :mod:`certhelper.chain`);
:mod:`certhelper.standing` turns the answers into reasons.
"""

# Not ``from __future__ import annotations``: every start would compile those of the tuples anew.

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certhelper.stores.base import Installed, KeyTrouble


class RevocationStatus(StrEnum):
    """What the issuer says."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Revocation(NamedTuple):
    """The issuer's answer, or why there is none.

    ``cause`` is a name in ``[revocation-causes]`` of ``resources/texts/reasons.toml`` for
    ``unknown`` (``not-named``: the certificate names nobody to be asked), and the reason of
    RFC 5280, section 5.3.1, such as ``keyCompromise``, for ``revoked``; else empty.  ``detail`` is
    plain text fit to be shown.  ``source`` is ``ocsp``, ``crl`` or empty; ``where`` its address.
    ``revoked_at`` and ``good_until`` (the time until which the answer may be kept) are aware.
    """

    status: RevocationStatus
    cause: str = ""
    detail: str = ""
    source: str = ""
    where: str = ""
    revoked_at: datetime | None = None
    good_until: datetime | None = None


class KeyTest(NamedTuple):
    """Whether the key made a signature that its certificate confirms, without asking anybody.

    ``signs`` None: it could not be tried silently; ``trouble`` says why not, or what went wrong.
    """

    signs: bool | None
    trouble: KeyTrouble | None = None


class ChainStatus(StrEnum):
    """How far the issuers of a certificate are here."""

    COMPLETE = "complete"
    SELF_SIGNED = "self-signed"
    ISSUER_MISSING = "issuer-missing"
    ISSUER_NOT_VALID = "issuer-not-valid"
    SIGNATURE_WRONG = "signature-wrong"


class Chain(NamedTuple):
    """``issuer`` is the name, safe to show, of the one that is missing or at fault.

    ``issuer_der`` is the whole certificate of the direct issuer where it is here and its key
    confirms the signature.  ``cause`` of ``issuer-not-valid`` is ``expired``, ``not-yet-valid`` or
    ``no-authority``, else empty.  ``path`` are the certificates above, the direct issuer first, as
    far as they are here.
    """

    status: ChainStatus
    issuer: str = ""
    issuer_der: bytes | None = None
    cause: str = ""
    path: tuple[bytes, ...] = ()


class Checks(NamedTuple):
    """Everything that was found out about one certificate in one store."""

    revocation: Revocation | None = None
    key_test: KeyTest | None = None
    chain: Chain | None = None


NOTHING_CHECKED = Checks()

Place = tuple[str, str]
"""SHA-256 (lower-case hex) and store of a row."""

AllChecks = Mapping[Place, Checks]

NO_CHECKS: AllChecks = {}


def place_of(installed: Installed) -> Place:
    """Return the key of :data:`AllChecks` for a certificate in a store."""
    return installed.certificate.sha256, installed.store
