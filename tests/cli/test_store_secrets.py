"""Where a log-on's own secret comes from: the terminal, ``--secret-fd``, or nowhere."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from support.command import certhelper
from support.listings import installed
from support.log_on import Site
from support.pki import Authority, Issued

from certhelper.cli.store_secrets import secret_for
from certhelper.failures import FailedError, WrongUseError, told
from certhelper.logon import secret_wanted
from certhelper.secret import Secret
from certhelper.stores import nss_database
from certhelper.stores.base import Installed, KeyState, Token, TriesLeft
from certhelper.stores.files import FilesStore

PASSWORD = "データベース Pass"
_ROOT = Path(__file__).parents[2]

_AT_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'certhelper', *sys.argv[1:]])"
)
"""Makes what it was given its own terminal, as a shell's is, and runs the program there."""


def on_token(tries: TriesLeft = TriesLeft.PLENTY, *, on_reader: bool = False) -> Installed:
    token = Token("会社のカード", "0042", "Example", "Model", 1, True, on_reader, tries)
    row = installed("12345678901234 user01", key=KeyState.NEEDS_USER, store="pkcs11:/lib/t.so")
    return row._replace(token=token)


def asked(row: Installed, *, given: str | None = "4711", **options: object) -> str | None:
    """Return the secret that a log-on with ``row`` would get."""
    chosen = {"store": ["pkcs11:/lib/t.so"], "last_try": False} | options
    secret = None if given is None else Secret.from_characters(given)
    with secret_for(secret_wanted.wanted(row), secret, argparse.Namespace(**chosen)) as lent:
        return None if lent is None else "".join(lent.characters())


def test_a_secret_that_was_given_is_used() -> None:
    """For a token, a database and a key's file alike."""
    database = installed("12345678901234 user01", store="nss:/db", needs_user=True)
    file = installed("12345678901234 user01", store="files:/f", key=KeyState.NEEDS_USER)
    assert [asked(row) for row in (on_token(), database, file)] == ["4711"] * 3


@pytest.mark.parametrize(
    "stores", [[], ["pkcs11"], ["pkcs11:/lib/a.so", "pkcs11:/lib/b.so"], ["nss:/db", "pkcs11:/a"]]
)
def test_a_pin_that_may_be_meant_for_another_token_goes_to_none(stores: list[str]) -> None:
    """It would use up a try of the wrong one."""
    with pytest.raises(WrongUseError, match="secret-needs-one-store"):
        asked(on_token(), store=stores)


@pytest.mark.parametrize(
    ("tries", "last_try", "code"),
    [
        (TriesLeft.LAST, False, "token-last-try"),
        (TriesLeft.NONE, False, "token-locked"),
        (TriesLeft.NONE, True, "token-locked"),
    ],
)
def test_a_token_near_its_end_is_refused_before_anybody_is_asked(
    tries: TriesLeft, last_try: bool, code: str
) -> None:
    """The last try needs --last-try; a blocked token needs somebody else."""
    with pytest.raises(FailedError) as caught:
        asked(on_token(tries), last_try=last_try)
    assert caught.value.code == code


def test_the_last_try_can_be_insisted_on(capfd: pytest.CaptureFixture[str]) -> None:
    """And what the token tells is said."""
    assert asked(on_token(TriesLeft.LAST), last_try=True) == "4711"
    assert "最後の1回" in capfd.readouterr().err


def test_a_reader_with_its_own_keys_is_pointed_at(capfd: pytest.CaptureFixture[str]) -> None:
    """No PIN of ours goes there, even if one was given."""
    assert asked(on_token(on_reader=True)) is None
    assert "カードリーダーのテンキー" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (on_token(), "token-pin-needed"),
        (
            installed("12345678901234 user01", store="nss:/db", needs_user=True),
            "database-password-needed",
        ),
        (
            installed("12345678901234 user01", store="pkcs12:/f", key=KeyState.NEEDS_USER),
            "passphrase-needed",
        ),
        (
            installed("12345678901234 user01", store="files:/f", key=KeyState.NEEDS_USER),
            "key-passphrase-needed",
        ),
    ],
)
def test_with_nobody_to_ask_the_secret_is_named(row: Installed, code: str) -> None:
    """A script reads which one to give."""
    with pytest.raises(FailedError) as caught:
        asked(row, given=None)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["database", "file"])
def test_a_person_at_a_terminal_is_asked_by_name(tmp_path: Path, kind: str) -> None:
    """The question names the place and says what it is not; the answer is not shown."""
    with Site(tmp_path, other_authentication=False) as site:
        store, place = locked(site, tmp_path, kind)
        command = ("rehearse", "--bank", str(site.bank.source), "--store", store)
        status, question, rest = at_terminal(*command, answer=PASSWORD)
    assert place in question
    assert status == 0, rest
    assert "利用者暗証番号の画面に進みました" in rest
    assert PASSWORD not in question + rest


@pytest.mark.parametrize("answer", [PASSWORD, "another"])
def test_a_list_of_one_locked_file_asks_a_person_at_a_terminal(tmp_path: Path, answer: str) -> None:
    """As a log-on does; a wrong passphrase is a state of the list, not its end."""
    file = tmp_path / "user01.p12"
    file.write_bytes(Authority().issue("12345678901234 user01").pkcs12(PASSWORD))
    status, question, rest = at_terminal("list", "--store", f"pkcs12:{file}", answer=answer)
    assert str(file) in question
    assert status == 0
    assert ("利用者 user01" if answer == PASSWORD else "[passphrase-wrong]") in rest
    assert answer not in question + rest


def at_terminal(*command: str, answer: str) -> tuple[int, str, str]:
    """Run a command at a terminal, and answer its question for a secret.

    Return its exit status, and what was shown before and after the answer.
    """
    if sys.platform == "win32":
        pytest.skip("only on Linux: a terminal of a test's own")
    import pty

    controlling, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", _AT_TERMINAL, *command],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
    ) as process:
        os.close(terminal)
        question = read_until(controlling, "利用者暗証番号ではありません):")
        os.write(controlling, f"{answer}\n".encode())
        rest = read_until(controlling, "")
    os.close(controlling)
    return process.returncode, question, rest


def test_with_nobody_at_a_terminal_the_locked_file_is_named(tmp_path: Path) -> None:
    """And nobody is told to have a certificate reissued that is in it."""
    with Site(tmp_path, other_authentication=False) as site:
        store, place = locked(site, tmp_path, "file")
        ran = certhelper("rehearse", "--bank", str(site.bank.source), "--store", store, "--json")
    assert (ran.status, ran.lines[-1]["code"]) == (1, "passphrase-needed")
    assert place in ran.err


def test_a_key_s_own_file_is_named(tmp_path: Path) -> None:
    """Not the certificate beside it; and how its passphrase is given."""
    issued = Authority().issue("12345678901234 user01")
    (tmp_path / "user01.cer").write_bytes(issued.der)
    (tmp_path / "user01.key").write_bytes(encrypted_key(issued))
    [row] = FilesStore(tmp_path).read().installed
    with pytest.raises(FailedError) as caught:
        asked(row, given=None)
    assert caught.value.facts["where"] == str(tmp_path / "user01.key")
    assert "--secret-fd" in told(caught.value).remedy


def encrypted_key(issued: Issued) -> bytes:
    """The key as PEM, which PASSWORD opens."""
    return issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )


def locked(site: Site, folder: Path, kind: str) -> tuple[str, str]:
    """Make a place that PASSWORD opens; return it as ``--store`` takes it, and its name."""
    if kind == "file":
        file = folder / "user01.p12"
        file.write_bytes(site.user.pkcs12("user01", PASSWORD.encode()))
        return f"pkcs12:{file}", str(file)
    database = folder / "locked"
    entries = [(site.user.der, site.user.key_der, "user01")]
    nss_database.create(database, entries, Secret.from_characters(PASSWORD))
    return f"nss:{database}", str(database)


def read_until(terminal: int, words: str) -> str:
    """Read what is shown until ``words`` have come, or the end where there are none."""
    shown = b""
    while not words or words.encode() not in shown:
        try:
            octets = os.read(terminal, 4096)
        except OSError:  # EIO: the other end has been closed (pty(7))
            break
        if not octets:
            break
        shown += octets
    return shown.decode("utf-8", "replace")
