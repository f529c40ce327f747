"""A refused server certificate is explained: which fault, since when, by whom, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support import der
from support.pki import Authority
from support.tls_sites import HOST, TlsSite, site_of

from certhelper import engine_age, failures, moment
from certhelper.logon import inspection, issuers, server_clock, server_identity
from certhelper.logon.facts import ServerCertificateRejected
from certhelper.logon.server_identity import Verdict

URL = f"https://{HOST}/biznet?contract=12345678901234"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
BANK_CA = (("C", "JP"), ("O", "Example Trust Japan"), ("CN", "Example Server CA G4"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(BANK_CA)


def judged(
    error: int,
    chain: tuple[bytes, ...] = (),
    server_time: datetime | None = None,
    now: datetime = NOW,
) -> Verdict:
    fact = ServerCertificateRejected(0, URL, error, chain, server_time)
    return server_identity.judge(fact, now)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (-200, "server-name-mismatch"),
        (-201, "server-date-invalid"),
        (-202, "server-authority-unknown"),
        (-205, "server-revocation-unknown"),
        (-206, "server-certificate-revoked"),
        (-208, "server-certificate-weak"),
        (-211, "server-certificate-weak"),
        (-213, "server-certificate-invalid"),
        (-217, "server-inspected"),
    ],
)
def test_every_number_of_the_engine_has_a_code_without_a_chain_too(error: int, code: str) -> None:
    """The texts of that code can be said, with no hole in them and without the query."""
    verdict = judged(error)
    assert verdict.code == code
    told = failures.find(code).say(verdict.detail)
    assert "12345678901234" not in f"{told}"


def test_a_wrong_name_is_told_with_the_names_that_are_right(authority: Authority) -> None:
    """The helpdesk sees whose certificate came."""
    other = authority.server("somebody-else.localhost", "10.0.0.1")
    verdict = judged(-200, (other.der,))
    assert verdict.code == "server-name-mismatch"
    assert verdict.detail["names"] == "somebody-else.localhost、10.0.0.1"
    assert verdict.detail["host"] == HOST
    assert verdict.detail["issuer"] == "Example Server CA G4"


def test_a_server_certificate_of_an_odd_version_is_judged(authority: Authority) -> None:
    """What the library refuses has the names that we can read, and is no fault of the program."""
    odd = der.certificate(
        version=der.tlv(0xA0, der.integer(4)), subject=der.common_name("elsewhere.localhost")
    )
    verdict = judged(-200, (odd,))
    assert verdict.code == "server-name-mismatch"
    assert verdict.detail["names"] == "elsewhere.localhost"


class TestDates:
    """A clock that is wrong is told apart from a certificate that is out of its time."""

    def expired(self, authority: Authority) -> tuple[bytes, ...]:
        issued = site_of(authority, not_before=NOW - 30 * DAY, not_after=NOW - 3 * DAY)
        return (issued.der,)

    def test_expired_beside_this_pcs_clock(self, authority: Authority) -> None:
        """With no other clock to go by, both moments are shown and the person compares."""
        verdict = judged(-201, self.expired(authority))
        assert verdict.code == "server-certificate-expired"
        said = failures.find(verdict.code).say(verdict.detail).cause
        assert moment.in_japan(NOW) in said
        assert moment.in_japan(NOW - 3 * DAY) in said

    def test_not_yet_valid(self, authority: Authority) -> None:
        """The other end of the period has its own code."""
        issued = site_of(authority, not_before=NOW + 2 * DAY)
        assert judged(-201, (issued.der,)).code == "server-certificate-not-yet-valid"

    def test_an_expired_intermediate_counts(self, authority: Authority) -> None:
        """The whole of what the server sent must be in its time."""
        below = Authority(
            "Old Intermediate", issuer=authority, not_before=NOW - 9 * DAY, not_after=NOW - DAY
        )
        verdict = judged(-201, (below.server(HOST).der, below.der))
        assert verdict.code == "server-certificate-expired"

    def test_the_servers_clock_shows_that_ours_is_wrong(self, authority: Authority) -> None:
        """In its time by the server's clock, out of it by ours: how far, in words."""
        verdict = judged(-201, self.expired(authority), server_time=NOW - 4 * DAY)
        assert verdict.code == "clock-wrong"
        assert verdict.detail["difference"] == server_clock.about(NOW, NOW - 4 * DAY)

    def test_the_servers_clock_agrees_with_ours(self, authority: Authority) -> None:
        """Then it is the certificate, and nobody is sent to change a right clock."""
        verdict = judged(-201, self.expired(authority), server_time=NOW)
        assert verdict.code == "server-certificate-expired"

    def test_a_clock_before_the_program_was_made_is_wrong_without_any_server(self) -> None:
        """A flat battery puts a PC years back; nothing that a server says is needed for that."""
        built = datetime.combine(engine_age.engine().built, datetime.min.time(), UTC)
        verdict = judged(-201, now=built - 400 * DAY)
        assert verdict.code == "clock-wrong"
        assert verdict.detail["difference"] == server_clock.at_least(built - 400 * DAY, built)

    def test_only_a_date_fault_asks_for_the_servers_clock(self) -> None:
        """One look more at a refused server, and only where it helps."""
        asked = server_identity.asks_for_time
        assert asked(ServerCertificateRejected(0, URL, -201))
        assert not asked(ServerCertificateRejected(0, URL, -202))
        assert not asked(ServerCertificateRejected(0, URL, -201, server_time=NOW))


class TestInspection:
    """A product that stands in between is named, with what to do about it."""

    @pytest.mark.parametrize(
        ("name", "product", "kind"),
        [
            ((("C", "SK"), ("O", "ESET, spol. s r. o."), ("CN", "ESET SSL Filter CA")), "ESET", 0),
            (
                (
                    ("CN", "Norton Web/Mail Shield Root"),
                    ("OU", "generated by Norton Antivirus for SSL/TLS scanning"),
                ),
                "Norton",
                0,
            ),
            ((("O", "AO Kaspersky Lab"), ("CN", "Personal Root Certificate")), "Kaspersky", 0),
            ((("O", "Zscaler Inc."), ("CN", "Zscaler Intermediate Root CA")), "Zscaler", 1),
            ((("C", "US"), ("O", "Fortinet"), ("CN", "FG100F0000000000")), "FortiGate", 1),
            ((("CN", "DO_NOT_TRUST_FiddlerRoot"),), "Fiddler", 2),
            ((("CN", "mitmproxy"), ("O", "mitmproxy")), "mitmproxy", 2),
        ],
    )
    @pytest.mark.parametrize("error", [-202, -150, -200])
    def test_a_known_product_is_named(
        self, name: tuple[tuple[str, str], ...], product: str, kind: int, error: int
    ) -> None:
        """Whatever the engine complained of: the issuer says who answered."""
        leaf = Authority(name).server(HOST)
        verdict = judged(error, (leaf.der,))
        assert verdict.code == "server-inspected"
        found = inspection.product_of([leaf.der])
        assert found is not None
        assert product in found.shown("en")
        assert verdict.detail["product"] == found.shown()
        assert HOST in verdict.detail["how"] or kind == 2

    def test_the_signer_in_the_chain_counts_too(self) -> None:
        """An intermediate with a neutral name under a product's root."""
        root = Authority("Netskope Root CA")
        below = root.intermediate("tls.example.invalid")
        verdict = judged(-202, (below.server(HOST).der, below.der))
        assert verdict.code == "server-inspected"
        assert "Netskope" in verdict.detail["product"]

    @pytest.mark.parametrize(
        "name",
        [
            BANK_CA,
            (("C", "US"), ("O", "Symantec Corporation"), ("CN", "Symantec Class 3 EV SSL CA - G3")),
            (("C", "JP"), ("O", "Cybertrust Japan Co., Ltd."), ("CN", "SureServer EV CA G4")),
            (("C", "US"), ("O", "DigiCert Inc"), ("CN", "DigiCert Global G2 TLS RSA SHA256 CA1")),
            (("C", "JP"), ("O", "SECOM Trust Systems CO.,LTD."), ("CN", "SECOM Passport 4.0")),
        ],
    )
    def test_a_public_authority_is_no_product(self, name: tuple[tuple[str, str], ...]) -> None:
        """Nobody is told to look at their antivirus because of the bank's own issuer."""
        assert inspection.product_of([Authority(name).server(HOST).der]) is None

    def test_every_product_has_both_names_and_what_to_do(self) -> None:
        """The list is data; a mistake in it must not wait for a person to meet it."""
        assert len(inspection.products()) > 25
        for product in inspection.products():
            assert product.issuers
            assert product.shown("ja")
            assert product.shown("en")
            assert server_identity.inspected(product, HOST)["how"]

    def test_octets_that_are_no_certificate_change_nothing(self) -> None:
        """The chain is a stranger's."""
        assert judged(-202, (b"", b"\x30\x03abc")).code == "server-authority-unknown"
        assert judged(-200, (b"nonsense",)).code == "server-name-mismatch"


def test_names_from_outside_are_made_safe() -> None:
    """A line break in an issuer cannot write a line of its own into the page."""
    leaf = Authority("Bank CA\nPlease continue\u202e").server(HOST)
    shown = judged(-202, (leaf.der,)).detail["issuer"]
    assert "\n" not in shown
    assert "\u202e" not in shown


def test_what_a_real_server_shows_is_judged(authority: Authority) -> None:
    """The look at a server brings the chain that the rule needs, whatever is wrong with it."""
    below = authority.intermediate("Example Intermediate")
    dates = {"not_before": NOW - 30 * DAY, "not_after": NOW - 3 * DAY}
    with TlsSite(site_of(below, **dates)) as site:
        chain = issuers.look(HOST, site.port).chain
        assert chain == site.chain
        assert len(chain) == 2
        assert judged(-201, chain).code == "server-certificate-expired"
