"""``certhelper logon`` and ``rehearse`` as commands: what they refuse, print and leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import nssdb
from support.bank_fixtures import BankStore
from support.cli import Run
from support.command import certhelper
from support.pki import Authority
from support.raw_servers import AbsentServer
from support.systems import is_root, needs_linux

from certhelper import settings
from certhelper.demo import profile
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import DemoServer
from certhelper.logon import environment
from certhelper.settings import SettingsFile


@pytest.fixture
def bank(demo_server: DemoServer, tmp_path: Path) -> str:
    """The profile of a running demo bank without 他の認証."""
    demo_server.bank.scenario = Scenario(other_authentication=False)
    path = profile.write(tmp_path, demo_server.addresses, demo_server.authority.server_root)
    return str(path)


def test_the_stages_are_told_to_a_person(
    bank: str, bank_store: BankStore, demo_server: DemoServer
) -> None:
    """Without --json every stage is a sentence; the PIN is in none of them."""
    ran = certhelper(
        "logon",
        *("--bank", bank, "--store", bank_store.where),
        *("--certificate", bank_store["user01"].sha256.upper()),
        *("--pin-stdin", "--until", "top"),
        given=DEMO_PIN,
    )
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "利用者トップページが表示されました。"
    assert DEMO_PIN not in ran.out + ran.err.replace(f"利用者暗証番号 {DEMO_PIN}", "")
    assert demo_server.log.certificates() == [bank_store["user01"].sha256]


def test_a_rehearsal_needs_no_pin(
    bank: str, bank_store: BankStore, demo_server: DemoServer
) -> None:
    """It goes up to the PIN page and no further."""
    ran = certhelper(
        "rehearse",
        *("--bank", bank, "--store", bank_store.where, "--json"),
        *("--certificate", bank_store["user02"].sha256[:8]),
    )
    assert ran.status == 0
    assert ran.stages[-1] == "pin-page"
    assert demo_server.log.pin_posts() == 0


def test_the_only_holder_is_chosen_and_the_administrator_never(
    bank: str, demo_server: DemoServer, tmp_path: Path
) -> None:
    """One 利用者 beside the 管理者: no fingerprint is needed."""
    needs_linux("NSS's library, which writes the store")
    authority = demo_server.authority
    from certhelper.demo import store
    from certhelper.demo.cases import Case

    user = authority.issue_client("12345678901234 user01")
    administrator = authority.issue_client("12345678901234")
    directory = tmp_path / "store"
    cases = [Case("user", user), Case("administrator", administrator)]
    store.write(directory, authority, cases)
    ran = certhelper("rehearse", "--bank", bank, "--store", f"nss:{directory}", "--json")
    assert ran.status == 0, ran
    assert demo_server.log.certificates() == [user.sha256]


def test_an_administrator_s_certificate_is_used_only_when_named_and_with_a_warning(
    bank: str, bank_store: BankStore
) -> None:
    """The bank says what it thinks of it; the warning comes first."""
    ran = certhelper(
        "rehearse",
        *("--bank", bank, "--store", bank_store.where, "--json"),
        *("--certificate", bank_store["administrator"].sha256),
    )
    assert ran.status == 1
    assert ran.lines[-1]["code"] == "administrator-certificate"
    assert "管理者用の証明書で利用者ログオン" in ran.err


@pytest.mark.parametrize(
    ("certificate", "status", "code"),
    [
        (None, 2, "several-holders"),
        ("ffffffff", 2, "fingerprint-unknown"),
        ("zz", 2, "fingerprint-wrong"),
        ("expired", 1, "certificate-not-usable"),
        ("other-bank", 1, "certificate-not-usable"),
    ],
)
def test_what_cannot_be_chosen_is_refused_before_the_bank_hears_of_it(
    bank: str,
    bank_store: BankStore,
    demo_server: DemoServer,
    certificate: str | None,
    status: int,
    code: str,
) -> None:
    """One JSON line, one sentence on stderr with the code, the right status."""
    known = certificate in bank_store.certificates
    named = bank_store[certificate].sha256 if known and certificate else certificate
    option = ["--certificate", named] if named else []
    ran = certhelper("rehearse", "--bank", bank, "--store", bank_store.where, "--json", *option)
    assert ran.status == status
    assert [line["code"] for line in ran.lines] == [code]
    assert ran.err.rstrip().endswith(f"[{code}]")
    assert demo_server.log.entries == ()


def test_without_a_database_s_password_nothing_is_opened(bank: str, tmp_path: Path) -> None:
    """With nobody at a terminal to ask, the secret is named before anything is opened."""
    issued = Authority(
        (
            ("C", "JP"),
            ("O", "Example Bank, Ltd."),
            ("OU", "Symantec Trust Network"),
            ("OU", "Class 2 Managed PKI Individual Subscriber CA"),
            ("CN", "Example Bank Biznet CA - G2"),
        )
    ).issue("12345678901234 user01")
    database = nssdb.make(tmp_path / "locked", [(issued, "user01")], "a database password")
    ran = certhelper("rehearse", "--bank", bank, "--store", f"nss:{tmp_path / 'locked'}", "--json")
    assert database is not None
    assert ran.status == 1
    assert [line["code"] for line in ran.lines] == ["database-password-needed"]
    assert "パスワード" in ran.err


def test_a_profile_without_the_bank_s_address_says_so(bank_store: BankStore) -> None:
    """The shipped profile holds no address: the person is told to enter the bank's."""
    ran = certhelper("rehearse", "--store", bank_store.where, "--json")
    assert ran.status == 2
    assert ran.lines[-1]["code"] == "no-logon-address"


def test_the_address_that_was_given_in_the_window_counts_on_the_command_line_too(
    bank_store: BankStore,
) -> None:
    """Command line and window are the same path: the given address is opened, and said."""
    file = SettingsFile(settings.folder() / settings.FILE_NAME)
    named = bank_store["user01"].sha256
    with AbsentServer() as absent:
        host = f"absent.demo-bank.localhost:{absent.port}"
        given = {"kitagin-biznet": f"https://{host}/"}
        file.change(lambda kept: kept.logon_addresses.update(given))
        ran = certhelper("rehearse", "--store", bank_store.where, "--json", "--certificate", named)
    assert ran.lines[-1]["code"] == "connection-refused"
    assert host in ran.err


def test_a_screen_that_does_not_answer_is_said(
    bank: str, bank_store: BankStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Window and log-on alike: one line with a code instead of Qt's own end."""
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", ":4711")
    for command in (["logon", "--json"], []):
        ran = certhelper(*command, "--bank", bank, "--store", bank_store.where)
        assert ran.status == 2
        assert ran.err.rstrip().endswith("[display-needed]")


def test_without_a_display_logon_needs_until(bank: str, bank_store: BankStore) -> None:
    """Nobody would see the window."""
    ran = certhelper("logon", "--bank", bank, "--store", bank_store.where, "--json")
    assert ran.status == 2
    assert ran.lines[-1]["code"] == "display-needed"


def test_root_is_refused_unless_the_tests_say_otherwise(
    bank: str, bank_store: BankStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium would abort; the program says so first."""
    if not is_root():
        pytest.skip("only as root")
    monkeypatch.delenv("QTWEBENGINE_DISABLE_SANDBOX")
    ran = certhelper("rehearse", "--bank", bank, "--store", bank_store.where, "--json")
    assert ran.status == 2
    assert ran.lines[-1]["code"] == "root-refused"


@pytest.mark.usefixtures("own_signals")
@pytest.mark.parametrize("command", [("rehearse",), ("logon", "--until", "top")])
@pytest.mark.parametrize("root", [True, False])
def test_a_sandbox_that_is_switched_off_is_said(
    command: tuple[str, ...],
    root: bool,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> None:
    """Root may do so, and reads it; the variable does nothing for others, who read nothing of it.

    What programs read on stdout stays as it is.
    """
    monkeypatch.setattr(environment, "runs_as_root", lambda: root)
    monkeypatch.setenv(environment.SANDBOX_OFF, "1")
    said = run(*command, "--bank", "kitagin-biznet", "--json")
    assert said.status == 2
    assert ("サンドボックス" in said.err) is root
    assert [json.loads(line)["code"] for line in said.out.splitlines()] == ["no-logon-address"]


@pytest.mark.parametrize(
    "given",
    [
        ["--webEngineArgs", "--no-sandbox"],
        ["--no-sandbox"],
        ["--remote-debugging-port=9222"],
        ["--", "--host-rules=MAP * evil.example"],
    ],
)
def test_no_switch_of_the_engine_s_is_taken_from_arguments(given: list[str]) -> None:
    """What is no option of ours is wrong use, before anything is started."""
    ran = certhelper("logon", *given)
    assert ran.status == 2
    assert ran.err.rstrip().endswith("[wrong-use]")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("stuck", [False, True])
def test_a_cancelled_log_on_leaves_nothing(
    bank: str,
    bank_store: BankStore,
    demo_server: DemoServer,
    home: Path,
    name: str,
    stuck: bool,
) -> None:
    """The window's cancel and a closed terminal end the session and remove its home.

    That holds for a session process that does not answer any more, too.
    """
    demo_server.bank.scenario = Scenario(fault=Fault("certificate", "hold"))
    before = sorted(home.rglob("*"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "certhelper", "rehearse"),
            *("--bank", bank, "--store", bank_store.where, "--json"),
            *("--certificate", bank_store["user01"].sha256),
        ],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"certificate-sent"' in line:
            break
    if stuck:
        os.kill(worker_of(process.pid), signal.Signals["SIGSTOP"])
    process.send_signal(signal.Signals[name])
    process.communicate(timeout=30)
    assert process.returncode == 1
    assert sorted(home.rglob("*")) == before


def worker_of(parent: int) -> int:
    """The process id of the session process below a command."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])
