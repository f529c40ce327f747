"""Answers of which some octets were changed: never "good", and never a failure of the program."""

from __future__ import annotations

import contextlib
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as builder
from hypothesis import given
from hypothesis import strategies as st
from support.pki import Authority
from support.revocation_servers import ago, names, now

from certhelper.certificate import Certificate
from certhelper.checks import RevocationStatus
from certhelper.revocation import crl, ocsp
from certhelper.revocation.crl import RevocationList
from certhelper.revocation.issuer import find_issuer
from certhelper.revocation.no_answer import NoAnswerError

AUTHORITY = Authority()
ADDRESS = "http://a.test/"
ISSUED = AUTHORITY.issue("12345678901234 user01", extensions=names(crl=[ADDRESS]))
CERTIFICATE = Certificate(ISSUED.der)
FOUND = find_issuer(CERTIFICATE, [AUTHORITY.der])
assert FOUND is not None
ISSUER = FOUND
LIST = AUTHORITY.revocation_list(ISSUED)
RESPONSE = (
    builder.OCSPResponseBuilder()
    .add_response(
        ISSUED.certificate,
        AUTHORITY.certificate,
        hashes.SHA1(),
        builder.OCSPCertStatus.REVOKED,
        ago(hours=1),
        None,
        ago(days=1),
        x509.ReasonFlags.key_compromise,
    )
    .responder_id(builder.OCSPResponderEncoding.HASH, AUTHORITY.certificate)
    .sign(AUTHORITY.issued.key, hashes.SHA256())
    .public_bytes(Encoding.DER)
)
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4)


def changed(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    found = bytearray(octets)
    for place, value in changes:
        found[place % len(found)] = value
    return bytes(found)


@given(CHANGES)
def test_a_response_that_was_changed(changes: list[tuple[int, int]]) -> None:
    """It says what it said, or nothing."""
    try:
        said = ocsp.read(changed(RESPONSE, changes), CERTIFICATE, ISSUER, now())
    except NoAnswerError:
        return
    assert said.status is RevocationStatus.REVOKED


@given(CHANGES)
def test_a_list_that_was_changed(changes: list[tuple[int, int]]) -> None:
    """The same."""
    try:
        found = RevocationList(changed(LIST, changes), ISSUER)
        said = found.answer(CERTIFICATE, [ADDRESS], now())
    except NoAnswerError:
        return
    assert said.status is RevocationStatus.REVOKED


@given(CHANGES)
def test_whatever_an_issuer_signs_can_be_read_or_refused(changes: list[tuple[int, int]]) -> None:
    """Behind a right signature, too, nothing but an answer or its lack comes out."""
    with (
        mock.patch.object(ocsp, "_check_signature"),
        mock.patch.object(crl, "_check_signature"),
    ):
        for octets in (RESPONSE, LIST):
            damaged = changed(octets, changes)
            with contextlib.suppress(NoAnswerError):
                if octets is RESPONSE:
                    ocsp.read(damaged, CERTIFICATE, ISSUER, now())
                else:
                    found = RevocationList(damaged, ISSUER)
                    found.window.check(now(), None)
                    found.answer(CERTIFICATE, [ADDRESS], now())
