"""A bank's certificates in files and databases, as a person has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import nssdb, pki

from certhelper import banks
from certhelper.bank import Bank

PASSPHRASE = "通帳 file"


@pytest.fixture(scope="session")
def authority() -> pki.Authority:
    """The bank's CA, below a root."""
    return pki.Authority("Example Root").intermediate(pki.ISSUER)


@pytest.fixture(scope="session")
def bank() -> Bank:
    return banks.find(None).bank


@pytest.fixture
def issued(authority: pki.Authority) -> pki.Issued:
    return authority.issue("12345678901234 user01")


@pytest.fixture
def file(tmp_path: Path, issued: pki.Issued) -> Path:
    """A PKCS#12 file with the certificate, its key and its chain."""
    path = tmp_path / "利用者.p12"
    path.write_bytes(issued.pkcs12(PASSPHRASE, name="私の証明書"))
    return path


@pytest.fixture
def database(tmp_path: Path, authority: pki.Authority) -> nssdb.Database:
    """A database with somebody else's certificate in it."""
    return nssdb.make(tmp_path / "nssdb", [(authority.issue("12345678901234 user09"), "user09")])
