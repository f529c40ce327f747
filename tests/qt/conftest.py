"""Garbage is collected between the tests, not while threads work."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def _garbage_stays_here(garbage_is_collected_here: None) -> None:
    """Threads work here, and objects of Qt are made."""
