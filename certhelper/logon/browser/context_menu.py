"""The menu under the right mouse button: what the person may do, in their language.

The engine's own would open windows, save pages and links and copy addresses, which a session has no
use for; what belongs to the bank's pages is in the header and in its menu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWebEngineCore import QWebEngineContextMenuRequest, QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMenu

from certhelper import texts
from certhelper.logon.browser.session import BrowserSession

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_Action = QWebEnginePage.WebAction
_Edit = QWebEngineContextMenuRequest.EditFlag
_EDITING = {
    "cut": (_Action.Cut, _Edit.CanCut),
    "copy": (_Action.Copy, _Edit.CanCopy),
    "paste": (_Action.Paste, _Edit.CanPaste),
    "select-all": (_Action.SelectAll, _Edit.CanSelectAll),
}
"""The engine itself allows no cutting and copying from a password field."""


class ContextMenu(QObject):
    """Takes the place of the engine's menu on every page of the session."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        session.follow_pages(self._follow)

    def _follow(self, view: QWebEngineView) -> None:
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda position: self._show(view, position))

    def _show(self, view: QWebEngineView, position: QPoint) -> None:
        request = view.lastContextMenuRequest()
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if request.isContentEditable() or request.selectedText():
            self._add_editing(menu, view, request)
        else:
            self._add_moving(menu, view)
        menu.popup(view.mapToGlobal(position))

    def _add_editing(
        self, menu: QMenu, view: QWebEngineView, request: QWebEngineContextMenuRequest
    ) -> None:
        wanted = _EDITING if request.isContentEditable() else ("copy",)
        for name in wanted:
            action, flag = _EDITING[name]
            entry = menu.addAction(texts.text(f"session.edit-{name}"))
            entry.setEnabled(bool(request.editFlags() & flag))
            entry.triggered.connect(lambda _=False, action=action: view.triggerPageAction(action))

    def _add_moving(self, menu: QMenu, view: QWebEngineView) -> None:
        back = menu.addAction(texts.text("session.back"), view.back)
        back.setEnabled(view.history().canGoBack())
        menu.addAction(texts.text("session.reload"), view.reload)
