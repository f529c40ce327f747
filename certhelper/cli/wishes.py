"""Fulfils what a session process asks of the program outside (:mod:`certhelper.logon.wishes`)."""

from __future__ import annotations

from certhelper import folders, machine_settings, settings
from certhelper.browsers import start
from certhelper.failures import FailedError
from certhelper.logon.wishes import Wish, WishKind
from certhelper.settings import Settings, SettingsFile, TextSize
from certhelper.settings_in_force import in_force


def fulfil(wish: Wish) -> None:
    """Do what the session asks; what it does not know is passed over.

    Waits for a program to start, so not to be called where stages are read.  Raises
    :class:`FailedError` (``address-refused``, ``browser-not-opened``, ``folder-not-opened``) and
    ``OSError`` for a setting that cannot be written.
    """
    match wish.kind:
        case WishKind.OPEN_ADDRESS:
            _open(wish.value)
        case WishKind.TEXT_SIZE if wish.value in list(TextSize):
            _keep(TextSize(wish.value))
        case WishKind.OPEN_FOLDER:
            folders.show(wish.value)


def _open(address: str) -> None:
    """In the browser of the settings; where that is gone, in the system's own."""
    chosen = in_force(_file().settings, machine_settings.read()).own_browser.value
    try:
        start.open_address(address, chosen)
    except FailedError as error:
        if not chosen or error.code != "browser-not-opened":
            raise
        start.open_address(address)


def _keep(size: TextSize) -> None:
    def apply(kept: Settings) -> None:
        kept.text_size = size

    file = _file()
    if file.settings.text_size is not size:
        file.change(apply)


def _file() -> SettingsFile:
    return SettingsFile(settings.folder() / settings.FILE_NAME)
