"""The icon's files: every size that a system asks for, drawn from the sources beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QImageReader

from certhelper.look import icon
from installers import make_icons


def _difference(one: QImage, other: QImage) -> int:
    """The largest difference of a pixel's channel as it is seen, 0 to 255."""
    assert one.size() == other.size()
    pairs = zip(_seen(one), _seen(other), strict=True)
    return max(abs(first - second) for first, second in pairs)


def _seen(image: QImage) -> bytes:
    """The octets of the pixels; a colour that nearly nothing is left of counts as nothing."""
    converted = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return bytes(converted.constBits())  # `converted` owns them


def _images(file: Path) -> dict[int, QImage]:
    reader = QImageReader(str(file))
    found = {}
    for number in range(reader.imageCount()):
        assert reader.jumpToImage(number)
        image = reader.read()
        found[image.width()] = image
    return found


@pytest.mark.parametrize("size", make_icons.PNG_SIZES)
def test_a_picture_is_the_drawing_of_today(qapp: object, size: int) -> None:
    """Whoever changes a drawing has to make the pictures anew."""
    committed = QImage(str(make_icons.FOLDER / f"certhelper-{size}.png"))
    assert _difference(committed, make_icons.draw(size)) <= 4  # rounding of another processor


def test_windows_icon_holds_every_size_with_its_transparency(qapp: object) -> None:
    """Windows picks the size it needs from the one file, and the corners stay open."""
    images = _images(make_icons.FOLDER / "certhelper.ico")
    assert sorted(images) == list(make_icons.ICO_SIZES)
    for size, image in images.items():
        committed = QImage(str(make_icons.FOLDER / f"certhelper-{size}.png"))
        assert _difference(image, committed) <= 1, size
        assert image.pixelColor(0, 0).alpha() < 128
        assert image.pixelColor(size // 2, size // 4).alpha() == 255


def test_apple_icon_holds_every_picture(qapp: object) -> None:
    """The Apple file's entries are the pictures, as a reader that is not ours finds them."""
    images = _images(make_icons.FOLDER / "certhelper.icns")
    assert sorted(images) == [32, 64, 128, 256, 512]
    assert _difference(images[256], make_icons.draw(256)) <= 4


def test_the_small_pictures_show_a_card_a_seal_and_a_tick(qapp: object) -> None:
    """At 16 pixels ground, card, seal and tick are still four colours on whole pixels."""
    image = make_icons.draw(16)
    shades = {image.pixelColor(x, y).name() for x in range(16) for y in range(16)}
    assert {"#125f9f", "#ffffff", "#f7c667", "#5c3500"} <= shades


def test_windows_show_the_icon_in_every_size(qapp: object) -> None:
    """No size is missing from the window's icon, so none is a blurred one."""
    sizes = {size.width() for size in icon.program_icon().availableSizes()}
    assert sizes == set(make_icons.PNG_SIZES) == set(icon.SIZES)
