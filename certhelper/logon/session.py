"""Starting one session process, following it, and leaving nothing behind.

This is the parent's side: it makes the private home, starts the worker with a built environment,
hands its stages on and removes the home.  The PIN does not pass through it: the worker reads the
standard input that it inherits.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread

from certhelper import starting
from certhelper.failures import ExitStatus, WrongUseError, find
from certhelper.logon import environment, secret_pipe
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.wishes import Wish
from certhelper.safe_text import safe
from certhelper.secret import Secret

_log = logging.getLogger(__name__)

_GRACE_S = 4.0
_LOOK_AGAIN_S = 0.1
_LONGEST_LINE = 1 << 20
"""Characters.  What is longer is read in parts, none of which is a stage or a wish."""
_REACHED = {
    Until.PIN: {Stage.PIN_PAGE},
    Until.OTHER: {Stage.OTHER_AUTHENTICATION, Stage.TOP_PAGE},
    Until.TOP: {Stage.TOP_PAGE},
}
_WORKER = "certhelper.logon.browser.worker"


def check_environment(outside: dict[str, str], until: Until | None) -> None:
    """Raise :class:`WrongUseError` for what would make the engine abort or hide the window."""
    if environment.runs_as_root() and not environment.sandbox_is_off(outside):
        raise WrongUseError("root-refused")
    if until is None and not (
        environment.has_display(outside) and environment.display_answers(outside)
    ):
        raise WrongUseError("display-needed")


def follow(
    request: SessionRequest,
    home: Path,
    outside: dict[str, str],
    on_report: Callable[[StageReport], None],
    on_wish: Callable[[Wish], None] | None = None,
    secret: Secret | None = None,
    is_wanted: Callable[[], bool] | None = None,
) -> int:
    """Run the session to its end and return the exit status of the command.

    ``on_report`` gets every stage as it happens, ``on_wish`` what the session asks for.
    ``secret`` opens what ``request.unlocking`` names; it is wiped when it has been handed over.
    ``is_wanted`` is asked again and again; the session is ended once it says no.  A worker that
    dies without a word is reported as ``session-crashed``, or as ``token-module-crashed`` while it
    opened a token.  Raises ``OSError`` when the worker cannot be started.
    """
    last: StageReport | None = None
    reached = False
    with (
        _started(request, home, outside, secret) as worker,
        _with_its_children(worker),
    ):
        assert worker.stdout is not None
        if is_wanted is not None:
            Thread(target=_end_unwanted, args=(worker, is_wanted), daemon=True).start()
        try:
            while line := worker.stdout.readline(_LONGEST_LINE):
                report = StageReport.parse(line)
                if report is None:
                    wish = Wish.parse(line)
                    if wish is not None and on_wish is not None:
                        on_wish(wish)
                    continue
                on_report(report)
                last = report
                reached = reached or _is_goal(report, request.until)
        except BaseException:  # Ctrl-C, SIGTERM: the session ends with its parent
            _end(worker)
            raise
    return ExitStatus.DONE if reached else _unreached(request, worker.returncode, last, on_report)


def _unreached(
    request: SessionRequest,
    status: int,
    last: StageReport | None,
    on_report: Callable[[StageReport], None],
) -> int:
    """Return the exit status of a session that ended with ``status`` and this stage."""
    if last is None and _loads_module(request) and status < 0:
        on_report(_crashed_module(request))
        return ExitStatus.ACT
    # With nobody at it, a session has nothing left to do once it has failed: if the engine dies
    # while it is taken down, that is not what became of the log-on.
    is_over = request.until is not None and last is not None and last.stage is Stage.FAILED
    if last is None or (status != 0 and not is_over):
        on_report(StageReport(Stage.FAILED, "session-crashed", {"status": str(status)}))
        return ExitStatus.OWN_FAULT
    if status != 0:
        _log.info("the session ended with the status %d after it had failed", status)
    return find(last.code).exit_status if last.code else ExitStatus.ACT


def _started(
    request: SessionRequest, home: Path, outside: dict[str, str], secret: Secret | None
) -> subprocess.Popen[str]:
    with secret_pipe.holding(secret) as descriptors, secret or nullcontext():
        return subprocess.Popen(
            [
                *starting.part(_WORKER),
                *(str(request.write(home)), str(os.getpid())),
                *map(str, descriptors),
            ],
            env=environment.built(outside, home),
            stdin=None if request.pin_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            text=True,
            encoding="utf-8",
            errors="replace",  # a worker that was taken over must not end its parent
            pass_fds=descriptors,
        )


def _loads_module(request: SessionRequest) -> bool:
    return request.unlocking is not None and request.unlocking.module is not None


def _crashed_module(request: SessionRequest) -> StageReport:
    assert request.unlocking is not None
    facts = {"module": safe(str(request.unlocking.module)), "token": request.unlocking.where}
    return StageReport(Stage.FAILED, "token-module-crashed", facts)


@contextmanager
def _with_its_children(worker: subprocess.Popen[str]) -> Iterator[None]:
    """Let no process of the engine outlive its worker, or us.

    On Windows a job object does that (elsewhere the engine's processes and the worker see to it).
    The worker starts nothing before it has read its modules, so it is in the job by then.
    """
    if sys.platform == "win32":
        from certhelper.windows.jobs import Job

        with Job() as job:
            job.hold(worker)
            try:
                yield
            finally:
                worker.wait()
                job.end(_GRACE_S)
    else:
        yield


def _end(worker: subprocess.Popen[str]) -> None:
    """Ask the worker to end, and make it when it does not listen."""
    worker.terminate()
    try:
        worker.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        worker.kill()


def _end_unwanted(worker: subprocess.Popen[str], is_wanted: Callable[[], bool]) -> None:
    while worker.poll() is None:
        if not is_wanted():
            _end(worker)
            return
        time.sleep(_LOOK_AGAIN_S)


def _is_goal(report: StageReport, until: Until | None) -> bool:
    if report.code is not None:
        return False  # a page that nobody knows is no goal
    if until is None:
        return report.stage in (Stage.TOP_PAGE, Stage.OTHER_AUTHENTICATION)
    return report.stage in _REACHED[until]
