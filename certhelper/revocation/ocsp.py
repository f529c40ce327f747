"""OCSP (RFC 6960): the request, and what must be right in a response before it is believed.

Imported only where somebody is asked or a kept answer is verified.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certhelper.certificate import Certificate
from certhelper.certificate_reader import public_key_octets
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation.issuer import Issuer, find_issuer
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.signatures import UNREADABLE, check_strength, is_signed, is_weak
from certhelper.revocation.validity import TOLERANCE, Window
from certhelper.stores.key_limits import load_public_key

LONGEST_RESPONSE: Final = 64 * 1024
"""Octets; one with its responder's certificates is a few thousand long."""

_NONCE_OCTETS: Final = 16  # RFC 8954: 1 to 32
_MOST_CERTIFICATES: Final = 8
_SHA1: Final = hashes.SHA1
"""Says whose answer it is and proves nothing; every responder knows it (RFC 5019, 2.1.1)."""


_STATUS_CAUSES: Final = {
    ocsp.OCSPResponseStatus.MALFORMED_REQUEST: "unauthorized",
    ocsp.OCSPResponseStatus.INTERNAL_ERROR: "try-later",
    ocsp.OCSPResponseStatus.TRY_LATER: "try-later",
    ocsp.OCSPResponseStatus.SIG_REQUIRED: "unauthorized",
    ocsp.OCSPResponseStatus.UNAUTHORIZED: "unauthorized",
}


class Request:
    """The question for one certificate, with a nonce that no other has or (None) without one."""

    def __init__(self, certificate: Certificate, issuer: Issuer, *, has_nonce: bool) -> None:
        """Raises :class:`NoAnswerError` (``not-for-this``): no serial number that can be asked."""
        serial = certificate.serial
        if serial is None or serial <= 0:
            raise NoAnswerError("not-for-this")
        self.nonce = secrets.token_bytes(_NONCE_OCTETS) if has_nonce else None
        name, key = (_digest(one, _SHA1()) for one in (issuer.name, issuer.key_bits))
        try:
            built = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, key, serial, _SHA1())
            if self.nonce is not None:
                built = built.add_extension(x509.OCSPNonce(self.nonce), critical=False)
            self.octets = built.build().public_bytes(Encoding.DER)
        except ValueError as error:  # a serial number longer than RFC 5280 allows
            raise NoAnswerError("not-for-this") from error


def read(
    octets: bytes,
    certificate: Certificate,
    issuer: Issuer,
    now: datetime,
    *,
    nonce: bytes | None = None,
    server_clock: datetime | None = None,
) -> Revocation:
    """Return what a response says of ``certificate``; ``now`` is aware.

    ``nonce`` is what was sent (None: none, or the response was kept from before): a response may
    leave it out (RFC 5019, section 4), never name another.  A certificate that was revoked for
    good stays so, however old the response is.  Raises :class:`NoAnswerError`: ``unreadable``,
    ``try-later``, ``unauthorized``, ``unknown-to-responder``, ``not-for-this``,
    ``wrong-signature``, ``weak-signature``, ``stale``, ``clock``.
    """
    try:
        response = ocsp.load_der_ocsp_response(octets)
        status = response.response_status
        if status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NoAnswerError(_STATUS_CAUSES.get(status, "unreadable"), status.name.lower())
        single = _of(certificate, issuer, response)
        _check_extensions(response, nonce)
        _check_signature(response, issuer)
        window = Window(single.this_update_utc, single.next_update_utc)
        found = _answer(single, window, now)
    except UnsupportedAlgorithm as error:
        raise NoAnswerError("weak-signature") from error
    except UNREADABLE as error:
        raise NoAnswerError("unreadable") from error
    if not is_for_good(found):
        window.check(now, server_clock)
    if found.status is RevocationStatus.UNKNOWN:
        raise NoAnswerError("unknown-to-responder")
    return found


def is_for_good(found: Revocation) -> bool:
    """Say whether nothing can change this answer: a hold may be lifted (RFC 5280, 5.3.1)."""
    return (
        found.status is RevocationStatus.REVOKED
        and found.cause != x509.ReasonFlags.certificate_hold.value
    )


def _of(
    certificate: Certificate, issuer: Issuer, response: ocsp.OCSPResponse
) -> ocsp.OCSPSingleResponse:
    """Return the part that is about this certificate of this issuer (RFC 6960 section 3.2)."""
    for single in response.responses:
        used = single.hash_algorithm
        if (
            single.serial_number == certificate.serial
            and single.issuer_name_hash == _digest(issuer.name, used)
            and single.issuer_key_hash == _digest(issuer.key_bits, used)
        ):
            return single
    raise NoAnswerError("not-for-this")


def _check_extensions(response: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    """Refuse another's nonce, and what must be understood and is not."""
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if nonce is not None and extension.value.nonce != nonce:
                raise NoAnswerError("not-for-this", "nonce")
        elif extension.critical:
            raise NoAnswerError("not-for-this", extension.oid.dotted_string)
    if sum(1 for _ in response.responses) == 1:  # of several they cannot be told apart
        for extension in response.single_extensions:
            if extension.critical:
                raise NoAnswerError("not-for-this", extension.oid.dotted_string)


def _check_signature(response: ocsp.OCSPResponse, issuer: Issuer) -> None:
    """The issuer has signed, or one whom it has appointed (RFC 6960 section 4.2.2.2)."""
    check_strength(response.signature_hash_algorithm)
    if _has_signed(load_public_key(issuer.public_key), response):
        return
    for responder in response.certificates[:_MOST_CERTIFICATES]:
        if _is_appointed(responder, issuer, response.produced_at_utc) and _has_signed(
            load_public_key(_public_key(responder)), response
        ):
            return
    raise NoAnswerError("wrong-signature")


def _public_key(responder: x509.Certificate) -> bytes:
    return public_key_octets(responder.public_bytes(Encoding.DER)) or b""


def _has_signed(key: PublicKeyTypes, response: ocsp.OCSPResponse) -> bool:
    return is_signed(
        key,
        response.signature,
        response.tbs_response_bytes,
        response.signature_algorithm_oid,
        response.signature_hash_algorithm,
    )


def _is_appointed(responder: x509.Certificate, issuer: Issuer, at: datetime) -> bool:
    """Say whether the issuer itself has given this certificate the purpose of OCSP signing.

    It must have been valid when it signed.  Whether it was revoked itself is not asked (RFC 6960
    section 4.2.2.2.1 leaves that to the client): its issuer makes them short-lived.
    """
    begin, end = responder.not_valid_before_utc, responder.not_valid_after_utc
    if not begin - TOLERANCE <= at <= end + TOLERANCE:
        return False
    one = Certificate(responder.public_bytes(Encoding.DER))
    usage, purposes = one.key_usage, one.extended_key_usage
    return (
        purposes is not None
        and ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string in purposes
        and (usage is None or "digitalSignature" in usage)
        and not is_weak(responder.signature_hash_algorithm)
        and find_issuer(one, [issuer.der]) is not None
    )


def _answer(single: ocsp.OCSPSingleResponse, window: Window, now: datetime) -> Revocation:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        reason = single.revocation_reason
        return Revocation(
            RevocationStatus.REVOKED,
            "" if reason is None else reason.value,
            revoked_at=single.revocation_time_utc,
            good_until=window.good_until(now),
        )
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Revocation(RevocationStatus.GOOD, good_until=window.good_until(now))
    return Revocation(RevocationStatus.UNKNOWN)


def _digest(octets: bytes, used: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(used)
    digest.update(octets)
    return digest.finalize()
