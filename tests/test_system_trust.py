"""The roots that this PC trusts, however OpenSSL is told of them."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from support.pki import Authority
from support.systems import only_on_linux

from certhelper import system_trust

pytestmark = only_on_linux


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of roots, and no file of them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    return tmp_path


def test_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file holds is listed."""
    root = Authority("Root")
    file = folder / "roots.pem"
    file.write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert system_trust.roots() == [root.der]


def test_folder(folder: Path) -> None:
    """Of a folder alone OpenSSL lists nothing: the bundle in it is read."""
    roots = [Authority("One"), Authority("Two")]
    (folder / "ca-certificates.crt").write_bytes(b"".join(one.pem for one in roots))
    assert sorted(system_trust.roots()) == sorted(one.der for one in roots)


@pytest.mark.parametrize("octets", [None, b"", b"no certificate"])
def test_nothing_to_be_listed(folder: Path, octets: bytes | None) -> None:
    """No roots are no fault."""
    if octets is not None:
        (folder / "ca-certificates.crt").write_bytes(octets)
    assert system_trust.roots() == []


def test_no_keys_are_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that asks for the keys of every connection in a file is not obeyed."""
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    made = system_trust.context()
    assert not made.keylog_filename
    assert not keys.exists()
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname
