"""Files of the person's own: whole or not at all, and never in the place of another."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.systems import needs_linux

from certhelper.failures import FailedError
from certhelper.logon import saved_files
from certhelper.logon.home import private_home
from certhelper.logon.saved_files import PartialFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ダウンロード"
    made.mkdir()
    return made


@pytest.fixture
def partial(tmp_path: Path) -> PartialFiles:
    home = tmp_path / "private"
    home.mkdir()
    return PartialFiles(home)


def test_a_file_appears_whole_under_its_name(folder: Path, partial: PartialFiles) -> None:
    """Until then there is one that says what it is; afterwards nothing else is there."""
    part = partial.begin(folder, "明細.csv")
    assert [path.name for path in folder.iterdir()] == [part.name]
    assert part.name.startswith("明細.csv.")
    part.write_bytes(b"a")
    assert partial.finish(part, folder, "明細.csv") == folder / "明細.csv"
    assert [path.name for path in folder.iterdir()] == ["明細.csv"]


def test_nothing_is_overwritten(folder: Path, partial: PartialFiles) -> None:
    """A file, a folder and a dangling link of that name all stay as they are."""
    (folder / "a.csv").write_text("mine")
    (folder / "a (2).csv").mkdir()
    if os.name == "posix":
        (folder / "a (3).csv").symlink_to("nowhere")
    assert partial.save(b"new", folder, "a.csv").name in ("a (3).csv", "a (4).csv")
    assert (folder / "a.csv").read_text() == "mine"
    assert not (folder / "nowhere").exists()


def test_two_at_once_never_share_a_name(
    folder: Path, partial: PartialFiles, tmp_path: Path
) -> None:
    """Even when they finish at the same moment, each is there with its own octets."""
    sessions = []
    for number in range(8):
        home = tmp_path / f"home{number}"
        home.mkdir()
        sessions.append(PartialFiles(home))
    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(lambda n: sessions[n].save(b"%d" % n, folder, "a.csv"), range(8)))
    assert len(set(saved)) == 8
    assert sorted(path.read_bytes() for path in saved) == [b"%d" % n for n in range(8)]


def test_the_finished_file_is_the_person_s(folder: Path, partial: PartialFiles) -> None:
    """Its mode follows the umask, whatever the unfinished one had."""
    needs_linux("the umask")
    before = os.umask(0o027)
    try:
        final = partial.save(b"x", folder, "a.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE(final.stat().st_mode) == 0o640


def test_what_a_killed_session_left_is_removed(folder: Path, tmp_path: Path) -> None:
    """The unfinished file and the engine's own; the finished and the person's stay."""
    home = tmp_path / "home"
    home.mkdir()
    killed = PartialFiles(home)
    part = killed.begin(folder, "a.csv")
    part.with_name(part.name + ".download").write_bytes(b"half")
    killed.save(b"whole", folder, "b.csv")
    (folder / "mine.txt").write_text("mine")
    saved_files.remove_left(home)
    assert sorted(path.name for path in folder.iterdir()) == ["b.csv", "mine.txt"]


def test_it_goes_with_the_private_home(folder: Path) -> None:
    """Whoever removes the home of a session that is dead removes its unfinished files, too."""
    with private_home() as home:
        PartialFiles(home).begin(folder, "a.csv")
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []


def test_a_list_that_names_other_files_removes_none(folder: Path, tmp_path: Path) -> None:
    """Only what bears the ending of an unfinished file is ever removed by it."""
    mine = folder / "mine.txt"
    mine.write_text("mine")
    (tmp_path / "partial-files.json").write_text(f'["{os.fsencode(mine).hex()}"]')
    saved_files.remove_left(tmp_path)
    (tmp_path / "partial-files.json").write_text('{"odd": 1}')
    saved_files.remove_left(tmp_path)
    assert mine.exists()


def test_a_folder_that_is_gone_is_named(partial: PartialFiles, tmp_path: Path) -> None:
    """The person can do something about it; the code says what."""
    with pytest.raises(FailedError) as raised:
        partial.begin(tmp_path / "gone", "a.csv")
    assert raised.value.code == "file-folder-missing"
    assert raised.value.facts["folder"] == str(tmp_path / "gone")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "file-disk-full"),
        (errno.EACCES, "file-folder-not-writable"),
        (errno.EROFS, "file-folder-not-writable"),
        (errno.ENOTDIR, "file-folder-missing"),
        (errno.EIO, "file-not-saved"),
    ],
)
def test_every_refusal_of_the_system_has_its_code(number: int, code: str) -> None:
    """A full disk, missing rights and the rest are told apart."""
    error = saved_files.failure_of(OSError(number, "x"), Path("/folder"), "a.csv")
    assert error.code == code


def test_a_disk_that_fills_up_leaves_nothing(folder: Path, partial: PartialFiles) -> None:
    """/dev/full is a disk without room: the failure is told and no half file stays."""
    needs_linux("/dev/full")
    part = partial.begin(folder, "a.csv")
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(OSError, match="space"), part.open("wb", buffering=0) as file:
        file.write(b"x")
    partial.abandon(part)
    assert list(folder.iterdir()) == []


def test_a_finished_file_moves_without_loss(
    folder: Path, partial: PartialFiles, tmp_path: Path
) -> None:
    """To another folder and name; what stands there stays."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.csv").write_text("mine")
    file = partial.save(b"x", folder, "a.csv")
    assert partial.move(file, other, "b.csv") == other / "b (2).csv"
    assert not file.exists()
    with pytest.raises(FailedError):
        partial.move(other / "b (2).csv", tmp_path / "gone", "b.csv")
    assert (other / "b (2).csv").read_bytes() == b"x"
