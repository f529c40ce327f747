"""The command against the same bank behind real nginx, asking for the certificate in every way."""

from __future__ import annotations

import pytest
from support.bank_fixtures import BankStore
from support.bank_servers import BankServer, BankServers
from support.command import Ran, certhelper
from support.systems import not_under_wine

from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Scenario

pytestmark = not_under_wine("WebEngine never loads a page there")

ASKING = ["optional", "required", "tls12", "tls13", "required-tls12", "http2", "root-only"]


def log_on(server: BankServer, store: BankStore, name: str, *arguments: str) -> Ran:
    return certhelper(
        "logon",
        "--bank",
        str(server.profile),
        "--store",
        store.where,
        "--certificate",
        store[name].sha256[:16],
        "--pin-stdin",
        "--json",
        "--until",
        "top",
        *arguments,
        given=f"{DEMO_PIN}\n",
    )


@pytest.mark.parametrize("name", [*ASKING, "any-issuer"])
def test_every_way_of_asking_gets_exactly_the_chosen_certificate(
    bank_servers: BankServers, bank_store: BankStore, name: str
) -> None:
    """Whatever nginx is told to do, its log shows one certificate and one PIN."""
    bank_servers.bank.scenario = Scenario(other_authentication=False)
    server = bank_servers[name]
    ran = log_on(server, bank_store, "user02")
    assert ran.status == 0, ran
    assert ran.stages[-2:] == ["pin-submitted", "top-page"]
    assert bank_servers.bank.log.certificates() == [bank_store["user02"].sha256]
    posts = bank_servers.log.of(server.host, "POST")
    assert [post.path for post in posts] == ["/biznet/pin"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("other-issuer", "no-certificate-fits"),
        ("never-asks", "certificate-not-requested"),
        ("expired", "server-certificate-expired"),
        ("untrusted", "server-authority-unknown"),
        ("wrong-name", "server-name-mismatch"),
        ("reset", "connection-reset"),
        ("close", "connection-reset"),
        ("absent", "connection-refused"),
    ],
)
def test_every_fault_has_its_code_and_one_sentence(
    bank_servers: BankServers, bank_store: BankStore, name: str, code: str
) -> None:
    """Status 1, the code on the last line, one sentence on stderr, no PIN at the bank."""
    ran = log_on(bank_servers[name], bank_store, "user01")
    assert ran.status == 1
    assert ran.lines[-1]["stage"] == "failed"
    assert ran.lines[-1]["code"] == code
    assert "Traceback" not in ran.err
    assert bank_servers.bank.log.pin_posts() == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [("optional", "certificate-revoked-at-bank"), ("revocation", "certificate-refused")],
)
def test_a_revoked_certificate_is_refused_by_page_or_by_handshake(
    bank_servers: BankServers, bank_store: BankStore, name: str, code: str
) -> None:
    """Whether the bank's page or its server says no: the person hears that the certificate is."""
    ran = log_on(bank_servers[name], bank_store, "revoked")
    assert ran.status == 1
    assert ran.lines[-1]["code"] == code


def test_the_choice_changes_without_any_restart(
    bank_servers: BankServers, bank_store: BankStore
) -> None:
    """One holder after the other on the same server, with session resumption on: no mixing."""
    bank_servers.bank.scenario = Scenario(other_authentication=False)
    for name in ("user01", "user02", "user01"):
        before = len(bank_servers.bank.log.entries)
        assert log_on(bank_servers["tls12"], bank_store, name).status == 0
        arrived = {entry.sha256 for entry in bank_servers.bank.log.entries[before:] if entry.sha256}
        assert arrived == {bank_store[name].sha256}
