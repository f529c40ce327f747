"""Files that the bank's page asks for: the person chooses them, and their octets go as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeDatabase, QObject
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper import texts
from certhelper.logon import accepted_files
from certhelper.logon.browser.file_dialogs import FileDialogs
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.safe_text import safe

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_Mode = QWebEnginePage.FileSelectionMode
_LONGEST_TITLE = 40


class Uploads(QObject):
    """Answers the pages of the window's session; a page without it gets no file."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialogs = FileDialogs(window.request)
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        session.follow_pages(self._serve)

    def _serve(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            page.choose = lambda mode, accepted: self._choose(page, mode, accepted)

    def _choose(self, page: BankPage, mode: _Mode, accepted: Sequence[str]) -> list[str]:
        if self._window.request.until is not None or mode not in (
            _Mode.FileSelectOpen,
            _Mode.FileSelectOpenMultiple,
        ):
            return []  # nobody is there; or a whole folder, which no bank needs
        several = mode == _Mode.FileSelectOpenMultiple
        name = "files.choose-several" if several else "files.choose-one"
        title = texts.text(name, page=safe(page.title()[:_LONGEST_TITLE]))
        endings = accepted_files.endings(accepted, _endings_of_kind)
        filters = accepted_files.filters(endings)
        chosen = self._dialogs.which_files(self._window, title, filters, several=several)
        return [str(file) for file in chosen]


def _endings_of_kind(kind: str) -> list[str]:
    """The endings of a MIME type, or of all of ``image/*``, as the system knows them."""
    known = QMimeDatabase()
    if not kind.endswith("/*"):
        return known.mimeTypeForName(kind).suffixes()
    group = kind.removesuffix("*")
    return [
        ending
        for found in known.allMimeTypes()
        if found.name().startswith(group)
        for ending in found.suffixes()
    ]
