"""Saving a diagnosis from the window: what is seen is what is saved, and nothing is lost by it."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import AT, CONTRACT
from support.window import words_on

from certhelper import failures, folders
from certhelper.desktop import diagnosis_save_dialog
from certhelper.desktop.diagnosis_save_dialog import SaveDialog
from certhelper.desktop.diagnosis_saving import file_name, labels_in, usual_folder, with_suffix
from certhelper.diagnosis import report, saving
from certhelper.diagnosis.course import Course
from certhelper.diagnosis.order import CHECKS
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Once, Scene
from certhelper.failures import WrongUseError

pytestmark = pytest.mark.usefixtures("theme")

PATIENCE_MS = 60_000
USER = "hanako77"
Open = Callable[..., SaveDialog]


@pytest.fixture
def open_it(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open the dialog on a diagnosis of one expired certificate, carried out for real."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    documents = tmp_path / "documents"
    documents.mkdir()
    monkeypatch.setattr(platformdirs, "user_documents_path", lambda: documents)

    def open_dialog(*log: str) -> SaveDialog:
        certificate = listings.installed(f"{CONTRACT} {USER}", days=-3)
        found = Once(lambda: listings.listing(certificate))
        scene = Scene(listings.bank(), AT, found, offline=True)
        local = [one for one in CHECKS if one.name in ("present", "name", "period")]
        dialog = SaveDialog(scene, Course(scene, lambda _: None, local).run(), log, window)
        dialog.open()
        qtbot.waitUntil(dialog.save_button.isEnabled, timeout=PATIENCE_MS)
        return dialog

    return open_dialog


def ready(dialog: SaveDialog, qtbot: QtBot) -> None:
    """Wait for the contents that were chosen: they are made beside the window."""
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=PATIENCE_MS)


def picks(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    """Answer the system's dialog; returns what it was opened with."""
    asked: list[str] = []

    def picked(_parent: object, _title: str, usual: str, *_: object, **__: object) -> object:
        asked.append(usual)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", picked)
    return asked


@pytest.mark.parametrize("form", list(Format))
def test_what_is_seen_is_what_is_saved(
    open_it: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    """Letter for letter, in each form; the names are hidden unless the person wants them in."""
    dialog = open_it()
    dialog.formats[form].setChecked(True)
    ready(dialog, qtbot)
    dialog.as_file.setChecked(True)
    asked = picks(monkeypatch, tmp_path / "result")
    dialog.save_button.click()
    saved = (tmp_path / "result").with_suffix(f".{form.value}").read_bytes()
    assert saved.decode() == dialog.contents
    assert dialog.preview.plain.toPlainText() == dialog.contents.replace("\r\n", "\n")
    assert dialog.preview.currentWidget() is dialog.preview.plain
    assert USER not in dialog.contents
    assert CONTRACT not in dialog.contents
    (usual,) = asked
    assert Path(usual).parent == tmp_path / "documents"
    assert "2026-11-23" in usual
    assert "-".join(dialog._code.split()) in usual


def test_names_are_saved_only_on_a_clear_choice_that_says_what_it_reveals(
    open_it: Open, qtbot: QtBot
) -> None:
    """The choice is another button, and what others can read then stands below it."""
    dialog = open_it()
    assert dialog.redacted.isChecked()
    assert "置き換えます" in dialog.meaning.text()
    assert USER not in words_on(dialog)
    dialog.called.unfold()
    assert USER in dialog.names.toPlainText()
    dialog.unredacted.setChecked(True)
    assert "受け取った人に読めます" in dialog.meaning.text()
    assert not dialog.called.isVisible()
    ready(dialog, qtbot)
    assert USER in dialog.contents
    dialog.redacted.setChecked(True)
    assert not dialog.contents  # nothing that was chosen before can be saved meanwhile
    ready(dialog, qtbot)
    assert USER not in dialog.contents


def test_who_is_called_what_leaves_room_for_the_preview(
    open_it: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only who stands in the file is told of, and however many they are, they scroll."""
    many = [(f"利用者{n}", f"user{n}") for n in range(1000)]
    monkeypatch.setattr(saving, "content", lambda *_, **__: "利用者10、利用者112")
    dialog = open_it()
    dialog._called = many
    dialog.formats[Format.TEXT].setChecked(True)
    ready(dialog, qtbot)
    assert dialog.names.toPlainText().split() == ["利用者10:", "user10", "利用者112:", "user112"]
    monkeypatch.setattr(saving, "content", lambda *_, **__: "、".join(one for one, _ in many))
    dialog.formats[Format.JSON].setChecked(True)
    ready(dialog, qtbot)
    dialog.called.unfold()
    assert "user999" in dialog.names.toPlainText()
    qtbot.waitUntil(lambda: 0 < dialog.names.height() < dialog.preview.height())


def test_however_long_it_is_all_of_it_is_shown(
    open_it: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is added bit by bit, so that the window answers meanwhile, and nothing twice."""
    lines = "\r\n".join(f"{number} 有効期限が切れています" for number in range(20_000))
    monkeypatch.setattr(saving, "content", lambda *_, **__: lines)
    dialog = open_it()
    for form in (Format.TEXT, Format.JSON):  # the second while the first is being added
        dialog.formats[form].setChecked(True)
        ready(dialog, qtbot)
    plain = dialog.preview.plain
    qtbot.waitUntil(lambda: plain.toPlainText() == lines.replace("\r\n", "\n"))


def test_a_label_is_not_taken_for_a_longer_one() -> None:
    """利用者A may be nobody in this file while 利用者AB is."""
    labels = ["利用者A", "利用者AB", "契約1", "契約10", "(名前)"]
    assert labels_in("契約10の利用者AB、(名前)", labels) == {"契約10", "利用者AB"}
    assert labels_in("", labels) == labels_in("契約1", []) == frozenset()


def test_on_a_low_screen_the_choices_make_way_for_the_preview(
    open_it: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen is said in a line; with one key all of it can be changed."""
    monkeypatch.setattr(diagnosis_save_dialog, "_LOWEST", 10_000)
    dialog = open_it()
    assert not dialog.choices.isVisible()
    assert "伏せる" in dialog.chosen.text()
    dialog.change_button.click()
    assert dialog.choices.isVisible()
    assert not dialog.change_button.isVisible()
    assert dialog.focusWidget() is dialog.formats[Format.HTML]


def test_a_page_is_seen_as_a_page(open_it: Open, qtbot: QtBot) -> None:
    """As a browser shows it; with one tick as it lies in the file."""
    dialog = open_it()
    assert dialog.preview.currentWidget() is dialog.preview.page
    assert "有効期限" in dialog.preview.page.toPlainText()
    assert "<" not in dialog.preview.page.toPlainText()
    dialog.formats[Format.JSON].setChecked(True)
    ready(dialog, qtbot)
    assert dialog.preview.currentWidget() is dialog.preview.plain
    assert not dialog.as_file.isVisible()
    assert json.loads(dialog.contents)["schema"] == "certhelper.diagnosis/1"


def test_a_file_that_is_there_is_replaced_only_after_a_question(
    open_it: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The safe answer is the default; what was there stays until the other one is given."""
    dialog = open_it()
    there = tmp_path / "result.html"
    there.write_text("of yesterday")
    picks(monkeypatch, tmp_path / "result")
    dialog.save_button.click()
    (box,) = dialog.findChildren(QMessageBox)
    assert there.name in box.text()
    assert there.read_text() == "of yesterday"
    box.reject()
    assert there.read_text() == "of yesterday"
    dialog.save_button.click()
    box = dialog.findChildren(QMessageBox)[-1]
    box.accept()
    assert there.read_text("utf-8") == dialog.contents


def test_after_saving_the_folder_is_one_click_away(
    open_it: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where the file is."""
    opened: list[str] = []
    monkeypatch.setattr(folders, "show", opened.append)
    dialog = open_it()
    assert not dialog.folder_button.isVisible()
    dialog.save(tmp_path / "result.html")
    assert "result.html" in words_on(dialog)
    dialog.folder_button.click()
    qtbot.waitUntil(lambda: opened == [str(tmp_path)], timeout=PATIENCE_MS)


def test_a_place_that_cannot_be_written_to_is_said(open_it: Open, tmp_path: Path) -> None:
    """With what to do; another place can be chosen."""
    dialog = open_it()
    dialog.save(tmp_path / "gone" / "result.html")
    told = failures.told(WrongUseError("report-not-written", file="", detail=""))
    assert told.remedy in words_on(dialog)
    assert os.strerror(errno.ENOENT) in words_on(dialog)
    assert not dialog.folder_button.isVisible()
    assert dialog.save_button.isEnabled()


def test_what_was_said_of_an_earlier_saving_goes(
    open_it: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    """Another choice is not saved yet; and beside a failure nothing leads to an older file."""
    dialog = open_it()
    dialog.save(tmp_path / "result.html")
    dialog.formats[Format.TEXT].setChecked(True)
    ready(dialog, qtbot)
    assert "result.html" not in words_on(dialog)
    assert not dialog.folder_button.isVisible()
    dialog.save(tmp_path / "result.txt")
    assert dialog.folder_button.isVisible()
    dialog.save(tmp_path / "gone" / "result.txt")
    assert not dialog.folder_button.isVisible()


def test_the_contents_are_made_beside_the_window(
    open_it: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a thousand certificates it takes a second, in which the window must answer."""
    threads: list[threading.Thread] = []
    may_end = threading.Event()
    may_end.set()
    content = saving.content

    def made(*words: Any, **named: Any) -> str:
        threads.append(threading.current_thread())
        assert may_end.wait(60)
        return content(*words, **named)

    monkeypatch.setattr(saving, "content", made)
    dialog = open_it()
    may_end.clear()
    dialog.formats[Format.TEXT].setChecked(True)
    qtbot.waitUntil(lambda: "用意しています" in words_on(dialog))
    may_end.set()
    ready(dialog, qtbot)
    assert "用意しています" not in words_on(dialog)
    assert len(threads) == 2
    assert threading.main_thread() not in threads


def test_a_report_that_cannot_be_made_is_said(
    open_it: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for what does not come; nothing can be saved."""

    def broken(*_: object) -> None:
        raise ValueError(USER)

    ready(open_it(), qtbot)
    monkeypatch.setattr(report, "make", broken)
    window = QWidget()
    qtbot.addWidget(window)
    found = Once(lambda: listings.listing(listings.installed(f"{CONTRACT} {USER}")))
    dialog = SaveDialog(Scene(listings.bank(), AT, found, offline=True), (), (), window)
    dialog.open()
    qtbot.waitUntil(lambda: "internal-error" in words_on(dialog), timeout=PATIENCE_MS)
    assert USER not in words_on(dialog)
    assert "用意しています" not in words_on(dialog)
    assert not dialog.save_button.isEnabled()


def test_the_programs_log_is_added_on_request_and_redacted(open_it: Open, qtbot: QtBot) -> None:
    """Where there is none, nothing is asked about it."""
    assert not open_it().log.isVisible()
    dialog = open_it(f"the session of {USER} has ended")
    assert dialog.log.isVisible()
    assert "has ended" not in dialog.contents
    dialog.log.setChecked(True)
    ready(dialog, qtbot)
    assert "has ended" in dialog.contents
    assert USER not in dialog.contents


def test_where_a_report_goes_and_what_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents, else the desktop, else home; the day is Japan's, the ending the form's."""
    desktop = tmp_path / "desktop"
    monkeypatch.setattr(platformdirs, "user_documents_path", lambda: tmp_path / "none")
    monkeypatch.setattr(platformdirs, "user_desktop_path", lambda: desktop)
    assert usual_folder() == Path.home()
    desktop.mkdir()
    assert usual_folder() == desktop
    late = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert file_name(Format.TEXT, late, "126 722 535").endswith("_2026-11-24_126-722-535.txt")
    assert with_suffix(Path("a.html"), Format.HTML) == Path("a.html")
    assert with_suffix(Path("a.b"), Format.HTML) == Path("a.b.html")
