"""Whose certificates a diagnosis is about."""

from __future__ import annotations

from collections import Counter

from support import listings
from support.listings import CONTRACT, installed

from certhelper.diagnosis.subjects import subjects_of


def test_who_begins_a_fingerprint_means_one_certificate_or_none() -> None:
    """What several begin with chooses nobody: none of them is to be sent anywhere."""
    every = [installed(f"{CONTRACT} user{number:02}") for number in range(17)]
    found = listings.listing(*every)
    one = every[0].certificate.sha256
    for given in (one, one[:20]):
        (subject,) = subjects_of(found, given)
        assert subject.about == one
    # Of seventeen two begin with the same of sixteen digits.
    ((digit, _),) = Counter(each.certificate.sha256[0] for each in every).most_common(1)
    assert subjects_of(found, digit) == ()
    assert subjects_of(found, "no digits") == ()
