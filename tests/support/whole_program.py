"""The whole program on the demo bank: the real window, its checks and its sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication
from support.bank_fixtures import BankStore

from certhelper import banks, settings
from certhelper.demo import profile
from certhelper.demo.server import DemoServer
from certhelper.desktop.places import Places
from certhelper.desktop.program import Program
from certhelper.desktop.window import MainWindow
from certhelper.look.theme import Theme
from certhelper.settings import SettingsFile, TextSize


@contextmanager
def program_of(
    application: QApplication, server: DemoServer, store: BankStore, folder: Path
) -> Iterator[Program]:
    """Yield the program begun in its window, closed at the end; ``folder`` gets its profile."""
    path = profile.write(folder, server.addresses, server.authority.server_root)
    theme = Theme(application, TextSize.STANDARD)
    window = MainWindow()
    program = Program(
        window,
        SettingsFile(settings.folder() / settings.FILE_NAME),
        lambda: banks.find(str(path)),
        Places([store.where]),
    )
    window.show()
    program.begin()
    yield program
    window.close()  # not left to qtbot, which would close it before the sessions have ended
    window.deleteLater()
    theme.deleteLater()
