"""Draw the program's icon in every size and format that a system wants.

Run it as ``python -m installers.make_icons`` after a change of ``resources/icons/certhelper*.svg``;
the files that it writes are committed, so that no build needs Qt for them.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "icons"
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
OWN_DRAWINGS = (16, 24, 32)
"""Sizes in pixels whose drawing is their own, on whole pixels; the others share one."""

_ICNS_TYPES = {32: b"ic11", 64: b"ic12", 128: b"ic07", 256: b"ic08", 512: b"ic09"}
"""Apple's type of a PNG entry by pixels: 16 and 32 points at double density, 128, 256, 512 points.

16 and 32 points at single density have no type that every macOS shows as PNG; it scales these.
"""

_LARGEST_BITMAP = 128
_BYTES_A_PIXEL = 4
_BITMAP_HEADER = 40


def draw(size: int) -> QImage:
    """Return the icon, ``size`` pixels wide and high, with its transparency."""
    name = f"certhelper-{size}.svg" if size in OWN_DRAWINGS else "certhelper.svg"
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(FOLDER / name)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """Return the image as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]  # the stubs know no device
        raise ValueError(image)
    return bytes(buffer.data().data())


def ico(images: list[QImage]) -> bytes:
    """Return a Windows icon file (ICO) of these images.

    A directory of 16-byte entries, then the pictures: bitmaps without their file header, twice as
    high for a mask that nobody reads beside an alpha channel; only the largest is a PNG, because
    some programs that build installers read no other PNG.
    Source: Microsoft, "Icons", and Raymond Chen, "The evolution of the ICO file format".
    """
    bodies = [
        _bitmap(image) if image.width() <= _LARGEST_BITMAP else png(image) for image in images
    ]
    place = 6 + 16 * len(images)
    entries = []
    for image, body in zip(images, bodies, strict=True):
        side = image.width() % 256  # 0 says 256
        entries.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(body), place))
        place += len(body)
    return b"".join([struct.pack("<HHH", 0, 1, len(images)), *entries, *bodies])


def icns(images: list[QImage]) -> bytes:
    """Return an Apple icon file (ICNS): entries of a type, their length, and a PNG file."""
    entries = []
    for image in images:
        body = png(image)
        entries.append(_ICNS_TYPES[image.width()] + struct.pack(">I", 8 + len(body)) + body)
    content = b"".join(entries)
    return b"icns" + struct.pack(">I", 8 + len(content)) + content


def _bitmap(image: QImage) -> bytes:
    side = image.width()
    pixels = bytes(image.constBits())  # rows from the top, without gaps
    width = side * _BYTES_A_PIXEL
    rows = [pixels[row * width : (row + 1) * width] for row in reversed(range(side))]
    # One bit a pixel, rows of whole 4 octets; all zero, so that the alpha channel decides.
    mask = bytes((side + 31) // 32 * 4 * side)
    header = struct.pack("<IiiHHIIiiII", _BITMAP_HEADER, side, 2 * side, 1, 32, 0, 0, 0, 0, 0, 0)
    return b"".join([header, *rows, mask])


def main() -> int:
    """Write every file and return the exit status."""
    drawings = {size: draw(size) for size in PNG_SIZES}
    for size, image in drawings.items():
        (FOLDER / f"certhelper-{size}.png").write_bytes(png(image))
    (FOLDER / "certhelper.ico").write_bytes(ico([drawings[size] for size in ICO_SIZES]))
    (FOLDER / "certhelper.icns").write_bytes(icns([drawings[size] for size in _ICNS_TYPES]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
