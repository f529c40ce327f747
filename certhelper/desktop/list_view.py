"""The list of contracts, holders and certificates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QTreeView

from certhelper.desktop.list_delegate import ListDelegate
from certhelper.desktop.list_model import ListModel
from certhelper.desktop.rows import Row, Section
from certhelper.look import theme
from certhelper.texts import text


class ListView(QTreeView):
    """The list with its keys and clicks.

    ``chosen`` carries the card under the cursor or ``None``; ``confirmed`` the one that was
    double-clicked or got Enter.
    """

    chosen = Signal(object)
    confirmed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._model = ListModel(self)
        self._delegate = ListDelegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(text("desktop.list.name"))
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.doubleClicked.connect(self._confirm)
        theme.current().changed.connect(self.scheduleDelayedItemsLayout)

    def show_sections(self, sections: Sequence[Section], *, stay: bool = False) -> None:
        """Show these rows; what was chosen and opened stays so where it is still there.

        With ``stay`` the cards that are in sight stay where they are, whatever comes or goes
        above them: a click that is on its way must not meet the next person's certificate.
        """
        chosen = self.chosen_row()
        in_sight = self.verticalScrollBar().value()
        stay = stay and self._model.rowCount() > 0  # the first list has nothing to hold
        anchors = self._cards_in_sight() if stay else []
        opened = self._opened_keys()
        self._delegate.forget_rows()
        self._model.show(sections)
        for place in range(self._model.rowCount()):
            self.setExpanded(self._model.index(place, 0), True)
        for key in opened:
            self.setExpanded(self._model.find(key), True)
        if chosen is None or not self.choose(chosen.key):
            self.chosen.emit(None)
        if stay:
            self.executeDelayedItemsLayout()
            self.verticalScrollBar().setValue(in_sight)
            self._hold(anchors)

    def choose(self, key: str) -> bool:
        """Put the cursor on a card; ``False`` when it is not in the list."""
        index = self._model.find(key)
        if not index.isValid():
            return False
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def chosen_row(self) -> Row | None:
        return self._model.card(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            if not event.isAutoRepeat():
                self._confirm(index)
            return
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.setExpanded(index, not self.isExpanded(index))
            return
        if event.key() == Qt.Key.Key_Left and not self._can_close(index):
            return  # the headings stay open
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at_more(event.position().toPoint())
        super().mousePressEvent(event)
        if index is not None and event.button() is Qt.MouseButton.LeftButton:
            self.setExpanded(index, not self.isExpanded(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._at_more(event.position().toPoint()) is None:
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at_more(event.position().toPoint()) is not None
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        )
        super().mouseMoveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reasons wrap at the new width, so the heights are to be measured again."""
        width = self._delegate.row_width = event.size().width()
        super().resizeEvent(event)
        if width != event.oldSize().width() and self._delegate.heights_change(width):
            self.scheduleDelayedItemsLayout()

    def drawBranches(self, *arguments: object) -> None:
        """Nothing: the cards say by themselves what is below them."""

    def _confirm(self, index: QModelIndex) -> None:
        row = self._model.card(index)
        if row is not None:
            self.confirmed.emit(row)

    def _current_changed(self, current: QModelIndex) -> None:
        self.chosen.emit(self._model.card(current))

    def _can_close(self, index: QModelIndex) -> bool:
        return self.isExpanded(index) or self._model.is_inner(index)

    def _cards_in_sight(self) -> list[tuple[str, int]]:
        """The keys of the cards in sight and where they are, the one under the mouse first."""
        found: list[tuple[str, int]] = []
        index = self.indexAt(QPoint(0, 0))
        height = self.viewport().height()
        while index.isValid() and (top := self.visualRect(index).top()) < height:
            content = self._model.content(index)
            if content is not None and not isinstance(content, Section):
                found.append((content.key, top))
            index = self.indexBelow(index)
        over = self._model.content(self.indexAt(self.viewport().mapFromGlobal(QCursor.pos())))
        key = over.key if over is not None else None
        return sorted(found, key=lambda one: one[0] != key)

    def _hold(self, anchors: Sequence[tuple[str, int]]) -> None:
        """Scroll so that the first of these cards that is still there is where it was.

        Near the ends of the list there is nothing to scroll; then it moves as little as can be.
        """
        for key, top in anchors:
            index = self._model.find(key)
            if index.isValid():
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + self.visualRect(index).top() - top)
                return

    def _opened_keys(self) -> list[str]:
        keys = []
        for place in range(self._model.rowCount()):
            section = self._model.index(place, 0)
            for inner in range(self._model.rowCount(section)):
                index = self._model.index(inner, 0, section)
                content = self._model.content(index)
                if content is not None and self.isExpanded(index):
                    keys.append(content.key)
        return keys

    def _at_more(self, position: QPoint) -> QModelIndex | None:
        index = self.indexAt(position)
        if not index.isValid():
            return None
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return index if self._delegate.more_area(option, index).contains(position) else None
