"""Opening a certificate file: its own passphrase, wrong and right, remembered or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from support.listings import AT, CONTRACT
from support.pki import Authority
from support.window import OpenWindow, Played, words_on

from certhelper.desktop.passphrase_dialog import PassphraseDialog
from certhelper.secret import Secret
from certhelper.stores import passphrases
from certhelper.stores.base import Availability
from certhelper.stores.pkcs12 import Pkcs12Store

PASSPHRASE = "Pass 0phrase"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    issued = Authority().issue(f"{CONTRACT} user01", not_before=AT)
    path = tmp_path / "files" / "user01.p12"
    path.parent.mkdir()
    path.write_bytes(issued.pkcs12(PASSPHRASE))
    return path


@pytest.fixture
def played(open_window: OpenWindow, file: Path) -> Played:
    """A window on a folder with one locked file, which is chosen."""
    window = open_window(Pkcs12Store(file.parent))
    window.choose(f"pkcs12:{file.parent}|{file}")
    return window


def enter(played: Played, qtbot: QtBot, passphrase: str) -> PassphraseDialog:
    dialog = played.dialog(PassphraseDialog)
    qtbot.keyClicks(dialog.entry, passphrase)
    qtbot.keyClick(dialog.entry, Qt.Key.Key_Return)
    return dialog


def test_the_right_passphrase_opens_the_file(played: Played, qtbot: QtBot, file: Path) -> None:
    """A wrong one is said and can be corrected; the right one shows the certificate's card."""
    assert "パスフレーズが必要です" in words_on(played.program.body.selection)
    played.program.body.selection.main_button.click()
    dialog = enter(played, qtbot, "wrong")
    qtbot.waitUntil(lambda: "パスフレーズが違います" in words_on(dialog))
    enter(played, qtbot, PASSPHRASE)
    qtbot.waitUntil(lambda: played.program.body.list.choose(f"{CONTRACT}/user01"))
    assert played.dialogs() == []
    assert played.program.body.selection.main_button.isEnabled()


def test_nobody_looks_for_another_passphrase_of_a_damaged_file(
    open_window: OpenWindow, qtbot: QtBot, file: Path
) -> None:
    """It was the right one: what is said is that the file is not as it was."""
    octets = bytearray(file.read_bytes())
    octets[len(octets) // 2] ^= 1
    file.write_bytes(octets)
    played = open_window(Pkcs12Store(file.parent))
    played.choose(f"pkcs12:{file.parent}|{file}")
    played.program.body.selection.main_button.click()
    dialog = enter(played, qtbot, PASSPHRASE)
    qtbot.waitUntil(lambda: "パスフレーズは合っていますが" in words_on(dialog))
    assert "パスフレーズが違います" not in words_on(dialog)


def test_the_childs_log_on_is_given_the_passphrase(
    played: Played, qtbot: QtBot, file: Path
) -> None:
    """What was typed once is held for this window's log-ons, and overwritten at its end."""
    played.program.body.selection.main_button.click()
    enter(played, qtbot, PASSPHRASE)
    qtbot.waitUntil(lambda: played.program._held.find(f"pkcs12:{file}") is not None)
    held = played.program._held.find(f"pkcs12:{file}")
    assert held is not None
    assert "".join(held.characters()) == PASSPHRASE
    with qtbot.waitSignal(played.program.finished):
        played.window.close()
    assert not any(held._buffer)


def test_the_dialog_names_the_passphrase_of_the_file(played: Played, file: Path) -> None:
    """Nobody types the bank's PIN here: the file is named, and so is what is asked for."""
    played.program.body.selection.main_button.click()
    words = words_on(played.dialog(PassphraseDialog))
    for part in ("ファイルのパスフレーズ", str(file), "利用者暗証番号ではありません"):
        assert part in words


def test_a_pc_without_a_keyring_says_so(
    played: Played, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Remembering is not offered where it would not be safe, with the reason."""
    absent = Availability(usable=False, reason="keyring-missing")
    monkeypatch.setattr(passphrases, "availability", lambda: absent)
    played.program.body.selection.main_button.click()
    dialog = played.dialog(PassphraseDialog)
    qtbot.waitUntil(lambda: "キーリング)がありません" in words_on(dialog))
    assert not dialog.remember_choice.isEnabled()


@pytest.mark.parametrize("refused", [False, True])
def test_remembering_is_opt_in_and_a_refusal_is_said(
    played: Played,
    qtbot: QtBot,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: bool,
) -> None:
    """Only with the choice made does the keyring get it; when it refuses, the file still opens."""
    kept: list[tuple[str, str]] = []

    def remember(fingerprint: str, passphrase: Secret) -> None:
        if refused:
            raise passphrases.KeyringRefusedError("keyring-refused")
        kept.append((fingerprint, "".join(passphrase.characters())))

    monkeypatch.setattr(passphrases, "availability", lambda: Availability(usable=True))
    monkeypatch.setattr(passphrases, "remember", remember)
    played.program.body.selection.main_button.click()
    dialog = played.dialog(PassphraseDialog)
    qtbot.waitUntil(dialog.remember_choice.isEnabled)
    assert not dialog.remember_choice.isChecked()
    dialog.remember_choice.setChecked(True)
    enter(played, qtbot, PASSPHRASE)
    qtbot.waitUntil(lambda: played.program.body.list.choose(f"{CONTRACT}/user01"))
    fingerprint = passphrases.fingerprint(file.read_bytes())
    assert kept == ([] if refused else [(fingerprint, PASSPHRASE)])
    assert ("キーリングが応じませんでした" in words_on(played.frame)) is refused


def test_closing_the_dialog_overwrites_what_was_typed(played: Played, qtbot: QtBot) -> None:
    """An abandoned passphrase does not stay in memory."""
    played.program.body.selection.main_button.click()
    dialog = played.dialog(PassphraseDialog)
    qtbot.keyClicks(dialog.entry, "abc")
    secret = dialog.entry._secret
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not any(secret._buffer)
    assert played.dialogs() == []


def test_held_passphrases_are_by_store_and_overwritten() -> None:
    """A newer one replaces an older one; a general one is used where there is none."""
    from certhelper.desktop.passphrases_held import HeldPassphrases

    old, new, general = (Secret.from_characters(words) for words in ("old", "new", "all"))
    held = HeldPassphrases(general)
    held.hold("pkcs12:/a", old)
    held.hold("pkcs12:/a", new)
    assert held.find("pkcs12:/a") is new
    assert held.find("pkcs12:/b") is general
    assert not any(old._buffer)
    held.wipe()
    assert not any(new._buffer)
    assert not any(general._buffer)
