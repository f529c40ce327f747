"""The menu under the right mouse button, with the real engine."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from support.attended import Person, Play, Wait
from support.log_on import Site
from support.plays import play
from support.systems import not_under_wine

pytestmark = not_under_wine("WebEngine never loads a page there")

_FIELD = """
(() => {{
  const field = document.createElement("input");
  field.id = "field";
  field.type = "{kind}";
  field.value = "12345";
  field.style.cssText = "position: fixed; z-index: 9; left: 0; top: 0; width: 300px; height: 80px";
  document.body.prepend(field);
  field.select();
  document.drawn = false;
  requestAnimationFrame(() => requestAnimationFrame(() => {{ document.drawn = true; }}));
}})()
"""
"""A click is only sent to what has been drawn."""


def menu(person: Person, place: QPoint) -> Generator[Wait, None, list[tuple[str, bool]]]:
    """Click with the right button and return what is offered, and whether it can be chosen."""

    def shown() -> list[QMenu]:
        return [
            one
            for one in QApplication.topLevelWidgets()
            if isinstance(one, QMenu) and one.isVisible()
        ]

    surface = person.view.focusProxy()
    assert surface is not None
    QTest.mouseClick(surface, Qt.MouseButton.RightButton, pos=place)
    yield lambda: bool(shown())
    (opened,) = shown()
    offered = [(action.text(), action.isEnabled()) for action in opened.actions()]
    opened.close()
    return offered


def right_clicks(person: Person) -> Play:
    yield from person.stage("top-page")
    yield lambda: person.view.focusProxy() is not None
    found: dict[str, Any] = {}
    for kind in ("text", "password"):
        yield from person.script(_FIELD.format(kind=kind))
        while not (yield from person.script("document.drawn === true")):
            yield lambda: True
        found[kind] = yield from menu(person, QPoint(40, 40))
        yield from person.script("document.getElementById('field').remove(); 1")
    found["page"] = yield from menu(person, QPoint(5, 300))
    return found


def test_only_what_a_session_has_a_use_for_is_offered(tmp_path: Path) -> None:
    """No window, no saved page, no copied address; nothing of a password can be copied."""
    with Site(tmp_path, other_authentication=False) as site:
        found = play(site.bank, site.database, site.user.sha256, right_clicks)
    assert found["text"][:2] == [["切り取り", True], ["コピー", True]]
    assert [name for name, _ in found["text"]] == ["切り取り", "コピー", "貼り付け", "すべて選択"]
    assert found["password"][:2] == [["切り取り", False], ["コピー", False]]
    assert [name for name, _ in found["page"]] == ["戻る", "再読み込み"]
