"""Names under which anybody may register one are told from names that belong to somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper import public_suffix
from certhelper.bank import Bank
from certhelper.profile_reading import ProfileError


@pytest.mark.parametrize(
    "host", ["jp", "co.jp", "CO.JP", "ne.jp", "tokyo.jp", "com", "github.io", "localhost", "", "."]
)
def test_what_belongs_to_nobody_alone_is_public(host: str) -> None:
    """Japan's second level and prefectures, top-level names, and hosting firms' names."""
    assert public_suffix.is_public(host)


@pytest.mark.parametrize(
    ("host", "registered", "name"),
    [
        ("kitagin.co.jp", "kitagin.co.jp", "kitagin"),
        ("www.ib.kitagin.co.jp", "kitagin.co.jp", "kitagin"),
        ("ib.finemax.net", "finemax.net", "finemax"),
        ("www.firm.chiyoda.tokyo.jp", "firm.chiyoda.tokyo.jp", "firm"),
        ("login.demo-bank.localhost", "demo-bank.localhost", "demo-bank"),
    ],
)
def test_the_registered_part_of_a_host_is_found(host: str, registered: str, name: str) -> None:
    """Whose name it is stands right before the public suffix."""
    assert public_suffix.registrable(host) == registered
    assert public_suffix.name(host) == name
    assert not public_suffix.is_public(host)


@pytest.mark.parametrize("entry", ["*.jp", "*.co.jp", "*.co.jp:8443", "*.tokyo.jp", "*.github.io"])
def test_no_profile_allows_every_host_under_a_public_suffix(entry: str) -> None:
    """Anybody could register a host that the session would then trust."""
    text = f'schema = 1\nid = "a"\nname = "A"\n[site]\nallowed_hosts = ["{entry}"]\n'
    with pytest.raises(ProfileError) as refused:
        Bank.parse(text.encode(), Path("profile.toml"))
    assert refused.value.facts["key"] == "site.allowed_hosts[0]"
    assert entry in refused.value.facts["problem"]
    assert Bank.parse(text.replace("*.", "*.bank.").encode(), Path("profile.toml"))
