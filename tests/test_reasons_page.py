"""docs/reasons.md is what its script makes of the program's own list of reasons, all of them."""

from __future__ import annotations

import json
import re
from types import ModuleType

import pytest
from support import docs_scripts

from certhelper import resources
from certhelper.reason import SEVERITIES

PAGE = docs_scripts.DOCS / "reasons.md"


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script, read as the module that it is."""
    return docs_scripts.read("make_reasons")


def test_the_page_is_what_the_script_makes(pages: ModuleType) -> None:
    """A changed text or code is in it: run python docs/make_reasons.py."""
    assert PAGE.read_text("utf-8") == pages.text()


def test_every_code_is_explained() -> None:
    """Each has its section, once, in the order of the list."""
    headings = re.findall(r"^### (\S+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert headings == list(SEVERITIES)


@pytest.mark.parametrize("schema", ["certhelper.list-1", "certhelper.show-1"])
def test_the_schema_names_every_code(schema: str) -> None:
    """Whoever writes a program reads the codes there."""
    whole = json.loads((resources.folder() / "schemas" / f"{schema}.json").read_text("utf-8"))
    row = whole["properties"]["certificates"]["items"]["properties"]
    named = row["reasons"]["items"]["properties"]["code"]["description"]
    listed = named.removeprefix("One of: ").removesuffix(". More may be added.")
    assert listed.split(", ") == list(SEVERITIES)
