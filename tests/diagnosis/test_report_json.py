"""The JSON of a diagnosis is held to its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from support import listings, made_reports

from certhelper import resources
from certhelper.certificate import Certificate
from certhelper.diagnosis import report_json, saving, telling
from certhelper.diagnosis.findings import Finding, Section
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.values import Kind, Value, facts
from certhelper.stores.base import Installed, KeyState
from certhelper.texts import Language

SCHEMA: dict[str, Any] = json.loads(
    (resources.folder() / "schemas" / "certhelper.diagnosis-1.json").read_text("utf-8")
)


def some_report() -> Report:
    certificates = [
        listings.installed("12345678901234 user01", days=-3),
        listings.installed("山田"),
        Installed(Certificate(b"\x30\x03abc"), "windows:CurrentUser", "", KeyState.UNUSABLE),
    ]
    slow = Finding("check-too-slow", facts(seconds=30))
    found = made_reports.finding(
        made_reports.whose("12345678901234", "user01"),
        [Value(Kind.PATH, "/home/x")],
        certificates[0].certificate.sha256,
    )
    host = Value(Kind.HOST, "proxy:8080")
    section = Section("diagnosis.check.account", (("diagnosis.check.network", host),))
    became = made_reports.outcomes(period=[found], network=[slow])
    return made_reports.made(certificates, became, [section], log=["a line"])


@pytest.mark.parametrize("redacted", [True, False])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_is_what_its_schema_says(redacted: bool, language: Language) -> None:
    """Redacted or not, in both languages."""
    written = saving.content(
        some_report(), saving.Format.JSON, redacted=redacted, language=language
    )
    document = json.loads(written)
    jsonschema.validate(document, SCHEMA)
    assert document["schema"] == report_json.SCHEMA
    assert document["redacted"] is redacted
    assert [one["number"] for one in document["checks"]] == list(range(1, 17))
    assert len(document["certificates"]) == 3


def test_where_nothing_could_be_read_there_is_no_list() -> None:
    """An empty list would say that there is no certificate."""
    unread = replace(some_report(), listing=None)
    document = report_json.document(telling.tell(unread))
    jsonschema.validate(document, SCHEMA)
    assert document["certificates"] is None


def objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for one in schema for found in objects(one)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") == "object" else []
    return own + [found for one in schema.values() for found in objects(one)]


def test_the_schema_allows_nothing_beside_what_it_names() -> None:
    """A new key is a decision, not an accident; what a sentence names is by any name."""
    open_ones = [one for one in objects(SCHEMA) if one["additionalProperties"] is not False]
    assert [one["description"] for one in open_ones] == ["What the sentences name."]
    assert all(
        set(one.get("required", ())) == set(one.get("properties", ())) for one in objects(SCHEMA)
    )
