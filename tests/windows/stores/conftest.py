"""A certificate authority, and a hand that fills Windows' stores and empties them again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import pki, windows_store


@pytest.fixture(scope="session")
def authority() -> pki.Authority:
    return pki.Authority()


@pytest.fixture
def store() -> Iterator[windows_store.Filled]:
    """Fills the person's and the computer's store; both are as before at the end."""
    with windows_store.filled() as stores:
        yield stores
