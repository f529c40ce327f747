"""Qt's own words (its dialogs for files and printers) in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from certhelper import texts

FILE = "qtbase_ja.qm"


def install(application: QCoreApplication) -> bool:
    """Have Qt speak Japanese; English needs nothing.  Tells whether its words were found."""
    if texts.language() != "ja":
        return True
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    return translator.load(FILE, folder) and application.installTranslator(translator)
