"""One plain way of writing an address passes, everything else is refused with its reason."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certhelper.bank import Bank
from certhelper.logon import only_bank
from certhelper.logon.only_bank import Place, Reason

BANK = Bank.parse(
    b"""
schema = 1
id = "example"
name = "Example"
[site]
allowed_hosts = ["www.kitagin.co.jp", "*.ib-kitagin.example:8443"]
certificate_hosts = ["login.kitagin.co.jp"]
""",
    Path("profile.toml"),
)
HOME = "https://www.kitagin.co.jp/"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.kitagin.co.jp",
        "https://www.kitagin.co.jp/",
        "https://www.kitagin.co.jp:443/a?b=c#d",
        "https://login.kitagin.co.jp/pin",
        "wss://www.kitagin.co.jp/socket",
        "https://a.b.ib-kitagin.example:8443/",
    ],
)
def test_the_profile_s_hosts_over_tls_are_inside(address: str) -> None:
    """Host and port of the profile, https or wss."""
    assert only_bank.allows(address, BANK)
    assert only_bank.judge(address, BANK) is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://www.kitagin.co.jp/", Reason.NOT_ENCRYPTED),
        ("ws://www.kitagin.co.jp/", Reason.NOT_ENCRYPTED),
        ("https://www.kitagin.co.jp:8443/", Reason.OTHER_PORT),
        ("https://a.ib-kitagin.example/", Reason.OTHER_PORT),
        ("https://www.kitagin.co.jp@evil.example/", Reason.USER_IN_ADDRESS),
        ("https://user:word@www.kitagin.co.jp/", Reason.USER_IN_ADDRESS),
        ("https://@www.kitagin.co.jp/", Reason.USER_IN_ADDRESS),
        ("https://www.kitagin.co.jp./", Reason.LOOKS_ALIKE),
        ("https://www.kitagin.co.jp.:443/", Reason.LOOKS_ALIKE),
        ("https://www.kitagin.co.jp.evil.example/", Reason.LOOKS_ALIKE),
        ("https://www-kitagin-co-jp.evil.example/", Reason.LOOKS_ALIKE),
        ("https://www.kitagin.com/", Reason.LOOKS_ALIKE),
        ("https://kitagin-biznet.jp/", Reason.LOOKS_ALIKE),
        ("https://kitagin.evil.example/", Reason.LOOKS_ALIKE),
        ("https://www.kitagln.co.jp/", Reason.LOOKS_ALIKE),
        ("https://www.kltag1n.co.jp/", Reason.LOOKS_ALIKE),
        ("https://www.kitagiin.co.jp/", Reason.LOOKS_ALIKE),
        ("https://www.kitgain.co.jp/", Reason.LOOKS_ALIKE),
        ("https://www.kitgin.co.jp/", Reason.LOOKS_ALIKE),
        ("https://www.xn--kitgin-5nf.co.jp/", Reason.LOOKS_ALIKE),  # Cyrillic а
        ("https://www.xn--n1abafei.co.jp/", Reason.OTHER_LETTERS),
        ("https://xn--wgv71a119e.jp/", Reason.OTHER_LETTERS),  # 日本語
        ("https://xn--a.jp/", Reason.OTHER_LETTERS),  # no punycode at all
        ("https://北銀.jp/", Reason.OTHER_LETTERS),
        ("https://127.0.0.1/", Reason.NUMBERS),
        ("https://[::1]/", Reason.NUMBERS),
        ("https://kitagin.co.jp/", Reason.SAME_OWNER),
        ("https://other.kitagin.co.jp/", Reason.SAME_OWNER),
        ("https://ib-kitagin.example:8443/", Reason.SAME_OWNER),
        ("https://www.example.com/", Reason.OTHER_SITE),
        ("https://www.example.co.jp./", Reason.OTHER_SITE),
        ("mailto:somebody@kitagin.co.jp", Reason.OTHER_PROGRAM),
        ("tel:0120000000", Reason.OTHER_PROGRAM),
        ("javascript:alert(1)", Reason.NO_SITE),
        ("JAVASCRIPT:alert(1)", Reason.NO_SITE),
        ("data:text/html,x", Reason.NO_SITE),
        ("file:///etc/passwd", Reason.NO_SITE),
        ("blob:https://www.kitagin.co.jp/0", Reason.NO_SITE),
        ("filesystem:https://www.kitagin.co.jp/0", Reason.NO_SITE),
        ("view-source:https://www.kitagin.co.jp/", Reason.NO_SITE),
        ("chrome://version/", Reason.NO_SITE),
        ("about:config", Reason.NO_SITE),
        ("https:\\\\www.kitagin.co.jp\\", Reason.UNREADABLE),
        ("https://evil.example\\@www.kitagin.co.jp/", Reason.UNREADABLE),
        ("https:www.kitagin.co.jp", Reason.UNREADABLE),
        ("https:///www.kitagin.co.jp/", Reason.UNREADABLE),
        ("https://www.kitagin.co.jp:99999/", Reason.UNREADABLE),
        ("https://.kitagin.co.jp/", Reason.UNREADABLE),
        ("https://www..kitagin.co.jp/", Reason.UNREADABLE),
        ("https://www.kitagin.co.jp%2eevil.example/", Reason.UNREADABLE),
        ("https://www.kitagin.co.jp/a b", Reason.UNREADABLE),
        ("https://www.kitagin.co.jp/\n", Reason.UNREADABLE),
        (" https://www.kitagin.co.jp/", Reason.UNREADABLE),
        ("//www.kitagin.co.jp/", Reason.UNREADABLE),
        ("", Reason.UNREADABLE),
    ],
)
def test_everything_else_is_outside_with_its_reason(address: str, reason: Reason) -> None:
    """Each trick with an address has a name."""
    assert not only_bank.allows(address, BANK)
    assert only_bank.judge(address, BANK) is reason


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"https?:[/\\]{0,3}[a-z@.:/\\%?#\[\]0-9-]{0,30}"),
        st.builds(
            "https://{}www.kitagin.co.jp{}".format,
            st.text("@.:/\\?#%x\u3002\t\n ", max_size=4),
            st.text("@.:/\\?#%x\u3002\t\n ", max_size=4),
        ),
    )
)
@example("https://www.kitagin.co.jp:443")
def test_whatever_passes_names_a_host_of_the_profile_for_every_parser(address: str) -> None:
    """Python's parser, which knows nothing of ours, sees the same host and no user."""
    reason = only_bank.judge(address, BANK)
    assert only_bank.allows(address, BANK) is (reason is None)
    if reason is None:
        parts = urlsplit(address)
        assert parts.scheme in ("https", "wss")
        assert BANK.allows(parts.scheme, parts.hostname or "", parts.port or 443)
        assert parts.username is None
        assert parts.geturl().isascii()


@given(st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}", fullmatch=True))
def test_any_host_gets_an_answer(host: str) -> None:
    """No name makes the search for look-alikes stumble."""
    only_bank.judge(f"https://{host}/", BANK)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://www.example.com/a?secret=1", "www.example.com"),
        ("https://www.example.com:8443/a", "www.example.com:8443"),
        ("http://www.example.com/", "www.example.com"),
        ("mailto:somebody@example.com?subject=secret", "mailto:"),
        ("data:text/html,secret", "data:"),
        ("https://user:secret@www.example.com/a", "www.example.com"),
        ("https://[::1]/secret", "[::1]"),
    ],
)
def test_an_address_is_told_without_what_may_be_secret(address: str, label: str) -> None:
    """Host and port, or the scheme; no path, query, user or content."""
    assert only_bank.label_of(address) == label


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://www.example.com/a?b=c", True),
        ("http://www.example.com/", True),
        ("https://xn--wgv71a119e.jp/", True),
        ("https://user@www.example.com/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://www.example.com/\u202e", False),
        ("https://www.example.com/a b", False),
        ("https://www.example.com/" + "a" * 3000, False),
        ("wss://www.example.com/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("mailto:a@example.com", False),
        ("--new-window", False),
        ("", False),
    ],
)
def test_only_a_plain_web_address_may_be_opened_outside(address: str, may: bool) -> None:
    """What is opened is what could be shown whole: a program's option or a file never is."""
    assert only_bank.may_be_opened_outside(address) is may


@pytest.mark.parametrize(
    ("address", "page", "may"),
    [
        ("https://www.kitagin.co.jp/statement.csv", HOME, True),
        ("https://login.kitagin.co.jp/statement.csv", HOME, True),
        ("https://evil.example/statement.csv", HOME, False),
        ("http://www.kitagin.co.jp/statement.csv", HOME, False),
        ("wss://www.kitagin.co.jp/", HOME, False),
        ("blob:https://www.kitagin.co.jp/0-0", HOME, True),
        ("blob:https://login.kitagin.co.jp/0-0", HOME, False),
        ("blob:https://evil.example/0-0", "https://evil.example/", False),
        ("blob:null/0-0", HOME, False),
        ("blob:https://www.kitagin.co.jp/0-0", "about:blank", False),
        ("data:text/csv,1", HOME, False),
        ("file:///etc/passwd", HOME, False),
        ("filesystem:https://www.kitagin.co.jp/0", HOME, False),
        ("", HOME, False),
    ],
)
def test_only_the_bank_s_own_files_are_saved(address: str, page: str, may: bool) -> None:
    """From its hosts, or put together by the very page that offers them."""
    assert only_bank.may_download(address, page, BANK) is may


def test_a_place_is_written_without_the_usual_port() -> None:
    """443 is not worth a word, another port is."""
    assert str(Place("https", "www.example.com", 443)) == "www.example.com"
    assert str(Place("http", "www.example.com", 443)) == "www.example.com:443"
