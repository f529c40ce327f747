"""What counts in the end: the administrator's word, else the person's, and which of the two it is.

The size of the text is nobody's to decide but the reader's, so it is not among these values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice
from certhelper.settings import Settings

Value = TypeVar("Value")


class InForce(NamedTuple, Generic[Value]):
    """``managed``: the administrator of this PC has decided it, and nobody else can."""

    value: Value
    managed: bool


class SettingsInForce(NamedTuple):
    """``downloads_folder`` is ``None`` for this PC's usual one; see :class:`Settings`."""

    proxy: InForce[ProxyChoice]
    downloads_folder: InForce[Path | None]
    own_browser: InForce[str]
    stop_at_notices: InForce[bool]
    check_revocation: InForce[bool]
    log_detail: InForce[bool]


def in_force(kept: Settings, decided: MachineSettings) -> SettingsInForce:
    """Say for each value what counts now and whether it is managed."""
    choice = decided.proxy_choice
    folder = decided.downloads_folder or kept.downloads_folder
    stop = decided.stop_at_notices
    check = decided.check_revocation
    detail = decided.log_detail
    return SettingsInForce(
        proxy=InForce(kept.proxy_choice if choice is None else choice, choice is not None),
        downloads_folder=InForce(
            Path(folder).expanduser() if folder else None, bool(decided.downloads_folder)
        ),
        own_browser=InForce(decided.own_browser or kept.own_browser, bool(decided.own_browser)),
        stop_at_notices=InForce(kept.stop_at_notices if stop is None else stop, stop is not None),
        check_revocation=InForce(
            kept.check_revocation if check is None else check, check is not None
        ),
        log_detail=InForce(kept.log_detail if detail is None else detail, detail is not None),
    )
