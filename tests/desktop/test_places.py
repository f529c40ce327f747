"""Where the window looks: named stores only, or this PC's with what the person added."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from support.listings import AT, CONTRACT
from support.nssdb import Database
from support.pki import Authority
from support.window import OpenWindow, Played, words_on

from certhelper.desktop.places import Places, specification_of
from certhelper.desktop.places_dialog import PlacesDialog
from certhelper.failures import WrongUseError
from certhelper.secret import Secret
from certhelper.settings import SettingsFile
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
    added = specification_of(file)
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


def test_the_kind_of_a_place_is_seen_from_what_is_there(file: Path, tmp_path: Path) -> None:
    """A browser's profile is a database; anything else holds certificate files."""
    database = Database.create(tmp_path / "profile")
    assert specification_of(database.directory) == f"nss:{database.directory}"
    assert specification_of(file.parent) == f"pkcs12:{file.parent}"
    assert specification_of(file) == f"pkcs12:{file}"


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
    qtbot.waitUntil(lambda: "まだ開いていないファイル 1件" in words_on(dialog))
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
