"""Starts the desktop program.

On the way to the first picture only Qt's own three modules and a few small ones of ours are
imported; everything else follows once the window shows.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from certhelper import settings
from certhelper.desktop.single_instance import SingleInstance
from certhelper.desktop.window import MainWindow
from certhelper.failures import ExitStatus, WrongUseError
from certhelper.logon.environment import display_answers, has_display
from certhelper.look.theme import Theme

if TYPE_CHECKING:
    import argparse

    from certhelper.desktop.program import Program
    from certhelper.secret import Secret

_LONGEST_SECRET = 1024  # octets


def run(arguments: argparse.Namespace) -> int:
    """Show the window and return the exit status when it and its sessions are over.

    ``arguments`` are the common options of the command line: ``bank``, ``store``, ``secret_fd``,
    ``trust_profile``.  When the program already runs with the same bank and stores, its window
    comes to the front and this start ends.  Raises :class:`WrongUseError` for a passphrase that
    cannot be read from ``secret_fd``, and ``display-needed`` where no screen answers.
    """
    _check_screen()
    passphrase = _passphrase(arguments.secret_fd)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("certhelper")
    application.setDesktopFileName("certhelper")
    application.setQuitOnLastWindowClosed(False)
    folder = settings.folder()
    instance = SingleInstance(folder, [arguments.bank or "", *sorted(arguments.store)])
    if not instance.is_first() and instance.raise_first():
        return ExitStatus.DONE
    kept = settings.SettingsFile(folder / settings.FILE_NAME)
    theme = Theme(application, kept.settings.text_size)
    window = MainWindow()
    programs: list[Program] = []

    def begin() -> None:
        import signal

        from certhelper import crash_dumps
        from certhelper.look import qt_texts
        from certhelper.qt import background

        crash_dumps.forbid()  # before there is a pad to enter a PIN on
        background.collect_garbage_here(window)
        background.let_window_through()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never gives Python the chance
        theme.settle()
        qt_texts.install(application)
        programs.append(_program(window, kept, arguments, passphrase))
        programs[0].finished.connect(application.exit)
        instance.raise_wanted.connect(window.bring_to_front)
        programs[0].settled.connect(instance.listen)
        programs[0].settled.connect(_begin_log)
        programs[0].begin()

    window.first_painted.connect(begin)
    window.show()
    return application.exec()


def _begin_log() -> None:
    from certhelper.diagnosis import log

    log.begin_as_set()


def _program(
    window: MainWindow,
    kept: settings.SettingsFile,
    arguments: argparse.Namespace,
    passphrase: Secret | None,
) -> Program:
    from certhelper import banks, machine_settings
    from certhelper.desktop.passphrases_held import HeldPassphrases
    from certhelper.desktop.places import Places
    from certhelper.desktop.program import Program

    return Program(
        window,
        kept,
        lambda: banks.find(arguments.bank),
        Places(arguments.store, passphrase),
        agreed_hash=arguments.trust_profile,
        held=HeldPassphrases(passphrase),
        decided=machine_settings.read,
    )


def _check_screen() -> None:
    """Qt would end the process with words of its own.  Raises :class:`WrongUseError`."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith("xcb"):
        return  # somebody chose another one, offscreen for a test
    if not (has_display(os.environ) and display_answers(os.environ)):
        raise WrongUseError("display-needed")


def _passphrase(descriptor: int | None) -> Secret | None:
    """Read the passphrase of the named files.  Raises :class:`WrongUseError`."""
    if descriptor is None:
        return None
    from certhelper.secret import Secret, SecretTooLongError

    try:
        return Secret.read_line(descriptor, _LONGEST_SECRET)
    except SecretTooLongError as error:
        raise WrongUseError("secret-too-long", limit=str(error.limit)) from error
    except OSError as error:
        detail = error.strerror or ""
        raise WrongUseError(
            "secret-unreadable", descriptor=str(descriptor), detail=detail
        ) from error
