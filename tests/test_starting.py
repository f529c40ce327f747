"""How a built program leaves its variables for those that it starts."""

from __future__ import annotations

import os
import sys

import pytest

from certhelper import starting


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)


@pytest.mark.usefixtures("built")
def test_a_built_program_hands_its_own_libraries_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person's browser must not load the libraries of this program."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/certhelper/_internal")
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/usr/lib/certhelper/certhelper")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    starting.give_back_environment()
    assert "LD_LIBRARY_PATH" not in os.environ
    assert not [name for name in os.environ if name.startswith("_PYI_")]


@pytest.mark.usefixtures("built")
def test_a_built_program_gives_the_persons_own_value_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood there before the start stands there again."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/certhelper/_internal")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/opt/own")
    starting.give_back_environment()
    assert os.environ["LD_LIBRARY_PATH"] == "/opt/own"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


def test_from_a_checkout_the_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bootloader was there; the value is the person's."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/own")
    starting.give_back_environment()
    assert os.environ["LD_LIBRARY_PATH"] == "/opt/own"
