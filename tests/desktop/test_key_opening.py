"""Before a log-on with a locked key: its own secret, by name, once, and never the bank's PIN."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT, HeldStore, ready_store
from support.pki import Authority
from support.softhsm import MODULE, SoftHsm
from support.window import OpenWindow, Played, words_on

from certhelper.desktop import key_opening
from certhelper.desktop.key_secret_dialog import KeySecretDialog
from certhelper.logon.stages import Stage
from certhelper.pad.pin_pad import PinPad
from certhelper.stores.base import (
    Installed,
    KeyState,
    StoreReading,
    StoreStatus,
    Token,
    TriesLeft,
)
from certhelper.stores.pkcs11 import Pkcs11Store

USER = f"{CONTRACT}/user01"
TOKEN_PIN = "Card 4711"
_TRIES_NOW = key_opening.tries_now


def token(tries: TriesLeft = TriesLeft.PLENTY, *, on_reader: bool = False) -> Token:
    return Token("会社のカード", "0042", "Example", "Model", 1, True, on_reader, tries)


def on_token(held: Token) -> Installed:
    installed = listings.installed(
        f"{CONTRACT} user01", key=KeyState.NEEDS_USER, store="pkcs11:/usr/lib/token.so"
    )
    return installed._replace(token=held)


@pytest.fixture(autouse=True)
def seen_now(monkeypatch: pytest.MonkeyPatch) -> dict[str, TriesLeft | None]:
    """What the token tells when it is looked at again; the fakes' boundary is the reader's."""
    told: dict[str, TriesLeft | None] = {"tries": None}
    monkeypatch.setattr(key_opening, "tries_now", lambda _: told["tries"])
    return told


def ask(open_window: OpenWindow, installed: Installed) -> tuple[Played, KeySecretDialog]:
    played = open_window(ready_store(installed))
    played.choose(USER)
    played.program.body.selection.main_button.click()
    return played, played.dialog(KeySecretDialog)


def enter(qtbot: QtBot, dialog: KeySecretDialog, secret: str) -> None:
    qtbot.keyClicks(dialog.entry, secret)
    qtbot.keyClick(dialog.entry, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("installed", "named"),
    [
        (on_token(token()), ("トークンのPIN", "会社のカード")),
        (
            listings.installed(f"{CONTRACT} user01", store="nss:/home/p/db", needs_user=True),
            ("データベースのパスワード", "/home/p/db"),
        ),
        (
            listings.installed(f"{CONTRACT} user01", store="files:/keys", key=KeyState.NEEDS_USER),
            ("鍵ファイルのパスフレーズ", "/keys"),
        ),
    ],
)
def test_the_secret_is_asked_for_by_name_and_before_the_bank_s_pin(
    open_window: OpenWindow, qtbot: QtBot, installed: Installed, named: tuple[str, ...]
) -> None:
    """What it belongs to is named, and that it is not the 利用者暗証番号; no pad shows yet."""
    played, dialog = ask(open_window, installed)
    words = words_on(dialog)
    for part in (*named, "利用者暗証番号ではありません", "銀行には送りません"):
        assert part in words
    assert played.processes == []
    enter(qtbot, dialog, TOKEN_PIN)
    assert [type(one) for one in played.dialogs()] == [KeySecretDialog]
    (process,) = played.processes
    assert process.opening is not None
    assert process.opening.secret is not None
    assert "".join(process.opening.secret.characters()) == TOKEN_PIN


def test_the_pad_opens_when_the_key_is_open(open_window: OpenWindow, qtbot: QtBot) -> None:
    """The two are never on the screen together: one dialog goes, then the other comes."""
    played, dialog = ask(open_window, on_token(token()))
    enter(qtbot, dialog, TOKEN_PIN)
    played.processes[0].tell(Stage.OPENED)
    assert [type(one) for one in played.dialogs()] == [PinPad]
    assert "利用者暗証番号" in words_on(played.dialog(PinPad))


def test_a_wrong_secret_is_told_by_name_and_nothing_is_tried_again(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """No pad, no second child; another attempt asks again."""
    played, dialog = ask(open_window, on_token(token()))
    enter(qtbot, dialog, TOKEN_PIN)
    played.processes[0].tell(Stage.FAILED, code="token-pin-wrong")
    played.processes[0].end(1)
    assert played.dialogs() == []
    assert "PINが違います" in words_on(played.program.body.attempt)
    assert len(played.processes) == 1
    played.program.body.attempt.retry_wanted.emit()
    again = played.dialog(KeySecretDialog)
    assert again.entry.count == 0


def test_after_a_failure_the_keyboard_is_on_trying_again(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Another PIN that is typed blindly goes nowhere; Enter asks anew, in sight."""
    played, dialog = ask(open_window, on_token(token()))
    enter(qtbot, dialog, TOKEN_PIN)
    played.processes[0].tell(Stage.FAILED, code="token-pin-wrong")
    retry = played.program.body.attempt.retry_button
    qtbot.waitUntil(lambda: played.window.focusWidget() is retry)
    qtbot.keyClicks(retry, "4711")
    assert played.dialogs() == []
    qtbot.keyClick(retry, Qt.Key.Key_Return)
    assert played.dialog(KeySecretDialog).entry.count == 0


def test_after_a_wrong_pin_the_token_is_read_anew(open_window: OpenWindow, qtbot: QtBot) -> None:
    """The list tells how many tries are left; it must not tell yesterday's."""
    store = ready_store(on_token(token()))
    played = open_window(store)
    played.choose(USER)
    played.program.body.selection.main_button.click()
    enter(qtbot, played.dialog(KeySecretDialog), TOKEN_PIN)
    before = store.times_read
    played.processes[0].tell(Stage.FAILED, code="token-pin-wrong")
    qtbot.waitUntil(lambda: store.times_read > before)


def test_one_press_is_one_try(open_window: OpenWindow, qtbot: QtBot) -> None:
    """While the token has the PIN, neither Enter nor a click gives it another."""
    played, dialog = ask(open_window, on_token(token()))
    enter(qtbot, dialog, TOKEN_PIN)
    assert not dialog.open_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    dialog.open_button.click()
    assert len(played.processes) == 1


def test_closing_the_dialog_while_it_waits_ends_the_child(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """A token or a reader may hang."""
    played, dialog = ask(open_window, on_token(token()))
    enter(qtbot, dialog, TOKEN_PIN)
    dialog.reject()
    assert played.processes[0].cancelled == 1
    assert played.dialogs() == []


def test_what_the_token_tells_of_its_tries_is_shown_as_it_is_now(
    open_window: OpenWindow, qtbot: QtBot, seen_now: dict[str, TriesLeft | None]
) -> None:
    """The list may be old: the token is looked at again when its PIN is asked for."""
    seen_now["tries"] = TriesLeft.LOW
    _, dialog = ask(open_window, on_token(token()))
    qtbot.waitUntil(lambda: "残りの回数が減っています" in words_on(dialog))


def test_a_token_that_was_blocked_meanwhile_gets_no_pin(
    open_window: OpenWindow, qtbot: QtBot, seen_now: dict[str, TriesLeft | None]
) -> None:
    """Nothing can be pressed, and the reason stands there."""
    seen_now["tries"] = TriesLeft.NONE
    played, dialog = ask(open_window, on_token(token()))
    qtbot.waitUntil(lambda: "ロックされています" in words_on(dialog))
    enter(qtbot, dialog, TOKEN_PIN)
    assert not dialog.open_button.isEnabled()
    assert played.processes == []


@pytest.mark.parametrize("insists", [True, False])
def test_the_last_try_is_taken_only_after_a_question(
    open_window: OpenWindow, qtbot: QtBot, insists: bool
) -> None:
    """The safe answer is the default."""
    played, dialog = ask(open_window, on_token(token(TriesLeft.LAST)))
    enter(qtbot, dialog, TOKEN_PIN)
    assert played.processes == []
    box = played.dialog(QMessageBox)
    assert "最後の1回" in box.text()
    default = box.defaultButton()
    assert default is not None
    assert default.text() != "確かなPINなので、続ける"
    if not insists:
        default.click()
        assert played.processes == []
        return
    next(one for one in box.buttons() if one is not default).click()
    (process,) = played.processes
    assert process.opening is not None
    assert process.opening.is_last_try


def test_a_reader_with_its_own_keys_takes_the_pin_itself(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """There is nothing to type here; the person is told where."""
    played, dialog = ask(open_window, on_token(token(on_reader=True)))
    assert not dialog.entry.isVisible()
    dialog.open_button.click()
    assert "カードリーダーのテンキー" in words_on(dialog)
    opening = played.processes[0].opening
    assert opening is not None
    assert opening.secret is None


def test_a_token_is_looked_at_through_its_module_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real one: a wrong PIN that another program gave is known at the next question."""
    softhsm = SoftHsm(tmp_path / "softhsm")
    for name, value in softhsm.environment.items():
        monkeypatch.setenv(name, value)
    made = softhsm.make_token("会社のカード")
    softhsm.add(made, Authority().issue(f"{CONTRACT} user01"))
    (row,) = Pkcs11Store(MODULE).read().installed
    assert _TRIES_NOW(row) is TriesLeft.PLENTY
    assert not softhsm.try_pin(made, "00000000")
    assert _TRIES_NOW(row) is TriesLeft.LOW
    softhsm.delete_token(made)
    assert _TRIES_NOW(row) is None


def plugged(installed: Installed | None) -> StoreReading:
    """What the token's module reads with the token, and without it."""
    found = () if installed is None else (installed,)
    return StoreReading("pkcs11", "/usr/lib/token.so", StoreStatus.OK, installed=found)


def on_screen_when_pulled(played: Played, qtbot: QtBot, store: HeldStore) -> str:
    store.answer = plugged(None)
    played.program.watch._noticed(played.program.watch._waits[id(store)])
    qtbot.waitUntil(lambda: played.dialogs() == [])
    return words_on(played.frame)


@pytest.fixture
def token_store() -> HeldStore:
    store = HeldStore(plugged(on_token(token())))
    store.go.set()
    return store


def open_on(open_window: OpenWindow, store: HeldStore) -> Played:
    played = open_window(store)
    played.choose(USER)
    played.program.body.selection.main_button.click()
    return played


def test_a_token_that_is_pulled_takes_its_dialog_with_it_and_the_reason_stands_there(
    open_window: OpenWindow, qtbot: QtBot, token_store: HeldStore
) -> None:
    """The person is told at once, before a PIN is typed for nothing, and without any command."""
    played = open_on(open_window, token_store)
    qtbot.keyClicks(played.dialog(KeySecretDialog).entry, "12")
    words = on_screen_when_pulled(played, qtbot, token_store)
    assert "トークン「会社のカード」が見つかりません" in words
    assert "certhelper" not in words
    assert played.processes == []


def test_a_token_that_is_pulled_while_the_bank_s_pin_is_typed_ends_the_log_on(
    open_window: OpenWindow, qtbot: QtBot, token_store: HeldStore
) -> None:
    """No PIN is sent to the bank; the failure page says what to do."""
    played = open_on(open_window, token_store)
    enter(qtbot, played.dialog(KeySecretDialog), TOKEN_PIN)
    played.processes[0].tell(Stage.OPENED)
    played.dialog(PinPad).entry.enter("0")
    on_screen_when_pulled(played, qtbot, token_store)
    assert "トークン「会社のカード」が見つかりません" in words_on(played.program.body.attempt)
    assert (played.processes[0].pins, played.processes[0].cancelled) == ([], 1)


def test_trying_again_without_the_token_asks_for_no_pin(
    open_window: OpenWindow, qtbot: QtBot, token_store: HeldStore
) -> None:
    """The failure is the token's now; with the token back, its PIN is asked for."""
    played = open_on(open_window, token_store)
    enter(qtbot, played.dialog(KeySecretDialog), TOKEN_PIN)
    answer, token_store.answer = token_store.answer, plugged(None)
    played.processes[0].tell(Stage.FAILED, code="fingerprint-unknown")
    qtbot.waitUntil(lambda: not played.program.body.list.choose(USER))
    attempt = played.program.body.attempt
    attempt.retry_wanted.emit()
    assert played.dialogs() == []
    words = words_on(attempt)
    assert "トークン「会社のカード」が見つかりません" in words
    assert "certhelper" not in words
    token_store.answer = answer
    played.program.reader.start()
    qtbot.waitUntil(lambda: played.program.body.list.choose(USER))
    attempt.retry_wanted.emit()
    assert played.dialog(KeySecretDialog).entry.count == 0
