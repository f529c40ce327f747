"""Who may answer for an issuer, and about whom (RFC 6960, sections 3.2 and 4.2.2.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as builder
from support.pki import Authority, Issued
from support.revocation_servers import OCSP_SIGNING, ago, now

from certhelper.certificate import Certificate
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation import ocsp
from certhelper.revocation.issuer import find_issuer
from certhelper.revocation.no_answer import NoAnswerError

_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")  # RFC 4055
_SHA1_WITH_RSA = bytes.fromhex("06092a864886f70d010105")  # RFC 3279


def appointed(authority: Authority, usage: str | None) -> Issued:
    """A responder's certificate, with one key usage or without the extension."""
    usages = None if usage is None else [usage]
    return authority.issue("responder", usage=usages, extended=[OCSP_SIGNING])


def signed_with_sha1(authority: Authority, issued: Issued) -> Issued:
    """The same certificate as a CA of long ago signed it; no library of today does so."""
    key = authority.issued.key
    assert isinstance(key, rsa.RSAPrivateKey)
    before, signed = issued.certificate, issued.certificate.tbs_certificate_bytes
    named = signed.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    signature = key.sign(named, padding.PKCS1v15(), hashes.SHA1())
    octets = issued.der.replace(signed, named).replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    octets = octets.replace(before.signature, signature)
    return Issued(x509.load_der_x509_certificate(octets), issued.key)


def good(issued: Issued, issuer: Authority, signer: Issued) -> bytes:
    """An answer about a certificate of this issuer."""
    return (
        builder.OCSPResponseBuilder()
        .add_response(
            issued.certificate,
            issuer.certificate,
            hashes.SHA256(),
            builder.OCSPCertStatus.GOOD,
            ago(hours=1),
            now() + timedelta(days=1),
            None,
            None,
        )
        .responder_id(builder.OCSPResponderEncoding.HASH, signer.certificate)
        .certificates([signer.certificate])
        .sign(signer.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def read(octets: bytes, issued: Issued, authority: Authority) -> Revocation:
    certificate = Certificate(issued.der)
    issuer = find_issuer(certificate, [authority.der])
    assert issuer is not None
    return ocsp.read(octets, certificate, issuer, now())


@pytest.mark.parametrize("usage", ["digitalSignature", None])
def test_an_appointed_signer_is_believed(authority: Authority, usage: str | None) -> None:
    """Its key usage may be left out; where it is there it must allow signatures."""
    issued = authority.issue("12345678901234 user01")
    signer = appointed(authority, usage)
    assert read(good(issued, authority, signer), issued, authority).status is RevocationStatus.GOOD


def test_a_signer_whose_key_is_not_for_signatures_proves_nothing(authority: Authority) -> None:
    """The purpose alone does not make it a signer."""
    issued = authority.issue("12345678901234 user01")
    signer = appointed(authority, "keyEncipherment")
    with pytest.raises(NoAnswerError) as caught:
        read(good(issued, authority, signer), issued, authority)
    assert caught.value.cause == "wrong-signature"


def test_an_appointment_of_an_old_kind_proves_nothing() -> None:
    """SHA-1: somebody may have had another certificate signed that collides with it."""
    authority = Authority(key="rsa")
    issued = authority.issue("12345678901234 user01")
    signer = appointed(authority, "digitalSignature")
    assert read(good(issued, authority, signer), issued, authority).status is RevocationStatus.GOOD
    old = signed_with_sha1(authority, signer)
    assert find_issuer(Certificate(old.der), [authority.der]) is not None  # the signature holds
    with pytest.raises(NoAnswerError) as caught:
        read(good(issued, authority, old), issued, authority)
    assert caught.value.cause == "wrong-signature"


def test_an_answer_about_an_issuer_of_another_key_is_not_for_this(authority: Authority) -> None:
    """Same name and serial number, another CA key: the answer is about another certificate."""
    issued = authority.issue("12345678901234 user01")
    namesake = Authority()
    assert namesake.certificate.subject == authority.certificate.subject
    with pytest.raises(NoAnswerError) as caught:
        read(good(issued, namesake, authority.issued), issued, authority)
    assert caught.value.cause == "not-for-this"
