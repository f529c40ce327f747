"""The line that says where one is.  The host is always to be read, however long the rest is."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from certhelper import resources, texts
from certhelper.logon.address_parts import AddressParts, parts_of
from certhelper.look import theme
from certhelper.look.colours import DARK
from certhelper.look.widgets import as_tool_tip, plain_label
from certhelper.safe_text import safe


class AddressLine(QWidget):
    """A lock and the address, with the host in bold and the rest in grey."""

    def __init__(self) -> None:
        super().__init__()
        self._parts = AddressParts("", "", "", is_secure=False)
        self._lock = QLabel()
        self._label = plain_label(look="address", wrap=False)
        # A long address must never widen the window.
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._lock)
        row.addWidget(self._label, 1)
        self._lock.hide()

    @property
    def parts(self) -> AddressParts:
        """What is shown."""
        return self._parts

    def show_address(self, address: str) -> None:
        """``address`` is encoded; its query is not shown.  An empty page has none for a person."""
        self._parts = parts_of("" if address == "about:blank" else address)
        self._paint()

    def show_words(self, words: str) -> None:
        """Say what is shown where it has no address of the bank's."""
        self._parts = AddressParts("", "", safe(words), is_secure=False)
        self._paint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self._paint()

    def _paint(self) -> None:
        parts = self._parts
        self._show_lock(secure=parts.is_secure)
        tip = texts.text("session.secure") if parts.is_secure else ""
        words = as_tool_tip(parts.whole) + as_tool_tip(tip)
        self._lock.setToolTip(words)
        self._label.setToolTip(words)
        self._label.setText(self._rich())
        # A reader of the screen hears the address, and not the markup.
        spoken = texts.text("session.address-spoken", address=parts.whole)
        self._label.setAccessibleName(f"{spoken} {tip}".strip())

    def _rich(self) -> str:
        parts = self._parts
        normal, bold = QFontMetrics(self._label.font()), self._bold()
        room = self._label.width() - self._label.fontMetrics().height()
        # The tail of a host says whose it is; the way to the page comes next, the scheme last.
        host = bold.elidedText(parts.host, Qt.TextElideMode.ElideLeft, max(room, 1))
        room -= bold.horizontalAdvance(host)
        after = normal.elidedText(parts.after, Qt.TextElideMode.ElideRight, max(room, 0))
        room -= normal.horizontalAdvance(after)
        before = parts.before if room >= normal.horizontalAdvance(parts.before) else ""
        grey = theme.current().colours.muted
        return (
            f'<span style="color:{grey}">{html.escape(before)}</span>'
            f"<b>{html.escape(host)}</b>"
            f'<span style="color:{grey}">{html.escape(after)}</span>'
        )

    def _bold(self) -> QFontMetrics:
        font = QFont(self._label.font())
        font.setBold(True)
        return QFontMetrics(font)

    def _show_lock(self, *, secure: bool) -> None:
        self._lock.setVisible(secure)
        if secure:
            colour = "dark" if theme.current().colours is DARK else "light"
            picture = resources.folder() / "icons" / f"lock-{colour}.svg"
            side = self._label.fontMetrics().height()
            ratio = self.devicePixelRatioF()
            self._lock.setPixmap(QIcon(str(picture)).pixmap(QSize(side, side), ratio))
