"""The parts of the settings window, one a subject; each shows a value and gives it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from certhelper.desktop import settings_draft
from certhelper.look.widgets import as_tool_tip, plain_label, push_button
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.settings import OWN_BROWSERS, TextSize
from certhelper.settings_in_force import InForce
from certhelper.texts import joined, text

_SIDE = 8  # width of the headings, in heights of a line


class Part(QWidget):
    """A heading with what belongs to it in ``body``; a managed one says so and cannot be changed.

    ``beside`` takes what stands under the heading, ``below`` what stands under the body; both stay
    usable.  ``changed`` is sent for every change of the person's.
    """

    changed = Signal()

    def __init__(self, title: str, *, managed: bool = False) -> None:
        super().__init__()
        line = self.fontMetrics().height()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(line)
        self.managed = plain_label(text("settings.managed"), "muted", wrap=False)
        self.managed.setVisible(managed)
        self.beside = QVBoxLayout()
        self.beside.addWidget(plain_label(title, "heading", wrap=False))
        self.beside.addWidget(self.managed)
        left = QVBoxLayout()
        left.addLayout(self.beside)
        left.addStretch(1)
        side = QWidget()
        side.setFixedWidth(line * _SIDE)
        side.setLayout(left)
        left.setContentsMargins(0, line // 4, 0, 0)
        row.addWidget(side)
        self.body = QWidget()
        self.body.setEnabled(not managed)
        self.below = QVBoxLayout()
        self.below.setSpacing(line // 4)
        self.below.addWidget(self.body)
        row.addLayout(self.below, 1)


class ProxyPart(Part):
    """The four choices, each with the field that it needs."""

    def __init__(self, choice: InForce[ProxyChoice]) -> None:
        super().__init__(text("settings.proxy.title"), managed=choice.managed)
        self.beside.insertWidget(
            1, plain_label(text("settings.proxy.meaning"), "muted", wrap=False)
        )
        value = choice.value
        self.address = _field("manual", value.address)
        self.pac_address = _field("pac", value.pac_address)
        self.buttons = {mode: QRadioButton(text(f"settings.proxy.{mode}")) for mode in ProxyMode}
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        fields = {ProxyMode.MANUAL: self.address, ProxyMode.PAC: self.pac_address}
        self.in_order: list[QWidget] = []
        places = {ProxyMode.SYSTEM: (0, 0), ProxyMode.NONE: (0, 1)}
        for number, (mode, button) in enumerate(self.buttons.items()):
            row, column = places.get(mode, (number - 1, 0))
            button.toggled.connect(self._mode_changed)
            field = fields.get(mode)
            self.in_order += [button, field] if field is not None else [button]
            grid.addWidget(button, row, column, Qt.AlignmentFlag.AlignLeft)
            if field is not None:
                field.textChanged.connect(self.changed)
                grid.addWidget(field, row, 1)
        self.buttons[value.mode].setChecked(True)
        self._mode_changed()

    @property
    def value(self) -> ProxyChoice:
        """The choice, with both addresses tidied."""
        mode = next(mode for mode, button in self.buttons.items() if button.isChecked())
        return ProxyChoice(
            mode,
            settings_draft.proxy_address(self.address.text()),
            settings_draft.web_address(self.pac_address.text()),
        )

    @property
    def typed(self) -> bool:
        """Whether there is anything in the field that the choice needs."""
        value = self.value
        fields = {ProxyMode.MANUAL: value.address, ProxyMode.PAC: value.pac_address}
        return bool(fields.get(value.mode))

    def take_focus(self) -> None:
        """Begin at what is chosen."""
        self.buttons[self.value.mode].setFocus()

    def _mode_changed(self) -> None:
        self.address.setEnabled(self.buttons[ProxyMode.MANUAL].isChecked())
        self.pac_address.setEnabled(self.buttons[ProxyMode.PAC].isChecked())
        self.changed.emit()


class FolderPart(Part):
    """Where files go; an empty value is this PC's usual folder, which is shown by its path."""

    def __init__(self, folder: str, usual: Path, *, managed: bool) -> None:
        super().__init__(text("settings.folder.title"), managed=managed)
        self.value = folder
        self._usual = usual
        self._is_managed = managed
        self.path = _PathLabel()
        self.usual = plain_label(text("settings.folder.usual"), "muted", wrap=False)
        self.problem = plain_label(look="bad")
        self.choose_button = push_button(text("settings.folder.choose"))
        self.choose_button.clicked.connect(self._choose)
        self.reset_button = push_button(text("settings.folder.reset"))
        self.reset_button.clicked.connect(lambda: self.show_folder(""))
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(self.usual)
        row.addWidget(self.choose_button)
        row.addWidget(self.reset_button)
        column.addLayout(row)
        column.addWidget(self.problem)
        self.show_folder(folder)

    def show_folder(self, folder: str) -> None:
        """Take ``folder`` and say what is wrong with it, if anything is."""
        self.value = folder
        shown = folder or str(self._usual)
        self.path.setText(shown)
        self.path.setAccessibleName(f"{text('settings.folder.name')} {shown}")
        self.path.setToolTip(as_tool_tip(shown))
        self.usual.setVisible(not folder)
        self.reset_button.setVisible(bool(folder))
        problem = settings_draft.folder_problem(folder)
        self.problem.setText(self._remedy(problem) if problem else "")
        self.problem.setVisible(bool(problem))
        self.changed.emit()

    def _remedy(self, problem: str) -> str:
        remedy = "tell-administrator" if self._is_managed else "choose-another"
        return joined(text(f"settings.problem.{problem}"), text(f"settings.problem.{remedy}"))

    def _choose(self) -> None:
        begin = self.value or str(self._usual)
        chosen = QFileDialog.getExistingDirectory(self, text("settings.folder.title"), begin)
        if chosen:
            self.show_folder(chosen)


class SizePart(Part):
    """小, 標準, 大."""

    def __init__(self, size: TextSize) -> None:
        super().__init__(text("settings.size.title"))
        self.buttons = {one: QRadioButton(text(f"settings.size.{one}")) for one in TextSize}
        group = QButtonGroup(self)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            button.setAccessibleName(f"{text('settings.size.title')} {button.text()}")
            button.toggled.connect(self.changed)
            group.addButton(button)
            row.addWidget(button)
        self.buttons[size].setChecked(True)
        row.addStretch(1)

    @property
    def value(self) -> TextSize:
        return next(size for size, button in self.buttons.items() if button.isChecked())


class BrowserPart(Part):
    """The browsers of this PC, once they have been looked for; before that, the one chosen."""

    def __init__(self, browser: InForce[str]) -> None:
        super().__init__(text("settings.browser.title"), managed=browser.managed)
        self._chosen = browser.value
        self.list = QComboBox()
        self.list.setAccessibleName(text("settings.browser.title"))
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addWidget(plain_label(text("settings.browser.why"), "muted"))
        self._fill(("", browser.value) if browser.value else ("",), _browser_name)
        self.list.activated.connect(self._activated)

    @property
    def value(self) -> str:
        return str(self.list.currentData())

    def show_installed(self, installed: Sequence[str]) -> None:
        """Offer these (ids); the chosen one stays, and says that it is not there any more."""
        ids = [one for one in OWN_BROWSERS if one in installed or one == self._chosen]

        def name(browser: str) -> str:
            known = _browser_name(browser)
            gone = bool(browser) and browser not in installed
            return text("settings.browser.gone", name=known) if gone else known

        self._fill(("", *ids), name)

    def _fill(self, ids: Sequence[str], name: Callable[[str], str]) -> None:
        self.list.clear()
        for browser in ids:
            self.list.addItem(name(browser), browser)
        self.list.setCurrentIndex(self.list.findData(self._chosen))

    def _activated(self) -> None:
        self._chosen = self.value
        self.changed.emit()


class LogonPart(Part):
    """Three ticks; the first two may be the administrator's."""

    def __init__(self, stop: InForce[bool], check: InForce[bool], *, shuffle: bool) -> None:
        super().__init__(text("settings.logon.title"))
        self.stop, self.stop_managed = _tick("stop", stop)
        self.check, self.check_managed = _tick("check", check)
        self.check.setToolTip(as_tool_tip(text("settings.logon.check-why")))
        self.check.setAccessibleDescription(text("settings.logon.check-why"))
        self.shuffle, _ = _tick("shuffle", InForce(shuffle, managed=False))
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.fontMetrics().height() // 8)
        for box, managed in (
            (self.stop, self.stop_managed),
            (self.check, self.check_managed),
        ):
            row = QHBoxLayout()
            row.addWidget(box)
            row.addStretch(1)
            row.addWidget(managed)
            column.addLayout(row)
        column.addWidget(self.shuffle)


class LogPart(Part):
    """How much the program's own log tells.

    All that a person must know to decide it shows with the tick; nothing counts before it is kept,
    and until then it would take the room of what is wanted more often.
    """

    def __init__(self, detail: InForce[bool], folder: Path) -> None:
        super().__init__(text("settings.log.title"), managed=detail.managed)
        self.box = QCheckBox(text("settings.log.detail"))
        self.box.setChecked(detail.value)
        meaning = text("settings.log.meaning", folder=folder)
        self.box.setToolTip(as_tool_tip(meaning))
        self.box.setAccessibleDescription(meaning)
        self.meaning = plain_label(meaning, "muted", selectable=True)
        self.meaning.setVisible(detail.value)
        self.box.toggled.connect(self.meaning.setVisible)
        self.box.toggled.connect(self.changed)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        self.below.addWidget(self.meaning)


def _tick(name: str, value: InForce[bool]) -> tuple[QCheckBox, QLabel]:
    """A tick, and the words that show where it is the administrator's."""
    box = QCheckBox(text(f"settings.logon.{name}"))
    box.setChecked(value.value)
    box.setEnabled(not value.managed)
    managed = plain_label(text("settings.managed"), "muted", wrap=False)
    managed.setVisible(value.managed)
    return box, managed


class _PathLabel(QLabel):
    """A path; where it is too long its middle is left out, for the end is the folder itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        QPainter(self).drawText(self.rect(), left, shown)


def _field(name: str, value: str) -> QLineEdit:
    field = QLineEdit(value)
    field.setPlaceholderText(text(f"settings.proxy.{name}-example"))
    field.setAccessibleName(text(f"settings.proxy.{name}-name"))
    return field


def _browser_name(browser: str) -> str:
    return text(f"browsers.name.{browser or 'system'}")
