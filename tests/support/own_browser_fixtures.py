"""Programs in place of the person's own browsers; tests/conftest.py brings it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.own_browsers import FakePrograms


@pytest.fixture
def programs(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePrograms]:
    """A PC with none but these programs, a display, and nothing in its menu (only on Linux)."""
    made = FakePrograms(tmp_path / "programs")
    monkeypatch.setenv("PATH", str(made.folder))
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    yield made
    made.end()
