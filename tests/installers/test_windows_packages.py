"""What packs the Windows program: the same bytes from the same files, and words that fit."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from support.windows_installation import MOMENT

from certhelper import texts
from installers.checkout.words import SetUpError
from installers.windows import msi, program, setup_program

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only as root"
)  # where the Debian packages of a build are installed


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A program small enough to be packed in a moment."""
    tree = tmp_path / "certhelper"
    (tree / "_internal" / "deep folder").mkdir(parents=True)
    for name in ("certhelper.exe", "certhelper.com", "_internal/deep folder/odd name.txt"):
        (tree / name).write_text(name, encoding="ascii")
    program.date(tree, MOMENT)
    return tree


def copied(tree: Path, tmp_path: Path) -> Path:
    """The same files, made later, in another place and another order."""
    other = tmp_path / "elsewhere" / "certhelper"
    shutil.copytree(tree, other)
    program.date(other, MOMENT)
    return other


def test_the_same_files_make_the_same_set_up_program(tree: Path, tmp_path: Path) -> None:
    """Whoever doubts a download can build it again and compare."""
    targets = [tmp_path / "a" / "it-setup.exe", tmp_path / "b" / "it-setup.exe"]
    for source, target in zip((tree, copied(tree, tmp_path)), targets, strict=True):
        target.parent.mkdir()
        setup_program.make(source, "1.2.3", target)
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_the_same_files_make_the_same_msi(tree: Path, tmp_path: Path) -> None:
    """Its identifiers come from its contents, its moment from the commit."""
    targets = [tmp_path / "a" / "it.msi", tmp_path / "b" / "it.msi"]
    for source, target in zip((tree, copied(tree, tmp_path)), targets, strict=True):
        target.parent.mkdir()
        msi.make(source, "1.2.3", target, MOMENT)
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_other_files_of_the_same_version_make_another_msi(tree: Path, tmp_path: Path) -> None:
    """Windows Installer takes two packages of one identifier for the same."""
    first, second = tmp_path / "first.msi", tmp_path / "second.msi"
    msi.make(tree, "1.2.3", first, MOMENT)
    (tree / "certhelper.com").write_text("another build", encoding="ascii")
    msi.make(tree, "1.2.3", second, MOMENT)
    assert first.read_bytes() != second.read_bytes()


def test_what_the_packer_says_is_passed_on(tree: Path, tmp_path: Path) -> None:
    """A build that cannot write its result says why."""
    with pytest.raises(SetUpError, match="makensis"):
        setup_program.make(tree, "1.2.3", tmp_path / "no-such-folder" / "it-setup.exe")


def test_no_text_holds_what_the_packers_would_take_for_their_own() -> None:
    """A dollar sign names a variable of NSIS; an apostrophe ends a value in libmsi's SQL."""
    said = str(texts.area("installer"))
    assert "$" not in said
    assert not [
        entry["ja"]
        for table in texts.area("installer").values()
        for entry in table.values()
        if "'" in entry["ja"]
    ]


def test_the_moment_of_a_build_is_the_one_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``SOURCE_DATE_EPOCH`` wins over the last commit, as the specification says."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    assert program.moment() == 12345
