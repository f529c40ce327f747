"""``certhelper stores``: every kind of store, usable here or why not."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from certhelper import texts
from certhelper.cli import output
from certhelper.failures import ExitStatus
from certhelper.safe_text import safe
from certhelper.stores import registry
from certhelper.stores.base import Availability

SCHEMA = "certhelper.stores/1"


def run(arguments: argparse.Namespace) -> int:
    """Say what could be read here; nothing is opened for that."""
    if arguments.json:
        output.document(_document())
    else:
        output.lines(_lines())
    return ExitStatus.DONE


def _document() -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kinds": [
            {
                "kind": kind,
                "usable": availability.usable,
                "reason": availability.reason,
                "message": _message(availability) or None,
            }
            for kind, availability in registry.kinds().items()
        ],
        "default": [
            {"kind": store.kind, "where": store.where, "origin": registry.origin_of(store) or None}
            for store in registry.stores_of_this_pc()
        ],
    }


def _lines() -> Iterator[str]:
    yield _text("stores.kinds")
    rows = [(kind, _text(f"stores.{kind}"), _state(one)) for kind, one in registry.kinds().items()]
    for line in output.aligned(rows):
        yield "  " + line
    yield ""
    yield _text("stores.default")
    stores = registry.stores_of_this_pc()
    origins = [registry.origin_of(store) for store in stores]
    for store, origin in zip(stores, origins, strict=True):
        yield f"  {store.kind}:{safe(store.where)}" + (f"  {origin}" if origin else "")
    if any(origins):
        yield ""
        yield _text("stores.whose")


def _state(availability: Availability) -> str:
    if availability.usable:
        return _text("stores.usable")
    return _text("stores.unusable", reason=f"{_message(availability)} [{availability.reason}]")


def _message(availability: Availability) -> str:
    return texts.text(f"stores.{availability.reason}") if availability.reason else ""


def _text(name: str, **facts: object) -> str:
    return texts.text(f"cli.{name}", **facts)
