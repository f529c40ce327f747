"""Questions to a person at a terminal: yes or no, a line, a secret without an echo."""

from __future__ import annotations

import os
import sys

from certhelper import crash_dumps, texts
from certhelper.failures import WrongUseError
from certhelper.secret import Secret, SecretTooLongError

_TERMINAL = "/dev/tty"
_LONGEST_SECRET = 1024  # octets
_CANCELS = ("\x03", "\x04", "\x1a")  # Ctrl-C, Ctrl-D; Ctrl-Z ends the input on Windows
_YES = ("y", "yes", "はい")


def is_there() -> bool:
    """Whether a person can read what is asked and answer it."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)


def confirm(question: str) -> bool:
    """Ask on stderr; only y, yes or はい is a yes."""
    return ask_line(f"{question} {texts.text('installing.ask.yes-or-no')}").lower() in _YES


def ask_line(question: str) -> str:
    """Ask on stderr; the end of the input is an empty answer."""
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def ask_secret(question: str) -> Secret:
    """Ask on the terminal, without an echo.

    Raises :class:`WrongUseError` (``secret-too-long``), ``KeyboardInterrupt`` where the person
    cancels (Ctrl-C, or Ctrl-D for no answer), ``OSError`` where the terminal is gone.
    """
    crash_dumps.forbid()  # before a secret passes through this process
    try:
        return _typed(question) if sys.platform == "win32" else _from_terminal(question)
    except SecretTooLongError as error:
        raise WrongUseError("secret-too-long", limit=str(error.limit)) from error
    except EOFError:
        raise KeyboardInterrupt from None


def _is_terminal(stream: object) -> bool:
    return stream is not None and bool(getattr(stream, "isatty", lambda: False)())


def _from_terminal(question: str) -> Secret:
    terminal = os.open(_TERMINAL, os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    try:
        return read_silently(terminal, question)
    finally:
        os.close(terminal)


def read_silently(terminal: int, question: str) -> Secret:
    """Ask on a POSIX terminal and read a line without an echo.

    What was typed before the question is thrown away: it was meant for another.
    Raises :class:`certhelper.secret.SecretTooLongError`, ``EOFError`` for no answer, ``OSError``.
    """
    if sys.platform == "win32":
        raise NotImplementedError("there is no such terminal")
    else:  # noqa: RET506  # a type checker for Windows must not see what follows
        import termios

        before = termios.tcgetattr(terminal)
        silent = list(before)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        try:
            os.write(terminal, f"{question} ".encode())
            return Secret.read_line(terminal, _LONGEST_SECRET, needs_end=True)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
            os.write(terminal, b"\n")


def _typed(question: str) -> Secret:
    """Windows' console gives one character at a time (Python documentation, ``msvcrt``)."""
    if sys.platform != "win32":
        raise NotImplementedError("there is no such console")
    else:  # noqa: RET506  # as above
        import msvcrt

        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        secret = Secret(_LONGEST_SECRET)
        while (character := msvcrt.getwch()) not in "\r\n":
            if character in _CANCELS:
                secret.wipe()
                raise KeyboardInterrupt
            if character == "\b":
                secret.remove_last()
            else:
                secret.append(character)
        sys.stderr.write("\n")
        return secret
