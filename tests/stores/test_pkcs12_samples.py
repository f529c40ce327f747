"""PKCS#12 files as each program writes them, and what is odd or hostile in others."""

from __future__ import annotations

import json
import subprocess
import warnings
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12 as library
from support import nssdb, pki
from support.systems import needs_linux

from certhelper.secret import Secret
from certhelper.stores.base import KeyState, StoreReading
from certhelper.stores.pkcs12 import Pkcs12Store, open_file
from certhelper.stores.pkcs12_contents import Pkcs12Error, look_inside
from certhelper.stores.pkcs12_matching import match

FOLDER = Path(__file__).parent / "pkcs12_samples"
SAMPLES: dict[str, dict[str, Any]] = json.loads((FOLDER / "samples.json").read_text("utf-8"))
VECTORS = Path(cryptography_vectors.__file__).parent / "pkcs12"
PASSPHRASE_OF_THE_RFC = "1234"


def no_keyring(file_fingerprint: str) -> Secret | None:
    return None


def secret(characters: str) -> Secret:
    return Secret.from_characters(characters)


def rows(reading: StoreReading) -> dict[str, list[str]]:
    """Return SHA-256 → key state and label."""
    return {one.certificate.sha256: [one.key.value, one.label] for one in reading.installed}


def unlocked(path: Path, passphrase: str) -> StoreReading:
    store = Pkcs12Store(path, no_keyring)
    if passphrase:
        store.unlock(secret(passphrase))
    return store.read()


def of_the_library(octets: bytes, passphrase: str | None) -> library.PKCS12KeyAndCertificates:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return library.load_pkcs12(octets, None if passphrase is None else passphrase.encode())


def ders(found: library.PKCS12KeyAndCertificates) -> set[bytes]:
    held = [found.cert, *found.additional_certs]
    return {
        one.certificate.public_bytes(serialization.Encoding.DER) for one in held if one is not None
    }


@pytest.mark.parametrize("name", SAMPLES)
class TestEveryMaker:
    def test_its_certificates_keys_and_names(self, name: str) -> None:
        """Each certificate has its key and its own name, and the issuer above it is no row."""
        sample = SAMPLES[name]
        reading = unlocked(FOLDER / name, sample["passphrase"])
        expected = {
            sha256: [key, label or name] for sha256, (key, label) in sample["certificates"].items()
        }
        assert rows(reading) == expected
        reasons = [entry.reason for entry in reading.locked_entries]
        assert reasons == ([] if expected else ["file-without-certificate"])

    def test_each_of_them_opens_for_a_log_on(self, name: str) -> None:
        """The certificate that is named comes with its own key and the issuer in the file."""
        sample = SAMPLES[name]
        for sha256, (state, _) in sample["certificates"].items():
            given = secret(sample["passphrase"])
            if state != "present":
                with pytest.raises(Pkcs12Error, match="pkcs12-without-key"):
                    open_file(FOLDER / name, given, no_keyring, sha256)
                continue
            with open_file(FOLDER / name, given, no_keyring, sha256) as opened:
                key = serialization.load_der_private_key(bytes(opened.key), None)
                certificate = x509.load_der_x509_certificate(opened.certificate)
                assert key.public_key() == certificate.public_key()
                assert len(opened.chain) == 1

    def test_a_wrong_passphrase_is_told(self, name: str) -> None:
        """Before: what is needed, unless it opens by itself.  After: that it was wrong."""
        sample = SAMPLES[name]
        store = Pkcs12Store(FOLDER / name, no_keyring)
        reasons = [entry.reason for entry in store.read().locked_entries]
        assert reasons == (["passphrase-needed"] if sample["passphrase"] else [])
        if not reasons:
            return
        assert not store.unlock(secret("wrong"))
        assert [entry.reason for entry in store.read().locked_entries] == ["passphrase-wrong"]
        assert store.unlock(secret(sample["passphrase"]))

    def test_as_the_library_reads_it(self, name: str) -> None:
        """Where cryptography can read a file, ours holds the same certificates."""
        sample = SAMPLES[name]
        octets = (FOLDER / name).read_bytes()
        try:
            theirs = of_the_library(octets, sample["passphrase"] or None)
        except ValueError:
            assert "1.0" in name or "console" in name  # nobody else tries those spellings
            return
        with look_inside(octets, secret(sample["passphrase"])) as contents:
            assert {held.der for held in contents.certificates} == ders(theirs)


def test_certificates_that_are_not_encrypted_are_rows_at_once() -> None:
    """Their keys need the person, and so does the file."""
    for name in ("openssl-open-certificates.p12", "java-open-certificates.p12"):
        reading = Pkcs12Store(FOLDER / name, no_keyring).read()
        assert {one.certificate.sha256 for one in reading.installed} == set(
            SAMPLES[name]["certificates"]
        )
        assert {one.key for one in reading.installed} == {KeyState.NEEDS_USER}
        assert [entry.reason for entry in reading.locked_entries] == ["passphrase-needed"]
        with pytest.raises(Pkcs12Error, match="passphrase-needed"):
            open_file(FOLDER / name, None, no_keyring)


def test_a_certificate_that_is_not_in_the_file() -> None:
    """The file was replaced since it was listed."""
    with pytest.raises(Pkcs12Error, match="pkcs12-without-certificate"):
        open_file(FOLDER / "empty-modern.p12", None, no_keyring, "0" * 64)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (1, None),
        (2, None),
        (3, None),
        (4, "file-damaged"),  # incorrect iteration count
        (5, "file-damaged"),  # incorrect salt
        (6, "file-unreadable"),  # missing key length
    ],
)
def test_pbmac1_as_in_the_rfc(number: int, outcome: str | None) -> None:
    """RFC 9579 appendix A: the valid ones open, and the others do not pass for valid."""
    path = FOLDER / f"rfc9579-a{number}.p12"
    if outcome is None:
        ((state, _),) = rows(unlocked(path, PASSPHRASE_OF_THE_RFC)).values()
        assert state == "present"
        octets = path.read_bytes()
        with look_inside(octets, secret(PASSPHRASE_OF_THE_RFC)) as contents:
            theirs = of_the_library(octets, PASSPHRASE_OF_THE_RFC)
            assert {held.der for held in contents.certificates} == ders(theirs)
        return
    with pytest.raises(Pkcs12Error, match=outcome):
        open_file(path, secret(PASSPHRASE_OF_THE_RFC), no_keyring)


def vectors() -> list[str]:
    return sorted(path.name for path in VECTORS.glob("*.p12"))


@pytest.mark.parametrize("name", vectors())
def test_the_librarys_own_vectors(name: str) -> None:
    """Certificates, names and key of every one are as cryptography reads them."""
    octets = (VECTORS / name).read_bytes()
    for passphrase in (None, "cryptography", "password"):
        try:
            theirs = of_the_library(octets, passphrase)
        except (ValueError, UnsupportedAlgorithm):
            continue
        with look_inside(octets, None if passphrase is None else secret(passphrase)) as contents:
            assert not contents.unread
            assert {held.der for held in contents.certificates} == ders(theirs)
            names = {one.friendly_name for one in (theirs.cert, *theirs.additional_certs) if one}
            shown = {held.name.encode() for held in contents.certificates}
            assert shown - {b""} == names - {None}
            assert bool(contents.keys) == (theirs.key is not None)
            states = [one.state for one in match(contents)]
            own = theirs.key is not None and theirs.cert is not None
            assert states.count(KeyState.PRESENT) == own
        return
    pytest.fail("no passphrase opens it")


def test_a_folder_of_all_of_them(tmp_path: Path) -> None:
    """One folder with every file there is: each is a row or says what it lacks."""
    for path in (*FOLDER.glob("*.p12"), *VECTORS.glob("*.p12")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    reading = Pkcs12Store(tmp_path, no_keyring).read()
    told = {one.where for one in reading.locked_entries}
    told |= {one.store.removeprefix("pkcs12:") for one in reading.installed}
    assert told == {str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "cipher",
    [None, "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC", "DES-EDE3-CBC", "CAMELLIA-256-CBC"],
)
def test_as_nss_writes_it_here(
    tmp_path: Path, authority: pki.Authority, cipher: str | None
) -> None:
    """BER, 600,000 rounds, and the ciphers that pk12util offers; the Japanese nickname stays."""
    needs_linux("NSS's tools")
    issued = authority.issue("12345678901234 user01")
    database = nssdb.make(tmp_path / "nssdb", [(issued, "経理部の証明書")])
    options = () if cipher is None else ("-c", cipher, "-C", cipher)
    subprocess.run(
        [
            *("pk12util", "-o", str(tmp_path / "a.p12"), "-d", "sql:.", *options),
            *("-n", "経理部の証明書", "-W", "Passphrase-1"),
        ],
        cwd=database.directory,
        check=True,
        capture_output=True,
        timeout=60,
    )
    reading = unlocked(tmp_path / "a.p12", "Passphrase-1")
    assert rows(reading) == {issued.sha256: ["present", "経理部の証明書"]}
