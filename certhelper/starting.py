"""How to start this program, or one part of it, again as a child."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

PART = "--part"
"""In a built program, where no Python stands beside it: the option that runs one part."""

PARTS = frozenset(
    {
        "certhelper.logon.browser.worker",
        "certhelper.stores.nss_maker",
        "certhelper.stores.nss_softokn",
    }
)
"""The modules that run as a process of their own; each has ``main(arguments) -> int``."""

_RUN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from certhelper.starting import run_part; sys.exit(run_part(sys.argv[1:]))"
)


def program() -> list[str]:
    """The words that start it: installed, from a checkout, or as a built program."""
    if is_built():
        return [sys.executable]
    return [sys.executable, "-m", "certhelper"]


def part(module: str, *, with_packages: bool = True) -> list[str]:
    """The words that run one of :data:`PARTS`; its arguments follow them.

    Python runs isolated (``-I``): neither the current folder nor the outer environment says what
    is imported; a built program is so by itself.  A part that uses the standard library alone
    starts faster without the folders of other packages (``-S``).
    """
    if is_built():
        return [sys.executable, PART, module]
    flags = ["-I"] if with_packages else ["-I", "-S"]
    return [sys.executable, *flags, "-c", _RUN, str(Path(__file__).parents[1]), module]


def is_built() -> bool:
    """Whether this is a built program (PyInstaller sets ``sys.frozen``)."""
    return bool(getattr(sys, "frozen", False))


def run_part(words: Sequence[str]) -> int:
    """Run the part that the first word names, with the others as its arguments.

    Returns its exit status.  Raises ``LookupError`` for what is no part.
    """
    module, *arguments = words
    if module not in PARTS:
        raise LookupError(module)
    status: int = importlib.import_module(module).main(arguments)
    return status
