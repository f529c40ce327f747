"""What a person is about to change in the settings window, and what becomes of it.  Free of Qt."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from certhelper.proxy_choice import ProxyChoice, ProxyMode, is_pac_address, place_of
from certhelper.settings import Settings, TextSize
from certhelper.settings_in_force import SettingsInForce


@dataclass(slots=True)
class Draft:
    """The values as they stand in the window; nothing of them counts before it is kept."""

    proxy: ProxyChoice
    downloads_folder: str
    text_size: TextSize
    own_browser: str
    stop_at_notices: bool
    check_revocation: bool
    shuffle_digits: bool
    log_detail: bool

    @classmethod
    def of(cls, kept: Settings, counts: SettingsInForce) -> Self:
        """Begin with what counts now; a managed value shows as the administrator has set it."""
        folder = counts.downloads_folder.value
        shown = str(folder) if folder is not None else ""
        return cls(
            proxy=counts.proxy.value,
            downloads_folder=shown if counts.downloads_folder.managed else kept.downloads_folder,
            text_size=kept.text_size,
            own_browser=counts.own_browser.value,
            stop_at_notices=counts.stop_at_notices.value,
            check_revocation=counts.check_revocation.value,
            shuffle_digits=kept.shuffle_digits,
            log_detail=counts.log_detail.value,
        )

    @property
    def problem(self) -> str:
        """The name of the text that says what is missing; empty where nothing is."""
        if self.proxy.mode is ProxyMode.MANUAL and place_of(self.proxy.address) is None:
            return "address"
        if self.proxy.mode is ProxyMode.PAC and not is_pac_address(self.proxy.pac_address):
            return "pac"
        return ""

    def keep(self, kept: Settings, counts: SettingsInForce) -> None:
        """Put the values into ``kept``, but for those that are not the person's to change."""
        if not counts.proxy.managed:
            kept.proxy, kept.proxy_address, kept.pac_address = self.proxy
        if not counts.downloads_folder.managed:
            kept.downloads_folder = self.downloads_folder
        if not counts.own_browser.managed:
            kept.own_browser = self.own_browser
        if not counts.stop_at_notices.managed:
            kept.stop_at_notices = self.stop_at_notices
        if not counts.check_revocation.managed:
            kept.check_revocation = self.check_revocation
        if not counts.log_detail.managed:
            kept.log_detail = self.log_detail
        kept.text_size = self.text_size
        kept.shuffle_digits = self.shuffle_digits


def proxy_address(typed: str) -> str:
    """Tidy what was typed or pasted for ``host:port``.

    Full-width characters of a Japanese input method become plain ones; the beginning and the end
    of a web address go, because proxies are often written like one.
    """
    plain = unicodedata.normalize("NFKC", typed).strip()
    for beginning in ("http://", "HTTP://"):
        plain = plain.removeprefix(beginning)
    return plain.rstrip("/")


def web_address(typed: str) -> str:
    """Tidy what was typed or pasted for an address."""
    return unicodedata.normalize("NFKC", typed).strip()


def folder_problem(folder: str) -> str:
    """The name of the text that says why files cannot be kept in ``folder``; empty where they can.

    No folder is this PC's usual one, which is not judged here.
    """
    if not folder:
        return ""
    path = Path(folder)
    if not path.is_dir():
        return "folder-gone"
    return "" if os.access(path, os.W_OK) else "folder-closed"
