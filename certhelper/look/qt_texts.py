"""Qt's own words (its dialogs for files and printers) in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator

from certhelper import texts

FILE = "qtbase_ja.qm"

_NEWER = {
    ("QFileDialog", "&Look in:"): "look-in",
    ("QFileDialog", "Files of &type:"): "files-of-type",
    ("QAbstractFileIconProvider", "Folder"): "folder",
    ("QAbstractFileIconProvider", "File"): "file",
    ("QAbstractFileIconProvider", "%1 File"): "file-of-kind",
}
"""What the dialog for files says since Qt 6.8 and Qt's Japanese file does not have, by the context
and the English words in Qt's source (``qfiledialog.ui``, ``qabstractfileiconprovider.cpp``)."""


class _NewerWords(QTranslator):
    """Knows the words of ``_NEWER`` alone; for all others Qt goes on to its own file."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words = {key: texts.text(f"desktop.qt.{name}") for key, name in _NEWER.items()}

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, *_: object) -> str:
        # Qt takes None, and not an empty text, for what is to be looked for elsewhere.
        return self._words.get((context, source))  # type: ignore[return-value]


def install(application: QCoreApplication) -> bool:
    """Have Qt speak Japanese; English needs nothing.  Tells whether its words were found."""
    if texts.language() != "ja":
        return True
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    is_found = translator.load(FILE, folder) and application.installTranslator(translator)
    return application.installTranslator(_NewerWords(application)) and is_found
