"""The check of the network on real faults: whose it is to act, and everything else untouched."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from OpenSSL import SSL
from support import listings, networks
from support.networks import NONE, HandshakeServer, Names, bank_at, blackhole, codes, said, scene
from support.pki import Authority
from support.proxy_server import Fault, PacServer, ProxyServer, pac_script
from support.raw_servers import AbsentServer, RawServer
from support.systems import needs_linux
from support.tinyproxy import tinyproxy
from support.tls_sites import HOST, TlsSite

from certhelper import chain
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.demo import profile
from certhelper.demo.server import DemoServer
from certhelper.diagnosis import redaction
from certhelper.diagnosis.aliases import Aliases
from certhelper.diagnosis.checks import network
from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.network import looks, reach, server_faults, survey
from certhelper.diagnosis.network.offers import ISSUER_NOT_NAMED, offers
from certhelper.diagnosis.redaction import Redacted, Teller
from certhelper.diagnosis.values import Kind, Value, shown
from certhelper.failures import Actor
from certhelper.listing import Listing, combine
from certhelper.logon import proxy_system
from certhelper.logon.facts import IssuersProbed, ProbeOutcome
from certhelper.logon.proxy import Route, Way
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.stores.base import Installed, KeyState, StoreReading, StoreStatus

NAME = "www.bank.test"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SERVER_CA = (("C", "JP"), ("O", "Example Trust Japan"), ("CN", "Example Server CA G4"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(SERVER_CA)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """No name of the outside is known to this PC, unless a test says so."""
    made = Names(socket.getaddrinfo)
    made.known[NAME] = socket.EAI_NONAME
    monkeypatch.setattr(socket, "getaddrinfo", made)
    monkeypatch.setattr(reach, "has_way_out", lambda family: True)
    return made


@pytest.fixture
def site(authority: Authority) -> Iterator[TlsSite]:
    """A bank that is well, by its name in the firm's network and by its address."""
    with TlsSite(authority.server(NAME, HOST, "127.0.0.1")) as made:
        yield made


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never answers is given up soon."""
    monkeypatch.setattr(looks, "LIMIT_S", 0.4)
    monkeypatch.setattr(looks, "BESIDE_S", 0.4)
    monkeypatch.setattr(survey, "LINE_S", 0.4)


def manual(address: str) -> ProxyChoice:
    return ProxyChoice(ProxyMode.MANUAL, address)


def details(found: list[Finding] | tuple[Finding, ...], name: str) -> list[str]:
    return [
        shown(item)
        for finding in found
        for detail in finding.details
        if detail.name == f"diagnosis-network.{name}"
        for item in detail.items
    ]


def in_words(finding: Finding, teller: Teller) -> str:
    """All that is told of a finding."""
    items = [one for detail in finding.details for one in detail.items]
    told = [*(one for _, one in finding.facts), *items]
    return "\n".join(redaction.said(one, teller) for one in told)


def checked(bank: Bank, *certificates: Installed, proxy: ProxyChoice = NONE) -> list[Finding]:
    """Check, and see that every text can be said."""
    found = list(network.check(scene(bank, *certificates, proxy=proxy)))
    for one in found:
        assert "{" not in said(one)
    return found


def installed(authority: Authority, name: str = "12345678901234 user01") -> Installed:
    certificate = Certificate(authority.issue(name).der)
    return Installed(certificate, listings.STORE, "label", KeyState.PRESENT)


class TestWell:
    def test_the_demo_bank_is_well(self, demo_server: DemoServer, tmp_path: Path) -> None:
        """Both hosts are reached, and the certificates stand beside the accepted issuers."""
        root = demo_server.authority.server_root
        bank = Bank.read(profile.write(tmp_path, demo_server.addresses, root))
        issued = demo_server.authority.issue_client("12345678901234 user01")
        other = installed(Authority("Another Bank CA"), "98765432109876 tanaka")
        mine = Installed(Certificate(issued.der), listings.STORE, "label", KeyState.PRESENT)
        found = checked(bank, mine, other)
        assert codes(found) == ["network-ok"]
        shown_offers = details(found, "offers")
        assert "選択肢に出ます" in shown_offers[1]
        assert "user01" in shown_offers[1]
        assert "サーバーの一覧に発行元がありません" in shown_offers[2]
        assert any("Biznet CA" in one for one in details(found, "issuers"))
        assert all("TLS 1.2、TLS 1.3" in one for one in details(found, "versions"))

    def test_of_one_person_nobody_elses_certificate_is_told(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """The others that stand beside the accepted issuers are counted."""
        clients = Authority()
        mine = installed(clients)
        other = installed(clients, "98765432109876 tanaka")
        with HandshakeServer(authority.server(HOST), accepted=[clients]) as server:
            bank = bank_at(tmp_path, (HOST, server.port), root=authority)
            chosen = mine.certificate.sha256
            found = list(network.check(scene(bank, other, mine, chosen=chosen)))
        shown = details(found, "offers")
        assert ["user01" in one for one in shown] == [False, True, False]
        assert "ほかに1枚" in shown[2]

    def test_a_server_that_asks_later_is_well(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """A bank may ask for a certificate on its log-on page only: nothing is wrong."""
        found = checked(bank_at(tmp_path, (HOST, site.port), root=authority))
        assert codes(found) == ["network-issuers-not-asked"]
        assert found[0].status is Status.OK

    def test_a_server_that_goes_on_with_a_certificate_only_is_well(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """Its refusal of our look, which sends none, is no fault of anybody's."""
        users = Authority()
        identity = authority.server(HOST)
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            versions = (version, version)
            with HandshakeServer(identity, versions, accepted=[users], insists=True) as server:
                bank = bank_at(tmp_path, (HOST, server.port), root=authority)
                assert codes(checked(bank, installed(users))) == ["network-ok"]


class TestNotChecked:
    """What was not looked at is never called well."""

    def test_without_an_address(self, tmp_path: Path) -> None:
        """The person is told to give the one that the bank gave them."""
        found = checked(bank_at(tmp_path))
        assert codes(found) == ["network-address-missing"]
        assert found[0].status is Status.NOT_CHECKED
        assert found[0].entry.who is Actor.USER

    def test_offline_and_not_agreed(self, site: TlsSite, tmp_path: Path) -> None:
        """Nobody is contacted."""
        bank = bank_at(tmp_path, (HOST, site.port))
        assert codes(network.check(scene(bank, offline=True))) == ["network-not-wanted"]
        assert codes(network.check(scene(bank, is_trusted=False))) == ["network-not-agreed"]
        assert site.asked == []

    def test_stop_ends_it(self, hurried: None, tmp_path: Path) -> None:
        """Nobody waits for a store or a server any more."""
        held = Event()

        def never() -> Listing:
            held.wait(60)
            raise AssertionError("nobody reads it")

        stop = Event()
        stop.set()
        with RawServer("stall") as server:
            bank = bank_at(tmp_path, (HOST, server.port))
            try:
                found = network.check(scene(bank, found=never, stop=stop))
            finally:
                held.set()
        assert not any(one.status is Status.OK for one in found)


class TestNames:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (socket.EAI_AGAIN, "network-dns-none"),
            (socket.EAI_FAIL, "network-dns-none"),
            (socket.EAI_NONAME, "network-name-not-found"),
        ],
    )
    def test_no_answer_is_not_no_such_name(
        self, error: int, code: str, names: Names, tmp_path: Path
    ) -> None:
        """The first is the network's trouble, the second most likely a mistyped address."""
        names.known[NAME] = error
        assert codes(checked(bank_at(tmp_path, (NAME, 443)))) == [code]

    def test_a_pc_without_any_network(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Then neither the bank nor its name is to blame."""
        monkeypatch.setattr(reach, "has_way_out", lambda family: False)
        found = checked(bank_at(tmp_path, (NAME, 443)))
        assert codes(found) == ["network-no-connection"]
        assert found[0].entry.who is Actor.USER

    def test_a_name_that_leads_inside(self, names: Names, tmp_path: Path) -> None:
        """A filter or the hosts file: told beside what it causes, its address kept inside."""
        names.known[NAME] = ("127.0.0.1",)
        with AbsentServer() as server:
            found = checked(bank_at(tmp_path, (NAME, server.port)))
        assert codes(found) == ["network-refused", "network-dns-inner"]
        assert dict(found[1].facts)["addresses"] == Value(Kind.ADDRESS, "127.0.0.1")

    def test_hosts_that_share_a_trouble_are_one_finding(self, names: Names, tmp_path: Path) -> None:
        """A helpdesk reads it once."""
        names.known["second.bank.test"] = socket.EAI_NONAME
        found = checked(bank_at(tmp_path, (NAME, 443), ("second.bank.test", 443)))
        assert codes(found) == ["network-name-not-found"]
        assert f"{NAME}、second.bank.test" in said(found[0])

    def test_ipv6_that_leads_nowhere(
        self, names: Names, authority: Authority, tmp_path: Path
    ) -> None:
        """The bank answers by IPv4, so it is no fault; but somebody has to mend IPv6."""
        names.known[NAME] = ("127.0.0.1", "::1")
        with TlsSite(authority.server(NAME)) as site:
            found = checked(bank_at(tmp_path, (NAME, site.port), root=authority))
        assert found[0].code == "network-protocol-broken"
        assert found[0].status is Status.ATTENTION
        assert any("IPv6: ::1" in one for one in details(found, "lines"))

    def test_a_pc_without_ipv6_has_no_trouble_with_it(
        self,
        names: Names,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        """Most firms' PCs: the address is there, no way to it, and nobody misses it."""
        monkeypatch.setattr(reach, "has_way_out", lambda family: family == socket.AF_INET)
        names.known[NAME] = ("127.0.0.1", "::1")
        with TlsSite(authority.server(NAME)) as site:
            found = checked(bank_at(tmp_path, (NAME, site.port), root=authority))
        assert codes(found) == ["network-issuers-not-asked"]


class TestWayOfTheSystem:
    """A way that this PC looks for by itself (WPAD): only the engine knows what it comes to."""

    @pytest.fixture(autouse=True)
    def looked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(proxy_system, "route", lambda _: Route(Way.DETECT))

    def test_it_is_well_where_the_bank_answers_anyway(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """Most networks have no such script."""
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        found = checked(bank, proxy=ProxyChoice(ProxyMode.SYSTEM))
        assert codes(found) == ["network-issuers-not-asked"]
        assert "WPAD" in details(found, "way")[0]

    def test_it_is_not_called_a_fault_of_the_bank(self, tmp_path: Path) -> None:
        """A proxy may lead there, which is not known here."""
        found = checked(bank_at(tmp_path, (NAME, 443)), proxy=ProxyChoice(ProxyMode.SYSTEM))
        assert codes(found) == ["network-way-unknown"]
        assert found[0].status is Status.NOT_CHECKED


class TestConnection:
    def test_a_closed_port(self, tmp_path: Path) -> None:
        """It is refused, and the bank's port is named."""
        with AbsentServer() as server:
            found = checked(bank_at(tmp_path, (HOST, server.port)))
        assert codes(found) == ["network-refused"]
        assert f"{HOST}:{server.port}" in said(found[0])

    def test_a_blackhole(self, hurried: None, tmp_path: Path) -> None:
        """What nobody answers is told apart from what is refused."""
        needs_linux("a queue of connections that is full and drops the next one")
        with blackhole() as port:
            found = checked(bank_at(tmp_path, (HOST, port)))
        assert codes(found) == ["network-no-answer"]

    def test_one_dead_address_of_two_does_not_use_up_the_time_of_both(
        self, names: Names, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """The living one is looked at, within the limit of one look: browsers do the same."""
        needs_linux("a queue of connections that is full and drops the next one")
        names.known[NAME] = ("127.0.0.2", "127.0.0.1")
        with blackhole("127.0.0.2", site.port):
            found = checked(bank_at(tmp_path, (NAME, site.port), root=authority))
        assert codes(found) == ["network-issuers-not-asked"]

    @pytest.mark.parametrize(
        ("manner", "code"),
        [
            ("reset", "network-tls-cut"),
            ("close", "network-tls-cut"),
            ("stall", "network-tls-silent"),
        ],
    )
    def test_a_server_that_ends_the_handshake(
        self, manner: str, code: str, hurried: None, tmp_path: Path
    ) -> None:
        """It was connected: something on the way, or the server, is at fault."""
        with RawServer(manner) as server:  # type: ignore[arg-type]  # one of its three words
            found = checked(bank_at(tmp_path, (HOST, server.port)))
        assert codes(found) == [code]

    def test_what_speaks_no_tls(self, tmp_path: Path) -> None:
        """A sign-in page of a Wi-Fi, or a wrong port."""
        with PacServer("hello") as server:
            port = int(server.address.split(":")[2].partition("/")[0])
            found = checked(bank_at(tmp_path, (HOST, port)))
        assert codes(found) == ["network-no-tls"]

    @pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
    def test_a_server_of_old(self, version: int, authority: Authority, tmp_path: Path) -> None:
        """TLS 1.0 and 1.1 alone: the bank or an old device between; the user sees which."""
        identity = authority.server(HOST, key="rsa")
        with HandshakeServer(identity, (version, version)) as server:
            found = checked(bank_at(tmp_path, (HOST, server.port), root=authority))
        assert codes(found) == ["network-tls-old"]
        assert found[0].entry.who is Actor.USER
        assert f"TLS 1.{version - 0x0301}" in said(found[0])

    def test_one_host_that_is_down_takes_no_other_with_it(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """The other is looked at all the same."""
        with AbsentServer() as absent:
            places = ((HOST, site.port), ("down.site.localhost", absent.port))
            found = checked(bank_at(tmp_path, *places, root=authority))
        assert found[0].code == "network-refused"
        assert f"down.site.localhost:{absent.port}" in said(found[0])
        assert str(site.port) not in said(found[0])
        assert any(str(site.port) in one for one in details(found, "server"))


class TestProxy:
    """Three parts: without it, with it, and the proxy itself."""

    def test_a_real_proxy_leads_to_the_bank(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """By tinyproxy all is well, and the way is said; its address stays inside."""
        needs_linux("tinyproxy")
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        with tinyproxy(tmp_path) as address:
            found = checked(bank, proxy=manual(address))
        assert codes(found) == ["network-issuers-not-asked"]
        assert f"プロキシ {address} 経由" in details(found, "hosts")[0]
        assert "直接" in details(found, "without-proxy")[0]
        assert f"プロキシ {address} そのもの: つながりました" in details(found, "way")
        assert f"PLAIN, text='{address}'" not in repr(found)

    def test_a_real_proxy_that_asks_for_a_password(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """The person has to know it at the log-on; it is no fault."""
        needs_linux("tinyproxy")
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        with tinyproxy(tmp_path, user="hanako", password="secret") as address:
            found = checked(bank, proxy=manual(address))
        assert found[0].code == "network-proxy-wants-password"
        assert found[0].status is Status.ATTENTION

    def test_a_real_proxy_that_does_not_allow_the_bank(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """It answers 403: who runs it has to allow the bank; without it the bank answers."""
        needs_linux("tinyproxy")
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        with tinyproxy(tmp_path, ports=[9]) as address:
            found = checked(bank, proxy=manual(address))
        assert found[0].code == "network-proxy-in-the-way"
        assert "403" in said(found[0])

    def test_a_real_proxy_that_went_down(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """Taken out of the firm's network: without the proxy it would work."""
        needs_linux("tinyproxy")
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        with tinyproxy(tmp_path) as address:
            pass
        found = checked(bank, proxy=manual(address))
        assert found[0].code == "network-proxy-in-the-way"
        assert address in said(found[0])

    def test_inside_of_a_firm_only_the_proxy_leads_out(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """Its own DNS knows no name of the outside, and that is as it should be."""
        bank = bank_at(tmp_path, (NAME, site.port), root=authority)
        with ProxyServer(places={NAME: "127.0.0.1"}) as proxy:
            found = checked(bank, proxy=manual(proxy.address))
        assert codes(found) == ["network-issuers-not-asked"]
        assert "名前が見つかりません" in details(found, "without-proxy")[0]

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (Fault.REFUSE, "network-proxy-refused"),
            (Fault.BAD_GATEWAY, "network-proxy-refused"),
            (Fault.CLOSE, "network-proxy-refused"),
            (Fault.HANG, "network-proxy-silent"),
        ],
    )
    def test_a_proxy_that_does_not_lead_on(
        self, fault: Fault, code: str, hurried: None, tmp_path: Path
    ) -> None:
        """Where nothing else leads to the bank either, the proxy is named."""
        with ProxyServer(fault=fault) as proxy:
            found = checked(bank_at(tmp_path, (NAME, 443)), proxy=manual(proxy.address))
            assert codes(found) == [code]
            assert proxy.address in said(found[0])

    def test_a_proxy_that_is_not_there(self, names: Names, tmp_path: Path) -> None:
        """Its port is closed, or its name unknown."""
        names.known["proxy.firm.test"] = socket.EAI_NONAME
        bank = bank_at(tmp_path, (NAME, 443))
        with AbsentServer() as absent:
            closed = checked(bank, proxy=manual(f"127.0.0.1:{absent.port}"))
        unknown = checked(bank, proxy=manual("proxy.firm.test:8080"))
        assert codes(closed) == ["network-proxy-unreachable"]
        assert codes(unknown) == ["network-proxy-not-found"]

    def test_the_proxy_of_the_pc_would_lead_there(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """Whoever set this program otherwise is told to follow the PC's settings."""
        needs_linux("a proxy by the environment")
        bank = bank_at(tmp_path, (NAME, site.port), root=authority)
        with ProxyServer(places={NAME: "127.0.0.1"}) as proxy, AbsentServer() as absent:
            environment = {"https_proxy": f"http://{proxy.address}"}
            dead = manual(f"127.0.0.1:{absent.port}")
            none = network.check(scene(bank, proxy=NONE, environment=environment))
            other = network.check(scene(bank, proxy=dead, environment=environment))
            assert none[0].code == "network-proxy-needed"
            assert other[0].code == "network-proxy-other-works"
            assert proxy.address in said(none[0])
            assert proxy.address in said(other[0])

    def test_a_script_and_the_proxy_that_it_names(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """What the script decides on is the engine's to say; the proxies in it are tried."""
        bank = bank_at(tmp_path, (NAME, site.port), root=authority)
        with (
            ProxyServer(places={NAME: "127.0.0.1"}) as proxy,
            PacServer(pac_script(proxy.address)) as pac,
        ):
            choice = ProxyChoice(ProxyMode.PAC, "", pac.address)
            found = checked(bank, proxy=choice)
            assert codes(found) == ["network-issuers-not-asked"]
            assert any(proxy.address in one for one in details(found, "way"))

    def test_a_script_whose_proxy_is_dead(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """The bank answers directly, but nobody knows here whether the script lets it."""
        bank = bank_at(tmp_path, ("127.0.0.1", site.port), root=authority)
        with AbsentServer() as absent:
            dead = f"127.0.0.1:{absent.port}"
            script = f'function FindProxyForURL(u, h) {{ return "PROXY {dead}; DIRECT"; }}'
            with PacServer(script) as pac:
                found = checked(bank, proxy=ProxyChoice(ProxyMode.PAC, "", pac.address))
        assert found[0].code == "network-script-proxies"
        assert found[0].status is Status.ATTENTION

    def test_a_socks_proxy_is_the_engines(self, hurried: None, tmp_path: Path) -> None:
        """Whether it is there can be said; what is behind it is seen by the rehearsal."""
        needs_linux("a proxy by the environment")
        bank = bank_at(tmp_path, (NAME, 443))
        system = ProxyChoice(ProxyMode.SYSTEM)
        with AbsentServer() as absent, RawServer("stall") as there:
            for port, code in (
                (absent.port, "network-proxy-unreachable"),
                (there.port, "network-way-unknown"),
            ):
                environment = {"all_proxy": f"socks5://127.0.0.1:{port}"}
                found = network.check(scene(bank, proxy=system, environment=environment))
                assert codes(found) == [code]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ("", 404, "network-script-unreachable"),
            ("<html>sign in</html>", 200, "network-script-unreadable"),
        ],
    )
    def test_a_script_that_is_none(self, body: str, status: int, code: str, tmp_path: Path) -> None:
        """Without its script the program goes nowhere, so it is a fault."""
        with PacServer(body, status=status) as pac:
            choice = ProxyChoice(ProxyMode.PAC, "", pac.address)
            found = checked(bank_at(tmp_path, (NAME, 443)), proxy=choice)
        assert codes(found) == [code]
        assert pac.address in said(found[0])


class TestServerCertificate:
    def test_expired_and_not_yet_valid(self, authority: Authority, tmp_path: Path) -> None:
        """The bank has to act, when this PC's clock agrees with the server's."""
        old = authority.server(HOST, not_before=NOW - 30 * DAY, not_after=NOW - DAY)
        new = authority.server(HOST, not_before=NOW + DAY)
        for identity, code in (
            (old, "network-server-expired"),
            (new, "network-server-not-yet-valid"),
        ):
            with TlsSite(identity) as site:
                found = checked(bank_at(tmp_path, (HOST, site.port), root=authority))
            assert found[0].code == code
            assert found[0].entry.who is Actor.USER

    def test_a_clock_that_is_wrong_makes_it_look_expired(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """In its time by the server's own clock: the person has to set this PC's."""
        with TlsSite(authority.server(HOST)) as site:
            bank = bank_at(tmp_path, (HOST, site.port), root=authority)
            found = network.check(scene(bank, at=NOW + 400 * DAY))
        assert found[0].code == "network-server-by-clock"
        assert found[0].entry.who is Actor.USER

    def test_a_wrong_name(self, authority: Authority, tmp_path: Path) -> None:
        """Whose certificate came instead is said."""
        with TlsSite(authority.server("somebody-else.localhost")) as site:
            found = checked(bank_at(tmp_path, (HOST, site.port), root=authority))
        assert found[0].code == "network-server-name"
        assert "somebody-else.localhost" in said(found[0])

    def test_self_signed(self, tmp_path: Path) -> None:
        """Nobody vouches for it."""
        alone = Authority("Router")
        with HandshakeServer(alone.issued) as server:
            found = checked(bank_at(tmp_path, (HOST, server.port)))
        assert "network-server-self-signed" in codes(found)

    def test_a_root_that_nobody_knows(self, authority: Authority, tmp_path: Path) -> None:
        """Sent along with the chain or not: what the server sends makes no root."""
        below = authority.intermediate("Example Server CA below")
        with TlsSite(below.server(HOST)) as site:
            found = checked(bank_at(tmp_path, (HOST, site.port)))
        assert found[0].code == "network-server-root-unknown"
        assert "Example Server CA G4" in said(found[0])

    def test_a_missing_intermediate(self, authority: Authority, tmp_path: Path) -> None:
        """A browser may fetch it, so it is no fault yet; the bank has to mend it."""
        below = authority.intermediate("Example Server CA below")
        identity = networks.with_issuer_address(below, HOST)
        with HandshakeServer(identity, with_chain=False) as server:
            found = checked(bank_at(tmp_path, (HOST, server.port), root=authority))
        assert found[0].code == "network-server-incomplete"
        assert found[0].status is Status.ATTENTION

    @pytest.mark.parametrize(
        ("issuer", "code", "who"),
        [
            ("ESET SSL Filter CA", "network-inspected", Actor.USER),
            ("Zscaler Intermediate Root CA", "network-inspected-by-network", Actor.HELPDESK),
            ("mitmproxy", "network-inspected-by-tool", Actor.USER),
        ],
    )
    def test_inspection_is_named(self, issuer: str, code: str, who: Actor, tmp_path: Path) -> None:
        """By the product, and so by who can make it leave the bank alone; and nothing else."""
        with TlsSite(Authority(issuer).server(HOST)) as site:
            found = checked(bank_at(tmp_path, (HOST, site.port)))
        assert codes(found) == [code]
        assert found[0].entry.who is who

    def test_an_inspecting_authority_named_by_the_firm(self, tmp_path: Path) -> None:
        """The product is told to others, whom the firm named it after is not."""
        firm = (("O", "Yamada Shoji KK"), ("CN", "Yamada Shoji FortiGate CA (fw01.keiri.local)"))
        with TlsSite(Authority(firm).server(HOST)) as site:
            [found] = checked(bank_at(tmp_path, (HOST, site.port)))
        told = in_words(found, Redacted(Aliases(), "ja"))
        assert "FortiGate" in told
        assert not [one for one in ("Yamada", "fw01") if one in told]

    def test_whom_a_certificate_of_another_host_names(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A firm's own server in between may have a public certificate: it is the firm's name."""
        monkeypatch.setattr(server_faults, "_public", lambda: frozenset({authority.der}))
        with TlsSite(authority.server("fw01.yamada-shoji.example")) as site:
            found = checked(bank_at(tmp_path, (HOST, site.port)))
        assert "network-server-name" in codes(found)
        told = in_words(found[0], Redacted(Aliases(), "ja"))
        assert "yamada" not in told

    def test_what_the_profile_expects(self, authority: Authority, tmp_path: Path) -> None:
        """Another issuer than the profile names."""
        more = 'server_issuers = ["CN=Quite Another CA"]'
        with TlsSite(authority.server(HOST)) as site:
            bank = bank_at(tmp_path, (HOST, site.port), root=authority, more=more)
            assert checked(bank)[0].code == "network-server-not-expected"

    def test_a_root_that_somebody_put_on_this_pc(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """It works, but no bank's server has such a one: the name stays inside the house."""
        needs_linux("OpenSSL's file of roots")
        (tmp_path / "roots.pem").write_bytes(authority.pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        chain._of_this_pc.cache_clear()
        try:
            with TlsSite(authority.server(HOST)) as site:
                found = checked(bank_at(tmp_path, (HOST, site.port)))
        finally:
            chain._of_this_pc.cache_clear()
        assert found[0].code == "network-inspected-unnamed"
        assert found[0].status is Status.ATTENTION
        named = Value(Kind.NAME, "Example Server CA G4")
        assert dict(found[0].facts)["issuer"] == named

    def test_a_public_root(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """It counts although this PC does not have it yet, and its name is nobody's secret."""
        monkeypatch.setattr(server_faults, "_public", lambda: frozenset({authority.der}))
        with TlsSite(authority.server(HOST)) as site:
            found = checked(bank_at(tmp_path, (HOST, site.port)))
        assert codes(found) == ["network-issuers-not-asked"]
        assert "Kind.NAME" not in repr(found)

    def test_a_root_of_the_profile_that_is_gone(
        self, site: TlsSite, authority: Authority, tmp_path: Path
    ) -> None:
        """That part cannot be judged, and says so; the connection is told all the same."""
        bank = bank_at(tmp_path, (HOST, site.port), root=authority)
        (tmp_path / "root.pem").unlink()
        found = checked(bank)
        assert "network-part-failed" in codes(found)
        assert not any(one.status is Status.FAULT for one in found)
        assert details(found, "hosts")


class TestIssuers:
    def test_a_server_that_wants_another_ca(self, authority: Authority, tmp_path: Path) -> None:
        """The person's certificate would never be offered: told once, about that certificate."""
        mine, theirs = Authority(), Authority("Successor CA")
        held = installed(mine)
        with HandshakeServer(authority.server(HOST), accepted=[theirs]) as server:
            found = checked(bank_at(tmp_path, (HOST, server.port), root=authority), held)
        assert codes(found) == ["network-issuers-none-match"]
        assert found[0].about == held.certificate.sha256
        assert "利用者 user01" in said(found[0])
        assert "Successor CA" in "".join(details(found, "issuers"))

    def test_another_certificate_of_the_same_person_would_do(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """While a bank changes its issuer an older certificate may be the right one."""
        older, newer = Authority(), Authority("Successor CA")
        before = NOW - 100 * DAY
        old = Installed(
            Certificate(older.issue("12345678901234 user01", not_before=before).der),
            listings.STORE,
            "label",
            KeyState.PRESENT,
        )
        with HandshakeServer(authority.server(HOST), accepted=[older]) as server:
            bank = bank_at(tmp_path, (HOST, server.port), root=authority)
            found = checked(bank, old, installed(newer))
        assert codes(found) == ["network-issuers-another-fits"]

    def test_what_is_expired_is_other_checks_to_tell(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """Here it stands in the details alone, with every reason."""
        expired = Installed(
            Certificate(
                Authority()
                .issue("12345678901234 user01", not_before=NOW - 9 * DAY, not_after=NOW - DAY)
                .der
            ),
            listings.STORE,
            "label",
            KeyState.PRESENT,
        )
        accepted = [Authority("Successor CA")]
        with HandshakeServer(authority.server(HOST), accepted=accepted) as server:
            found = checked(bank_at(tmp_path, (HOST, server.port), root=authority), expired)
        assert codes(found) == ["network-ok"]
        assert "有効期限切れ、サーバーの一覧に発行元がありません" in details(found, "offers")[1]

    def test_stores_that_fail_leave_the_network_alone(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """The bank is reached; what the stores hold is told by others."""

        def failing() -> Listing:
            raise ZeroDivisionError

        with HandshakeServer(authority.server(HOST), accepted=[Authority()]) as server:
            bank = bank_at(tmp_path, (HOST, server.port), root=authority)
            found = network.check(scene(bank, found=failing))
        assert codes(found) == ["network-ok"]
        assert "ZeroDivisionError" in "".join(details(list(found), "unfinished"))

    def test_a_server_that_takes_any_issuer(self) -> None:
        """An empty list stands for everybody's (RFC 5246 section 7.4.4), not for nobody's."""
        found = listings.listing(installed(Authority()))
        for issuers, because in ((), ()), ((b"another",), (ISSUER_NOT_NAMED,)):
            (offer,) = offers(found, IssuersProbed(ProbeOutcome.ASKED, issuers=issuers))
            assert (offer.because, offer.is_named) == (because, not because)

    def test_a_server_that_is_met_without_the_proxy_alone(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """What it accepts is laid beside the certificates, too."""
        mine = Authority()
        with AbsentServer() as absent:
            down = manual(f"127.0.0.1:{absent.port}")
            with HandshakeServer(authority.server("127.0.0.1"), accepted=[mine]) as server:
                bank = bank_at(tmp_path, ("127.0.0.1", server.port), root=authority)
                found = checked(bank, installed(mine), proxy=down)
        assert codes(found) == ["network-proxy-in-the-way"]
        assert "選択肢に出ます" in details(found, "offers")[1]

    def test_where_no_server_asks_for_a_certificate_nobody_waits_for_the_stores(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """There is nothing to lay their certificates beside."""

        def hanging() -> Listing:
            raise AssertionError("nobody may wait for the stores")

        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        bank = bank_at(tmp_path, (HOST, port), root=authority)
        found = list(network.check(scene(bank, found=hanging)))
        assert codes(found) == ["network-refused"]
        assert not details(found, "unfinished")

    def test_before_a_reissue_the_places_that_were_not_read_are_named(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        """The store that takes longer may hold the very certificate."""
        slow = StoreReading("pkcs11", "/slow.so", StoreStatus.FAILED, "store-slow", "5")
        with HandshakeServer(authority.server(HOST), accepted=[Authority()]) as server:
            bank = bank_at(tmp_path, (HOST, server.port), root=authority)
            readings = [listings.reading(installed(Authority("Another Bank CA"))), slow]
            found = network.check(scene(bank, found=lambda: combine(readings, bank, NOW)))
        assert codes(found) == ["network-issuers-none-match"]
        assert "/slow.so" in said(found[0])
