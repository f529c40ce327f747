"""Whom a diagnosis is about: everybody on this PC, or one person out of those who were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyleOptionComboBox

from certhelper.desktop.rows import Mark, mark_of
from certhelper.desktop.selection import short_name
from certhelper.desktop.signs import icon_of, sign_of
from certhelper.diagnosis.subjects import subjects_of
from certhelper.listing import Listing
from certhelper.look import theme
from certhelper.standing import Judged
from certhelper.texts import text

_EVERYBODY = 0
_MOST_IN_SIGHT = 15
_CHARACTERS = 44
"""Room for the longest IDs; the same before anybody is known and after."""

_LEAST_WIDE = 8  # heights of a line
_LEADING_ON = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)


class Person(NamedTuple):
    """One who can be chosen, by the certificate that the diagnosis is then about."""

    name: str
    mark: Mark
    judged: Judged
    certificates: frozenset[str]


def people_of(listing: Listing) -> tuple[Person, ...]:
    """Return those whom a diagnosis of everybody is about, in the order of the list."""
    return tuple(
        Person(
            short_name(one.judged),
            mark_of(one.holder.verdict) if one.holder is not None else Mark.NEUTRAL,
            one.judged,
            frozenset(row.installed.certificate.sha256 for row in one.rows),
        )
        for one in subjects_of(listing, "")
    )


class PeopleChoice(QComboBox):
    """``picked`` carries another person's certificate, or None: everybody's.

    A closed box changes with every key, and each change is a new diagnosis: here a key opens it.
    """

    picked = Signal(object)

    def __init__(self, judged: Judged | None) -> None:
        super().__init__()
        self._judged = judged
        self._people: tuple[Person | None, ...] = ()
        self._current = _EVERYBODY
        self.setAccessibleName(text("diagnosis-window.about-spoken"))
        self.setMaxVisibleItems(_MOST_IN_SIGHT)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_CHARACTERS)
        self.activated.connect(self._activated)
        theme.current().changed.connect(self._draw_signs)
        self.show_people(())

    def show_people(self, people: Sequence[Person]) -> None:
        """Offer these besides everybody; whom the diagnosis is about stays the current one."""
        judged = self._judged
        current = [one for one in people if judged is not None and _is_of(judged, one)]
        if judged is not None and not current:
            sha256 = judged.installed.certificate.sha256
            unlisted = Person(short_name(judged), Mark.NEUTRAL, judged, frozenset({sha256}))
            people, current = [unlisted, *people], [unlisted]
        self._people = (None, *people)
        self.clear()
        self.addItem(text("diagnosis-window.about-all"))
        self.addItems([one.name for one in people])
        self._draw_signs()
        self._current = self._people.index(current[0]) if current else _EVERYBODY
        self.setCurrentIndex(self._current)

    def minimumSizeHint(self) -> QSize:
        """A long name is cut rather than the page."""
        least = self.fontMetrics().height() * _LEAST_WIDE
        return QSize(least, super().minimumSizeHint().height())

    def _draw_signs(self) -> None:
        """How the list of the window shows each; it finds who has trouble."""
        height = self.fontMetrics().height()
        self.setIconSize(QSize(height, height))
        icons = {mark: icon_of(sign_of(mark), self) for mark in Mark}
        for number, person in enumerate(self._people):
            if person is not None:
                self.setItemIcon(number, icons[person.mark])

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Without the sign: of whom it is about, the verdict below tells more than the list."""
        super().initStyleOption(option)
        option.currentIcon = QIcon()

    def _activated(self, number: int) -> None:
        if number == self._current:
            return
        person = self._people[number]
        self.picked.emit(None if person is None else person.judged)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _LEADING_ON or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        elif event.text() or event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page below is meant


def _is_of(judged: Judged, person: Person) -> bool:
    return judged.installed.certificate.sha256 in person.certificates
