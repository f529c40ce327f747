"""How far a certificate's issuers are here, whatever else lies beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from hypothesis import given
from hypothesis import strategies as st
from support import der
from support.pki import Authority, Issued, make_key, make_name

from certhelper import certificate_signature, chain, system_trust
from certhelper.certificate import Certificate
from certhelper.certificate_parts import Parts, cut
from certhelper.chain import KnownIssuers, find_chain
from certhelper.checks import Chain, ChainStatus

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=3000)


def found(leaf: Issued | bytes, others: Sequence[bytes | Authority], **named: bool) -> Chain:
    """Ask about a certificate, with this PC's own roots left out."""
    octets = leaf if isinstance(leaf, bytes) else leaf.der
    given = [one if isinstance(one, bytes) else one.der for one in others]
    return find_chain(Certificate(octets), given, NOW, with_system=named.get("with_system", False))


def signed(
    subject: str,
    issuer: str,
    own: CertificateIssuerPrivateKeyTypes,
    signer: CertificateIssuerPrivateKeyTypes,
    *,
    authority: bool | None = True,
    pss: bool = False,
) -> bytes:
    """Make a certificate with every part of its own choosing; it names keys by identifiers."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(make_name(subject))
        .issuer_name(make_name(issuer))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=100))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
    )
    if authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(authority, None), True)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    made = builder.sign(signer, algorithm, rsa_padding=salted if pss else None)
    return made.public_bytes(serialization.Encoding.DER)


def signed_again(certificate: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Sign what was changed by hand."""
    parts = cut(certificate)
    signature = key.sign(parts.signed, ec.ECDSA(hashes.SHA256()))
    wrapped = der.tlv(der.BIT_STRING, b"\0", signature)
    return der.sequence(parts.signed, parts.algorithm, wrapped)


class TestHowFar:
    """From nothing here to everything here."""

    def test_whole_chain(self) -> None:
        """Intermediate and root are here: complete, the direct issuer first."""
        root = Authority("Root")
        middle = root.intermediate("Middle")
        answer = found(middle.issue("user"), [root, middle])
        assert answer == Chain(
            ChainStatus.COMPLETE, issuer_der=middle.der, path=(middle.der, root.der)
        )

    def test_direct_issuer_missing(self) -> None:
        """The missing one is named; a root that is here does not help."""
        root = Authority("Root")
        answer = found(root.intermediate("Middle CA").issue("user"), [root])
        assert answer == Chain(ChainStatus.ISSUER_MISSING, "Middle CA")

    def test_root_missing(self) -> None:
        """Which one is missing higher up is named, and the direct issuer is handed on."""
        root = Authority("Root")
        middle = root.intermediate("Middle")
        answer = found(middle.issue("user"), [middle])
        assert answer == Chain(
            ChainStatus.ISSUER_MISSING, "Root", issuer_der=middle.der, path=(middle.der,)
        )

    def test_self_signed(self) -> None:
        """Whoever signs for himself has no issuer to be looked for."""
        assert found(Authority("Root").der, []) == Chain(ChainStatus.SELF_SIGNED)

    def test_roots_of_this_pc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A root that only the system trusts completes the chain."""
        root = Authority("Root")
        leaf = root.issue("user")
        monkeypatch.setattr(chain, "_of_this_pc", lambda: KnownIssuers([root.der]))
        assert found(leaf, [], with_system=True).status is ChainStatus.COMPLETE

    def test_name_of_the_missing_is_safe_to_show(self) -> None:
        """A name from outside may hold what reorders a line."""
        answer = found(Authority("evil\u202eCA").issue("user"), [])
        assert answer.issuer == "evil[U+202E]CA"


class TestAtFault:
    """An issuer is here, and something is wrong with it."""

    def test_expired(self) -> None:
        """An expired issuer is told with its name, expired in the middle of the chain as well."""
        root = Authority("Old root", not_before=LONG_AGO, not_after=NOW - timedelta(days=2))
        middle = root.intermediate("Middle")
        answer = found(middle.issue("user"), [root, middle])
        assert (answer.status, answer.issuer, answer.cause) == (
            ChainStatus.ISSUER_NOT_VALID,
            "Old root",
            "expired",
        )
        assert answer.issuer_der == middle.der

    def test_not_yet_valid(self) -> None:
        """So is one whose time has not come (or a PC whose clock is behind)."""
        root = Authority("Root", not_before=NOW + timedelta(days=2))
        answer = found(root.issue("user"), [root])
        assert (answer.status, answer.cause) == (ChainStatus.ISSUER_NOT_VALID, "not-yet-valid")

    @pytest.mark.parametrize("authority", [False, None])
    def test_issuer_that_may_not_issue(self, authority: bool | None) -> None:
        """A person's certificate that signed another one is no authority."""
        root, own, leaf = make_key("ec"), make_key("ec"), make_key("ec")
        top = signed("Root", "Root", root, root)
        middle = signed("Person", "Root", own, root, authority=authority)
        answer = found(signed("user", "Person", leaf, own), [top, middle])
        assert (answer.status, answer.cause) == (ChainStatus.ISSUER_NOT_VALID, "no-authority")

    def test_wrong_signature(self) -> None:
        """A certificate that names this very key, which did not sign it, was tampered with."""
        key = make_key("ec")
        top = signed("Root", "Root", key, key)
        leaf = bytearray(signed("user", "Root", make_key("ec"), key))
        leaf[leaf.index(b"user")] ^= 0x01
        answer = found(bytes(leaf), [top])
        assert answer == Chain(ChainStatus.SIGNATURE_WRONG, "Root")

    def test_same_name_with_another_key(self) -> None:
        """An authority's new key signed nothing that the old one did: the old one is missing."""
        old, new = make_key("ec"), make_key("ec")
        leaf = signed("user", "Root", make_key("ec"), old)
        answer = found(leaf, [signed("Root", "Root", new, new)])
        assert answer == Chain(ChainStatus.ISSUER_MISSING, "Root")


class TestSeveralWays:
    """Names repeat: renewed, re-keyed and cross-signed authorities lie side by side."""

    @pytest.mark.parametrize("expired_first", [True, False])
    def test_renewed_issuer(self, expired_first: bool) -> None:
        """The valid certificate of a key counts, wherever the expired one stands."""
        key = make_key("ec")
        old = Authority("Root", key=key, not_before=LONG_AGO, not_after=NOW - timedelta(days=1))
        new = Authority("Root", key=key)
        others = [old, new] if expired_first else [new, old]
        answer = found(new.issue("user"), others)
        assert (answer.status, answer.issuer_der) == (ChainStatus.COMPLETE, new.der)

    def test_key_identifier_chooses_among_many(self) -> None:
        """More namesakes than signatures are ever tried: the one that is named is found."""
        keys = [make_key("ec") for _ in range(100)]
        roots = [signed("Root", "Root", key, key) for key in keys]
        leaf = signed("user", "Root", make_key("ec"), keys[-1])
        assert found(leaf, roots).issuer_der == roots[-1]

    def test_cross_certificates(self) -> None:
        """Two roots that signed each other are no endless way, and either one ends it."""
        one, two, own = make_key("ec"), make_key("ec"), make_key("ec")
        crossed = [signed("One", "Two", one, two), signed("Two", "One", two, one)]
        leaf = signed("user", "One", own, one)
        assert found(leaf, crossed).status is ChainStatus.ISSUER_MISSING
        roots = [*crossed, signed("Two", "Two", two, two)]
        assert found(leaf, roots).path == (crossed[0], roots[2])

    def test_long_hostile_chain(self) -> None:
        """A chain of a hundred authorities ends after ten, as missing."""
        keys = [make_key("ec") for _ in range(100)]
        others = [
            signed(f"CA {level}", f"CA {level + 1}", keys[level], keys[level + 1])
            for level in range(99)
        ]
        answer = found(signed("user", "CA 0", make_key("ec"), keys[0]), others)
        assert (answer.status, len(answer.path)) == (ChainStatus.ISSUER_MISSING, 10)

    def test_signatures_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Thousands of namesakes, cross-signed at every level, cost a bounded number of tries."""
        tried = 0

        def count(*_: object) -> bool:
            nonlocal tried
            tried += 1
            return True

        monkeypatch.setattr(chain, "is_signed_with", count)
        key = make_key("ec")
        mesh = [
            signed(f"CA {level}", f"CA {level + 1}", key, key) for level in range(8) for _ in "1234"
        ]
        found(signed("user", "CA 0", key, key), mesh)
        assert 8 <= tried <= 64


class TestKindsOfSignature:
    """Whatever kind of key the authority has."""

    @pytest.mark.parametrize(
        ("key", "pss"),
        [
            (rsa.generate_private_key(65537, 2048), False),
            (rsa.generate_private_key(65537, 2048), True),
            (ec.generate_private_key(ec.SECP384R1()), False),
            (ed25519.Ed25519PrivateKey.generate(), False),
        ],
        ids=["RSA PKCS #1", "RSA-PSS", "ECDSA", "Ed25519"],
    )
    def test_is_verified(self, key: CertificateIssuerPrivateKeyTypes, pss: bool) -> None:
        """A right signature completes the chain, a wrong one is told."""
        root = signed("Root", "Root", key, key, pss=pss)
        leaf = signed("user", "Root", make_key("ec"), key, pss=pss)
        assert found(leaf, [root]).status is ChainStatus.COMPLETE
        broken = leaf[:-5] + bytes(5)
        assert found(broken, [root]).status is ChainStatus.SIGNATURE_WRONG

    def test_name_that_cryptography_refuses(self) -> None:
        """``_`` in a PrintableString makes `cryptography` refuse the whole certificate, not us."""
        root = Authority("Root")
        key = root.issued.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        leaf = bytearray(root.issue("12345678901234 user01").der)
        at = leaf.index(b"12345678901234 user01")
        leaf[at - 2] = 0x13
        leaf[at + 14] = ord("_")
        octets = signed_again(bytes(leaf), key)
        with pytest.raises(ValueError, match=r"."):
            x509.load_der_x509_certificate(octets)
        assert found(octets, [root]).status is ChainStatus.COMPLETE


@given(st.binary(max_size=200), st.lists(st.binary(max_size=100), max_size=3))
def test_anything_gets_an_answer(octets: bytes, others: list[bytes]) -> None:
    """Whatever a store holds, nothing is raised."""
    assert found(octets, others).status in ChainStatus


def test_cut_off_anywhere() -> None:
    """A certificate that was cut off at any octet gets an answer, and never "complete"."""
    root = Authority("Root")
    whole = root.issue("user").der
    for length in range(len(whole)):
        assert found(whole[:length], [root]).status is not ChainStatus.COMPLETE
        assert found(root.issue("user"), [root.der[: length % len(root.der)]]).path == ()


def test_many_questions_share_their_issuers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands above is verified once for all questions, not once for each."""
    signatures = 0
    real = certificate_signature.is_signed_with

    def count(signed: Parts, public_key: bytes) -> bool | None:
        nonlocal signatures
        signatures += 1
        return real(signed, public_key)

    monkeypatch.setattr(chain, "is_signed_with", count)
    root = Authority("Root")
    middle = root.intermediate("Middle")
    leaf = Certificate(middle.issue("user").der)
    known = KnownIssuers([root.der, middle.der])
    assert {find_chain(leaf, known, NOW).status for _ in range(100)} == {ChainStatus.COMPLETE}
    assert signatures == 100 + 2


def test_roots_of_the_system_are_certificates() -> None:
    """What the system lists can be read as certificates."""
    for octets in system_trust.roots():
        assert Certificate(octets).subject_der is not None
