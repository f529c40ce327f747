"""The program's entry: ``certhelper`` and ``python -m certhelper``."""

from __future__ import annotations

import gc
import sys

from certhelper import cli

# They make thousands of objects, hardly any garbage, and end: looking for cycles, while they run
# and once more at the end, would only cost time (a tenth of `list` on 5,000 certificates).
_SHORT_LIVED = ("list", "show", "stores")


def main() -> int:
    """Run the command line and return the exit status."""
    short_lived = sys.argv[1:2] and sys.argv[1] in _SHORT_LIVED
    if short_lived:
        gc.disable()
    status = cli.main()
    if short_lived:
        gc.freeze()
    return status


if __name__ == "__main__":
    sys.exit(main())
