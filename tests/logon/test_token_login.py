"""One press, one try: what is asked of a token before it gets a PIN, and what is told after.

Against an NSS that a test plays, because SoftHSM counts no tries: it never says that one is the
last.  The real NSS and SoftHSM are in test_locked_keys.py.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from support.listings import installed

from certhelper import failures
from certhelper.failures import FailedError
from certhelper.logon import token_login, unlocking
from certhelper.logon.secret_wanted import SecretKind
from certhelper.logon.token_nss import (
    Nss,
    NssError,
    TokenState,
    WrongSecretError,
)
from certhelper.logon.unlocking import Unlocking
from certhelper.secret import Secret
from certhelper.stores.base import KeyState, Token, TriesLeft
from certhelper.stores.pkcs11_flags import (
    CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED,
)

MODULE = Path("/usr/lib/token.so")
PIN = "4711"
CERTIFICATE = "c0ffee"


@dataclass
class PlayedToken:
    """A token in a slot; ``tries`` are those left."""

    label: str = "会社のカード"
    serial: str = "0042"
    tries: int = 3
    pin: str = PIN
    flags: int = 0
    refuses: int = 0
    certificates: tuple[str, ...] = (CERTIFICATE,)
    is_protected_for_nss: bool | None = None

    @property
    def state(self) -> TokenState:
        told = {0: CKF_USER_PIN_LOCKED, 1: CKF_USER_PIN_FINAL_TRY, 2: CKF_USER_PIN_COUNT_LOW}
        flags = self.flags | told.get(self.tries, 0)
        serial = self.serial.encode("utf-8", "surrogateescape")
        return TokenState(self.label.encode(), serial, flags)


@dataclass
class PlayedNss:
    """What :class:`Nss` does, on made-up tokens; ``done`` tells what was called."""

    tokens: dict[int, PlayedToken] = field(default_factory=lambda: {7: PlayedToken()})
    done: list[str] = field(default_factory=list)
    given: list[str | None] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    hangs: threading.Event | None = None

    def open_database(self) -> None:
        self.done.append("open")

    def load(self, module: Path) -> int:
        self.seen = dict(os.environ)
        if self.hangs is not None:
            self.hangs.wait(20)
        return 1

    def unload(self, module: int, path: Path) -> None:
        self.done.append("unload")

    def slots(self, module: Path) -> list[int]:
        return list(self.tokens)

    def free(self, slot: int) -> None:
        self.done.append(f"free {slot}")

    def hide(self, slot: int) -> None:
        self.done.append(f"hide {slot}")

    def number_of(self, slot: int) -> int:
        return slot

    def token_of(self, slot: int) -> TokenState:
        return self.tokens[slot].state

    def holds(self, slot: int, module: Path, sha256: str) -> bool:
        return sha256 in self.tokens[slot].certificates

    def is_typed_on_reader(self, slot: int) -> bool:
        token = self.tokens[slot]
        if token.is_protected_for_nss is None:
            return bool(token.flags & CKF_PROTECTED_AUTHENTICATION_PATH)
        return token.is_protected_for_nss

    def log_in(self, slot: int, secret: Secret | None) -> None:
        typed = None if secret is None else "".join(secret.characters())
        self.done.append(f"log in {slot}")
        self.given.append(typed)
        token = self.tokens[slot]
        if token.refuses:
            raise NssError("log-in", token.refuses)
        if typed is not None and typed != token.pin:
            token.tries -= 1
            raise WrongSecretError

    def log_out(self, slot: int) -> None:
        self.done.append(f"log out {slot}")


def order(**changes: object) -> Unlocking:
    given: dict[str, object] = {
        "kind": SecretKind.TOKEN_PIN,
        "where": "会社のカード",
        "module": MODULE,
        "slot_id": 7,
        "label": "会社のカード".encode(),
        "serial": b"0042",
        "certificate": CERTIFICATE,
    }
    return Unlocking(**(given | changes))  # type: ignore[arg-type]  # any of its fields


def opened(nss: PlayedNss, pin: str | None = PIN, **changes: object) -> token_login.OpenedKeys:
    secret = None if pin is None else Secret.from_characters(pin)
    return token_login.open_keys(order(**changes), secret, cast(Nss, nss))


def refused(nss: PlayedNss, pin: str | None = PIN, **changes: object) -> FailedError:
    with pytest.raises(FailedError) as caught:
        opened(nss, pin, **changes)
    return caught.value


def test_the_right_pin_is_given_once_and_the_token_is_left_at_the_end() -> None:
    """Logged in, and then logged out before its module goes."""
    nss = PlayedNss()
    keys = opened(nss)
    assert nss.given == [PIN]
    keys.close()
    assert nss.done == ["open", "log in 7", "log out 7", "free 7", "unload"]


def test_the_secret_is_wiped_whatever_comes() -> None:
    """Right or wrong: nothing of it stays with whoever gave it."""
    for pin in (PIN, "wrong"):
        secret = Secret.from_characters(pin)
        try:
            token_login.open_keys(order(), secret, cast(Nss, PlayedNss()))
        except FailedError:
            assert pin == "wrong"
        assert not any(secret._buffer)


@pytest.mark.parametrize(
    ("tries", "said"),
    [(9, "知らせていません"), (3, "残りの回数が減っています"), (2, "次が最後の1回")],
)
def test_a_wrong_pin_uses_one_try_and_tells_how_many_may_be_left(tries: int, said: str) -> None:
    """As the token tells it right after."""
    nss = PlayedNss({7: PlayedToken(tries=tries)})
    error = refused(nss, "wrong")
    assert error.code == "token-pin-wrong"
    assert said in error.facts["tries"]
    assert len(nss.given) == 1
    assert nss.done[-2:] == ["free 7", "unload"]


def test_the_wrong_pin_that_blocks_the_token_is_told_as_that() -> None:
    """There is nothing to try any more."""
    nss = PlayedNss({7: PlayedToken(tries=1)})
    assert refused(nss, "wrong", last_try=True).code == "token-locked"
    assert len(nss.given) == 1


def test_the_last_try_is_not_taken_by_accident() -> None:
    """The token is asked right before, whatever the list said; with the person's word it is."""
    nss = PlayedNss({7: PlayedToken(tries=1)})
    assert refused(nss).code == "token-last-try"
    assert nss.given == []
    opened(nss, last_try=True)
    assert nss.given == [PIN]


def test_a_blocked_token_gets_no_pin_even_if_the_person_insists() -> None:
    """A try that cannot succeed is none."""
    nss = PlayedNss({7: PlayedToken(tries=0)})
    assert refused(nss, last_try=True).code == "token-locked"
    assert nss.given == []


def test_a_token_with_a_reader_of_its_own_is_given_no_pin_by_us() -> None:
    """``CKF_PROTECTED_AUTHENTICATION_PATH``: the reader's keys take it."""
    nss = PlayedNss({7: PlayedToken(flags=CKF_PROTECTED_AUTHENTICATION_PATH)})
    opened(nss, None, is_typed_on_reader=True)
    assert nss.given == [None]


def test_without_a_pin_nothing_is_tried() -> None:
    """An empty PIN would be a wrong one."""
    nss = PlayedNss()
    assert refused(nss, "").code == "token-pin-needed"
    assert refused(nss, None).code == "token-pin-needed"
    assert nss.given == []


def test_a_key_that_needs_no_pin_is_given_none() -> None:
    """A token without log-in is found, and that is all."""
    nss = PlayedNss()
    opened(nss, None, needs_secret=False)
    assert nss.given == []


def test_the_pin_goes_to_the_chosen_token_and_to_no_other() -> None:
    """By number and name; the slot's number tells two faces of one card apart."""
    other = PlayedToken(serial="0043")
    signing = PlayedToken(pin="another")
    nss = PlayedNss({6: other, 8: signing, 7: PlayedToken()})
    opened(nss)
    assert [one for one in nss.done if one.startswith("log in")] == ["log in 7"]
    assert {"hide 6", "hide 8", "free 6", "free 8"} <= set(nss.done)
    assert "hide 7" not in nss.done


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {7: PlayedToken(serial="0043")},
        {7: PlayedToken(serial="0042\N{REPLACEMENT CHARACTER}")},
        {7: PlayedToken(certificates=("another",))},
        {7: PlayedToken(certificates=())},
        {8: PlayedToken(), 9: PlayedToken()},
    ],
    ids=[
        *("pulled", "another card", "another that looks alike", "not with this certificate"),
        *("empty", "two alike, neither in its slot"),
    ],
)
def test_where_it_is_not_sure_which_token_is_meant_no_pin_is_given(
    tokens: dict[int, PlayedToken],
) -> None:
    """Another card in the reader would lose a try."""
    nss = PlayedNss(tokens)
    assert refused(nss).code == "token-gone"
    assert nss.given == []


def test_numbers_that_look_the_same_are_told_apart_by_their_octets() -> None:
    """Neither is UTF-8, and both would be shown as the same four signs."""
    nss = PlayedNss({7: PlayedToken(serial=b"\x9f\xc0\xbb\x80".decode(errors="surrogateescape"))})
    assert refused(nss, serial=b"\x91\x82\xaa\xfe").code == "token-gone"
    assert nss.given == []
    opened(nss, serial=b"\x9f\xc0\xbb\x80")
    assert nss.given == [PIN]


def test_of_two_alike_the_one_with_the_certificate_is_meant() -> None:
    """A card that was moved to another reader, beside one of the same name and number."""
    nss = PlayedNss({8: PlayedToken(certificates=()), 9: PlayedToken()})
    opened(nss)
    assert [one for one in nss.done if one.startswith("log in")] == ["log in 9"]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("for_nss", [True, False])
def test_where_the_pin_is_typed_must_be_as_the_person_was_told(
    ordered: bool, flag: bool, for_nss: bool
) -> None:
    """Else nobody is logged in: an empty PIN is a wrong one, and a typed one goes elsewhere."""
    flags = CKF_PROTECTED_AUTHENTICATION_PATH if flag else 0
    nss = PlayedNss({7: PlayedToken(flags=flags, is_protected_for_nss=for_nss)})
    pin = None if ordered else PIN
    if ordered == flag == for_nss:
        opened(nss, pin, is_typed_on_reader=ordered)
        assert nss.given == [pin]
    else:
        assert refused(nss, pin, is_typed_on_reader=ordered).code == "token-gone"
        assert nss.given == []


def test_an_order_names_the_token_by_its_octets_and_the_certificate() -> None:
    """As they were read, not as they are shown."""
    tries = TriesLeft.PLENTY
    token = Token("\ufffd", "\ufffd", "", "", 3, True, True, tries, b"\xff", b"\x9f")
    row = installed("12345678901234 user01", key=KeyState.NEEDS_USER, store="pkcs11:/lib/t.so")
    row = row._replace(token=token)
    made = unlocking.order(row, {})
    assert made is not None
    assert (made.label, made.serial, made.slot_id) == (b"\xff", b"\x9f", 3)
    assert (made.certificate, made.is_typed_on_reader) == (row.certificate.sha256, True)


def test_a_token_that_blocks_itself_at_this_pin_is_told_as_blocked() -> None:
    """``CKR_PIN_LOCKED``, also of a token that tells nothing of its tries."""
    nss = PlayedNss({7: PlayedToken(tries=9, refuses=-8019)})
    error = refused(nss)
    assert error.code == "token-locked"
    assert "渡していません" not in failures.told(error).sentence()
    assert nss.given == [PIN]


def test_a_pin_that_must_be_changed_first_is_told_as_that() -> None:
    """``CKR_PIN_EXPIRED``: with the software that came with the token."""
    error = refused(PlayedNss({7: PlayedToken(refuses=-8020)}))
    assert error.code == "token-pin-expired"
    assert "ソフトウェアでPINを変更" in failures.told(error).sentence()


def test_a_refusal_that_is_no_wrong_pin_is_told_with_its_number() -> None:
    """A PIN of the wrong length, say."""
    nss = PlayedNss({7: PlayedToken(refuses=-8190)})
    error = refused(nss)
    assert (error.code, error.facts["error"]) == ("token-login-refused", "-8190")


def test_the_module_starts_with_the_person_s_variables_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settings are there; the engine keeps the session's own, which the module does not see."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/private/config")
    before = dict(os.environ)
    nss = PlayedNss()
    outside = {"HOME": str(tmp_path), "SOFTHSM2_CONF": "/etc/softhsm", "LD_PRELOAD": "/x.so"}
    opened(nss, lent=unlocking.lent(outside))
    assert nss.seen["HOME"] == str(tmp_path)
    assert nss.seen["SOFTHSM2_CONF"] == "/etc/softhsm"
    assert "XDG_CONFIG_HOME" not in nss.seen
    assert "LD_PRELOAD" not in nss.seen
    assert dict(os.environ) == before


def test_a_module_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person is told; what hangs is left behind with its process."""
    monkeypatch.setattr(token_login, "TIME_LIMIT_S", 0.05)
    nss = PlayedNss(hangs=threading.Event())
    with pytest.raises(FailedError) as caught:
        token_login.open_within_limit(order(), Secret.from_characters(PIN), cast(Nss, nss))
    assert caught.value.code == "token-not-answering"
    assert nss.given == []
    assert nss.hangs is not None
    nss.hangs.set()


def test_a_failure_in_the_thread_is_the_caller_s() -> None:
    """As it would be without a limit."""
    nss = PlayedNss({})
    with pytest.raises(FailedError, match="token-gone"):
        token_login.open_within_limit(order(), Secret.from_characters(PIN), cast(Nss, nss))
