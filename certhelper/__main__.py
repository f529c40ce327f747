"""``python -m certhelper``."""

from __future__ import annotations

import sys

from certhelper.cli import main

if __name__ == "__main__":
    sys.exit(main())
