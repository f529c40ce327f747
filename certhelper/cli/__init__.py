"""The command line: the same calls as the window's, formatted.  It decides nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from certhelper import failures, texts
from certhelper.cli import output, parser
from certhelper.failures import ExitStatus, FailedError

_LOG = "certhelper.diagnosis.log"
_NOT_LOGGED = frozenset({None, "list", "show", "stores", "browser", "demo", "selftest"})
"""They only look, and must not wait for a log, or leave nothing behind; the window begins its own
once it shows.
"""

_INTERRUPTED = 128 + 2  # what shells use for a command that Ctrl-C (SIGINT) ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (design: 0 to 3; 130 after Ctrl-C).

    Nothing but ``SystemExit`` of an interpreter that is ending leaves this function: a failure is
    one line with its code on stderr, and the program's own fault is one, too.
    """
    output.prepare()
    try:
        return _main(argv)
    finally:
        if _LOG in sys.modules:  # whoever began it: this command or the window
            sys.modules[_LOG].end()


def _main(argv: Sequence[str] | None) -> int:
    try:
        status = _run(sys.argv[1:] if argv is None else list(argv))
        output.finish()
    except FailedError as error:
        return _say(error)
    except KeyboardInterrupt:
        output.say(texts.text("cli.notice.interrupted"))
        return _INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return ExitStatus.DONE  # whoever read had enough
    except Exception as error:  # noqa: BLE001  # the last edge: said with its place, never shown raw
        place = _place(error.__traceback__)
        return _say(FailedError("internal-error", kind=type(error).__name__, place=place))
    return status


def _run(argv: list[str]) -> int:
    arguments = parser.parse(argv)
    if arguments is None:  # help or version was asked for and is shown
        return ExitStatus.DONE
    try:
        module = importlib.import_module(parser.module_of(arguments.command))
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.partition(".")[0] in ("PySide6", "shiboken6"):
            raise FailedError("desktop-missing", detail=error.name) from error
        raise
    if arguments.command not in _NOT_LOGGED:
        importlib.import_module(_LOG).begin_as_set()
    status: int = module.run(arguments)
    return status


def _say(error: FailedError) -> int:
    output.say(failures.told(error).sentence())
    if _LOG in sys.modules:
        sys.modules[_LOG].note_failure(error.code)
    return failures.find(error.code).exit_status


def _place(traceback: TracebackType | None) -> str:
    """Return where the fault happened, as far as it is ours: a file's name and a line.

    Not the traceback and not the error's text: either may carry names or secrets.
    """
    package = str(Path(__file__).parent.parent)
    place = "?"
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(package):
            place = f"{path.name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
