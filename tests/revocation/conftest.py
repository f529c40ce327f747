"""A CA whose certificates name a web server on loopback, and somebody who asks there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pki import Authority
from support.revocation_servers import Customer, OpensslResponder, RevocationServer


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server() -> Iterator[RevocationServer]:
    with RevocationServer() as running:
        yield running


@pytest.fixture
def responder(tmp_path: Path, authority: Authority) -> OpensslResponder:
    return OpensslResponder(tmp_path / "responder", authority)


@pytest.fixture
def cache_folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def customer(authority: Authority, server: RevocationServer, cache_folder: Path) -> Customer:
    return Customer(authority, server, cache_folder)
