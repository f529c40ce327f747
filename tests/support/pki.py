"""A small certificate authority for tests: any subject, dates, usages and keys, made quickly."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Subject = str | Sequence[tuple[str, str]] | x509.Name

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH.dotted_string
EMAIL_PROTECTION = ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string

ISSUER: tuple[tuple[str, str], ...] = (
    ("C", "JP"),
    ("O", "Example Bank, Ltd."),
    ("OU", "Symantec Trust Network"),
    ("OU", "Class 2 Managed PKI Individual Subscriber CA"),
    ("CN", "Example Bank Biznet CA - G2"),
)
"""The issuer shape of domain.md."""

_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "UID": NameOID.USER_ID,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
}

_USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "contentCommitment": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}


@dataclass(frozen=True)
class Issued:
    """A certificate with its key and the certificates above it (nearest first, root last)."""

    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @cached_property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def key_der(self) -> bytes:
        """PKCS#8, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @cached_property
    def key_pem(self) -> bytes:
        """PKCS#8, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @cached_property
    def chain_pem(self) -> bytes:
        """The certificate and what is above it without the root, as a server sends them."""
        above = [c for c in self.chain if c.subject != c.issuer]
        return self.pem + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in above)

    @cached_property
    def sha256(self) -> str:
        """Lower-case hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def pkcs12(
        self, passphrase: str | None = None, *, name: str | None = "certificate", chain: bool = True
    ) -> bytes:
        """A PKCS#12 file; with no passphrase it is neither encrypted nor authenticated."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        return pkcs12.serialize_key_and_certificates(
            None if name is None else name.encode(),
            self.key,
            self.certificate,
            self.chain if chain else None,
            encryption,
        )


class Authority:
    """A root, or an intermediate when ``issuer`` is given.  Its key lives in memory only."""

    def __init__(
        self,
        subject: Subject = ISSUER,
        *,
        issuer: Authority | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key: Literal["ec", "rsa"] | PrivateKey = "ec",
    ) -> None:
        own_key = make_key(key)
        start = not_before or _now() - timedelta(days=1000)
        builder = (
            _builder(subject, own_key, start, not_after or start + timedelta(days=7300))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(key_usage(("keyCertSign", "cRLSign")), critical=True)
        )
        signer, name = (own_key, make_name(subject)) if issuer is None else issuer._signer()
        certificate = builder.issuer_name(name).sign(signer, hashes.SHA256())
        self.issued = Issued(certificate, own_key, () if issuer is None else issuer.path)

    @property
    def certificate(self) -> x509.Certificate:
        return self.issued.certificate

    @property
    def der(self) -> bytes:
        return self.issued.der

    @property
    def pem(self) -> bytes:
        return self.issued.pem

    @property
    def path(self) -> tuple[x509.Certificate, ...]:
        """This authority and those above it, root last."""
        return (self.issued.certificate, *self.issued.chain)

    def intermediate(self, subject: Subject) -> Authority:
        return Authority(subject, issuer=self)

    def issue(
        self,
        subject: Subject,
        *,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        usage: Sequence[str] | None = ("digitalSignature",),
        extended: Sequence[str] | None = (CLIENT_AUTH,),
        key: Literal["ec", "rsa"] | PrivateKey = "ec",
        serial: int | None = None,
        hosts: Sequence[str] = (),
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> Issued:
        """Make a leaf certificate.

        ``subject`` is a common name, or pairs such as ``("OU", "…")``, or a ready name.  Without
        dates it is valid from yesterday for 365 days.  ``usage`` are RFC 5280 names,
        ``extended`` dotted OIDs; None leaves the extension out.  ``hosts`` become the subject
        alternative name.  ``extensions`` are added as they are: (extension, critical).
        """
        own_key = make_key(key)
        start = not_before or _now() - timedelta(days=1)
        end = not_after or start + timedelta(days=365)
        builder = _builder(subject, own_key, start, end, serial)
        if usage is not None:
            builder = builder.add_extension(key_usage(usage), critical=True)
        if extended is not None:
            identifiers = [ObjectIdentifier(dotted) for dotted in extended]
            builder = builder.add_extension(x509.ExtendedKeyUsage(identifiers), critical=False)
        if hosts:
            names = [_general_name(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signer, name = self._signer()
        return Issued(builder.issuer_name(name).sign(signer, hashes.SHA256()), own_key, self.path)

    def server(
        self,
        *hosts: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key: Literal["ec", "rsa"] | PrivateKey = "ec",
    ) -> Issued:
        """Make a TLS server's certificate for names and addresses."""
        # RFC 5280 section 4.2.1.1; Python 3.13 insists on it.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issued.key.public_key())
        extensions = [(issuer, False)]
        return self.issue(
            hosts[0],
            not_before=not_before,
            not_after=not_after,
            extended=(SERVER_AUTH,),
            hosts=hosts,
            key=key,
            extensions=extensions,
        )

    def revocation_list(self, *revoked: Issued) -> bytes:
        """Return a CRL in DER, fresh for a day."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(_now() - timedelta(hours=1))
            .next_update(_now() + timedelta(days=1))
        )
        for issued in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(issued.certificate.serial_number)
                .revocation_date(_now() - timedelta(hours=2))
                .build()
            )
        signed = builder.sign(self.issued.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def _signer(self) -> tuple[PrivateKey, x509.Name]:
        return self.issued.key, self.certificate.subject


def make_key(kind: Literal["ec", "rsa"] | PrivateKey) -> PrivateKey:
    """Return a new EC P-256 or RSA 2048 key, or the given one."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return kind


def make_name(subject: Subject) -> x509.Name:
    """Return a name of one common name, of pairs, or the given one."""
    if isinstance(subject, x509.Name):
        return subject
    pairs = (("CN", subject),) if isinstance(subject, str) else subject
    return x509.Name([x509.NameAttribute(_ATTRIBUTES[name], value) for name, value in pairs])


def key_usage(names: Sequence[str]) -> x509.KeyUsage:
    """Return the extension for RFC 5280 bit names."""
    wanted = {_USAGES[name] for name in names}
    return x509.KeyUsage(**{parameter: parameter in wanted for parameter in set(_USAGES.values())})


def _builder(
    subject: Subject, key: PrivateKey, start: datetime, end: datetime, serial: int | None = None
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(make_name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
