"""An issuer that is not valid is told in a list as ``show`` and the window tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support import listings
from support.pki import Authority, Issued

from certhelper import chain, faulty_issuers, listing
from certhelper.certificate import Certificate
from certhelper.listing import Listing
from certhelper.stores.base import Installed, KeyState, StoreReading, StoreStatus

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def found(
    *issued: Issued, beside: tuple[Authority, ...] = (), chain_of: tuple[Authority, ...] = ()
) -> Listing:
    """A listing of a store with these users' certificates, the others beside them or below."""
    rows = [Installed(Certificate(one.der), "nss:/a", "mine", KeyState.PRESENT) for one in issued]
    rows += [Installed(Certificate(one.der), "nss:/a", "CA", KeyState.ABSENT) for one in beside]
    ders = tuple(one.der for one in chain_of)
    reading = StoreReading("nss", "/a", StoreStatus.OK, installed=tuple(rows), chain=ders)
    return listing.combine([reading], listings.bank(), NOW)


def codes(told: Listing) -> list[list[str]]:
    """The reasons of each row with a holder."""
    return [[reason.code for reason in one.reasons] for one in told.grouped.judged if one.holder]


def expired(name: str = "Example CA", issuer: Authority | None = None) -> Authority:
    return Authority(name, issuer=issuer, not_before=NOW - 900 * DAY, not_after=NOW - DAY)


def user(authority: Authority) -> Issued:
    return authority.issue(f"{listings.CONTRACT} user01")


def test_an_expired_issuer_is_a_warning() -> None:
    """Whether it stands in the list, or only above a certificate in its file."""
    authority = expired()
    for held in (
        found(user(authority), beside=(authority,)),
        found(user(authority), chain_of=(authority,)),
    ):
        told = faulty_issuers.told(held)
        assert codes(told) == [["issuer-not-valid"]]
        assert all(one.usable for one in told.grouped.judged if one.holder)


def test_one_further_up_counts_as_well() -> None:
    """An intermediate that is valid does not make up for what stands above it."""
    root = expired("Example Root")
    middle = Authority("Example CA", issuer=root)
    told = faulty_issuers.told(found(user(middle), beside=(root, middle)))
    assert codes(told) == [["issuer-not-valid"]]


def test_a_renewed_issuer_makes_up_for_the_old_one() -> None:
    """The old certificate of the same key is left on many PCs, and is no trouble."""
    old = expired()
    renewed = Authority("Example CA", key=old.issued.key)
    told = faulty_issuers.told(found(user(old), beside=(old, renewed)))
    assert codes(told) == [[]]


@pytest.mark.parametrize("is_there", [True, False], ids=["sound issuers", "no issuer"])
def test_healthy_rows_cost_no_signature(is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is verified, and the listing stays the very same, where no issuer is at fault."""
    root = Authority("Example Root")
    middle = root.intermediate("Example CA")
    stranger = expired("Somebody else's CA")
    held = found(user(middle), beside=(root, middle, stranger) if is_there else ())
    monkeypatch.setattr(chain, "find_chain", None)
    assert faulty_issuers.told(held) is held
    assert codes(held) == [[]]


def test_names_in_a_circle_end() -> None:
    """Two authorities that certify each other, one of them expired."""
    first, second = Authority("Example CA"), Authority("Other CA")
    crossed = Authority("Other CA", issuer=first, key=second.issued.key)
    back = Authority(
        "Example CA",
        issuer=second,
        key=first.issued.key,
        not_before=NOW - 900 * DAY,
        not_after=NOW - DAY,
    )
    told = faulty_issuers.told(found(user(first), beside=(crossed, back)))
    assert codes(told) == [["issuer-not-valid"]]
