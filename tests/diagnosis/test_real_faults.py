"""The first line of a diagnosis on faults made for the purpose: real servers, proxies and stores.

What each check finds of them in particular is held beside the checks; here it is the sentence that
a person reads aloud.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from OpenSSL import SSL
from support import certificate_checks as diagnoses
from support import listings, nssdb, policy_files
from support.certificate_cases import crl
from support.listings import CONTRACT
from support.networks import HandshakeServer, Names, bank_at, blackhole, scene
from support.own_browsers import FakePrograms
from support.pki import Authority
from support.policy_files import entry
from support.raw_servers import AbsentServer
from support.revocation_servers import RevocationServer, always, names
from support.systems import needs_linux, only_on_linux
from support.tinyproxy import tinyproxy
from support.tls_sites import HOST, TlsSite

from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Outcome
from certhelper.diagnosis.network import looks, reach, survey
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import shown
from certhelper.diagnosis.verdict import conclude
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.stores import nss
from certhelper.stores.base import Installed, KeyState
from certhelper.stores.nss import NssStore

USER = f"{CONTRACT} user01"
NAME = "www.bank.test"
DAY = timedelta(days=1)
COMPROMISED = x509.ReasonFlags.key_compromise
LOCAL = ("account", "present", "issuer", "name", "period", "duplicates", "key-present", "usage")
NETWORK = ("clock", *LOCAL, "network")


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def server_ca() -> Authority:
    return Authority("Example Server CA")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never answers is given up soon; the machine of the tests need not lead anywhere."""
    monkeypatch.setattr(reach, "has_way_out", lambda family: True)
    for module, limit in ((looks, "LIMIT_S"), (looks, "BESIDE_S"), (survey, "LINE_S")):
        monkeypatch.setattr(module, limit, 2.0)


@pytest.fixture
def site(server_ca: Authority) -> Iterator[TlsSite]:
    with TlsSite(server_ca.server(HOST, "127.0.0.1")) as made:
        yield made


def mine(authority: Authority | None = None) -> Installed:
    """A certificate that is good by today's clock."""
    issued = (authority or Authority()).issue(USER)
    return Installed(Certificate(issued.der), listings.STORE, "label", KeyState.PRESENT)


def verdict(given: Scene, *checks: str) -> tuple[str, str, str]:
    """Return the code that is the verdict, the first sentence, and the first step."""
    outcomes = [Outcome(name, tuple(diagnoses.check(name, given)), 0.0) for name in checks]
    found = conclude(outcomes)
    assert found.first.step is not None
    code = "" if found.finding is None else found.finding.code
    return code, shown(found.first.sentence), shown(found.first.step)


def at(folder: Path, port: int, root: Authority | None = None, host: str = HOST) -> Scene:
    return scene(bank_at(folder, (host, port), root=root), mine())


class TestConnection:
    @pytest.mark.parametrize(
        ("error", "code", "words"),
        [
            (socket.EAI_AGAIN, "network-dns-none", "の場所を調べられません。"),
            (socket.EAI_NONAME, "network-name-not-found", "が見つかりません。"),
        ],
    )
    def test_no_dns(
        self, error: int, code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No answer, or no such name; no certificate is blamed."""
        resolver = Names(socket.getaddrinfo)
        resolver.known[NAME] = error
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        found, sentence, _ = verdict(at(tmp_path, 443, host=NAME), *NETWORK)
        assert found == code
        assert sentence.startswith("銀行のサイト")
        assert words in sentence

    def test_a_closed_port(self, tmp_path: Path) -> None:
        """The bank may be closed."""
        with AbsentServer() as server:
            found, sentence, step = verdict(at(tmp_path, server.port), *NETWORK)
        assert found == "network-refused"
        assert sentence == f"銀行のサイト({HOST}:{server.port})が接続を受け付けません。"
        assert step.startswith("銀行のサービス時間")

    def test_a_blackhole(self, tmp_path: Path) -> None:
        """Nobody answers."""
        needs_linux("a queue of connections that is full and drops the next one")
        with blackhole() as port:
            found, sentence, _ = verdict(at(tmp_path, port), *NETWORK)
        assert found == "network-no-answer"
        assert sentence == f"銀行のサイト({HOST}:{port})から応答がありません。"

    def test_a_server_of_tls_1_0_only(self, server_ca: Authority, tmp_path: Path) -> None:
        """Too old to be spoken to."""
        old = (SSL.TLS1_VERSION, SSL.TLS1_VERSION)
        with HandshakeServer(server_ca.server(HOST, key="rsa"), old) as server:
            found, sentence, _ = verdict(at(tmp_path, server.port, server_ca), *NETWORK)
        assert found == "network-tls-old"
        assert "古くて危険な暗号化通信(TLS 1.0)にしか対応していません" in sentence


class TestServerCertificate:
    def test_expired(self, server_ca: Authority, tmp_path: Path) -> None:
        """By this PC's clock and by the server's, which agree: nobody is sent to compare it."""
        old = server_ca.server(HOST, not_before=now() - 30 * DAY, not_after=now() - DAY)
        with TlsSite(old) as server:
            found, sentence, step = verdict(at(tmp_path, server.port, server_ca), *NETWORK)
        assert found == "network-server-expired"
        assert sentence.startswith(f"銀行のサイト({HOST}:{server.port})の証明書は、")
        assert sentence.endswith("に有効期限が切れています。")
        assert step.startswith("パソコンの日時は合っています。利用者暗証番号を入力せず")

    def test_self_signed(self, tmp_path: Path) -> None:
        """Nobody vouches for it."""
        with HandshakeServer(Authority("Router").issued) as server:
            found, sentence, step = verdict(at(tmp_path, server.port), *NETWORK)
        assert found in ("network-server-self-signed", "network-server-name")
        assert sentence.startswith(f"銀行のサイト({HOST}:{server.port})の証明書が、")
        assert "利用者暗証番号を入力" in step

    def test_a_wrong_name(self, server_ca: Authority, tmp_path: Path) -> None:
        """Another host's."""
        with TlsSite(server_ca.server("somebody-else.localhost")) as server:
            found, sentence, _ = verdict(at(tmp_path, server.port, server_ca), *NETWORK)
        assert found == "network-server-name"
        assert sentence.endswith("の証明書が、別の名前のものです。")

    @pytest.mark.parametrize(
        ("issuer", "sentence"),
        [
            ("ESET SSL Filter CA", "ウイルス対策ソフト(ESET)が、銀行との通信を検査しています。"),
            (
                "Zscaler Intermediate Root CA",
                "会社のネットワークの製品(Zscaler)が、銀行との通信を検査しています。",
            ),
        ],
    )
    def test_inspection(self, issuer: str, sentence: str, tmp_path: Path) -> None:
        """With the name of the product."""
        with TlsSite(Authority(issuer).server(HOST)) as server:
            assert verdict(at(tmp_path, server.port), *NETWORK)[1] == sentence

    def test_a_server_that_wants_another_ca(self, server_ca: Authority, tmp_path: Path) -> None:
        """The person's certificate would not even be offered."""
        others = Authority("Successor CA")
        with HandshakeServer(server_ca.server(HOST), accepted=[others]) as server:
            found, sentence, _ = verdict(at(tmp_path, server.port, server_ca), *NETWORK)
        assert found == "network-issuers-none-match"
        assert sentence.startswith("利用者 user01 の証明書は、銀行のサイト")
        assert sentence.endswith("が受け付ける発行元のものではありません。")


@only_on_linux
class TestProxy:
    """A real tinyproxy."""

    def given(self, folder: Path, site: TlsSite, root: Authority, address: str) -> Scene:
        bank = bank_at(folder, ("127.0.0.1", site.port), root=root)
        return scene(bank, mine(), proxy=ProxyChoice(ProxyMode.MANUAL, address))

    def test_up(self, site: TlsSite, server_ca: Authority, tmp_path: Path) -> None:
        """Nothing is wrong."""
        with tinyproxy(tmp_path) as address:
            found = verdict(self.given(tmp_path, site, server_ca, address), *NETWORK)
        assert found[0] in ("network-issuers-not-asked", "")
        assert found[1].startswith("調べた範囲では、ログオンを妨げるものは見つかりませんでした")

    def test_down(self, site: TlsSite, server_ca: Authority, tmp_path: Path) -> None:
        """It is named, and that it works without."""
        with tinyproxy(tmp_path) as address:
            pass
        found, sentence, _ = verdict(self.given(tmp_path, site, server_ca, address), *NETWORK)
        assert found == "network-proxy-in-the-way"
        assert sentence.startswith(f"プロキシ(会社の中継サーバー) {address} を使う設定のため、")

    def test_asking_for_a_password(
        self, site: TlsSite, server_ca: Authority, tmp_path: Path
    ) -> None:
        """The log-on will ask; it is not the bank's PIN."""
        with tinyproxy(tmp_path, user="hanako", password="secret") as address:
            given = self.given(tmp_path, site, server_ca, address)
            found, sentence, step = verdict(given, *NETWORK)
        assert found == "network-proxy-wants-password"
        assert sentence.endswith("を求めています。ログオンのときに尋ねます。")
        assert "利用者暗証番号ではありません" in step


class TestCertificates:
    @pytest.mark.parametrize("change", [timedelta(days=400), timedelta(days=-4)])
    def test_a_wrong_clock(self, change: timedelta, site: TlsSite, tmp_path: Path) -> None:
        """The server's Date says so; nothing is to be reissued."""
        bank = bank_at(tmp_path, (HOST, site.port))
        given = scene(bank, mine(), at=now() + change)
        found, sentence, step = verdict(given, *NETWORK)
        assert found == "clock-breaks-certificate"
        assert sentence.startswith("パソコンの日時が約")
        assert step.startswith("時計や携帯電話で正しい日時を確かめ")
        assert "再発行" not in step

    def test_revoked(self, tmp_path: Path) -> None:
        """By a real list of the issuer's."""
        authority = Authority()
        with RevocationServer() as server:
            issued = authority.issue(USER, extensions=names(crl=[server.address("/crl")]))
            server.answers["/crl"] = always(crl(authority, [issued], COMPROMISED))
            chain = listings.reading()._replace(where="/chain", chain=(authority.der,))
            row = diagnoses.installed(issued)
            given = diagnoses.scene(row, readings=[chain], at=now())
            found, sentence, step = verdict(given, *LOCAL, "revocation")
        assert found == "revocation-revoked"
        assert sentence.startswith("利用者 user01 の証明書は失効しています(")
        assert step.startswith("管理者に、再発行の操作をすでにしたかどうか確かめてください。")

    @only_on_linux
    def test_a_key_that_was_removed(self, tmp_path: Path) -> None:
        """The certificate is in the database, its key is not."""
        made = nssdb.make(tmp_path, [])
        made.add_certificate(Authority().issue(USER).der, "mine")
        given = diagnoses.scene_of_stores(NssStore(tmp_path), at=now())
        found, sentence, step = verdict(given, *LOCAL)
        assert found == "key-absent"
        assert sentence == "利用者 user01 の証明書の秘密キーが、このパソコンにありません。"
        assert step.startswith("証明書を取得したときと同じパソコン")

    @only_on_linux
    def test_a_database_that_is_locked(self, tmp_path: Path) -> None:
        """It is in use; nothing is called missing."""
        nssdb.make(tmp_path, [(Authority().issue(USER), "mine")])
        with nssdb.held(tmp_path / "cert9.db"):
            given = diagnoses.scene_of_stores(NssStore(tmp_path, lock_wait=0.1), at=now())
            found, sentence, step = verdict(given, *LOCAL)
        assert found == "present-place-in-use"
        assert "ほかのプログラム(ブラウザなど)が使っているため読めませんでした" in sentence
        assert step.startswith("ブラウザをすべて閉じてください。")

    @only_on_linux
    def test_a_database_with_a_password(self, tmp_path: Path) -> None:
        """No password is tried: that the key works is not known, and nothing is a fault."""
        nssdb.make(tmp_path, [(Authority().issue(USER), "mine")], password="open, please")
        given = diagnoses.scene_of_stores(NssStore(tmp_path), at=now())
        found, sentence, _ = verdict(given, *LOCAL, "key-usable")
        assert found == "key-untried"
        assert sentence.startswith("調べた範囲では、ログオンを妨げるものは見つかりませんでした")


@only_on_linux
@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (
            {"AutoSelectCertificateForUrls": [entry("*", subject={"CN": f"{CONTRACT} user02"})]},
            "利用者 user01 の証明書とは別のもの",
        ),
        ({"URLBlocklist": ["bank.test"]}, "銀行のサイト(logon.bank.test)を開けないか"),
    ],
)
def test_policies_in_place(
    policies: dict[str, list[str]], words: str, tmp_path: Path, programs: FakePrograms
) -> None:
    """They concern browsers alone: told behind that this program can log on."""
    programs.add("google-chrome", says="Google Chrome 156.0.1.2")
    policy_files.write_text(tmp_path, json.dumps(policies))
    store = f"nss:{nss.default_directory()}"
    people = (listings.installed(f"{CONTRACT} {one}", store=store) for one in ("user01", "user02"))
    found = listings.listing(*people)
    environment = dict(os.environ)
    given = Scene(
        listings.bank(), listings.AT, lambda: found, environment=environment, root=tmp_path
    )
    names = ("present", "period", "browser-policy")
    outcomes = [Outcome(name, tuple(diagnoses.check(name, given)), 0.0) for name in names]
    conclusion = conclude(outcomes)
    sentence, *others = map(shown, conclusion.headline)
    assert sentence.startswith("調べた範囲では、ログオンを妨げるものは見つかりませんでした")
    assert words in others[0]
