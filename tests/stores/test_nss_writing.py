"""An NSS database is changed whole or not at all, and never past another program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from support import nssdb, pki
from support.self_test import tree
from support.systems import only_on_linux

from certhelper import signals
from certhelper.secret import Secret
from certhelper.stores import nss_writing
from certhelper.stores.base import NOTHING_OBTAINED, KeyState, StoreStatus
from certhelper.stores.nss import NssStore
from certhelper.stores.nss_files import WORK_FOLDER
from certhelper.stores.nss_lock import NotWrittenError, locked
from certhelper.stores.nss_writing import NewEntry, changing

pytestmark = only_on_linux  # NSS

WAIT = 0.2  # seconds


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority()


@pytest.fixture
def database(tmp_path: Path, authority: pki.Authority) -> nssdb.Database:
    own = authority.issue("12345678901234 user01")
    return nssdb.make(tmp_path / "a 'b\" 証明書 sql:x", [(own, "person")])


def entry(authority: pki.Authority, name: str = "new") -> NewEntry:
    one = authority.issue(f"12345678901234 {name}")
    return NewEntry(one.der, one.key_der, name)


def code_of(database: nssdb.Database, *entries: NewEntry) -> str:
    with pytest.raises(NotWrittenError) as caught, changing(database.directory, None, WAIT) as copy:
        copy.add(entries)
    return caught.value.code


def test_an_entry_that_nss_refuses_undoes_those_before_it(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """Not half of a file: the good entry before the bad one is not there either."""
    before = tree(database.directory)
    bad = NewEntry(b"garbage", None, "bad")
    assert code_of(database, entry(authority), bad) == "database-not-changed"
    key = NewEntry(authority.issue("x").der, b"no key at all", "bad key")
    assert code_of(database, entry(authority), key) == "database-not-changed"
    assert tree(database.directory) == before


def test_what_is_there_is_kept_as_it_is(tmp_path: Path, authority: pki.Authority) -> None:
    """Neither the key nor the certificate is written anew, nor gets another name."""
    own = authority.issue("12345678901234 user01")
    database = nssdb.make(tmp_path / "db", [(own, "person")])
    before = [rows(database, name) for name in ("cert9.db", "key4.db")]
    with changing(database.directory) as copy:
        copy.add([NewEntry(own.der, own.key_der, "another name")])
    assert [rows(database, name) for name in ("cert9.db", "key4.db")] == before


def test_a_certificate_that_another_program_named_keeps_its_identifier(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """CKA_ID is free to choose (PKCS #11); NSS would give the certificate its own again."""
    database.add_certificate(authority.der, "a CA")
    with closing(connect(database.directory / "cert9.db")) as connection, connection:
        query = "UPDATE nssPublic SET a102 = ? WHERE a11 = ?"
        assert connection.execute(query, (b"its own", authority.der)).rowcount == 1
    before = rows(database, "cert9.db")
    with changing(database.directory) as copy:
        copy.add([NewEntry(authority.der, None, "another name")])
    assert rows(database, "cert9.db") == before


def test_an_end_midway_leaves_everything_as_it_was(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """Whatever stops the block: NSS has worked on a copy, and the copy is gone."""
    before = tree(database.directory)

    def add_and_stop() -> None:
        with changing(database.directory) as copy:
            copy.add([entry(authority)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_and_stop()
    assert tree(database.directory) == before


def ended_midway(directory: Path, certificate: bytes, how: str) -> int:
    """Let a process end itself so after NSS has written; return its status."""
    program = (
        "import os, pathlib, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from certhelper.stores import nss_writing\n"
        "with nss_writing.changing(pathlib.Path(sys.argv[1])) as copy:\n"
        "    copy.add([nss_writing.NewEntry(sys.stdin.buffer.read(), None, 'half')])\n"
        "    os.kill(os.getpid(), int(sys.argv[3]))\n"
    )
    root = str(Path(nss_writing.__file__).parents[2])
    arguments = [str(directory), root, str(signal.Signals[how].value)]
    # Whoever starts the tests may have them ignore a signal (nohup, a shell in the background).
    command = ["env", "--default-signal", sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, input=certificate, timeout=60, stderr=subprocess.DEVNULL
    ).returncode


def test_a_killed_process_leaves_everything_as_it_was(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """A power cut after NSS has written: the rows are the old ones, and the next look tidies up."""
    before = tree(database.directory)
    assert ended_midway(database.directory, authority.der, "SIGKILL") == -9
    assert (database.directory / WORK_FOLDER).is_dir()
    assert [one.label for one in NssStore(database.directory).read().installed] == ["person"]
    assert tree(database.directory) == before
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    assert database.flags() == {"person": "u,u,u", "new": "u,u,u"}
    assert set(before) == set(tree(database.directory))


def test_a_killed_first_change_is_as_if_nothing_had_been(
    tmp_path: Path, authority: pki.Authority
) -> None:
    """No database that nobody can read, and no copy with a key; the next change just works."""
    database = nssdb.Database(tmp_path / "nssdb")
    assert ended_midway(database.directory, authority.der, "SIGKILL") == -9
    assert (database.directory / WORK_FOLDER).is_dir()
    reading = NssStore(database.directory, is_usual=True).read()
    assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, NOTHING_OBTAINED)
    assert not (database.directory / WORK_FOLDER).exists()
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    assert database.flags() == {"new": "u,u,u"}


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_request_to_end_undoes_what_was_begun(
    database: nssdb.Database, authority: pki.Authority, how: str, is_new: bool
) -> None:
    """The person logs out, or closes the terminal: nothing of the change is left anywhere."""
    directory = database.directory / "new" if is_new else database.directory
    before = tree(database.directory)
    assert ended_midway(directory, authority.der, how) != 0
    assert tree(database.directory) == before


def test_a_request_to_end_that_comes_too_late_changes_nothing(
    database: nssdb.Database, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the change is made nobody is told that it was interrupted, who would undo the rest."""
    hold = signals.Requests.hold

    def hold_and_end(requests: signals.Requests) -> None:
        hold(requests)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(signals.Requests, "hold", hold_and_end)
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    assert database.flags() == {"person": "u,u,u", "new": "u,u,u"}


def test_a_folder_whose_name_is_no_text(tmp_path: Path, authority: pki.Authority) -> None:
    """A name on Linux is any octets: read and changed like every other."""
    database = nssdb.Database.create(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff?#%")))
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    (own,) = NssStore(database.directory).read().installed
    assert (own.label, own.key) == ("new", KeyState.PRESENT)


def test_a_copy_at_which_somebody_works_is_left_alone(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """Another window that reads meanwhile takes nothing away."""
    with changing(database.directory) as copy:
        reading = NssStore(database.directory).read()
        assert [one.label for one in reading.installed] == ["person"]
        copy.add([entry(authority)])
    assert database.flags() == {"person": "u,u,u", "new": "u,u,u"}


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
def test_a_lock_of_another_program_is_told(
    database: nssdb.Database, authority: pki.Authority, name: str
) -> None:
    """A browser that is writing is not waited for without end, and never pushed aside."""
    before = tree(database.directory)
    with nssdb.held(database.directory / name):
        assert code_of(database, entry(authority)) == "store-in-use"
    assert tree(database.directory) == before


def test_other_programs_cannot_write_meanwhile_and_can_afterwards(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """So no change of theirs is lost; reading goes on all the time."""
    file = database.directory / "cert9.db"
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
        with closing(connect(file, timeout=0)) as other, pytest.raises(Exception, match="locked"):
            other.execute("DELETE FROM nssPublic")
        assert database.flags() == {"person": "u,u,u"}
    database.add(authority.issue("another"), "another")
    assert set(database.flags()) == {"person", "new", "another"}


def test_only_what_was_added_differs(database: nssdb.Database, authority: pki.Authority) -> None:
    """Every row that was there is there unchanged: trust, names, keys and NSS's signatures."""
    database.trust(authority, "trusted")
    before = {name: set(rows(database, name)) for name in ("cert9.db", "key4.db")}
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    for name, known in before.items():
        after = set(rows(database, name))
        assert known <= after
        assert len(after) > len(known)
    assert database.flags()["trusted"] == "CT,C,C"


def test_an_open_firefox_profile_is_refused(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """It would not notice; its lock is the one on .parentlock, and a stale file is none."""
    lock = database.directory / ".parentlock"
    lock.touch()
    program = (
        "import fcntl, sys\n"
        "file = open(sys.argv[1], 'w')\n"
        "fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as firefox:
        assert firefox.stdout is not None
        assert firefox.stdout.readline() == b"held\n"
        before = tree(database.directory)
        assert code_of(database, entry(authority)) == "profile-in-use"
        assert tree(database.directory) == before
        firefox.communicate(timeout=10)
    with changing(database.directory) as copy:
        copy.add([entry(authority)])
    assert "new" in database.flags()


def test_a_program_that_has_it_open_sees_the_change(
    database: nssdb.Database, authority: pki.Authority, tmp_path: Path
) -> None:
    """As a browser has it open all day: it keeps nobody from a change, and needs no restart."""
    new = entry(authority)
    (tmp_path / "new.der").write_bytes(new.certificate)
    program = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from certhelper.stores.nss_library import item, opened\n"
        "der = bytearray(open(sys.argv[2], 'rb').read())\n"
        "nss = opened(sys.argv[1])\n"
        "slot = nss.internal_slot()\n"
        "print(bool(nss.find_certificate(slot, item(der), None)), flush=True)\n"
        "for _ in sys.stdin:\n"
        "    print(bool(nss.find_certificate(slot, item(der), None)), flush=True)\n"
    )
    root = str(Path(nss_writing.__file__).parents[2])
    words = [str(database.directory), str(tmp_path / "new.der"), root]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as browser:
        assert browser.stdin is not None
        assert browser.stdout is not None
        assert browser.stdout.readline() == "False\n"
        with changing(database.directory) as copy:
            copy.add([new])
        browser.stdin.write("look\n")
        browser.stdin.flush()
        assert browser.stdout.readline() == "True\n"
        browser.communicate(timeout=10)


def test_a_write_ahead_log_is_no_obstacle(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """What stands in SQLite's log only is kept and stays the person's."""
    with closing(connect(database.directory / "cert9.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "UPDATE nssPublic SET a3 = CAST('renamed' AS BLOB) WHERE a3 = CAST('person' AS BLOB)"
        )
        connection.commit()
        with changing(database.directory) as copy:
            copy.add([entry(authority)])
    assert database.flags() == {"renamed": "u,u,u", "new": "u,u,u"}


def test_a_database_with_programs_is_refused(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """A trigger would decide what is written."""
    with closing(connect(database.directory / "cert9.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER mine AFTER INSERT ON nssPublic BEGIN DELETE FROM nssPublic; END"
        )
    assert code_of(database, entry(authority)) == "store-unreadable"
    assert database.flags() == {"person": "u,u,u"}


def test_a_damaged_database_is_left_alone(tmp_path: Path, authority: pki.Authority) -> None:
    """It may still be somebody's to rescue."""
    (tmp_path / "cert9.db").write_bytes(b"not a database" * 400)
    (tmp_path / "key4.db").write_bytes(b"not a database" * 400)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert code_of(nssdb.Database(tmp_path), entry(authority)) == "store-unreadable"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_is_told_as_such(database: nssdb.Database) -> None:
    """Nobody is sent for a reissue of what is whole: SQLite has no page left, in its own words."""
    before = tree(database.directory)

    def fill() -> None:
        with locked(database.directory, WAIT) as connection:
            connection.execute("PRAGMA max_page_count = 1")  # as many as there are
            connection.execute("CREATE TABLE filler AS SELECT randomblob(100000)")

    with pytest.raises(NotWrittenError) as caught:
        fill()
    assert caught.value.code == "database-not-writable"
    assert tree(database.directory) == before


def test_a_disk_that_fails_is_told_as_such(
    database: nssdb.Database, authority: pki.Authority
) -> None:
    """The same for an error of the disk, here a file that may grow no further."""
    before = tree(database.directory)
    program = (
        "import pathlib, resource, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from certhelper.stores import nss_lock, nss_writing\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "try:\n"
        "    with nss_writing.changing(pathlib.Path(sys.argv[1])) as copy:\n"
        "        copy.add([nss_writing.NewEntry(sys.stdin.buffer.read(), None, 'new')])\n"
        "except nss_lock.NotWrittenError as error:\n"
        "    print(error.code)\n"
    )
    root = str(Path(nss_writing.__file__).parents[2])
    command = [sys.executable, "-c", program, str(database.directory), root]
    done = subprocess.run(command, input=authority.der, timeout=60, stdout=subprocess.PIPE)
    assert done.stdout == b"database-not-writable\n"
    assert tree(database.directory) == before


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path, authority: pki.Authority) -> None:
    """And no folder of a half-made database stays."""
    (tmp_path / "file").touch()
    database = nssdb.Database(tmp_path / "file" / "nssdb")
    assert code_of(database, entry(authority)) == "database-not-writable"
    made = nssdb.Database(tmp_path / "new" / "nssdb")
    assert code_of(made, NewEntry(b"garbage", None, "bad")) == "database-not-changed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_removal_without_key_needs_no_password(tmp_path: Path, authority: pki.Authority) -> None:
    """A CA's certificate is no secret; a key is, and is not removed without the password."""
    own = authority.issue("own")
    database = nssdb.make(tmp_path / "db", [(own, "own")], "opensesame")
    database.add_certificate(authority.der, "CA")
    with changing(database.directory) as copy:
        copy.remove(authority.der, takes_key=False)
    with pytest.raises(NotWrittenError) as caught, changing(database.directory) as copy:
        copy.remove(own.der, takes_key=True)
    assert caught.value.code == "store-password-needed"
    assert database.flags() == {"own": "u,u,u"}
    with changing(database.directory, Secret.from_characters("opensesame")) as copy:
        copy.remove(own.der, takes_key=True)
    assert rows(database, "cert9.db") == []


def rows(database: nssdb.Database, name: str) -> list[tuple[object, ...]]:
    table = "nssPublic" if name == "cert9.db" else "nssPrivate"
    with closing(connect(database.directory / name)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()
