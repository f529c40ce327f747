"""The odd certificates of cryptography's vectors and NIST's PKITS, whole, in every kind of store.

Every certificate is a row, beside a good neighbour that stays what it is; what could not be read is
named; and what is made of it for a person or a program holds.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import jsonschema
import pytest
from support import listings, nssdb, pki
from support import pkcs12_files as made
from support.judge_of_reading import compare, read_everything
from support.systems import needs_linux

from certhelper import listing as listing_module
from certhelper import resources
from certhelper.certificate import Certificate
from certhelper.desktop.arranging import arrange
from certhelper.desktop.details import details_of
from certhelper.desktop.faces import face
from certhelper.desktop.rows import Row, certificates_of
from certhelper.desktop.selection import describe
from certhelper.secret import Secret
from certhelper.stores.base import KeyState, StoreReading
from certhelper.stores.files import FilesStore
from certhelper.stores.nss import NssStore
from certhelper.stores.pkcs12 import Pkcs12Store

VECTORS = Path(cryptography_vectors.__file__).parent
ARMOURED = re.compile(b"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
AT = datetime(2026, 11, 23, tzinfo=UTC)
MEMBERS = {  # of a row's facts, by the name under which they are unread
    "serial": "serial",
    "issuer": "issuer_name",
    "subject": "subject_name",
    "not_before": "not_before",
    "not_after": "not_after",
    "public_key": "public_key",
    "signature_algorithm": "signature_algorithm",
}


NO_CERTIFICATES = re.compile("crl_.*|.*-tbs-precert.*")
"""Names of files with something else in DER; so are whole folders of requests and answers."""

WITH_UNREAD_FIELDS = {
    "badasn1time.pem": {"not_after", "public_key"},  # and an RSA modulus below zero
    "invalid_utf8_common_name.pem": {"issuer", "subject"},
    "invalid_version.pem": {"version"},
    "name_attribute_unsupported_tag.pem": {"issuer", "subject"},
}


@cache
def names() -> dict[bytes, str]:
    """Every different certificate there is, with the name of a file that holds it."""
    found: dict[bytes, str] = {}
    for path in files_of_the_corpus():
        if {"ocsp", "requests"} & set(path.parts) or NO_CERTIFICATES.fullmatch(path.name):
            continue
        if path.suffix in (".der", ".crt", ".cer"):
            found[path.read_bytes()] = path.name
        elif path.suffix == ".pem":
            for block in ARMOURED.findall(path.read_bytes()):
                found[base64.b64decode(block)] = path.name
    return found


def corpus() -> tuple[bytes, ...]:
    return tuple(names())


def fingerprints() -> set[str]:
    return {Certificate(der).sha256 for der in corpus()}


def files_of_the_corpus() -> list[Path]:
    return sorted(path for path in (VECTORS / "x509").rglob("*") if path.is_file())


def no_keyring(file_fingerprint: str) -> Secret | None:
    return None


def check(reading: StoreReading, expected: set[str], neighbour: pki.Issued) -> None:
    """Hold a whole reading to what must be true of it, up to what a person sees."""
    rows = {one.certificate.sha256: one for one in reading.installed}
    assert set(rows) == expected | {neighbour.sha256}
    assert rows[neighbour.sha256].key is KeyState.PRESENT
    assert rows[neighbour.sha256].certificate.unread_fields == ()
    found = listing_module.combine([reading], listings.bank(), AT)
    _check_document(found, expected | {neighbour.sha256})
    _check_window(found, expected | {neighbour.sha256})
    placed = [
        (contract.contract_id, holder.user_id)
        for contract in found.grouped.contracts
        for holder in contract.holders
    ]
    assert placed == [("12345678901234", "user01")]


def _check_document(found: listing_module.Listing, expected: set[str]) -> None:
    document = json.loads(json.dumps(listing_module.document(found)))
    schema = json.loads((resources.folder() / "schemas" / "certhelper.list-1.json").read_text())
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    for row in document["certificates"]:
        assert row["subject"].isprintable()
        assert row["label"].isprintable()
        assert row["usable"] == all(one["severity"] != "blocking" for one in row["reasons"])
        needed = {"not_before", "not_after", "public_key"} & set(row["unread_fields"])
        assert not (needed and row["usable"])
        assert all(one["message"].isprintable() for one in row["reasons"])
    assert {row["sha256"] for row in document["certificates"]} == expected


def _check_window(found: listing_module.Listing, expected: set[str]) -> None:
    shown: set[str] = set()
    for section in arrange(found):
        for row in section.rows:
            shown |= _check_row(row)
    assert shown == expected


def _check_row(row: Row) -> set[str]:
    assert face(row).spoken()
    assert describe(row).title
    for child in row.children:
        _check_row(child)
    judged = certificates_of(row)
    for one in judged:
        assert all(name and value.isprintable() for name, value in details_of(one))
    return {one.installed.certificate.sha256 for one in judged}


def test_there_are_enough_of_them() -> None:
    """PKITS alone has 405."""
    assert len(corpus()) > 500
    assert len(files_of_the_corpus()) > 1700


def test_in_an_nss_database(tmp_path: Path, authority: pki.Authority) -> None:
    """Rows of cert9.db as NSS writes them; NSS itself would refuse many of them."""
    needs_linux("NSS's tools")
    neighbour = authority.issue("12345678901234 user01")
    database = nssdb.make(tmp_path / "nssdb", [(neighbour, "neighbour")])
    with closing(sqlite3.connect(database.directory / "cert9.db")) as connection, connection:
        connection.execute("CREATE TEMP TABLE one AS SELECT * FROM nssPublic WHERE a11 IS NOT NULL")
        for number, der in enumerate(corpus(), 1 << 20):
            connection.execute(
                "UPDATE one SET id = ?, a11 = ?, a3 = ?, a102 = ?",
                (number, der, f"odd {number}".encode(), number.to_bytes(20, "big")),
            )
            connection.execute("INSERT INTO nssPublic SELECT * FROM one")
    reading = NssStore(database.directory).read()
    check(reading, fingerprints(), neighbour)


def test_in_a_folder_of_files(tmp_path: Path, authority: pki.Authority) -> None:
    """All 1,774 files as they are: certificates, and everything that is none."""
    neighbour = authority.issue("12345678901234 user01")
    (tmp_path / "neighbour.pem").write_bytes(neighbour.pem + neighbour.key_pem)
    for number, path in enumerate(files_of_the_corpus()):
        (tmp_path / f"{number}-{path.name}").write_bytes(path.read_bytes())
    reading = FilesStore(tmp_path).read()
    rows = {one.certificate.sha256 for one in reading.installed}
    assert rows >= fingerprints()
    check(reading, rows - {neighbour.sha256}, neighbour)
    assert {entry.reason for entry in reading.locked_entries} <= {
        *("file-unreadable", "no-certificate-inside", "passphrase-needed"),
    }


@pytest.mark.parametrize("passphrase", [None, "Passphrase-1"])
def test_in_one_pkcs12_file(
    tmp_path: Path, authority: pki.Authority, passphrase: str | None
) -> None:
    """All together with the neighbour and its key; none is taken for the chain of another."""
    neighbour = authority.issue("12345678901234 user01")
    raw = None if passphrase is None else passphrase.encode()
    bags = [made.certificate_bag(der) for der in (*corpus(), neighbour.der)]
    certificates = made.data(*bags) if raw is None else made.encrypted_data(raw, *bags)
    octets = made.file(certificates, made.data(made.key_bag(neighbour.key_der)))
    (tmp_path / "all.p12").write_bytes(octets)
    store = Pkcs12Store(tmp_path, no_keyring)
    if passphrase is not None:
        store.unlock(Secret.from_characters(passphrase))
    reading = store.read()
    rows = {one.certificate.sha256 for one in reading.installed}
    chain = fingerprints() - rows
    above = {Certificate(der).issuer_der for der in corpus()}
    assert {one.sha256 for one in map(Certificate, corpus()) if one.subject_der in above} >= chain
    check(reading, rows - {neighbour.sha256}, neighbour)


def test_in_a_folder_of_pkcs12_files(tmp_path: Path, authority: pki.Authority) -> None:
    """One file for each: no chain, so each is a row; and NIST's own files between them."""
    neighbour = authority.issue("12345678901234 user01")
    (tmp_path / "neighbour.p12").write_bytes(neighbour.pkcs12())
    for number, der in enumerate(corpus()):
        (tmp_path / f"{number}.p12").write_bytes(made.of_certificates([der]))
    locked = [path for path in files_of_the_corpus() if path.suffix == ".p12"][:25]
    for path in locked:
        (tmp_path / f"nist-{path.name}").write_bytes(path.read_bytes())
    reading = Pkcs12Store(tmp_path, no_keyring).read()
    assert [entry.reason for entry in reading.locked_entries] == ["passphrase-needed"] * len(locked)
    check(reading, fingerprints(), neighbour)


def test_nists_own_pkcs12_files_open(tmp_path: Path) -> None:
    """A sample of the 405, with NIST's passphrase: RC2-40 and 3DES of an old Windows."""
    for path in [path for path in files_of_the_corpus() if path.suffix == ".p12"][::9]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    store = Pkcs12Store(tmp_path, no_keyring)
    assert store.unlock(Secret.from_characters("password"))
    reading = store.read()
    assert not reading.locked_entries
    assert len({one.store for one in reading.installed}) == len(list(tmp_path.iterdir()))
    # The parameters of a DSA key can stand in its issuer; then the keys cannot be compared.
    assert {one.key for one in reading.installed} <= {KeyState.PRESENT, KeyState.UNKNOWN}
    assert sum(one.key is KeyState.UNKNOWN for one in reading.installed) <= 1


def test_what_could_not_be_read_is_named_field_by_field() -> None:
    """Exactly what is wrong with the few that are; and no value is missing without its name."""
    unread: dict[str, set[str]] = {}
    for der, name in names().items():
        certificate = Certificate(der)
        read_everything(der)
        compare(der)
        for field, member in MEMBERS.items():
            assert (getattr(certificate, member) is None) <= (field in certificate.unread_fields)
        if certificate.unread_fields:
            unread[name] = set(certificate.unread_fields)
    assert unread == WITH_UNREAD_FIELDS


def test_what_is_no_certificate_is_still_a_row_in_a_store() -> None:
    """Revocation lists, requests, texts: any octets in a store's place for a certificate."""
    for path in files_of_the_corpus():
        octets = path.read_bytes()
        compare(octets)
        certificate = Certificate(octets)
        if not certificate.public_key:
            assert "public_key" in certificate.unread_fields
