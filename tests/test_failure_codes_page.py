"""docs/failure-codes.md is what its script makes of the program's own lists; numbers stay."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from support import docs_scripts

from certhelper import failures, spoken_numbers
from certhelper.diagnosis.findings import entries
from certhelper.reason import SEVERITIES

PAGE = docs_scripts.DOCS / "failure-codes.md"


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script, read as the module that it is."""
    return docs_scripts.read("make_failure_codes")


def test_the_page_is_what_the_script_makes(pages: ModuleType) -> None:
    """A changed text or code is in it: run python docs/make_failure_codes.py."""
    assert PAGE.read_text("utf-8") == pages.text()


def test_every_code_has_its_section_once() -> None:
    """Findings, reasons and failures, each under its number."""
    shown = re.findall(r"^#+ [–0-9]+ `(\S+)`$", PAGE.read_text("utf-8"), re.MULTILINE)
    findings = {entry.code for entry in entries().values()}
    assert sorted(shown) == sorted([*findings, *SEVERITIES, *failures.known()])


def test_every_failure_and_reason_has_a_number() -> None:
    """Whoever adds a code runs python docs/make_failure_codes.py, which gives it the next one."""
    tables = spoken_numbers.tables()
    assert set(tables["failures"]) == set(failures.known())
    assert set(tables["reasons"]) == set(SEVERITIES)


def test_no_number_is_given_twice() -> None:
    """Not even that of a code that is no more; and each stands where its kind is looked for."""
    tables = spoken_numbers.tables()
    every = [number for table in tables.values() for number in table.values()]
    assert len(every) == len(set(every))
    assert all(2001 <= one <= 2999 for one in tables["reasons"].values())
    assert all(3001 <= one <= 9999 for one in tables["failures"].values())


def test_numbers_stay_what_they_are() -> None:
    """They are printed and remembered: some of every part of the list are held here."""
    assert spoken_numbers.of_reason("expired") == 2001
    assert spoken_numbers.of_reason("archived") == 2008
    assert spoken_numbers.of_reason("revocation-unknown") == 2021
    assert spoken_numbers.of_failure("logon-address-wrong") == 3001
    assert spoken_numbers.find(3001) == ("failures", "logon-address-wrong")
    assert spoken_numbers.find(999) is None


def test_a_code_without_a_number_gets_the_next_one(
    pages: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above every number that was ever given, also to a code that is no more."""
    kept = {"reasons": {**dict.fromkeys(SEVERITIES, 2001)}, "failures": {}, "gone": {}}
    del kept["reasons"]["archived"]
    kept["gone"] = {"older": 2040, "oldest": 3999}
    monkeypatch.setattr(spoken_numbers, "tables", lambda: kept)
    written = pages.with_all_numbers()
    assert "archived = 2041" in written
    assert f"{next(iter(failures.known()))} = 4000" in written
    assert "[gone]\nolder = 2040\noldest = 3999\n" in written
