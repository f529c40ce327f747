"""Where the window saves a report, and what it is called there.  Free of Qt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import platformdirs

from certhelper.diagnosis.saving import Format
from certhelper.moment import JAPAN
from certhelper.texts import text

_SUFFIXES = {
    Format.HTML: (".html", ".htm"),
    Format.TEXT: (".txt",),
    Format.JSON: (".json",),
}
"""What a file of a form may be called, as it is called by itself first."""


def usual_folder() -> Path:
    """Where a person looks for it: documents, else the desktop, else home."""
    usual = (platformdirs.user_documents_path(), platformdirs.user_desktop_path())
    return next((one for one in usual if one.is_dir()), Path.home())


def file_name(form: Format, at: datetime, code: str) -> str:
    """Return a name with the day in Japan and the code, by which it is found on the phone."""
    day = at.astimezone(JAPAN).date().isoformat()
    digits = "-".join(code.split())
    return f"{text('diagnosis-window.save-dialog.file-name')}_{day}_{digits}{_SUFFIXES[form][0]}"


def with_suffix(path: Path, form: Format) -> Path:
    """Return the path that ends as files of the form do: what was typed may end in anything."""
    if path.suffix.lower() in _SUFFIXES[form]:
        return path
    return path.with_name(path.name + _SUFFIXES[form][0])
