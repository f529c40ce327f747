"""``certhelper list``: by contract, with state, expiry and what to do; and as JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import der
from support.cli import Hold, Run
from support.nssdb import Database, held
from support.pki import Authority
from support.systems import only_on_linux

from certhelper.certificate import Certificate
from certhelper.cli import output
from certhelper.stores.base import KeyState, LockedEntry, Slot, StoreReading, StoreStatus

AT = ("--at", "2026-11-01T12:00+09:00")
CONTRACT = "12345678901234"
ROOT = Path(__file__).parents[2]


def user(name: str, serial: int = 1, until: datetime | None = None) -> bytes:
    """A certificate that is good from 2026 to November 2027."""
    end = until or datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    validity = der.sequence(der.time_of(min(start, end)), der.time_of(end))
    return der.certificate(
        subject=der.common_name(name), serial=der.integer(serial), validity=validity
    )


class TestForPeople:
    """What helpdesk staff and customers read to one another over the phone."""

    def test_contracts_holders_and_states_in_words(self, run: Run, hold: Hold) -> None:
        """The contract, its users, the 管理者, and the state of each."""
        hold(user(f"{CONTRACT} user01"), user(CONTRACT, 2))
        printed = run("list", *AT)
        assert printed.status == 0
        lines = printed.out.splitlines()
        assert lines[0] == "北日本銀行 法人インターネットバンキング Biznet"
        assert lines[1] == "2026年11月1日 12:00 現在(日本時間)"
        assert f"契約法人ID {CONTRACT}: ログオンできます" in lines
        assert "  利用者 user01: ログオンできます" in lines
        assert "  管理者用: ログオンできます" in lines
        assert "  nss:/held: 2枚" in lines

    def test_expiry_with_the_hour_in_japan_and_the_days_left(self, run: Run, hold: Hold) -> None:
        """Until 8:59 in the morning, which is 23:59 in UTC."""
        hold(user(f"{CONTRACT} user01"))
        [row] = [line for line in run("list", *AT).out.splitlines() if "◎" in line]
        assert "2027年11月20日 8:59" in row
        assert "あと384日" in row
        assert "あり" in row
        assert Certificate(user(f"{CONTRACT} user01")).sha256[:16] in row

    def test_every_reason_stands_below_its_certificate_with_its_code(
        self, run: Run, hold: Hold
    ) -> None:
        """What to do and who must do it, in a sentence."""
        hold(user(f"{CONTRACT} user01", until=datetime(2026, 10, 1, tzinfo=UTC)))
        lines = run("list", *AT).out.splitlines()
        [at] = [index for index, line in enumerate(lines) if "× 使えません" in line]
        assert lines[at + 1].strip().startswith("→ 有効期限(2026年10月1日 9:00)が切れています。")
        assert lines[at + 1].endswith("[expired]")
        assert "再発行が必要です" in lines[at - 1]

    def test_columns_stand_under_one_another(self, run: Run, hold: Hold) -> None:
        """On a terminal, where a Japanese character takes two columns."""
        hold(
            user(f"{CONTRACT} user01"),
            user(f"{CONTRACT} user01", 0x1234567890),
            user("株式会社見本", 3, datetime(2026, 1, 1, tzinfo=UTC)),
            b"nothing",
        )
        lines = run("list", *AT).out.splitlines()
        rows = [line for line in lines if line.endswith(("  nss:/held", "  保管場所"))]
        assert len(rows) == 5
        assert len({output.width(row.rpartition("  ")[0]) for row in rows}) == 1

    def test_what_is_not_recognised_is_listed_by_its_name(self, run: Run, hold: Hold) -> None:
        """Shown safely; one without a name says so."""
        hold(user("株式会社見本\u202e"), der.certificate(subject=der.sequence()))
        lines = run("list", *AT).out.splitlines()
        at = lines.index("契約法人・利用者を判別できない証明書")
        assert "  株式会社見本[U+202E]" in lines[at:]
        assert "  (名前なし)" in lines[at:]

    def test_the_administrators_is_never_the_one_to_use(self, run: Run, hold: Hold) -> None:
        """It can be used, but is not marked as the choice."""
        hold(user(CONTRACT))
        out = run("list", *AT).out
        assert "○ 使えます" in out
        assert "◎" not in out

    def test_certificates_of_cas_are_no_trouble(self, run: Run, tmp_path: Path) -> None:
        """They come along with a chain; nobody must do anything about them."""
        authority = Authority()
        database = Database.create(tmp_path / "nss")
        database.add(authority.issue(f"{CONTRACT} user01"), "mine")
        database.add_certificate(authority.der, "the CA")
        lines = run("list", "--store", f"nss:{database.directory}").out.splitlines()
        [at] = [index for index, line in enumerate(lines) if line.startswith("認証局の証明書")]
        assert lines[at + 1] == "  Example Bank Biznet CA - G2"
        assert not [line for line in lines[at:] if "→" in line]

    def test_nothing_there_says_what_to_do(self, run: Run, hold: Hold) -> None:
        """Row 3 of the helpdesk's table."""
        hold()
        assert "再発行" in run("list").out.splitlines()[3]

    @only_on_linux  # elsewhere the usual place is the system's own
    def test_a_fresh_pc_holds_nothing_and_nobody_named_a_wrong_place(self, run: Run) -> None:
        """The usual database is not there before the first certificate is obtained."""
        lines = run("list").out.splitlines()
        assert "証明書が見つかりません" in lines[3]
        assert "/.pki/nssdb: まだ何もありません。" in lines[-1]
        assert lines[-1].endswith("[nothing-obtained]")

    def test_nobody_is_sent_for_a_reissue_while_a_store_was_not_read(
        self, run: Run, tmp_path: Path
    ) -> None:
        """Locked by another program, or damaged: the certificate may be there."""
        database = Database.create(tmp_path / "nss")
        (tmp_path / "b.p12").write_bytes(b"nothing")
        with held(database.directory / "cert9.db"):
            for place in ("nss:{}/nss", "pkcs12:{}/b.p12", "pkcs11"):
                store = place.format(tmp_path)
                lines = run("list", "--store", store).out.splitlines()
                assert "読めなかった保管場所やファイル" in lines[3]
                assert "再発行" not in lines[3]

    def test_where_the_certificate_may_be_the_headline_says_how_to_see_it(
        self, run: Run, hold: Hold, tmp_path: Path
    ) -> None:
        """An empty reader, a locked file, a folder of PKCS#12 files: no reissue, but the cure."""
        (tmp_path / "a.p12").write_bytes(Authority().issue("a").pkcs12("the passphrase"))
        for where in (tmp_path, tmp_path / "a.p12"):
            lines = run("list", "--store", f"pkcs12:{where}").out.splitlines()
            assert "パスフレーズで開く証明書ファイル" in lines[3]
            assert "再発行" not in lines[3]
            assert "--secret-fd" in lines[-1]
        lines = run("list", "--store", f"files:{tmp_path}").out.splitlines()
        assert "--store pkcs12:" in lines[3]
        assert "再発行" not in lines[3]
        slots = (Slot(1, "Example Reader"),)
        hold(reading=StoreReading("pkcs11", "/lib/t.so", StoreStatus.OK, slots=slots))
        lines = run("list").out.splitlines()
        assert "差し込んで" in lines[3]
        assert "再発行" not in lines[3]

    def test_a_file_that_is_open_needs_no_word_of_how_to_open_it(
        self, run: Run, hold: Hold
    ) -> None:
        """Only where a passphrase would help."""
        damaged = (LockedEntry("/f/a.p12", "a.p12", "file-damaged"),)
        hold(reading=StoreReading("pkcs12", "/f", StoreStatus.OK, locked_entries=damaged))
        assert "--secret-fd" not in run("list").out

    @pytest.mark.parametrize(
        ("reading", "said"),
        [
            (
                StoreReading("nss", "/x", StoreStatus.FAILED, "database-damaged", "SQLite 26"),
                ["  nss:/x: 読めません。", "[database-damaged] (SQLite 26)"],
            ),
            (
                StoreReading("windows", "", StoreStatus.UNAVAILABLE, "other-system"),
                ["  windows: 使えません。", "[other-system]"],
            ),
            (
                StoreReading(
                    "pkcs12",
                    "/files",
                    StoreStatus.OK,
                    locked_entries=(LockedEntry("/files/a.p12", "a.p12", "passphrase-needed"),),
                ),
                ["  pkcs12:/files: 0枚", "ファイル a.p12", "[passphrase-needed]"],
            ),
        ],
    )
    def test_stores_that_show_nothing_say_why(
        self, run: Run, hold: Hold, reading: StoreReading, said: list[str]
    ) -> None:
        """In a sentence with its code, and the command ends well all the same."""
        hold(reading=reading)
        printed = run("list")
        assert printed.status == 0
        for text in said:
            assert text in printed.out

    def test_a_path_cannot_break_a_line(self, run: Run, hold: Hold) -> None:
        """Directory names may hold line breaks and escape sequences."""
        hold(reading=StoreReading("nss", "/a\n\x1b[2Jb", StoreStatus.OK))
        assert "nss:/a[U+000A][U+001B][2Jb: 0枚" in run("list").out

    def test_english(self, hold: Hold) -> None:
        """For who asks for it by their locale."""
        program = "import sys; from certhelper.__main__ import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", program, "list"],
            cwd=ROOT,
            env=os.environ | {"LANG": "en_US.UTF-8", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0
        assert "No certificate was found." in done.stdout


class TestForPrograms:
    """``--json``: the contract's document, whatever the terminal is."""

    def test_the_document(self, run: Run, hold: Hold) -> None:
        """Held to its schema; judged as of the given moment."""
        hold(user(f"{CONTRACT} user01"), b"nothing")
        document = run("list", "--json", *AT).document("certhelper.list-1")
        assert document["at"] == "2026-11-01T03:00:00Z"
        assert document["bank"] == "kitagin-biznet"
        assert [row["usable"] for row in document["certificates"]] == [True, False]

    @pytest.mark.parametrize(
        ("at", "code"),
        [
            ("2025-12-31T23:59:59Z", "not-yet-valid"),
            ("2027-10-25T00:00:00Z", "expires-soon"),
            ("2027-11-20T09:00+09:00", "expired"),
        ],
    )
    def test_at_decides_what_is_valid(self, run: Run, hold: Hold, at: str, code: str) -> None:
        """Past and future."""
        hold(user(f"{CONTRACT} user01"))
        document = run("list", "--json", "--at", at).document("certhelper.list-1")
        assert [reason["code"] for reason in document["certificates"][0]["reasons"]] == [code]

    @only_on_linux  # elsewhere every name is Unicode
    def test_utf_8_even_where_the_terminal_is_not(self, tmp_path: Path) -> None:
        """A store's path with octets that are no UTF-8 stays a valid document."""
        directory = Path(os.fsdecode(bytes(tmp_path) + b"/\xe3\x81\x82-\xff"))
        directory.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "certhelper", "list", "--json", "--store", f"nss:{directory}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
        )
        assert done.returncode == 0
        assert "あ-[0xFF]".encode() in done.stdout  # no half of a pair, which strict readers refuse
        assert rb"\u" not in done.stdout
        assert done.stderr == b""


@only_on_linux  # elsewhere every name is Unicode
class TestNamesThatAreNoUnicode:
    """What the document calls a place is what ``--store`` takes, whatever its octets are."""

    @pytest.mark.parametrize("kind", ["nss", "pkcs12", "files"])
    def test_the_store_of_a_row_leads_to_it(self, tmp_path: Path, run: Run, kind: str) -> None:
        """For a folder, and for a file that was found in it."""
        place = Path(os.fsdecode(bytes(tmp_path) + b"/\xe3\x81\x82-\xff\x80"))
        place.mkdir()
        issued = Authority().issue(f"{CONTRACT} user01")
        inside = os.fsdecode(b"\xfe[")
        if kind == "nss":
            Database.create(place).add(issued, "mine")
        elif kind == "pkcs12":
            (place / f"{inside}.p12").write_bytes(issued.pkcs12())
        else:
            (place / f"{inside}.pem").write_bytes(issued.pem + issued.key_pem)
        listed = run("list", "--offline", "--json", "--store", f"{kind}:{place}")
        document = listed.document("certhelper.list-1")
        [store], [row] = document["stores"], document["certificates"]
        assert store["where"] == f"{tmp_path}/あ-[0xFF][0x80]"
        for named in (row["store"], f"{kind}:{store['where']}"):
            again = run("show", issued.sha256, "--offline", "--json", "--store", named)
            [shown] = again.document("certhelper.show-1")["certificates"]
            assert shown["store"] == row["store"]

    def test_a_name_that_has_these_very_characters(self, tmp_path: Path, run: Run) -> None:
        """It is taken as it is where there is one."""
        issued, other = (Authority().issue(f"{CONTRACT} user0{number}") for number in range(2))
        (tmp_path / "[0xFF].p12").write_bytes(issued.pkcs12())
        (tmp_path / os.fsdecode(b"\xff.p12")).write_bytes(other.pkcs12())
        listed = run("list", "--offline", "--json", "--store", f"pkcs12:{tmp_path}/[0xFF].p12")
        [row] = listed.document("certhelper.list-1")["certificates"]
        assert row["sha256"] == issued.sha256


class TestRealDatabases:
    """``--store nss:DIR`` on databases that NSS's own tools made."""

    def test_keys_are_seen_without_the_password(self, tmp_path: Path, run: Run) -> None:
        """Password-protected: key present, and a warning that it will be asked for."""
        authority = Authority()
        database = Database.create(tmp_path / 'a "b" c', password="secret one")
        database.add(authority.issue(f"{CONTRACT} user01"), "with key")
        database.add_certificate(authority.issue(f"{CONTRACT} user02").der, "without")
        printed = run("list", "--json", "--store", f"nss:{database.directory}")
        rows = printed.document("certhelper.list-1")["certificates"]
        assert {
            row["label"]: (row["key"], row["usable"], [one["code"] for one in row["reasons"]])
            for row in rows
        } == {
            "with key": ("present", True, ["key-needs-user"]),
            "without": ("absent", False, ["no-key"]),
        }

    def test_a_locked_database_is_told_and_not_waited_for(self, tmp_path: Path, run: Run) -> None:
        """The list is made; the store says why it shows nothing."""
        database = Database.create(tmp_path / "nss")
        with held(database.directory / "cert9.db"):
            printed = run("list", "--json", "--store", f"nss:{database.directory}")
        assert printed.status == 0
        [store] = printed.document("certhelper.list-1")["stores"]
        assert (store["status"], store["reason"]) == ("locked", "database-locked")

    def test_several_stores_add_up_and_one_named_twice_is_one(
        self, tmp_path: Path, run: Run
    ) -> None:
        """A certificate in two of them is a duplicate; another spelling is no other store."""
        issued = Authority().issue(f"{CONTRACT} user01")
        for name in ("one", "two"):
            Database.create(tmp_path / name).add(issued, "mine")
        (tmp_path / "link").symlink_to("one")
        names = ("one", "two", "one", "two/../one", "link")
        stores = [f"--store=nss:{tmp_path}/{name}" for name in names]
        document = run("list", "--json", *stores).document("certhelper.list-1")
        assert len(document["stores"]) == 2
        codes = [one["code"] for row in document["certificates"] for one in row["reasons"]]
        assert codes == ["duplicate", "duplicate"]

    @pytest.mark.parametrize(
        ("given", "shown"), [("the passphrase\n", ["user01"]), ("another\n", []), (None, [])]
    )
    def test_a_files_passphrase_comes_by_descriptor(
        self, tmp_path: Path, given: str | None, shown: list[str]
    ) -> None:
        """``--secret-fd``; a wrong one is a state of the entry, never an error of the list."""
        issued = Authority().issue(f"{CONTRACT} user01", not_after=None)
        file = tmp_path / "mine.p12"
        file.write_bytes(issued.pkcs12("the passphrase"))
        secret = () if given is None else ("--secret-fd", "0")
        command = (sys.executable, "-m", "certhelper", "list", "--store", f"pkcs12:{file}", *secret)
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            input=given or "",
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        assert ["user01"] * done.stdout.count("利用者 user01") == shown
        state = {"another\n": "passphrase-wrong", None: "passphrase-needed"}.get(given)
        assert state is None or f"[{state}]" in done.stdout


class TestWrongUse:
    """Each ends with status 2 and one sentence with its code."""

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--store", "nss:/no/such/folder"], "store-not-found"),
            (["--store", "cards"], "unknown-store-kind"),
            (["--store", "pkcs12"], "store-needs-where"),
            (["--at", "yesterday"], "at-not-a-time"),
            (["--bank", "nobody"], "unknown-bank"),
            (["--bank", "./nobody.toml"], "profile-unreadable"),
            (["--secret-fd", "987"], "secret-unreadable"),
            (["--secret-fd", "one"], "wrong-use"),
            (["--store"], "wrong-use"),
            (["extra"], "wrong-use"),
            (["--jso"], "wrong-use"),
        ],
    )
    def test_is_told(self, run: Run, hold: Hold, arguments: list[str], code: str) -> None:
        """And nothing is printed on standard output."""
        hold()
        printed = run("list", *arguments)
        assert (printed.status, printed.out, printed.code) == (2, "", code)

    def test_a_profile_with_a_mistake_names_the_key(self, run: Run, tmp_path: Path) -> None:
        """And the file it is in."""
        path = tmp_path / "bank.toml"
        path.write_text('schema = 1\nid = "x"\nname = "x"\n[pin]\nlength = 4\n', "utf-8")
        printed = run("list", "--bank", str(path))
        assert (printed.status, printed.code) == (2, "profile-mistake")
        assert "pin.length" in printed.err
        assert str(path) in printed.err

    def test_a_passphrase_that_is_too_long_is_refused(self, tmp_path: Path) -> None:
        """What was given is no passphrase; none of it is shown."""
        command = (sys.executable, "-m", "certhelper", "list", "--secret-fd", "0")
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            input="secret" * 1000,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 2
        assert done.stderr.rstrip().endswith("[secret-too-long]")
        assert "secret" not in done.stderr.replace("--secret-fd", "").replace("secret-too", "")


class TestProfiles:
    """``--bank``: an id, or a file that counts as the person's word."""

    def test_a_file_is_used_and_said(self, run: Run, hold: Hold, tmp_path: Path) -> None:
        """With its hash and the hosts that it would send a certificate to."""
        hold(user(f"{CONTRACT} user01"))
        path = tmp_path / "bank.toml"
        path.write_text(
            'schema = 1\nid = "mine"\nname = "My Bank"\n[certificates]\nissuers = ["CN=Nobody"]\n'
            '[site]\ncertificate_hosts = ["logon.bank.example"]\n',
            "utf-8",
        )
        printed = run("list", "--bank", str(path), "--json", *AT)
        assert printed.document("certhelper.list-1")["bank"] == "mine"
        assert "logon.bank.example" in printed.err
        [row] = printed.document("certhelper.list-1")["certificates"]
        assert [one["code"] for one in row["reasons"]] == ["other-issuer"]

    def test_nothing_is_said_of_the_shipped_one(self, run: Run, hold: Hold) -> None:
        """Its id is its name."""
        hold()
        assert run("list", "--bank", "kitagin-biznet").err == ""


def test_key_states_are_words(run: Run, hold: Hold) -> None:
    """One for each state, in the column of the private key."""
    words = {
        KeyState.PRESENT: "あり",
        KeyState.NEEDS_USER: "要入力",
        KeyState.UNKNOWN: "不明",
        KeyState.ABSENT: "なし",
        KeyState.UNUSABLE: "使えない",
    }
    for state, word in words.items():
        hold(user(f"{CONTRACT} user01"), key=state)
        [row] = [line for line in run("list", *AT).out.splitlines() if line.endswith("nss:/held")]
        assert word in row.split()


def test_the_last_day_and_the_days_before_the_first_are_words(run: Run, hold: Hold) -> None:
    """Not numbers of days."""
    end = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
    hold(
        user(f"{CONTRACT} today", until=end),
        user(f"{CONTRACT} over", until=end - timedelta(days=1)),
    )
    out = run("list", *AT).out
    assert "本日まで" in out
    assert "期限切れ" in out
    assert "開始前" in run("list", "--at", "2025-01-01T00:00Z").out
