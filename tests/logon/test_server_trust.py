"""Whose certificate a server shows: keys and issuers by signature, and whose root is behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from requests import certs
from support.der import certificate, integer, tlv
from support.pki import SERVER_AUTH, Authority, make_key
from support.tls_sites import HOST

from certhelper.bank import Bank
from certhelper.logon import server_trust
from certhelper.logon.server_trust import is_as_expected, pin_of

VERSION_5 = tlv(0xA0, integer(4))
ROOT = (("C", "JP"), ("O", "Example Trust Japan"), ("CN", "Example Root R1"))
BELOW = (("C", "JP"), ("O", "Example Trust Japan"), ("CN", "Example Server CA G4"))


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority(ROOT)


@pytest.fixture(scope="module")
def issuer(root: Authority) -> Authority:
    return root.intermediate(BELOW)


@pytest.fixture(scope="module")
def chain(issuer: Authority) -> tuple[bytes, ...]:
    return issuer.server(HOST).der, issuer.der


def bank(folder: Path, issuers: list[str] | None = None, keys: list[str] | None = None) -> Bank:
    """A profile that expects this of the servers; ``root.pem`` beside it if it is there."""
    path = folder / "bank.toml"
    roots = ["root.pem"] if (folder / "root.pem").exists() else []
    path.write_text(
        f'schema = 1\nid = "x"\nname = "X"\n[site]\nserver_issuers = {issuers or []}\n'
        f"server_keys = {keys or []}\ntrusted_certificates = {roots}\n",
        "utf-8",
    )
    return Bank.read(path)


class TestKeys:
    """A pin counts where the signatures lead to its key (RFC 7469 section 2.6)."""

    def test_the_servers_own_and_its_issuers_key_count(
        self, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """One of the pins is enough."""
        for der in chain:
            assert is_as_expected(bank(tmp_path, keys=["A" * 43 + "=", pin_of(der)]), chain)

    def test_the_pin_is_of_the_key_and_outlives_the_certificate(self, issuer: Authority) -> None:
        """RFC 7469 section 2.4: a renewed certificate of the same key has the same pin."""
        key = make_key("rsa")
        first, second = issuer.server(HOST, key=key), issuer.server(HOST, key=key)
        assert first.der != second.der
        assert pin_of(first.der) == pin_of(second.der) != pin_of(issuer.der)

    def test_an_intermediate_that_has_not_signed_does_not_count(
        self, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """A stranger may show the bank's real intermediate beside a certificate of their own."""
        forged = Authority(BELOW).server(HOST).der
        expected = bank(tmp_path, keys=[pin_of(chain[1])])
        assert is_as_expected(expected, chain)
        assert not is_as_expected(expected, (forged, chain[1]))

    def test_what_is_no_authority_cannot_sign(self, issuer: Authority, tmp_path: Path) -> None:
        """Any customer of the bank's CA could else sign for the bank."""
        customer = issuer.server("customer.localhost")
        forger = Authority("customer.localhost", key=customer.key)
        leaf = forger.issue(HOST, hosts=[HOST], extended=(SERVER_AUTH,))
        expected = bank(tmp_path, keys=[pin_of(issuer.der)])
        assert not is_as_expected(expected, (leaf.der, customer.der, issuer.der))

    def test_a_root_that_the_server_does_not_send_counts_from_the_profile(
        self, root: Authority, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """Servers leave the root away, as they should."""
        expected = bank(tmp_path, keys=[pin_of(root.der)])
        assert not is_as_expected(expected, chain)
        assert is_as_expected(expected, chain, (root.der,))

    def test_a_signer_of_an_odd_version_signs_nothing(
        self, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """Whatever stands beside the server's certificate; the real issuer still counts."""
        odd = certificate(version=VERSION_5)
        expected = bank(tmp_path, keys=[pin_of(chain[1])])
        assert is_as_expected(expected, (chain[0], odd, *chain[1:]))

    def test_a_chain_that_turns_in_a_circle_ends(self, tmp_path: Path) -> None:
        """Two authorities that have signed each other: every certificate is used once."""
        one, two = Authority("One"), Authority("Two")
        crossed = Authority("One", issuer=two, key=one.issued.key)
        back = Authority("Two", issuer=one, key=two.issued.key)
        shown = (one.server(HOST).der, crossed.der, back.der)
        assert not is_as_expected(bank(tmp_path, keys=["A" * 43 + "="]), shown)


class TestIssuers:
    """Fragments of distinguished names, compared as those of the person's certificates."""

    @pytest.mark.parametrize(
        "fragment",
        [
            "CN=Example Server CA G4",
            "O=Example Trust Japan, CN=Example Server CA G4",
            "cn = example server ca g4",
            "Example Root R1",
        ],
    )
    def test_any_issuer_above_the_server_counts(
        self, fragment: str, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """The root's name stands in the intermediate, though the root is not sent."""
        assert is_as_expected(bank(tmp_path, issuers=[fragment]), chain)

    def test_another_issuer_is_not_expected(self, chain: tuple[bytes, ...], tmp_path: Path) -> None:
        """Neither is an issuer whose certificate is only shown, and has signed nothing here."""
        expected = bank(tmp_path, issuers=["CN=Example Server CA G4"])
        other = Authority("ESET SSL Filter CA").server(HOST).der
        assert not is_as_expected(expected, (other,))
        assert not is_as_expected(expected, (other, *chain))

    def test_either_of_both_expectations_is_enough(
        self, chain: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """As the profile's documentation says."""
        expected = bank(tmp_path, issuers=["CN=Somebody Else"], keys=[pin_of(chain[0])])
        assert is_as_expected(expected, chain)

    @pytest.mark.parametrize(
        "shown", [(), (b"",), (b"\x30\x03abc", b"x"), (certificate(version=VERSION_5),)]
    )
    def test_octets_that_are_no_certificate_are_not_expected(
        self, shown: tuple[bytes, ...], tmp_path: Path
    ) -> None:
        """Nothing is raised for what a stranger sends."""
        assert not is_as_expected(bank(tmp_path, issuers=["CN=X"], keys=["A" * 43 + "="]), shown)


class TestOwnRoots:
    """A root that somebody has put on this PC is told from a public one."""

    def test_a_root_of_the_profile_is_no_public_one(self, root: Authority) -> None:
        """It stands for a company's root here: the way inspection is trusted."""
        assert server_trust.is_by_own_root((root.server(HOST).der,), (root.der,))

    def test_a_chain_that_nobody_trusts_is_not_by_an_own_root(self, root: Authority) -> None:
        """A stranger's certificate is no inspection that somebody set up."""
        assert not server_trust.is_by_own_root((root.server(HOST).der,))

    def test_a_public_root_is_not_an_own_one(self) -> None:
        """Also where it is among the roots of the system, as it is on every PC."""
        pem = Path(certs.where()).read_bytes()  # type: ignore[attr-defined]  # handed on
        roots = server_trust.roots_in(pem)
        assert len(roots) > 50
        der = roots[0]
        assert not server_trust.is_by_own_root((der,), (der,))

    def test_the_systems_own_roots_count(
        self, root: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An administrator's root among those of the system (OpenSSL's SSL_CERT_FILE)."""
        file = tmp_path / "system.pem"
        file.write_bytes(root.pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert server_trust.is_by_own_root((root.server(HOST).der,))
