"""``certhelper diagnose``: finds out why a log-on fails, and says it in one sentence first.

It needs no display, no terminal and no home folder: remote management tools run it as they like.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from certhelper import crash_dumps, moment, texts
from certhelper.cli import common, output, waiting
from certhelper.diagnosis import beginning, log, report, report_json, saving, telling
from certhelper.diagnosis.course import CANCELLED, TOO_SLOW, Course
from certhelper.diagnosis.findings import Outcome, Status
from certhelper.diagnosis.order import CHECKS
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.told import ToldReport
from certhelper.failures import ExitStatus, FailedError, WrongUseError
from certhelper.proxy_choice import ProxyChoice
from certhelper.safe_text import safe
from certhelper.store_names import place_names

_log = logging.getLogger(__name__)

_INTERRUPTED = 128 + 2  # what shells use for a command that Ctrl-C (SIGINT) ended
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # Windows has the last, the others SIGHUP
_HEARTBEAT_S = 0.1
"""On Windows a wait is not broken off by Ctrl-C: its handler runs between two short ones."""

_PRESENT = "present"

_BEGINNING = 2048  # octets of a file
_OF_A_REPORT = b'content="certhelper'

_SIGNS = {
    Status.FAULT: "×",
    Status.ATTENTION: "△",
    Status.NOT_CHECKED: "?",
    Status.OK: "○",
    Status.NOT_APPLICABLE: "－",
}


def run(arguments: argparse.Namespace) -> int:
    """Diagnose, or look a code up; the status is 1 only where something stops the log-on."""
    if arguments.list_checks or arguments.decode is not None:
        from certhelper.cli import check_codes

        if arguments.list_checks:
            check_codes.tell_checks(as_json=arguments.json)
        else:
            check_codes.tell_code(arguments.decode, as_json=arguments.json)
        return ExitStatus.DONE
    return _diagnose(arguments)


def _have_a_home() -> None:
    """Let an account without a home folder have one that is not there (Debian Policy 9.2.2).

    A remote management tool may run this as an account that the system knows no home of.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["USERPROFILE" if sys.platform == "win32" else "HOME"] = "/nonexistent"


def _diagnose(arguments: argparse.Namespace) -> int:
    _have_a_home()
    if arguments.html is not None:
        _may_replace(Path(arguments.html))
    crash_dumps.forbid()  # before a secret or a private key passes through this process
    given = arguments.certificate
    chosen = "" if given is None else common.prefix_of(given)
    with common.secret_of(arguments) as secret:
        bank, is_trusted = common.bank_to_diagnose(arguments)
        stores = common.stores_of(arguments, secret)
        scene = beginning.scene_of(
            bank,
            lambda: stores,
            moment.now(),
            _proxy(),
            chosen,
            offline=arguments.offline,
            is_trusted=is_trusted,
        )
        form = Format.TEXT if arguments.html is None else Format.HTML
        outcomes, chosen, was_cancelled = _carried_out(scene, form)
        scene = replace(scene, chosen=chosen)
        made = report.make(
            scene, outcomes, log.lines(log.MOST_OF_A_REPORT) if arguments.with_log else ()
        )
    _print(made, arguments)
    if any(one.status is Status.FAULT for one in outcomes):
        return ExitStatus.ACT
    return _INTERRUPTED if was_cancelled else ExitStatus.DONE


def _whole(scene: Scene) -> str:
    """Return the SHA-256 that was chosen, or as much as was given where a place is unread.

    That the place is unread is then what the checks find.  Blocks until the stores are read; raises
    what that raises, and :class:`WrongUseError` as :func:`common.whole_fingerprint`.
    """
    try:
        return common.whole_fingerprint(scene.chosen, scene.found())
    except WrongUseError:
        raise
    except FailedError:
        return scene.chosen


def _proxy() -> ProxyChoice:
    from certhelper import machine_settings, settings
    from certhelper.settings_in_force import in_force

    kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
    return in_force(kept, machine_settings.read()).proxy.value


class _Carrying:
    """A course in a thread of its own, so that this one can be interrupted."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._answers: SimpleQueue[Outcome | None] = SimpleQueue()
        self._outcomes: tuple[Outcome, ...] = ()
        self._chosen = scene.chosen
        self._choosing = Thread(target=self._choose, name="chosen certificate", daemon=True)
        self._fault: BaseException | None = None
        self.course = Course(scene, self._answers.put)

    def follow(self) -> Iterator[Outcome | None]:
        """Yield each outcome as it comes, None now and then; raises what the course raised.

        Raises :class:`WrongUseError` as :func:`_whole` once it is known that nobody can tell which
        certificate was chosen.
        """
        Thread(target=self._run, name="diagnosis", daemon=True).start()
        self._choosing.start()
        is_over = False
        while not is_over and self._fault is None:
            try:
                answer = self._answers.get(timeout=_HEARTBEAT_S)
            except Empty:
                yield None
                continue
            is_over = answer is None
            if answer is not None and self._fault is None:
                yield answer
        if any(one.check == _PRESENT and not _is_given_up(one) for one in self._outcomes):
            self._choosing.join()  # the stores have been read
        if self._fault is not None:
            self.course.cancel()
            raise self._fault

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of every check, in their order, once all were followed."""
        return self._outcomes

    @property
    def chosen(self) -> str:
        """The SHA-256 that was chosen, as far as it is known."""
        return self._chosen

    def _choose(self) -> None:
        try:
            self._chosen = _whole(self._scene) if self._chosen else ""
        except WrongUseError as fault:
            self._fault = fault
        except BaseException:  # noqa: BLE001  # every check met it, too, and tells of it
            _log.info("the stores could not be read", exc_info=True)

    def _run(self) -> None:
        try:
            self._outcomes = self.course.run()
        except BaseException as fault:  # noqa: BLE001  # who follows gets it
            self._fault = fault
        finally:
            self._answers.put(None)


def _is_given_up(outcome: Outcome) -> bool:
    return outcome.findings[0].code in (CANCELLED, TOO_SLOW)


def _carried_out(scene: Scene, form: Format) -> tuple[tuple[Outcome, ...], str, bool]:
    """Return what became of the checks, the chosen SHA-256, and whether somebody ended it early."""
    carrying = _Carrying(scene)
    progress = _Progress(scene.unanswered)
    came: list[Outcome] = []
    with _cancelled_by_signals(carrying.course) as cancelled:
        for outcome in carrying.follow():
            if outcome is not None:
                progress.tell(outcome)
                came.append(outcome)
                if len(came) == len(CHECKS) - 1:
                    prepared = partial(_prepare, scene, tuple(came), form)
                    Thread(target=prepared, name="report", daemon=True).start()
            else:
                progress.wait()
    return carrying.outcomes, carrying.chosen, bool(cancelled)


def _prepare(scene: Scene, outcomes: tuple[Outcome, ...], form: Format) -> None:
    """Put into words what has come, while the slowest check is at work: the end is quick then."""
    try:
        saving.content(report.make(scene, outcomes), form, redacted=True)
    except Exception:  # noqa: BLE001  # it is met again when the report is made
        _log.info("the report could not be prepared", exc_info=True)


@contextmanager
def _cancelled_by_signals(course: Course) -> Iterator[list[int]]:
    """The first Ctrl-C, or request to end, ends the checks; a second one ends the program."""
    received: list[int] = []

    def cancel(number: int, _: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        course.cancel()

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, cancel) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Progress:
    """What has come so far, for a person at the terminal alone."""

    def __init__(self, unanswered: Callable[[], Sequence[str]]) -> None:
        self._is_wanted = sys.stderr is not None and sys.stderr.isatty()
        self._told = 0
        self._unanswered = unanswered
        self._began = time.monotonic()
        self._is_waiting_told = False

    def wait(self) -> None:
        """Say once which stores take long."""
        if self._is_waiting_told or time.monotonic() - self._began < waiting.PATIENCE_S:
            return
        self._is_waiting_told = True
        stores = self._unanswered()
        if stores and self._is_wanted:
            output.say(texts.text("cli.diagnose.waiting", places=place_names(stores)))

    def tell(self, outcome: Outcome) -> None:
        self._told += 1
        if not self._is_wanted:
            return
        told = telling.tell_check(outcome)
        is_quiet = outcome.status in (Status.OK, Status.NOT_APPLICABLE)
        words = told.status_word if is_quiet else told.findings[0].user
        sign, done = _SIGNS[outcome.status], f"[{self._told:>2}/{len(CHECKS)}]"
        output.say(f"{done} {sign} {told.title}: {words}")


def _print(made: Report, arguments: argparse.Namespace) -> None:
    redacted = not arguments.unredacted
    if arguments.json:
        output.document(report_json.document(telling.tell(made, redacted=redacted)))
    elif arguments.html is not None:
        path = Path(arguments.html)
        page = saving.content(made, Format.HTML, redacted=redacted)
        saving.write(path, page, replaces=_may_replace(path))
        output.lines(_summary(telling.tell(made, redacted=redacted), arguments.html))
    else:
        output.lines([saving.content(made, Format.TEXT, redacted=redacted).rstrip("\n")])
    output.finish()


def _may_replace(path: Path) -> bool:
    """Whether an earlier report is there, which a script writes anew, or an empty file.

    Raises ``report-is-folder``, ``report-exists`` where it is anything else, and
    ``report-not-written`` where no file can be made: before anything is waited for.
    """
    if path.is_dir():
        raise WrongUseError("report-is-folder", file=safe(str(path)))
    if not path.parent.is_dir():
        detail = os.strerror(errno.ENOENT)
        raise WrongUseError("report-not-written", file=safe(str(path)), detail=detail)
    if not os.access(path.parent, os.W_OK):
        detail = os.strerror(errno.EACCES)
        raise WrongUseError("report-not-written", file=safe(str(path)), detail=detail)
    if not path.exists():
        return False
    try:  # what is no file, such as a pipe, would wait for ever for somebody to write
        beginning = _beginning_of(path) if path.is_file() else b"?"
    except OSError:
        beginning = b"?"
    if beginning and _OF_A_REPORT not in beginning:
        raise WrongUseError("report-exists", file=safe(str(path)))
    return True


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_BEGINNING)


def _summary(told: ToldReport, file: str) -> list[str]:
    """What matters most, for whoever sees only this: the report itself is in the file."""
    verdict = told.verdict
    return [
        verdict.headline,
        verdict.next_step,
        texts.text("cli.diagnose.code", code=told.check_code),
        texts.text("cli.diagnose.saved", file=safe(file)),
    ]
