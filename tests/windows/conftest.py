"""Tests of what only Windows has; they run on Windows itself or under Wine."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    collect_ignore_glob = ["*"]
