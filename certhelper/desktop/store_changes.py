"""Ways into an import and a removal: the menu, the list's own menu, a file dropped on the window.

What they need is loaded when somebody asks for it: the list shows sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from certhelper.bank import Bank
from certhelper.desktop.arranging import key_of
from certhelper.desktop.list_view import ListView
from certhelper.desktop.menu import Menu
from certhelper.desktop.rows import CertificateRow, HolderRow, Row, Section
from certhelper.listing import Listing
from certhelper.texts import text

if TYPE_CHECKING:
    from certhelper.desktop.import_course import Importing
    from certhelper.desktop.remove_course import IsInUse, Removing

_DROPS = (QEvent.Type.DragEnter, QEvent.Type.Drop)


class StoreChanges(QObject):
    """``changed`` is sent when a store has changed; ``details_wanted`` carries a row."""

    changed = Signal()
    details_wanted = Signal(object)

    def __init__(
        self,
        window: QWidget,
        view: ListView,
        bank: Callable[[], Bank],
        listing: Callable[[], Listing | None],
        is_in_use: IsInUse,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._view = view
        self._bank = bank
        self._listing = listing
        self._is_in_use = is_in_use
        self._import: Importing | None = None
        self._remove: Removing | None = None
        self._imported = ""
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)

    def connect_menu(self, menu: Menu) -> None:
        """Listen to the window's menu."""
        menu.import_wanted.connect(self._pick)
        menu.remove_wanted.connect(lambda: self.remove(self._view.chosen_row()))

        def row_chosen(row: Row | None) -> None:
            menu.allow_removal(is_chosen=isinstance(row, HolderRow | CertificateRow))

        self._view.chosen.connect(row_chosen)

    @property
    def importing(self) -> Importing:
        if self._import is None:
            from certhelper.desktop.import_course import Importing

            self._import = Importing(self._window, self._bank, self._listing)
            self._import.imported.connect(self._note_imported)
        return self._import

    def _note_imported(self, sha256: str) -> None:
        self._imported = sha256
        self.changed.emit()

    def choose_imported(self, sections: Iterable[Section]) -> None:
        """Put the cursor on the card of what was imported, once, when it is in the list."""
        key = key_of(sections, self._imported) if self._imported else None
        if key is not None and self._view.choose(key):
            self._imported = ""

    def _pick(self) -> None:
        self.importing.pick()

    def remove(self, row: Row | None) -> None:
        """Show what depends on a row's certificate, and ask."""
        if self._remove is None:
            from certhelper.desktop.remove_course import Removing

            self._remove = Removing(self._window, self._listing, self._is_in_use)
            self._remove.removed.connect(self.changed)
        self._remove.ask(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a certificate file that is dropped on the window."""
        if event.type() not in _DROPS or not isinstance(event, QDropEvent):
            return False
        file = _certificate_file(event)
        if file is None or QApplication.activeModalWidget() is not None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.importing.open(file)
        return True

    def _show_menu(self, position: QPoint) -> None:
        row = self._view.chosen_row()
        if not isinstance(row, HolderRow | CertificateRow):
            return
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        details = menu.addAction(text("desktop.panel.details"))
        details.triggered.connect(lambda: self.details_wanted.emit(row))
        menu.addSeparator()
        remove = menu.addAction(text("installing.window.remove-this"))
        remove.triggered.connect(lambda: self.remove(row))
        menu.popup(self._view.viewport().mapToGlobal(position))


def _certificate_file(event: QDropEvent) -> Path | None:
    """The one certificate file that is being dropped, if it is one."""
    from certhelper.stores.pkcs12 import SUFFIXES

    addresses = event.mimeData().urls()
    if len(addresses) != 1 or not addresses[0].isLocalFile():
        return None
    path = Path(addresses[0].toLocalFile())
    return path if path.suffix.lower() in SUFFIXES else None
