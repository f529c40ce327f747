"""A file comes into a real database and a certificate goes out of it, in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from support import nssdb, pki
from support.self_test import tree
from support.systems import only_on_linux
from support.window import OpenWindow, Played

from certhelper.desktop.dialogs import DetailsDialog
from certhelper.desktop.import_dialog import ImportDialog
from certhelper.desktop.remove_dialog import RemoveDialog
from certhelper.desktop.rows import HolderRow
from certhelper.desktop.secret_field import SecretField
from certhelper.installing import importing
from certhelper.stores.nss import NssStore

pytestmark = only_on_linux  # NSS

PASSPHRASE = "file-passphrase"
PASSWORD = "opensesame"


@pytest.fixture(scope="module")
def issued() -> pki.Issued:
    return pki.Authority().issue("12345678901234 user01")


@pytest.fixture
def file(tmp_path: Path, issued: pki.Issued) -> Path:
    path = tmp_path / "mine.p12"
    path.write_bytes(issued.pkcs12(PASSPHRASE, name="mine"))
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "nssdb"


def type_into(field: SecretField | None, characters: str) -> None:
    assert field is not None
    field.clear()
    QTest.keyClicks(field.entry, characters)


def said(dialog: QWidget) -> str:
    return "\n".join(one.text() for one in dialog.findChildren(QLabel) if not one.isHidden())


def dialog_of(played: Played, kind: type[ImportDialog]) -> ImportDialog:
    return played.window.findChildren(kind)[-1]


def drop(window: QWidget, file: Path) -> bool:
    """Drag a file over the window and let it go there; return whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    over = QDragEnterEvent(QPoint(9, 9), *how)
    QApplication.sendEvent(window, over)
    if not over.isAccepted():
        return False
    let_go = QDropEvent(QPointF(9, 9), *how)
    QApplication.sendEvent(window, let_go)
    return let_go.isAccepted()


def removal(played: Played, qtbot: QtBot) -> RemoveDialog:
    """Ask for the removal of the first row as a person does: by the details."""
    view = played.program.body.list
    while view.chosen_row() is None:
        QTest.keyClick(view, Qt.Key.Key_Down)
    played.program.body.details_wanted.emit(view.chosen_row())
    details = played.window.findChildren(DetailsDialog)[-1]
    QTest.mouseClick(details.remove_button, Qt.MouseButton.LeftButton)
    dialog = played.window.findChildren(RemoveDialog)[-1]
    qtbot.waitUntil(lambda: bool(dialog.go_button.text()) or dialog.go_button.isHidden())
    return dialog


def test_a_dropped_file_is_shown_imported_and_listed_at_once(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """Wrong passphrase, right one, what is inside, imported; the list has it without a reload."""
    database = nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    assert drop(played.window, file)
    dialog = dialog_of(played, ImportDialog)
    qtbot.waitUntil(lambda: dialog.asks_passphrase)
    assert not dialog.go_button.isEnabled()
    assert dialog._passphrase is not None
    assert dialog.focusWidget() is dialog._passphrase.entry  # so that Enter does not go elsewhere
    type_into(dialog._passphrase, "wrong")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "パスフレーズが違います" in said(dialog))
    type_into(dialog._passphrase, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "user01" in said(dialog))
    assert "取り込みます(名前「mine」)" in said(dialog)
    assert database.flags() == {}
    QTest.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "取り込みました" in said(dialog))
    assert database.flags()["mine"] == "u,u,u"
    dialog.reject()
    qtbot.waitUntil(
        lambda: (
            not played.program.reader.is_reading
            and any(
                isinstance(row, HolderRow)
                for one in played.program.listed.sections
                for row in one.rows
            )
        )
    )


def test_what_was_imported_is_chosen(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """Nobody has to look for it among many; afterwards the choice is the person's again."""
    database = nssdb.Database.create(directory)
    for number in range(2, 4):
        database.add(pki.Authority().issue(f"12345678901234 user0{number}"), f"user0{number}")
    played = open_window(NssStore(directory))
    view = played.program.body.list
    played.choose("12345678901234/user03")
    dialog = played.program.changes.importing.open(file).dialog
    qtbot.waitUntil(lambda: dialog.asks_passphrase)
    type_into(dialog._passphrase, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "user01" in said(dialog))
    QTest.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "取り込みました" in said(dialog))
    dialog.reject()

    def chosen() -> str:
        row = view.chosen_row()
        return row.key if row is not None else ""

    qtbot.waitUntil(lambda: chosen() == "12345678901234/user01")
    played.choose("12345678901234/user02")
    with qtbot.waitSignal(played.program.reader.finished):
        played.frame.reload_button.click()
    assert chosen() == "12345678901234/user02"


def test_closed_before_the_last_button_nothing_changes(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """Esc at the preview: every octet as it was, and the passphrase is overwritten."""
    nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    before = tree(directory)
    course = played.program.changes.importing.open(file)
    qtbot.waitUntil(lambda: course.dialog.asks_passphrase)
    type_into(course.dialog._passphrase, PASSPHRASE)
    QTest.keyClick(course.dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: course._preview is not None)
    passphrase = course._passphrase
    assert passphrase is not None
    assert len(passphrase)
    QTest.keyClick(course.dialog, Qt.Key.Key_Escape)
    assert len(passphrase) == 0
    assert tree(directory) == before


def test_a_locked_database_asks_for_its_password_by_name(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """A wrong one is told and asked for again, at the preview that was confirmed."""
    database = nssdb.Database.create(directory, PASSWORD)
    played = open_window(NssStore(directory))
    dialog = played.program.changes.importing.open(file).dialog
    qtbot.waitUntil(lambda: dialog.asks_passphrase)
    type_into(dialog._passphrase, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "データベースのパスワード" in said(dialog))
    assert not dialog.go_button.isEnabled()
    type_into(dialog._password, "wrong")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "パスワードが違います" in said(dialog))
    assert not dialog.go_button.isEnabled()
    type_into(dialog._password, PASSWORD)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "取り込みました" in said(dialog))
    assert database.keys() == ["mine"]
    dialog.reject()


def is_in_sight(field: SecretField | None) -> bool:
    assert field is not None
    return field.entry.visibleRegion().boundingRect() == field.entry.rect()


def test_a_second_enter_imports_nothing_that_nobody_has_read(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """The passphrase's Enter, pressed twice, stops at the preview; its button still works."""
    database = nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    dialog = played.program.changes.importing.open(file).dialog
    qtbot.waitUntil(lambda: dialog.asks_passphrase)
    type_into(dialog._passphrase, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "取り込みます(名前「mine」)" in said(dialog))
    with qtbot.assertNotEmitted(dialog.wanted):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    words = said(dialog)
    assert words.index("取り込みます(名前「mine」)") < words.index("指紋")
    assert database.flags() == {}
    dialog.reject()


def test_the_field_that_has_the_focus_is_in_sight(
    qtbot: QtBot, open_window: OpenWindow, file: Path, directory: Path
) -> None:
    """Nobody types a database's password into a field below the fold of a small window."""
    nssdb.Database.create(directory, PASSWORD)
    played = open_window(NssStore(directory))
    dialog = played.program.changes.importing.open(file).dialog
    dialog.setMaximumHeight(dialog.fontMetrics().height() * 18)
    qtbot.waitUntil(lambda: dialog.asks_passphrase)
    type_into(dialog._passphrase, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog._password is not None)
    assert dialog._password is not None
    assert dialog.focusWidget() is dialog._password.entry
    qtbot.waitUntil(lambda: is_in_sight(dialog._password))
    dialog.reject()


def test_the_menu_offers_a_removal_only_where_a_certificate_is_chosen(
    qtbot: QtBot, open_window: OpenWindow, directory: Path, issued: pki.Issued
) -> None:
    """Elsewhere it says that one must be chosen, instead of opening a dialog to say so."""
    nssdb.make(directory, [(issued, "mine")])
    played = open_window(NssStore(directory))
    actions = played.frame.menu_button.menu().actions()
    action = next(one for one in actions if "証明書を削除" in one.text())
    view = played.program.body.list
    view.setCurrentIndex(QModelIndex())
    assert not action.isEnabled()
    assert "先に、一覧から" in action.toolTip()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert action.isEnabled()


def test_what_is_still_missing_for_a_removal_is_a_click_away(
    qtbot: QtBot, open_window: OpenWindow, directory: Path, issued: pki.Issued
) -> None:
    """The words that name the missing passphrase lead to its field, wherever it is."""
    nssdb.make(directory, [(issued, "mine")])
    dialog = removal(open_window(NssStore(directory)), qtbot)
    dialog.setMaximumHeight(dialog.fontMetrics().height() * 18)
    qtbot.waitUntil(lambda: not is_in_sight(dialog.again))
    QTest.mouseClick(dialog._needed, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_in_sight(dialog.first))
    assert dialog.first is not None
    assert dialog.focusWidget() is dialog.first.entry
    dialog.reject()


def test_a_file_that_is_no_use_is_told(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path, directory: Path
) -> None:
    """With its code and what to do; another kind of file is not taken at all."""
    nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    (tmp_path / "note.txt").write_text("hello")
    assert not drop(played.window, tmp_path / "note.txt")
    (tmp_path / "bad.p12").write_bytes(b"garbage" * 99)
    dialog = played.program.changes.importing.open(tmp_path / "bad.p12").dialog
    qtbot.waitUntil(lambda: "file-unreadable" in said(dialog))
    assert dialog.go_button.isHidden()
    dialog.reject()


def test_removed_with_a_backup(
    qtbot: QtBot, open_window: OpenWindow, directory: Path, issued: pki.Issued, home: Path
) -> None:
    """What depends on it, the passphrase twice, the file; then it is gone from store and list."""
    database = nssdb.make(directory, [(issued, "mine")])
    played = open_window(NssStore(directory))
    dialog = removal(played, qtbot)
    assert "これだけです" in said(dialog)
    assert "再発行" in said(dialog)
    assert dialog.wants_backup
    type_into(dialog.first, "one")
    type_into(dialog.again, "two")
    QTest.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)
    assert "同じではありません" in said(dialog)
    assert database.keys() == ["mine"]
    type_into(dialog.first, "one")
    type_into(dialog.again, "one")
    QTest.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "削除しました" in said(dialog))
    assert database.keys() == []
    [backup] = home.glob("certificate-*.p12")
    assert str(backup) in said(dialog)
    dialog.reject()
    qtbot.waitUntil(lambda: played.program.listed.sections == ())


def test_removed_without_a_backup_and_not_by_accident(
    qtbot: QtBot, open_window: OpenWindow, directory: Path, issued: pki.Issued, home: Path
) -> None:
    """Enter at the open dialog presses やめる; only the button itself removes."""
    database = nssdb.make(directory, [(issued, "mine")])
    played = open_window(NssStore(directory))
    dialog = removal(played, qtbot)
    assert dialog.backup_choice is not None
    dialog.backup_choice.setChecked(False)
    QTest.keyClick(dialog.cancel_button, Qt.Key.Key_Return)
    assert database.keys() == ["mine"]
    dialog = removal(played, qtbot)
    assert dialog.backup_choice is not None
    dialog.backup_choice.setChecked(False)
    QTest.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "削除しました" in said(dialog))
    assert database.keys() == []
    assert list(home.glob("*.p12")) == []
    dialog.reject()


def test_not_while_a_session_uses_it(
    qtbot: QtBot,
    open_window: OpenWindow,
    directory: Path,
    issued: pki.Issued,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said, with what to do first; there is no button to go on."""
    database = nssdb.make(directory, [(issued, "mine")])
    played = open_window(NssStore(directory))
    monkeypatch.setattr(played.program.changes, "_is_in_use", lambda row: True)
    dialog = removal(played, qtbot)
    assert "certificate-in-use" in said(dialog)
    assert dialog.go_button.isHidden()
    assert database.keys() == ["mine"]
    dialog.reject()


def test_a_fault_of_the_program_itself_does_not_hold_the_dialog(
    qtbot: QtBot,
    open_window: OpenWindow,
    file: Path,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told with its kind, never with its words, and the dialog can be closed."""

    def fail(*arguments: object) -> None:
        raise RuntimeError("a secret detail")

    nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    monkeypatch.setattr(importing, "look", fail)
    dialog = played.program.changes.importing.open(file).dialog
    qtbot.waitUntil(lambda: "internal-error" in said(dialog))
    assert "RuntimeError" in said(dialog)
    assert "secret" not in said(dialog)
    assert dialog.cancel_button.isEnabled()
    dialog.reject()


def test_with_nothing_chosen_the_menu_says_what_to_do(
    open_window: OpenWindow, directory: Path
) -> None:
    """A press that does nothing at all would look like a fault."""
    nssdb.Database.create(directory)
    played = open_window(NssStore(directory))
    played.program.menu.remove_wanted.emit()
    dialog = played.window.findChildren(RemoveDialog)[-1]
    assert "一覧から削除する証明書を選んでください" in said(dialog)
    dialog.reject()
