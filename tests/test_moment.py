"""Expiry has an hour, and it is Japan's."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.systems import only_on_linux

from certhelper import moment
from certhelper.moment import MomentError
from certhelper.texts import Language

END_OF_UTC_DAY = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)


def test_the_end_of_a_day_in_utc_is_a_morning_in_japan() -> None:
    """A bank tells its users "until 08:59 on the day" (domain.md)."""
    assert moment.in_japan(END_OF_UTC_DAY) == "2026年11月20日 8:59"


def test_in_english_the_zone_is_named() -> None:
    """A reader of English may not expect Japan's time."""
    assert moment.in_japan(END_OF_UTC_DAY, "en") == "2026-11-20 08:59 JST"


def test_minutes_have_two_digits() -> None:
    """Five past nine is not 9:5."""
    assert moment.in_japan(datetime(2026, 1, 2, 0, 5, tzinfo=UTC)) == "2026年1月2日 9:05"


@pytest.mark.parametrize(("language", "shown"), [("ja", "9999年"), ("en", "9999")])
def test_the_last_moment_of_all_can_be_shown(language: Language, shown: str) -> None:
    """99991231235959Z means that there is no end; in Japan it would be the year 10000."""
    assert moment.in_japan(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), language) == shown


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (datetime(2026, 11, 19, 15, 0, tzinfo=UTC), 0),  # 0:00 of the day in Japan
        (datetime(2026, 11, 19, 14, 59, 59, tzinfo=UTC), 1),  # the evening before
        (datetime(2026, 10, 20, 15, 0, tzinfo=UTC), 30),
        (datetime(2026, 10, 20, 14, 59, 59, tzinfo=UTC), 31),
        (datetime(2026, 11, 20, 15, 0, tzinfo=UTC), -1),
    ],
)
def test_days_are_counted_by_midnights_in_japan(at: datetime, days: int) -> None:
    """Whatever the hours; the day itself counts as none left."""
    assert moment.days_left(END_OF_UTC_DAY, at) == days


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-7)))),
)
def test_any_two_moments_can_be_compared(until: datetime, at: datetime) -> None:
    """Years 1 and 9999 included, and in any zone."""
    days = moment.days_left(until, at)
    assert abs((until - at) - timedelta(days=days)) < timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-20T08:59:00+09:00", datetime(2026, 11, 19, 23, 59, tzinfo=UTC)),
        ("2026-11-19T23:59Z", datetime(2026, 11, 19, 23, 59, tzinfo=UTC)),
        (" 20261119T235900Z ", datetime(2026, 11, 19, 23, 59, tzinfo=UTC)),
    ],
)
def test_at_takes_iso_8601(text: str, read: datetime) -> None:
    """In the extended and in the basic form."""
    assert moment.parse(text) == read


@only_on_linux  # Windows takes the zone from its settings alone
def test_without_a_zone_it_is_this_pcs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon in Osaka is three in the morning in UTC; a date alone is its midnight."""
    if sys.platform == "win32":
        pytest.skip("only on Linux")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment.parse("2026-11-20T12:00") == datetime(2026, 11, 20, 3, tzinfo=UTC)
        assert moment.parse("2026-11-20") == datetime(2026, 11, 19, 15, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["", "今日", "2026-02-30", "08:59", "0001-01-01T00:00+09:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """With the code of the list, whatever is wrong with it."""
    with pytest.raises(MomentError) as refused:
        moment.parse(text)
    assert refused.value.code == "at-not-a-time"


def test_utc_is_written_to_the_second() -> None:
    """As the JSON contract has it, from any zone."""
    there = datetime(2026, 11, 20, 8, 59, 59, 999999, tzinfo=moment.JAPAN)
    assert moment.as_utc(there) == "2026-11-19T23:59:59Z"
