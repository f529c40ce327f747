"""Every benchmark in one run: ``python -m benchmarks [NAME…] [--runs N]``.

Prints our median, the peer's, and their ratio with the limit of the issue; ends with status 1 when
a limit is passed, and with 2 when something could not be measured because a program is missing:
then nothing is known of that limit.  The measured code is compiled to bytecode first, as an
installation does it.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
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
    """``list`` of PEM files beside certtool, openssl and keytool."""
    from benchmarks.folders import measurements

    return measurements(runs)


def window(runs: int) -> Iterator[Measurement]:
    """The filled window beside XCA's."""
    from benchmarks.window import measurements

    return measurements(runs)


def diagnose(runs: int) -> Iterator[Measurement]:
    """The diagnosis of a healthy PC beside its limit."""
    from benchmarks.diagnose import measurements

    return measurements(runs)


BENCHMARKS: dict[str, Callable[[int], Iterator[Measurement]]] = {
    "listing": listing,
    "first-paint": first_paint,
    "log-on": log_on,
    "tokens": tokens,
    "folders": folders,
    "window": window,
    "diagnose": diagnose,
}


WITHIN, OVER, NOT_MEASURED = range(3)
"""Exit statuses."""

_DEBIAN = {
    "certutil": "libnss3-tools",
    "certtool": "gnutls-bin",
    "keytool": "default-jre-headless",
    "openssl": "openssl",
    "p11tool": "gnutls-bin",
    "pkcs11-tool": "opensc",
    "softhsm2-util": "softhsm2",
    "xca": "xca",
    "xdotool": "xdotool",
    "Xvfb": "xvfb",
}
"""By program, the package of Debian that has it; ``bootstrap.py benchmark`` installs them."""

_NEEDED = {
    "listing": ("certutil",),
    "tokens": ("softhsm2-util", "pkcs11-tool", "p11tool"),
    "folders": ("certtool", "openssl", "keytool"),
    "window": ("xca", "xdotool", "Xvfb"),
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
    statuses = {_measure(name, arguments.runs) for name in arguments.names or BENCHMARKS}
    return OVER if OVER in statuses else max(statuses)


def _measure(name: str, runs: int) -> int:
    """Print one benchmark, or why there is nothing to print; return how it went."""
    missing = [program for program in _NEEDED.get(name, ()) if shutil.which(program) is None]
    if missing:
        packages = " ".join(dict.fromkeys(_DEBIAN[program] for program in missing))
        print(
            f"{name}: NOT MEASURED, missing: {' '.join(missing)} (Debian: {packages})", flush=True
        )
        return NOT_MEASURED
    within = True
    for measurement in BENCHMARKS[name](runs):
        print(measurement.line(), flush=True)
        within = within and measurement.within
    return WITHIN if within else OVER


if __name__ == "__main__":
    sys.exit(main())
