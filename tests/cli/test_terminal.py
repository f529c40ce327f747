"""A secret at a real terminal: taken without an echo, and the terminal as before."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial

import pytest
from support.systems import only_on_linux

from certhelper.cli import terminal
from certhelper.secret import Secret

pytestmark = only_on_linux  # terminals of POSIX


def test_nothing_of_a_secret_shows() -> None:
    """What is typed never comes back to the screen; afterwards the terminal echoes again."""
    if sys.platform == "win32":
        pytest.skip("only on Linux: terminals of POSIX")
    else:
        import pty
        import termios

        screen, keyboard = pty.openpty()
        before = termios.tcgetattr(keyboard)
        taken: list[Secret] = []
        ask = partial(terminal.read_silently, keyboard, "Passphrase:")
        thread = threading.Thread(target=lambda: taken.append(ask()), daemon=True)
        thread.start()
        shown = b""
        while not shown.endswith(b"Passphrase: "):
            shown += os.read(screen, 100)
        os.write(screen, "通帳 secret\n".encode())
        thread.join(10)
        assert "".join(taken[0].characters()) == "通帳 secret"
        assert os.read(screen, 100) == b"\r\n"
        assert termios.tcgetattr(keyboard) == before
        for descriptor in (screen, keyboard):
            os.close(descriptor)


@pytest.mark.parametrize(
    ("answer", "is_yes"),
    [("y", True), ("YES", True), ("はい", True), ("n", False), ("", False), ("yep", False)],
)
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str, is_yes: bool) -> None:
    """Enter alone, or anything else, changes nothing."""
    monkeypatch.setattr(terminal, "ask_line", lambda question: answer)
    assert terminal.confirm("?") is is_yes
