"""Which call hides a window, against a function that stands at the boundary of user32.dll."""

from __future__ import annotations

import pytest

from certhelper.windows import display
from certhelper.windows.library import WindowsCallError

WINDOW = 0x10001


class User32:
    """``SetWindowDisplayAffinity`` of a Windows that knows these values."""

    def __init__(self, *known: int) -> None:
        self.known = known
        self.asked: list[tuple[int, int]] = []

    def __call__(self, window: int, value: int) -> int:
        self.asked.append((window, value))
        if value not in self.known:
            raise WindowsCallError("SetWindowDisplayAffinity", 87)
        return 1


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ((0x01, 0x11), [0x11]),
        ((0x01,), [0x11, 0x01]),  # before Windows 10 version 2004
    ],
)
def test_the_best_that_this_windows_knows_is_taken(
    monkeypatch: pytest.MonkeyPatch, known: tuple[int, ...], asked: list[int]
) -> None:
    """Nothing at all in a capture, else a black place."""
    system = User32(*known)
    monkeypatch.setattr(display, "_SET_AFFINITY", system)
    display.exclude_from_capture(WINDOW)
    assert system.asked == [(WINDOW, value) for value in asked]


def test_a_windows_that_does_neither_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never taken for hidden."""
    monkeypatch.setattr(display, "_SET_AFFINITY", User32())
    with pytest.raises(WindowsCallError):
        display.exclude_from_capture(WINDOW)
