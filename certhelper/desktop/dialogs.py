"""The smaller windows: details, the address, a question, what this program is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from certhelper.desktop.details import as_plain_text
from certhelper.desktop.facts_view import FactsView
from certhelper.desktop.selection import Facts
from certhelper.failures import FailedError, told
from certhelper.look.widgets import plain_label, push_button
from certhelper.pad.masked_entry import MaskedEntry
from certhelper.texts import text


class Dialog(QDialog):
    """A window with a title, contents and a row of buttons; Esc closes it.

    The contents scroll where the screen is too small for them.
    """

    lines_wide = 30
    """Width, in heights of a line."""
    repeats_title = True
    """Whether the title stands above the contents, too."""

    def __init__(self, parent: QWidget | None, title: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        height = self.fontMetrics().height()
        contents = QWidget()
        self.column = QVBoxLayout(contents)
        self.column.setContentsMargins(0, 0, height // 2, 0)
        self.column.setSpacing(height // 2)
        if self.repeats_title:
            self.column.addWidget(plain_label(title, "title"))
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(contents)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(height, height, height // 2, height)
        self._outer.addWidget(self._area, 1)

    def add_buttons(self, *buttons: QPushButton, beside: QWidget | None = None) -> None:
        """Close the contents with a row of buttons; ``beside`` stands at its left."""
        self.column.addStretch(1)
        row = QHBoxLayout()
        if beside is not None:
            row.addWidget(beside, 1)
        else:
            row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        row.addSpacing(self.fontMetrics().height() // 2)
        self._outer.addLayout(row)

    def add_footer(self, *widgets: QWidget) -> None:
        """Add what stays in sight below the contents; to be called before :meth:`add_buttons`."""
        for widget in widgets:
            self._outer.addWidget(widget)

    def showEvent(self, event: QShowEvent) -> None:
        if not event.spontaneous():
            self._fit()
            self._keep_secret_in_sight()
        super().showEvent(event)

    def _fit(self) -> None:
        """Take the height that the contents need at this width, as far as the screen has it."""
        line = self.fontMetrics().height()
        screen = self.screen().availableGeometry()
        width = min(line * self.lines_wide, screen.width() * 9 // 10)
        inner = self.column.heightForWidth(width - line * 2)
        rest = self._outer.sizeHint().height() - self._area.sizeHint().height()
        self.resize(width, min(inner + rest + line, screen.height() * 9 // 10))

    def fit(self) -> None:
        """Take more height for what was added, as far as the screen has it."""
        QTimer.singleShot(0, self, self._take_room)  # when it is laid out

    def grow(self) -> None:
        """Take more height as :meth:`fit`, and show the end of the contents."""
        QTimer.singleShot(0, self, self._show_end_of_contents)

    def _show_end_of_contents(self) -> None:
        self._take_room()
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _take_room(self) -> None:
        height = self.height()
        self._fit()
        self.resize(self.width(), max(height, self.height()))
        below = self.frameGeometry().bottom() - self.screen().availableGeometry().bottom()
        if below > 0:
            self.move(self.x(), self.y() - below)
        self._keep_secret_in_sight()

    def _keep_secret_in_sight(self) -> None:
        """Nobody types a secret into a field that cannot be seen."""
        QTimer.singleShot(0, self, self._show_focused_secret)  # when it is laid out

    def _show_focused_secret(self) -> None:
        focused = self.focusWidget()
        if isinstance(focused, MaskedEntry) and self._area.isAncestorOf(focused):
            self._area.ensureWidgetVisible(focused, 0, self.fontMetrics().height() * 2)

    def close_button(self, words: str) -> QPushButton:
        button = push_button(words)
        button.clicked.connect(self.reject)
        return button


class DetailsDialog(Dialog):
    """Everything of one certificate; each value can be selected, and all of it copied.

    ``remove_wanted``: the person wants the certificate removed; the dialog has closed.
    """

    remove_wanted = Signal()

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent, text("desktop.details.title"))
        self._facts = facts
        self._view = FactsView()
        self.column.addWidget(self._view)
        self.show_facts(facts)
        self.copy_button = push_button(text("desktop.details.copy"))
        self.copy_button.clicked.connect(self._copy)
        self.remove_button = push_button(text("installing.window.remove-this"))
        self.remove_button.clicked.connect(self._remove)
        close = self.close_button(text("desktop.details.close"))
        self.add_buttons(self.remove_button, self.copy_button, close)
        close.setFocus()

    def show_facts(self, facts: Facts) -> None:
        """Show these from now on; where nothing is new, what is selected stays so."""
        self._facts = facts
        self._view.show_facts(facts)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_plain_text(self._facts))
        self.copy_button.setText(text("desktop.details.copied"))

    def _remove(self) -> None:
        self.accept()
        self.remove_wanted.emit()


class AddressDialog(Dialog):
    """Asks for the log-on address that the bank gave.  ``agreed`` carries it.

    ``host_of`` names the host that an address would allow, or raises :class:`FailedError`.
    """

    agreed = Signal(str)

    def __init__(
        self, address: str, host_of: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, text("desktop.address.title"))
        self.setModal(True)
        self._host_of = host_of
        self.column.addWidget(plain_label(text("desktop.address.meaning")))
        self.field = QLineEdit(address)
        self.field.setPlaceholderText("https://")
        self.field.setAccessibleName(text("desktop.address.title"))
        self.field.textChanged.connect(self._judge)
        self.column.addWidget(self.field)
        self._host = plain_label(look="heading")
        self.column.addWidget(self._host)
        self.column.addWidget(plain_label(text("desktop.address.check"), "muted"))
        self.agree_button = push_button(text("desktop.address.agree"), "primary")
        self.agree_button.clicked.connect(self._agree)
        self.field.returnPressed.connect(self.agree_button.click)
        self.add_buttons(self.close_button(text("desktop.address.cancel")), self.agree_button)
        self._judge()

    def _judge(self) -> None:
        words = self.field.text().strip()
        try:
            host = self._host_of(words)
        except FailedError as error:
            self.agree_button.setEnabled(False)
            self._host.setText(told(error).remedy if words else "")
            return
        self._host.setText(text("desktop.address.host", host=host))
        self.agree_button.setEnabled(True)

    def _agree(self) -> None:
        self.agreed.emit(self.field.text().strip())
        self.accept()


def ask(parent: QWidget, title: str, question: str, go_on: str) -> QMessageBox:
    """A question whose safe answer is the default; ``accepted`` when the person goes on."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, question, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.addButton(go_on, QMessageBox.ButtonRole.AcceptRole)
    stay = box.addButton(text("desktop.ask.stay"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    return box


class AboutDialog(Dialog):
    """What this program is, and what it is not."""

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent, text("desktop.about.title"))
        for name in ("what", "not-the-banks", "environment"):
            self.column.addWidget(plain_label(text(f"desktop.about.{name}")))
        view = FactsView()
        view.show_facts(facts)
        self.column.addWidget(view)
        self.add_buttons(self.close_button(text("desktop.details.close")))
