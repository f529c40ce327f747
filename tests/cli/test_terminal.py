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


@pytest.mark.parametrize("typed", ["", "half a pass"])
def test_the_end_of_the_input_is_no_answer(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """Ctrl-D cancels, as Ctrl-C does: no empty passphrase is tried and counted as a wrong one."""
    reading, writing = os.pipe()
    os.write(writing, typed.encode())
    os.close(writing)
    monkeypatch.setattr(
        terminal,
        "_from_terminal",
        lambda question: Secret.read_line(reading, needs_end=True),
    )
    with pytest.raises(KeyboardInterrupt):
        terminal.ask_secret("Passphrase:")
    os.close(reading)


def test_at_a_terminal_only_enter_ends_a_secret() -> None:
    """The real question at a real terminal, answered by Ctrl-D."""
    if sys.platform == "win32":
        pytest.skip("only on Linux: terminals of POSIX")
    else:
        import pty

        screen, keyboard = pty.openpty()
        ended: list[type[BaseException]] = []

        def ask() -> None:
            try:
                terminal.read_silently(keyboard, "Passphrase:")
            except EOFError as error:
                ended.append(type(error))

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        shown = b""
        while not shown.endswith(b"Passphrase: "):
            shown += os.read(screen, 100)
        os.write(screen, b"\x04")
        thread.join(10)
        assert ended == [EOFError]
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
