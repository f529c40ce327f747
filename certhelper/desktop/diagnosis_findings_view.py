"""The findings of a diagnosis: each with a sentence and its number, the rest to be unfolded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from certhelper.desktop.diagnosis_checks_view import sign_of_state
from certhelper.desktop.diagnosis_faces import FindingFace, folded_line, needs_reading
from certhelper.desktop.signs import Sign
from certhelper.look.widgets import plain_label, push_button
from certhelper.texts import text

_FOLDED, _UNFOLDED = "▸", "▾"
_MOST_CARDS = 8
"""A contract with hundreds of expired certificates has as many findings; nobody reads them all, and
each takes some milliseconds to be shown."""


class Unfolding(QWidget):
    """A button, and below it what it unfolds.  ``moved`` is sent after either.

    ``fill`` makes the contents when they are first seen: hundreds may never be.  ``beside`` stands
    at its left; ``spoken`` says what it belongs to, for who hears the button alone.
    """

    moved = Signal()

    def __init__(
        self,
        folded: str,
        unfolded: str,
        fill: Callable[[QVBoxLayout], None],
        spoken: str = "",
        beside: QWidget | None = None,
    ) -> None:
        super().__init__()
        self._fill = fill
        self._words = (folded, unfolded)
        self.button = push_button("", "quiet")
        self.button.setAccessibleDescription(spoken)
        self.button.clicked.connect(lambda: self.unfold(is_open=not self.is_open))
        head = QHBoxLayout()
        if beside is not None:
            head.addWidget(beside, 1)
        head.addWidget(self.button)
        if beside is None:
            head.addStretch(1)
        self.contents = QWidget()
        self.column = QVBoxLayout(self.contents)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(self.fontMetrics().height() // 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.contents)
        self.contents.hide()
        self._say()

    @property
    def is_open(self) -> bool:
        return not self.contents.isHidden()

    def unfold(self, *, is_open: bool = True) -> None:
        if is_open and not self.column.count():
            self._fill(self.column)
        self.contents.setVisible(is_open)
        self._say()
        self.moved.emit()

    def _say(self) -> None:
        words = self._words[self.is_open]
        self.button.setText(f"{_UNFOLDED if self.is_open else _FOLDED} {words}")
        self.button.setAccessibleName(words)


class FindingCard(QFrame):
    """One finding that a person should read."""

    def __init__(self, face: FindingFace) -> None:
        super().__init__()
        self.face = face
        height = self.fontMetrics().height()
        self.setProperty("look", "panel")
        row = QHBoxLayout(self)
        row.setSpacing(height // 2)
        row.addWidget(Sign(sign_of_state(face.state), 1.2), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(height // 6)
        row.addLayout(column, 1)
        sentence = plain_label(face.sentence, "heading", selectable=True)
        sentence.setAccessibleName(face.spoken())
        column.addWidget(sentence)
        line = text("desktop.list.pause").join((face.state.words, face.line))
        self.unfolding = Unfolding(
            text("diagnosis-window.finding.unfold"),
            text("diagnosis-window.finding.fold"),
            self._add_sections,
            face.sentence,
            plain_label(line, "muted", selectable=True),
        )
        self.copy_button = push_button(text("diagnosis-window.finding.copy"))
        self.copy_button.setAccessibleDescription(face.line)
        self.copy_button.clicked.connect(self._copy)
        self.copy_button.setParent(self.unfolding.contents)  # it has a place in the tab order now
        column.addWidget(self.unfolding)

    def _add_sections(self, column: QVBoxLayout) -> None:
        for name, words in self.face.sections():
            column.addWidget(plain_label(name, "muted"))
            column.addWidget(plain_label(words, selectable=True))
        column.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignRight)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.face.as_plain_text())
        self.copy_button.setText(text("diagnosis-window.code.copied"))


class FindingsView(QWidget):
    """``grown`` carries what has just been unfolded, to be put in sight."""

    grown = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[FindingCard] = []
        self.folded: Unfolding | None = None
        self._folded_faces: list[FindingFace] = []
        self._told: tuple[FindingFace, ...] = ()
        self._most = _MOST_CARDS
        self.more_button = push_button("", "quiet")
        self.more_button.setParent(self)
        self.more_button.clicked.connect(lambda: self._show_more(len(self.cards) + _MOST_CARDS))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(self.fontMetrics().height() // 2)

    def show_findings(self, faces: Sequence[FindingFace]) -> None:
        """Show what has been found, the worst first; what stands there already stays as it is."""
        known: dict[FindingFace, list[FindingCard]] = {}
        for card in self.cards:
            known.setdefault(card.face, []).append(card)
        self._told = tuple(faces)
        every = [face for face in faces if needs_reading(face)]
        told = every[: self._most]
        self.cards = [known[face].pop(0) if known.get(face) else self._card(face) for face in told]
        for gone in (card for cards in known.values() for card in cards):
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, card in enumerate(self.cards):
            if self._column.indexOf(card) != place:
                self._column.insertWidget(place, card)
                card.show()  # at once: what shows takes the keyboard
        self._column.insertWidget(len(told), self.more_button, 0, Qt.AlignmentFlag.AlignLeft)
        more = len(every) - len(told)
        self.more_button.setText(text("diagnosis-window.finding.more", count=more))
        self.more_button.setVisible(more > 0)
        self._fold([one for one in faces if not needs_reading(one)])

    def _show_more(self, most: int) -> None:
        self._most = most
        self.show_findings(self._told)

    def _card(self, face: FindingFace) -> FindingCard:
        card = FindingCard(face)
        card.unfolding.moved.connect(lambda: self.grown.emit(card))
        return card

    @property
    def in_order(self) -> list[QWidget]:
        """What the keyboard visits, from above to below."""
        visited: list[QWidget] = []
        for card in self.cards:
            visited += [card.unfolding.button, card.copy_button]
        visited.append(self.more_button)
        return [*visited, self.folded.button] if self.folded is not None else visited

    def lead_to(self, check: str) -> None:
        """Unfold what a check has found, and put the keyboard there; it may be nothing yet."""
        every = [face.check for face in self._told if needs_reading(face)]
        if check in every:
            place = every.index(check)
            if place >= len(self.cards):
                self._show_more(place + 1)
            unfolding = self.cards[place].unfolding
        elif self.folded is not None and check in {face.check for face in self._folded_faces}:
            unfolding = self.folded
        else:
            return
        unfolding.unfold()
        unfolding.button.setFocus()

    def _fold(self, faces: Sequence[FindingFace]) -> None:
        folded, self.folded, self._folded_faces = self.folded, None, list(faces)
        was_open = folded is not None and folded.is_open
        had_focus = folded is not None and folded.button.hasFocus()
        words = folded_line(faces)
        if words:
            self.folded = made = Unfolding(words, words, self._add_folded)
            made.unfold(is_open=was_open)
            made.moved.connect(lambda: self.grown.emit(made))
            self._column.addWidget(made)
            made.show()
            if had_focus:
                made.button.setFocus()
        if folded is not None:
            self._column.removeWidget(folded)
            folded.hide()
            folded.deleteLater()

    def _add_folded(self, column: QVBoxLayout) -> None:
        for face in self._folded_faces:
            column.addWidget(_folded_finding(face))


def _folded_finding(face: FindingFace) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(Sign(sign_of_state(face.state)), 0, Qt.AlignmentFlag.AlignTop)
    told = text("diagnosis-window.finding.folded", line=face.line, sentence=face.sentence)
    row.addWidget(plain_label(told, selectable=True), 1)
    return line
