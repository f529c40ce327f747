"""Behaviour of the log-on address that the person gives."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.bank import Bank, to_dict
from certhelper.logon_address import AddressError, as_toml, host_of, with_address

PROFILE = r"""
schema = 1
id = "some-bank"
name = "ある銀行 \"Biznet\""
[certificates]
issuers = ["CN=A \\ B"]
[site]
allowed_hosts = ["www.some.example"]
trusted_certificates = ["root.pem"]
[pages.logon]
markers = ["CIBMU201"]
[[pages.failures]]
code = "session-ended"
markers = ["だめ"]
[[pages.failures]]
code = "browser-not-opened"
markers = ["一", "二"]
[pin]
minimum_length = 6
"""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "root.pem").write_text("root")
    path = tmp_path / "shipped" / "some-bank.toml"
    path.write_text(PROFILE, encoding="utf-8")
    return Bank.read(path)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Logon.Bank.example/path?x=1", "logon.bank.example"),
        (" https://logon.bank.example:8443/ ", "logon.bank.example:8443"),
        ("https://logon.bank.example:443", "logon.bank.example"),
        ("https://銀行.example/", "xn--6qqw64l.example"),
    ],
)
def test_the_host_to_be_allowed_is_named(address: str, host: str) -> None:
    """What the person agrees to must be the very host that is contacted."""
    if "銀行" in address:
        host = "銀行.example".encode("idna").decode()
    assert host_of(address) == host


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://logon.bank.example/",
        "logon.bank.example",
        "https://",
        "https://localhost/",
        "https://bank@evil.example/",
        "https://bank:pin@evil.example/",
        "https://bank.example:99999/",
        "https://[::1/",
        "https://bank.example/a b",
        "https://bank.example/\nx",
        "https://bank.example/" + "a" * 2000,
        "https://" + "a" * 80 + ".example/",
        "javascript:alert(1)",
    ],
)
def test_anything_but_a_plain_https_address_is_refused(address: str) -> None:
    """A mistyped or tricky address must not become a place where a PIN goes."""
    with pytest.raises(AddressError) as caught:
        host_of(address)
    assert caught.value.code == "logon-address-wrong"


def test_the_copy_adds_the_address_and_nothing_else(bank: Bank, tmp_path: Path) -> None:
    """Only the start address and the one host may differ from the shipped profile."""
    copy = with_address(bank, "https://logon.bank.example:8443/a", tmp_path / "config")
    assert copy.site.start_url == "https://logon.bank.example:8443/a"
    assert copy.may_send_certificate("logon.bank.example", 8443)
    assert not copy.may_send_certificate("logon.bank.example", 443)
    assert not copy.may_send_certificate("www.some.example", 443)
    assert copy.allows("https", "www.some.example", 443)
    before, after = to_dict(bank), to_dict(copy)
    for key in ("start_url", "allowed_hosts", "certificate_hosts"):
        del before["site"][key], after["site"][key]
    assert before == after
    assert (copy.id, copy.name) == (bank.id, bank.name)
    assert [file.read_text() for file in copy.trusted_files()] == ["root"]
    assert Bank.read(copy.source) == copy


def test_a_new_address_replaces_the_old(bank: Bank, tmp_path: Path) -> None:
    """The host of an address that was given earlier must not stay allowed."""
    with_address(bank, "https://old.example/", tmp_path)
    copy = with_address(bank, "https://new.example/", tmp_path)
    assert copy.site.certificate_hosts == ("new.example",)


_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.fixed_dictionaries(
        {
            "text": _text,
            "number": st.integers(-(2**40), 2**40),
            "truth": st.booleans(),
            "list": st.lists(_text),
            "table": st.fixed_dictionaries({"inner": st.fixed_dictionaries({"x": _text})}),
            "rows": st.lists(st.fixed_dictionaries({"code": _text, "markers": st.lists(_text)})),
        }
    )
)
def test_whatever_is_written_is_read_back_the_same(document: dict[str, object]) -> None:
    """Any text of a profile must survive the way through TOML."""
    assert tomllib.loads(as_toml(document)) == document
