"""The field for secrets: what it takes, and that it shows and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from pytestqt.qtbot import QtBot

from certhelper.look.theme import Theme
from certhelper.pad.masked_entry import MaskedEntry


@pytest.fixture
def entry(qtbot: QtBot, theme: Theme) -> Iterator[MaskedEntry]:
    made = MaskedEntry(8, str.isalnum, keyboard=True)
    qtbot.addWidget(made)
    made.show()
    made.setFocus()
    yield made
    made.clear()


def content(entry: MaskedEntry) -> str:
    with entry.take() as secret:
        return "".join(secret.characters())


def test_leading_zeros_are_kept(entry: MaskedEntry, qtbot: QtBot) -> None:
    """A secret is characters, never a number."""
    for key in "0012":
        qtbot.keyClick(entry, key)
    assert content(entry) == "0012"


def test_the_rule_and_the_limit_hold(entry: MaskedEntry, qtbot: QtBot) -> None:
    """A character outside the rule or beyond the limit is refused and said so."""
    with qtbot.waitSignals([entry.refused] * 2):
        qtbot.keyClick(entry, Qt.Key.Key_Minus, Qt.KeyboardModifier.NoModifier)
        qtbot.keyClicks(entry, "abcdefghi")
    assert entry.count == 8
    assert content(entry) == "abcdefgh"


def test_backspace_takes_one_away(entry: MaskedEntry, qtbot: QtBot) -> None:
    """Also of a character that is several octets long, and on an empty field."""
    qtbot.keyClicks(entry, "a")
    entry.enter("経")
    assert entry.count == 2
    for expected in (1, 0, 0):
        qtbot.keyClick(entry, Qt.Key.Key_Backspace)
        assert entry.count == expected
    assert content(entry) == ""


def test_nothing_can_be_pasted_or_copied(entry: MaskedEntry, qtbot: QtBot) -> None:
    """The clipboard neither fills the field nor receives from it."""
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("pasted")
    qtbot.keyClick(entry, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(entry, Qt.Key.Key_Insert, Qt.KeyboardModifier.ShiftModifier)
    assert entry.count == 0
    qtbot.keyClicks(entry, "ab")
    qtbot.keyClick(entry, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(entry, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "pasted"
    assert content(entry) == "ab"


def test_a_passphrase_can_be_pasted_whole_or_not_at_all(qtbot: QtBot) -> None:
    """Japanese has no keys of its own; a PIN's field takes nothing of the clipboard (above)."""
    entry = MaskedEntry(6, lambda character: character != "x", keyboard=True, pastes=True)
    qtbot.addWidget(entry)
    clipboard = QGuiApplication.clipboard()
    for refused in ("通帳x", "a\nb", "通帳と印鑑です", "\x00"):
        clipboard.setText(refused)
        with qtbot.waitSignal(entry.refused):
            qtbot.keyClick(entry, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert entry.count == 0
    clipboard.setText("通帳\r\n")
    qtbot.keyClick(entry, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(entry, "12")
    assert content(entry) == "通帳12"


def test_a_control_key_that_sends_a_letter_is_no_entry(entry: MaskedEntry) -> None:
    """Some systems put the letter into the event's text even with Control held."""
    control = Qt.KeyboardModifier.ControlModifier
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_V, control, "v")
    assert not entry.type_key(event)
    both = control | Qt.KeyboardModifier.AltModifier  # AltGr on Windows
    assert entry.type_key(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Q, both, "q"))
    assert content(entry) == "q"


def test_no_input_method_sees_the_secret(entry: MaskedEntry) -> None:
    """An input method keeps what it composes; it gets nothing from this field."""
    assert not entry.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def test_only_the_number_of_characters_is_spoken(entry: MaskedEntry, qtbot: QtBot) -> None:
    """A screen reader says how many there are, never which."""
    qtbot.keyClicks(entry, "secret7")
    spoken = entry.accessibleName() + entry.accessibleDescription()
    assert "7" in spoken
    assert "secret" not in spoken
    assert "文字" in spoken


def test_without_the_keyboard_keys_are_left_to_others(qtbot: QtBot, theme: Theme) -> None:
    """On the pad the physical keyboard is opt-in."""
    closed = MaskedEntry(8, str.isalnum, keyboard=False)
    qtbot.addWidget(closed)
    closed.show()
    qtbot.keyClicks(closed, "abc")
    assert closed.count == 0
    closed.enter("a")
    assert closed.count == 1


def test_taking_leaves_nothing_behind(entry: MaskedEntry, qtbot: QtBot) -> None:
    """Whoever takes the secret is its only owner; taking again gives an empty one."""
    qtbot.keyClicks(entry, "abc")
    first = entry.take()
    assert entry.count == 0
    assert content(entry) == ""
    assert "".join(first.characters()) == "abc"
    first.wipe()
