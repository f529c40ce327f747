"""The program's own log: local, small, redacted, and with details only where they are asked for.

It goes to ``log/certhelper.log`` in the user's folder for state, which nobody else may read.
Without details it holds what went wrong, by its code.  With them (the setting ``log_detail``, or
the administrator's) it also holds what was done.  The program's own lines name nobody and no place,
and only its own loggers are heard, whatever a library may say about its connections.  As a second
line of defence each line is searched before it is written, whatever the setting, for everything
that can be recognized: what stands in quotation marks or behind the name of a secret, paths, inner
addresses, long numbers, and who and where this PC's user is.  A name that stands in a line like any
other word cannot be recognized.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from certhelper.diagnosis.scrubbing import NAMES_OF_EVERYBODY, Scrubber
from certhelper.diagnosis.shapes import Found
from certhelper.diagnosis.values import Kind, Value
from certhelper.safe_text import in_unicode, safe

FILE_NAME = "certhelper.log"
MOST_OCTETS = 128 * 1024
KEPT_FILES = 3
"""Besides the one that is written to: half a mebibyte altogether."""

MOST_OF_A_REPORT = 300
"""Lines that a report takes along."""

_OF_THE_PROGRAM = "certhelper"
_FLAGS = os.O_CREAT | os.O_WRONLY | os.O_APPEND
_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LONGEST_LINE = 1000  # characters
_MOST_SEARCHED = 20 * _LONGEST_LINE
_QUOTED = re.compile(
    r"(?<!\w)'(?:[^'\\]|\\.)*(?:'|\Z)|\"(?:[^\"\\]|\\.)*(?:\"|\Z)|「[^」]*(?:」|\Z)|“[^”]*(?:”|\Z)",
    re.DOTALL,
)
"""An apostrophe within a word opens none; one that is not closed goes to the end."""


def folder() -> Path:
    """Return where the log is; it need not exist."""
    import platformdirs

    return platformdirs.user_state_path("certhelper", appauthor=False) / "log"


def begin(*, detailed: bool) -> None:
    """Write from now on what this process has to say; once more changes only the details.

    Never raises: where nothing can be written, the program does its work without a log.
    """
    if not _files():
        logging.getLogger(_OF_THE_PROGRAM).addHandler(_LogFile(folder() / FILE_NAME))
    take_detail(detailed=detailed)


def take_detail(*, detailed: bool) -> None:
    """Go by another choice from now on; a process that writes no log goes on without one."""
    if _files():
        level = logging.DEBUG if detailed else logging.INFO
        logging.getLogger(_OF_THE_PROGRAM).setLevel(level)


def begin_as_set() -> None:
    """:func:`begin` with the setting in force; one that cannot be read asks for no details."""
    from certhelper import machine_settings, settings
    from certhelper.failures import FailedError
    from certhelper.settings_in_force import in_force

    detailed = False
    with suppress(FailedError):
        kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
        detailed = in_force(kept, machine_settings.read()).log_detail.value
    begin(detailed=detailed)


def note_failure(code: str) -> None:
    """Note that a failure was told; its facts name people and places, and stay out."""
    logging.getLogger(__name__).info("failed: %s", code)


def end() -> None:
    """Write nothing any more."""
    logger = logging.getLogger(_OF_THE_PROGRAM)
    for one in _files():
        logger.removeHandler(one)
        one.close()
    logger.setLevel(logging.NOTSET)


def _files() -> list[_LogFile]:
    handlers = logging.getLogger(_OF_THE_PROGRAM).handlers
    return [one for one in handlers if isinstance(one, _LogFile)]


def lines(most: int) -> tuple[str, ...]:
    """Return the last lines, the oldest first; none where there are none or they are not ours."""
    found: list[str] = []
    path = folder() / FILE_NAME
    for number in range(KEPT_FILES + 1):
        part = path.with_name(f"{FILE_NAME}.{number}") if number else path
        try:
            read = part.read_text("utf-8", "replace").splitlines()
        except OSError:
            break
        found = [*read, *found]
        if len(found) >= most:
            break
    return tuple(found[-most:])


class _LogFile(RotatingFileHandler):
    """One file for every process of this user: it is open only while a line is written.

    So Windows lets it be renamed, and two windows and their sessions may write to it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=MOST_OCTETS, backupCount=KEPT_FILES, encoding="utf-8", delay=True
        )
        self.setFormatter(_Redacting())

    def emit(self, record: logging.LogRecord) -> None:
        from filelock import FileLock, Timeout

        path = Path(self.baseFilename)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock"), timeout=1, mode=0o600):
                super().emit(record)
                self.close_file()
        except (OSError, Timeout):
            self.handleError(record)

    def close_file(self) -> None:
        """Close the file until there is something to write again."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # of logging
        """A log that cannot be written must not be in the way of what it is about."""

    def _open(self) -> object:  # type: ignore[override]  # what ``open`` gives
        descriptor = os.open(self.baseFilename, _FLAGS, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")


class _Redacting(logging.Formatter):
    """One line a record, in which nothing stands that a report would leave out.

    Of an exception its kind and where it was raised are told: its text may hold anything.
    """

    @cached_property
    def _scrubber(self) -> Scrubber:
        return Scrubber(_known(), _in_its_place)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        try:
            said = record.getMessage()
        except Exception as fault:  # noqa: BLE001  # a mistake in the program must not cost the line
            said = f"a line that could not be put together ({type(fault).__name__})"
        if record.exc_info:
            said += _raised(record.exc_info)
        said = self._scrubber.scrubbed(_QUOTED.sub("'…'", said[:_MOST_SEARCHED]))
        one_line = safe(in_unicode(" ".join(said.split())))[:_LONGEST_LINE]
        return f"{at} {record.process} {record.levelname} {record.name}: {one_line}"


def _raised(
    information: tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None],
) -> str:
    kind, _, traceback = information
    place = "?"
    while traceback is not None:
        place = f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return f" ({kind.__name__ if kind else '?'} at {place})"


def _known() -> list[Value]:
    """What this process knows of this PC before anything else: who and where it is."""
    import getpass

    from certhelper.diagnosis.machine_system import computer_name

    known = [Value(Kind.COMPUTER, computer_name().partition(".")[0])]
    with suppress(KeyError, ImportError, OSError):
        known.append(Value(Kind.ACCOUNT, getpass.getuser()))
    with suppress(RuntimeError):
        known.append(Value(Kind.PATH, str(Path.home())))
    return [one for one in known if one.text.casefold() not in NAMES_OF_EVERYBODY]


def _in_its_place(found: Found) -> str:
    kind = found.value if isinstance(found, Enum) else found.kind.value
    return f"<{kind}>"
