"""Which certificate a log-on uses, where the key asks the person first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.pki import Authority

from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.failures import FailedError, told
from certhelper.listing import Listing, combine
from certhelper.logon import choice
from certhelper.stores.base import (
    Installed,
    KeyState,
    KeyTrouble,
    StoreReading,
    StoreStatus,
    Token,
    TriesLeft,
)

AT = datetime.now(UTC)
BANK = Bank.parse(b'schema = 1\nid = "a"\nname = "b"\n', Path("bank.toml"))


def listing_of(*installed: Installed) -> Listing:
    kind, _, where = installed[0].store.partition(":")
    reading = StoreReading(kind, where, StoreStatus.OK, installed=installed)
    return combine([reading], BANK, AT)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def asking(authority: Authority, store: str, name: str = "12345678901234 user01") -> Installed:
    """A certificate whose key asks the person."""
    certificate = Certificate(authority.issue(name).der)
    return Installed(certificate, store, "", KeyState.NEEDS_USER, None, key_needs_user=True)


def test_a_key_that_windows_asks_for_is_no_locked_store(authority: Authority) -> None:
    """Windows shows its own dialog when the key is used; we have nothing to ask for."""
    installed = asking(authority, "windows:CurrentUser")
    found = choice.choose(listing_of(installed), installed.certificate.sha256)
    assert found.installed.certificate.sha256 == installed.certificate.sha256


def test_a_database_with_a_password_can_be_chosen(authority: Authority) -> None:
    """Whoever starts the log-on asks for its password then."""
    installed = asking(authority, "nss:/home/p/.pki/nssdb")
    found = choice.choose(listing_of(installed), installed.certificate.sha256)
    assert found.installed.store == "nss:/home/p/.pki/nssdb"


def test_a_blocked_token_is_named(authority: Authority) -> None:
    """It wants to be unblocked, not a reissue; where more is wrong, all of it is told."""
    token = Token("会社のカード", "0042", "", "", 1, True, False, TriesLeft.NONE)
    blocked = asking(authority, "pkcs11:/lib/t.so")._replace(
        key=KeyState.UNUSABLE, key_trouble=KeyTrouble("card-blocked"), token=token
    )
    found = listing_of(blocked)
    with pytest.raises(FailedError) as caught:
        choice.choose(found, blocked.certificate.sha256)
    assert (caught.value.code, caught.value.facts["token"]) == ("token-locked", "会社のカード")
    [reason] = [one for one in found.grouped.judged[0].reasons if one.code == "key-unusable"]
    assert "「会社のカード」" in reason.message()
    assert "再発行" not in reason.message()
    later = combine(found.readings, BANK, AT + timedelta(days=9000))
    with pytest.raises(choice.NotUsableError) as also:
        choice.choose(later, blocked.certificate.sha256)
    assert also.value.facts["reason_codes"] == "expired, key-unusable"


def test_only_usable_certificates_of_the_one_store_are_offered(authority: Authority) -> None:
    """What a server may be offered: by fingerprint, with the names above it."""
    mine = asking(authority, "windows:CurrentUser")
    issued = authority.issue(
        "12345678901234 user02",
        not_before=AT - timedelta(days=9),
        not_after=AT - timedelta(days=1),
    )
    expired = Installed(Certificate(issued.der), mine.store, "", KeyState.PRESENT)
    other = asking(authority, "windows:LocalMachine", "12345678901234 user03")
    offered = choice.offered(listing_of(mine, expired, other), "windows:CurrentUser")
    assert offered == {mine.certificate.sha256: (mine.certificate.issuer_der,)}


def test_who_must_act_is_said_once(authority: Authority) -> None:
    """The 管理者's own is reissued by the bank: nobody is sent to the 管理者 besides."""
    issued = authority.issue(
        "12345678901234", not_before=AT - timedelta(days=9), not_after=AT - timedelta(days=1)
    )
    expired = Installed(Certificate(issued.der), "nss:/db", "", KeyState.PRESENT)
    said = told(refused(listing_of(expired), expired)).sentence()
    assert said.count("ご依頼ください") == 1
    assert "管理者に" not in said


def test_of_a_renewed_certificate_the_newer_one_is_named(authority: Authority) -> None:
    """An expired one that was renewed needs no reissue."""
    name, days = "12345678901234 user01", timedelta(days=1)
    old = authority.issue(name, not_before=AT - 9 * days, not_after=AT - days)
    new = authority.issue(name, not_before=AT - 2 * days)
    rows = [
        Installed(Certificate(issued.der), "nss:/db", "", KeyState.PRESENT) for issued in (old, new)
    ]
    said = told(refused(listing_of(*rows), rows[0])).sentence()
    assert "新しい方" in said
    assert "再発行" not in said


def refused(found: Listing, chosen: Installed) -> FailedError:
    """Return what choosing it ends with."""
    with pytest.raises(choice.NotUsableError) as caught:
        choice.choose(found, chosen.certificate.sha256)
    return caught.value
