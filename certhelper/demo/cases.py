"""The certificates of the demo's store: every case a customer's PC may hold.

The bank of the demo knows the same names, so a person can try what each case leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from cryptography.x509.oid import ExtendedKeyUsageOID

from certhelper.demo.authority import CLIENT_USAGE, Authority, Issued

CONTRACT = "12345678901234"
SECOND_CONTRACT = "23456789012345"
THIRD_CONTRACT = "34567890123456"
FOURTH_CONTRACT = "45678901234567"

JAPAN = timezone(timedelta(hours=9), "JST")


@dataclass(frozen=True, slots=True)
class Case:
    """One certificate of the store; ``has_key`` False leaves its private key out."""

    name: str
    issued: Issued
    has_key: bool = True


def last_moment(day: datetime, days: int) -> datetime:
    """08:59:59 JST on the day that is ``days`` after ``day``'s, which is 23:59:59 UTC before.

    Managed PKIs end a certificate at the end of a UTC day; in Japan that is a morning.
    """
    date = day.astimezone(JAPAN).date() + timedelta(days=days)
    return datetime(date.year, date.month, date.day, 8, 59, 59, tzinfo=JAPAN).astimezone(UTC)


def make(authority: Authority) -> list[Case]:
    """Issue the cases; one of them is revoked at ``authority``."""
    return [
        *_everyday(authority),
        *_renewals(authority),
        *_ends_of_validity(authority),
        *_unusable(authority),
        *_spellings(authority),
        *_foreign(authority),
        *_odd_names(authority),
    ]


def _everyday(authority: Authority) -> list[Case]:
    revoked = authority.issue_client(f"{CONTRACT} user03")
    authority.revoke(revoked)
    return [
        Case("user", authority.issue_client(f"{CONTRACT} user01", key="rsa")),
        Case("administrator", authority.issue_client(CONTRACT)),
        Case("revoked", revoked),
        Case(
            "successor-issuer",
            authority.issue_client(f"{CONTRACT} user04", issuer=authority.biznet_g3),
        ),
    ]


def _renewals(authority: Authority) -> list[Case]:
    now = authority.now
    renewed, again = f"{CONTRACT} keiri01", f"{CONTRACT} keiri02"
    return [
        Case(
            "renewed-old",
            authority.issue_client(
                renewed, not_before=now - timedelta(days=345), not_after=last_moment(now, 20)
            ),
        ),
        Case(
            "renewed-new",
            authority.issue_client(
                renewed, not_before=now - timedelta(days=2), not_after=last_moment(now, 385)
            ),
        ),
        Case(
            "expired-beside-new",
            authority.issue_client(
                again, not_before=now - timedelta(days=380), not_after=last_moment(now, -15)
            ),
        ),
        Case("new-beside-expired", authority.issue_client(again, issuer=authority.biznet_g3)),
    ]


def _ends_of_validity(authority: Authority) -> list[Case]:
    now = authority.now

    def until(name: str, user: str, end: datetime) -> Case:
        begin = end - timedelta(days=365)
        issued = authority.issue_client(
            f"{SECOND_CONTRACT} {user}", not_before=begin, not_after=end
        )
        return Case(name, issued)

    # The next 08:59:59 JST: before nine in the morning that is today, later tomorrow.
    soonest = next(end for days in (0, 1) if (end := last_moment(now, days)) > now)
    return [
        until("expires-at-0859", "today", soonest),
        until("29-days-left", "days29", last_moment(now, 29)),
        until("30-days-left", "days30", last_moment(now, 30)),
        until("31-days-left", "days31", last_moment(now, 31)),
        until("expired", "expired", last_moment(now, -40)),
        Case(
            "not-yet-valid",
            authority.issue_client(
                f"{SECOND_CONTRACT} tomorrow",
                not_before=now + timedelta(days=3),
                not_after=now + timedelta(days=368),
            ),
        ),
    ]


def _unusable(authority: Authority) -> list[Case]:
    return [
        Case("no-key", authority.issue_client(f"{THIRD_CONTRACT} nokey"), has_key=False),
        Case(
            "wrong-key-usage",
            authority.issue_client(
                f"{THIRD_CONTRACT} keyusage", key_usage=("key_encipherment",), key="rsa"
            ),
        ),
        Case(
            "wrong-extended-key-usage",
            authority.issue_client(
                f"{THIRD_CONTRACT} purpose",
                key_usage=CLIENT_USAGE,
                extended_key_usage=(ExtendedKeyUsageOID.EMAIL_PROTECTION,),
            ),
        ),
    ]


def _spellings(authority: Authority) -> list[Case]:
    spellings = {
        "all-digit-user": f"{FOURTH_CONTRACT} 00012345",
        "thirty-character-user": f"{FOURTH_CONTRACT} abcdefghij0123456789ABCDEFGHIJ",
        "underscore": f"{FOURTH_CONTRACT}_eigyo01",
        "hyphen": f"{FOURTH_CONTRACT}-eigyo02",
        "no-separator": f"{FOURTH_CONTRACT}eigyo03",
        "bank-code": f"{FOURTH_CONTRACT} eigyo04 0501",
        "thirteen-digits": "1234567890123 user01",
        "fifteen-digits": "123456789012345 user01",
    }
    return [Case(name, authority.issue_client(text)) for name, text in spellings.items()]


def _foreign(authority: Authority) -> list[Case]:
    return [
        Case(
            "another-bank",
            authority.issue_client(
                "98765432109876 tanaka",
                issuer=authority.unrelated,
                organization="Another Bank, Ltd.",
            ),
        ),
        Case(
            "public-sector",
            authority.issue_client(
                "Taro Yamada 20240401",
                issuer=authority.public_sector,
                organization="Example Public Sector",
            ),
        ),
    ]


def _odd_names(authority: Authority) -> list[Case]:
    names: dict[str, str | tuple[str, ...]] = {
        "japanese": "株式会社見本商事 経理部",
        "newline": "12345678901234\nuser77",
        "null-character": "12345678901234 user\x00admin",
        "bidi": "12345678901234 user\u202e10nimda",
        "two-common-names": (f"{CONTRACT} user05", f"{CONTRACT} user06"),
    }
    return [Case(name, authority.issue_client(text)) for name, text in names.items()]
