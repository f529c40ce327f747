"""Fixtures of the demo bank; what they need is imported only where they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.systems import needs_linux

if TYPE_CHECKING:
    from support.bank_servers import BankServers

    from certhelper.demo.authority import Authority, Issued
    from certhelper.demo.server import DemoServer


@dataclass(frozen=True)
class BankStore:
    """An NSS database and what is in it, by a short name."""

    directory: Path
    certificates: Mapping[str, Issued]

    @property
    def where(self) -> str:
        """As ``--store`` takes it."""
        return f"nss:{self.directory}"

    def __getitem__(self, name: str) -> Issued:
        return self.certificates[name]


@pytest.fixture(scope="session")
def bank_authority() -> Authority:
    """The bank's CAs, the same in all tests of one process."""
    from certhelper.demo.authority import Authority

    return Authority()


@pytest.fixture(scope="session")
def bank_store(bank_authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> BankStore:
    """A store with a few of the bank's certificates and their CAs; tests leave it as it is."""
    needs_linux("NSS's library, which writes the store")
    from certhelper.demo import store
    from certhelper.demo.cases import Case

    now = bank_authority.now
    issue = bank_authority.issue_client
    certificates = {
        "user01": issue("12345678901234 user01", key="rsa"),
        "user02": issue("12345678901234 user02"),
        "successor": issue("12345678901234 user03", issuer=bank_authority.biznet_g3),
        "administrator": issue("12345678901234"),
        "revoked": issue("12345678901234 user04"),
        "expired": issue(
            "12345678901234 user05",
            not_before=now - timedelta(days=400),
            not_after=now - timedelta(days=30),
        ),
        "other-bank": issue("98765432109876 tanaka", issuer=bank_authority.unrelated),
    }
    bank_authority.revoke(certificates["revoked"])
    directory = tmp_path_factory.mktemp("bank-store")
    cases = [Case(name, issued) for name, issued in certificates.items()]
    store.write(directory, bank_authority, cases)
    return BankStore(directory, certificates)


@pytest.fixture
def demo_server(bank_authority: Authority) -> Iterator[DemoServer]:
    """The demo bank on its own TLS server, as ``certhelper demo`` starts it."""
    from certhelper.demo.server import DemoServer

    with DemoServer(bank_authority) as server:
        yield server


@pytest.fixture
def bank_servers(
    bank_authority: Authority,
    bank_store: BankStore,  # its revoked certificate stands in nginx's revocation list
    tmp_path: Path,
) -> Iterator[BankServers]:
    """The same bank behind nginx, asking for the certificate in every manner."""
    needs_linux("nginx")
    from support.bank_servers import bank_behind_nginx

    with bank_behind_nginx(tmp_path / "bank", bank_authority) as servers:
        yield servers
