"""Whole log-ons with a token and a locked database: real engine, NSS, SoftHSM and demo bank."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from support import nssdb
from support.command import Ran
from support.engine_processes import below
from support.log_on import Site
from support.memory import copies
from support.pki import Authority, Issued
from support.softhsm import MODULE, MadeToken, SoftHsm
from support.systems import is_root, only_on_linux

from certhelper.demo.customers import DEMO_PIN
from certhelper.logon import session, unlocking
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.secret_wanted import SecretKind
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.unlocking import Unlocking
from certhelper.secret import Secret
from certhelper.stores import nss_database
from certhelper.stores.base import TriesLeft
from certhelper.stores.pkcs11 import Pkcs11Store

pytestmark = only_on_linux

PASSWORD = "データベース Pass"
_ROOT = Path(__file__).parents[2]
_SPY = Path("/usr/lib/x86_64-linux-gnu/pkcs11/pkcs11-spy.so")
"""OpenSC's module that notes every call on its way to another one."""

_PARENT = """
import os, sys
from pathlib import Path
from certhelper.logon import session
from certhelper.logon.request import SessionRequest
from certhelper.secret import Secret

home, secret = Path(sys.argv[1]), Secret.from_characters(sys.argv[2])
request = SessionRequest.read(home / "request.json")
tell = lambda report: print(report.stage.value, flush=True)
session.follow(request, home, dict(os.environ), tell, secret=secret)
"""

_WITHOUT_A_PIN = """
import sys
from pathlib import Path
from certhelper.logon.token_nss import Nss, NssError
from certhelper.secret import Secret

nss, module = Nss(), Path(sys.argv[1])
nss.open_database()
nss.load(module)
for slot in nss.slots(module):
    try:
        nss.log_in(slot, None)
    except NssError as error:
        print("refused" if not nss.is_typed_on_reader(slot) else error.number)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo bank without 他の認証."""
    with Site(tmp_path_factory.mktemp("site"), other_authentication=False) as made:
        yield made


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "softhsm")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def token(softhsm: SoftHsm, site: Site) -> MadeToken:
    """A token with the user's certificate and its issuer's, beside another token."""
    softhsm.make_token("別のトークン", "87654321")
    made = softhsm.make_token("会社のカード", "Card4711")
    softhsm.add(made, Issued(site.user.certificate, site.user.key))
    softhsm.add_certificate(made, site.server.authority.biznet_g2.der, "issuer", "0c")
    return made


@pytest.fixture
def locked(site: Site, tmp_path: Path) -> Path:
    """A database with a password, as a Firefox profile has one."""
    directory = tmp_path / "locked"
    entries = [
        (site.user.der, site.user.key_der, "user01"),
        (site.server.authority.biznet_g2.der, None, "issuer"),
    ]
    nss_database.create(directory, entries, Secret.from_characters(PASSWORD))
    return directory


def certhelper(*arguments: str, secret: str, given: str | None = None) -> Ran:
    """Run a command with a secret by ``--secret-fd``."""
    reading, writing = os.pipe()
    os.write(writing, f"{secret}\n".encode())
    os.close(writing)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "certhelper", *arguments, "--secret-fd", str(reading)],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            pass_fds=[reading],
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            capture_output=True,
            text=True,
            timeout=90,
        )
    finally:
        os.close(reading)
    return Ran(done.returncode, done.stdout, done.stderr)


def log_on(site: Site, store: str, secret: str) -> Ran:
    return certhelper(
        *("logon", "--bank", str(site.bank.source), "--store", store),
        *("--certificate", site.user.sha256, "--pin-stdin", "--until", "top", "--json"),
        secret=secret,
        given=f"{DEMO_PIN}\n",
    )


def rehearse(site: Site, store: str, secret: str) -> Ran:
    return certhelper(
        *("rehearse", "--bank", str(site.bank.source), "--store", store, "--json"),
        secret=secret,
    )


def test_a_log_on_with_a_locked_database(site: Site, locked: Path) -> None:
    """Up to the top page; neither the password nor the PIN is in what the command says."""
    ran = log_on(site, f"nss:{locked}", PASSWORD)
    assert (ran.status, ran.stages[-1]) == (0, "top-page"), ran
    assert PASSWORD not in ran.out + ran.err


def test_a_wrong_database_password_is_named_and_the_bank_hears_nothing(
    site: Site, locked: Path
) -> None:
    """It is not the bank's PIN that was wrong."""
    before = len(site.log.entries)
    ran = rehearse(site, f"nss:{locked}", "not the password")
    assert (ran.status, ran.lines[-1]["code"]) == (1, "database-password-wrong")
    assert "データベースのパスワードが違います" in ran.err
    assert len(site.log.entries) == before


def test_the_private_copy_stays_locked_on_disk_and_obeys_no_foreign_module(
    site: Site, locked: Path
) -> None:
    """What lies in the session's home is as encrypted as the original while the session runs."""
    (locked / "pkcs11.txt").write_text(f'library="{_SPY}"\nname="foreign"\n', "utf-8")
    seen: list[tuple[bool, bool]] = []

    def look(home: Path, report: StageReport) -> None:
        if report.stage is Stage.CERTIFICATE_SENT:
            private = home / ".pki" / "nssdb"
            opens = nssdb.Database(private, "not the password").accepts_password()
            seen.append((opens, "foreign" in (private / "pkcs11.txt").read_text("utf-8")))

    order = Unlocking(SecretKind.DATABASE_PASSWORD, str(locked))
    status = run_session(site, f"nss:{locked}", order, PASSWORD, look)
    assert status == 0
    assert seen == [(False, False)]


def test_a_log_on_with_a_token(site: Site, token: MadeToken) -> None:
    """The key never leaves the token; the bank sees its certificate and lets the person in."""
    ran = log_on(site, f"pkcs11:{MODULE}", token.pin)
    assert (ran.status, ran.stages[-1]) == (0, "top-page"), ran
    assert site.log.certificates()[-1] == site.user.sha256
    assert token.pin not in ran.out + ran.err


@pytest.mark.parametrize("chosen", range(2))
def test_a_certificate_on_several_tokens_is_used_from_the_chosen_one(
    site: Site, softhsm: SoftHsm, chosen: int
) -> None:
    """Whichever it is: the other, which nobody logged into, does not stand in the engine's way."""
    made = [softhsm.make_token(f"card {number}", f"Card471{number}") for number in range(2)]
    for one in made:
        softhsm.add(one, Issued(site.user.certificate, site.user.key))
        softhsm.add_certificate(one, site.server.authority.biznet_g2.der, "issuer", "0c")
    ran = rehearse(site, f"pkcs11:{MODULE}#{made[chosen].serial}", made[chosen].pin)
    assert (ran.status, ran.stages[-1]) == (0, "pin-page"), ran
    assert site.log.certificates()[-1] == site.user.sha256


@pytest.mark.parametrize("passphrase", [None, PASSWORD], ids=["plain key", "encrypted key"])
def test_a_log_on_with_a_folder_that_holds_the_key(
    site: Site, tmp_path: Path, passphrase: str | None
) -> None:
    """Certificate and key in files of their own, as another program exported them."""
    folder = key_folder(site, tmp_path, passphrase)
    ran = log_on(site, f"files:{folder}", passphrase or "")
    assert (ran.status, ran.stages[-1]) == (0, "top-page"), ran


def test_a_wrong_passphrase_of_a_key_file_is_named(site: Site, tmp_path: Path) -> None:
    """Before anything is opened, and without the bank."""
    before = len(site.log.entries)
    folder = key_folder(site, tmp_path, PASSWORD)
    ran = rehearse(site, f"files:{folder}", "not the passphrase")
    assert (ran.status, ran.lines[-1]["code"]) == (1, "key-passphrase-wrong")
    assert f"鍵ファイルのパスフレーズが違います({folder / 'user01.key'})" in ran.err
    assert len(site.log.entries) == before


def test_a_wrong_token_pin_is_one_try(site: Site, softhsm: SoftHsm, token: MadeToken) -> None:
    """The message names the PIN and what the token tells; the right one still works after."""
    before = len(site.log.entries)
    ran = rehearse(site, f"pkcs11:{MODULE}", "Wrong0PIN")
    assert (ran.status, ran.lines[-1]["code"]) == (1, "token-pin-wrong")
    assert "会社のカード" in ran.err
    assert "残りの回数が減っています" in ran.err
    assert len(site.log.entries) == before
    assert softhsm.try_pin(token, token.pin)


@pytest.mark.parametrize(
    "folder",
    ['a" name="b" library="/nowhere.so', "日本語 の 場所", "back\\slash'quote"],
)
def test_the_module_s_path_may_hold_any_character(
    site: Site, token: MadeToken, tmp_path: Path, folder: str
) -> None:
    """No character of it has a meaning for NSS."""
    module = tmp_path / folder / 'module "1".so'
    module.parent.mkdir(parents=True)
    shutil.copy(MODULE, module)
    ran = rehearse(site, f"pkcs11:{module}", token.pin)
    assert (ran.status, ran.stages[-1]) == (0, "pin-page"), ran


def test_the_token_is_logged_in_once_and_logged_out_at_the_end(
    site: Site, token: MadeToken, tmp_path: Path
) -> None:
    """As OpenSC's spy between NSS and the module notes it, right and wrong."""
    status, calls = spied(site, token, token.pin, tmp_path / "right")
    assert status == 0
    assert calls.count("C_Login") == 1
    assert "C_Sign" in calls
    assert calls.index("C_Login") < calls.index("C_Sign") < len(calls) - 2
    assert calls[-2:] == ["C_Logout", "C_Finalize"]
    status, calls = spied(site, token, "Wrong0PIN", tmp_path / "wrong")
    assert status == 1
    assert calls.count("C_Login") == 1
    assert calls[-1] == "C_Finalize"


def test_a_token_that_does_not_hold_the_certificate_gets_no_pin(
    site: Site, softhsm: SoftHsm, tmp_path: Path
) -> None:
    """Another card of the same name and number: both are what its maker wrote on it."""
    other = softhsm.make_token("会社のカード", "Card4711")
    softhsm.add(other, Authority().issue("12345678901234 user02"))
    order, reports = spying(site, other, tmp_path / "notes"), list[StageReport]()
    status = run_session(
        site, f"pkcs11:{_SPY}", order, other.pin, lambda _, one: reports.append(one)
    )
    assert (status, reports[-1].code) == (1, "token-gone")
    called = (tmp_path / "notes").read_text("utf-8", "replace")
    assert "C_GetAttributeValue" in called
    assert "C_Login" not in called


def test_a_pin_of_nothing_is_never_given(
    softhsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token without a reader of its own would take it for a wrong one: NSS is given none."""
    made, database = softhsm.make_token("会社のカード"), tmp_path / ".pki" / "nssdb"
    database.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_PIN, str(MODULE)],
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "refused\n" * 2
    [row] = [one for one in Pkcs11Store(MODULE).read().slots if one.token is not None]
    assert row.token is not None
    assert (row.token.label, row.token.tries) == (made.label, TriesLeft.PLENTY)


def test_a_session_that_is_cancelled_leaves_the_token(
    site: Site, token: MadeToken, tmp_path: Path
) -> None:
    """The window's cancel, Ctrl-C, a closed terminal: asked to end, it logs out first."""

    def cancel(_: Path, report: StageReport) -> None:
        if report.stage is Stage.LOGON_PAGE:
            raise KeyboardInterrupt

    notes = tmp_path / "notes"
    with pytest.raises(KeyboardInterrupt):
        run_session(site, f"pkcs11:{_SPY}", spying(site, token, notes), token.pin, cancel)
    calls = calls_in(notes)
    assert calls[0] == "C_Login"
    assert calls[-2:] == ["C_Logout", "C_Finalize"]


def test_a_session_whose_parent_was_killed_leaves_the_token(
    site: Site, token: MadeToken, tmp_path: Path
) -> None:
    """Nobody is there to ask it to end, and it waits for the PIN: the kernel tells it."""
    if sys.platform != "linux":
        pytest.skip("only on Linux: the kernel's word of a parent's end")
    notes, home = tmp_path / "notes", tmp_path / "home"
    home.mkdir()
    prepare(home, f"pkcs11:{_SPY}", None)
    request_of(site, home, spying(site, token, notes), Until.TOP).write(home)
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(home), token.pin],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "opened\n"
        (worker,) = (pid for pid, line in below(parent.pid) if "browser.worker" in line)
        end = os.pidfd_open(worker)
        parent.kill()
        assert select.select([end], [], [], 30)[0]
        os.close(end)
    assert calls_in(notes)[-2:] == ["C_Logout", "C_Finalize"]
    assert not home.exists()


def test_what_is_no_module_is_told_by_its_name(site: Site, token: MadeToken) -> None:
    """A library that NSS cannot load as a module."""
    reports: list[StageReport] = []
    order = order_of(site, token, Path("/lib/x86_64-linux-gnu/libc.so.6"))
    status = run_session(
        site, f"pkcs11:{MODULE}", order, token.pin, lambda _, one: reports.append(one)
    )
    assert (status, reports[-1].code) == (1, "token-module-failed")
    assert "libc.so.6" in str(reports[-1].detail["module"])


def test_a_module_that_takes_the_process_along_is_told_as_that(
    site: Site, token: MadeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash before the first word is the module's, not the program's own fault."""
    from certhelper import starting

    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(starting, "part", lambda _: [sys.executable, "-c", crash])
    reports: list[StageReport] = []
    order = order_of(site, token, MODULE)
    status = run_session(
        site, f"pkcs11:{MODULE}", order, token.pin, lambda _, one: reports.append(one)
    )
    assert (status, reports[-1].code) == (1, "token-module-crashed")


@pytest.mark.parametrize("kind", ["token", "database"])
def test_the_secret_is_nowhere_once_the_key_is_open(
    site: Site, softhsm: SoftHsm, tmp_path: Path, kind: str
) -> None:
    """In no argument, variable or file, and in no process's memory, as a core would hold it.

    While the session waits for the bank's PIN.  A card maker's module may keep its own copy.
    """
    secret = "Kx7Qm2Zp9Wr4"  # this test's own process is the only one that may hold it
    with waiting_session(site, store_with(site, softhsm, tmp_path, kind, secret), secret) as pid:
        processes = dict(below(pid))
        for one in (pid, *processes):
            assert secret.encode() not in Path(f"/proc/{one}/cmdline").read_bytes()
            if one != pid and not is_root():
                continue  # others are sealed, or the engine's sandbox has them: root alone may look
            assert secret.encode() not in Path(f"/proc/{one}/environ").read_bytes()
            assert copies(one, secret) == 0
        (request,) = (
            Path(word)
            for line in processes.values()
            for word in line.split()
            if word.endswith("request.json")
        )
        home = request.parent
        assert request.exists()
        files = [one for one in home.rglob("*") if one.is_file()]
        assert not any(secret.encode() in one.read_bytes() for one in files)


def store_with(site: Site, softhsm: SoftHsm, folder: Path, kind: str, secret: str) -> str:
    """Make a token or a database that ``secret`` opens; return what ``--store`` takes."""
    if kind == "token":
        made = softhsm.make_token("会社のカード", secret)
        softhsm.add(made, Issued(site.user.certificate, site.user.key))
        return f"pkcs11:{MODULE}"
    database = folder / "database"
    entries = [(site.user.der, site.user.key_der, "user01")]
    nss_database.create(database, entries, Secret.from_characters(secret))
    return f"nss:{database}"


@contextmanager
def waiting_session(site: Site, store: str, secret: str) -> Iterator[int]:
    """Lend the process id of a ``certhelper logon`` that has opened the key and waits."""
    reading, writing = os.pipe()
    os.write(writing, f"{secret}\n".encode())
    os.close(writing)
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "certhelper", "logon", "--bank", str(site.bank.source)),
            *("--store", store, "--certificate", site.user.sha256),
            *("--pin-stdin", "--until", "top", "--json", "--secret-fd", str(reading)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[reading],
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        text=True,
    ) as command:
        os.close(reading)
        assert command.stdout is not None
        try:
            assert json.loads(command.stdout.readline())["stage"] == "opened"
            yield command.pid
        finally:
            command.terminate()


def key_folder(site: Site, parent: Path, passphrase: str | None) -> Path:
    folder = parent / "鍵 folder"
    folder.mkdir()
    (folder / "user01.crt").write_bytes(site.user.pem)
    (folder / "issuer.crt").write_bytes(site.server.authority.biznet_g2.pem)
    locking = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase.encode())
    )
    key = site.user.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locking
    )
    (folder / "user01.key").write_bytes(key)
    return folder


def order_of(site: Site, token: MadeToken, module: Path) -> Unlocking:
    return Unlocking(
        SecretKind.TOKEN_PIN,
        token.label,
        module=module,
        label=token.label.encode(),
        serial=token.serial.encode(),
        certificate=site.user.sha256,
        lent=unlocking.lent(os.environ),
    )


def run_session(
    site: Site,
    store: str,
    order: Unlocking,
    secret: str,
    look: Callable[[Path, StageReport], None],
) -> int:
    """Run a session up to the PIN page; ``look`` gets its home and each report."""
    with private_home() as home:
        prepare(home, store, None)
        return session.follow(
            request_of(site, home, order, Until.PIN),
            home,
            dict(os.environ),
            lambda report: look(home, report),
            secret=Secret.from_characters(secret),
        )


def request_of(site: Site, home: Path, order: Unlocking, until: Until) -> SessionRequest:
    return SessionRequest(
        bank=site.bank.source,
        bank_sha256=site.bank.sha256,
        certificate=site.user.sha256,
        issuers=(site.user.certificate.issuer.public_bytes(),),
        holder="",
        certificate_facts=(),
        until=until,
        pin_stdin=until is not Until.PIN,
        downloads=home,
        unlocking=order,
    )


def spied(site: Site, token: MadeToken, pin: str, notes: Path) -> tuple[int, Sequence[str]]:
    """Run a session with the spy before SoftHSM; return its status and the calls that matter."""
    order = spying(site, token, notes)
    status = run_session(site, f"pkcs11:{_SPY}", order, pin, lambda _, __: None)
    return status, calls_in(notes)


def spying(site: Site, token: MadeToken, notes: Path) -> Unlocking:
    order = order_of(site, token, _SPY)
    spy = (("PKCS11SPY", os.fsencode(MODULE)), ("PKCS11SPY_OUTPUT", os.fsencode(notes)))
    return msgspec.structs.replace(order, lent=order.lent + spy)


def calls_in(notes: Path) -> Sequence[str]:
    """The calls that matter, from the first log-in on.

    NSS leaves a token before each log-in, so that no other's is taken for ours.
    """
    found = re.findall(
        r"^\d+: (C_(?:Login|Logout|Sign|Finalize))$",
        notes.read_text("utf-8", "replace"),
        re.MULTILINE,
    )
    return found[found.index("C_Login") :]
