"""Windows' own folders are asked of the system."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper import machine_settings
from certhelper.windows import folders


def test_the_machine_wide_folder_lies_where_programs_are_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An ordinary user cannot write there, and no variable of theirs moves it."""
    for name in ("PROGRAMFILES", "PROGRAMDATA", "PROGRAMW6432"):
        monkeypatch.setenv(name, str(tmp_path))
    assert folders.program_files().is_dir()
    assert machine_settings.folder() == folders.program_files() / "certhelper" / "machine"
    assert not machine_settings.folder().is_relative_to(tmp_path)
    assert folders.program_files() == Path("C:/Program Files")
