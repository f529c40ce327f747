"""Runs a whole log-on against a real server with the real engine, as the command line does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from support.systems import needs_linux

from certhelper.bank import Bank
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.log import AccessLog
from certhelper.demo.profile import FAILURE_PAGES
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import DemoServer
from certhelper.logon import session
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.proxy import route
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import StageReport, Until
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.secret import Secret
from certhelper.stores import nss_database

_DIRECT = ProxyChoice(ProxyMode.NONE)


@dataclass(frozen=True)
class Outcome:
    """What a session process said, and the exit status that follows from it."""

    status: int
    reports: tuple[StageReport, ...]

    @property
    def stages(self) -> list[str]:
        return [report.stage.value for report in self.reports]

    @property
    def code(self) -> str | None:
        """The code of the last stage."""
        return self.reports[-1].code

    def detail(self, stage: str) -> dict[str, object]:
        """The detail of the first report of this stage."""
        return dict(next(report.detail for report in self.reports if report.stage == stage))


def log_on(
    bank: Bank,
    store: str,
    certificate: str,
    *,
    issuers: Sequence[bytes] = (),
    pin: str | None = None,
    until: Until | None = Until.TOP,
    downloads: Path = Path("/nonexistent"),
    screenshot: Path | None = None,
    load_limit_ms: int = 20_000,
    passphrase: str | None = None,
    key_asks: bool = False,
    proxy: ProxyChoice = _DIRECT,
) -> Outcome:
    """Log on with ``certificate`` (SHA-256 in hex) of ``store`` (``KIND:WHERE``) and wait."""
    reports: list[StageReport] = []
    before = os.dup(0)
    reading, writing = os.pipe()
    try:
        os.dup2(reading, 0)
        os.write(writing, f"{pin or ''}\n".encode())
        os.close(writing)
        with private_home() as home:
            secret = Secret.from_characters(passphrase) if passphrase else None
            prepare(home, store, secret, certificate)
            request = SessionRequest(
                bank=bank.source,
                bank_sha256=bank.sha256,
                certificate=certificate,
                issuers=tuple(issuers),
                holder="12345678901234 user01",
                certificate_facts=(),
                until=until,
                pin_stdin=until is not Until.PIN,
                downloads=downloads,
                screenshot=screenshot,
                load_limit_ms=load_limit_ms,
                key_asks=key_asks,
                proxy=route(proxy, home, os.environ),
            )
            status = session.follow(request, home, dict(os.environ), reports.append)
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(reading)
    return Outcome(status, tuple(reports))


class Site:
    """The demo bank with a store and a profile, as a customer's PC would have them."""

    bank: Bank

    def __init__(self, folder: Path, **scenario: Any) -> None:
        needs_linux("NSS's library, which writes the store")
        self.folder = folder
        self.server = DemoServer(scenario=Scenario(**scenario))
        authority = self.server.authority
        self.user = authority.issue_client("12345678901234 user01")
        self.second = authority.issue_client("12345678901234 user02", key="rsa")
        self.stranger = authority.issue_client("12345678901234 user03", issuer=authority.unrelated)
        self.database = folder / "store"
        nss_database.create(
            self.database,
            [
                (self.user.der, self.user.key_der, "user01"),
                (self.second.der, self.second.key_der, "user02"),
                (self.stranger.der, self.stranger.key_der, "stranger"),
                (authority.biznet_g2.der, None, "issuer"),
            ],
        )

    @property
    def log(self) -> AccessLog:
        return self.server.log

    def profile(self, **changes: str) -> Bank:
        """Write and read a profile; ``changes`` replace values of the template by name."""
        addresses = self.server.addresses
        (self.folder / "root.pem").write_bytes(self.server.authority.server_root.pem)
        values = {
            "start_url": f"{addresses.front}/",
            "allowed_hosts": addresses.front.removeprefix("https://"),
            "certificate_hosts": addresses.logon.removeprefix("https://"),
            "trusted": '"root.pem"',
            "form_action": "/biznet/pin",
            "entry": "fill",
            "top": "利用者トップページ",
        } | changes
        path = self.folder / "bank.toml"
        path.write_text(_PROFILE.format_map(values), "utf-8")
        return Bank.read(path)

    def profile_with_failures(self, **changes: str) -> Bank:
        """The profile with what the demo bank's pages say when they refuse something."""
        path = self.profile(**changes).source
        pages = "".join(
            f'[[pages.failures]]\ncode = "{code}"\nmarkers = ["{marker}"]\n'
            for code, marker in FAILURE_PAGES.items()
        )
        path.write_text(path.read_text("utf-8") + pages, "utf-8")
        return Bank.read(path)

    def log_on(self, **options: Any) -> Outcome:
        """Log on as user01 with the right PIN, unless ``options`` of :func:`log_on` say else."""
        given: dict[str, Any] = {
            "bank": self.bank,
            "store": f"nss:{self.database}",
            "certificate": self.user.sha256,
            "issuers": (self.user.certificate.issuer.public_bytes(),),
            "pin": DEMO_PIN,
        }
        return log_on(**(given | options))

    def __enter__(self) -> Self:
        self.server.start()
        self.bank = self.profile()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


_PROFILE = """
schema = 1
id = "demo-test"
name = "デモ銀行"
[site]
start_url = "{start_url}"
allowed_hosts = ["{allowed_hosts}"]
certificate_hosts = ["{certificate_hosts}"]
trusted_certificates = [{trusted}]
[pages.start]
link_text = "利用者ログオン"
[pages.logon]
markers = ["CIBMU201"]
link_text = "電子証明書を使用したログオンはこちら"
[pages.pin]
markers = ["CIBMU209"]
form_action = "{form_action}"
[pages.top]
markers = ["{top}"]
[pages.other]
markers = ["ワンタイムパスワード"]
[pin]
entry = "{entry}"
"""
