"""docs/troubles.md is what its script makes of the texts and the list of troubles, all of them."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from support import docs_scripts
from support.systems import needs_linux

from certhelper import failures
from certhelper.logon import failure_place

ROOT = Path(__file__).parents[1]
PAGE = docs_scripts.DOCS / "troubles.md"
LARGEST_OF_ALL = 2_500_000
"""Octets: a repository keeps every picture for ever."""


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script, read as the module that it is."""
    needs_linux("the servers of the list")
    return docs_scripts.read("make_trouble_pages")


def test_the_page_is_what_the_script_makes(pages: ModuleType) -> None:
    """A changed text is in it: run python docs/make_trouble_pages.py."""
    assert PAGE.read_text("utf-8") == pages.text()


def test_every_code_of_a_log_on_is_explained(pages: ModuleType) -> None:
    """Each code that the log-on's own code or a profile names has its section, once."""
    headings = re.findall(r"^### (\S+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(set(headings))
    assert set(headings) == pages.codes()
    assert set(headings) <= set(failures.known())


def test_the_remedy_names_those_who_act(pages: ModuleType) -> None:
    """Where another attempt alone does not help, a person reads whom to turn to."""
    names = {
        "user": ("",),
        "administrator": ("管理者",),
        "bank": ("銀行",),
        "helpdesk": ("ヘルプデスク", "担当者", "管理者", "{how}"),
    }
    for code in pages.codes():
        failure = failures.find(code)
        words = failure.message["ja"] + failure.remedy["ja"]
        assert any(name in words for name in names[failure.actor.value]), code


def test_another_attempt_is_offered_after_every_one_and_first_only_where_it_is_the_remedy(
    pages: ModuleType,
) -> None:
    """As the page says: not first where the 管理者 must act or somebody is to be asked before."""
    for code in pages.codes():
        offered = failure_place.offers(code)
        assert failure_place.Offer.RETRY in offered, code
        if failures.find(code).actor is failures.Actor.ADMINISTRATOR:
            assert offered[0] is not failure_place.Offer.RETRY, code


def test_every_trouble_has_its_picture_and_no_picture_is_left_over() -> None:
    """One small picture for each trouble of the list; together they stay small."""
    from support.troubles import NETWORK_GONE_IN_SESSION, TROUBLES

    pictures = {path.stem: path for path in (ROOT / "docs/pictures/troubles").glob("*.png")}
    assert set(pictures) == {trouble.name for trouble in (*TROUBLES, NETWORK_GONE_IN_SESSION)}
    assert sum(path.stat().st_size for path in pictures.values()) < LARGEST_OF_ALL
