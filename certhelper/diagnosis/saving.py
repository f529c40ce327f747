"""What a saved report holds, to be seen before it is saved, and the saving itself."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from certhelper.diagnosis import report_html, report_json, report_text, telling
from certhelper.diagnosis.report import Report
from certhelper.failures import WrongUseError
from certhelper.safe_text import in_unicode, safe
from certhelper.texts import Language

_FLAGS = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
_OWNER_ONLY = 0o600


class Format(StrEnum):
    """A report's form; the value is how its file's name ends."""

    HTML = "html"
    JSON = "json"
    TEXT = "txt"


def content(
    report: Report,
    form: Format,
    *,
    redacted: bool = True,
    language: Language | None = None,
) -> str:
    """Return exactly what :func:`save` writes; ``language`` None: the person's."""
    told = telling.tell(report, language, redacted=redacted)
    match form:
        case Format.HTML:
            written = report_html.page(told)
        case Format.TEXT:
            written = report_text.text_of(told)
        case Format.JSON:
            written = report_json.text_of(told)
    return in_unicode(written)


def save(
    report: Report,
    path: Path,
    form: Format,
    *,
    redacted: bool = True,
    replaces: bool = False,
) -> None:
    """Write the report to ``path`` in UTF-8, whole or not at all, for this account's eyes alone.

    Raises :class:`WrongUseError`: ``report-exists`` where something is there and ``replaces`` does
    not say that it may go, ``report-not-written``.
    """
    write(path, content(report, form, redacted=redacted), replaces=replaces)


def write(path: Path, text: str, *, replaces: bool = False) -> None:
    """Write what :func:`content` gave, as :func:`save` does, and raise as it does."""
    unfinished = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")
    try:
        if not replaces:
            os.close(os.open(path, _FLAGS, _OWNER_ONLY))  # the name is ours now
        try:
            _write_out(unfinished, text)
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
                if not replaces:
                    path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise WrongUseError("report-exists", file=safe(str(path))) from error
    except (OSError, ValueError) as error:
        detail = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
        raise WrongUseError("report-not-written", file=safe(str(path)), detail=detail) from error


def _write_out(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, _FLAGS, _OWNER_ONLY), "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
