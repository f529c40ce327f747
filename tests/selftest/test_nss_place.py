"""This PC's own NSS database: what may be put into it, and that nothing else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from support import nssdb, pki
from support.self_test import tree
from support.systems import only_on_linux

from certhelper.demo.authority import Authority, Issued
from certhelper.failures import FailedError
from certhelper.selftest import temporary
from certhelper.selftest.nss_place import NssPlace
from certhelper.selftest.record import Record
from certhelper.stores.base import KeyState

pytestmark = only_on_linux  # NSS

PERSON = "person"

_BROWSER = """
import sys
from certhelper.stores.nss_library import opened
nss = opened(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
sys.exit(nss.shut_down())
"""


@pytest.fixture(scope="module")
def issued() -> Issued:
    return temporary.issue(Authority())


@pytest.fixture
def database(tmp_path: Path) -> nssdb.Database:
    """A database with one certificate of the person."""
    own = pki.Authority().issue("12345678901234 user01")
    return nssdb.make(tmp_path / "nssdb", [(own, PERSON)])


@pytest.fixture
def place(database: nssdb.Database) -> NssPlace:
    return NssPlace(database.directory)


def planned(place: NssPlace, issued: Issued) -> Record:
    record = Record(temporary=b"", state_folders=[])
    place.plan(record, issued.der)
    return record


def test_it_is_there_for_nss_and_for_us(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """NSS's own tool sees certificate and key (``u``), and so does the list; its name tells all."""
    assert place.refusal() is None
    place.put(issued, planned(place, issued))
    assert database.flags() == {PERSON: "u,u,u", temporary.LABEL: "u,u,u"}
    read = {one.certificate.sha256: one for one in place.store.read().installed}
    assert read[issued.sha256].key is KeyState.PRESENT
    assert read[issued.sha256].label == temporary.LABEL


def test_taken_out_again_every_row_is_as_before(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Schema, rows, their order and the signatures of NSS over them; no file is added."""
    (database.directory / "pkcs11.txt").write_text("library=\n")
    before = tree(database.directory)
    record = planned(place, issued)
    place.put(issued, record)
    assert tree(database.directory) != before
    place.remove(record)
    assert tree(database.directory) == before
    place.remove(record)  # a second time, and where it never was
    assert tree(database.directory) == before


def test_only_the_very_certificate_is_taken_out(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Another run's certificate has the same subject and nickname, and stays with its key."""
    other = temporary.issue(Authority())
    place.put(other, planned(place, other))
    before = tree(database.directory)
    record = planned(place, issued)
    place.put(issued, record)
    place.remove(record)
    assert tree(database.directory) == before
    keys = {one.certificate.sha256: one.key for one in place.store.read().installed}
    assert keys[other.sha256] is KeyState.PRESENT


def test_a_key_whose_certificate_never_came_is_taken_out(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Killed between the two: the key is found by the certificate that was written down."""
    before = tree(database.directory)
    record = planned(place, issued)
    place.put(issued, record)
    with closing(connect(database.directory / "cert9.db")) as connection:
        connection.execute("DELETE FROM nssPublic WHERE a11 = ?", (issued.der,))
        connection.commit()
    assert tree(database.directory) != before
    place.remove(record)
    assert tree(database.directory) == before


def test_where_there_is_none_it_is_made_and_removed_with_its_folders(
    tmp_path: Path, issued: Issued
) -> None:
    """A person who never obtained a certificate has no new folder afterwards."""
    place = NssPlace(tmp_path / ".pki" / "nssdb")
    assert place.refusal() is None
    record = planned(place, issued)
    place.put(issued, record)
    assert [one.certificate.sha256 for one in place.store.read().installed] == [issued.sha256]
    place.remove(record)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["opened", "filled"])
def test_a_database_that_a_browser_has_begun_to_use_stays(
    tmp_path: Path, issued: Issued, how: str
) -> None:
    """It was made for the run, but somebody else relies on it by now; only ours goes."""
    place = NssPlace(tmp_path / "nssdb")
    record = planned(place, issued)
    place.put(issued, record)
    if how == "opened":
        (place.directory / "pkcs11.txt").write_text("library=\n")
    else:
        own = pki.Authority().issue("12345678901234 user01")
        nssdb.Database(place.directory).add(own, PERSON)
        (place.directory / "pkcs11.txt").unlink(missing_ok=True)
    place.remove(record)
    left = [one.label for one in place.store.read().installed]
    assert (place.directory / "cert9.db").exists()
    assert left == ([] if how == "opened" else [PERSON])


def test_a_folder_whose_making_was_broken_off_is_removed(tmp_path: Path, issued: Issued) -> None:
    """Killed before NSS had made any file."""
    place = NssPlace(tmp_path / ".pki" / "nssdb")
    record = planned(place, issued)
    place.directory.mkdir(parents=True)
    place.remove(record)
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_undone_is_refused(tmp_path: Path) -> None:
    """A password, a database that never got one, half a database, the old format, no rights."""
    own = pki.Authority().issue("12345678901234 user01")
    refusals = {
        "password": "database-has-password",
        "without-first-password": "database-not-ready",
        "half": "database-not-ready",
        "old": "database-not-ready",
        "broken": "store-not-readable",
    }
    nssdb.make(tmp_path / "password", [(own, PERSON)], password="secret")
    nssdb.make(tmp_path / "half", [(own, PERSON)])
    (tmp_path / "half" / "key4.db").unlink()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "cert8.db").touch()
    nssdb.make(tmp_path / "broken", [(own, PERSON)])
    (tmp_path / "broken" / "key4.db").write_bytes(b"no database")
    nssdb.Database.create(tmp_path / "without-first-password")
    with closing(connect(tmp_path / "without-first-password" / "key4.db")) as connection:
        connection.execute("DELETE FROM metaData WHERE id = 'password'")
        connection.commit()
    assert {name: NssPlace(tmp_path / name).refusal() for name in refusals} == refusals


def test_nss_itself_refuses_a_database_without_its_first_password(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Were it given one, that could not be taken back."""
    with closing(connect(database.directory / "key4.db")) as connection:
        connection.execute("DELETE FROM metaData WHERE id = 'password'")
        connection.commit()
    before = tree(database.directory)
    with pytest.raises(FailedError) as refused:
        place.put(issued, planned(place, issued))
    assert refused.value.code == "selftest-not-put"
    assert "first-password" in refused.value.facts["detail"]
    assert tree(database.directory) == before


def test_a_browser_that_has_it_open_does_not_mind(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Another process of NSS holds the database open for writing all the time."""
    before = tree(database.directory)
    record = planned(place, issued)
    with subprocess.Popen(
        [sys.executable, "-c", _BROWSER, str(database.directory)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as browser:
        assert browser.stdin is not None
        assert browser.stdout is not None
        assert browser.stdout.readline() == b"open\n"
        place.put(issued, record)
        place.remove(record)
        browser.stdin.close()
        assert browser.wait(30) == 0
    assert tree(database.directory) == before


def test_a_database_that_is_being_written_is_not_taken_for_clean(
    place: NssPlace, database: nssdb.Database, issued: Issued
) -> None:
    """Locked by another program for long: a failure with its step, and no half of a certificate."""
    before = tree(database.directory)
    record = planned(place, issued)
    with nssdb.held(database.directory / "key4.db"), pytest.raises(FailedError) as refused:
        place.put(issued, record)
    assert refused.value.code == "selftest-not-put"
    assert tree(database.directory) == before


def test_a_folder_with_a_quote_is_this_folder(tmp_path: Path, issued: Issued) -> None:
    """NSS never sees the name, in which a quote would name another database."""
    own = pki.Authority().issue("12345678901234 user01")
    directory = tmp_path / "a' configDir='sql:elsewhere"
    nssdb.make(directory, [(own, PERSON)])
    place = NssPlace(directory)
    place.put(issued, planned(place, issued))
    assert len(place.store.read().installed) == 2
    assert os.listdir(tmp_path) == [directory.name]  # noqa: PTH208
