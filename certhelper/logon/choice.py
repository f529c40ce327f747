"""Which certificate a log-on uses: the one that was named, or the only one that can be meant."""

from __future__ import annotations

from collections.abc import Mapping

from certhelper import unread
from certhelper.contracts import Verdict
from certhelper.failures import FailedError, WrongUseError
from certhelper.listing import Listing
from certhelper.logon.secret_wanted import place_of_secret
from certhelper.standing import Judged, Severity
from certhelper.store_names import store_name
from certhelper.stores.base import TriesLeft
from certhelper.texts import joined


class NotUsableError(FailedError):
    """The chosen certificate cannot be used; carries what judged it.

    Each reason says what to do and who must do it, so the text of the failure adds nothing to that.
    Of one that was renewed it is said where to look: at the newer one.
    """

    def __init__(self, judged: Judged) -> None:
        blocking = [reason for reason in judged.reasons if reason.severity is Severity.BLOCKING]
        renewed = [reason for reason in judged.reasons if reason.code == "superseded"]
        super().__init__(
            "certificate-not-usable",
            reasons=joined(*(reason.message() for reason in (*blocking, *renewed))),
            reason_codes=", ".join(reason.code for reason in blocking),
        )
        self.judged = judged


def choose(listing: Listing, fingerprint: str | None) -> Judged:
    """Return the certificate to log on with.

    ``fingerprint`` is a whole SHA-256 in lower-case hex.  Without one, the holder must be the
    only 利用者 with a usable certificate; the 管理者's is never chosen by itself.

    Raises :class:`WrongUseError` (``fingerprint-ambiguous``, ``several-holders``) and
    :class:`FailedError` (``no-usable-certificate``, ``certificate-not-usable``, ``token-locked``,
    and what :func:`certhelper.unread.failure` names where a place could not be read).
    """
    if fingerprint is None:
        fingerprint = choose_holder(listing).installed.certificate.sha256
    judged = _named(listing, fingerprint)
    if not judged.usable:
        raise _of_blocked_token(judged) or NotUsableError(judged)
    return judged


def _of_blocked_token(judged: Judged) -> FailedError | None:
    """Return what to say where nothing but a blocked token stands in the way; else None."""
    installed = judged.installed
    token = installed.token
    blocking = [reason.code for reason in judged.reasons if reason.severity is Severity.BLOCKING]
    if token is None or token.tries is not TriesLeft.NONE or blocking != ["key-unusable"]:
        return None
    return FailedError("token-locked", token=place_of_secret(installed))


def _named(listing: Listing, fingerprint: str) -> Judged:
    found = [
        judged
        for judged in listing.grouped.judged
        if judged.installed.certificate.sha256 == fingerprint
    ]
    if not found:
        unknown = WrongUseError("fingerprint-unknown", fingerprint=fingerprint)
        raise unread.failure(listing.readings) or unknown
    if len(found) > 1:
        stores = "、".join(store_name(judged.installed) for judged in found)
        raise WrongUseError("certificate-in-several-stores", stores=stores)
    return found[0]


def choose_holder(listing: Listing) -> Judged:
    """Return the preferred certificate of the only 利用者 that can be meant.

    Raises :class:`FailedError` (``no-usable-certificate``; what stood in the way, where a place
    could not be read) and :class:`WrongUseError` (``several-holders``).
    """
    preferred = [
        holder.preferred
        for contract in listing.grouped.contracts
        for holder in contract.holders
        if holder.role == "user"
        and holder.preferred is not None
        and holder.verdict is not Verdict.REISSUE
    ]
    if not preferred:
        raise unread.failure(listing.readings) or FailedError("no-usable-certificate")
    if len(preferred) > 1:
        raise WrongUseError("several-holders", count=str(len(preferred)))
    return preferred[0]


def issuer_names(judged: Judged, listing: Listing) -> tuple[bytes, ...]:
    """The DER names of the certificate's issuer and of its chain, as far as the stores hold it."""
    return _issuers_above(judged, _issuers_by_subject(listing))


def issuer_names_of_all(listing: Listing) -> dict[str, tuple[bytes, ...]]:
    """Return, for every certificate by its SHA-256, as :func:`issuer_names`."""
    issuers = _issuers_by_subject(listing)
    return {
        judged.installed.certificate.sha256: _issuers_above(judged, issuers)
        for judged in listing.grouped.judged
    }


def offered(listing: Listing, store: str) -> dict[str, tuple[bytes, ...]]:
    """What a store could offer to a server: SHA-256 → as :func:`issuer_names`."""
    issuers = _issuers_by_subject(listing)
    return {
        judged.installed.certificate.sha256: _issuers_above(judged, issuers)
        for judged in listing.grouped.judged
        if judged.usable and judged.installed.store == store
    }


def _issuers_by_subject(listing: Listing) -> dict[bytes | None, bytes | None]:
    return {
        entry.installed.certificate.subject_der: entry.installed.certificate.issuer_der
        for entry in listing.grouped.judged
    }


def _issuers_above(
    judged: Judged, issuers: Mapping[bytes | None, bytes | None]
) -> tuple[bytes, ...]:
    names: list[bytes] = []
    name = judged.installed.certificate.issuer_der
    while name is not None and name not in names:
        names.append(name)
        name = issuers.get(name)
    return tuple(names)
