"""The engine's release is stated truly, and its age is counted in days of Japan."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from certhelper.engine_age import OLD_AFTER_DAYS, Engine, engine

ROOT = Path(__file__).parents[1]

TELL = """
from PySide6.QtCore import qVersion
from PySide6.QtWebEngineCore import (
    qWebEngineChromiumSecurityPatchVersion, qWebEngineChromiumVersion)
print(qVersion(), qWebEngineChromiumVersion(), qWebEngineChromiumSecurityPatchVersion())
"""


def built_on(day: date) -> Engine:
    return engine()._replace(built=day)


def test_the_file_states_what_the_engine_says_of_itself() -> None:
    """The engine is asked in a process of its own, as in the program."""
    done = subprocess.run(
        [sys.executable, "-c", TELL], capture_output=True, text=True, check=True, timeout=60
    )
    stated = engine()
    assert done.stdout.split() == [stated.qt, stated.chromium, stated.chromium_security_patch]


@pytest.mark.parametrize("name", ["run", "dev"])
def test_the_file_states_the_release_that_is_locked(name: str) -> None:
    """Whoever takes another engine must say since when it is one (docs/release.md)."""
    lock = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8").splitlines()
    for package in ("pyside6", "pyside6-addons", "pyside6-essentials"):
        (line,) = (one for one in lock if one.startswith(f"{package}=="))
        assert str(Requirement(line.partition(" ;")[0].strip(" \\")).specifier) == (
            f"=={engine().pyside6}"
        )


def test_the_file_states_the_release_that_is_installed() -> None:
    """The tests say something about the engine only with the one that is shipped."""
    assert importlib.metadata.version("PySide6") == engine().pyside6


def test_the_dates_follow_each_other() -> None:
    """It was built before it was published, and both lie in the past."""
    assert engine().built <= engine().published <= datetime.now(UTC).date() + timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (datetime(2026, 10, 21, 15, 0, tzinfo=UTC), 0),  # midnight in Japan
        (datetime(2026, 10, 22, 14, 59, tzinfo=UTC), 0),
        (datetime(2026, 10, 22, 15, 0, tzinfo=UTC), 1),
        (datetime(2026, 12, 21, 14, 59, tzinfo=UTC), 60),
        (datetime(2026, 10, 1, tzinfo=UTC), -21),  # a clock that is wrong is said elsewhere
    ],
)
def test_age_is_counted_in_days_of_japan(at: datetime, days: int) -> None:
    """A day ends at midnight where the person is, not in Greenwich."""
    assert built_on(date(2026, 10, 22)).age_days(at) == days


@pytest.mark.parametrize(
    ("days", "limit", "old"),
    [
        (OLD_AFTER_DAYS, 0, False),
        (OLD_AFTER_DAYS + 1, 0, True),
        (31, 30, True),
        (30, 30, False),
        (61, 90, False),
    ],
)
def test_it_is_old_after_the_limit_and_not_on_it(days: int, limit: int, *, old: bool) -> None:
    """60 days without another word, else as many as the settings say."""
    noon = datetime(2026, 10, 22, 3, tzinfo=UTC)
    assert built_on(date(2026, 10, 22)).is_old(noon + timedelta(days=days), limit) is old
