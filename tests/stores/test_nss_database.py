"""Databases made and copied by us, looked at by NSS's own tools."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from support import nssdb, pki
from support.systems import only_on_linux

from certhelper.secret import Secret
from certhelper.stores import nss_database
from certhelper.stores.nss_database import (
    DatabaseNotCopiedError,
    DatabaseNotMadeError,
    Entry,
    PasswordState,
    password_state,
)

pytestmark = only_on_linux  # NSS's library makes every database here
AWKWARD = "it's a \"folder\" ?#%41 証明書 'sql:x"


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority()


def entry(issued: pki.Issued, nickname: str) -> Entry:
    return Entry(issued.der, issued.key_der, nickname)


def classes(file: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute(f"SELECT DISTINCT hex(a0) FROM {table}")}


def old_password_row(password: bytes) -> tuple[bytes, bytes]:
    """Return (item1, item2) as NSS before 3.48 wrote them: PBE-SHA1-3DES, one iteration."""
    global_salt, entry_salt = os.urandom(20), os.urandom(20)

    def mac(key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, "sha1")

    key = hashlib.sha1(hashlib.sha1(global_salt + password).digest() + entry_salt).digest()
    derived = mac(key, entry_salt * 2) + mac(key, mac(key, entry_salt) + entry_salt)
    encryptor = Cipher(TripleDES(derived[:24]), modes.CBC(derived[-8:])).encryptor()
    encrypted = encryptor.update(b"password-check\x02\x02") + encryptor.finalize()
    return global_salt, bytes.fromhex(
        f"303c3028060b2a864886f70d010c05010330190414{entry_salt.hex()}0201010410{encrypted.hex()}"
    )


class TestCreate:
    @pytest.mark.parametrize("password", [None, "opensesame"])
    def test_nss_finds_the_keys(
        self, tmp_path: Path, authority: pki.Authority, password: str | None
    ) -> None:
        """NSS's own tools see RSA and EC certificates as the person's, with their keys."""
        directory = tmp_path / AWKWARD
        ec, rsa = authority.issue("ec"), authority.issue("rsa", key="rsa")
        secret = None if password is None else Secret.from_characters(password)

        nss_database.create(
            directory,
            [
                entry(ec, "楕円曲線"),
                Entry(rsa.der, bytearray(rsa.key_der), "rsa"),
                Entry(authority.der, None, "issuer"),
            ],
            secret,
        )

        database = nssdb.Database(directory, password)
        assert database.flags() == {"楕円曲線": "u,u,u", "rsa": "u,u,u", "issuer": ",,"}
        assert sorted(database.keys()) == ["rsa", "楕円曲線"]

    def test_modes(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Nobody else can read what holds a key."""
        directory = tmp_path / "new" / "database"
        nss_database.create(directory, [entry(authority.issue("a"), "a")])

        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in directory.iterdir()}
        assert modes == {"cert9.db": 0o600, "key4.db": 0o600}

    def test_many(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Some hundred entries, and the file has NSS's own indexes only."""
        entries = [entry(authority.issue(f"many {n}"), f"n{n}") for n in range(150)]
        nss_database.create(tmp_path / "db", entries)

        assert set(nssdb.Database(tmp_path / "db").flags().values()) == {"u,u,u"}
        with closing(sqlite3.connect(tmp_path / "db" / "cert9.db")) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type='index'")
            assert not [name for (name,) in names if "certhelper" in name]

    def test_empty(self, tmp_path: Path) -> None:
        """A database with nothing in it is a database."""
        nss_database.create(tmp_path / "db", [])
        assert nssdb.Database(tmp_path / "db").flags() == {}

    def test_a_refused_entry_is_named(self, tmp_path: Path, authority: pki.Authority) -> None:
        """What NSS does not take is told by its nickname, with NSS's error number."""
        good = authority.issue("good")
        with pytest.raises(DatabaseNotMadeError) as caught:
            nss_database.create(
                tmp_path / "db", [entry(good, "good"), Entry(b"garbage", None, "bad one")]
            )
        assert caught.value.code == "nss-database-not-made"
        assert caught.value.facts["step"] == "certificate"
        assert caught.value.facts["nickname"] == "bad one"
        assert int(caught.value.facts["error"]) < 0
        assert list((tmp_path / "db").iterdir()) == []

    def test_a_refused_key_is_named(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A key that is none is told; its octets are not."""
        with pytest.raises(DatabaseNotMadeError) as caught:
            nss_database.create(
                tmp_path / "db", [Entry(authority.issue("a").der, b"not a key" * 9, "x")]
            )
        assert caught.value.facts["step"] == "key"
        assert "not a key" not in str(caught.value.facts)

    def test_an_existing_one_is_left_alone(self, tmp_path: Path) -> None:
        """A database is never overwritten."""
        nssdb.Database.create(tmp_path / "db")
        before = (tmp_path / "db" / "key4.db").read_bytes()
        with pytest.raises(FileExistsError):
            nss_database.create(tmp_path / "db", [])
        assert (tmp_path / "db" / "key4.db").read_bytes() == before

    def test_nss_never_enters_this_process(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A process that made a database has no NSS library loaded (the browser needs its own)."""
        program = (
            "import sys, pathlib\n"
            "from certhelper.stores import nss_database\n"
            "nss_database.create(pathlib.Path(sys.argv[1]), [])\n"
            "maps = pathlib.Path('/proc/self/maps').read_text()\n"
            "assert 'libnss3' not in maps and 'libsoftokn' not in maps\n"
        )
        directory = str(tmp_path / "db")
        subprocess.run([sys.executable, "-c", program, directory], check=True, timeout=60)


class TestPrivateCopy:
    @pytest.mark.parametrize("password", [None, "opensesame"])
    def test_keys_come_along_and_trust_does_not(
        self, tmp_path: Path, authority: pki.Authority, password: str | None
    ) -> None:
        """The copy works as the original does, but its CA is trusted for nothing."""
        database = nssdb.make(tmp_path / AWKWARD, [(authority.issue("a"), "a")], password)
        database.trust(authority, "evil root")
        assert "CE534353" in classes(database.directory / "cert9.db", "nssPublic")

        nss_database.private_copy(database.directory, tmp_path / "home" / "nssdb")

        copy = nssdb.Database(tmp_path / "home" / "nssdb", password)
        assert classes(copy.directory / "cert9.db", "nssPublic") <= {"00000001", "00000002"}
        assert classes(copy.directory / "key4.db", "nssPrivate") == {"00000003"}
        assert copy.flags() == {"a": "u,u,u", "evil root": ",,"}
        assert copy.keys() == ["a"]

    def test_trust_of_every_kind_goes(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Trust under a class that NSS got later, and trust put into the key file, goes too."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        for file, table in (("cert9.db", "nssPublic"), ("key4.db", "nssPrivate")):
            with closing(sqlite3.connect(database.directory / file)) as connection, connection:
                for number, octets in enumerate((b"\0\0\0\x0b", b"\xce\x53\x43\x53", "text", None)):
                    connection.execute(
                        f"INSERT INTO {table} (id, a0) VALUES (?, ?)", (number, octets)
                    )

        nss_database.private_copy(database.directory, tmp_path / "copy")

        assert classes(tmp_path / "copy" / "cert9.db", "nssPublic") <= {"00000001", "00000002"}
        assert classes(tmp_path / "copy" / "key4.db", "nssPrivate") == {"00000003"}

    def test_files_and_modes(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Only the two databases are copied, and for nobody else's eyes."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        (database.directory / "cert9.db").chmod(0o644)
        assert (database.directory / "pkcs11.txt").exists()

        nss_database.private_copy(database.directory, tmp_path / "copy")

        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "copy").iterdir()}
        assert modes == {"cert9.db": 0o600, "key4.db": 0o600}
        assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700

    def test_a_trigger_is_refused(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A database that carries programs of its own is not copied, and nothing is left."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        with closing(sqlite3.connect(database.directory / "cert9.db")) as connection, connection:
            connection.execute(
                "CREATE TRIGGER back AFTER DELETE ON nssPublic BEGIN"
                " INSERT INTO nssPublic (id, a0) VALUES (7, x'ce534353'); END"
            )
        with pytest.raises(DatabaseNotCopiedError) as caught:
            nss_database.private_copy(database.directory, tmp_path / "copy")
        assert caught.value.code == "store-unreadable"
        assert list((tmp_path / "copy").iterdir()) == []

    @pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
    def test_a_lock_ends_in_a_reason(
        self, tmp_path: Path, authority: pki.Authority, name: str
    ) -> None:
        """A lock that another process holds is told, not waited for; no half copy stays."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        with (
            nssdb.held(database.directory / name),
            pytest.raises(DatabaseNotCopiedError) as caught,
        ):
            nss_database.private_copy(database.directory, tmp_path / "copy", lock_wait=0.2)
        assert caught.value.code == "store-in-use"
        assert list((tmp_path / "copy").iterdir()) == []

    def test_what_a_log_file_still_holds_comes_along(
        self, tmp_path: Path, authority: pki.Authority
    ) -> None:
        """A change that stands only in SQLite's write-ahead log is in the copy."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        with closing(sqlite3.connect(database.directory / "cert9.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "UPDATE nssPublic SET a3 = CAST('renamed' AS BLOB) WHERE a3 = CAST('a' AS BLOB)"
            )
            connection.commit()
            assert (database.directory / "cert9.db-wal").stat().st_size

            nss_database.private_copy(database.directory, tmp_path / "copy")

        assert nssdb.Database(tmp_path / "copy").flags() == {"renamed": "u,u,u"}
        assert {p.name for p in (tmp_path / "copy").iterdir()} == {"cert9.db", "key4.db"}

    def test_no_database(self, tmp_path: Path) -> None:
        """A folder without one is told as unreadable."""
        (tmp_path / "source").mkdir()
        with pytest.raises(DatabaseNotCopiedError) as caught:
            nss_database.private_copy(tmp_path / "source", tmp_path / "copy")
        assert caught.value.code == "store-unreadable"

    def test_an_existing_one_is_left_alone(self, tmp_path: Path, authority: pki.Authority) -> None:
        """The target's own database is never overwritten, nor removed by the failure."""
        database = nssdb.make(tmp_path / "source", [(authority.issue("a"), "a")])
        for name in ("cert9.db", "key4.db"):
            target = tmp_path / name
            target.mkdir()
            (target / name).write_text("somebody's")
            with pytest.raises(FileExistsError):
                nss_database.private_copy(database.directory, target)
            assert [path.name for path in target.iterdir()] == [name]
            assert (target / name).read_text() == "somebody's"


class TestPasswordState:
    @pytest.mark.parametrize(
        ("password", "state"), [(None, PasswordState.NONE), ("secret", PasswordState.SET)]
    )
    def test_as_certutil_makes_it(
        self, tmp_path: Path, password: str | None, state: PasswordState
    ) -> None:
        """The empty password counts as none."""
        nssdb.Database.create(tmp_path / AWKWARD, password)
        assert password_state(tmp_path / AWKWARD) is state

    @pytest.mark.parametrize(
        ("password", "state"), [(None, PasswordState.NONE), ("secret", PasswordState.SET)]
    )
    def test_as_we_make_it(
        self, tmp_path: Path, password: str | None, state: PasswordState
    ) -> None:
        """Our own databases and their copies say the same."""
        secret = None if password is None else Secret.from_characters(password)
        nss_database.create(tmp_path / "db", [], secret)
        nss_database.private_copy(tmp_path / "db", tmp_path / "copy")
        assert password_state(tmp_path / "db") is state
        assert password_state(tmp_path / "copy") is state

    @pytest.mark.parametrize(
        ("password", "state"), [("", PasswordState.NONE), ("secret", PasswordState.SET)]
    )
    def test_as_old_nss_made_it(self, tmp_path: Path, password: str, state: PasswordState) -> None:
        """Before NSS 3.48 one iteration was all there was, so the iterations alone do not tell."""
        database = nssdb.Database.create(tmp_path / "db")
        with closing(sqlite3.connect(tmp_path / "db" / "key4.db")) as connection, connection:
            connection.execute(
                "UPDATE metaData SET item1 = ?, item2 = ? WHERE id = 'password'",
                old_password_row(password.encode()),
            )
        assert nssdb.Database(database.directory, password).accepts_password()
        asks = not nssdb.Database(database.directory, "another").accepts_password()
        assert asks is bool(password)  # NSS tries the empty password by itself

        assert password_state(tmp_path / "db") is state

    def test_unreadable(self, tmp_path: Path) -> None:
        """No folder, no file, garbage: unknown, and no exception."""
        assert password_state(tmp_path / "none") is PasswordState.UNKNOWN
        (tmp_path / "key4.db").write_bytes(os.urandom(5000))
        assert password_state(tmp_path) is PasswordState.UNKNOWN

    @pytest.mark.parametrize("item", [b"", b"\x30", b"\x30\x84\xff", b"\x02\x01\x05", None, 7])
    def test_a_row_that_is_none(self, tmp_path: Path, item: object) -> None:
        """A password row that cannot be read: unknown."""
        nssdb.Database.create(tmp_path / "db")
        with closing(sqlite3.connect(tmp_path / "db" / "key4.db")) as connection, connection:
            connection.execute("UPDATE metaData SET item2 = ? WHERE id = 'password'", (item,))
        assert password_state(tmp_path / "db") is PasswordState.UNKNOWN
