"""NSS databases: whose key is there, and every way in which a database can be bad."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from support import nssdb, pki
from support.systems import make_pipe, only_on_linux

from certhelper.stores import child, nss_database
from certhelper.stores.base import Installed, KeyState, StoreReading, StoreStatus
from certhelper.stores.nss import NssStore
from certhelper.stores.nss_database import Entry

EMPTY = b"\xa5\x00\x5a"  # what NSS writes for an attribute of no octets


def read(directory: Path) -> StoreReading:
    return NssStore(directory, lock_wait=0.2).read()


def by_label(reading: StoreReading) -> dict[str, Installed]:
    return {installed.label: installed for installed in reading.installed}


def change(file: Path, statement: str, values: Sequence[object] = ()) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def add_row(directory: Path, **columns: object) -> None:
    """Add a certificate's row to cert9.db, with whatever the columns shall hold."""
    columns = {"id": abs(hash(str(columns))) % 2**30, "a0": b"\0\0\0\1", **columns}
    marks = ", ".join("?" * len(columns))
    change(
        directory / "cert9.db",
        f"INSERT INTO nssPublic ({', '.join(columns)}) VALUES ({marks})",
        list(columns.values()),
    )


@pytest.fixture
def directory(tmp_path: Path, authority: pki.Authority) -> Path:
    """A database with one certificate and its key, made by NSS's tools."""
    nssdb.make(tmp_path / "nssdb", [(authority.issue("with key"), "with key")])
    return tmp_path / "nssdb"


class TestKeys:
    @pytest.mark.parametrize("password", [None, "opensesame"])
    def test_presence(self, tmp_path: Path, authority: pki.Authority, password: str | None) -> None:
        """Each certificate's own key counts, with a password as without; RSA and EC."""
        database = nssdb.make(
            tmp_path / "db",
            [(authority.issue("ec"), "ec"), (authority.issue("rsa", key="rsa"), "rsa")],
            password,
        )
        database.add_certificate(authority.issue("none").der, "none")
        database.trust(authority, "CA")

        found = by_label(read(tmp_path / "db"))

        assert {label: one.key for label, one in found.items()} == {
            "ec": KeyState.PRESENT,
            "rsa": KeyState.PRESENT,
            "none": KeyState.ABSENT,
            "CA": KeyState.ABSENT,
        }
        needs = {label for label, one in found.items() if one.key_needs_user}
        assert needs == ({"ec", "rsa"} if password else set())

    def test_a_public_key_proves_nothing(self, directory: Path) -> None:
        """A public key object stays behind when a key is deleted; it is not taken for the key."""
        change(directory / "key4.db", "DELETE FROM nssPrivate")
        with closing(sqlite3.connect(directory / "cert9.db")) as connection:
            public = connection.execute("SELECT 1 FROM nssPublic WHERE a0 = x'00000002'")
            assert public.fetchone()
        assert by_label(read(directory))["with key"].key is KeyState.ABSENT

    def test_secret_keys_are_no_private_keys(self, directory: Path) -> None:
        """Another object of key4.db with the same identifier is not the key."""
        change(directory / "key4.db", "UPDATE nssPrivate SET a0 = x'00000004'")
        assert by_label(read(directory))["with key"].key is KeyState.ABSENT

    @pytest.mark.parametrize("identifier", [None, b"", EMPTY, 0])
    def test_nothing_does_not_match_nothing(self, directory: Path, identifier: object) -> None:
        """A certificate and a key that both lack their identifier are not tied together."""
        change(directory / "key4.db", "UPDATE nssPrivate SET a102 = ?", [identifier])
        change(directory / "cert9.db", "UPDATE nssPublic SET a102 = ?", [identifier])
        assert by_label(read(directory))["with key"].key is KeyState.ABSENT

    def test_no_key_file(self, directory: Path) -> None:
        """Without key4.db there is no key, and the certificates are listed."""
        (directory / "key4.db").unlink()
        reading = read(directory)
        assert reading.status is StoreStatus.OK
        assert by_label(reading)["with key"].key is KeyState.ABSENT

    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE nssPrivate RENAME TO newer",
            "ALTER TABLE nssPrivate RENAME COLUMN a102 TO newer",
            "ALTER TABLE metaData RENAME TO newer",
        ],
    )
    def test_key_file_of_another_schema(self, directory: Path, statement: str) -> None:
        """Keys that cannot be looked for are unknown, never absent."""
        change(directory / "key4.db", statement)
        reading = read(directory)
        assert reading.status is StoreStatus.OK
        assert by_label(reading)["with key"].key is KeyState.UNKNOWN

    def test_password_row_that_cannot_be_read(self, directory: Path) -> None:
        """The key is there; that it needs the person is said rather than left out."""
        change(directory / "key4.db", "UPDATE metaData SET item2 = x'00' WHERE id = 'password'")
        found = by_label(read(directory))["with key"]
        assert found.key is KeyState.PRESENT
        assert found.key_needs_user


class TestRows:
    @pytest.mark.parametrize("der", [None, b"", EMPTY, b"garbage", "text", 5, b"\x30\x82\xff\xff"])
    def test_a_bad_certificate_is_a_row(self, directory: Path, der: object) -> None:
        """Whatever stands where the certificate should stand, it is listed beside the others."""
        add_row(directory, a11=der, a3=b"bad one", a102=b"12")
        found = by_label(read(directory))
        assert set(found) == {"with key", "bad one"}
        assert found["bad one"].certificate.unread_fields

    def test_empty_ones_are_not_merged(self, directory: Path) -> None:
        """Two rows without octets are two rows."""
        add_row(directory, a11=None, a3=b"first")
        add_row(directory, a11=b"", a3=b"second")
        assert set(by_label(read(directory))) == {"with key", "first", "second"}

    def test_the_same_certificate_twice(self, directory: Path) -> None:
        """One certificate in two rows is listed once, as the one with its key."""
        der = read(directory).installed[0].certificate.der
        add_row(directory, a11=der, a3=b"copy", a102=b"other identifier")
        assert [one.label for one in read(directory).installed] == ["with key"]
        change(directory / "cert9.db", "UPDATE nssPublic SET id = 1 WHERE a3 = x'636f7079'")
        change(directory / "cert9.db", "VACUUM")
        assert [one.label for one in read(directory).installed] == ["with key"]

    @pytest.mark.parametrize(
        ("nickname", "label"),
        [
            ("日本語".encode(), "日本語"),
            (b"\xff\xfe", "��"),
            ("a\u202eb\n\0".encode(), "a[U+202E]b[U+000A][U+0000]"),
            (EMPTY, ""),
            (None, ""),
            (7, ""),
        ],
    )
    def test_labels(self, directory: Path, nickname: object, label: str) -> None:
        """A nickname may hold anything; what is shown is safe."""
        change(directory / "cert9.db", "UPDATE nssPublic SET a3 = ?", [nickname])
        assert read(directory).installed[0].label == label

    @only_on_linux  # NSS's library makes the database
    def test_many(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Some hundred certificates with and without keys, all there."""
        issued = [authority.issue(f"{n}") for n in range(300)]
        nss_database.create(
            tmp_path / "db",
            [
                Entry(one.der, one.key_der if number % 3 else None, f"{number}")
                for number, one in enumerate(issued)
            ],
        )
        found = by_label(read(tmp_path / "db"))
        assert len(found) == 300
        assert all(
            found[f"{number}"].certificate.der == one.der
            and (found[f"{number}"].key is KeyState.PRESENT) == bool(number % 3)
            for number, one in enumerate(issued)
        )


class TestPlaces:
    def test_nothing_there(self, tmp_path: Path) -> None:
        """A folder that does not exist."""
        reading = read(tmp_path / "none")
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "store-not-found")

    def test_a_file(self, tmp_path: Path) -> None:
        """A file in place of the folder."""
        (tmp_path / "file").write_text("x")
        reading = read(tmp_path / "file")
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "not-a-directory")

    def test_old_format(self, tmp_path: Path) -> None:
        """A database of the format before 2014 is named as such."""
        (tmp_path / "cert8.db").write_bytes(b"\0\6\x15\x61")
        (tmp_path / "key3.db").write_bytes(b"\0\6\x15\x61")
        reading = read(tmp_path)
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "database-too-old")

    @pytest.mark.parametrize("name", ["\0", "x" * 5000])
    def test_an_impossible_name(self, name: str) -> None:
        """A name that no file system takes."""
        assert read(Path(name)).status in (StoreStatus.UNAVAILABLE, StoreStatus.FAILED)

    @pytest.mark.parametrize(
        "name",
        ["with space", "it's", 'say "x"', "50%41", "a?mode=rwc", "a#b", "証明書", "a;b'c\\d"],
    )
    def test_any_name(self, directory: Path, name: str) -> None:
        """No character of a folder's name has a meaning."""
        target = directory.parent / name
        shutil.copytree(directory, target)
        assert set(by_label(read(target))) == {"with key"}
        assert set(by_label(NssStore(target).read())) == {"with key"}


class TestDamage:
    @pytest.mark.parametrize(
        ("octets", "reason"),
        [(b"garbage" * 999, "database-damaged"), (b"", "database-unknown-schema")],
    )
    def test_no_database(self, directory: Path, octets: bytes, reason: str) -> None:
        """A certificate file that holds something else, or nothing."""
        (directory / "cert9.db").write_bytes(octets)
        reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, reason)
        assert "cert9.db" in reading.detail or reason == "database-unknown-schema"

    def test_cut_off(self, directory: Path) -> None:
        """A certificate file of which the end is missing."""
        octets = (directory / "cert9.db").read_bytes()
        (directory / "cert9.db").write_bytes(octets[: len(octets) // 3])
        reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "database-damaged")

    @pytest.mark.parametrize("octets", [b"garbage" * 999, None])
    def test_bad_key_file(self, directory: Path, octets: bytes | None) -> None:
        """A bad key file loses no certificate: the keys are unknown, and the reason is given."""
        (directory / "key4.db").unlink()
        if octets is None:
            (directory / "key4.db").mkdir()
        else:
            (directory / "key4.db").write_bytes(octets)
        reading = read(directory)
        assert reading.status is StoreStatus.FAILED
        assert reading.reason == ("file-unreadable" if octets is None else "database-damaged")
        assert by_label(reading)["with key"].key is KeyState.UNKNOWN

    def test_a_folder_as_file(self, directory: Path) -> None:
        """A folder in place of the certificate file."""
        (directory / "cert9.db").unlink()
        (directory / "cert9.db").mkdir()
        reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "file-unreadable")

    def test_a_pipe_as_file(self, directory: Path) -> None:
        """A pipe in place of the file is not waited at."""
        (directory / "cert9.db").unlink()
        make_pipe(directory / "cert9.db")
        reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "file-unreadable")

    def test_an_unfinished_change(self, directory: Path, tmp_path: Path) -> None:
        """A journal that a crashed program left is told as such, and is not touched."""
        with closing(sqlite3.connect(directory / "cert9.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA cache_size = 1")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE nssPublic SET a3 = zeroblob(200000)")
            shutil.copytree(directory, tmp_path / "crashed")
        before = (tmp_path / "crashed" / "cert9.db-journal").read_bytes()

        reading = read(tmp_path / "crashed")

        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "database-interrupted")
        assert (tmp_path / "crashed" / "cert9.db-journal").read_bytes() == before

    def test_a_write_ahead_log(self, directory: Path, tmp_path: Path) -> None:
        """What stands only in a log that a program left is read too."""
        with closing(sqlite3.connect(directory / "cert9.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("UPDATE nssPublic SET a3 = x'6e6577' WHERE a0 = x'00000001'")
            connection.commit()
            assert set(by_label(read(directory))) == {"new"}
            shutil.copytree(directory, tmp_path / "left")
        assert set(by_label(read(tmp_path / "left"))) == {"new"}


class TestLocks:
    def test_certificates_locked(self, directory: Path) -> None:
        """A lock that another process holds ends in the status ``locked``, and only for so long."""
        with nssdb.held(directory / "cert9.db"):
            reading = read(directory)
            assert (reading.status, reading.reason) == (StoreStatus.LOCKED, "database-locked")
        assert read(directory).status is StoreStatus.OK

    def test_keys_locked(self, directory: Path) -> None:
        """With the key file locked the certificates are listed, their keys unknown."""
        with nssdb.held(directory / "key4.db"):
            reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.LOCKED, "database-locked")
        assert by_label(reading)["with key"].key is KeyState.UNKNOWN

    def test_a_reader_does_not_disturb(self, directory: Path) -> None:
        """Another program that only reads stops nobody."""
        with closing(sqlite3.connect(directory / "cert9.db", isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM nssPublic").fetchone()
            assert read(directory).status is StoreStatus.OK


class TestSoftokn:
    """The way out for a schema that is not known."""

    @pytest.fixture
    def disguised(self, directory: Path) -> Path:
        change(directory / "cert9.db", "ALTER TABLE nssPublic RENAME TO newer")
        change(directory / "cert9.db", "CREATE VIEW nssPublic AS SELECT * FROM newer")
        return directory

    @pytest.mark.parametrize("password", [None, "opensesame"])
    def test_nss_reads_it(
        self, tmp_path: Path, authority: pki.Authority, password: str | None
    ) -> None:
        """NSS lists the certificates, and their keys are unknown, not absent."""
        issued = authority.issue("a")
        database = nssdb.make(tmp_path / "db", [(issued, "日本語")], password)
        database.add_certificate(authority.der, "CA")
        change(tmp_path / "db" / "cert9.db", "ALTER TABLE nssPublic RENAME TO newer")
        change(tmp_path / "db" / "cert9.db", "CREATE VIEW nssPublic AS SELECT * FROM newer")

        reading = read(tmp_path / "db")

        assert reading.status is StoreStatus.OK
        found = by_label(reading)
        assert set(found) == {"日本語", "CA"}
        assert found["日本語"].certificate.der == issued.der
        assert {one.key for one in found.values()} == {KeyState.UNKNOWN}

    def test_a_quote_in_the_name(
        self,
        disguised: Path,
        tmp_path: Path,
        authority: pki.Authority,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A folder's name cannot name another database to NSS."""
        nssdb.make(tmp_path / "other", [(authority.issue("other"), "other")])
        monkeypatch.chdir(tmp_path)
        for name in ("x' configdir='sql:other", "other' x='", "x' configdir='sql:other' y='"):
            target = tmp_path / name
            shutil.copytree(disguised, target)
            assert set(by_label(read(target))) == {"with key"}

    def test_no_module_of_the_outside_is_imported(
        self, disguised: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the child imports is neither in the environment's hands nor in the folder's."""
        for folder in (tmp_path, disguised):
            for name in ("ctypes.py", "os.py", "sitecustomize.py"):
                (folder / name).write_text("raise SystemExit('a module of the outside ran')")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.chdir(disguised)
        assert set(by_label(read(disguised))) == {"with key"}

    def test_nss_cannot_read_it_either(self, directory: Path) -> None:
        """Then the reason says that the format is not known, with the words of NSS."""
        change(directory / "cert9.db", "ALTER TABLE nssPublic RENAME TO newer")
        reading = read(directory)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "database-unknown-schema")
        assert reading.detail

    def test_a_missing_column(self, directory: Path) -> None:
        """A column that was renamed is another schema, too."""
        change(directory / "cert9.db", "ALTER TABLE nssPublic RENAME COLUMN a3 TO newer")
        assert all(one.key is KeyState.UNKNOWN for one in read(directory).installed)
        assert read(directory).reason in (None, "database-unknown-schema")

    def test_nss_stays_out_of_this_process(self, disguised: Path) -> None:
        """The library is loaded by the child only."""
        program = (
            "import pathlib, sys\n"
            "from certhelper.stores.nss import NssStore\n"
            "assert len(NssStore(pathlib.Path(sys.argv[1])).read().installed) == 1\n"
            "maps = pathlib.Path('/proc/self/maps').read_text()\n"
            "assert 'libsoftokn' not in maps and 'libnss' not in maps\n"
        )
        subprocess.run([sys.executable, "-c", program, str(disguised)], check=True, timeout=60)


def run_child(script: Path, time_limit: float) -> bytes:
    with child.started([sys.executable, str(script)], time_limit) as process:
        assert process.stdout is not None
        return process.stdout.read()


def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    """A child past its time limit is killed, and that is an error with a reason."""
    script = tmp_path / "hang.py"
    script.write_text("import sys\nwhile True:\n    sys.stdin.read(0)\n")
    with pytest.raises(child.ChildFailedError) as caught:
        run_child(script, 0.3)
    assert caught.value.detail


def test_a_child_that_fails_says_why(tmp_path: Path) -> None:
    """The last line of what a child complains about is the detail."""
    script = tmp_path / "fail.py"
    script.write_text("import sys\nprint('first', file=sys.stderr)\nsys.exit('the reason')\n")
    with pytest.raises(child.ChildFailedError) as caught:
        run_child(script, 20)
    assert caught.value.detail == "the reason"


def test_a_childs_environment_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the outer environment but the search path and the temporary folder gets in."""
    hostile = ("NSS_DEFAULT_DB_TYPE", "SSLKEYLOGFILE", "LD_LIBRARY_PATH", "PYTHONSTARTUP")
    for name in hostile:
        monkeypatch.setenv(name, "/nonexistent")
    script = tmp_path / "environment.py"
    script.write_text("import os\nprint(*sorted(os.environ))\n")
    shown = set(run_child(script, 20).decode().split())
    assert not {name for name in hostile if name in shown}
    if sys.platform != "win32":  # which adds names of its own to those that are handed on
        assert shown - {"PATH", "TMPDIR"} == {"LC_ALL", "NSS_SDB_USE_CACHE", "PYTHONUTF8"}


def test_what_is_imported() -> None:
    """Reading a database loads no slow library, and none that is not needed for it."""
    program = (
        "import pathlib, sys\n"
        "from certhelper.stores.registry import open_store\n"
        "open_store('nss').read()\n"
        "slow = {'cryptography', 'keyring', 'requests', 'PySide6', 'subprocess', 'ctypes'}\n"
        "slow |= {'dataclasses', 'msgspec', 'platformdirs'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
