"""Rows have room for what they say at every width, also where Qt asks for the heights of many."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT

from certhelper.desktop.arranging import arrange
from certhelper.desktop.list_view import ListView
from certhelper.look.theme import Theme
from certhelper.settings import TextSize
from certhelper.stores.base import KeyState

USER = f"{CONTRACT}/user01"


def opened(qtbot: QtBot, width: int) -> ListView:
    view = ListView()
    qtbot.addWidget(view)
    view.resize(width, 400)
    view.show()
    view.show_sections(arrange(listings.listing(listings.installed(f"{CONTRACT} user01"))))
    return view


def height(view: ListView, key: str = USER) -> int:
    view.executeDelayedItemsLayout()
    index = view._model.find(key)
    assert index.isValid()
    return view.visualRect(index).height()


def test_dates_that_do_not_fit_any_more_take_another_line(qtbot: QtBot, theme: Theme) -> None:
    """And one again when the window is wide again."""
    theme.settle()
    view = opened(qtbot, 900)
    wide = height(view)
    view.resize(240, 400)
    assert height(view) > wide
    view.resize(900, 400)
    assert height(view) == wide


def test_a_reason_is_measured_anew_at_another_width(qtbot: QtBot, theme: Theme) -> None:
    """Also where the card above it keeps its height."""
    theme.settle()
    view = opened(qtbot, 900)
    keyless = listings.installed(f"{CONTRACT} user01", key=KeyState.ABSENT)
    view.show_sections(arrange(listings.listing(keyless)))
    view.setExpanded(view._model.find(USER), True)
    card, reason = height(view), height(view, f"{USER}#0")
    grown = []
    for width in range(890, 600, -10):  # which of them it is depends on the system's fonts
        view.resize(width, 400)
        if height(view) == card:
            grown.append(height(view, f"{USER}#0") > reason)
    assert any(grown)


@pytest.mark.parametrize("change", ["added", "removed"])
def test_what_comes_or_goes_above_moves_nothing_in_sight(
    qtbot: QtBot, theme: Theme, change: str
) -> None:
    """A click that is on its way meets the card it was meant for."""
    theme.settle()
    view = opened(qtbot, 900)
    few = [listings.installed(f"{CONTRACT} user{number:02}") for number in range(2, 30)]
    more = [listings.installed(f"{CONTRACT} user01"), *few]
    before, after = (few, more) if change == "added" else (more, few)
    view.show_sections(arrange(listings.listing(*before)))
    view.executeDelayedItemsLayout()
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    pointed_at = QPoint(view.viewport().width() // 2, view.viewport().height() // 2)
    seen = view._model.card(view.indexAt(pointed_at))
    assert seen is not None
    view.show_sections(arrange(listings.listing(*after)), stay=True)
    now = view._model.card(view.indexAt(pointed_at))
    assert now is not None
    assert now.key == seen.key


def test_larger_text_makes_taller_rows(qtbot: QtBot, theme: Theme) -> None:
    """What was measured for one font does not hold for another."""
    theme.settle()
    view = opened(qtbot, 900)
    standard = height(view)
    theme.set_text_size(TextSize.LARGE)
    try:
        theme.settle()
        assert height(view) > standard
    finally:
        theme.set_text_size(TextSize.STANDARD)
        theme.settle()
