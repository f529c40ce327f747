"""What a person reads, in both languages: how sentences stand together, and no blanks at ends."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certhelper import failures, resources, texts

FILES = sorted((resources.folder() / "texts").glob("*.toml"))


def sentences(table: dict[str, Any]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, dict):
            yield from sentences(value)
        elif isinstance(value, str):
            yield value


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_no_sentence_relies_on_a_blank_at_its_end(file: Path) -> None:
    """Whoever puts sentences together puts the blanks between them as well."""
    read = tomllib.loads(file.read_text("utf-8"))
    assert [one for one in sentences(read) if one.endswith((". ", ") ", "? "))] == []


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
