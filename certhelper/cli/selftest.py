"""``certhelper selftest``: proves on this PC that the whole program works here."""

from __future__ import annotations

import _thread
import argparse
import os
import signal
import sys
import threading

from certhelper import texts
from certhelper.cli import output
from certhelper.selftest import course
from certhelper.selftest.outcome import Outcome, Status, Step

_MARKS = {Status.OK: "○", Status.FAILED: "×", Status.NOT_TRIED: "－"}
_INDENT = "    "


def run(arguments: argparse.Namespace) -> int:
    """Run it and return the exit status."""
    # A request to end is an orderly end, too: what was made is removed first.
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    if arguments.end_with_stdin:
        threading.Thread(target=_end_with_stdin, name="end with stdin", daemon=True).start()
    try:
        return course.run(_tell_json if arguments.json else _tell_person)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with_stdin() -> None:
    """Have this process end as at Ctrl-C, once the other end of stdin is closed.

    A window has no other way to ask for it on Windows: a program without a console gets no Ctrl-C.
    Runs in a thread of its own, and reads past Python's buffer, whose lock would be in the way of
    the interpreter's end.
    """
    while os.read(0, 4096):
        pass
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        os.kill(os.getpid(), signal.SIGTERM)  # which ends a wait, too


def _tell_json(outcome: Outcome) -> None:
    output.document(outcome.document())
    output.finish()


def _tell_person(outcome: Outcome) -> None:
    said = outcome.said()
    name = texts.text(f"selftest.steps.{outcome.step}")
    code = f" [{outcome.code}]" if outcome.status is not Status.OK else ""
    lines = [f"{_MARKS[outcome.status]} {name}: {said.message}{code}"]
    lines += [_INDENT + more for more in (said.cause, said.remedy) if more]
    if outcome.step is Step.SUMMARY:
        lines.insert(0, "")
    output.lines(lines)
    output.finish()
