"""The strip above the bank's pages: where one is, with which certificate, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from certhelper import texts
from certhelper.logon.browser.address_line import AddressLine
from certhelper.logon.request import Facts
from certhelper.look import theme
from certhelper.look.widgets import as_tool_tip, plain_label, push_button, set_busy
from certhelper.settings import TextSize

_BUSY_HEIGHT = 3


class Header(QWidget):
    """Shows; every wish of the person's goes out as a signal.

    :attr:`menu` holds what is wanted less often; the features add their own entries to it.
    """

    back_wanted = Signal()
    reload_wanted = Signal()
    stop_wanted = Signal()
    notices_wanted = Signal()
    size_chosen = Signal(TextSize)
    pad_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, holder: str, certificate_facts: Facts) -> None:
        super().__init__()
        self.address = AddressLine()
        self.back = push_button("← " + texts.text("session.back"))
        self.back.setShortcut("Alt+Left")
        self.back.clicked.connect(self.back_wanted)
        self._reload = push_button(texts.text("session.reload"))
        self._reload.clicked.connect(self._reload_or_stop)
        self._notices = push_button(texts.text("session.notices-button"))
        self._notices.setToolTip(texts.text("session.notices-tip"))
        self._notices.hide()
        self._notices.clicked.connect(self.notices_wanted)
        self.menu = QMenu(self)
        pad = self.menu.addAction(texts.text("session.pad"), self.pad_wanted.emit)
        pad.setShortcut("F9")
        self._busy = QProgressBar()
        self._sizes: dict[TextSize, QPushButton] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        inner = QVBoxLayout()
        inner.setContentsMargins(10, 9, 10, 6)
        inner.setSpacing(6)
        inner.addLayout(self._first_row())
        inner.addLayout(self._second_row(holder, certificate_facts))
        rows.addLayout(inner)
        rows.addWidget(self._made_busy())
        self.show_loading(loading=False)

    def offer_notices(self) -> None:
        """From now on the notices of the log-on page can be read again."""
        self._notices.show()

    def take_focus(self) -> None:
        """Take the keys, at the first button that can be pressed."""
        first = self.back if self.back.isEnabled() else self._reload
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_size(self, size: TextSize) -> None:
        """Show which size of text is in use."""
        self._sizes[size].setChecked(True)

    def show_loading(self, *, loading: bool) -> None:
        """Show whether the page in front is still loading; then the button stops it."""
        self._is_loading = loading
        name = "stop" if loading else "reload"
        self._reload.setText(texts.text(f"session.{name}"))
        # F5 while something loads must not stop it.
        self._reload.setShortcut("" if loading else "F5")
        self._busy.setRange(0, 0 if loading else 1)  # without an end: nobody knows how far it is
        set_busy(self._busy, busy=loading)

    def offer_reload(self, *, possible: bool) -> None:
        """A document of the bank's in a tab of ours cannot be loaded again."""
        self._reload.setEnabled(possible)

    def _reload_or_stop(self) -> None:
        (self.stop_wanted if self._is_loading else self.reload_wanted).emit()

    def _made_busy(self) -> QProgressBar:
        self._busy.setTextVisible(False)
        self._busy.setFixedHeight(_BUSY_HEIGHT)
        self._busy.setProperty("look", "line")
        self._busy.setAccessibleName(texts.text("session.loading"))
        return self._busy

    def _first_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        menu = push_button(texts.text("session.menu"))
        menu.setMenu(self.menu)
        end = push_button(texts.text("session.end"), "primary")
        end.setToolTip(texts.text("session.end-tip"))
        end.clicked.connect(self.end_wanted)
        # As wide as its longer word, so that nothing moves when loading begins.
        words = [texts.text("session.reload"), texts.text("session.stop")]
        for word in words:
            self._reload.setText(word)
            wide = max(self._reload.minimumWidth(), self._reload.sizeHint().width())
            self._reload.setMinimumWidth(wide)
        row.addWidget(self.back)
        row.addWidget(self._reload)
        row.addWidget(self.address, 1)
        for button in (self._notices, menu, end):
            row.addWidget(button)
        return row

    def _second_row(self, holder: str, certificate_facts: Facts) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(plain_label(texts.text("session.certificate"), "muted", wrap=False))
        row.addWidget(_holder_label(holder, certificate_facts), 1)
        row.addWidget(plain_label(texts.text("session.text-size"), "muted", wrap=False))
        group = QButtonGroup(self)
        for size in TextSize:
            button = push_button(texts.text(f"session.size-{size.value}"))
            button.setCheckable(True)
            button.setChecked(size is theme.current().text_size)
            name = texts.text("session.text-size")
            button.setAccessibleName(f"{name} {button.text()}")
            button.clicked.connect(lambda _=False, chosen=size: self.size_chosen.emit(chosen))
            group.addButton(button)
            self._sizes[size] = button
            row.addWidget(button)
        return row


def certificate_lines(facts: Facts) -> str:
    """What the certificate says, a line each."""
    return "\n".join(
        texts.text("session.fact", name=name, value=value.replace("\n", " "))
        for name, value in facts
    )


def _holder_label(holder: str, certificate_facts: Facts) -> QLabel:
    name = plain_label(holder, "heading", wrap=False)
    name.setToolTip(as_tool_tip(certificate_lines(certificate_facts) or holder))
    name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    # A long name must never widen the window; what is cut off stands in the tip.
    name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return name
