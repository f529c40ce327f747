"""One contract for every kind of store."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import nssdb, pki, softhsm, windows_store

from certhelper import texts
from certhelper.secret import Secret
from certhelper.stores.base import KeyState, Store, StoreStatus
from certhelper.stores.registry import kinds, open_store, stores_of_this_pc
from certhelper.windows.certificate_store import Place
from certhelper.windows.crypt32 import CERT_FRIENDLY_NAME_PROP_ID

FOLDER = 'it\'s a "folder" ?#%41 証明書' if sys.platform != "win32" else "it's a folder #%41 証明書"


@dataclass(frozen=True)
class Case:
    """A store, what it must show, and the folder that reading must leave as it is."""

    specification: str
    folder: Path
    status: StoreStatus = StoreStatus.OK
    reason: str | None = None
    certificates: frozenset[str] = frozenset()
    keys: frozenset[KeyState] = frozenset()
    locked: frozenset[str] = frozenset()
    passphrase: str | None = None
    undo: Callable[[], None] = lambda: None

    def open(self) -> Store:
        if self.passphrase is None:
            return open_store(self.specification)
        with Secret.from_characters(self.passphrase) as secret:
            return open_store(self.specification, secret)


Builder = Callable[[Path, pki.Authority], Case]


def nss_database(folder: Path, authority: pki.Authority) -> Case:
    issued = [authority.issue(f"1234567890123{n} user") for n in range(3)]
    nssdb.make(folder, [(one, f"nick {n}") for n, one in enumerate(issued)])
    return Case(
        f"nss:{folder}",
        folder,
        certificates=frozenset(one.sha256 for one in issued),
        keys=frozenset({KeyState.PRESENT}),
    )


def nss_database_with_password(folder: Path, authority: pki.Authority) -> Case:
    issued = authority.issue("12345678901234 user")
    nssdb.make(folder, [(issued, "a")], "password")
    return Case(
        f"nss:{folder}",
        folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.PRESENT}),
    )


def nss_database_of_another_schema(folder: Path, authority: pki.Authority) -> Case:
    issued = authority.issue("12345678901234 user")
    nssdb.make(folder, [(issued, "a")])
    disguise(folder)
    return Case(
        f"nss:{folder}",
        folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.UNKNOWN}),
    )


def nss_empty_folder(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    return Case(f"nss:{folder}", folder, StoreStatus.UNAVAILABLE, "no-database")


def nss_garbage(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    (folder / "cert9.db").write_bytes(b"garbage" * 1000)
    return Case(f"nss:{folder}", folder, StoreStatus.FAILED, "database-damaged")


def pkcs12_file(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    issued = authority.issue("12345678901234 user")
    (folder / "one.p12").write_bytes(issued.pkcs12("secret"))
    return Case(
        f"pkcs12:{folder}/one.p12",
        folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.PRESENT}),
        passphrase="secret",
    )


def pkcs12_folder(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    opened = authority.issue("12345678901234 open")
    (folder / "open.PFX").write_bytes(opened.pkcs12())
    (folder / "closed.p12").write_bytes(authority.issue("closed").pkcs12("secret"))
    (folder / "garbage.p12").write_bytes(b"garbage")
    (folder / "other.txt").write_bytes(b"no certificate")
    return Case(
        f"pkcs12:{folder}",
        folder,
        certificates=frozenset({opened.sha256}),
        keys=frozenset({KeyState.PRESENT}),
        locked=frozenset({"passphrase-needed", "file-unreadable"}),
    )


def pem_folder(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    issued = [authority.issue(f"1234567890123{n} user") for n in range(2)]
    (folder / "all.pem").write_bytes(b"".join(one.pem + one.key_pem for one in issued))
    (folder / "broken.crt").write_bytes(issued[0].pem[:-40])
    (folder / "other.txt").write_bytes(b"no certificate")
    return Case(
        f"files:{folder}",
        folder,
        certificates=frozenset(one.sha256 for one in issued),
        keys=frozenset({KeyState.PRESENT}),
        locked=frozenset({"file-unreadable"}),
    )


def der_file(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    issued = authority.issue("12345678901234 user")
    (folder / "one.cer").write_bytes(issued.der)
    return Case(
        f"files:{folder / 'one.cer'}",
        folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.ABSENT}),
    )


def token(folder: Path, authority: pki.Authority) -> Case:
    tokens, undo = software_tokens(folder)
    made = tokens.make_token("card")
    issued = [authority.issue(f"1234567890123{n} user") for n in range(2)]
    for number, one in enumerate(issued):
        tokens.add(made, one, f"name {number}")
    return Case(
        f"pkcs11:{softhsm.MODULE}",
        tokens.folder,
        certificates=frozenset(one.sha256 for one in issued),
        keys=frozenset({KeyState.NEEDS_USER}),
        undo=undo,
    )


def token_by_its_serial_number(folder: Path, authority: pki.Authority) -> Case:
    tokens, undo = software_tokens(folder)
    made, other = tokens.make_token("card"), tokens.make_token("other card")
    issued = authority.issue("12345678901234 user")
    tokens.add(other, issued)
    tokens.add(made, issued, "")
    return Case(
        f"pkcs11:{softhsm.MODULE}#{made.serial}",
        tokens.folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.NEEDS_USER}),
        undo=undo,
    )


def module_that_is_none(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    (folder / "module.so").write_bytes(b"garbage")
    where = folder / "module.so"
    return Case(f"pkcs11:{where}", folder, StoreStatus.FAILED, "module-not-loadable")


def software_tokens(folder: Path) -> tuple[softhsm.SoftHsm, Callable[[], None]]:
    """SoftHSM in a folder beside ``folder``: its configuration takes no special characters."""
    tokens = softhsm.SoftHsm(folder.parent / "tokens")
    before = {name: os.environ.get(name) for name in tokens.environment}
    os.environ.update(tokens.environment)

    def undo() -> None:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

    return tokens, undo


def kind_of_another_system(folder: Path, authority: pki.Authority) -> Case:
    folder.mkdir()
    kind = "macos" if sys.platform == "win32" else "windows"
    return Case(kind, folder, StoreStatus.UNAVAILABLE, "other-system")


def windows_store_of_the_person(folder: Path, authority: pki.Authority) -> Case:
    issued = [windows_store.issue(authority, f"1234567890123{n} user") for n in range(2)]
    stores = windows_store.Filled()
    for number, one in enumerate(issued):
        stores.put(one, f"name {number}")
    return Case(
        "windows",
        folder,
        certificates=frozenset(one.sha256 for one in issued),
        keys=frozenset({KeyState.PRESENT}),
        undo=stores.remove_all,
    )


def windows_store_of_the_computer(folder: Path, authority: pki.Authority) -> Case:
    issued = authority.issue("12345678901234 user")
    stores = windows_store.Filled()
    properties = {CERT_FRIENDLY_NAME_PROP_ID: windows_store.wide("name")}
    stores.put_bare(issued.der, properties, Place.LOCAL_MACHINE)
    return Case(
        "windows:LocalMachine",
        folder,
        certificates=frozenset({issued.sha256}),
        keys=frozenset({KeyState.ABSENT}),
        undo=stores.remove_all,
    )


OF_THIS_SYSTEM: list[Builder] = (
    [windows_store_of_the_person, windows_store_of_the_computer]
    if sys.platform == "win32"
    else [token, token_by_its_serial_number]
)


def disguise(directory: Path) -> None:
    """Give cert9.db another schema that NSS itself can still read."""
    with closing(sqlite3.connect(directory / "cert9.db")) as connection, connection:
        connection.execute("ALTER TABLE nssPublic RENAME TO newer")
        connection.execute("CREATE VIEW nssPublic AS SELECT * FROM newer")


def state_of(folder: Path) -> dict[str, str]:
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return found | (windows_store.state() if sys.platform == "win32" else {})


@pytest.fixture(
    params=[
        nss_database,
        nss_database_with_password,
        nss_database_of_another_schema,
        nss_empty_folder,
        nss_garbage,
        pkcs12_file,
        pkcs12_folder,
        pem_folder,
        der_file,
        module_that_is_none,
        kind_of_another_system,
        *OF_THIS_SYSTEM,
    ],
    ids=lambda builder: builder.__name__,
)
def case(
    request: pytest.FixtureRequest, tmp_path: Path, authority: pki.Authority
) -> Iterator[Case]:
    builder: Builder = request.param
    made = builder(tmp_path / FOLDER, authority)
    yield made
    made.undo()


class TestEveryKind:
    def test_shows_what_is_there(self, case: Case) -> None:
        """Every certificate is a row with its own fingerprint, and nothing else is."""
        reading = case.open().read()
        assert (reading.status, reading.reason) == (case.status, case.reason)
        shown = [installed.certificate for installed in reading.installed]
        assert {one.sha256 for one in shown} == case.certificates
        assert len(shown) == len(case.certificates)
        assert all(one.sha256 == hashlib.sha256(one.der).hexdigest() for one in shown)
        assert {installed.key for installed in reading.installed} == case.keys
        assert {entry.reason for entry in reading.locked_entries} == case.locked

    def test_reads_the_same_twice(self, case: Case) -> None:
        """Nothing that a reading does changes the next one, nor another object's."""
        store = case.open()
        first, second, other = store.read(), store.read(), case.open().read()
        assert first.installed == second.installed == other.installed
        assert first.locked_entries == second.locked_entries == other.locked_entries

    def test_leaves_the_store_alone(self, case: Case) -> None:
        """Not an octet of the store changes, and nothing new lies beside it."""
        before = state_of(case.folder)
        case.open().read()
        assert state_of(case.folder) == before

    def test_says_who_it_is(self, case: Case) -> None:
        """The store and its reading agree, and the name leads back to the same store."""
        store = case.open()
        reading = store.read()
        assert (reading.kind, reading.where) == (store.kind, store.where)
        again = open_store(reading.name)
        assert (again.kind, again.where) == (store.kind, store.where)

    def test_a_row_names_where_it_is(self, case: Case) -> None:
        """``--store`` with a row's store finds this row."""
        for installed in case.open().read().installed:
            assert installed.store.startswith(f"{case.open().kind}:{case.open().where}")
            store = open_store(installed.store)
            if case.passphrase is None:
                assert installed in store.read().installed

    def test_reasons_have_words(self, case: Case) -> None:
        """Each reason has a sentence in both languages, without gaps to be filled."""
        reading = case.open().read()
        assert (reading.reason is None) == (reading.status is StoreStatus.OK)
        reasons = [reading.reason, *(entry.reason for entry in reading.locked_entries)]
        for reason in filter(None, reasons):
            for language in ("ja", "en"):
                sentence = texts.area("stores")[reason][language]
                assert sentence.strip()
                assert "{" not in sentence

    def test_labels_are_safe_to_show(self, case: Case) -> None:
        """No label can hide or reorder anything."""
        reading = case.open().read()
        labels = [installed.label for installed in reading.installed]
        labels += [entry.label for entry in reading.locked_entries]
        assert all(label and label.isprintable() for label in labels)

    def test_took_time(self, case: Case) -> None:
        """The time of a reading is given, never negative."""
        assert case.open().read().read_ms >= 0


def test_every_kind_has_its_case(case: Case) -> None:
    """What ``kinds`` calls usable is read, and what it calls unusable says the same reason."""
    availability = kinds()[case.open().kind]
    assert availability.usable == (case.reason != "other-system")
    if not availability.usable:
        assert case.open().read().reason == availability.reason


def test_stores_of_this_pc_hold_to_it() -> None:
    """The stores that nobody named read without an exception and lead back by name."""
    for store in stores_of_this_pc():
        reading = store.read()
        again = open_store(reading.name)
        assert (again.kind, again.where) == (store.kind, store.where)


def test_every_text_is_whole() -> None:
    """Every entry of stores.toml has both languages."""
    for name, entry in texts.area("stores").items():
        assert set(entry) == {"ja", "en"}, name
        assert all(entry.values()), name
