"""The lock files hold every package by hash, for every system, and no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.systems import only_on_linux

pytestmark = only_on_linux  # they read the sources alone, which are the same everywhere

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN: list[str] = PROJECT["project"]["dependencies"]
DEV: list[str] = PROJECT["dependency-groups"]["dev"]


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Return package → version and number of hashes."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    found = {}
    for line in joined.splitlines():
        if line.startswith("#"):
            continue
        match = re.match(r"([a-z0-9-]+)==([^ ;]+)", line)
        assert match, line
        found[match[1]] = (match[2], line.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_package_is_locked_by_hash(name: str) -> None:
    """The installer takes no file whose content is not the one that was tried."""
    packages = locked(name)
    assert packages
    assert all(hashes for _, hashes in packages.values())


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_names_no_place(name: str) -> None:
    """Where packages come from is the machine's own configuration."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"(?m)^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text
    )
    assert not re.search(r"[a-z0-9]\.(org|com|net|io)\b", text)


@pytest.mark.parametrize(("name", "wanted"), [("run", RUN), ("dev", RUN + DEV)])
def test_the_lock_satisfies_pyproject(name: str, wanted: list[str]) -> None:
    """A dependency that is declared and not locked would never be installed."""
    packages = locked(name)
    for line in wanted:
        requirement = Requirement(line)
        version, _ = packages[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), line


def test_work_uses_the_versions_that_people_run() -> None:
    """The tests say something about the program only with the same packages."""
    run, dev = locked("run"), locked("dev")
    assert {name: dev[name] for name in run} == run


def test_every_declared_dependency_has_a_reason_and_a_bound() -> None:
    """Whoever reads pyproject.toml learns what each package is for."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    for declared in RUN + DEV:
        (line,) = [line for line in lines if line.strip().startswith(f'"{declared}"')]
        assert re.search(r"#\s*\S.{4,}", line), line
        assert Requirement(declared).specifier, line
