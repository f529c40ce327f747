"""The program's entry: ``certhelper`` and ``python -m certhelper``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from certhelper import starting

# They make thousands of objects, hardly any garbage, and end: looking for cycles, while they run
# and once more at the end, would only cost time (a tenth of `list` on 5,000 certificates).
_SHORT_LIVED = ("list", "show", "stores")
_INTERRUPTED = 130  # what shells use for a command that Ctrl-C (SIGINT) ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line of this process and return the exit status."""
    starting.give_back_environment()
    given = sys.argv[1:] if argv is None else argv
    return _run(given) if sys.stderr is not None else _run_without_console(given)


def _run_without_console(given: Sequence[str]) -> int:
    """Run Windows' program without a console, started by the Start menu: words need a window."""
    import io

    sys.stderr = words = io.StringIO()
    status = _run(given)
    if status and words.getvalue():
        from certhelper import texts
        from certhelper.windows import message

        message.show(texts.text("desktop.title"), words.getvalue())
    return status


def _run(given: Sequence[str]) -> int:
    if given[:1] == [starting.PART] and starting.is_built():
        return starting.run_part(given[1:])
    short_lived = len(given) > 0 and given[0] in _SHORT_LIVED
    starts_window = len(given) == 0 or given[0].startswith("-")
    if short_lived or starts_window:  # the window looks for cycles by itself, once it shows
        gc.disable()
    try:
        from certhelper import cli
    except KeyboardInterrupt:  # later ones are answered there
        return _INTERRUPTED
    status = cli.main(given)
    if short_lived:
        gc.freeze()
    return status


if __name__ == "__main__":
    sys.exit(main())
