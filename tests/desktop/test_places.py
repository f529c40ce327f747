"""Where the window looks: named stores only, or this PC's with what the person added."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from support import softhsm
from support.listings import AT, CONTRACT
from support.pki import Authority
from support.systems import only_on_linux
from support.window import OpenWindow, Played, words_on

from certhelper.desktop.places import Places
from certhelper.desktop.places_dialog import PlacesDialog
from certhelper.failures import WrongUseError
from certhelper.secret import Secret
from certhelper.settings import SettingsFile
from certhelper.stores import recognition
from certhelper.stores.base import StoreReading
from certhelper.stores.pkcs12 import Pkcs12Store
from certhelper.texts import Language


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "files" / "user01.p12"
    path.parent.mkdir()
    issued = Authority().issue(f"{CONTRACT} user01", not_before=AT)
    path.write_bytes(issued.pkcs12("passphrase"))
    return path


def names(places: Places) -> list[str]:
    return [f"{store.kind}:{store.where}" for store in places.find()]


def test_named_stores_are_the_only_ones(file: Path) -> None:
    """The demo, or a script, reads exactly what it names, and each once."""
    specification = f"pkcs12:{file}"
    places = Places([specification, specification])
    places.take_added([f"pkcs12:{file.parent}"])
    assert names(places) == [specification]
    assert places.is_asked_for("anything")


def test_a_store_that_is_named_wrongly_is_an_error(tmp_path: Path) -> None:
    """As on the command line."""
    with pytest.raises(WrongUseError) as caught:
        Places([f"pkcs12:{tmp_path / 'nowhere'}"]).find()
    assert caught.value.code == "store-not-found"


def test_added_places_come_after_this_pcs_own(file: Path) -> None:
    """What was added is read besides what every user has."""
    places = Places()
    own = names(places)
    assert own
    added = f"pkcs12:{file}"
    places.take_added([added])
    assert names(places) == [*own, added]
    assert places.is_asked_for(added)
    assert not places.is_asked_for(own[0])


def test_an_added_place_that_is_gone_says_so(file: Path) -> None:
    """A drive that is not connected must not keep the rest from being read."""
    places = Places()
    places.take_added([f"pkcs12:{file.parent / 'gone.p12'}"])
    reading = places.find()[-1].read()
    assert (reading.status, reading.reason) == ("unavailable", "store-not-found")


def test_an_opened_file_stays_open_when_it_is_read_again(file: Path) -> None:
    """The passphrase is not asked for at every reading."""
    places = Places([f"pkcs12:{file}"])
    (store,) = places.find()
    assert isinstance(store, Pkcs12Store)
    with Secret.from_characters("passphrase") as passphrase:
        assert store.unlock(passphrase)
    (again,) = places.find()
    assert len(again.read().installed) == 1


def open_places(open_window: OpenWindow) -> tuple[Played, PlacesDialog]:
    played = open_window()
    actions = played.frame.menu_button.menu().actions()
    next(one for one in actions if "証明書を探す場所" in one.text()).trigger()
    return played, played.dialog(PlacesDialog)


def test_a_file_is_added_shown_remembered_and_taken_away_again(
    open_window: OpenWindow,
    qtbot: QtBot,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Added by a click, its locked entry is in the list; at the next start it still is."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    played, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.file_button, Qt.MouseButton.LeftButton)
    key = f"pkcs12:{file}|{file}"
    qtbot.waitUntil(lambda: played.program.body.list.choose(key))
    qtbot.waitUntil(lambda: "開いていないか読めないファイル 1件" in words_on(dialog))
    assert open_window().program.body.list.choose(key)

    remove = next(b for b in dialog.findChildren(QPushButton) if b.text() == "外す")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not played.program.body.list.choose(key))
    assert SettingsFile(tmp_path / "settings.json").settings.added_stores == []


def test_the_empty_page_leads_to_adding_a_file(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Whoever has a file is told that it is not found by itself, and is one click from adding."""
    played = open_window()
    page = played.program.body.empty
    assert "置いただけでは読み取りません" in words_on(page)
    assert "ICカードやUSBトークンの証明書は、差し込むと" in words_on(page)
    qtbot.mouseClick(page.places_button, Qt.MouseButton.LeftButton)
    assert played.dialog(PlacesDialog).isVisible()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_two_buttons_in_sight_have_the_same_letter(
    open_window: OpenWindow, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alt and a letter presses one button, also where the list is empty."""
    monkeypatch.setattr("certhelper.texts.language", lambda: language)
    played = open_window()
    shortcuts = [
        button.shortcut().toString()
        for button in played.window.findChildren(QPushButton)
        if button.isVisible() and not button.shortcut().isEmpty()
    ]
    assert len(shortcuts) >= 5
    assert len(set(shortcuts)) == len(shortcuts)


def test_a_folder_can_be_added(
    open_window: OpenWindow, qtbot: QtBot, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file of the folder is an entry of its own."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(file.parent))
    played, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.folder_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: played.program.body.list.choose(f"pkcs12:{file.parent}|{file}"))


def test_picking_nothing_changes_nothing(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling the system's dialog is no choice."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    played, dialog = open_places(open_window)
    for button in (dialog.file_button, dialog.folder_button):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert played.program.wishes.now.added_stores == []


def test_a_folder_of_both_kinds_shows_all(
    open_window: OpenWindow, qtbot: QtBot, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PEM files beside PKCS #12 files are found by what is in them; both are read from now on."""
    issued = Authority().issue(f"{CONTRACT} user02", not_before=AT)
    (file.parent / "user02.txt").write_bytes(issued.pem + issued.key_pem)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(file.parent))
    played, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.folder_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: f"files:{file.parent}" in words_on(dialog))
    assert f"pkcs12:{file.parent}" in words_on(dialog)
    qtbot.waitUntil(lambda: "証明書 1枚" in words_on(dialog))
    added = [f"pkcs12:{file.parent}", f"files:{file.parent}"]
    assert played.program.wishes.now.added_stores == added


def test_what_cannot_be_read_is_not_added(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog says why nothing was added and what could be; the next pick takes it back."""
    (tmp_path / "letter.odt").write_bytes(b"PK")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "letter.odt"), "")
    )
    played, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.file_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "追加しませんでした" in words_on(dialog))
    assert played.program.wishes.now.added_stores == []
    issued = Authority().issue(f"{CONTRACT} user02", not_before=AT)
    (tmp_path / "letter.odt").write_bytes(issued.pem)
    qtbot.mouseClick(dialog.file_button, Qt.MouseButton.LeftButton)
    added = [f"files:{tmp_path / 'letter.odt'}"]
    qtbot.waitUntil(lambda: played.program.wishes.now.added_stores == added)
    assert "追加しませんでした" not in words_on(dialog)


def test_what_was_added_is_there_at_once_and_can_be_taken_away(
    open_window: OpenWindow, qtbot: QtBot, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read its row says so, in sight; its button has the keyboard, also afterwards."""
    go = threading.Event()
    read = Pkcs12Store.read

    def held(store: Pkcs12Store) -> StoreReading:
        go.wait(20)
        return read(store)

    monkeypatch.setattr(Pkcs12Store, "read", held)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    _, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.file_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "読み取っています…" in words_on(dialog))

    def has_the_keyboard() -> bool:
        button = dialog._remove_buttons[f"pkcs12:{file}"]
        in_sight = button.visibleRegion().boundingRect() == button.rect()
        return in_sight and dialog.focusWidget() is button

    qtbot.waitUntil(has_the_keyboard)
    go.set()
    qtbot.waitUntil(lambda: "読み取っています…" not in words_on(dialog))
    qtbot.waitUntil(has_the_keyboard)


def test_a_place_that_does_not_answer_freezes_nothing(
    open_window: OpenWindow, qtbot: QtBot, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead network folder is looked into beside the window, which says so meanwhile."""
    go = threading.Event()
    monkeypatch.setattr(recognition, "stores_in", lambda _: (go.wait(20), ())[1])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(file.parent))
    _, dialog = open_places(open_window)
    qtbot.mouseClick(dialog.folder_button, Qt.MouseButton.LeftButton)
    assert "確かめています…" in words_on(dialog)
    assert not dialog.folder_button.isEnabled()
    dialog.reject()
    go.set()


@only_on_linux  # where the module is
def test_a_module_is_asked_about_first(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module is a program: it is added only when the person says where it is from."""
    module = softhsm.MODULE.resolve()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(module), ""))
    played, dialog = open_places(open_window)

    def question() -> QMessageBox:
        qtbot.mouseClick(dialog.file_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: any(box.isVisible() for box in dialog.findChildren(QMessageBox)))
        return next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())

    asked = question()
    assert str(module) in asked.text()
    with qtbot.waitSignal(asked.finished):
        asked.escapeButton().click()
    assert played.program.wishes.now.added_stores == []
    asked = question()
    with qtbot.waitSignal(asked.finished):
        next(b for b in asked.buttons() if b.text() == "追加する").click()
    assert played.program.wishes.now.added_stores == [f"pkcs11:{module}"]
    qtbot.waitUntil(lambda: "トークン 0個、証明書 0枚" in words_on(dialog))


@only_on_linux  # where browsers have databases of their own
def test_whose_place_it_is(open_window: OpenWindow, home: Path) -> None:
    """A profile of Firefox is called so, and what Chrome sees of it is said.

    Nobody asked for this one, which cannot be read; a certificate may be in it all the same, so it
    is in the list.
    """
    profile = home / ".mozilla/firefox/ab.default"
    profile.mkdir(parents=True)
    (profile / "cert8.db").write_bytes(b"old")
    played, dialog = open_places(open_window)
    shown = words_on(dialog)
    assert played.program.body.list.choose(f"store|nss:{profile}")
    assert "Firefoxのプロファイル(ab.default)" in shown
    assert f"nss:{profile}" in shown
    assert "certutil --upgrade-merge" in shown
    assert "ChromeやEdgeでは選べません" in shown
