"""The temporary certificate, and that no other is taken for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support import pki

from certhelper.certificate import Certificate
from certhelper.demo.authority import Authority
from certhelper.selftest import temporary

SUBJECT = (("C", "JP"), ("O", "certhelper selftest"), ("CN", "00000000000000 selftest"))


def test_it_is_good_for_one_hour_from_now() -> None:
    """Whatever becomes of it, it is worth nothing soon."""
    authority = Authority()
    certificate = Certificate(temporary.issue(authority).der)
    assert certificate.not_before is not None
    assert certificate.not_after is not None
    assert certificate.not_before < authority.now < certificate.not_after
    assert certificate.not_after - certificate.not_before == timedelta(hours=1)
    assert temporary.is_marked(certificate.der)


@pytest.mark.parametrize(
    ("subject", "issuer", "lifetime"),
    [
        (SUBJECT, pki.ISSUER, timedelta(days=365)),
        (SUBJECT, pki.ISSUER[:-1], timedelta(hours=1)),
        ((*SUBJECT[:2], ("CN", "00000000000000 selftest2")), pki.ISSUER, timedelta(hours=1)),
        ((("C", "JP"), SUBJECT[2]), pki.ISSUER, timedelta(hours=1)),
        ((*SUBJECT, ("CN", "12345678901234 user01")), pki.ISSUER, timedelta(hours=1)),
    ],
    ids=["a year", "another issuer", "another name", "no organization", "one name more"],
)
def test_a_similar_certificate_is_not_taken_for_it(
    subject: pki.Subject, issuer: pki.Subject, lifetime: timedelta
) -> None:
    """Subject, issuer and time of validity must all be ours."""
    begin = Authority().now
    similar = pki.Authority(issuer).issue(subject, not_before=begin, not_after=begin + lifetime)
    assert not temporary.is_marked(similar.der)


def test_what_is_no_certificate_is_not_taken_for_it() -> None:
    """A record that somebody else wrote may hold anything."""
    for octets in (b"", b"\x30\x00", b"certificate"):
        assert not temporary.is_marked(octets)
