"""Whom a certificate names, read without ``cryptography``."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from hypothesis import given
from hypothesis import strategies as st
from support.pki import Authority
from support.revocation_servers import names

from certhelper.revocation.addresses import Addresses, addresses_of, names_anybody

AUTHORITY = Authority()
URI = x509.UniformResourceIdentifier


def issued(*extensions: tuple[x509.ExtensionType, bool]) -> bytes:
    return AUTHORITY.issue("name", extensions=extensions).der


def test_every_address_in_its_order() -> None:
    """As they stand in the certificate."""
    found = names(
        ocsp=["http://a.test/", "http://b.test/"],
        crl=["http://c.test/list", "ldap://d.test/cn=list"],
        issuers=["http://e.test/ca.cer"],
    )
    assert addresses_of(issued(*found)) == Addresses(
        ("http://a.test/", "http://b.test/"),
        ("http://c.test/list", "ldap://d.test/cn=list"),
        ("http://e.test/ca.cer",),
    )


def test_a_certificate_that_names_nobody() -> None:
    """Or only where its issuer is: nobody can say whether it was revoked."""
    assert not names_anybody(issued())
    assert not names_anybody(issued(*names(issuers=["http://e.test/"])))
    assert names_anybody(issued(*names(ocsp=["http://a.test/"])))
    assert names_anybody(issued(*names(crl=["http://a.test/"])))


def test_other_names_than_addresses_are_passed_over() -> None:
    """A directory name has nobody to be asked over the web."""
    described = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.DNSName("a.test")),
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, URI("http://b.test/")),
    ]
    octets = issued((x509.AuthorityInformationAccess(described), False))
    assert addresses_of(octets).ocsp == ("http://b.test/",)


def test_lists_of_others_and_of_some_reasons_are_not_complete() -> None:
    """An indirect list, or one of a few reasons, proves nothing by what is not in it."""
    name = AUTHORITY.certificate.subject
    reasons = frozenset({x509.ReasonFlags.key_compromise})
    points = [
        x509.DistributionPoint([URI("http://a.test/")], None, reasons, None),
        x509.DistributionPoint([URI("http://b.test/")], None, None, [x509.DirectoryName(name)]),
        x509.DistributionPoint(None, name.rdns[0], None, None),
    ]
    found = addresses_of(issued((x509.CRLDistributionPoints(points), False)))
    assert found == Addresses(has_odd_points=True)
    assert not found.is_empty


EVERYTHING = issued(*names(ocsp=["http://a.test/"], crl=["http://b.test/"]))


@given(st.data())
def test_damage_is_never_more_than_no_address(data: st.DataObject) -> None:
    """Whatever the octets hold."""
    octets = bytearray(EVERYTHING)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    found = addresses_of(bytes(octets[: data.draw(st.integers(0, len(octets)))]))
    assert isinstance(found, Addresses)
