"""One rehearsal of a log-on for the diagnosis: up to the PIN page, in a process that can be ended.

It takes the way of ``certhelper rehearse``: a session in a private home, or for a certificate of
Windows' own store Windows' TLS.  The latter is called in this program's own child, because a
provider of keys may hang, or show a dialog, in the process that uses it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from certhelper import starting
from certhelper.diagnosis import bank_clock
from certhelper.diagnosis.network import looks, ways
from certhelper.diagnosis.network.looks import Handshake
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.scene import Scene
from certhelper.logon import choice, facts, proxy, session, unlocking
from certhelper.logon.home import private_home, sweep
from certhelper.logon.lines import facts_of
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.standing import Judged

TIME_LIMIT_S = 50.0
"""A step that is not answered ends after 30 s by itself, and is told as what it is."""

SILENCE_S = 12.0
"""Without a new stage, where a look of our own at the bank's servers met silence, too: then there
is nothing left to wait for, and the person is on the telephone."""

_SOON_S = 3.0
_LOOKS_S = 13.0
_LOOK_AGAIN_S = 0.1
_GRACE_S = 4.0

Wanted = Callable[[], bool]


class Rehearsed(NamedTuple):
    """What came of it.

    ``stages`` are those that were reached; ``failure`` is the failing one (``failed`` in the
    contract of ``rehearse --json``), None where the PIN page came or ``is_ended`` says that it was
    ended before its time, by the limit or because nobody waited for it any more.
    """

    stages: tuple[StageReport, ...]
    failure: StageReport | None = None
    is_ended: bool = False


class _Silence:
    """Whether the bank does not answer: neither the rehearsal nor a look of our own."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._is_met = False
        self._last_stage = time.monotonic()
        self._was_long = False
        self.is_over = threading.Event()

    def look(self) -> None:
        """Look at the servers as the check of the network does, once for both; blocks.

        Not where the rehearsal is over soon.
        """
        if self.is_over.wait(_SOON_S):
            return
        seen = bank_clock.within(_LOOKS_S, lambda: looks.in_force(self._scene), self._scene)
        self._is_met = any(
            one.reach is Reach.NO_ANSWER or one.handshake is Handshake.SILENT for one in seen or ()
        )

    def end(self) -> None:
        """Begin anew, for the rehearsal has come a stage further."""
        self._last_stage = time.monotonic()

    @property
    def is_long(self) -> bool:
        """Whether it lasts, or was so long before that the rehearsal is being ended."""
        is_long = self._is_met and time.monotonic() - self._last_stage > SILENCE_S
        self._was_long = self._was_long or is_long
        return self._was_long


def rehearse(scene: Scene, chosen: Judged) -> Rehearsed:
    """Rehearse with this certificate, for which no secret may be needed; blocks.

    On leaving, the session has ended and its home is gone, though the process may be ending
    meanwhile.  Raises :class:`~certhelper.failures.FailedError` for what comes before the session,
    and ``OSError`` where it cannot be started.
    """
    deadline = time.monotonic() + TIME_LIMIT_S
    silence = _Silence(scene)
    threading.Thread(target=silence.look, name="rehearsal's look", daemon=True).start()

    def is_wanted() -> bool:
        is_left_alone = not threading.main_thread().is_alive()
        is_over = time.monotonic() > deadline or silence.is_long
        return not (scene.stop.is_set() or is_left_alone or is_over)

    # Its threads are waited for when the program ends, the course's are not: no home may be left.
    with ThreadPoolExecutor(1, "rehearsal") as pool:
        try:
            return pool.submit(_rehearse, scene, chosen, is_wanted, silence).result()
        finally:
            silence.is_over.set()


def _rehearse(scene: Scene, chosen: Judged, is_wanted: Wanted, silence: _Silence) -> Rehearsed:
    reports: list[StageReport] = []

    def tell(report: StageReport) -> None:
        reports.append(report._replace(detail=facts_of(report.detail)))
        silence.end()

    run = _in_child if chosen.installed.store.partition(":")[0] == "windows" else _in_session
    run(scene, chosen, tell, is_wanted)
    failure = next((one for one in reports if one.stage is Stage.FAILED), None)
    stages = tuple(one for one in reports if one is not failure)
    if any(one.stage is Stage.PIN_PAGE and one.code is None for one in stages):
        return Rehearsed(stages)
    if silence.is_long and not scene.stop.is_set():
        return Rehearsed(stages, StageReport(Stage.FAILED, "no-answer"))
    if not is_wanted():
        return Rehearsed(stages, is_ended=True)
    return Rehearsed(stages, failure or StageReport(Stage.FAILED, "session-crashed"))


def _in_session(
    scene: Scene, chosen: Judged, tell: Callable[[StageReport], None], is_wanted: Wanted
) -> None:
    outside = dict(scene.environment)
    session.check_environment(outside, Until.PIN)
    installed = chosen.installed
    with private_home(outside.get("XDG_RUNTIME_DIR")) as home:
        issuers = choice.issuer_names(chosen, scene.found())
        issuers += prepare(home, installed.store, None, installed.certificate.sha256)
        request = SessionRequest(
            bank=scene.bank.source.resolve(),
            bank_sha256=scene.bank.sha256,
            certificate=installed.certificate.sha256,
            issuers=issuers,
            holder="",
            certificate_facts=(),
            until=Until.PIN,
            pin_stdin=False,
            downloads=home,
            proxy=_way(scene, home),
            unlocking=unlocking.order(installed, outside),
        )
        session.follow(request, home, outside, tell, is_wanted=is_wanted)


def _way(scene: Scene, home: Path) -> proxy.Route:
    """The demo bank needs no network, nor its settings."""
    place = facts.origin(scene.bank.site.start_url)
    if place is not None and proxy.is_here(place[1]):
        return proxy.Route(proxy.Way.DIRECT)
    return proxy.route(scene.proxy, home, scene.environment, partial(ways.script, scene))


def _in_child(
    scene: Scene, chosen: Judged, tell: Callable[[StageReport], None], is_wanted: Wanted
) -> None:
    """By ``certhelper rehearse``; the profile was trusted before: its file and hash are named."""
    with subprocess.Popen(
        command(scene, chosen),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the same failure in words; the stages carry its code
        env=dict(scene.environment) | {"PYTHONUTF8": "1"},
        creationflags=_no_window(),
    ) as child:
        threading.Thread(target=_end_unwanted, args=(child, is_wanted), daemon=True).start()
        assert child.stdout is not None
        for line in child.stdout:
            report = StageReport.parse(line.decode("utf-8", "replace"))
            if report is not None:
                tell(report)
    if child.returncode < 0 or sys.platform == "win32":
        sweep()  # one that is ended by force has no chance to remove its private home itself


def command(scene: Scene, chosen: Judged) -> list[str]:
    """Return the words that rehearse with one certificate of one store."""
    installed = chosen.installed
    which = ["--store", installed.store, "--certificate", installed.certificate.sha256]
    source, sha256 = str(scene.bank.source.resolve()), scene.bank.sha256
    bank = ["--bank", source, "--trust-profile", sha256]
    return [*starting.program(), "rehearse", *which, *bank, "--json"]


def _no_window() -> int:
    """Windows would show a console for a moment."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return 0


def _end_unwanted(child: subprocess.Popen[bytes], is_wanted: Wanted) -> None:
    while child.poll() is None:
        if not is_wanted():
            child.terminate()
            try:
                child.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
            return
        time.sleep(_LOOK_AGAIN_S)
