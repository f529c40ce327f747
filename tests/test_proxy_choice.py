"""What may be given as a proxy and as the address of a PAC script."""

from __future__ import annotations

import pytest

from certhelper.proxy_choice import is_pac_address, place_of


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("proxy.example.co.jp:8080", ("proxy.example.co.jp", 8080)),
        ("PROXY:1", ("PROXY", 1)),
        ("192.0.2.1:65535", ("192.0.2.1", 65535)),
        ("[2001:db8::1]:3128", ("2001:db8::1", 3128)),
    ],
)
def test_host_and_port_are_read(given: str, place: tuple[str, int]) -> None:
    """Names, IPv4 and bracketed IPv6 addresses are what proxies are given by."""
    assert place_of(given) == place


@pytest.mark.parametrize(
    "given",
    [
        "",
        "proxy.example",
        "proxy.example:",
        "proxy.example:0",
        "proxy.example:65536",
        "http://proxy.example:8080",
        "user:password@proxy.example:8080",
        "proxy.example:8080/",
        "proxy.example:8080;direct://",
        "proxy.example:8080 ",
        "a b:8080",
        "-proxy:8080",
        "2001:db8::1:3128",
        "プロキシ:8080",
    ],
)
def test_anything_else_is_no_proxy(given: str) -> None:
    """What reaches the engine must be one host and one port: no list, no secret, no fallback."""
    assert place_of(given) is None


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ("http://wpad.example.co.jp/proxy.pac", True),
        ("https://proxy.example.co.jp:8443/p?x=1", True),
        ("file:///etc/proxy.pac", True),
        ("file:///C:/proxy.pac", True),
        ("", False),
        ("proxy.pac", False),
        ("file://server/share/proxy.pac", False),
        ("http:///proxy.pac", False),
        ("http://a:b@proxy.example/proxy.pac", False),
        ("http://proxy.example:port/proxy.pac", False),
        ("http://proxy.example/a b", False),
        ("data:text/plain,x", False),
        ("javascript:1", False),
        ("http://プロキシ.example/proxy.pac", False),
        ("http://proxy.example/" + "a" * 2000, False),
    ],
)
def test_where_a_script_may_come_from(given: str, allowed: bool) -> None:
    """http, https and this PC's own files; nothing with a secret in it."""
    assert is_pac_address(given) is allowed
