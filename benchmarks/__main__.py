"""Every benchmark in one run: ``python -m benchmarks [NAME…] [--runs N]``.

Prints our median, the peer's, and their ratio with the limit of the issue; ends with status 1 when
a limit is passed.  The measured code is compiled to bytecode first, as an installation does it.
"""

from __future__ import annotations

import argparse
import compileall
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.report import Measurement

CODE = Path(__file__).parents[1]


def listing(runs: int) -> Iterator[Measurement]:
    """``list`` beside certutil."""
    from benchmarks.listing import measurements

    return measurements(runs)


def first_paint(runs: int) -> Iterator[Measurement]:
    """The window's first picture beside an empty PySide6 window."""
    from benchmarks.first_paint import measurements

    return measurements(runs)


def log_on(runs: int) -> Iterator[Measurement]:
    """From ログオン to the PIN page beside the smallest PySide6 script."""
    from benchmarks.log_on import measure

    ours, peer = measure(runs)
    yield Measurement("log-on to the PIN page", ours, "smallest PySide6 script", peer, 1.0)


def tokens(runs: int) -> Iterator[Measurement]:
    """``list`` of a token beside pkcs11-tool and p11tool."""
    from benchmarks.tokens import measurements

    return measurements(runs)


def folders(runs: int) -> Iterator[Measurement]:
    """``list`` of PEM files beside certtool and openssl."""
    from benchmarks.folders import measurements

    return measurements(runs)


def window(runs: int) -> Iterator[Measurement]:
    """The filled window beside XCA's."""
    from benchmarks.window import measurements

    return measurements(runs)


BENCHMARKS: dict[str, Callable[[int], Iterator[Measurement]]] = {
    "listing": listing,
    "first-paint": first_paint,
    "log-on": log_on,
    "tokens": tokens,
    "folders": folders,
    "window": window,
}


def main() -> int:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=9, help="of each, in turn with its peer")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    compileall.compile_dir(CODE / "certhelper", quiet=1)
    print(f"{'':<34}{'ours':>12} {'peer':>12}  {'ratio':>7}   limit", flush=True)
    within = True
    for name in arguments.names or BENCHMARKS:
        for measurement in BENCHMARKS[name](arguments.runs):
            print(measurement.line(), flush=True)
            within = within and measurement.within
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
