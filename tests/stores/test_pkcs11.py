"""Tokens, read through a real PKCS #11 module (SoftHSM) and through what a module may do wrong."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from support import pki
from support.softhsm import MODULE, SoftHsm
from support.systems import make_pipe, only_on_linux

from certhelper.stores import pkcs11_reading
from certhelper.stores.base import KeyState, StoreReading, StoreStatus, TriesLeft
from certhelper.stores.pkcs11 import Limits, Pkcs11Store, TokenAddress, split_where
from certhelper.stores.pkcs11_messages import Kind, message
from certhelper.stores.registry import open_store, open_stores

SHORT = Limits(silence=1.0, whole=5.0)


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "tokens")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


Plays = Callable[..., StoreReading]


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plays:
    """Reads a module whose child writes exactly these octets."""
    module = tmp_path / "module.so"
    module.touch()

    def read(*messages: bytes, then: str = "", limits: Limits = SHORT) -> StoreReading:
        (tmp_path / "said").write_bytes(b"".join(messages))
        said = f"open({str(tmp_path / 'said')!r}, 'rb').read()"
        program = f"import os, sys, time; os.write(1, {said}); {then}"
        monkeypatch.setattr(
            pkcs11_reading, "part", lambda *_, **__: [sys.executable, "-c", program]
        )
        return Pkcs11Store(module, limits=limits).read()

    return read


def token(slot: int, flags: int, serial: bytes = b"0001") -> bytes:
    texts = (b"card".ljust(32), b"maker".ljust(32), b"model".ljust(16), serial.ljust(16))
    return message(Kind.SLOT, slot, 1, b"reader") + message(Kind.TOKEN, slot, flags, *texts)


INITIALIZED, LOGIN, PIN_SET = 0x400, 0x4, 0x8
USUAL = INITIALIZED | LOGIN | PIN_SET


@only_on_linux
class TestRealModule:
    def test_the_same_certificates_as_the_second_reader(
        self, tokens: SoftHsm, authority: pki.Authority
    ) -> None:
        """Every certificate of every token, with its label and octets as pkcs11-tool reads them."""
        made = [tokens.make_token(label) for label in ("経理のカード", "second")]
        for number in range(4):
            issued = authority.issue(f"1234567890123{number} user")
            tokens.add(made[number % 2], issued, f"証明書 {number}", with_key=number < 2)
        reading = Pkcs11Store(MODULE).read()
        assert (reading.status, reading.reason) == (StoreStatus.OK, None)
        for one in made:
            mine = [row for row in reading.installed if row.token and row.token.label == one.label]
            theirs = tokens.seen(one)
            assert sorted(row.label for row in mine) == sorted(other.label for other in theirs)
            octets = {tokens.der(one, other.identifier) for other in theirs}
            assert {row.certificate.der for row in mine} == octets
        assert len(reading.installed) == 4

    def test_what_a_token_tells_of_itself(self, tokens: SoftHsm, authority: pki.Authority) -> None:
        """Label, serial number, maker and model; the empty slot is told, too."""
        made = tokens.make_token("card")
        tokens.add(made, authority.issue("12345678901234 user"))
        reading = Pkcs11Store(MODULE).read()
        [found] = [slot for slot in reading.slots if slot.token]
        assert found.token is not None
        assert found.token.label == "card"
        assert found.token.serial == made.serial
        assert found.token.manufacturer == "SoftHSM project"
        assert found.token.model == "SoftHSM v2"
        assert found.token.needs_login
        assert not found.token.is_protected_path
        assert found.token.tries is TriesLeft.PLENTY
        assert reading.installed[0].token == found.token
        assert [slot.token for slot in reading.slots if slot is not found] == [None]

    def test_a_key_is_not_known_before_the_pin(
        self, tokens: SoftHsm, authority: pki.Authority
    ) -> None:
        """With a key or without: the public key proves nothing, and no try is used up to see."""
        made = tokens.make_token("card")
        tokens.add(made, authority.issue("12345678901234 a"), "with")
        tokens.add(made, authority.issue("12345678901234 b"), "without", with_key=False)
        rows = Pkcs11Store(MODULE).read().installed
        assert {row.key for row in rows} == {KeyState.NEEDS_USER}
        assert {row.key_trouble.cause for row in rows if row.key_trouble} == {"card-pin"}
        assert tokens.try_pin(made, made.pin)

    def test_a_wrong_pin_of_another_program_shows(
        self, tokens: SoftHsm, authority: pki.Authority
    ) -> None:
        """Tries left are as the token tells, and reading does not change them."""
        made = tokens.make_token("card")
        tokens.add(made, authority.issue("12345678901234 user"))
        assert not tokens.try_pin(made, "0000")
        for _ in range(3):
            [row] = Pkcs11Store(MODULE).read().installed
            assert row.token is not None
            assert row.token.tries is TriesLeft.LOW

    def test_the_same_certificate_on_two_tokens(
        self, tokens: SoftHsm, authority: pki.Authority
    ) -> None:
        """Two rows, each named by its token alone; what is on one token only by the module."""
        issued = authority.issue("12345678901234 user")
        serials = []
        for label in ("first", "second"):
            made = tokens.make_token(label)
            tokens.add(made, issued)
            serials.append(made.serial)
        tokens.add(made, authority.issue("12345678901234 other"), "on one", "0a")
        [single, *rows] = sorted(Pkcs11Store(MODULE).read().installed, key=lambda row: row.store)
        assert (single.label, single.store) == ("on one", f"pkcs11:{MODULE}")
        assert {row.token.serial for row in rows if row.token} == set(serials)
        for row in rows:
            assert row.token is not None
            assert row.store == f"pkcs11:{MODULE}#{row.token.serial}"
            alone = open_store(row.store).read()
            assert row in alone.installed
            assert [slot.token for slot in alone.slots] == [row.token]

    def test_a_certificate_twice_on_one_token(
        self, tokens: SoftHsm, authority: pki.Authority
    ) -> None:
        """It is one row."""
        made = tokens.make_token("card")
        issued = authority.issue("12345678901234 user")
        tokens.add(made, issued, "one", "01")
        tokens.add_certificate(made, issued.der, "two", "02")
        assert len(Pkcs11Store(MODULE).read().installed) == 1

    def test_a_token_that_is_pulled(self, tokens: SoftHsm, authority: pki.Authority) -> None:
        """It is gone with all that was on it; asked for by its number, it is not inserted."""
        made = tokens.make_token("card")
        tokens.add(made, authority.issue("12345678901234 user"))
        store, alone = Pkcs11Store(MODULE), open_store(f"pkcs11:{MODULE}#{made.serial}")
        assert len(store.read().installed) == len(alone.read().installed) == 1
        tokens.delete_token(made)
        reading = store.read()
        assert (reading.status, reading.installed) == (StoreStatus.OK, ())
        assert [slot.token for slot in reading.slots] == [None]
        assert (alone.read().status, alone.read().reason) == (
            StoreStatus.UNAVAILABLE,
            "token-not-found",
        )

    def test_no_token_at_all(self, tokens: SoftHsm) -> None:
        """A token that was never set up is told from an empty reader, and is no trouble."""
        reading = Pkcs11Store(MODULE).read()
        assert (reading.status, reading.installed) == (StoreStatus.OK, ())
        assert [(slot.token, slot.is_blank) for slot in reading.slots] == [(None, True)]

    def test_an_odd_certificate(self, tokens: SoftHsm, authority: pki.Authority) -> None:
        """What is no certificate is a row that says so, and its neighbour stands."""
        made = tokens.make_token("card")
        issued = authority.issue("12345678901234 user")
        tokens.add(made, issued)
        # OpenSC's tool refuses octets that are none, so they come there behind its back.
        [file] = [
            path for path in tokens.tokens.rglob("*.object") if issued.der in path.read_bytes()
        ]
        file.write_bytes(file.read_bytes().replace(issued.der, b"\xff" * len(issued.der)))
        tokens.add(made, authority.issue("12345678901234 other"))
        rows = Pkcs11Store(MODULE).read().installed
        assert sorted(bool(row.certificate.unread_fields) for row in rows) == [False, True]


@only_on_linux
class TestTrouble:
    def test_a_module_that_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is given up, and told; SoftHSM waits for its configuration, which never comes."""
        make_pipe(tmp_path / "pipe")
        monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "pipe"))
        reading = Pkcs11Store(MODULE, limits=SHORT).read()
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-hung")

    def test_a_module_that_crashes(self, tmp_path: Path) -> None:
        """A library that was installed in part ends its process where it is loaded."""
        with (tmp_path / "module.so").open("wb") as file:
            file.write(MODULE.read_bytes()[: MODULE.stat().st_size // 2])
        reading = Pkcs11Store(tmp_path / "module.so").read()
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-crashed")
        assert reading.detail.startswith("SIG")

    def test_a_library_of_another_kind(self) -> None:
        """It loads and offers no tokens."""
        [library] = Path("/usr/lib").glob("*-linux-gnu/libz.so.1")
        reading = Pkcs11Store(library).read()
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-not-pkcs11")

    def test_a_module_that_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What it says is told: SoftHSM's folder of tokens is not there."""
        configuration = tmp_path / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {tmp_path}/none\n")
        monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
        reading = Pkcs11Store(MODULE).read()
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-refused")
        assert reading.detail.startswith("C_Initialize: 0x")

    def test_a_module_that_went(self, tmp_path: Path) -> None:
        """Between the choice and the reading it was uninstalled."""
        shutil.copy(MODULE, tmp_path / "module.so")
        store = open_store(f"pkcs11:{tmp_path}/module.so")
        (tmp_path / "module.so").unlink()
        assert (store.read().status, store.read().reason) == (
            StoreStatus.UNAVAILABLE,
            "module-not-found",
        )


class TestWhatAChildSays:
    """The child has somebody else's code in it; on every system."""

    @pytest.mark.parametrize(
        ("flags", "is_seen", "cause"),
        [
            (LOGIN | PIN_SET, True, "card-pin"),
            (LOGIN | PIN_SET, False, "card-pin"),
            (LOGIN | PIN_SET | 0x40000, True, "card-blocked"),
            (LOGIN, False, None),
            (0, True, None),
            (0, False, None),
        ],
    )
    def test_what_stands_before_a_key(
        self, plays: Plays, flags: int, is_seen: bool, cause: str | None
    ) -> None:
        """The PIN, also of a key that is seen without it; nothing where nobody logs in."""
        key = [message(Kind.KEY, 1, b"id")] if is_seen else []
        certificate = message(Kind.CERTIFICATE, 1, b"", b"id", b"der")
        ends = (message(Kind.READ, 1), message(Kind.DONE))
        [row] = plays(token(1, INITIALIZED | flags), *key, certificate, *ends).installed
        assert (row.key_trouble.cause if row.key_trouble else None) == cause

    def test_states_of_a_key(self, plays: Plays) -> None:
        """By what is visible, and by what the token says of its PIN."""
        certificate = [message(Kind.CERTIFICATE, 1, b"", b"id", b"der")]
        key, other = message(Kind.KEY, 1, b"id"), message(Kind.KEY, 1, b"")
        read, done = message(Kind.READ, 1), message(Kind.DONE)

        def state(flags: int, *more: bytes) -> KeyState:
            [row] = plays(token(1, INITIALIZED | flags), *more, *certificate, read, done).installed
            assert row.key_needs_user == bool(row.key is KeyState.PRESENT and flags & LOGIN)
            return row.key

        assert state(LOGIN | PIN_SET) is KeyState.NEEDS_USER
        assert state(LOGIN | PIN_SET, key) is KeyState.PRESENT
        assert state(LOGIN) is KeyState.UNKNOWN  # no PIN was ever set
        assert state(LOGIN | PIN_SET | 0x40000, key) is KeyState.UNUSABLE
        assert state(0, key) is KeyState.PRESENT
        assert state(0) is KeyState.ABSENT
        assert state(0, other) is KeyState.UNKNOWN
        assert state(PIN_SET) is KeyState.UNKNOWN  # private objects may hide behind it

    @pytest.mark.parametrize(
        ("flag", "tries"),
        [
            (0, TriesLeft.PLENTY),
            (0x10000, TriesLeft.LOW),
            (0x20000, TriesLeft.LAST),
            (0x30000, TriesLeft.LAST),
            (0x40000, TriesLeft.NONE),
            (0x70000, TriesLeft.NONE),
        ],
    )
    def test_tries_left(self, plays: Plays, flag: int, tries: TriesLeft) -> None:
        """The worst that the token says counts."""
        [slot] = plays(token(1, USUAL | flag), message(Kind.DONE)).slots
        assert slot.token is not None
        assert slot.token.tries is tries

    @pytest.mark.parametrize("serial", [b"0001", b"", b"0@1"])
    def test_tokens_with_one_serial_number(self, plays: Plays, serial: bytes) -> None:
        """Each certificate of each is a row, whose name reaches that very token."""
        certificate = [message(Kind.CERTIFICATE, slot, b"x", b"id", b"der") for slot in (1, 2, 3)]
        numbers = {1: serial, 2: serial, 3: b"0003"}
        said = [
            part
            for slot in numbers
            for part in (token(slot, USUAL, numbers[slot]), certificate[slot - 1])
        ]
        reading = plays(*said, message(Kind.DONE))
        slots = [row.token.slot_id for row in reading.installed if row.token]
        assert slots == [1, 2, 3]
        assert len({row.store for row in reading.installed}) == 3
        for row in reading.installed:
            module, address = split_where(row.store.partition(":")[2])
            alone = Pkcs11Store(module, address).read()
            assert alone.installed == (row,)

    def test_a_pinpad(self, plays: Plays) -> None:
        """A reader with keys of its own is told."""
        [slot] = plays(token(1, USUAL | 0x100), message(Kind.DONE)).slots
        assert slot.token is not None
        assert slot.token.is_protected_path

    def test_one_token_in_trouble(self, plays: Plays) -> None:
        """Its neighbours' certificates stand, and the reading says that it is not whole."""
        reading = plays(
            token(1, USUAL),
            message(Kind.TROUBLE, 1, b"C_OpenSession", 0x30),
            token(2, USUAL, b"0002"),
            message(Kind.CERTIFICATE, 2, b"label", b"id", b"der"),
            message(Kind.READ, 2),
            message(Kind.DONE),
        )
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "token-unreadable")
        assert reading.detail == "reader: C_OpenSession: 0x30"
        assert [row.label for row in reading.installed] == ["label"]
        assert not reading.is_read

    @pytest.mark.parametrize("code", [0x32, 0xE0])
    def test_a_token_pulled_while_it_is_read(self, plays: Plays, code: int) -> None:
        """That is no trouble: it is gone."""
        trouble = message(Kind.TROUBLE, 1, b"C_FindObjects", code)
        reading = plays(token(1, USUAL), trouble, message(Kind.DONE))
        assert reading.status is StoreStatus.OK
        assert [(slot.token, slot.trouble) for slot in reading.slots] == [(None, "")]

    def test_a_card_of_another_module(self, plays: Plays) -> None:
        """Each card has one module that knows it; the others pass it over."""
        trouble = message(Kind.TROUBLE, 1, b"C_GetTokenInfo", 0xE1)
        reading = plays(message(Kind.SLOT, 1, 1, b"reader"), trouble, message(Kind.DONE))
        assert reading.status is StoreStatus.OK
        assert [slot.trouble for slot in reading.slots] == ["C_GetTokenInfo: 0xe1"]

    @pytest.mark.timeout(60)
    def test_a_module_that_is_silent(self, plays: Plays) -> None:
        """It is given up for its silence, however much time there would be for the whole."""
        reading = plays(token(1, USUAL), then="time.sleep(90)", limits=Limits(1.0, 600.0))
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-hung")

    @pytest.mark.timeout(60)
    def test_a_module_that_is_never_through(self, plays: Plays) -> None:
        """One that goes on telling little by little ends with the time for the whole."""
        drop = message(Kind.READ, 1).hex()
        drips = f"[(os.write(1, bytes.fromhex('{drop}')), time.sleep(0.05)) for _ in iter(int, 1)]"
        reading = plays(token(1, USUAL), then=drips, limits=Limits(600.0, 2.0))
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-hung")
        assert [slot.token is not None for slot in reading.slots] == [True]

    def test_what_was_said_before_a_hang_counts(self, plays: Plays) -> None:
        """A second token that hangs does not take the first one's certificates along."""
        certificate = message(Kind.CERTIFICATE, 1, b"label", b"id", b"der")
        reading = plays(token(1, USUAL), certificate, then="time.sleep(60)")
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-hung")
        assert [row.label for row in reading.installed] == ["label"]

    @pytest.mark.parametrize(
        "said",
        [
            b"HTTP/1.1 200 OK\r\n" * 100,
            b"C\xff\xff\xff\xff",
            message(Kind.SLOT, b"no number", 1, b"reader"),
            message(Kind.MARK, b"not of this child"),
            message(Kind.TOKEN, 1, USUAL),
            message(Kind.KEY, 1, b"id")[:-1],
            message(Kind.READ, 1, 2),
            b"C" + (12).to_bytes(4, "big") + (99).to_bytes(4, "big") + b"12345678",
        ],
    )
    def test_nonsense(self, plays: Plays, said: bytes) -> None:
        """A module that writes into the pipe, or crashes inside of a message, is a crash."""
        reading = plays(token(1, USUAL), said)
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-crashed")

    def test_a_flood(self, plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
        """There is an end to what is taken."""
        monkeypatch.setattr(pkcs11_reading, "_MOST", 100_000)
        certificate = message(Kind.CERTIFICATE, 1, b"label", b"id", bytes(60_000))
        reading = plays(certificate, certificate, then="time.sleep(60)")
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "module-crashed")

    @pytest.mark.timeout(60)
    def test_a_flood_is_kept_waiting(self, plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is told faster than it is taken in does not pile up, and all of it arrives."""
        most: list[int] = []
        take = pkcs11_reading._take

        def late(chunks: Queue[bytes], *others: Any) -> pkcs11_reading.Failure | None:
            while not chunks.full():
                time.sleep(0.01)
            most.append(chunks.qsize())
            return take(chunks, *others)

        monkeypatch.setattr(pkcs11_reading, "_take", late)
        certificates = [
            message(Kind.CERTIFICATE, 1, b"", b"", bytes([number]) * 60_000) for number in range(80)
        ]
        reading = plays(token(1, USUAL), *certificates, message(Kind.DONE))
        assert most == [pkcs11_reading._AHEAD]
        assert len(reading.installed) == 80

    def test_texts_are_safe(self, plays: Plays) -> None:
        """Labels of tokens and certificates cannot hide or reorder anything."""
        texts = ("\u202ecard".encode(), b"maker", b"model\0\0", b"\xff\0 ")
        reading = plays(
            message(Kind.SLOT, 1, 1, b"rea\nder"),
            message(Kind.TOKEN, 1, USUAL, *texts),
            message(Kind.CERTIFICATE, 1, "\u202ename".encode(), b"", b"der"),
            message(Kind.CERTIFICATE, 1, b"", b"", b"another"),
            message(Kind.DONE),
        )
        [slot], labels = reading.slots, [row.label for row in reading.installed]
        assert slot.token is not None
        assert (slot.name, slot.token.label) == ("rea[U+000A]der", "[U+202E]card")
        assert slot.token.model == "model"
        assert labels == ["[U+202E]name", "[U+202E]card"]

    def test_certificates_without_octets(self, plays: Plays) -> None:
        """Each that the module did not give is a row of its own."""
        nothing = message(Kind.CERTIFICATE, 1, b"", b"", b"")
        reading = plays(token(1, USUAL), nothing, nothing, message(Kind.DONE))
        assert [row.certificate.unread_fields[:1] for row in reading.installed] == [("der",)] * 2

    def test_its_environment(self, plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
        """It gets what modules find their tokens by, and nothing that says which code is loaded."""
        for name in ("SOFTHSM2_CONF", "OPENSC_CONF", "LD_PRELOAD_", "PKCS11SPY", "OPENSSL_CONF"):
            monkeypatch.setenv(name, "x")
        names = "','.join(sorted(os.environ)).encode()"
        head = "b'F' + (len(n) + 20).to_bytes(4, 'big') + len(n).to_bytes(4, 'big') + n"
        rest = "bytes(4) + (8).to_bytes(4, 'big') + bytes(8)"
        reading = plays(then=f"n = {names}; os.write(1, {head} + {rest})")
        assert reading.reason == "module-not-loadable"
        got = set(reading.detail.split(","))
        assert {"SOFTHSM2_CONF", "OPENSC_CONF"} <= got
        assert not {"LD_PRELOAD_", "PKCS11SPY", "OPENSSL_CONF"} & got


class TestNames:
    def test_split_where(self, tmp_path: Path) -> None:
        """The number of a token stands behind the last ``#``, unless that is the file's name."""
        (tmp_path / "a#b").touch()
        assert split_where("/x/m.so") == (Path("/x/m.so"), None)
        assert split_where("/x/m.so#00%2f1") == (Path("/x/m.so"), TokenAddress(b"00/1"))
        assert split_where("/x/m.so#00%401") == (Path("/x/m.so"), TokenAddress(b"00@1"))
        assert split_where("/x/m.so#00@1") == (Path("/x/m.so"), TokenAddress(b"00", 1))
        assert split_where("/x/m.so#@1") == (Path("/x/m.so"), TokenAddress(b"", 1))
        assert split_where(f"{tmp_path}/a#b") == (tmp_path / "a#b", None)
        assert split_where(f"{tmp_path}/a#b#1") == (tmp_path / "a#b", TokenAddress(b"1"))

    @pytest.mark.parametrize("specification", ["pkcs11", "pkcs11:"])
    def test_without_a_module(self, specification: str) -> None:
        """Every module of this PC is meant; where there is none, that is told."""
        [store] = open_stores(specification)
        assert (store.read().status, store.read().reason) == (
            StoreStatus.UNAVAILABLE,
            "no-token-modules",
        )
