"""The program's two palettes.  Every pair of text and ground in use meets WCAG 2.2 AA (4.5 : 1)."""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """Values are ``#rrggbb``.  ``*_ground`` is what text of the plain name may stand on."""

    window: str
    surface: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_pressed: str
    disabled: str
    disabled_text: str
    selected: str
    good: str
    good_ground: str
    caution: str
    caution_ground: str
    bad: str
    bad_ground: str
    neutral_ground: str


LIGHT = Colours(
    window="#f2f4f7",
    surface="#ffffff",
    border="#788798",
    text="#17222e",
    muted="#4a5868",
    accent="#0a5a9c",
    accent_text="#ffffff",
    accent_pressed="#07467a",
    disabled="#e3e7ec",
    disabled_text="#525f6d",
    selected="#e2eefa",
    good="#14633a",
    good_ground="#e1f2e8",
    caution="#7a4a00",
    caution_ground="#fdf0d5",
    bad="#9c1c1c",
    bad_ground="#fbe6e6",
    neutral_ground="#e9edf1",
)

DARK = Colours(
    window="#12171d",
    surface="#1c232b",
    border="#66758a",
    text="#e8edf2",
    muted="#b0bbc7",
    accent="#7fbdf5",
    accent_text="#0b1722",
    accent_pressed="#a6d2f9",
    disabled="#2a333d",
    disabled_text="#a3afbb",
    selected="#213750",
    good="#86d8a9",
    good_ground="#173526",
    caution="#f3c678",
    caution_ground="#3b2d12",
    bad="#f7aaa6",
    bad_ground="#462220",
    neutral_ground="#2a333d",
)
