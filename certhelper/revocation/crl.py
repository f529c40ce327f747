"""Certificate revocation lists (RFC 5280 section 5 and 6.3): what must be right before one counts.

Imported only where somebody is asked or a kept list is verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from certhelper.certificate import Certificate
from certhelper.checks import Revocation, RevocationStatus
from certhelper.der import INTEGER, SEQUENCE, DerError, only, split
from certhelper.revocation.issuer import Issuer
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.signatures import UNREADABLE, check_strength
from certhelper.revocation.validity import Window
from certhelper.stores.key_limits import load_public_key

LONGEST_LIST: Final = 20 * 1024 * 1024
"""Octets: some hundred thousand certificates."""


class RevocationList:
    """A list whose signature is the issuer's, and which is complete for the part that it is of."""

    def __init__(self, octets: bytes, issuer: Issuer) -> None:
        """Raise :class:`NoAnswerError` where the list proves nothing.

        ``unreadable``, ``not-for-this``, ``wrong-signature``, ``weak-signature``.
        """
        self.length = len(octets)
        try:
            self._list = _loaded(octets)
            self._users = _is_of_users(self._list)
            self._places = _checked_scope(self._list)
            _check_signature(self._list, issuer)
            self.window = Window(self._list.last_update_utc, self._list.next_update_utc)
        except UnsupportedAlgorithm as error:
            raise NoAnswerError("weak-signature") from error
        except UNREADABLE as error:
            raise NoAnswerError("unreadable") from error

    def octets(self) -> bytes:
        """Return the list in DER; made anew, as it may be long and is kept in memory once."""
        return self._list.public_bytes(Encoding.DER)

    def is_of(self, addresses: Iterable[str]) -> bool:
        """Say whether it is the part that a certificate names (RFC 5280 section 6.3.3 (b)).

        ``addresses`` are all that the certificate names for lists: each certificate its own.
        """
        return self._places is None or not self._places.isdisjoint(addresses)

    def answer(
        self, certificate: Certificate, addresses: Iterable[str], now: datetime
    ) -> Revocation:
        """Return what the list says; whether it is still fresh is ``window``'s to say.

        ``addresses`` as for :meth:`is_of`.  Raises :class:`NoAnswerError` (``not-for-this``,
        ``unreadable``).
        """
        if not self.is_of(addresses):
            raise NoAnswerError("not-for-this")
        is_authority = "keyCertSign" in (certificate.key_usage or ())
        if certificate.serial is None or certificate.serial <= 0 or (is_authority and self._users):
            raise NoAnswerError("not-for-this")
        until = self.window.good_until(now)
        entry = self._list.get_revoked_certificate_by_serial_number(certificate.serial)
        if entry is None:
            return Revocation(RevocationStatus.GOOD, good_until=until)
        try:
            reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
        except x509.ExtensionNotFound:
            reason = ""
        except UNREADABLE:  # it is revoked, whatever the reason
            reason = ""
        return Revocation(
            RevocationStatus.REVOKED, reason, revoked_at=entry.revocation_date_utc, good_until=until
        )


def _loaded(octets: bytes) -> x509.CertificateRevocationList:
    if octets.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(octets)
    return x509.load_der_x509_crl(octets)


def _is_of_users(found: x509.CertificateRevocationList) -> bool:
    values = (one.value for one in found.extensions)
    points = (one for one in values if isinstance(one, x509.IssuingDistributionPoint))
    return any(one.only_contains_user_certs for one in points)


def _checked_scope(found: x509.CertificateRevocationList) -> frozenset[str] | None:
    """Return the places that a list is of, None for one of all.

    Refuses a list that leaves out certificates of users, or names only changes.
    """
    places: frozenset[str] | None = None
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            places = _places_of(value)
        elif isinstance(value, x509.DeltaCRLIndicator) or (
            extension.critical
            and not isinstance(value, (x509.AuthorityKeyIdentifier, x509.CRLNumber))
        ):
            raise NoAnswerError("not-for-this", extension.oid.dotted_string)
    return places


def _places_of(point: x509.IssuingDistributionPoint) -> frozenset[str] | None:
    if (
        point.only_contains_ca_certs
        or point.only_contains_attribute_certs
        or point.indirect_crl
        or point.only_some_reasons
        or point.relative_name is not None
    ):
        raise NoAnswerError("not-for-this")
    if point.full_name is None:
        return None
    return frozenset(
        one.value for one in point.full_name if isinstance(one, x509.UniformResourceIdentifier)
    )


def _check_signature(found: x509.CertificateRevocationList, issuer: Issuer) -> None:
    if not issuer.may_sign_lists or _issuer_of(found.tbs_certlist_bytes) != issuer.name:
        raise NoAnswerError("not-for-this")
    check_strength(found.signature_hash_algorithm)
    key = load_public_key(issuer.public_key)
    if not found.is_signature_valid(key):  # type: ignore[arg-type]  # other keys raise TypeError
        raise NoAnswerError("wrong-signature")


def _issuer_of(signed: bytes) -> bytes | None:
    """Return the octets of the issuer's name in a TBSCertList (RFC 5280 section 5.1)."""
    try:
        _, _, at, end = only(signed, SEQUENCE)
        fields = split(signed, at, end)
    except DerError:
        return None
    if fields and fields[0][0] == INTEGER:
        del fields[0]
    return signed[fields[1][1] : fields[1][3]] if len(fields) > 1 else None
