"""What leaves the program on stdout and stderr, and how wide it is on the screen."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from certhelper.display_width import width as width  # noqa: PLC0414  # the commands know it from here
from certhelper.failures import FailedError
from certhelper.safe_text import in_unicode, safe

_COLUMN_GAP = "  "


def prepare() -> None:
    """Let no character that the terminal's encoding lacks end the program.

    ASCII is what Python finds in a C locale, where nothing is known of the terminal; it nearly
    always takes UTF-8 (Python's own reason for PEP 540), and nobody can read Japanese that is
    escaped throughout.  The same holds for a file or a pipe on a Windows of another language, whose
    code page has no Japanese.  An encoding that was asked for by name is kept.
    """
    asked = bool(os.environ.get("PYTHONIOENCODING"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = None if asked or _is_known(stream.encoding) else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _is_known(encoding: str) -> bool:
    """Whether an encoding tells something of who reads, and can be read by them."""
    if sys.platform == "win32":
        return _has_japanese(encoding)
    return codecs.lookup(encoding).name != "ascii"


def _has_japanese(encoding: str) -> bool:
    try:
        "証明書".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def finish() -> None:
    """Write out what is still held back.  Raises as :func:`lines`."""
    if sys.stdout is not None:
        _guarded(sys.stdout.flush)


def abandon() -> None:
    """Send what is still held back nowhere, now that stdout takes nothing any more.

    Python's own flush at the end would fail once more, in words of its own and with a status of
    its own (Python documentation, note on SIGPIPE).
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(sentence: str) -> None:
    """Write one line to stderr; a program without stderr stays silent."""
    if sys.stderr is not None:
        print(safe(" ".join(sentence.split())), file=sys.stderr)


def lines(text: Iterable[str]) -> None:
    """Write lines to stdout.

    Raises ``BrokenPipeError`` when nobody reads any more, otherwise ``output-failed``.
    """
    if sys.stdout is not None:
        whole = "\n".join(text) + "\n"
        _guarded(lambda: sys.stdout.write(whole))


def document(value: dict[str, Any]) -> None:
    """Write one JSON document to stdout, in UTF-8 whatever the terminal's encoding.

    Octets of a path that are no UTF-8 stand in it as in :func:`~certhelper.safe_text.in_unicode`:
    every reader takes the document, and ``--store`` takes such a path.  Raises as :func:`lines`.
    """
    if sys.stdout is None:
        return
    import json  # not on the way to a list that people read

    whole = in_unicode(json.dumps(value, ensure_ascii=False)) + "\n"
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        _guarded(lambda: sys.stdout.write(whole))
        return
    _guarded(lambda: (sys.stdout.flush(), buffer.write(whole.encode())))


def _guarded(write: Any) -> None:
    try:
        write()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon()
        raise FailedError("output-failed", detail=error.strerror or type(error).__name__) from error


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose rows are equally long, its columns under one another.

    The last column stays as long as it is.  It is done by columns: of thousands of rows most cells
    say the same.
    """
    if not rows:
        return []
    *columns, last = zip(*rows, strict=True)
    return list(map(_COLUMN_GAP.join, zip(*map(_filled, columns), last, strict=True)))


def _filled(column: Sequence[str]) -> list[str]:
    widths = {cell: width(cell) for cell in set(column)}
    widest = max(widths.values())
    filled = {cell: cell + " " * (widest - size) for cell, size in widths.items()}
    return [filled[cell] for cell in column]
