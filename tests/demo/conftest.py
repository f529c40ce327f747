"""What the tests of the demo bank share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bank_client import BankClient
from support.bank_fixtures import BankStore

from certhelper.demo.server import DemoServer


@pytest.fixture
def user(demo_server: DemoServer, bank_store: BankStore, tmp_path: Path) -> Iterator[BankClient]:
    """A client with user01's certificate."""
    root = demo_server.authority.server_root.pem
    with BankClient(tmp_path, root, bank_store["user01"]) as client:
        yield client
