"""Patterns of addresses in Chromium's policies."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.browsers.patterns import Pattern, PatternError

HOST, PORT = "logon.bank.test", 443


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "https://logon.bank.test",
        "HTTPS://Logon.Bank.Test",
        "https://logon.bank.test:443",
        "https://logon.bank.test:*",
        "https://logon.bank.test/any/path",
        "https://logon.bank.test:443/path",
        "*://logon.bank.test",
        "logon.bank.test",
        "logon.bank.test.",
        "[*.]logon.bank.test",
        "[*.]bank.test",
        "https://[*.]bank.test",
        "[*.]test:443",
        "[*.]",
        "https://*",
        "*:443",
    ],
)
def test_a_pattern_means_the_banks_server(pattern: str) -> None:
    """The ways of writing it that Google's page on URL patterns lists."""
    assert Pattern.parse(pattern).matches(HOST, PORT)


@pytest.mark.parametrize(
    "pattern",
    [
        "http://logon.bank.test",
        "https://logon.bank.test:8443",
        "https://bank.test",
        "bank.test",
        "[*.]logon.bank.test.evil.test",
        "[*.]ogon.bank.test",
        "https://[::1]",
        "192.0.2.1",
    ],
)
def test_a_pattern_means_another_server(pattern: str) -> None:
    """Another scheme, port or host; a part of a label is none of its sub-domains."""
    assert not Pattern.parse(pattern).matches(HOST, PORT)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "https://",
        "ftp://bank.test",
        "file:///etc/x",
        "chrome-extension://abc/",
        "*.bank.test",
        "https://*.bank.test",
        "[*.].bank.test",
        "bank.*",
        "bank.test:https",
        "https://bank.test:-1",
        "[*.]192.0.2.1",
        "[*.]bank.test..",
        "[::1",
        "https:// bank.test",
    ],
)
def test_what_chromium_ignores_is_no_pattern(pattern: str) -> None:
    """``*.bank.test`` is the mistake that administrators make most."""
    with pytest.raises(PatternError):
        Pattern.parse(pattern)


def test_the_most_particular_pattern_counts() -> None:
    """The host counts before the port, and the port before the scheme."""
    falling = [
        "https://logon.bank.test:443",
        "logon.bank.test:443",
        "https://logon.bank.test",
        "logon.bank.test",
        "https://[*.]logon.bank.test:443",
        "[*.]logon.bank.test",
        "https://[*.]bank.test:443",
        "[*.]bank.test",
        "https://*:443",
        "*",
    ]
    parsed = [Pattern.parse(one) for one in falling]
    assert sorted(parsed, key=lambda one: one.precedence, reverse=True) == parsed


def test_a_name_of_another_script_is_compared_in_its_encoded_form() -> None:
    """Servers are asked for by the Punycode name."""
    assert Pattern.parse("https://銀行.test").matches("xn--jn2ax2s.test", 443)


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    """Whatever stands in a policy, nothing else is raised."""
    with contextlib.suppress(PatternError):
        Pattern.parse(text).matches(HOST, PORT)
