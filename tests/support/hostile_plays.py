"""What a person does before a page that leads outside (played by attended.py)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from support.attended import Person, Play

from certhelper import texts
from certhelper.logon.browser.outside import Outside

OUTSIDE = "https://other.example/a/long/way?with=all&that=belongs#to-it"


def everything(person: Person) -> Play:
    """Wait until the hostile page has tried everything."""
    refused: list[tuple[str, bool]] = []
    person.worker.session.outside.connect(lambda address, page: refused.append((address, page)))
    first = person.worker.session.views[0]
    yield lambda: first.title() == "done"
    manager = person.worker.session.profile.extensionManager()
    return {
        "views": [view.url().toString() for view in person.worker.session.views],
        "refused": len(refused),
        "bar": _outside(person).words,
        "extensions": [one.name() for one in manager.extensions() if one.isEnabled()],
    }


def strangers(person: Person) -> Play:
    """Wait until pages of two origins have tried to run scripts in each other."""
    first = person.worker.session.views[0]
    yield lambda: first.title() == "strangers"
    sent = "performance.getEntriesByName(`${location.origin}/ran?own`).length"
    while not (yield from person.script(f"frames.own.{sent}", view=first)):
        yield lambda: True


def a_link_outside(person: Person) -> Play:
    """Click a link to another site again and again, then open it after the question."""
    outside = _outside(person)
    said: list[str] = []
    person.worker.session.outside.connect(lambda *_: said.append(outside.words))
    yield from _quiet_page(person)
    for _ in range(3):
        yield from _click(person, f"location.href = '{OUTSIDE}'", said)
    facts: dict[str, Any] = {"said": said[:], "page": person.view.url().path()}
    facts["tabs"] = len(person.worker.session.views)
    button = _button(outside.bar, "outside.open")
    button.click()
    question = yield from person.message()
    facts["question"] = question.words
    facts["default"] = question.focusWidget() is question.button("no")
    person.press(Qt.Key.Key_Return)
    yield lambda: person.overlay() is None
    facts["still-said"] = outside.bar.isVisible()
    button.click()
    question = yield from person.message()
    question.button("yes").click()
    yield lambda: person.overlay() is None
    facts["said-after"] = outside.words
    facts["may-open-after"] = button.isVisible()
    return facts


def other_ways_out(person: Person) -> Play:
    """Real clicks that would start other programs, take the mouse or read the clipboard."""
    opened: list[str] = []
    catcher = _Catcher(opened)
    for scheme in ("mailto", "tel", "ms-settings", "https", "http", "file"):
        # The stub wants octets, which PySide6 6.11.3 refuses.
        QDesktopServices.setUrlHandler(scheme, catcher, "take")  # type: ignore[arg-type]
    yield from _quiet_page(person)
    said: list[str] = []
    outside = _outside(person)
    person.worker.session.outside.connect(lambda *_: said.append(outside.words))
    for source in (
        "location.href = 'mailto:somebody@other.example?subject=secret'",
        "location.href = 'tel:0120000000'",
        "location.href = 'ms-settings:x'",
        "window.open('https://www.demo-bank.localhost.evil.example/')",
        "window.open('https://other.example/')",
    ):
        yield from _click(person, source, said)
    answers = []
    for wish in (
        "navigator.clipboard.readText()",
        "navigator.clipboard.writeText('x')",
        "document.documentElement.requestPointerLock()",
        "document.documentElement.requestFullscreen()",
        "navigator.mediaDevices.getDisplayMedia()",
    ):
        asked = f"{wish}.then(() => document.title = 'given', () => document.title = 'no')"
        yield from person.script("document.title = ''")
        _clicks(person, asked)
        yield lambda: person.view.title() in ("given", "no")
        answers.append(person.view.title())
    return {
        "opened": opened,
        "said": said,
        "answers": answers,
        "tabs": len(person.worker.session.views),
        "may-open": _button(outside.bar, "outside.open").isVisible(),
    }


class _Catcher(QObject):
    """Takes what would start another program."""

    def __init__(self, opened: list[str]) -> None:
        super().__init__()
        self._opened = opened

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self._opened.append(url.toString())


def _outside(person: Person) -> Outside:
    outside = person.window.findChild(Outside)
    assert isinstance(outside, Outside)
    return outside


def _button(bar: QObject, key: str) -> QPushButton:
    return next(one for one in bar.findChildren(QPushButton) if one.text() == texts.text(key))


def _quiet_page(person: Person) -> Play:
    first = person.worker.session.views[0]
    yield lambda: first.url().path() == "/quiet"
    yield from person.shows("quiet")


def _click(person: Person, source: str, said: list[str]) -> Play:
    """Click on the page, which does ``source`` then; wait until something was refused."""
    before = len(said)
    _clicks(person, source)
    yield lambda: len(said) > before


def _clicks(person: Person, source: str) -> None:
    surface = person.view.focusProxy()
    assert surface is not None
    person.view.page().runJavaScript(
        f"document.onclick = event => {{ if (event.isTrusted) {{ {source} }} }}",
        0,
        lambda _: QTest.mouseClick(
            surface,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            QPoint(100, 100),
        ),
    )
