"""The menu: the bank's other pages, the way out, the log-on address, what this program is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from certhelper.bank import Bank
from certhelper.desktop.frame import Frame
from certhelper.texts import text


class Menu(QObject):
    """``address_wanted`` carries an address of the profile for the person's own browser.

    ``captures_allowed`` carries whether the PIN pad may show to others, which only makes a
    difference where it ``can_hide``.
    """

    address_wanted = Signal(str)
    browser_wanted = Signal()
    change_address_wanted = Signal()
    about_wanted = Signal()
    self_test_wanted = Signal()
    cause_wanted = Signal()
    places_wanted = Signal()
    settings_wanted = Signal()
    import_wanted = Signal()
    remove_wanted = Signal()
    captures_allowed = Signal(bool)

    def __init__(self, frame: Frame, *, can_hide: bool) -> None:
        super().__init__(frame)
        self._menu = QMenu(frame)
        self._menu.setToolTipsVisible(True)
        self._pages: dict[str, QAction] = {}
        self._addresses: dict[str, str] = {}
        for name in ("obtain", "id-logon", "administrator"):
            action = self._menu.addAction("")
            action.triggered.connect(lambda _=False, n=name: self._open_page(n))
            self._pages[name] = action
        self._menu.addSeparator()
        self._menu.addAction(text("desktop.panel.browser")).triggered.connect(self.browser_wanted)
        self._change = self._menu.addAction(text("desktop.menu.change-address"))
        self._change.triggered.connect(self.change_address_wanted)
        places = self._menu.addAction(text("desktop.menu.places"))
        places.triggered.connect(self.places_wanted)
        importing = self._menu.addAction(text("installing.window.menu-import"))
        importing.triggered.connect(self.import_wanted)
        self._remove = self._menu.addAction(text("installing.window.menu-remove"))
        self._remove.triggered.connect(self.remove_wanted)
        self.allow_removal(is_chosen=False)
        settings = self._menu.addAction(text("desktop.menu.settings"))
        settings.setShortcut(QKeySequence("Ctrl+,"))  # the same on every system
        settings.triggered.connect(self.settings_wanted)
        frame.addAction(settings)  # a menu that is not open hears no keys
        if can_hide:
            allow = self._menu.addAction(text("desktop.remote.allow"))
            allow.setCheckable(True)
            allow.setToolTip(text("desktop.remote.allow-why"))
            allow.toggled.connect(self.captures_allowed)
        self._menu.addSeparator()
        cause = self._menu.addAction(text("desktop.menu.find-cause"))
        cause.setShortcut(QKeySequence("F9"))
        cause.triggered.connect(self.cause_wanted)
        frame.addAction(cause)
        self_test = self._menu.addAction(text("desktop.menu.self-test"))
        self_test.triggered.connect(self.self_test_wanted)
        self._menu.addAction(text("desktop.menu.about")).triggered.connect(self.about_wanted)
        frame.menu_button.setMenu(self._menu)

    def show_bank(self, bank: Bank, *, address_is_asked: bool) -> None:
        """Enable what the profile has an address for; the rest says why it is not enabled."""
        self._addresses = {
            "obtain": bank.site.obtain_url,
            "id-logon": bank.site.id_logon_url,
            "administrator": bank.site.administrator_url,
        }
        for name, action in self._pages.items():
            words = text(f"desktop.menu.{name}")
            known = bool(self._addresses[name])
            action.setText(words if known else text("desktop.menu.unknown", name=words))
            action.setToolTip("" if known else text("desktop.menu.unknown-why"))
            action.setEnabled(known)
        self._change.setVisible(address_is_asked)

    def allow_removal(self, *, is_chosen: bool) -> None:
        """Enable the removal where a certificate is chosen; elsewhere say that one must be."""
        self._remove.setEnabled(is_chosen)
        self._remove.setToolTip("" if is_chosen else text("installing.window.choose-first"))

    def _open_page(self, name: str) -> None:
        self.address_wanted.emit(self._addresses[name])
