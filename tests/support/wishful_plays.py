"""A page that asks this PC for things, with real clicks (played by attended.py)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEnginePermission
from PySide6.QtWebEngineWidgets import QWebEngineView
from support.attended import Person, Play

from certhelper.logon.browser import engine, guard
from certhelper.logon.browser.page import BankPage


def refused(person: Person) -> Play:
    """Try every wish as the product is; tell what was asked of it, and how each ended."""
    page = _page(person)
    asked: list[QWebEnginePermission] = []
    page.permissionRequested.connect(asked.append)
    requests = _recorded(page)
    facts: dict[str, Any] = yield from _all_wishes(person)
    facts["permissions"] = {one.permissionType().name: one.state().name for one in asked}
    facts["requests"] = sorted(set(requests))
    profile = person.worker.session.profile
    facts["profile"] = {
        "spell check": profile.isSpellCheckEnabled(),
        "push": profile.isPushServiceEnabled(),
        "permissions kept": profile.persistentPermissionsPolicy().name,
        "permissions": [one.permissionType().name for one in profile.listAllPermissions()],
        "in memory": profile.isOffTheRecord(),
        "cache": profile.httpCacheType().name,
        "cookies": profile.persistentCookiesPolicy().name,
    }
    return facts


def granted(person: Person) -> Play:
    """The same where the product refuses nothing: what a page would get then."""
    session = person.worker.session
    page = _page(person)
    yield lambda: page.title() == "wishes"
    _grant_everything(page)
    guard._NEVER = frozenset()
    session.profile.scripts().clear()
    yield from person.script("document.title = ''", view=session.views[0])
    page.triggerAction(QWebEnginePage.WebAction.Reload)
    return (yield from _all_wishes(person))


def _grant_everything(page: BankPage) -> None:
    page.permissionRequested.disconnect()
    page.permissionRequested.connect(lambda permission: permission.grant())
    page.fullScreenRequested.disconnect()
    page.fullScreenRequested.connect(lambda request: request.accept())
    page.desktopMediaRequested.disconnect()
    for attribute in engine._OFF:
        page.settings().setAttribute(attribute, True)


def _page(person: Person) -> BankPage:
    page = person.worker.session.views[0].page()
    assert isinstance(page, BankPage)
    return page


def _recorded(page: QWebEnginePage) -> list[str]:
    """Which of the engine's other questions came."""
    came: list[str] = []

    def note(name: str) -> Callable[[object], None]:
        return lambda _: came.append(name)

    page.desktopMediaRequested.connect(note("desktop-media"))
    page.registerProtocolHandlerRequested.connect(note("protocol-handler"))
    page.fullScreenRequested.connect(note("full-screen"))
    return came


def _all_wishes(person: Person) -> Play:
    """Click once for each."""
    view = person.worker.session.views[0]
    yield lambda: view.title() == "wishes"
    _page(person).choose = lambda *_: [str(Path(tempfile.gettempdir(), "chosen"))]
    facts: dict[str, Any] = {
        "clipboard": [QGuiApplication.clipboard().text()],
        "early": (yield from person.script("early", view=view)),
        "found": str((yield from person.script("found().join()", view=view))).split(","),
        "answers": {},
    }
    names = yield from person.script("Object.keys(wishes).join()", view=view)
    for name in str(names).split(","):
        yield from person.script(f"next = '{name}'", view=view)
        surface = view.focusProxy()
        assert surface is not None
        QTest.mouseClick(
            surface, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(100, 100)
        )
        yield partial(_is_told, view, name)
        facts["answers"][name] = view.title().partition(" ")[2]
    facts["clipboard"].append(QGuiApplication.clipboard().text())
    return facts


def _is_told(view: QWebEngineView, name: str) -> bool:
    return view.title().startswith(f"{name} ")
