"""The list as Qt's views want it: sections, cards below them, reasons and others below a card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from certhelper.desktop.faces import face
from certhelper.desktop.rows import CertificateRow, HolderRow, ReasonRow, Row, Section

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_CARD_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_LEAF_FLAGS = _CARD_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_HEADING_FLAGS = Qt.ItemFlag.NoItemFlags


class _Node:
    """``children`` is ``None`` until they are asked for: a closed card costs nothing."""

    __slots__ = ("children", "content", "parent", "place")

    def __init__(self, content: Section | Row, parent: int, place: int) -> None:
        self.content = content
        self.parent = parent
        self.place = place
        self.children: list[int] | None = None


class ListModel(QAbstractItemModel):
    """Read only.  :meth:`show` replaces everything; keys find the rows again afterwards."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[_Node] = []
        self._roots: list[int] = []
        self._numbers: dict[str, int] = {}

    def show(self, sections: Sequence[Section]) -> None:
        self.beginResetModel()
        self._nodes.clear()
        self._numbers.clear()
        self._roots = [self._add(section, -1, place) for place, section in enumerate(sections)]
        for number in self._roots:
            self._children(number)
        self.endResetModel()

    def find(self, key: str) -> QModelIndex:
        """The index of the card with this key; invalid when it is not in the list."""
        number = self._numbers.get(key)
        if number is None:
            return QModelIndex()
        return self.createIndex(self._nodes[number].place, 0, number)

    def content(self, index: Index) -> Section | Row | None:
        return self._nodes[index.internalId()].content if index.isValid() else None

    def card(self, index: Index) -> Row | None:
        """The card that a row belongs to: itself, or for a reason the one above it."""
        content = self.content(index)
        if isinstance(content, ReasonRow):
            content = self.content(self.parent(index))
        return None if isinstance(content, Section) else content

    def is_inner(self, index: Index) -> bool:
        """Whether this row stands below a card."""
        above = self._nodes[index.internalId()].parent
        return above >= 0 and self._nodes[above].parent >= 0

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        numbers = self._children(parent.internalId()) if parent.isValid() else self._roots
        if column != 0 or not 0 <= row < len(numbers):
            return QModelIndex()
        return self.createIndex(row, 0, numbers[row])

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        if not index.isValid():
            return QModelIndex()
        number = self._nodes[index.internalId()].parent
        return (
            QModelIndex() if number < 0 else self.createIndex(self._nodes[number].place, 0, number)
        )

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return len(self._children(parent.internalId())) if parent.isValid() else len(self._roots)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        if not parent.isValid():
            return bool(self._roots)
        return _has_children(self._nodes[parent.internalId()].content)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A heading cannot be chosen; the arrow keys pass it by.

        Of a card without anything below it the view needs to ask nothing more.
        """
        if not index.isValid():
            return _HEADING_FLAGS
        content = self._nodes[index.internalId()].content
        if isinstance(content, Section):
            return _HEADING_FLAGS
        return _CARD_FLAGS if _has_children(content) else _LEAF_FLAGS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        content = self._nodes[index.internalId()].content
        if role == Qt.ItemDataRole.DisplayRole:
            return face(content, inner=self.is_inner(index)).title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return face(content, inner=self.is_inner(index)).spoken()
        return None

    def _add(self, content: Section | Row, parent: int, place: int) -> int:
        number = len(self._nodes)
        self._nodes.append(_Node(content, parent, place))
        self._numbers.setdefault(content.key, number)
        return number

    def _children(self, number: int) -> list[int]:
        node = self._nodes[number]
        if node.children is None:
            content = node.content
            inner: Iterable[Row] = (
                content.rows if isinstance(content, Section) else content.children
            )
            node.children = [self._add(row, number, place) for place, row in enumerate(inner)]
        return node.children


def _has_children(content: Section | Row) -> bool:
    match content:
        case Section():
            return True
        case HolderRow() as row:
            return bool(row.reasons) or len(row.holder.certificates) > len(row.copies)
        case CertificateRow() as row:
            return bool(row.reasons)
        case _:
            return False
