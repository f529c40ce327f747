"""What the child asks of a token, and above all what it never does, on a token of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from support.systems import only_on_linux

from certhelper import key_test_module
from certhelper.stores.pkcs11_calls import ModuleRefusedError
from certhelper.stores.pkcs11_flags import CKF_TOKEN_PRESENT

pytestmark = only_on_linux

ON_READER = 0x100
LOGIN_REQUIRED, FINAL_TRY, LOCKED, COUNT_LOW = 0x4, 0x20000, 0x40000, 0x10000
PRIVATE, KEY_TYPE, ALWAYS_AUTHENTICATE = 0x2, 0x100, 0x202
RSA = (0).to_bytes(8, "little")
CERTIFICATE, KEY, SESSION = 7, 8, 9
TRIES = [("rsa-pkcs1-sha256", "aa"), ("rsa-pss-sha256", "bb")]


class Seen(NamedTuple):
    """A slot or a token as a module tells of it."""

    flags: int
    texts: tuple[bytes, ...]


class FakeToken(NamedTuple):
    """One slot with one token; ``done`` collects what was done to it."""

    done: list[str]
    flags: int = LOGIN_REQUIRED
    attributes_of_key: dict[int, bytes] = {}  # noqa: RUF012  # never changed
    login: int = 0
    signing: dict[str, int] = {}  # noqa: RUF012  # never changed
    visible: bool = False

    def slots(self) -> list[int]:
        return [1]

    def slot(self, slot: int) -> Seen:
        return Seen(CKF_TOKEN_PRESENT, (b"slot",))

    def token(self, slot: int) -> Seen:
        return Seen(self.flags, (b"label", b"maker", b"model", b"0815            "))

    def open_session(self, slot: int) -> int:
        return SESSION

    def find(self, session: int, *wanted: tuple[int, bytes]) -> list[int]:
        if wanted[0][1][0] == 1:
            return [CERTIFICATE]
        return [KEY] if self.visible or "login" in self.done else []

    def attributes(self, session: int, found: int, wanted: tuple[int, ...]) -> list[bytes]:
        return [b"id"] if found == CERTIFICATE else [RSA]

    def is_true(self, session: int, found: int, kind: int) -> bool:
        return self.attributes_of_key.get(kind, b"\0") == b"\1"

    @contextmanager
    def logged_in(self, session: int, secret: bytearray) -> Iterator[None]:
        self.done.append("login")
        if self.login:
            raise ModuleRefusedError("C_Login", self.login)
        yield
        self.done.append("logout")

    def sign(self, session: int, key: int, scheme: str, octets: bytes) -> bytes:
        self.done.append(f"sign {scheme}")
        if scheme in self.signing:
            raise ModuleRefusedError("C_Sign", self.signing[scheme])
        return b"signature of " + octets

    def finalize(self) -> None:
        self.done.append("finalize")


@pytest.fixture
def done() -> list[str]:
    return []


def ask(
    monkeypatch: pytest.MonkeyPatch,
    token: FakeToken,
    *,
    pin: bytes | None = b"1234",
    serial: str | None = None,
    slot: int | None = None,
) -> dict[str, Any]:
    monkeypatch.setattr(key_test_module, "_opened", lambda _: token)
    asked = {"certificate": "00", "serial": serial, "slot": slot, "tries": TRIES}
    return key_test_module._answer(asked, None if pin is None else bytearray(pin + b"\0"))


def trouble(cause: str, code: str = "", *, certain: bool = False) -> dict[str, Any]:
    return {"trouble": cause, "code": code, "certain": certain}


def test_one_login_and_out_again(monkeypatch: pytest.MonkeyPatch, done: list[str]) -> None:
    """With its PIN: in, one signature, out, end."""
    answer = ask(monkeypatch, FakeToken(done))
    assert answer == {"scheme": "rsa-pkcs1-sha256", "signature": b"signature of \xaa".hex()}
    assert done == ["login", "sign rsa-pkcs1-sha256", "logout", "finalize"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (LOGIN_REQUIRED | FINAL_TRY, trouble("pin-last-try")),
        (LOGIN_REQUIRED | COUNT_LOW | FINAL_TRY, trouble("pin-last-try")),
        (LOGIN_REQUIRED | LOCKED, trouble("card-blocked", certain=True)),
        (LOGIN_REQUIRED | LOCKED | FINAL_TRY, trouble("card-blocked", certain=True)),
    ],
)
def test_last_try_is_never_used_up(
    monkeypatch: pytest.MonkeyPatch, done: list[str], flags: int, expected: dict[str, Any]
) -> None:
    """Not even with a PIN that was given: a test is not worth a token."""
    assert ask(monkeypatch, FakeToken(done, flags)) == expected
    assert done == ["finalize"]


@pytest.mark.parametrize("visible", [True, False])
def test_without_pin_nobody_logs_in(
    monkeypatch: pytest.MonkeyPatch, done: list[str], visible: bool
) -> None:
    """A private key is left alone, though the token shows it."""
    token = FakeToken(done, attributes_of_key={PRIVATE: b"\1"}, visible=visible)
    assert ask(monkeypatch, token, pin=None) == trouble("needs-secret")
    assert done == ["finalize"]


@pytest.mark.parametrize("flags", [LOGIN_REQUIRED, LOGIN_REQUIRED | ON_READER])
@pytest.mark.parametrize("pin", [b"", b"1234"])
def test_pin_that_is_none(
    monkeypatch: pytest.MonkeyPatch, done: list[str], flags: int, pin: bytes
) -> None:
    """An empty one would be a wrong try; one for the reader's own keys never comes from here."""
    answer = ask(monkeypatch, FakeToken(done, flags), pin=pin)
    if pin and not flags & ON_READER:
        assert "signature" in answer
    else:
        assert answer == trouble("needs-secret")
        assert done == ["finalize"]


def test_pin_that_nobody_needs(monkeypatch: pytest.MonkeyPatch, done: list[str]) -> None:
    """A token that wants no PIN is given none."""
    assert "signature" in ask(monkeypatch, FakeToken(done, flags=0, visible=True))
    assert done == ["sign rsa-pkcs1-sha256", "finalize"]


def test_key_that_wants_its_pin_at_every_use(
    monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    """The PIN was given to log in, once."""
    token = FakeToken(done, attributes_of_key={ALWAYS_AUTHENTICATE: b"\1"})
    assert ask(monkeypatch, token) == trouble("asks-each-time")
    assert "sign rsa-pkcs1-sha256" not in done


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0xA0, trouble("secret-wrong", "0xA0")),
        (0xA4, trouble("card-blocked", "0xA4", certain=True)),
        (0xA3, trouble("pin-expired", "0xA3")),
        (0x32, trouble("card-missing", "0x32")),
        (0x5, trouble("module-failed", "0x5")),
    ],
)
def test_login_that_is_refused(
    monkeypatch: pytest.MonkeyPatch, done: list[str], code: int, expected: dict[str, Any]
) -> None:
    """It is told, and never tried again."""
    assert ask(monkeypatch, FakeToken(done, login=code)) == expected
    assert done == ["login", "finalize"]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"rsa-pkcs1-sha256": 0x70}, {"scheme": "rsa-pss-sha256"}),
        ({"rsa-pkcs1-sha256": 0x70, "rsa-pss-sha256": 0x71}, trouble("kind-not-tried")),
        ({"rsa-pkcs1-sha256": 0x68}, trouble("may-not-sign", "0x68", certain=True)),
        ({"rsa-pkcs1-sha256": 0x30}, trouble("signature-failed", "0x30", certain=True)),
        ({"rsa-pkcs1-sha256": 0x101}, trouble("needs-secret", "0x101")),
        ({"rsa-pkcs1-sha256": 0xE0}, trouble("card-missing", "0xE0")),
    ],
)
def test_signature_that_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    done: list[str],
    codes: dict[str, int],
    expected: dict[str, Any],
) -> None:
    """A mechanism that the token lacks leads to the next; anything else is an outcome."""
    answer = ask(monkeypatch, FakeToken(done, signing=codes))
    assert {name: answer[name] for name in expected} == expected
    assert done[-1] == "finalize"


@pytest.mark.parametrize(
    ("serial", "slot", "cause"),
    [
        (b"0815".hex(), None, None),
        (b"0815".hex(), 1, None),
        (b"0815".hex(), 2, "certificate-gone"),
        (b"4711".hex(), None, "certificate-gone"),
        (None, None, None),
    ],
)
def test_token_that_is_meant(
    monkeypatch: pytest.MonkeyPatch,
    done: list[str],
    serial: str | None,
    slot: int | None,
    cause: str | None,
) -> None:
    """The PIN goes to the token with this serial number only, and in this slot where it is told."""
    answer = ask(monkeypatch, FakeToken(done), serial=serial, slot=slot)
    assert answer.get("trouble") == cause
    assert ("login" in done) is (cause is None)
