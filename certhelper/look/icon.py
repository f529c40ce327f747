"""The program's icon, as every window of it shows it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from certhelper import resources

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
"""Pixels; small ones are drawn on their own pixels, so they are files and no scaled drawing."""


def program_icon() -> QIcon:
    """Return the icon; a screen takes the size that it needs."""
    icon = QIcon()
    for size in SIZES:
        icon.addFile(
            str(resources.folder() / "icons" / f"certhelper-{size}.png"), QSize(size, size)
        )
    return icon
