"""News of the program: read strictly, asked once a day, and only where an address is given."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import texts, update_check
from certhelper.failures import FailedError
from certhelper.settings import UpdateCheck
from certhelper.update_check import News

URL = "https://it.example.co.jp/certhelper.json"
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def answer(**changed: Any) -> bytes:
    document = {
        "schema": "certhelper.update/1",
        "version": "0.3.0",
        "message_ja": "11月30日までに入れ替えてください。",
        "message_en": "Please install it by November 30.",
        "page": "https://it.example.co.jp/certhelper/",
    }
    return json.dumps(document | changed).encode()


def outcome(at: datetime = NOW, **changed: str) -> UpdateCheck:
    made = UpdateCheck(URL, at.isoformat(), answer().decode(), "")
    return made._replace(**changed)


def broken(url: str) -> bytes:
    raise update_check.not_checked("ConnectTimeout")


def test_the_answer_is_read_in_the_persons_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, a word for the person, and a page to read on."""
    for language, message in (("ja", "11月30日までに入れ替えてください。"), ("en", "Please")):
        monkeypatch.setattr(texts, "language", lambda chosen=language: chosen)
        found = update_check.read(answer(unknown_later_key=1))
        assert found.version == "0.3.0"
        assert found.message.startswith(message)
        assert found.page == "https://it.example.co.jp/certhelper/"


def test_only_the_version_is_needed() -> None:
    """An administrator may have nothing to add."""
    least = json.dumps({"schema": update_check.SCHEMA, "version": "2"}).encode()
    assert update_check.read(least) == News("2", "", "")


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"<html>",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        answer(schema="certhelper.update/2"),
        answer(version=3),
        answer(version="newest"),
        answer(version="0.3.0; rm -rf"),
        answer(version=""),
        answer(page="http://it.example.co.jp/"),
        answer(page="file:///C:/setup.exe"),
        answer(page="https://user:secret@it.example.co.jp/"),
        answer(page="https://it.example.co.jp/\nx"),
        answer(page=["https://it.example.co.jp/"]),
        answer(message_ja=1, message_en=1),
        answer(message_ja="x" * update_check.LONGEST_ANSWER),
    ],
)
def test_anything_else_is_no_news(wrong: bytes) -> None:
    """Nothing is guessed from an error page, and no address but https is ever offered."""
    with pytest.raises(FailedError) as refused:
        update_check.read(wrong)
    assert refused.value.code == "update-not-checked"


def test_a_message_cannot_disguise_itself() -> None:
    """It is shown in this program's window: no line breaks, nothing invisible, not without end."""
    found = update_check.read(
        answer(message_ja="a\n\u202e" + "x" * 999, message_en="a\n\u202e" + "x" * 999)
    )
    assert "\n" not in found.message
    assert "\u202e" not in found.message
    assert len(found.message) < 400


@given(st.binary(max_size=200))
def test_no_answer_whatever_breaks_it(octets: bytes) -> None:
    """A server may send anything at all."""
    with contextlib.suppress(FailedError):
        assert update_check.read(octets).version


@pytest.mark.parametrize(
    ("there", "here", "newer"),
    [
        ("0.3.0", "0.2.9", True),
        ("0.10.0", "0.9.0", True),
        ("1.0", "1.0.0", False),
        ("0.3.0", "0.3.0", False),
        ("0.2.0", "0.3.0", False),
        ("1", "0.9.9", True),
    ],
)
def test_versions_are_compared_as_numbers(there: str, here: str, *, newer: bool) -> None:
    """0.10 comes after 0.9."""
    assert News(there, "", "").is_newer_than(here) is newer


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        (outcome(NOW), False),
        (outcome(NOW - timedelta(hours=23, minutes=59)), False),
        (outcome(NOW - timedelta(days=1)), True),
        (outcome(NOW + timedelta(hours=1)), True),  # the clock was put back
        (outcome(NOW, url="https://other.example.co.jp/"), True),
        (outcome(at=NOW)._replace(at="yesterday"), True),
        (outcome(at=NOW)._replace(at="2026-11-23T06:00:00"), True),
        (outcome(at=NOW)._replace(answer="", problem="ConnectTimeout"), False),
    ],
)
def test_it_is_asked_once_a_day_at_most(last: UpdateCheck | None, *, due: bool) -> None:
    """Also after a failure: a server that is down is not knocked at from every PC at each start."""
    assert update_check.is_due(last, URL, NOW) is due


def test_what_was_found_is_remembered_until_it_is_installed() -> None:
    """The notice shows at every start, and is over with the new version."""
    found = update_check.check(URL, None, NOW, lambda url: answer())
    assert found.problem == ""
    told = update_check.news(found, URL, "0.2.0")
    assert told is not None
    assert told.version == "0.3.0"
    assert update_check.news(found, URL, "0.3.0") is None
    assert update_check.news(found, "https://other.example.co.jp/", "0.2.0") is None
    assert update_check.news(None, URL, "0.2.0") is None


def test_a_failure_is_remembered_and_takes_nothing_back() -> None:
    """A PC without network for a day still says that there is a new version."""
    later = NOW + timedelta(days=1)
    failed = update_check.check(URL, outcome(), later, broken)
    assert failed.problem == "ConnectTimeout"
    assert failed.at == "2026-11-24T06:00:00Z"
    assert update_check.news(failed, URL, "0.2.0") is not None
    garbage = update_check.check(URL, outcome(), later, lambda url: b"<html>")
    assert garbage.problem
    assert garbage.answer == outcome().answer
    elsewhere = update_check.check("https://other.example.co.jp/", outcome(), later, broken)
    assert elsewhere.answer == ""


def test_what_another_version_remembered_is_no_news() -> None:
    """The settings may be older or newer than the program that reads them."""
    assert update_check.news(outcome(answer='{"schema": "x"}'), URL, "0.1.0") is None
