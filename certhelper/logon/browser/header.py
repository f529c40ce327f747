"""The strip above the bank's pages: where one is, with which certificate, and the way out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from certhelper import resources, texts
from certhelper.look import theme
from certhelper.look.colours import DARK
from certhelper.look.widgets import as_tool_tip, plain_label, push_button
from certhelper.settings import TextSize


class Header(QWidget):
    """Shows; every wish of the person's goes out as a signal.

    :attr:`menu` holds what is wanted less often; the features add their own entries to it.
    """

    back_wanted = Signal()
    reload_wanted = Signal()
    notices_wanted = Signal()
    size_chosen = Signal(TextSize)
    pad_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, holder: str, certificate_facts: str) -> None:
        super().__init__()
        self._lock = QLabel()
        self._address = plain_label(look="address", wrap=False)
        # A long address must never widen the window.
        self._address.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._notices = push_button(texts.text("session.notices-button"))
        self._notices.setToolTip(texts.text("session.notices-tip"))
        self._notices.hide()
        self._notices.clicked.connect(self.notices_wanted)
        self.menu = QMenu(self)
        pad = self.menu.addAction(texts.text("session.pad"), self.pad_wanted.emit)
        pad.setShortcut("F9")
        rows = QVBoxLayout(self)
        rows.addLayout(self._first_row())
        rows.addLayout(self._second_row(holder, certificate_facts))

    def show_address(self, address: str, *, secure: bool) -> None:
        """``address`` comes without its query."""
        self._address.setText(address)
        colour = "dark" if theme.current().colours is DARK else "light"
        lock = resources.folder() / "icons" / f"lock-{colour}.svg"
        side = self._address.fontMetrics().height()
        icon = QIcon(str(lock)).pixmap(QSize(side, side)) if secure else None
        self._lock.setVisible(icon is not None)
        if icon is not None:
            self._lock.setPixmap(icon)
        tip = texts.text("session.secure") if secure else ""
        for part in (self._lock, self._address):
            part.setToolTip(tip)
        self._lock.setAccessibleName(tip)

    def offer_notices(self) -> None:
        """From now on the notices of the log-on page can be read again."""
        self._notices.show()

    def _first_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        back = push_button("← " + texts.text("session.back"))
        back.setShortcut("Alt+Left")
        back.clicked.connect(self.back_wanted)
        reload = push_button(texts.text("session.reload"))
        reload.setShortcut("F5")
        reload.clicked.connect(self.reload_wanted)
        menu = push_button(texts.text("session.menu"))
        menu.setMenu(self.menu)
        end = push_button(texts.text("session.end"), "primary")
        end.setToolTip(texts.text("session.end-tip"))
        end.clicked.connect(self.end_wanted)
        for button in (back, reload):
            row.addWidget(button)
        row.addWidget(self._lock)
        row.addWidget(self._address, 1)
        row.addWidget(self._notices)
        row.addWidget(menu)
        row.addWidget(end)
        return row

    def _second_row(self, holder: str, certificate_facts: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(plain_label(texts.text("session.certificate"), "muted", wrap=False))
        name = plain_label(holder, "heading", wrap=False)
        name.setToolTip(as_tool_tip(certificate_facts))
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(name)
        row.addStretch(1)
        row.addWidget(plain_label(texts.text("session.text-size"), "muted", wrap=False))
        for size in TextSize:
            button = push_button(texts.text(f"session.size-{size.value}"))
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setChecked(size is theme.current().text_size)
            button.clicked.connect(lambda _=False, chosen=size: self.size_chosen.emit(chosen))
            row.addWidget(button)
        return row
