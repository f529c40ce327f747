"""Whether a key works, and is its certificate's: found out silently, with real keys."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from support import nssdb
from support.pki import Authority, Issued
from support.softhsm import MODULE, PIN, SoftHsm
from support.systems import make_pipe, only_on_linux

from certhelper import key_test, key_test_scheme
from certhelper.certificate import Certificate
from certhelper.checks import KeyTest
from certhelper.key_test_scheme import Scheme
from certhelper.secret import Secret
from certhelper.stores.base import Installed, KeyState, KeyTrouble
from certhelper.stores.files import FilesStore
from certhelper.stores.nss import NssStore
from certhelper.stores.pkcs11 import Pkcs11Store
from certhelper.stores.pkcs11_reading import PASSED_ON
from certhelper.stores.pkcs12 import Pkcs12Store

SIGNS = KeyTest(signs=True)
ANOTHERS = KeyTest(False, KeyTrouble("other-key"))
PASSWORD = "open, please"
SPY = Path("/usr/lib/x86_64-linux-gnu/pkcs11/pkcs11-spy.so")
"""OpenSC's module that notes every call on its way to another one."""
LIMIT_OF_CORES = """
import resource, sys
sys.path.insert(0, {root!r})
from certhelper import key_test_module

most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))

def answer(*_):
    limit = str(resource.getrlimit(resource.RLIMIT_CORE))
    return {{"trouble": limit, "code": "", "certain": False}}

key_test_module._answer = answer
sys.exit(key_test_module.main([]))
"""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def secret(text: str) -> Secret:
    return Secret.from_characters(text)


def rows(store: NssStore | Pkcs11Store | Pkcs12Store) -> dict[str, Installed]:
    return {one.label: one for one in store.read().installed}


def of_nss(directory: Path, label: str) -> Installed:
    return rows(NssStore(directory))[label]


def undecided(cause: str, code: str = "") -> KeyTest:
    return KeyTest(None, KeyTrouble(cause, code))


def issued_for(authority: Authority, scheme: Scheme) -> Issued:
    if scheme is Scheme.ED25519:
        # The tests' authority knows EC and RSA; it only hands the key on.
        key: Any = ed25519.Ed25519PrivateKey.generate()
        return authority.issue("user", key=key)
    return authority.issue("user", key="ec" if scheme is Scheme.ECDSA_SHA256 else "rsa")


def change_keys(directory: Path, statement: str) -> None:
    with closing(sqlite3.connect(directory / "key4.db", isolation_level=None)) as connection:
        connection.execute(statement)


class TestNssDatabase:
    """Chromium's and Firefox's own kind of store."""

    @pytest.mark.parametrize("kind", ["ec", "rsa"])
    def test_key_signs(self, tmp_path: Path, authority: Authority, kind: str) -> None:
        """A database without a password: nothing is asked, the key works."""
        issued = authority.issue("user", key="rsa" if kind == "rsa" else "ec")
        nssdb.make(tmp_path, [(issued, "mine")])
        assert key_test.test_key(of_nss(tmp_path, "mine")) == SIGNS

    def test_any_directory_name(self, tmp_path: Path, authority: Authority) -> None:
        """A quote in the name never becomes a part of what NSS is told."""
        folder = tmp_path / "my 'nss\" 日本"
        nssdb.make(folder, [(authority.issue("user"), "mine")])
        assert key_test.test_key(of_nss(folder, "mine")) == SIGNS

    def test_locked(self, tmp_path: Path, authority: Authority) -> None:
        """Nothing is tried without the password; with it the key works; a wrong one is told."""
        nssdb.make(tmp_path, [(authority.issue("user"), "mine")], password=PASSWORD)
        mine = of_nss(tmp_path, "mine")
        assert key_test.test_key(mine) == undecided("needs-secret")
        assert key_test.test_key(mine, secret(PASSWORD)) == SIGNS
        assert key_test.test_key(mine, secret("wrong")) == undecided("secret-wrong", "0xA0")
        assert key_test.test_key(mine, secret("")) == undecided("needs-secret")

    @pytest.mark.parametrize("kinds", [("ec", "ec"), ("ec", "rsa")])
    def test_keys_changed_places(
        self, tmp_path: Path, authority: Authority, kinds: tuple[str, str]
    ) -> None:
        """The key that the database ties to a certificate is another certificate's."""
        issued = [
            authority.issue(f"user {at}", key="rsa" if kind == "rsa" else "ec")
            for at, kind in enumerate(kinds)
        ]
        nssdb.make(tmp_path, [(one, f"certificate {at}") for at, one in enumerate(issued)])
        with closing(sqlite3.connect(tmp_path / "key4.db", isolation_level=None)) as connection:
            (one, first), (two, second) = connection.execute("SELECT id, a102 FROM nssPrivate")
            swapped = [(second, one), (first, two)]
            connection.executemany("UPDATE nssPrivate SET a102 = ? WHERE id = ?", swapped)
        for at in range(2):
            assert key_test.test_key(of_nss(tmp_path, f"certificate {at}")) == ANOTHERS

    def test_damaged_key(self, tmp_path: Path, authority: Authority) -> None:
        """A key whose octets were damaged is there and makes no signature."""
        nssdb.make(tmp_path, [(authority.issue("user"), "mine")])
        change_keys(tmp_path, "UPDATE nssPrivate SET a11 = zeroblob(length(a11))")
        answer = key_test.test_key(of_nss(tmp_path, "mine"))
        assert answer.signs is False
        assert answer.trouble is not None
        assert answer.trouble.cause == "signature-failed"
        assert answer.trouble.code.startswith("0x")

    def test_nothing_is_written(self, tmp_path: Path, authority: Authority) -> None:
        """A look changes no file of the person's, with a password or without."""
        nssdb.make(tmp_path, [(authority.issue("user"), "mine")], password=PASSWORD)
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        key_test.test_key(of_nss(tmp_path, "mine"), secret(PASSWORD))
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "softhsm")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


class TestToken:
    """IC cards and USB tokens, played by SoftHSM."""

    @pytest.mark.parametrize("kind", ["ec", "rsa"])
    def test_pin(self, tokens: SoftHsm, authority: Authority, kind: str) -> None:
        """No PIN is ever tried that was not given; the right one lets the key sign."""
        token = tokens.make_token("mine")
        tokens.add(token, authority.issue("user", key="rsa" if kind == "rsa" else "ec"))
        [mine] = Pkcs11Store(MODULE).read().installed
        assert key_test.test_key(mine) == undecided("needs-secret")
        assert key_test.test_key(mine, secret(PIN)) == SIGNS
        assert key_test.test_key(mine, secret("0000")) == undecided("secret-wrong", "0xA0")
        assert tokens.try_pin(token, PIN)

    @only_on_linux
    def test_it_is_logged_in_once_and_out_again(
        self,
        tokens: SoftHsm,
        authority: Authority,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """As OpenSC's spy notes it, also where the PIN is wrong: what follows is the end."""
        token = tokens.make_token("mine")
        tokens.add(token, authority.issue("user"))
        [mine] = Pkcs11Store(MODULE).read().installed
        mine = mine._replace(store=f"pkcs11:{SPY}")
        spied = ("PKCS11SPY", "PKCS11SPY_OUTPUT")
        monkeypatch.setattr(key_test, "PASSED_ON", (*PASSED_ON, *spied))
        monkeypatch.setenv("PKCS11SPY", str(MODULE))
        noted = {}
        for pin in (PIN, "0000"):
            monkeypatch.setenv("PKCS11SPY_OUTPUT", str(tmp_path / pin))
            key_test.test_key(mine, secret(pin))
            notes = (tmp_path / pin).read_text("utf-8", "replace")
            noted[pin] = re.findall(r"^\d+: C_(Login|Sign|Logout|Finalize)$", notes, re.MULTILINE)
        assert noted[PIN] == ["Login", "Sign", "Logout", "Finalize"]
        assert noted["0000"] == ["Login", "Finalize"]

    @only_on_linux
    def test_no_core_with_the_pin(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A module that crashes leaves no picture of the memory: the limit stands at 0."""
        program = LIMIT_OF_CORES.format(root=str(Path(__file__).parents[1]))
        monkeypatch.setattr(key_test, "part", lambda *_, **__: [sys.executable, "-c", program])
        one = installed(authority.issue("user"), f"pkcs11:{MODULE}", KeyState.NEEDS_USER)
        assert key_test.test_key(one, secret(PIN)) == undecided("(0, 0)")

    def test_key_that_needs_no_pin(
        self, tokens: SoftHsm, authority: Authority, tmp_path: Path
    ) -> None:
        """A key that the token shows to everybody signs without a PIN."""
        token, issued = tokens.make_token("mine"), authority.issue("user")
        identifier = tokens.add(token, issued, with_key=False)
        file = tmp_path / "key.pem"
        file.write_bytes(issued.key_pem)
        words = ["p11tool", "--provider", str(MODULE), "--login", "--set-pin", PIN, "--write"]
        words += ["--load-privkey", str(file), "--no-mark-private", "--id", identifier]
        subprocess.run([*words, "--label", "key", "pkcs11:token=mine"], check=True)
        [mine] = Pkcs11Store(MODULE).read().installed
        assert key_test.test_key(mine) == SIGNS

    def test_what_only_the_pin_shows(self, tokens: SoftHsm, authority: Authority) -> None:
        """Behind the PIN: no key for one certificate, and another's key for the other."""
        token = tokens.make_token("mine")
        tokens.add(token, authority.issue("keyless"), "keyless", with_key=False)
        identifier = tokens.add(token, authority.issue("right"), "right")
        tokens.add_certificate(token, authority.issue("wrong").der, "wrong", identifier)
        found = rows(Pkcs11Store(MODULE))
        missing = KeyTest(False, KeyTrouble("key-not-found"))
        assert key_test.test_key(found["keyless"], secret(PIN)) == missing
        assert key_test.test_key(found["right"], secret(PIN)) == SIGNS
        assert key_test.test_key(found["wrong"], secret(PIN)) == ANOTHERS

    def test_second_token_of_a_module(self, tokens: SoftHsm, authority: Authority) -> None:
        """The PIN of one token never goes to the other, though both hold the certificate."""
        issued = authority.issue("user")
        for label in ("one", "two"):
            tokens.add(tokens.make_token(label, pin=f"pin of {label}"), issued)
        found = Pkcs11Store(MODULE).read().installed
        answers = {
            one.token.label: key_test.test_key(one, secret(f"pin of {one.token.label}"))
            for one in found
            if one.token is not None
        }
        assert answers == {"one": SIGNS, "two": SIGNS}

    def test_token_that_was_pulled(self, tokens: SoftHsm, authority: Authority) -> None:
        """Between the reading and the test a token may go."""
        token = tokens.make_token("mine")
        tokens.add(token, authority.issue("user"))
        [mine] = Pkcs11Store(MODULE).read().installed
        tokens.delete_token(token)
        assert key_test.test_key(mine, secret(PIN)) == undecided("certificate-gone")

    @only_on_linux
    def test_module_that_hangs(
        self, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is given up in time; SoftHSM waits for its configuration, which never comes."""
        make_pipe(tmp_path / "pipe")
        monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "pipe"))
        one = installed(authority.issue("user"), f"pkcs11:{MODULE}", KeyState.NEEDS_USER)
        assert key_test.test_key(one, secret(PIN), seconds=1.0) == undecided("provider-hung")

    @only_on_linux
    def test_module_that_crashes(self, authority: Authority, tmp_path: Path) -> None:
        """A library that was installed in part ends its process where it is loaded."""
        file = tmp_path / "module.so"
        file.write_bytes(MODULE.read_bytes()[: MODULE.stat().st_size // 2])
        one = installed(authority.issue("user"), f"pkcs11:{file}", KeyState.NEEDS_USER)
        assert key_test.test_key(one, secret(PIN)) == undecided("provider-crashed")

    @only_on_linux
    @only_on_linux
    def test_module_that_refuses(
        self, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it says is told; SoftHSM's folder of tokens is not there."""
        configuration = tmp_path / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {tmp_path}/none\n")
        monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
        one = installed(authority.issue("user"), f"pkcs11:{MODULE}", KeyState.NEEDS_USER)
        answer = key_test.test_key(one, secret(PIN))
        assert answer.signs is None
        assert answer.trouble is not None
        assert answer.trouble.cause == "module-failed"


class TestFile:
    """PKCS#12: the key is there once the file is opened."""

    def test_open_file(self, tmp_path: Path, authority: Authority) -> None:
        """A file without a passphrase."""
        file = tmp_path / "mine.p12"
        file.write_bytes(authority.issue("user").pkcs12())
        assert key_test.test_key(rows(Pkcs12Store(file))["certificate"]) == SIGNS

    def test_passphrase(self, tmp_path: Path, authority: Authority) -> None:
        """Only what was given is tried."""
        file = tmp_path / "mine.p12"
        file.write_bytes(authority.issue("user", key="rsa").pkcs12(PASSWORD))
        store = Pkcs12Store(file)
        store.unlock(secret(PASSWORD))
        mine = rows(store)["certificate"]
        assert key_test.test_key(mine) == undecided("needs-secret")
        assert key_test.test_key(mine, secret(PASSWORD)) == SIGNS
        assert key_test.test_key(mine, secret("wrong")) == undecided("secret-wrong")

    def test_file_that_is_gone(self, tmp_path: Path, authority: Authority) -> None:
        """Between the reading and the test a file may go."""
        file = tmp_path / "mine.p12"
        file.write_bytes(authority.issue("user").pkcs12())
        mine = rows(Pkcs12Store(file))["certificate"]
        file.unlink()
        assert key_test.test_key(mine) == undecided("certificate-gone")


class TestFolder:
    """PEM files: the key lies beside its certificate."""

    def test_key_beside_it(self, tmp_path: Path, authority: Authority) -> None:
        """An open key signs; of an encrypted one only the given passphrase is tried."""
        issued, locked = authority.issue("open"), authority.issue("locked")
        (tmp_path / "open.pem").write_bytes(issued.pem + issued.key_pem)
        (tmp_path / "locked.crt").write_bytes(locked.pem)
        (tmp_path / "locked.key").write_bytes(
            locked.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(PASSWORD.encode()),
            )
        )
        found = {one.certificate.sha256: one for one in FilesStore(tmp_path).read().installed}
        assert key_test.test_key(found[issued.sha256]) == SIGNS
        mine = found[locked.sha256]
        assert key_test.test_key(mine) == undecided("needs-secret")
        assert key_test.test_key(mine, secret(PASSWORD)) == SIGNS
        assert key_test.test_key(mine, secret("wrong")) == undecided("secret-wrong")

    def test_given_passphrase_of_an_open_key(self, tmp_path: Path, authority: Authority) -> None:
        """Nobody needs it; the key signs without."""
        issued = authority.issue("open")
        (tmp_path / "open.pem").write_bytes(issued.pem + issued.key_pem)
        [mine] = FilesStore(tmp_path).read().installed
        assert key_test.test_key(mine, secret("nobody asked")) == SIGNS

    def test_key_that_went(self, tmp_path: Path, authority: Authority) -> None:
        """Between the reading and the test a key file may go."""
        issued = authority.issue("user")
        (tmp_path / "mine.crt").write_bytes(issued.pem)
        (tmp_path / "mine.key").write_bytes(issued.key_pem)
        [mine] = FilesStore(tmp_path).read().installed
        (tmp_path / "mine.key").unlink()
        assert key_test.test_key(mine) == KeyTest(False, KeyTrouble("key-not-found"))


def installed(issued: Issued | bytes, store: str, key: KeyState = KeyState.PRESENT) -> Installed:
    der = issued if isinstance(issued, bytes) else issued.der
    return Installed(Certificate(der), store, "label", key)


class TestNothingToTry:
    """No key, no way, no answer."""

    def test_no_key(self, authority: Authority) -> None:
        """Where the store knows that no key is there, there is nothing to be told."""
        one = installed(authority.issue("user"), "nss:/nowhere", KeyState.ABSENT)
        assert key_test.test_key(one) == KeyTest(None)

    def test_store_without_a_way(self, authority: Authority) -> None:
        """A kind of store whose keys nobody lets sign here."""
        one = installed(authority.issue("user"), "macos:login")
        assert key_test.test_key(one) == undecided("not-tried-here")

    def test_unknown_kind_of_key(self, authority: Authority) -> None:
        """What is no certificate, and a kind of key that no client signs with."""
        assert key_test.test_key(installed(b"nonsense", "nss:/x")) == undecided("kind-not-tried")

    @only_on_linux
    def test_directory_that_is_gone(self, tmp_path: Path, authority: Authority) -> None:
        """Between the reading and the test a directory may go."""
        one = installed(authority.issue("user"), f"nss:{tmp_path / 'gone'}")
        assert key_test.test_key(one) == undecided("module-missing")

    @only_on_linux
    def test_library_that_is_no_module(self, tmp_path: Path, authority: Authority) -> None:
        """What is named as a module may be anything."""
        file = tmp_path / "module.so"
        file.write_text("no library")
        one = installed(authority.issue("user"), f"pkcs11:{file}")
        assert key_test.test_key(one) == undecided("module-missing")

    @only_on_linux
    @pytest.mark.parametrize(
        ("program", "cause"),
        [
            ("import time; time.sleep(600)", "provider-hung"),
            ("import os; os.abort()", "provider-crashed"),
            ("print('a library wrote this')", "provider-crashed"),
            ("print('[1]')", "provider-crashed"),
            ("print('{}')", "provider-crashed"),
            ('print(\'{"signature": "zz", "scheme": "nonsense"}\')', "provider-crashed"),
            ("import sys; sys.stdout.write('x' * 10**7)", "provider-crashed"),
        ],
    )
    def test_library_that_misbehaves(
        self,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        program: str,
        cause: str,
    ) -> None:
        """A library that hangs, crashes or lies costs an answer, nothing else."""
        monkeypatch.setattr(key_test, "part", lambda *_, **__: [sys.executable, "-c", program])
        one = installed(authority.issue("user"), "nss:/x")
        limit = 1.0 if cause == "provider-hung" else 60.0
        assert key_test.test_key(one, seconds=limit) == undecided(cause)


class TestScheme:
    """What is signed, and whether it is right."""

    def test_message_is_new_every_time(self) -> None:
        """A signature of yesterday proves nothing today, and is of no other use."""
        one, two = key_test_scheme.new_message(), key_test_scheme.new_message()
        assert one != two
        assert one.startswith(b"certhelper: ")

    @pytest.mark.parametrize("scheme", Scheme)
    def test_right_and_wrong(self, authority: Authority, scheme: Scheme) -> None:
        """Each kind of signature is known, and one octet of another message makes it wrong."""
        issued = issued_for(authority, scheme)
        message = key_test_scheme.new_message()
        signature = key_test_scheme.sign(issued.key, scheme, message)
        assert key_test_scheme.is_right(issued.der, scheme, message, signature) is True
        assert key_test_scheme.is_right(issued.der, scheme, message + b".", signature) is False
        assert key_test_scheme.is_right(issued.der, scheme, message, b"") is False

    def test_other_kind_of_key(self, authority: Authority) -> None:
        """A scheme that is not the key's own proves nothing."""
        der = authority.issue("user").der
        assert key_test_scheme.is_right(der, Scheme.RSA_PSS_SHA256, b"", b"") is None
        assert key_test_scheme.is_right(b"nonsense", Scheme.ECDSA_SHA256, b"", b"") is None

    def test_kinds(self) -> None:
        """Every kind that clients sign with, and no other."""
        assert key_test_scheme.schemes_for("RSA 2048")[0] is Scheme.RSA_PKCS1_SHA256
        assert key_test_scheme.schemes_for("EC P-384") == (Scheme.ECDSA_SHA256,)
        assert key_test_scheme.schemes_for("Ed25519") == (Scheme.ED25519,)
        assert key_test_scheme.schemes_for("Ed448") == ()
        assert key_test_scheme.schemes_for(None) == ()
