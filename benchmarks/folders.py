"""``certhelper list`` as a whole process on PEM files beside ``certtool -i`` on the same ones.

certtool reads no folder: ``cat`` hands it all files of one.  The certificates are as a managed PKI
issues them to a bank's customers: RSA 2048, with policy, addresses of lists and responders.  Such a
one has twice the text of the small ones of ``benchmarks.databases``, with which the folder is
measured for comparison, too; and so is one file with everything in it, beside ``openssl storeutl``
and Java's ``keytool``.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from benchmarks import databases
from benchmarks.processes import in_turn
from benchmarks.report import Measurement

SIZE = 1_000
_KEYS = 8  # are made; the certificates share them, as making one takes longer than everything else
_BUNDLE = "all.pem"
_SMALL, _FULL = "small", "full"


def measurements(runs: int) -> Iterator[Measurement]:
    """The folder, which has the limit of the issue; then the others."""
    made = folder(SIZE)
    for kind, name, limit in (
        (_FULL, f"list, folder of {SIZE} PEM files", 0.4),
        (_SMALL, f"list, folder of {SIZE} small ones", None),
    ):
        singles = made / kind
        read_all = ["sh", "-c", 'cat "$1"/*.pem | certtool -i', "sh", str(singles)]
        yield _measured(name, singles, "certtool -i", read_all, runs, limit)
    bundle = made / "bundle" / _BUNDLE
    name = f"list, PEM file with {SIZE}"
    certtool = ["certtool", "-i", "--infile", str(bundle)]
    yield _measured(name, bundle, "certtool -i", certtool, runs, None)
    storeutl = ["openssl", "storeutl", "-noout", "-text", str(bundle)]
    yield _measured(name, bundle, "openssl storeutl", storeutl, runs, None)
    keytool = ["keytool", "-printcert", "-file", str(bundle)]
    yield _measured(name, bundle, "keytool -printcert", keytool, runs, None)


def _measured(
    name: str, where: Path, peer_name: str, command: list[str], runs: int, limit: float | None
) -> Measurement:
    # Nobody is asked about revocation: certtool asks nobody, either.
    ours = [sys.executable, "-m", "certhelper", "list", "--offline", "--store", f"files:{where}"]
    mine, peer = in_turn(ours, command, runs)
    memory = (max(one.mebibytes for one in mine), max(one.mebibytes for one in peer))
    times = [one.seconds for one in mine], [one.seconds for one in peer]
    return Measurement(name, times[0], peer_name, times[1], limit, memory)


def folder(size: int) -> Path:
    """Return a folder with folders of ``size`` files, and one file with all; made where missing.

    A change of the recipe makes new ones, so that old ones are never measured by mistake.
    """
    recipes = b"".join(Path(file).read_bytes() for file in (__file__, databases.__file__))
    parent = platformdirs.user_cache_path("certhelper") / "benchmarks"
    directory = parent / f"pem-{size}-{hashlib.sha256(recipes).hexdigest()[:12]}"
    if not directory.is_dir():
        print(f"making {size} PEM files …", flush=True)
        unfinished = directory.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        small = [x509.load_der_x509_certificate(one.certificate) for one in databases.entries(size)]
        full = _issued(size)
        for kind, certificates in ((_SMALL, small), (_FULL, full)):
            (unfinished / kind).mkdir(parents=True)
            for number, one in enumerate(certificates):
                file = unfinished / kind / f"certificate-{number:05}.pem"
                file.write_bytes(one.public_bytes(Encoding.PEM))
        (unfinished / "bundle").mkdir()
        everything = b"".join(one.public_bytes(Encoding.PEM) for one in full)
        (unfinished / "bundle" / _BUNDLE).write_bytes(everything)
        unfinished.rename(directory)
    return directory


def _issued(size: int) -> list[x509.Certificate]:
    issuer, *keys = [rsa.generate_private_key(65537, 2048) for _ in range(1 + _KEYS)]
    today = datetime.now(UTC).replace(hour=23, minute=59, second=59, microsecond=0)
    return [_certificate(number, keys[number % _KEYS], issuer, today) for number in range(size)]


def _certificate(
    number: int, key: rsa.RSAPrivateKey, issuer: rsa.RSAPrivateKey, today: datetime
) -> x509.Certificate:
    end = today + timedelta(days=31 + number % 300)
    common_name = f"{10_000_000_000_000 + number // 10} user{number % 10:02}"
    subject = (*databases.ISSUER[:2], (NameOID.COMMON_NAME, common_name))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(*pair) for pair in subject]))
        .issuer_name(x509.Name([x509.NameAttribute(*pair) for pair in databases.ISSUER]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=365))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(databases.signing_only(), critical=True)
    )
    for extension in _others(key.public_key(), issuer.public_key()):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer, hashes.SHA256())


def _others(key: rsa.RSAPublicKey, issuer: rsa.RSAPublicKey) -> Iterator[x509.ExtensionType]:
    yield x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    yield x509.SubjectKeyIdentifier.from_public_key(key)
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer)
    list_ = x509.UniformResourceIdentifier("http://crl.example.jp/ExampleBankBiznetCAG2/latest.crl")
    yield x509.CRLDistributionPoints([x509.DistributionPoint([list_], None, None, None)])
    responder = x509.UniformResourceIdentifier("http://ocsp.example.jp")
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, responder)
    yield x509.AuthorityInformationAccess([access])
    policy = x509.ObjectIdentifier("2.16.840.1.113733.1.7.23.2")
    yield x509.CertificatePolicies([x509.PolicyInformation(policy, ["https://www.example.jp/rpa"])])
