"""Showing a folder outside of a session."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.own_browsers import FakePrograms
from support.systems import only_on_linux

from certhelper import folders
from certhelper.cli import wishes
from certhelper.failures import FailedError
from certhelper.logon.wishes import Wish, WishKind


@only_on_linux
def test_a_folder_opens_in_the_file_manager(programs: FakePrograms, tmp_path: Path) -> None:
    """As one argument, whatever its name holds."""
    odd = tmp_path / "ダウン ロード; rm -rf $HOME"
    odd.mkdir()
    programs.add("xdg-open")
    wishes.fulfil(Wish(WishKind.OPEN_FOLDER, str(odd)))
    assert programs.calls("xdg-open") == [[str(odd)]]


@only_on_linux
def test_the_next_opener_is_tried(programs: FakePrograms, tmp_path: Path) -> None:
    """A desktop without xdg-open may have gio."""
    programs.add("xdg-open", status=3)
    programs.add("gio")
    folders.show(str(tmp_path))
    assert programs.calls("gio") == [["open", str(tmp_path)]]


@only_on_linux
@pytest.mark.parametrize("what", ["file", "gone", "relative", "https://x.test/", "a\0b", ""])
def test_only_a_folder_is_opened(programs: FakePrograms, tmp_path: Path, what: str) -> None:
    """A session that was taken over starts no program and opens no file by it."""
    programs.add("xdg-open")
    (tmp_path / "file").write_text("#!/bin/sh")
    given = str(tmp_path / what) if what in ("file", "gone") else what
    with pytest.raises(FailedError, match="folder-not-opened"):
        folders.show(given)
    assert programs.calls("xdg-open") == []
