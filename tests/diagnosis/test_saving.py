"""Saving a report: exactly what was shown, whole or not at all, and never over another file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import listings, made_reports
from support.systems import not_under_wine

from certhelper.diagnosis import saving
from certhelper.diagnosis.saving import Format
from certhelper.failures import WrongUseError


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("redacted", [True, False])
def test_what_was_shown_is_what_is_saved(tmp_path: Path, form: Format, redacted: bool) -> None:
    """To the last character, in UTF-8; nothing else is left in the folder."""
    report = made_reports.made([listings.installed("12345678901234 user01")])
    shown = saving.content(report, form, redacted=redacted)
    path = tmp_path / f"診断.{form.value}"
    saving.save(report, path, form, redacted=redacted)
    assert path.read_bytes() == shown.encode()
    assert ("user01" in shown) is not redacted
    assert list(tmp_path.iterdir()) == [path]


@not_under_wine("Wine keeps no permissions")
def test_it_is_for_this_account_alone(tmp_path: Path) -> None:
    """Even with a mask that would let others read."""
    mask = os.umask(0)
    try:
        saving.write(tmp_path / "new", "text")
    finally:
        os.umask(mask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


def test_another_file_is_never_replaced_without_asking(tmp_path: Path) -> None:
    """The caller asks, then it may go."""
    path = tmp_path / "report.html"
    path.write_text("another")
    with pytest.raises(WrongUseError) as raised:
        saving.write(path, "new")
    assert raised.value.code == "report-exists"
    assert path.read_text() == "another"
    saving.write(path, "new", replaces=True)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("replaces", [True, False])
def test_where_it_cannot_be_written_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaces: bool
) -> None:
    """A disk that fills up meanwhile leaves what was there before."""
    path = tmp_path / "report.html"
    if replaces:
        path.write_text("another")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certhelper.diagnosis.saving.os.fsync", full)
    with pytest.raises(WrongUseError) as raised:
        saving.write(path, "new", replaces=replaces)
    assert raised.value.code == "report-not-written"
    assert raised.value.facts["detail"] == "No space left on device"
    assert [one.read_text() for one in tmp_path.iterdir()] == (["another"] if replaces else [])


@pytest.mark.parametrize("name", ["no-such-folder/report.html", "nul\0.html", ""])
def test_a_place_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    """With its name and why."""
    for replaces in (True, False):
        with pytest.raises(WrongUseError) as raised:
            saving.write(tmp_path / name, "new", replaces=replaces)
        assert raised.value.code in ("report-not-written", "report-exists")
    assert list(tmp_path.iterdir()) == []
