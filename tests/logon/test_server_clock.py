"""What time a server says it is, and how far a clock is off in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.pki import Authority
from support.raw_servers import AbsentServer, RawServer
from support.tls_sites import HOST, TlsSite, site_of

from certhelper.logon import server_clock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_server_that_nobody_trusts_is_asked_for_its_date_and_nothing_else() -> None:
    """One HEAD of the front page; no cookie, no path of the person's, no certificate."""
    with TlsSite(site_of(Authority("Nobody")), clock=NOW) as site:
        assert server_clock.ask(HOST, site.port) == NOW
        (asked,) = site.asked
    assert (asked.method, asked.path) == ("HEAD", "/")
    assert set(asked.headers) == {"host", "connection"}


def test_a_server_that_does_not_answer_says_no_time() -> None:
    """The explanation goes on without; nothing is raised."""
    with AbsentServer() as absent:
        assert server_clock.ask(HOST, absent.port) is None
    with RawServer("close") as raw:
        assert server_clock.ask(HOST, raw.port) is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2026 09:00:00 GMT\r\n\r\n", NOW),
        (b"HTTP/1.1 302 Found\r\nX: y\r\nDate:Mon, 23 Nov 2026 18:00:00 +0900\r\n\r\n", NOW),
        (b"HTTP/1.1 200 OK\r\n\r\nDate: Mon, 23 Nov 2026 09:00:00 GMT\r\n", None),
        (b"HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nDate: \xff\xfe\r\n\r\n", None),
        (b"", None),
    ],
)
def test_the_date_is_read_from_the_head_alone(head: bytes, expected: datetime | None) -> None:
    """RFC 9110 section 6.6.1; what is no date is none, and a page's text is no header."""
    assert server_clock.date_in(head) == expected


@pytest.mark.parametrize(
    ("off", "japanese"),
    [
        (timedelta(days=-800), "約2年遅れています"),
        (timedelta(days=-400), "約400日遅れています"),
        (timedelta(days=3, hours=1), "約3日進んでいます"),
        (timedelta(hours=9), "約9時間進んでいます"),
        (timedelta(minutes=-30), "約30分遅れています"),
        (timedelta(seconds=20), "約1分進んでいます"),
    ],
)
def test_the_difference_is_said_in_words(off: timedelta, japanese: str) -> None:
    """In the largest unit of which there are at least two."""
    assert server_clock.about(NOW + off, NOW) == japanese
