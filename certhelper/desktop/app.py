"""Starts the desktop program.

On the way to the first picture only Qt's own three modules and a few small ones of ours are
imported; everything else follows once the window shows.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from certhelper import settings
from certhelper.desktop.single_instance import SingleInstance
from certhelper.desktop.theme import Theme
from certhelper.desktop.window import MainWindow
from certhelper.failures import ExitStatus

if TYPE_CHECKING:
    from certhelper.banks import Found
    from certhelper.desktop.program import Program


def run(arguments: Sequence[str]) -> int:
    """Show the window and return the exit status when it and its sessions are over.

    ``arguments`` are ``--bank`` and ``--store`` as for every command.  When the program already
    runs with the same ones, its window comes to the front and this start ends.
    """
    options = _parser().parse_args(list(arguments))
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("certhelper")
    application.setDesktopFileName("certhelper")
    application.setQuitOnLastWindowClosed(False)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never gives Python the chance
    folder = settings.folder()
    instance = SingleInstance(folder, [options.bank or "", *sorted(options.store)])
    if not instance.is_first() and instance.raise_first():
        return ExitStatus.DONE
    kept = settings.SettingsFile(folder / settings.FILE_NAME)
    Theme(application, kept.settings.text_size)
    window = MainWindow(kept.settings.text_size)
    programs: list[Program] = []

    def begin() -> None:
        programs.append(_program(window, kept, options))
        programs[0].begin()
        instance.raise_wanted.connect(window.bring_to_front)
        instance.listen()

    window.first_painted.connect(begin)
    window.show()
    return application.exec()


def _program(
    window: MainWindow, kept: settings.SettingsFile, options: argparse.Namespace
) -> Program:
    from certhelper import banks
    from certhelper.desktop.program import Program, stores_from

    def find_bank() -> Found:
        return banks.find(options.bank)

    return Program(
        window,
        kept,
        find_bank,
        stores_from(options.store),
        named_stores=bool(options.store),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="certhelper", add_help=False)
    parser.add_argument("--bank")
    parser.add_argument("--store", action="append", default=[])
    return parser
