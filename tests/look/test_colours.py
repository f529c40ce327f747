"""Both palettes can be read by people with weak eyes (WCAG 2.2)."""

from __future__ import annotations

import pytest

from certhelper.look.colours import DARK, LIGHT, Colours

TEXT, SIGN = 4.5, 3.0  # SC 1.4.3 contrast of text, SC 1.4.11 of what is no text


def luminance(colour: str) -> float:
    """WCAG's relative luminance of ``#rrggbb``."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(colours: Colours) -> None:
    """Text on each ground that the windows put it on has 4.5 : 1 or more."""
    grounds = (colours.window, colours.surface, colours.selected)
    pairs = [(text, ground) for ground in grounds for text in (colours.text, colours.muted)]
    pairs += [(colours.accent, ground) for ground in grounds]
    pairs += [
        (text, ground)
        for text in (colours.good, colours.caution, colours.bad)
        for ground in (colours.window, colours.surface)
    ]
    pairs += [
        (colours.good, colours.good_ground),
        (colours.caution, colours.caution_ground),
        (colours.bad, colours.bad_ground),
        (colours.muted, colours.neutral_ground),
        (colours.text, colours.neutral_ground),
        (colours.accent_text, colours.accent),
        (colours.accent_text, colours.accent_pressed),
        (colours.disabled_text, colours.disabled),
    ]
    weak = [pair for pair in pairs if contrast(*pair) < TEXT]
    assert not weak


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_edge_can_be_seen(colours: Colours) -> None:
    """The edge of a field, a card and the focus has 3 : 1 or more."""
    edges = (colours.border, colours.accent)
    weak = [
        (edge, ground)
        for edge in edges
        for ground in (colours.window, colours.surface)
        if contrast(edge, ground) < SIGN
    ]
    assert not weak
