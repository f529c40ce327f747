"""The file that a removed certificate comes back from: whole, on the disk, and over no other."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support import pki
from support.systems import only_on_linux

from certhelper.failures import FailedError, WrongUseError
from certhelper.installing import backup as backups
from certhelper.installing.backup import Backup, Contents
from certhelper.secret import Secret
from certhelper.stores import pkcs12

pytestmark = only_on_linux  # links, and folders that can be written out

PASSPHRASE = "backup passphrase"
_VERSION_3, _VERSION_9 = bytes.fromhex("a003020102"), bytes.fromhex("a003020108")


@pytest.fixture
def wanted(tmp_path: Path) -> Backup:
    return Backup(tmp_path / "backup.p12", Secret.from_characters(PASSPHRASE))


def write(backup: Backup, issued: pki.Issued) -> None:
    backups.write(backup, Contents(issued.der, (), "mine"), bytearray(issued.key_der))


def test_file_and_folder_are_on_the_disk(
    wanted: Backup, issued: pki.Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after the removal takes neither the octets nor the name of the file."""
    written: list[str] = []

    def fsync(descriptor: int) -> None:
        written.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    monkeypatch.setattr(os, "fsync", fsync)
    write(wanted, issued)
    assert written == ["file", "folder"]


@pytest.mark.parametrize("harm", ["cut", "of-another"])
def test_what_does_not_read_back_is_no_backup(
    wanted: Backup,
    issued: pki.Issued,
    authority: pki.Authority,
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
) -> None:
    """A disk that says it has written and has not: told before anything is removed."""
    other = authority.issue("12345678901234 user02")
    octets = {
        "cut": issued.pkcs12(PASSPHRASE)[:-100],
        "of-another": other.pkcs12(PASSPHRASE, chain=False),
    }[harm]

    def fsync(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, octets)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FailedError) as caught:
        write(wanted, issued)
    assert caught.value.code == "backup-not-written"
    assert not wanted.file.exists()


def test_a_chain_that_cannot_be_written_is_told(
    wanted: Backup, issued: pki.Issued, authority: pki.Authority
) -> None:
    """A certificate of a version that does not exist (RFC 5280, 4.1.2.1) is no fault of ours."""
    odd = authority.der.replace(_VERSION_3, _VERSION_9, 1)
    assert odd != authority.der
    with pytest.raises(FailedError) as caught:
        backups.write(wanted, Contents(issued.der, (odd,), "mine"), bytearray(issued.key_der))
    assert caught.value.code == "backup-not-written"
    assert not wanted.file.exists()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_appears_at_the_last_moment_is_not_written_over(
    wanted: Backup, issued: pki.Issued, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Neither a file of that name nor, through a link, one anywhere else."""
    held = wanted.file if kind == "file" else wanted.file.with_name("elsewhere")
    encoded = backups._encoded

    def slow(passphrase: Secret, contents: Contents, key: bytearray) -> bytes:
        held.write_bytes(b"somebody's")
        if kind == "link":
            wanted.file.symlink_to(held)
        return encoded(passphrase, contents, key)

    monkeypatch.setattr(backups, "_encoded", slow)
    with pytest.raises(WrongUseError) as caught:
        write(wanted, issued)
    assert caught.value.code == "backup-exists"
    assert held.read_bytes() == b"somebody's"
    assert wanted.file.exists()


def test_the_backup_opens_with_its_passphrase(wanted: Backup, issued: pki.Issued) -> None:
    """Nobody else may read the file, and it holds certificate and key."""
    write(wanted, issued)
    assert stat.S_IMODE(wanted.file.stat().st_mode) == 0o600
    with pkcs12.open_file(wanted.file, wanted.passphrase, recall=lambda _: None) as opened:
        assert opened.certificate == issued.der
