"""Opens the settings window and keeps what comes of it.  Loaded when somebody asks for it."""

from __future__ import annotations

import os

import platformdirs

from certhelper.bank import Bank
from certhelper.browsers import installed
from certhelper.desktop.frame import Frame
from certhelper.desktop.settings_draft import Draft
from certhelper.desktop.settings_window import SettingsWindow, TryProxy
from certhelper.desktop.wishes import Wishes
from certhelper.diagnosis import log
from certhelper.logon import facts, proxy_check
from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice
from certhelper.settings_in_force import in_force


def open_settings(
    frame: Frame, wishes: Wishes, decided: MachineSettings, bank: Bank
) -> SettingsWindow:
    """Show the window over ``frame``'s; the text size of both stays in step."""
    wishes.read_again()
    frame.show_text_size(wishes.now.text_size)
    counts = in_force(wishes.now, decided)
    place = facts.origin(bank.site.start_url)
    shown = SettingsWindow(
        wishes.now,
        counts,
        platformdirs.user_downloads_path(),
        log.folder(),
        place[1] if place is not None else "",
        _trying(place[1:] if place is not None else None),
        installed.present,
        frame.window(),
    )

    def keep(draft: Draft) -> None:
        wishes.keep_settings(lambda kept: draft.keep(kept, counts))
        frame.show_text_size(draft.text_size)
        log.take_detail(detailed=in_force(wishes.now, decided).log_detail.value)

    shown.saved.connect(keep)
    shown.open()
    return shown


def _trying(bank: tuple[str, int] | None) -> TryProxy:
    def try_it(choice: ProxyChoice) -> str:
        return str(proxy_check.check(choice, bank, dict(os.environ)))

    return try_it
