"""Which bank: trust for a profile of the user's, and the log-on address that the bank gave."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT, ready_store
from support.window import OpenWindow, Played, words_on

from certhelper import banks
from certhelper.bank import Bank
from certhelper.banks import Found, Origin
from certhelper.desktop.bank_choice import BankChoice
from certhelper.desktop.dialogs import AddressDialog
from certhelper.pad.pin_pad import PinPad
from certhelper.settings import SettingsFile

USER = f"{CONTRACT}/user01"


def window_without_address(open_window: OpenWindow, tmp_path: Path) -> Played:
    bank = listings.bank(tmp_path, start="")
    return open_window(ready_store(listings.installed(f"{CONTRACT} user01")), bank=bank)


def test_the_address_is_asked_for_once_and_shows_where_the_pin_goes(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """Asked at the first log-on, agreed to with its host in sight, and remembered."""
    played = window_without_address(open_window, tmp_path)
    played.choose(USER)
    played.program.body.selection.main_button.click()
    dialog = played.dialog(AddressDialog)
    assert not dialog.agree_button.isEnabled()
    qtbot.keyClicks(dialog.field, "http://logon.bank.test/")
    assert not dialog.agree_button.isEnabled()
    assert "https://" in words_on(dialog)
    dialog.field.setText("https://logon2.bank.test:8443/biznet")
    assert "logon2.bank.test:8443" in words_on(dialog)
    qtbot.mouseClick(dialog.agree_button, Qt.MouseButton.LeftButton)
    assert played.dialog(PinPad).isVisible()
    bank = played.program.bank
    assert bank.may_send_certificate("logon2.bank.test", 8443)
    assert "logon2.bank.test:8443" in words_on(played.frame)
    (option, file) = played.program.banks.command_line
    assert option == "--bank"
    assert Bank.read(Path(file)) == bank

    again = window_without_address(open_window, tmp_path)
    again.choose(USER)
    again.program.body.selection.main_button.click()
    assert again.dialog(PinPad).isVisible()


def test_without_agreeing_nothing_is_started(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """Esc leaves everything as it was."""
    played = window_without_address(open_window, tmp_path)
    played.choose(USER)
    played.program.body.selection.main_button.click()
    qtbot.keyClick(played.dialog(AddressDialog), Qt.Key.Key_Escape)
    assert played.processes == []
    assert played.program.bank.site.start_url == ""


def test_a_given_address_can_be_changed_from_the_menu(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """The old host is no longer allowed afterwards."""
    played = window_without_address(open_window, tmp_path)
    for host in ("old.bank.test", "new.bank.test"):
        actions = {one.text(): one for one in played.frame.menu_button.menu().actions()}
        next(one for words, one in actions.items() if "アドレスを設定" in words).trigger()
        dialog = played.dialog(AddressDialog)
        dialog.field.setText(f"https://{host}/")
        dialog.agree_button.click()
    assert not played.program.bank.may_send_certificate("old.bank.test", 443)
    assert played.program.bank.may_send_certificate("new.bank.test", 443)


def test_a_profile_with_an_address_of_its_own_wins(open_window: OpenWindow, tmp_path: Path) -> None:
    """Once the shipped profile knows the address, what the person once gave is not used."""
    kept = SettingsFile(tmp_path / "settings.json")
    kept.change(lambda settings: settings.logon_addresses.update({"test-bank": "https://a.test/"}))
    played = open_window(ready_store(listings.installed(f"{CONTRACT} user01")))
    assert played.program.bank.site.start_url == "https://logon.bank.test/"
    assert not played.program.banks.has_given_address


def test_a_profile_from_the_users_folder_is_asked_about_once(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """Its hosts are shown; only after the answer is anything read, and the answer is kept."""
    bank = listings.bank(tmp_path)
    store = ready_store(listings.installed(f"{CONTRACT} user01"))
    played = open_window(store, bank=bank, origin=Origin.USER)
    box = played.dialog(QMessageBox)
    assert "logon.bank.test" in box.text()
    assert store.times_read == 0
    button = next(b for b in box.buttons() if "使う" in b.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.times_read == 1)
    assert played.program.banks.command_line == [
        *("--bank", "test-bank", "--trust-profile", bank.sha256)
    ]
    again = open_window(store, bank=bank, origin=Origin.USER)
    assert again.dialogs() == []


def test_a_profile_that_is_not_trusted_is_not_used(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """やめる leaves the window with the failure and its code; nothing was read."""
    store = ready_store()
    played = open_window(store, bank=listings.bank(tmp_path), origin=Origin.USER)
    qtbot.keyClick(played.dialog(QMessageBox), Qt.Key.Key_Escape)
    assert "profile-not-trusted" in words_on(played.frame)
    assert store.times_read == 0
    assert played.program.exit_status != 0


def test_a_file_that_was_named_is_shown_with_its_hosts(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    """A path on the command line is the person's word; where it leads stands in the window."""
    bank = listings.bank(tmp_path)
    played = open_window(ready_store(), bank=bank, origin=Origin.FILE)
    assert played.dialogs() == []
    words = words_on(played.frame)
    assert bank.source.name in words
    assert "logon.bank.test" in words
    assert played.program.banks.command_line == ["--bank", str(bank.source)]


def test_a_hash_that_was_agreed_to_beforehand_asks_nothing(
    qtbot: QtBot, theme: object, tmp_path: Path
) -> None:
    """``--trust-profile`` is the answer of scripts and administrators."""
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    found = Found(listings.bank(tmp_path), Origin.USER)
    settings = SettingsFile(tmp_path / "settings.json")
    choice = BankChoice(window, settings, lambda: found, found.bank.sha256)
    with qtbot.waitSignal(choice.found):
        choice.find()


def test_a_damaged_profile_is_told_in_the_window(
    qtbot: QtBot, theme: object, tmp_path: Path
) -> None:
    """The key with the mistake and the code, as on the command line."""
    from PySide6.QtWidgets import QWidget

    path = tmp_path / "bank.toml"
    path.write_text("schema = 1\n")
    window = QWidget()
    qtbot.addWidget(window)
    settings = SettingsFile(tmp_path / "settings.json")
    choice = BankChoice(window, settings, lambda: banks.find(str(path)))
    with qtbot.waitSignal(choice.refused) as refused:
        choice.find()
    assert refused.args is not None
    assert refused.args[0].code == "profile-mistake"


@pytest.mark.parametrize("origin", [Origin.SHIPPED, Origin.MACHINE])
def test_a_childs_profile_is_found_by_its_id(
    open_window: OpenWindow, tmp_path: Path, origin: Origin
) -> None:
    """So that the child finds it under the same policy of this PC."""
    played = open_window(ready_store(), bank=listings.bank(tmp_path), origin=origin)
    assert played.program.banks.command_line == ["--bank", "test-bank"]
