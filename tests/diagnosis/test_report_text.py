"""A report as plain text, for a terminal and for mail."""

from __future__ import annotations

import re

import pytest
from support import listings, made_reports

from certhelper.diagnosis import report_text, telling
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.values import facts, plain
from certhelper.display_width import width
from certhelper.texts import Language


def text_of(language: Language = "ja", *, redacted: bool = True) -> str:
    report = made_reports.made(
        [listings.installed("12345678901234 user01"), listings.installed("x", days=-9)],
        made_reports.outcomes(
            network=[Finding("check-too-slow", facts(seconds=30))],
            period=[made_reports.finding(facts(fault="x"), [plain("long word " * 30)])],
        ),
    )
    return report_text.text_of(telling.tell(report, language, redacted=redacted))


def test_the_first_line_is_the_verdict_with_the_next_step() -> None:
    """It is all that many will read, so it is one line however long."""
    report = made_reports.made(became=made_reports.outcomes(network=[Finding("network-dns-none")]))
    told = telling.tell(report, "ja")
    first = report_text.text_of(told).splitlines()[0]
    assert first == told.verdict.headline + told.verdict.next_step


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("redacted", [True, False])
def test_every_other_line_fits_a_terminal(language: Language, redacted: bool) -> None:
    """Wide characters count twice; nothing is broken by the terminal or by mail."""
    lines = text_of(language, redacted=redacted).splitlines()
    assert all(width(line) <= report_text.COLUMNS for line in lines[1:])
    assert all(line == line.rstrip() for line in lines)


def test_what_is_read_aloud_is_there() -> None:
    """The check code in groups, and the number before each finding."""
    written = text_of()
    assert "チェックコード: 1" in written
    assert "\n1598 [確認できず] 銀行のサイトへの接続\n" in written
    assert "\n100 [問題なし] " in written or "\n108 " in written


def test_details_stand_below_each_other_at_one_column() -> None:
    """Titles to the left, however wide their characters are."""
    certificates = text_of().partition("== このパソコンの証明書")[2].splitlines()
    rows = [re.fullmatch(r"(  \S+ +)\S.*", line) for line in certificates[2:10]]
    assert len({width(row[1]) for row in rows if row}) == 1
    assert all(rows)
