"""Checks of a diagnosis that do what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from certhelper.diagnosis import order
from certhelper.diagnosis.findings import Finding, Status, entries
from certhelper.diagnosis.order import Check
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts

Work = Callable[[Scene], Sequence[Finding]]


def finding(check: str, status: Status) -> Finding:
    """Any finding of a check with this status, its facts filled with something."""
    every = [one for one in entries().values() if one.status is status]
    entry = next((one for one in every if one.check == check), every[0])

    class Named(dict[str, str]):
        def __missing__(self, name: str) -> str:
            self[name] = f"({name})"
            return self[name]

    named = Named()
    for words in (entry.user, entry.helpdesk, entry.remedy, entry.causes, entry.bank):
        for sentence in words.values():
            sentence.format_map(named)
    return Finding(entry.code, facts(**named))


class PlayedChecks:
    """All is well, unless ``works`` says what a check does; ``begun`` are those that were asked."""

    def __init__(self) -> None:
        self.works: dict[str, Work] = {}
        self.begun: list[str] = []
        self.scenes: list[Scene] = []
        self._releases: list[threading.Event] = []

    def run(self, check: Check, scene: Scene) -> Sequence[Finding]:
        """Stand in for :meth:`Check.run`."""
        self.begun.append(check.name)
        self.scenes.append(scene)
        work = self.works.get(check.name)
        return work(scene) if work else [finding(check.name, Status.OK)]

    def hold(self, *names: str) -> threading.Event:
        """Let these hang, whatever they are told, until the event is set."""
        release = threading.Event()
        self._releases.append(release)
        for name in names:
            self.works[name] = lambda _, one=name: self._held(release, one)  # type: ignore[misc]
        return release

    def find(self, check: str, status: Status) -> Finding:
        """Let a check find something of this status."""
        found = finding(check, status)
        self.works[check] = lambda _: [found]
        return found

    def release_all(self) -> None:
        for one in self._releases:
            one.set()

    def _held(self, release: threading.Event, name: str) -> Sequence[Finding]:
        release.wait(60)
        return [finding(name, Status.OK)]


ALL = [one.name for one in order.CHECKS]
