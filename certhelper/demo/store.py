"""The demo's certificate store: a temporary NSS database with every case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.x509.oid import NameOID

from certhelper.demo.authority import Authority
from certhelper.demo.cases import Case
from certhelper.stores import nss_database


def write(directory: Path, authority: Authority, cases: Sequence[Case]) -> None:
    """Make the database with the cases and the CAs that issued them.

    The CAs stand in it so that a chain can be sent to a bank that names only its root.  NSS knows
    certificates of one subject by one nickname, so it is made from the names as browsers do.
    Raises :class:`certhelper.stores.nss_database.DatabaseNotMadeError`.
    """
    entries = [
        (case.issued.der, case.issued.key_der if case.has_key else None, _nickname(case))
        for case in cases
    ]
    issuers = (authority.biznet_g2, authority.biznet_g3, authority.root)
    entries += [(issuer.der, None, f"Example Bank CA {n}") for n, issuer in enumerate(issuers, 1)]
    nss_database.create(directory, entries)


def _nickname(case: Case) -> str:
    certificate = case.issued.certificate
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    organization = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0]
    text = f"{' '.join(str(name.value) for name in names)} - {organization.value!s}"
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def write_files(
    directory: Path, authority: Authority, cases: Sequence[Case], passphrase: bytes
) -> None:
    """Write the cases that have a key as PKCS#12 files, for systems without NSS.

    Raises ``OSError``.
    """
    directory.mkdir(mode=0o700)
    chain = (authority.biznet_g2, authority.biznet_g3, authority.root)
    for case in cases:
        if case.has_key:
            octets = case.issued.pkcs12(case.name, passphrase, chain)
            (directory / f"{case.name}.p12").write_bytes(octets)
