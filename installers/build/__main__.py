"""Builds what is handed to people: ``python -m installers.build SYSTEM [FOLDER]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from installers.checkout.environment import CHECKOUT
from installers.checkout.words import SetUpError, tell


def main(arguments: Sequence[str]) -> int:
    """Build for the system that is named; say where the files are."""
    parser = argparse.ArgumentParser(prog="python3 bootstrap.py build", description=__doc__)
    parser.add_argument("system", choices=("windows", "debian"))
    usual = CHECKOUT / "dist"
    parser.add_argument("folder", nargs="?", type=Path, default=usual, help=f"default: {usual}")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.system == "windows":
            from installers.windows import build as windows

            made = windows.build(chosen.folder)
        else:
            from installers.debian import build as debian

            made = [debian.build(chosen.folder)]
    except SetUpError as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    for path in made:
        tell(f"できました: {path}", f"Made: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
