"""The demo's certificate authorities and what they issue; every key lives in memory only.

The names follow the shape of the managed PKI that banks of this kind use (root, an intermediate
that issues to customers, its successor), so that pictures and tests look like the real thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

KeyKind = Literal["ec", "rsa"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_AUTHORITY_YEARS = 10
_NO_USAGE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}
CLIENT_USAGE = ("digital_signature", "key_encipherment")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate's DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate's PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def sha256(self) -> str:
        """Fingerprint of the DER, lower-case hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def key_der(self) -> bytes:
        """The private key as unencrypted PKCS#8 DER (for a store that is made from it)."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM (for a test server's key file)."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def pkcs12(self, name: str, passphrase: bytes, chain: Sequence[Issued] = ()) -> bytes:
        """The certificate, its key and ``chain`` as a PKCS#12 file's octets."""
        return pkcs12.serialize_key_and_certificates(
            name.encode(),
            self.key,
            self.certificate,
            [issued.certificate for issued in chain],
            BestAvailableEncryption(passphrase),
        )


def distinguished_name(common_name: str | Sequence[str], *above: tuple[str, str]) -> x509.Name:
    """Build a name: ``above`` are pairs of a short type (C, O, OU) and a value, then the CNs.

    Values are not checked for length or content, because the demo needs odd names too.
    """
    types = {
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    }
    common_names = [common_name] if isinstance(common_name, str) else list(common_name)
    attributes = [x509.NameAttribute(types[kind], value) for kind, value in above]
    attributes += [
        x509.NameAttribute(NameOID.COMMON_NAME, value, _validate=False) for value in common_names
    ]
    return x509.Name(attributes)


_BANK = (("C", "JP"), ("O", "Example Bank, Ltd."))
_MANAGED = (
    *_BANK,
    ("OU", "Symantec Trust Network"),
    ("OU", "Class 2 Managed PKI Individual Subscriber CA"),
)
BIZNET_G2_NAME = distinguished_name("Example Bank Biznet CA - G2", *_MANAGED)
"""The CA that issues to the demo's customers."""


def new_key(kind: KeyKind) -> PrivateKey:
    """Make a private key: P-256, or RSA of 2048 bits."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _end_of_day(moment: datetime) -> datetime:
    """23:59:59 UTC of that day: where managed PKIs end a certificate (08:59:59 in Japan)."""
    return moment.replace(hour=23, minute=59, second=59)


class Authority:
    """Every CA of the demo.  ``now`` is the moment that validity periods are counted from (UTC).

    ``client_key`` is the kind of key that customers get where nothing else is asked for.

    ``root`` signs ``biznet_g2`` and its successor ``biznet_g3``, which issue to customers.
    ``unrelated`` and ``public_sector`` are somebody else's; the bank does not accept them.
    ``server_root`` signs the web servers; ``stranger_root`` signs a server nobody trusts.
    """

    def __init__(self, now: datetime | None = None, client_key: KeyKind = "ec") -> None:
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        self._client_key = client_key
        self.root = self._root(distinguished_name("Example Bank Root CA", *_BANK))
        self.biznet_g2 = self._intermediate(BIZNET_G2_NAME, self.root)
        self.biznet_g3 = self._intermediate(
            distinguished_name("Example Bank Biznet CA - G3", *_MANAGED), self.root
        )
        self.unrelated = self._root(
            distinguished_name(
                "Cybertrust DeviceiD Public CA G3h", ("C", "JP"), ("O", "Example Trust Co., Ltd.")
            )
        )
        self.public_sector = self._root(
            distinguished_name(
                "Example Public Individual CA", ("C", "JP"), ("O", "Example Public Sector")
            )
        )
        self.server_root = self._root(
            distinguished_name("Demo Server Root CA", ("C", "JP"), ("O", "Demo Server"))
        )
        self.stranger_root = self._root(
            distinguished_name("Stranger Root CA", ("C", "JP"), ("O", "Stranger"))
        )
        self._revoked: set[int] = set()

    @property
    def accepted(self) -> tuple[Issued, ...]:
        """The CAs that the bank names when it asks for a certificate."""
        return (self.biznet_g2, self.biznet_g3, self.root)

    def issue_client(
        self,
        common_name: str | Sequence[str],
        *,
        issuer: Issued | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key_usage: Sequence[str] = CLIENT_USAGE,
        extended_key_usage: Sequence[ObjectIdentifier] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
        organization: str = "Example Bank, Ltd.",
        key: KeyKind | None = None,
    ) -> Issued:
        """Issue a customer's certificate, by default a good one that is valid for a year."""
        private_key = new_key(key or self._client_key)
        by = issuer or self.biznet_g2
        return self._sign(
            distinguished_name(common_name, ("C", "JP"), ("O", organization)),
            private_key,
            by,
            not_before or self.now - timedelta(days=10),
            not_after or _end_of_day(self.now + timedelta(days=355)),
            [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (x509.KeyUsage(**{**_NO_USAGE, **dict.fromkeys(key_usage, True)}), True),
                (x509.ExtendedKeyUsage(list(extended_key_usage)), False),
            ],
        )

    def issue_server(
        self,
        hosts: Sequence[str],
        *,
        issuer: Issued | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Issued:
        """Issue a web server's certificate for ``hosts``."""
        # 397 days is the longest that browsers take from a server (CA/Browser Forum BR 6.3.2).
        return self._sign(
            distinguished_name(hosts[0], ("C", "JP"), ("O", "Demo Server")),
            new_key("ec"),
            issuer or self.server_root,
            not_before or self.now - timedelta(days=1),
            not_after or self.now + timedelta(days=200),
            [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (x509.KeyUsage(**{**_NO_USAGE, "digital_signature": True}), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                (x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False),
            ],
        )

    def revoke(self, issued: Issued) -> None:
        """Take a certificate back; the bank refuses it and the CRL names it from now on."""
        self._revoked.add(issued.certificate.serial_number)

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Whether :meth:`revoke` was called for this certificate."""
        return certificate.serial_number in self._revoked

    def revocation_list(self, issuer: Issued) -> bytes:
        """The CRL of one CA as PEM (RFC 5280 section 5)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(self.now - timedelta(days=1))
            .next_update(self.now + timedelta(days=30))
        )
        for serial in sorted(self._revoked):
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(self.now - timedelta(days=1))
                .build()
            )
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _root(self, name: x509.Name) -> Issued:
        return self._authority(name, None)

    def _intermediate(self, name: x509.Name, issuer: Issued) -> Issued:
        return self._authority(name, issuer)

    def _authority(self, name: x509.Name, issuer: Issued | None) -> Issued:
        usage = {**_NO_USAGE, "key_cert_sign": True, "crl_sign": True}
        return self._sign(
            name,
            new_key("ec"),
            issuer,
            self.now - timedelta(days=800),
            self.now + timedelta(days=365 * _AUTHORITY_YEARS),
            [
                (x509.BasicConstraints(ca=True, path_length=None), True),
                (x509.KeyUsage(**usage), True),
            ],
        )

    @staticmethod
    def _sign(
        name: x509.Name,
        key: PrivateKey,
        issuer: Issued | None,
        not_before: datetime,
        not_after: datetime,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> Issued:
        signing_key = issuer.key if issuer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.certificate.subject if issuer else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False
            )
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return Issued(builder.sign(signing_key, hashes.SHA256()), key)
