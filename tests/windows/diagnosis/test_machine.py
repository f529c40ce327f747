"""The facts of this PC that only Windows has."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Never

import pytest
from support import listings
from support.systems import is_wine

from certhelper import machine_settings
from certhelper.diagnosis import machine
from certhelper.diagnosis.findings import Section
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import shown

PATIENT_S = 60.0


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """No test looks into this PC's own folder."""
    monkeypatch.setattr(machine_settings, "folder", lambda: tmp_path)
    return Scene(listings.bank(), listings.AT, listings.listing)


def told(found: tuple[Section, ...], name: str) -> list[str]:
    return [
        shown(value)
        for section in found
        for key, value in section.facts
        if key == f"diagnosis-surroundings.fact.{name}"
    ]


def test_python_does_not_ask_windows_by_wmi(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads that did so at once have kept the whole program waiting for ever."""

    def asked(*_: object) -> Never:
        raise AssertionError("platform.uname and all that calls it")

    monkeypatch.setattr(platform, "uname", asked)
    found = machine.sections(scene, PATIENT_S)
    assert "AssertionError" not in str([shown(told) for one in found for _, told in one.facts])


def test_windows_is_asked_for_its_antivirus(scene: Scene) -> None:
    """Wine has no Security Center, and that is said as what it is."""
    found = machine.sections(scene, PATIENT_S)
    (name,) = told(found, "antivirus")[:1]
    if is_wine():
        assert "0x8004100E" in name
    assert told(found, "origin")
    assert told(found, "profile")
