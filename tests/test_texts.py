"""What a person reads, in both languages: how sentences stand together, and no blanks at ends."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certhelper import failures, resources, texts

FILES = sorted((resources.folder() / "texts").glob("*.toml"))
NOT_THE_USERS_OWN = {
    "desktop.menu.id-logon": "the bank's name for its other way to log on",
    "failures.pin-field-ambiguous.message": "which of them is asked for is not known",
    "failures.pin-field-ambiguous.remedy": "which of them is asked for is not known",
    "failures.pin-field-too-short.cause": "another one than the user's",
    "outside.caution": "whatever another site asks for",
    "outside.caution-fake": "whatever another site asks for",
    "session.pad-field-too-short": "any field of the bank's pages",
    "session.pad-no-field": "any field of the bank's pages",
    "session.pad-put-away": "any field of the bank's pages",
    "session.pad-several-fields": "any field of the bank's pages",
}
"""Texts about a 暗証番号 that is not, or not surely, the 利用者暗証番号."""


def sentences(table: dict[str, Any]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, dict):
            yield from sentences(value)
        elif isinstance(value, str):
            yield value


def in_japanese(name: str, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from in_japanese(f"{name}.{key}", value)
        elif key == "ja":
            yield name, value


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_no_sentence_relies_on_a_blank_at_its_end(file: Path) -> None:
    """Whoever puts sentences together puts the blanks between them as well."""
    read = tomllib.loads(file.read_text("utf-8"))
    assert [one for one in sentences(read) if one.endswith((". ", ") ", "? "))] == []


def test_it_is_always_said_which_pin_is_meant() -> None:
    """The bank has several 暗証番号; a person must never wonder which one."""
    unclear = {
        key
        for file in FILES
        for key, words in in_japanese(file.stem, tomllib.loads(file.read_text("utf-8")))
        if re.search("(?<!利用者)暗証番号", words)
    }
    assert unclear == set(NOT_THE_USERS_OWN)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_one_line_of_every_code_is_two_sentences_that_stand_apart(
    language: texts.Language,
) -> None:
    """In English a blank lies between them, in Japanese none."""
    for code in failures.known():
        told = failures.told(failures.FailedError(code), language)
        gap = " " if language == "en" else ""
        assert told.sentence() == f"{told.message}{gap}{told.remedy} [{code}]"
        assert told.message == told.message.strip()
        assert told.remedy == told.remedy.strip()


def test_an_empty_sentence_leaves_no_gap() -> None:
    """Some reasons have no second sentence."""
    assert texts.joined("One.", "", "Two.", in_language="en") == "One. Two."
    assert texts.joined("一。", "", "二。", in_language="ja") == "一。二。"


THE_BANK_MUST_BE_ASKED = {"password-asked-after-pin", "outside-allowed-hosts-after-pin"}


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in failures.known()
        if code.endswith("-after-pin") and code not in THE_BANK_MUST_BE_ASKED
    ],
)
def test_where_the_answer_to_the_pin_was_lost_it_is_said_that_it_may_count(code: str) -> None:
    """The person tries again themselves, and must know what another wrong PIN can cost."""
    failure = failures.find(code)
    assert failure.actor in (failures.Actor.USER, failures.Actor.HELPDESK)
    assert "利用者暗証番号を確かめて" in failure.remedy["ja"]
    assert "誤りに数えられている場合があり" in failure.remedy["ja"]
    assert "利用が中止されます" in failure.remedy["ja"]
    assert "suspends the use" in failure.remedy["en"]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_table_is_read_by_itself_as_with_its_file(file: Path) -> None:
    """To read a whole file takes longer than a list: one table must be the same without it."""
    for name, table in tomllib.loads(file.read_text("utf-8")).items():
        assert texts.table(file.stem, name) == table


def test_a_table_that_does_not_exist() -> None:
    """It is a mistake in the program, and is told as one."""
    with pytest.raises(KeyError):
        texts.table("cli", "nothing")
