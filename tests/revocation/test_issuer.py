"""The issuer of a certificate, wherever and in whatever form it comes."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st
from support.pki import ISSUER, Authority, make_name

from certhelper.certificate import Certificate
from certhelper.revocation.issuer import certificates_in, find_issuer

ROOT = Authority("Root")
ISSUING = ROOT.intermediate(ISSUER)
CERTIFICATE = Certificate(ISSUING.issue("12345678901234 user01").der)
BUNDLE = pkcs7.serialize_certificates([ROOT.certificate, ISSUING.certificate], Encoding.DER)


def test_the_key_decides_among_those_of_one_name() -> None:
    """A renewed CA has the same name; a stranger can have it, too."""
    strangers = [Authority(ISSUER).der for _ in range(3)]
    found = find_issuer(CERTIFICATE, [ROOT.der, *strangers, ISSUING.der])
    assert found is not None
    assert found.der == ISSUING.der
    assert find_issuer(CERTIFICATE, [ROOT.der, *strangers]) is None


def test_the_hash_of_the_key_is_that_of_rfc_6960() -> None:
    """``issuerKeyHash``: the content of the BIT STRING, as the subject key identifier has it."""
    found = find_issuer(CERTIFICATE, [ISSUING.der])
    assert found is not None
    digest = hashes.Hash(hashes.SHA1())
    digest.update(found.key_bits)
    key = ISSUING.issued.key.public_key()
    assert digest.finalize() == x509.SubjectKeyIdentifier.from_public_key(key).digest


@pytest.mark.parametrize(
    "octets",
    [
        ISSUING.der,
        ISSUING.pem,
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n" + ISSUING.pem,
        BUNDLE,
    ],
    ids=["der", "pem", "pem-with-junk", "pkcs7"],
)
def test_every_form_in_which_it_is_served(octets: bytes) -> None:
    """RFC 5280 section 4.2.2.1 names DER and PKCS #7; small CAs serve PEM."""
    found = find_issuer(CERTIFICATE, certificates_in(octets))
    assert found is not None
    assert found.der == ISSUING.der


@given(st.data(), st.sampled_from([ISSUING.der, ISSUING.pem, BUNDLE]))
def test_damage_finds_the_issuer_or_nothing(data: st.DataObject, served: bytes) -> None:
    """Nothing is raised, and nobody else is taken for the issuer."""
    octets = bytearray(served)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    found = find_issuer(CERTIFICATE, certificates_in(bytes(octets)))
    if found is not None:
        assert found.name == make_name(ISSUER).public_bytes()


@pytest.mark.parametrize(("place", "octet"), [(56, 1), (59, 128)])
def test_a_message_with_an_odd_certificate_is_read_without_a_word(place: int, octet: int) -> None:
    """An odd version or serial number within a message raises nothing and warns of nothing."""
    octets = bytearray(BUNDLE)
    octets[place] = octet
    certificates_in(bytes(octets))


def test_a_block_without_an_end_hides_no_other() -> None:
    """Somebody has put two files together, one of them cut off."""
    octets = ISSUING.pem.partition(b"-----END")[0] + ISSUING.pem
    assert certificates_in(octets) == [ISSUING.der]


def test_blocks_that_only_begin_take_no_time() -> None:
    """Each is looked at once: looking for the end of each one to the end takes hours here."""
    assert certificates_in(b"-----BEGIN CERTIFICATE-----" * 150_000) == []


def test_base64_without_padding_is_passed_over() -> None:
    """A file that was cut off in the middle."""
    text = base64.b64encode(ISSUING.der)[:-1]
    octets = b"-----BEGIN CERTIFICATE-----" + text + b"-----END CERTIFICATE-----"
    assert find_issuer(CERTIFICATE, certificates_in(octets)) is None
