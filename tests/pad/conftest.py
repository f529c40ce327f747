"""Garbage is collected between the tests of the pad's windows, not while threads work."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _garbage_is_collected_here() -> Iterator[None]:
    """As in the program: a thread must never be the one that destroys a Qt object."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()
