"""The processes of the browser engine, looked at from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class EngineProcess:
    """A process of the browser engine, as the kernel sees it."""

    arguments: set[str]
    uid: int
    namespaces: int  # how many process namespaces it is nested in, the machine's own included
    filters_system_calls: bool
    variables: set[str]  # names of those it was started with; empty where we may not see them
    pid: int
    parent: int

    @classmethod
    def read(cls, process: Path) -> EngineProcess | None:
        """Return what ``/proc/PID`` tells, or None when it is another program or has ended."""
        try:
            command = (process / "cmdline").read_text(encoding="utf-8").split("\0")
            lines = (process / "status").read_text(encoding="utf-8").splitlines()
        except OSError:
            return None
        if not command[0].endswith("QtWebEngineProcess"):
            return None
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            set(command),
            int(status["Uid"].split()[0]),
            len(status["NSpid"].split()),
            status["Seccomp"].strip() == "2",  # SECCOMP_MODE_FILTER (linux/seccomp.h)
            _names(process / "environ"),
            int(process.name),
            int(status["PPid"]),
        )

    @classmethod
    def below(cls, ancestor: int) -> list[EngineProcess]:
        """Return those that ``ancestor`` started, directly or not."""
        found = (cls.read(process) for process in _descendants(ancestor))
        return [each for each in found if each is not None]

    @classmethod
    def drawing_below(cls, ancestor: int) -> list[EngineProcess]:
        """Return those of them that draw pages: what the engine's zygotes have made.

        They keep their zygote's arguments (``content/zygote/zygote_linux.cc``).
        """
        found = cls.below(ancestor)
        engine, parents = {each.pid for each in found}, {each.parent for each in found}
        return [each for each in found if each.parent in engine and each.pid not in parents]

    @property
    def sandboxed(self) -> bool:
        return self.namespaces > 1 and self.filters_system_calls


def below(ancestor: int) -> Iterator[tuple[int, str]]:
    """Yield number and command line of every process that ``ancestor`` started, directly or not."""
    for process in _descendants(ancestor):
        try:
            line = (process / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
        except OSError:  # it has ended meanwhile
            continue
        yield int(process.name), line


def _names(file: Path) -> set[str]:
    try:
        return {entry.partition("=")[0] for entry in file.read_text("utf-8").split("\0") if entry}
    except OSError:
        return set()


def _descendants(ancestor: int) -> Iterator[Path]:
    """Yield ``/proc/PID`` of every process that ``ancestor`` started, directly or not."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2]
        except OSError:  # it has ended meanwhile
            continue
        parents[int(process.name)] = int(after_name.split()[1])
    for pid in parents:
        above: int | None = pid
        while above is not None and above != ancestor:
            above = parents.get(above)
        if above == ancestor:
            yield Path("/proc") / str(pid)
