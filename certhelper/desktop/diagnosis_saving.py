"""Where the window saves a report, and what it is called there.  Free of Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


_LABEL = re.compile(r"(.*?)([0-9]+|[A-Z]+)", re.DOTALL)
"""What a label begins with, and the number or letters that it ends in."""


def labels_in(contents: str, labels: Iterable[str]) -> frozenset[str]:
    """Return the labels that stand there: 利用者A, but not where it is the beginning of 利用者AB.

    It is looked for what they begin with, once: there may be thousands, in megabytes.
    """
    wanted = frozenset(labels)
    matches = filter(None, map(_LABEL.fullmatch, wanted))
    beginnings = sorted({re.escape(match[1]) for match in matches}, key=len, reverse=True)
    found = re.finditer(rf"(?:{'|'.join(beginnings)})(?:[0-9]+|[A-Z]+)", contents)
    return wanted & {match[0] for match in found}


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
