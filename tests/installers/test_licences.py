"""The licence notices: every part that is shipped has a text, or a reason and a place for it."""

from __future__ import annotations

import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from installers import licences
from installers.checkout.words import SetUpError

INSTALLED = Path(sysconfig.get_path("purelib"))


def _package(folder: Path, metadata: str, **texts: str) -> PathDistribution:
    """Make an installed package, as an installer leaves it, and return it."""
    info = folder / "thing-1.0.dist-info"
    (info / "licenses").mkdir(parents=True)
    head = "Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n"
    (info / "METADATA").write_text(head + metadata, encoding="utf-8")
    rows = [f"{info.name}/METADATA,,"]
    for name, text in texts.items():
        (info / "licenses" / name).write_text(text, encoding="utf-8")
        rows.append(f"{info.name}/licenses/{name},,")
    (info / "RECORD").write_text("\n".join(rows), encoding="utf-8")
    return PathDistribution(info)


def test_every_package_of_the_lock_has_its_notice(tmp_path: Path) -> None:
    """What is installed here from the lock is what is shipped; none of it lacks a text."""
    python = tmp_path / "LICENSE.txt"
    python.write_text("PSF", encoding="utf-8")
    target = tmp_path / "licenses"
    parts = {part.name: part for part in licences.write(INSTALLED, python, "3.11.2", target)}
    assert {"Python", "cryptography", "Flask", "PySide6", "Qt", "keyring"} <= set(parts)
    for name, part in parts.items():
        assert part.licence, name
        assert part.source, name
        assert part.texts or part.reason, name
    assert (target / "Python" / "LICENSE.txt").read_text(encoding="utf-8") == "PSF"


def test_qt_comes_with_the_lgpl_and_where_its_source_is(tmp_path: Path) -> None:
    """The LGPL asks for its text, the GPL's that it adds to, and for the source."""
    (tmp_path / "python").write_text("", encoding="utf-8")
    target = tmp_path / "licenses"
    licences.write(INSTALLED, tmp_path / "python", "3.11.2", target)
    for part in ("Qt", "PySide6", "shiboken6", "Qt-WebEngine-with-Chromium"):
        lesser = (target / part / "LGPL-3.0.txt").read_text(encoding="utf-8")
        assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser
        assert "Version 3" in (target / part / "GPL-3.0.txt").read_text(encoding="utf-8")
    index = (target / licences.INDEX).read_text(encoding="utf-8")
    assert "https://download.qt.io/" in index
    assert "you may replace them" in index


def test_a_package_without_a_text_stops_the_build(tmp_path: Path) -> None:
    """Nothing is shipped whose licence nobody looked at."""
    package = _package(tmp_path, "License: MIT\nHome-page: https://example.com/thing\n")
    with pytest.raises(SetUpError, match="thing"):
        licences.parts_of(package)


def test_a_package_that_does_not_say_where_its_source_is_stops_the_build(tmp_path: Path) -> None:
    """The index promises a source for every part."""
    package = _package(tmp_path, "License-Expression: MIT\n", LICENSE="free")
    with pytest.raises(SetUpError, match="thing"):
        licences.parts_of(package)


def test_texts_of_a_package_are_taken_whole(tmp_path: Path) -> None:
    """Licence and notice both go along, and the licence is named as the package names it."""
    metadata = "License-Expression: MIT\nProject-URL: Source, https://example.com/thing\n"
    package = _package(tmp_path, metadata, LICENSE="free", NOTICE="thanks", AUTHORS="us")
    (part,) = licences.parts_of(package)
    assert [text.name for text in part.texts] == ["AUTHORS", "LICENSE", "NOTICE"]
    assert (part.licence, part.source) == ("MIT", "https://example.com/thing")


def test_what_only_builds_is_not_shipped() -> None:
    """Tools of the developers' are no part; the start of the built program is PyInstaller's."""
    names = {each.name.lower() for each in licences.shipped(INSTALLED)}
    assert "requests" in names
    assert not names & {"pytest", "ruff", "mypy", "setuptools"}
