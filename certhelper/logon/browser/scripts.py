"""Our scripts for a page.  They run in a world of their own, which the page cannot see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from PySide6.QtWebEngineCore import QWebEngineScript

from certhelper import resources
from certhelper.logon import facts

WORLD: int = QWebEngineScript.ScriptWorldId.ApplicationWorld.value


@cache
def _source(name: str) -> str:
    return (resources.folder() / "scripts" / f"{name}.js").read_text("utf-8")


def _with(name: str, *, after: str = "", **values: object) -> str:
    """Bind constants in front of a script; JSON is the quoting, so no value becomes code.

    ``after`` names a script whose declarations it needs.
    """
    constants = "".join(f"const {key} = {json.dumps(value)};" for key, value in values.items())
    needed = _source(after) if after else ""
    return f"(() => {{ {constants}\n{needed}const answer =\n{_source(name)}; return answer; }})()"


def observe(field: str) -> str:
    return _with("observe", FIELD=field)


def follow(index: int, text: str) -> str:
    return _with("follow", INDEX=index, TEXT=text)


def closing(texts: Sequence[str], *, click: bool = False) -> str:
    """See ``closing.py``; with ``click`` the log-off that is found is clicked."""
    return _with("closing", TEXTS=list(texts), CLICK=click)


def pin_ready(origin: str, target: str, field: str) -> str:
    return _with("pin", after="typing", ORIGIN=origin, TARGET=target, FIELD=field)


def fields() -> str:
    return _with("field", after="typing")


def field_call(method: str, argument: int | str | None = None) -> str:
    """A call of one method of ``field.js``, with one character at the most."""
    given = json.dumps([method, argument])
    return f"globalThis.certhelperField ? certhelperField(...{given}) : 'page-changed'"


def pin_call(method: str, argument: int | str | None = None) -> str:
    """A call of one method; a character is passed by itself, never a whole PIN."""
    given = json.dumps([method, argument])
    return f"globalThis.certhelperPin ? certhelperPin(...{given}) : 'page-changed'"


def empty_fields() -> str:
    """Empties the password fields of a page, the one that was typed into among them."""
    return _with("empty")


def page_seen(answer: Any, window: int, status: int) -> facts.PageSeen | None:
    """Turn the script's JSON into facts; ``None`` when the page has gone meanwhile."""
    if not isinstance(answer, str) or not answer:
        return None
    value = json.loads(answer)
    return facts.PageSeen(
        window=window,
        url=value["url"],
        status=status,
        text=value["text"],
        links=tuple(
            facts.Link(link["index"], link["text"], link["href"]) for link in value["links"]
        ),
        password_fields=tuple(
            facts.PasswordField(
                field["matches"], field["target"], field["method"], field["maximum"]
            )
            for field in value["fields"]
        ),
        document=value["document"],
        secret_in_frame=value["secretInFrame"],
    )
