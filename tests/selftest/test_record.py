"""What a run writes down before it makes anything, and the lock that lets one run at a time in."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest
from support.systems import only_on_linux

from certhelper.failures import FailedError
from certhelper.run_record import RecordUnreadableError
from certhelper.selftest import record
from certhelper.selftest.record import Record


@pytest.fixture
def folder(home: Path) -> Path:
    """Where the record lies; it does not exist yet."""
    return platformdirs.user_state_path("certhelper", appauthor=False)


def test_nothing_is_left_of_it(home: Path, folder: Path) -> None:
    """Neither the file nor its lock nor the folders that were made for them."""
    before = sorted(home.rglob("*"))
    with record.held() as file:
        file.write(Record(temporary=b"x", state_folders=[]))
        assert folder.is_dir()
        file.remove()
    assert sorted(home.rglob("*")) == before


def test_folders_that_somebody_else_uses_stay(folder: Path) -> None:
    """Only empty ones go."""
    other = folder.parent / "another program"
    with record.held():
        other.touch()
    assert other.exists()
    assert not folder.exists()


def test_it_is_read_again_by_the_next_run(home: Path) -> None:
    """Any octets in a path, and the certificate's."""
    written = Record(
        temporary=b"/tmp\xff",
        state_folders=[b"/a"],
        kind="nss",
        where=b"/home/\xe9",
        certificate=b"\x30\x00",
        database_made=True,
        folders_made=[b"/b"],
    )
    with record.held() as file:
        file.write(written)
    with record.held() as file:
        assert file.read() == written
        file.remove()
    with record.held() as file:
        assert file.read() is None


def test_a_second_run_is_refused_and_the_first_goes_on(home: Path) -> None:
    """The lock ends with its holder, in whatever way that ends."""
    with record.held(), pytest.raises(FailedError) as refused, record.held():
        pass
    assert refused.value.code == "selftest-running"
    with record.held():
        pass


def test_the_lock_of_a_killed_run_holds_nobody_up(folder: Path) -> None:
    """Its file is still there; the system has let go of the lock."""
    folder.mkdir(parents=True)
    (folder / "selftest.lock").touch()
    with record.held():
        pass
    assert not folder.exists()


def test_what_is_no_record_is_said(folder: Path) -> None:
    """Damaged, or of a later version: its content is not guessed."""
    folder.mkdir(parents=True)
    for content in (b"", b"{}", b'{"temporary": 1}', b"\xff"):
        (folder / "selftest.json").write_bytes(content)
        with record.held() as file, pytest.raises(RecordUnreadableError):
            file.read()


def test_a_folder_that_cannot_be_made_is_said(folder: Path) -> None:
    """A file stands where the folder should be."""
    folder.parent.mkdir(parents=True)
    folder.touch()
    with pytest.raises(FailedError) as refused, record.held():
        pass
    assert refused.value.code == "selftest-no-record"


@only_on_linux  # elsewhere a file that is open keeps its name
def test_whoever_opened_the_lock_before_it_went_does_not_hold_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder removes the file: a lock on what no longer has a name shuts nobody out."""
    folder.mkdir(parents=True)
    lock = folder / "selftest.lock"
    really_open, opened = os.open, []

    def open_just_before_it_goes(path: Path, *arguments: int) -> int:
        descriptor = really_open(path, *arguments)
        if path == lock:
            opened.append(descriptor)
            if len(opened) == 1:
                lock.unlink()
        return descriptor

    monkeypatch.setattr(os, "open", open_just_before_it_goes)
    with record.held():
        assert len(opened) == 2
        assert os.path.samestat(os.fstat(opened[-1]), lock.stat())
