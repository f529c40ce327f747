"""The demo bank, and certificates for it in this Windows account's own store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from certhelper.bank import Bank
from certhelper.demo import profile
from certhelper.demo.authority import Authority, Issued
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import DemoServer
from certhelper.windows import own_store

Install = Callable[..., Issued]


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _as_new(server: DemoServer) -> None:
    server.bank.scenario = Scenario()


@pytest.fixture
def authority(server: DemoServer) -> Authority:
    return server.authority


@pytest.fixture
def install(authority: Authority) -> Iterator[Install]:
    """Issue a certificate and put it into the user's own store; it is taken out afterwards."""
    with ExitStack() as stack:

        def put(common_name: str = "12345678901234 user01") -> Issued:
            issued = authority.issue_client(common_name, key="rsa")
            own_store.put(issued.der, issued.key, "certhelper test")  # type: ignore[arg-type]  # RSA was asked for
            stack.callback(own_store.remove, issued.sha256)
            return issued

        yield put


@pytest.fixture
def bank(server: DemoServer, tmp_path: Path) -> Bank:
    """The profile of the running demo bank, which trusts the demo's root."""
    return Bank.read(profile.write(tmp_path, server.addresses, server.authority.server_root))
