"""``certhelper diagnose`` as remote management tools and people at a terminal run it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import listings
from support.cli import Printed, Run
from support.command import Ran, certhelper
from support.raw_servers import RawServer
from support.softhsm import MODULE
from support.systems import is_root, make_pipe, only_on_linux

from certhelper import texts
from certhelper.cli import diagnose, waiting
from certhelper.demo import profile, store
from certhelper.demo.cases import Case
from certhelper.demo.server import DemoServer
from certhelper.diagnosis import code, explained, occasion
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import Finding, Outcome
from certhelper.diagnosis.order import CHECKS
from certhelper.diagnosis.scene import Once, Scene
from certhelper.diagnosis.values import facts
from certhelper.listing import Listing

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "certhelper", "diagnose")
CONTRACT = "12345678901234"
CHECK_CODE = re.compile(r"\b1\d\d \d{3} \d{3}\b")


@dataclass(frozen=True)
class Pc:
    """A PC with one NSS database, and a running demo bank."""

    server: DemoServer
    bank: str
    folder: Path

    def hold(self, **days_left: int) -> dict[str, str]:
        """Put certificates of these 利用者 into the PC's database; return their SHA-256."""
        authority = self.server.authority
        issued = {
            user: authority.issue_client(
                f"{CONTRACT} {user}",
                not_before=authority.now - timedelta(days=20),
                not_after=authority.now + timedelta(days=days),
            )
            for user, days in days_left.items()
        }
        cases = [Case(user, one) for user, one in issued.items()]
        store.write(self.folder / "store", authority, cases)
        return {user: one.sha256 for user, one in issued.items()}

    @property
    def options(self) -> tuple[str, ...]:
        return ("--bank", self.bank, "--store", f"nss:{self.folder / 'store'}")

    def diagnose(self, *arguments: str) -> Ran:
        return certhelper("diagnose", *self.options, *arguments)


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Pc]:
    with DemoServer() as server:
        path = profile.write(tmp_path, server.addresses, server.authority.server_root)
        yield Pc(server, str(path), tmp_path)


def write_profile(path: Path, port: int) -> None:
    """A bank whose only server is that port of this PC; the file's name is its id."""
    address = f"localhost:{port}"
    path.write_text(
        "schema = 1\n"
        f'id = "{path.stem}"\n'
        'name = "Another bank"\n'
        "[site]\n"
        f'start_url = "https://{address}/"\n'
        f'allowed_hosts = ["{address}"]\n'
        f'certificate_hosts = ["{address}"]\n',
        "utf-8",
    )


def open_terminal() -> tuple[int, int]:
    """What a person would look at, and the side of it that a command has."""
    if sys.platform == "win32":
        pytest.skip("only on Linux: terminals of POSIX")
    else:
        return os.openpty()


def document(ran: Ran) -> dict[str, Any]:
    return Printed(ran.status, ran.out, ran.err).document("certhelper.diagnosis-1")


def codes(report: dict[str, Any]) -> dict[str, set[str]]:
    return {
        check["name"]: {finding["code"] for finding in check["findings"]}
        for check in report["checks"]
    }


@only_on_linux
class TestAHealthyPc:
    """Everything is there, and the demo bank answers."""

    def test_nothing_stops_the_log_on(self, pc: Pc) -> None:
        """Status 0; sixteen checks in their order, none of which crashed; no PIN was sent."""
        pc.hold(user01=300)
        ran = pc.diagnose("--json")
        report = document(ran)
        assert ran.status == 0
        assert [check["name"] for check in report["checks"]] == [one.name for one in CHECKS]
        assert not [found for found in codes(report).values() if "check-crashed" in found]
        assert codes(report)["rehearsal"] == {"rehearsal-reached"}
        assert pc.server.log.pin_posts() == 0

    def test_no_display_no_home_and_nothing_in_the_environment(self, pc: Pc) -> None:
        """As an account of a remote management tool has it; nothing is asked."""
        pc.hold(user01=300)
        keep = {name: os.environ[name] for name in ("QTWEBENGINE_DISABLE_SANDBOX",) if is_root()}
        done = subprocess.run(
            [*COMMAND, *pc.options, "--json"],
            cwd=ROOT,
            env=keep,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["schema"] == "certhelper.diagnosis/1"
        assert codes(json.loads(done.stdout))["rehearsal"] == {"rehearsal-reached"}

    def test_offline_nobody_is_contacted(self, pc: Pc) -> None:
        """The bank's server sees nothing, and the report says what was not looked at."""
        pc.hold(user01=300)
        ran = pc.diagnose("--json", "--offline")
        assert ran.status == 0
        assert pc.server.log.entries == ()
        by_name = {check["name"]: check["status"] for check in document(ran)["checks"]}
        assert not {by_name["clock"], by_name["network"], by_name["rehearsal"]} & {"ok", "fault"}

    def test_one_certificate_of_several_is_meant(self, pc: Pc) -> None:
        """By the beginning of its fingerprint; what is wrong with another's counts nothing."""
        held = pc.hold(user01=-3, user02=300)
        healthy = pc.diagnose("--offline", "--json", "--certificate", held["user02"][:12].upper())
        assert healthy.status == 0
        expired = pc.diagnose("--offline", "--json", "--certificate", held["user01"][:12])
        assert expired.status == 1
        assert document(expired)["verdict"]["number"] // 100 == 6


@only_on_linux
class TestAFault:
    """An expired certificate, as an example."""

    @pytest.fixture
    def expired(self, pc: Pc) -> Pc:
        pc.hold(user01=-3)
        return pc

    def test_the_first_line_is_the_verdict_and_the_status_is_1(self, expired: Pc) -> None:
        """In words for the person; redacted unless asked otherwise."""
        ran = expired.diagnose("--offline")
        assert ran.status == 1
        first = ran.out.splitlines()[0]
        assert "有効期限" in first
        assert "user01" not in ran.out
        assert CONTRACT not in ran.out
        openly = expired.diagnose("--offline", "--unredacted", "--text")
        assert "user01" in openly.out.splitlines()[0]
        assert CONTRACT in openly.out

    def test_its_check_code_tells_the_same_over_the_phone(self, expired: Pc) -> None:
        """The first finding that is decoded is that of the verdict."""
        report = document(expired.diagnose("--offline", "--json"))
        assert report["verdict"]["status"] == "fault"
        decoded = certhelper("diagnose", "--decode", report["check_code"], "--json")
        told = Printed(decoded.status, decoded.out, decoded.err)
        findings = told.document("certhelper.check-code-1")["findings"]
        assert findings[0]["number"] == report["verdict"]["number"]
        assert findings[0]["code"] == report["verdict"]["code"]
        assert "user01" not in decoded.out

    def test_a_file_for_the_helpdesk(self, expired: Pc, tmp_path: Path) -> None:
        """Whole, for nobody else's eyes; what matters most is said on stdout."""
        file = tmp_path / "report.html"
        ran = expired.diagnose("--offline", "--html", str(file))
        assert ran.status == 1
        assert "有効期限" in ran.out.splitlines()[0]
        [shown] = CHECK_CODE.findall(ran.out)
        page = file.read_text("utf-8")
        assert shown in page
        assert "user01" not in page + ran.out
        assert file.stat().st_mode & 0o777 == 0o600

    def test_a_report_is_written_anew_and_no_other_file_is_lost(
        self, expired: Pc, tmp_path: Path
    ) -> None:
        """A script may use one name every day; a letter that has the name stays."""
        file = tmp_path / "report.html"
        for _ in range(2):
            assert expired.diagnose("--offline", "--html", str(file)).status == 1
        letter = tmp_path / "letter.html"
        letter.write_text("<!doctype html><p>Dear all", "utf-8")
        ran = expired.diagnose("--offline", "--html", str(letter))
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.rstrip().endswith("[report-exists]")
        assert letter.read_text("utf-8").endswith("Dear all")

    def test_what_is_no_file_is_not_waited_for(self, expired: Pc, tmp_path: Path) -> None:
        """A pipe would wait for ever for somebody to write; of a folder the truth is said."""
        pipe = tmp_path / "pipe.html"
        make_pipe(pipe)
        for path, said in (
            (pipe, "report-exists"),
            (tmp_path, "report-is-folder"),
            (tmp_path / "none" / "file.html", "report-not-written"),
        ):
            ran = expired.diagnose("--offline", "--html", str(path))
            assert (ran.status, ran.out) == (2, "")
            assert ran.err.rstrip().endswith(f"[{said}]")

    def test_a_place_that_cannot_be_read_takes_no_report_away(
        self, expired: Pc, tmp_path: Path
    ) -> None:
        """It is what a diagnosis is for, with a certificate that is named as without."""
        (tmp_path / "store" / "cert9.db").write_bytes(b"broken")
        ran = expired.diagnose("--offline", "--json", "--certificate", "abcdef12")
        assert "present-chosen-gone" not in str(codes(document(ran)))
        assert document(ran)["verdict"]

    def test_a_profile_that_is_not_what_was_agreed_to(self, expired: Pc) -> None:
        """A hash that is given beside the file is the person's word for nothing else."""
        ran = expired.diagnose("--offline", "--json", "--trust-profile", "0" * 64)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.rstrip().endswith("[profile-changed]")

    def test_a_certificate_that_is_not_there(self, expired: Pc) -> None:
        """Is wrong use, as with every other command."""
        ran = expired.diagnose("--offline", "--json", "--certificate", "0" * 12)
        assert (ran.status, ran.out) == (2, "")
        assert "fingerprint-unknown" in ran.err
        ran = expired.diagnose("--offline", "--json", "--certificate", "user01")
        assert (ran.status, ran.out) == (2, "")
        assert "fingerprint-wrong" in ran.err


@only_on_linux
def test_the_pcs_clock_is_wrong(pc: Pc) -> None:
    """A PC that is a month behind, and a bank that says what day it is."""
    pc.hold(user01=300)
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    done = subprocess.run(
        [*COMMAND, *pc.options, "--json"],
        cwd=ROOT,
        env=os.environ
        | {"LD_PRELOAD": str(library), "FAKETIME": "-30d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["verdict"]["number"] // 100 == 2
    assert "日時" in report["verdict"]["headline"]


class TestAProfileThatNobodyAgreedTo:
    """It can be diagnosed; none of its servers is contacted for that."""

    @pytest.fixture
    def untrusted(self, tmp_path: Path, home: Path) -> Iterator[RawServer]:
        with RawServer("close") as server:
            folder = home / ".config" / "certhelper" / "banks"
            folder.mkdir(parents=True)
            write_profile(folder / "other.toml", server.port)
            yield server

    @only_on_linux
    def test_none_of_its_servers_is_contacted(
        self, untrusted: RawServer, tmp_path: Path, bank_store: Any
    ) -> None:
        """It is said on stderr what is missing, and in the report what was not looked at."""
        ran = certhelper("diagnose", "--bank", "other", "--store", bank_store.where, "--json")
        assert ran.status in (0, 1)
        assert ran.err.rstrip().endswith("[profile-not-trusted]")
        assert untrusted.connections == 0
        by_name = {check["name"]: check["status"] for check in document(ran)["checks"]}
        assert by_name["clock"] != "ok"
        assert by_name["network"] == by_name["rehearsal"] == "not-checked"


@only_on_linux
class TestAtTheTerminal:
    """Somebody waits for it."""

    @pytest.fixture
    def stalling(self, tmp_path: Path) -> Iterator[tuple[RawServer, str]]:
        """A bank that takes every connection and says nothing."""
        with RawServer("stall") as server:
            path = tmp_path / "stalling.toml"
            write_profile(path, server.port)
            yield server, str(path)

    @pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
    def test_results_come_one_by_one_and_cancelling_prints_what_is_there(
        self, stalling: tuple[RawServer, str], bank_store: Any, request_to_end: signal.Signals
    ) -> None:
        """The report is whole JSON; what had no answer is told as cancelled."""
        terminal, side_of_command = open_terminal()
        process = subprocess.Popen(
            [*COMMAND, "--bank", stalling[1], "--store", bank_store.where, "--json"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=side_of_command,
            encoding="utf-8",
        )
        os.close(side_of_command)
        told = b""
        while f"{texts.text('diagnosis.check.present')}: ".encode() not in told:
            told += os.read(terminal, 4096)
        assert process.poll() is None
        process.send_signal(request_to_end)
        out, _ = process.communicate(timeout=60)
        os.close(terminal)
        report = json.loads(out)
        found = codes(report)
        assert found["network"] == {"check-cancelled"}
        assert "check-cancelled" not in found["present"]
        has_fault = any(check["status"] == "fault" for check in report["checks"])
        assert process.returncode == (1 if has_fault else 130)
        assert not code.decode(report["check_code"]).is_whole

    def test_what_is_waited_for_is_named_and_not_waited_for_to_the_end(
        self, pc: Pc, tmp_path: Path
    ) -> None:
        """A real module that hangs: SoftHSM waits for its configuration, which never comes.

        The chosen certificate is diagnosed without it, by the beginning of its fingerprint.
        """
        sha256 = pc.hold(user01=-3)["user01"]
        make_pipe(tmp_path / "pipe")
        terminal, side_of_command = open_terminal()
        with subprocess.Popen(
            [
                *(*COMMAND, *pc.options, "--store", f"pkcs11:{MODULE}"),
                *("--offline", "--json", "--certificate", sha256[:9].upper()),
            ],
            cwd=ROOT,
            env=os.environ | {"SOFTHSM2_CONF": str(tmp_path / "pipe")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=side_of_command,
            encoding="utf-8",
        ) as process:
            os.close(side_of_command)
            told = b""
            while "の応答を待っています".encode() not in told:
                told += os.read(terminal, 4096)
            out, _ = process.communicate(timeout=60)
        os.close(terminal)
        *_, waiting = told.decode("utf-8", "replace").strip().splitlines()
        assert MODULE.name in waiting
        assert str(MODULE.parent) not in waiting
        report = json.loads(out)
        assert process.returncode == 1
        assert codes(report)["present"] == {"present-place-hung"}
        assert codes(report)["period"] == {"period-expired"}
        assert "秒以内に応答しなかった" in out

    def test_without_a_terminal_stderr_stays_silent(self, pc: Pc) -> None:
        """Nothing that a log of a management tool would keep, but which profile was named."""
        pc.hold(user01=300)
        ran = pc.diagnose("--offline")
        assert len(ran.err.splitlines()) == 1
        assert "銀行の設定ファイル" in ran.err

    def test_what_is_broken_off_waits_for_no_store(self) -> None:
        """Nobody learns then which certificate begins like that; what was given stays."""
        release = threading.Event()

        def found() -> Listing:
            release.wait(60)
            return listings.listing()

        scene = Scene(listings.bank(), listings.AT, Once(found), chosen="abcd1234", offline=True)
        carrying = diagnose._Carrying(scene)
        carrying.course.cancel()
        list(carrying.follow())
        assert not release.is_set()
        assert {one.findings[0].code for one in carrying.outcomes} == {CANCELLED}
        assert carrying.chosen == "abcd1234"
        release.set()

    def test_without_a_terminal_no_place_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """However long one takes; with one it is, once."""
        monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
        diagnose._Progress(lambda: ["pkcs11:/card.so"]).wait()
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        progress = diagnose._Progress(lambda: ["pkcs11:/card.so"])
        progress.wait()
        progress.wait()
        assert capsys.readouterr().err.count("card.so") == 1


class TestLookingUp:
    """What the helpdesk asks the program, without any PC concerned."""

    def test_the_sixteen_checks(self, run: Run) -> None:
        """By number, name and title; as JSON, too."""
        printed = run("diagnose", "--list-checks")
        assert (printed.status, printed.err) == (0, "")
        lines = [line.split(maxsplit=2) for line in printed.out.splitlines()]
        assert [line[:2] for line in lines] == [[str(one.number), one.name] for one in CHECKS]
        listed = run("diagnose", "--list-checks", "--json").document("certhelper.checks-1")
        assert [tuple(one.values()) for one in listed["checks"]] == [
            (int(number), name, title) for number, name, title in lines
        ]

    def test_a_code_that_was_heard(self, run: Run) -> None:
        """Every finding with its number, meaning, causes, remedy and who acts."""
        printed = run("diagnose", "--decode", "125-714-114")
        assert (printed.status, printed.err) == (0, "")
        heads = re.findall(r"^(\d{3,4})  (\S+)", printed.out, re.MULTILINE)
        assert heads[0] == ("601", "有効期限")
        assert [number for number, _ in heads] == ["601", "1501", "202"]

    def test_a_code_of_a_diagnosis_after_a_failure(self, run: Run) -> None:
        """First what had failed, by its own number, then the gravest finding."""
        failed = Finding(occasion.FAILED, facts(failure="pin-wrong", number=3081))
        outcomes = [
            Outcome("period", (Finding("period-expired"),), 1.0),
            Outcome("rehearsal", (failed,), 1.0),
        ]
        document = run("diagnose", "--decode", code.code_of(outcomes), "--json").document(
            "certhelper.check-code-1"
        )
        assert [one["code"] for one in document["findings"]] == ["pin-wrong", "period-expired"]

    @pytest.mark.parametrize(
        ("kind", "number", "who"),
        [
            ("rehearsal-refused", 1608, "administrator"),
            ("rehearsal-not-reached", 1620, "user"),
            ("rehearsal-bank-error", 1626, "user"),
        ],
    )
    def test_a_code_tells_why_the_rehearsal_failed(
        self, run: Run, kind: str, number: int, who: str
    ) -> None:
        """Where nothing but the rehearsal found it, the phone gets what to do and who does it."""
        outcome = Outcome("rehearsal", (Finding(kind),), 1.0)
        document = run("diagnose", "--decode", code.code_of([outcome]), "--json").document(
            "certhelper.check-code-1"
        )
        [found] = document["findings"]
        assert (found["number"], found["who"]) == (number, who)
        assert "○" not in found["remedy"]

    def test_a_digit_that_was_misheard(self, run: Run) -> None:
        """It is said, never read as another finding; and what is no code, too."""
        printed = run("diagnose", "--decode", "125 714 115")
        assert (printed.status, printed.code, printed.out) == (2, "check-code-misheard", "")
        printed = run("diagnose", "--decode", "12571411")
        assert (printed.status, printed.code) == (2, "check-code-not-nine-digits")
        for words in ("9桁", "3桁か4桁", "番号"):  # it may have been either
            assert words in printed.err

    @pytest.mark.parametrize("given", ["3081", "３０８１", "pin-wrong", "[pin-wrong]"])
    def test_the_number_or_code_of_a_failure(self, run: Run, given: str) -> None:
        """As the session's window shows it."""
        printed = run("diagnose", "--decode", given)
        assert printed.status == 0
        assert "[pin-wrong]" in printed.out
        document = run("diagnose", "--decode", given, "--json").document("certhelper.check-code-1")
        [found] = document["findings"]
        assert (found["number"], found["code"], found["who"]) == (3081, "pin-wrong", "user")

    def test_a_number_that_nothing_has(self, run: Run) -> None:
        """A newer version's, or misheard."""
        printed = run("diagnose", "--decode", "9999")
        assert (printed.status, printed.code) == (2, "number-unknown")

    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_no_text_has_an_unfilled_place(self, language: texts.Language) -> None:
        """What is read without the facts has blanks in it, and no braces or question marks."""
        from certhelper import failures
        from certhelper.reason import SEVERITIES

        told = [explained.of_finding(*one, language) for one in explained.findings()]
        told += [explained.of_failure(one, language) for one in failures.known()]
        told += [explained.of_reason(one, language) for one in SEVERITIES]
        for one in told:
            assert one.meaning
            assert not re.search(r"[{}]", " ".join(map(str, one))), one.code

    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_no_sentence_is_nothing_but_blanks(self, language: texts.Language) -> None:
        """Over the phone a blank says neither what is the matter nor what to do."""
        for check, entry in explained.findings():
            told = explained.of_finding(check, entry, language)
            for said in filter(None, (told.meaning, told.remedy, told.bank)):
                for sentence in re.split(r"(?<=。)|(?<=[.])\s+", said):
                    words = re.sub(r"[○、。.…\s]|\((?:…|[a-z ]{1,20})\)", "", sentence)
                    assert words or not sentence, (entry.code, said)

    def test_what_stands_for_a_fact_reads_like_a_word(self) -> None:
        """No bracket in a bracket, no blank behind a name that is Japanese now."""
        said = explained.without_facts("The user ({account}) of {host}.", "en")
        assert said == "The user (…) of the bank's server."
        assert explained.without_facts("{host} の証明書", "ja") == "銀行のサーバーの証明書"
        assert explained.without_facts("One ({x}: {account})", "en") == "One (…: …)"
        assert explained.without_facts("{host} is down", "en")[0].isupper()

    def test_only_one_form_of_the_report(self, run: Run) -> None:
        """Two of them are wrong use, said in the person's language."""
        printed = run("diagnose", "--json", "--text")
        assert (printed.status, printed.code) == (2, "wrong-use")
        assert "一緒に使えません" in printed.err


def test_an_account_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system knows none, and the environment says none."""

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    diagnose._have_a_home()
    assert os.environ["USERPROFILE" if sys.platform == "win32" else "HOME"] == "/nonexistent"
