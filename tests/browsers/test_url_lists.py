"""Lists of addresses in policies, read as the browsers read them."""

from __future__ import annotations

import pytest

from certhelper.browsers import url_lists

BANK = "https://logon.bank.test:8443/biznet/"


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "bank.test",
        "logon.bank.test",
        ".logon.bank.test",
        "https://bank.test",
        "https://*",
        "*://bank.test",
        "bank.test:8443",
        "bank.test/biznet",
        "BANK.test/biznet/*",
    ],
)
def test_a_filter_means_the_bank(pattern: str) -> None:
    """A host stands for those below it, too, unless it begins with a dot."""
    assert url_lists.blocked_by(BANK, [pattern], None) == pattern


@pytest.mark.parametrize(
    "pattern",
    [".bank.test", "nk.test", "http://bank.test", "bank.test:443", "bank.test/other", "a b", ""],
)
def test_a_filter_means_another_place(pattern: str) -> None:
    """What cannot be read as a filter means nobody."""
    if pattern:
        assert url_lists.blocked_by(BANK, [pattern], None) is None


@pytest.mark.parametrize(
    ("blocked", "allowed", "found"),
    [
        (["*"], ["bank.test"], None),
        (["bank.test"], ["bank.test"], None),
        (["logon.bank.test"], ["bank.test"], "logon.bank.test"),
        (["bank.test"], [".logon.bank.test"], None),
        (["bank.test/biznet"], ["bank.test"], "bank.test/biznet"),
        (["*"], ["other.test"], "*"),
        ("*", None, None),
        ([7, None, "bank.test"], {}, "bank.test"),
    ],
)
def test_the_most_particular_filter_decides(
    blocked: object, allowed: object, found: str | None
) -> None:
    """Of two alike the one that allows; what is no list says nothing."""
    assert url_lists.blocked_by(BANK, blocked, allowed) == found


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("<all_urls>", True),
        ("*://*.bank.test/*", True),
        ("*://bank.test/*", False),
        ("*://logon.bank.test/*", True),
        ("http://*/*", False),
        ("https://*/biznet/*", True),
        ("https://*/other/*", False),
        ("bank.test", False),
    ],
)
def test_firefox_has_patterns_of_its_own(pattern: str, is_meant: bool) -> None:
    """An exception wins over all of them."""
    assert (url_lists.blocked_in_firefox(BANK, [pattern], []) is not None) is is_meant
    assert url_lists.blocked_in_firefox(BANK, [pattern], ["<all_urls>"]) is None
