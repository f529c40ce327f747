"""NSS databases of many certificates with their keys, made once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certhelper.stores import nss_database
from certhelper.stores.nss_database import Entry

_HOLDERS_OF_A_CONTRACT = 10
ISSUER = (
    (NameOID.COUNTRY_NAME, "JP"),
    (NameOID.ORGANIZATION_NAME, "Example Bank, Ltd."),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Symantec Trust Network"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Class 2 Managed PKI Individual Subscriber CA"),
    (NameOID.COMMON_NAME, "Example Bank Biznet CA - G2"),
)


def database(size: int) -> Path:
    """Return the directory of a database with ``size`` certificates; make it where it is missing.

    A change of this file makes new ones, so that old ones are never measured by mistake.
    """
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = platformdirs.user_cache_path("certhelper") / "benchmarks"
    directory = folder / f"nss-{size}-{recipe}"
    if not directory.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"making a database of {size} certificates …", flush=True)
        unfinished = directory.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        nss_database.create(unfinished, entries(size))
        unfinished.rename(directory)
    return directory


def entries(size: int) -> list[Entry]:
    """Return ``size`` certificates with their keys, ten to a contract."""
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    today = datetime.now(UTC).replace(hour=23, minute=59, second=59, microsecond=0)
    return [_entry(number, issuer_key, today) for number in range(size)]


def _entry(number: int, issuer_key: ec.EllipticCurvePrivateKey, today: datetime) -> Entry:
    """One user's certificate; ends of validity are spread over a year, as renewals are."""
    key = ec.generate_private_key(ec.SECP256R1())
    contract = 10_000_000_000_000 + number // _HOLDERS_OF_A_CONTRACT
    name = f"{contract} user{number % _HOLDERS_OF_A_CONTRACT:02}"
    end = today + timedelta(days=31 + number % 300)
    subject = (*ISSUER[:2], (NameOID.COMMON_NAME, name))
    public_key = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(*pair) for pair in subject]))
        .issuer_name(x509.Name([x509.NameAttribute(*pair) for pair in ISSUER]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=365))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signing_only(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    pkcs8 = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Entry(certificate.public_bytes(der), pkcs8, f"certificate {number:05}")


def signing_only() -> x509.KeyUsage:
    """Return the usage of a key that signs and does nothing else."""
    others = (
        *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(digital_signature=True, **dict.fromkeys(others, False))
