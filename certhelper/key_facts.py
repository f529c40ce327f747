"""What the operating system tells of a key, in a person's words."""

from __future__ import annotations

from certhelper.safe_text import safe
from certhelper.stores.base import KeyDetails
from certhelper.texts import text


def key_facts(details: KeyDetails | None) -> list[tuple[str, str]]:
    """Return names and values; what is not told is left out."""
    if details is None:
        return []
    told = {
        "container": safe(details.container),
        "spec": details.key_spec or "",
        "interface": details.interface and text(f"keys.interface.{details.interface}"),
        "hardware": details.hardware and text(f"keys.hardware.{details.hardware}"),
        "export": _export(details.is_exportable),
        "owner": text("keys.owner.computer") if details.is_of_computer else "",
    }
    return [(text(f"keys.name.{name}"), value) for name, value in told.items() if value]


def _export(is_exportable: bool | None) -> str:
    if is_exportable is None:
        return ""
    return text("keys.export.possible" if is_exportable else "keys.export.not-possible")
