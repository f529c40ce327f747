"""A certificate that is in two places is used from the one that the person chooses."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT, STORE
from support.window import OpenWindow, Played, words_on

from certhelper.desktop.logons import ChosenRow
from certhelper.desktop.place_choice import PlaceChooser
from certhelper.desktop.rows import HolderRow
from certhelper.settings import LastUsed, SettingsFile
from certhelper.stores.base import KeyState

USER = f"{CONTRACT}/user01"
ELSEWHERE = "nss:/home/hanako/.mozilla/firefox/x.default"


def in_two_places() -> listings.HeldStore:
    one = listings.installed(f"{CONTRACT} user01")
    return listings.ready_store(one, one._replace(store=ELSEWHERE))


def chooser(played: Played) -> PlaceChooser:
    found: PlaceChooser = played.program.body.selection.places
    return found


def place_in_use(played: Played) -> str:
    row = played.program.body.list.chosen_row()
    assert isinstance(row, HolderRow)
    return row.judged.installed.store


def test_both_places_stand_beside_the_list_and_a_click_chooses(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The preferred one is chosen at first; a click on the words is a click on the button."""
    played = open_window(in_two_places())
    played.choose(USER)
    assert place_in_use(played) == STORE
    assert [button.isChecked() for button in chooser(played).buttons] == [True, False]
    assert ".mozilla" in words_on(chooser(played))
    qtbot.mouseClick(chooser(played).buttons[1].parentWidget(), Qt.MouseButton.LeftButton)
    assert place_in_use(played) == ELSEWHERE
    assert [button.isChecked() for button in chooser(played).buttons] == [False, True]


def test_the_choice_is_made_by_keys_and_keeps_the_focus(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The arrow keys go on from where they are, although the list was made anew."""
    played = open_window(in_two_places())
    played.choose(USER)
    first, second = chooser(played).buttons
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert place_in_use(played) == ELSEWHERE
    assert QApplication.focusWidget() is second
    qtbot.keyClick(second, Qt.Key.Key_Up)
    assert place_in_use(played) == STORE


def test_the_places_are_reached_before_what_stands_below_them(open_window: OpenWindow) -> None:
    """Tab goes down the panel, although the places come there later than its buttons."""
    played = open_window(in_two_places())
    played.choose(USER)
    panel = played.program.body.selection
    wanted = [*panel.places.buttons, panel.details_button, panel.browser_button, panel.main_button]
    reached = []
    one = played.program.body.list.nextInFocusChain()
    while one is not None and one is not played.program.body.list:
        reached += [one] if one in wanted else []
        one = one.nextInFocusChain()
    assert reached == wanted


def test_the_choice_holds_when_the_stores_are_read_again(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Nobody has to choose again because another certificate was added."""
    played = open_window(in_two_places())
    played.choose(USER)
    chooser(played).buttons[1].click()
    with qtbot.waitSignal(played.program.reader.finished):
        played.frame.reload_button.click()
    assert place_in_use(played) == ELSEWHERE


def test_the_log_on_uses_the_chosen_place_and_it_is_remembered(
    open_window: OpenWindow,
) -> None:
    """What the child is told of is the chosen store; the next start begins with it."""
    played = open_window(in_two_places())
    played.choose(USER)
    chooser(played).buttons[1].click()
    used: list[ChosenRow] = []
    played.program.logons.pin_submitted.connect(used.append)
    played.log_on(USER)
    assert [row.judged.installed.store for row in used] == [ELSEWHERE]
    assert played.program.wishes.now.last_used["test-bank"].store == ELSEWHERE


def test_the_place_of_the_last_log_on_is_used_again(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    """At the next start it is the one in use, although another is preferred."""
    store = in_two_places()
    sha256 = store.answer.installed[0].certificate.sha256
    last = LastUsed(sha256, ELSEWHERE)
    settings = SettingsFile(tmp_path / "settings.json")
    settings.change(lambda kept: kept.last_used.update({"test-bank": last}))
    assert place_in_use(open_window(store)) == ELSEWHERE


def test_a_last_place_that_can_no_longer_be_used_gives_way(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    """Its key is gone there: the other place is used without anybody's asking."""
    one = listings.installed(f"{CONTRACT} user01")
    last = LastUsed(one.certificate.sha256, ELSEWHERE)
    settings = SettingsFile(tmp_path / "settings.json")
    settings.change(lambda kept: kept.last_used.update({"test-bank": last}))
    keyless = one._replace(store=ELSEWHERE, key=KeyState.ABSENT)
    assert place_in_use(open_window(listings.ready_store(keyless, one))) == STORE


def test_a_certificate_in_one_place_offers_no_choice(open_window: OpenWindow) -> None:
    """Nothing to choose, nothing to read."""
    played = open_window(listings.ready_store(listings.installed(f"{CONTRACT} user01")))
    played.choose(USER)
    assert not chooser(played).isVisible()
