"""The files of the Debian package, laid out around a program of a few octets."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest
from support.systems import only_on_linux

from certhelper.cli import parser
from installers import chroot
from installers.debian import build, bundle, manual, tree
from installers.licences import Part

pytestmark = [only_on_linux, pytest.mark.timeout(1800)]  # the first build is part of it

MOMENT = 1_700_000_000


def _notices(target: Path) -> list[Part]:
    target.mkdir()
    text = target / "LICENSE"
    text.write_text("Copyright (c) 2020 Somebody\n\nDo what you like.\n", encoding="utf-8")
    return [Part("thing", "1.0", "MIT", "https://example.com/thing", texts=(text,))]


def _program(folder: Path) -> Path:
    (folder / "_internal").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "certhelper")
    (folder / "_internal" / "base.txt").write_text("data", encoding="utf-8")
    return folder


def _packed(place: Path) -> Path:
    """Make a package of a small program."""
    program = _program(place / "program")
    laid_out = place / "certhelper"
    tree.lay_out(laid_out, program, _notices, MOMENT)
    dependencies = place / "dependencies.txt"
    dependencies.write_text("depends=libc6 (>= 2.35)\nrecommends=libcups2\n", encoding="ascii")
    return build.pack(laid_out, dependencies, place, MOMENT)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_option_of_the_command_line_is_in_the_manual(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manual follows the parser: no command or option of this version is missing."""
    page = manual.page("ja" if language == "ja" else "en", MOMENT).replace("\\-", "-")
    for name, command in parser.COMMANDS.items():
        if command.module is None:
            assert f'.SS "{name}' not in page
            continue
        section = page.partition(f'.SS "{name}')[2].partition(".S")[0]
        for action in parser.with_help(name)._actions:
            for spelling in action.option_strings or [str(action.metavar)]:
                assert spelling in page
            assert (action.option_strings or [str(action.metavar)])[-1] in section
    for action in parser.with_help(None)._actions:
        for spelling in action.option_strings:
            assert f"\\fB{spelling}\\fR" in page


def test_each_manual_is_in_its_own_language() -> None:
    """Whether troff understands them is what lintian checks."""
    japanese, english = manual.page("ja", MOMENT), manual.page("en", MOMENT)
    assert "利用者暗証番号" in japanese
    assert "利用者暗証番号" not in english


def test_the_same_files_make_the_same_package(tmp_path: Path) -> None:
    """Whoever builds it again can compare it octet by octet."""
    first, second = (_packed(tmp_path / name) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_lintian_finds_nothing(tmp_path: Path) -> None:
    """Debian's own checker of packages is content."""
    package = _packed(tmp_path)
    builder = bundle.builder(chroot.Mount(tmp_path, "/package"))
    # zstd is what Debian's dpkg reads and its archive does not take: it is not meant for it.
    # The overrides are for files of the whole program, which this small one does not have.
    ignored = "malformed-deb-archive,mismatched-override,unused-override"
    words = ["lintian", "--allow-root", "--fail-on=warning", f"--suppress-tags={ignored}"]
    done = subprocess.run(
        builder.command([*words, f"/package/{package.name}"]), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_files_belong_to_root_and_have_debians_rights(tmp_path: Path) -> None:
    """Whatever the umask of whoever built it."""
    listing = subprocess.run(
        ["dpkg-deb", "--contents", str(_packed(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rights = {row.split()[5]: row.split()[:2] for row in listing.splitlines()}
    assert rights["./usr/lib/certhelper/certhelper"] == ["-rwxr-xr-x", "root/root"]
    assert rights["./usr/lib/certhelper/_internal/base.txt"] == ["-rw-r--r--", "root/root"]
    assert {each[0][0:10] for each in rights.values()} == {
        *("drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--", "lrwxrwxrwx")
    }


def test_the_copyright_file_names_every_part(tmp_path: Path) -> None:
    """Holder, licence, source and place of the text of each part, and the LGPL's own words."""
    parts = _notices(tmp_path / "licences")
    text = tree.copyright_file(parts)
    assert text.startswith("Format: https://www.debian.org/doc/packaging-manuals/copyright-format")
    for words in ("2020 Somebody", "License: MIT", "https://example.com/thing", "LGPL-3"):
        assert words in text


def test_the_changelog_is_of_this_version(tmp_path: Path) -> None:
    """dpkg-parsechangelog reads it, and the date is that of the build."""
    laid_out = tmp_path / "tree"
    tree.lay_out(laid_out, _program(tmp_path / "program"), _notices, MOMENT)
    packed = laid_out / "usr/share/doc/certhelper/changelog.Debian.gz"
    text = gzip.decompress(packed.read_bytes()).decode()
    assert text.startswith(f"certhelper ({tree.VERSION}) ")
    assert text.rstrip().endswith("Tue, 14 Nov 2023 22:13:20 +0000")
