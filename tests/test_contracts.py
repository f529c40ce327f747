"""Grouped for a person: nothing is lost, and what is preferred is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import der

from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.contracts import Contract, Grouped, Holder, Verdict, group
from certhelper.standing import Judged, Severity, judge
from certhelper.stores.base import Installed, KeyState

BANK = Bank.parse(
    b'schema = 1\nid = "example"\nname = "Example Bank"\n'
    b"[certificates]\nissuers = ['CN=Example Bank Biznet CA - G2']\n",
    Path("example.toml"),
)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ONE, TWO = "nss:/one", "nss:/two"
A, B = "12345678901234", "23456789012345"


@lru_cache
def octets(name: str, begin: datetime, end: datetime, serial: int, issuer: str) -> bytes:
    return der.certificate(
        subject=der.common_name(name),
        validity=der.sequence(der.time_of(begin), der.time_of(end)),
        serial=der.integer(serial),
        issuer=der.common_name(issuer),
    )


def one(
    name: str = f"{A} user01",
    *,
    since: int = -100,
    until: int = 200,
    serial: int = 1,
    key: KeyState = KeyState.PRESENT,
    needs_user: bool = False,
    provider: str | None = None,
    store: str = ONE,
    issuer: str = "Example Bank Biznet CA - G2",
) -> Judged:
    """Judge a certificate whose validity is given in days from now."""
    der_octets = octets(name, NOW + since * DAY, NOW + until * DAY, serial, issuer)
    installed = Installed(Certificate(der_octets), store, "label", key, provider, needs_user)
    return judge(installed, BANK, NOW)


def holder(*judged: Judged) -> Holder:
    [contract] = group(judged).contracts
    [found] = contract.holders
    return found


def codes(judged: Judged) -> list[str]:
    return [reason.code for reason in judged.reasons]


class TestPreferred:
    """Usable and recognised; key, then latest begin, end, SHA-256."""

    def test_the_renewed_one_is_preferred_and_the_old_one_superseded(self) -> None:
        """Both are valid and carry the same name: the common case after a renewal."""
        old, new = one(since=-300, until=60), one(since=-1, until=364, serial=0x87654321)
        found = holder(old, new)
        soon = holder(one(since=-300, until=20), new).certificates[1].reasons[0]
        assert soon.code == "expires-soon"
        assert "更新" not in soon.message()
        assert found.preferred == new
        assert [codes(judged) for judged in found.certificates] == [[], ["superseded"]]
        message = found.certificates[1].reasons[0].message()
        assert "87654321" in message
        assert "2027年5月31日" in message

    def test_an_expired_one_beside_the_new_is_superseded_too(self) -> None:
        """It says that it is expired; nobody is sent to ask for another one."""
        found = holder(one(since=-400, until=-1), one(since=-1))
        assert codes(found.certificates[1]) == ["expired", "superseded"]
        expired, superseded = (reason.message() for reason in found.certificates[1].reasons)
        assert "再発行" not in expired
        assert "新しい方" in superseded
        [alone] = holder(one(since=-400, until=-1)).certificates[0].reasons
        assert "再発行" in alone.message()

    @pytest.mark.parametrize(
        "newer", [one(since=-1, key=KeyState.ABSENT), one(since=1), one(since=-1, until=-1)]
    )
    def test_only_a_usable_one_supersedes(self, newer: Judged) -> None:
        """A newer one that cannot be used makes nothing old."""
        found = holder(one(), newer)
        assert found.preferred == one()
        assert all("superseded" not in codes(judged) for judged in found.certificates)

    def test_another_holders_newer_one_supersedes_nothing(self) -> None:
        """Each user has their own; so has the 管理者."""
        grouped = group([one(), one(f"{A} user02", since=-1), one(A, since=-1)])
        assert all("superseded" not in codes(judged) for judged in grouped.judged)

    def test_what_has_its_key_goes_before_what_is_newer(self) -> None:
        """Present before needs-user before unknown."""
        sure = one(since=-300)
        asks = one(since=-200, key=KeyState.NEEDS_USER)
        unknown = one(since=-100, key=KeyState.UNKNOWN)
        found = holder(unknown, asks, sure)
        assert [judged.installed for judged in found.certificates] == [
            sure.installed,
            asks.installed,
            unknown.installed,
        ]
        assert found.preferred is found.certificates[0]

    @pytest.mark.parametrize(
        ("key", "said"),
        [(KeyState.NEEDS_USER, "パスワード"), (KeyState.UNKNOWN, "確認できていません")],
    )
    def test_nobody_is_told_to_use_two(self, key: KeyState, said: str) -> None:
        """Where a newer one asks for something, the preferred says so and stays the choice."""
        oldest, sure = one(since=-300), one(since=-200, serial=0x12345678)
        found = holder(oldest, sure, one(since=-100, key=key, serial=0x87654321))
        assert found.preferred is found.certificates[0]
        assert found.preferred.installed == sure.installed
        [mine] = found.preferred.reasons
        assert (mine.code, mine.severity) == ("superseded", Severity.WARNING)
        assert "87654321" in mine.message()
        assert said in mine.message()
        assert "新しい方" not in mine.message()
        assert "新しい方(シリアル番号の末尾 12345678" in found.certificates[1].reasons[0].message()

    def test_where_the_key_is_elsewhere_on_this_pc_nobody_is_sent_for_a_reissue(self) -> None:
        """The store that has it is named; alone, its own place is."""
        without = one(key=KeyState.ABSENT)
        alone = holder(without).certificates[0].reasons[0]
        assert "この保管場所(証明書データベース)" in alone.message()
        assert "再発行" in alone.message()
        for key in (KeyState.PRESENT, KeyState.NEEDS_USER):
            grouped = group([without, one(key=key, store=TWO)])
            reason = grouped.judged[0].reasons[0]
            assert (reason.code, reason.severity) == ("no-key", Severity.BLOCKING)
            assert TWO in reason.message()
            assert "再発行" not in reason.message()
        grouped = group([without, one(key=KeyState.ABSENT, store=TWO)])
        assert "再発行" in grouped.judged[0].reasons[0].message()

    def test_the_later_end_decides_between_two_of_one_beginning(self) -> None:
        """And then it is the newer one."""
        found = holder(one(until=100), one(until=101))
        assert found.preferred == one(until=101)
        assert codes(found.certificates[1]) == ["superseded"]

    def test_the_fingerprint_decides_between_equals(self) -> None:
        """So that the choice is the same in every run; neither is old."""
        pair = [one(serial=1), one(serial=2)]
        expected = max(pair, key=lambda judged: judged.installed.certificate.sha256)
        for order in (pair, pair[::-1]):
            found = holder(*order)
            assert found.preferred == expected
            assert [codes(judged) for judged in found.certificates] == [[], []]

    def test_a_certificate_in_two_stores_is_taken_where_no_password_is_asked(self) -> None:
        """Both rows say where the other is."""
        found = holder(one(needs_user=True), one(store=TWO))
        assert found.preferred is not None
        assert found.preferred.installed.store == TWO
        assert [codes(judged) for judged in found.certificates] == [
            ["duplicate"],
            ["key-needs-user", "duplicate"],
        ]
        assert ONE in found.certificates[0].reasons[0].message()

    def test_twice_in_one_store_is_no_duplicate(self) -> None:
        """The reason speaks of another store."""
        assert codes(holder(one(), one()).certificates[0]) == []

    def test_nothing_usable_means_none(self) -> None:
        """An expired one is never preferred."""
        assert holder(one(until=-1, since=-10)).preferred is None


class TestVerdicts:
    """What can be done, and by whom."""

    @pytest.mark.parametrize(
        ("judged", "verdict"),
        [
            ([one()], Verdict.READY),
            ([one(A)], Verdict.READY),
            ([one(until=30)], Verdict.RENEW),
            ([one(until=30), one(since=-1)], Verdict.READY),
            ([one(until=30, key=KeyState.UNKNOWN)], Verdict.ATTENTION),
            ([one(key=KeyState.UNKNOWN)], Verdict.ATTENTION),
            ([one(needs_user=True)], Verdict.ATTENTION),
            ([one(provider="Example CSP")], Verdict.ATTENTION),
            ([one(since=5)], Verdict.ATTENTION),
            ([one(key=KeyState.UNUSABLE)], Verdict.ATTENTION),
            ([one(key=KeyState.UNUSABLE, since=-9, until=-1)], Verdict.REISSUE),
            ([one(key=KeyState.ABSENT)], Verdict.REISSUE),
            ([one(since=-9, until=-1)], Verdict.REISSUE),
            ([one(since=-9, until=-1), one(key=KeyState.UNUSABLE)], Verdict.ATTENTION),
            ([one(store=TWO), one()], Verdict.READY),
        ],
    )
    def test_of_a_holder(self, judged: Sequence[Judged], verdict: Verdict) -> None:
        """Ready; only renewal; something to look at here; only others can help."""
        assert holder(*judged).verdict is verdict

    @pytest.mark.parametrize(
        ("judged", "verdict"),
        [
            ([one(), one(f"{A} user02", since=-9, until=-1)], Verdict.READY),
            ([one(until=9), one(f"{A} user02", since=-9, until=-1)], Verdict.RENEW),
            ([one(since=-9, until=-1), one(A)], Verdict.REISSUE),
            ([one(A)], Verdict.READY),
            ([one(A, until=9)], Verdict.RENEW),
        ],
    )
    def test_of_a_contract(self, judged: Sequence[Judged], verdict: Verdict) -> None:
        """The best of its users'; the 管理者's only when it is alone."""
        [contract] = group(judged).contracts
        assert contract.verdict is verdict


class TestOrder:
    """What can be used comes first, and the 管理者 last."""

    def test_of_contracts_and_holders(self) -> None:
        """Otherwise by contract and user id, so that the places stay."""
        grouped = group(
            [
                one(A),
                one(f"{A} user02"),
                one(f"{A} user01"),
                one(f"{A} expired", since=-9, until=-1),
                one(f"{B} user01"),
                one("00000000000000 user01", since=-9, until=-1),
            ]
        )
        assert [contract.contract_id for contract in grouped.contracts] == [A, B, "0" * 14]
        users = [found.user_id for found in grouped.contracts[0].holders]
        assert users == ["user01", "user02", "expired", None]
        assert grouped.contracts[0].holders[-1].role == "administrator"

    def test_of_what_is_not_recognised(self) -> None:
        """Other issuers' certificates and names that the pattern does not place."""
        foreign = one(issuer="Somebody Else")
        nameless = one("株式会社見本")
        grouped = group([foreign, nameless])
        assert grouped.contracts == ()
        assert grouped.unrecognized == (nameless, foreign)


NAMES = st.sampled_from([A, f"{A} user01", f"{A} user02", f"{B} user01", "nobody", ""])
ROWS = st.builds(
    one,
    NAMES,
    since=st.sampled_from([-300, -100, 5]),
    until=st.sampled_from([-50, 10, 200]),
    serial=st.integers(1, 2),
    key=st.sampled_from(KeyState),
    needs_user=st.booleans(),
    store=st.sampled_from([ONE, TWO]),
    issuer=st.sampled_from(["Example Bank Biznet CA - G2", "Somebody Else"]),
)


def grouped_rows(grouped: Grouped) -> list[Judged]:
    in_holders = [
        judged
        for contract in grouped.contracts
        for found in contract.holders
        for judged in found.certificates
    ]
    return [*in_holders, *grouped.unrecognized]


def holders_of(grouped: Grouped) -> list[tuple[Contract, Holder]]:
    return [(contract, found) for contract in grouped.contracts for found in contract.holders]


class TestWhateverIsThere:
    """Properties of every grouping."""

    @given(st.lists(ROWS, max_size=12))
    def test_nothing_is_lost_and_nothing_is_twice(self, rows: list[Judged]) -> None:
        """Every row stands in exactly one place, and once in ``judged``, in its order."""
        grouped = group(rows)
        assert [judged.installed for judged in grouped.judged] == [row.installed for row in rows]
        assert Counter(map(id, grouped_rows(grouped))) == Counter(map(id, grouped.judged))

    @given(st.lists(ROWS, max_size=12))
    def test_neighbours_only_add_reasons(self, rows: list[Judged]) -> None:
        """What was found before stays; neither of the new ones makes anything unusable."""
        for before, after in zip(rows, group(rows).judged, strict=True):
            added = Counter(codes(after)) - Counter(codes(before))
            assert Counter(codes(before)) <= Counter(codes(after))
            assert set(added) <= {"superseded", "duplicate"}
            assert before.usable == after.usable

    @given(st.lists(ROWS, max_size=12))
    def test_preferred_is_usable_and_the_best(self, rows: list[Judged]) -> None:
        """And there is one wherever something is usable."""
        for _, found in holders_of(group(rows)):
            usable = [judged for judged in found.certificates if judged.usable]
            assert (found.preferred is None) == (not usable)
            if found.preferred is not None:
                assert found.preferred is found.certificates[0]
                assert all(_sureness(found.preferred) >= _sureness(other) for other in usable)

    @given(st.lists(ROWS, max_size=12))
    def test_superseded_by_a_usable_newer_one_of_the_same_holder(self, rows: list[Judged]) -> None:
        """Exactly then, and never across holders."""
        for _, found in holders_of(group(rows)):
            for judged in found.certificates:
                newer = [
                    other
                    for other in found.certificates
                    if other.usable and _dates(other) > _dates(judged)
                ]
                assert ("superseded" in codes(judged)) == bool(newer)

    @given(st.lists(ROWS, max_size=12))
    def test_duplicate_exactly_when_in_another_store(self, rows: list[Judged]) -> None:
        """Whether it is recognised or not."""
        grouped = group(rows)
        for judged in grouped.judged:
            elsewhere = {
                other.installed.store
                for other in grouped.judged
                if other.installed.certificate == judged.installed.certificate
            } - {judged.installed.store}
            assert ("duplicate" in codes(judged)) == bool(elsewhere)

    @given(st.lists(ROWS, max_size=12))
    def test_only_recognised_ones_have_a_holder(self, rows: list[Judged]) -> None:
        """Excluded issuers and unplaced names are nobody's."""
        grouped = group(rows)
        for judged in grouped.unrecognized:
            assert {"other-issuer", "unrecognized-name"} & set(codes(judged))
        for contract, found in holders_of(grouped):
            assert contract.contract_id == found.contract_id
            for judged in found.certificates:
                assert judged.holder == (found.contract_id, found.user_id)
                assert not {"other-issuer", "unrecognized-name"} & set(codes(judged))

    @given(st.lists(ROWS, max_size=12))
    def test_verdicts_agree_with_what_can_be_used(self, rows: list[Judged]) -> None:
        """Ready and renew need something usable; reissue means that nothing is."""
        for contract, found in holders_of(group(rows)):
            if found.verdict in (Verdict.READY, Verdict.RENEW):
                assert found.preferred is not None
            if found.verdict is Verdict.REISSUE:
                assert found.preferred is None
            users = [one.verdict for one in contract.holders if one.user_id is not None]
            verdicts = users or [one.verdict for one in contract.holders]
            assert contract.verdict is min(verdicts, key=list(Verdict).index)

    @given(st.lists(ROWS, max_size=10), st.randoms(use_true_random=False))
    def test_the_order_of_stores_changes_nothing(self, rows: list[Judged], random: object) -> None:
        """The same holders with the same choice, however the stores answered."""
        shuffled = list(rows)
        random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
        first, second = group(rows), group(shuffled)
        assert [contract.contract_id for contract in first.contracts] == [
            contract.contract_id for contract in second.contracts
        ]
        for (_, mine), (_, other) in zip(holders_of(first), holders_of(second), strict=True):
            assert (mine.user_id, mine.verdict) == (other.user_id, other.verdict)
            assert _sha256(mine.preferred) == _sha256(other.preferred)


def _sureness(judged: Judged) -> int:
    return [KeyState.UNKNOWN, KeyState.NEEDS_USER, KeyState.PRESENT].index(judged.installed.key)


def _dates(judged: Judged) -> tuple[datetime, datetime]:
    certificate = judged.installed.certificate
    assert certificate.not_before is not None
    assert certificate.not_after is not None
    return certificate.not_before, certificate.not_after


def _sha256(judged: Judged | None) -> str | None:
    return None if judged is None else judged.installed.certificate.sha256


def test_no_certificate_is_no_contract() -> None:
    """An empty PC is an answer, too."""
    assert group([]) == Grouped((), (), ())


def test_severities_of_what_neighbours_add() -> None:
    """Superseded is a warning, a duplicate mere information (design.md)."""
    found = holder(one(since=-200), one(), one(store=TWO))
    severities = {
        reason.code: reason.severity for judged in found.certificates for reason in judged.reasons
    }
    assert severities == {"superseded": Severity.WARNING, "duplicate": Severity.INFORMATION}
