"""What the checks look at: one bank, one PC, one moment; and what they find out only once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, cast

from certhelper.bank import Bank
from certhelper.listing import Listing
from certhelper.proxy_choice import ProxyChoice

Result = TypeVar("Result")

BY_SYSTEM = ProxyChoice()


class Once(Generic[Result]):
    """What is found out by whoever needs it first; the others wait for the same answer.

    A work that raised raises the same for everybody.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work: Callable[[], Result] | None = work
        self._lock = threading.Lock()
        self._result: Result | None = None
        self._error: BaseException | None = None

    def __call__(self) -> Result:
        with self._lock:
            if self._work is not None:
                work, self._work = self._work, None
                try:
                    self._result = work()
                except BaseException as error:  # noqa: BLE001  # whoever asks gets it, below
                    self._error = error
        if self._error is not None:
            raise self._error
        return cast(Result, self._result)


class Occasion(NamedTuple):
    """The failure that a diagnosis was asked for after: its code on the public list, its facts."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scene:
    """One diagnosis.

    ``found`` reads the stores, once, the same for everybody; ``unanswered`` are those that are
    waited for meanwhile, as ``--store`` takes them.  ``at`` is this PC's clock, aware, in UTC.
    ``chosen`` is the SHA-256 of the certificate that it is about, or the beginning of it, empty:
    those of every 利用者.  ``proxy`` is the choice in force.  ``offline`` says that nobody outside
    may be asked; ``is_trusted`` False, that the person has not agreed to the bank's profile: none
    of the servers that it names may be contacted, let alone be sent a certificate.  ``environment``
    is that of the person's desktop, ``root`` where the system's files are.  ``occasion`` None:
    nothing had failed before.  ``stop`` is set when nobody waits for the answers any more: work of
    several steps ends at the next one.
    """

    bank: Bank
    at: datetime
    found: Callable[[], Listing]
    chosen: str = ""
    proxy: ProxyChoice = BY_SYSTEM
    offline: bool = False
    is_trusted: bool = True
    occasion: Occasion | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    root: Path = Path("/")
    unanswered: Callable[[], Sequence[str]] = tuple
    stop: threading.Event = field(default_factory=threading.Event)
    _shared: dict[str, Once[Any]] = field(default_factory=dict)
    _sharing: threading.Lock = field(default_factory=threading.Lock)

    def once(self, name: str, work: Callable[[], Result]) -> Result:
        """Return what ``work`` finds out; of all who ask by this name the first does it.

        Raises what ``work`` raised.
        """
        with self._sharing:
            shared = self._shared.setdefault(name, Once(work))
        return cast(Result, shared())
