"""What the window says of the program itself: that its engine is old, that a new version is there.

Neither stops anybody.  Whoever asked to be left alone is: the network is used only where an
administrator gave an address, in a thread, and what goes wrong there is told in
「このプログラムについて」 alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal

from certhelper import __version__, engine_age, failures, moment, update_check
from certhelper.desktop.frame import Frame
from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice
from certhelper.qt import background
from certhelper.settings import Settings, UpdateCheck
from certhelper.texts import joined, text


def fetch(url: str, choice: ProxyChoice) -> bytes:
    """Ask the address by a proxy; the library for it is loaded only now, in this thread."""
    from certhelper import update_transport

    return update_transport.fetch(url, choice)


class News(QObject):
    """``checked`` carries what a question has brought; ``page_wanted`` an address to open."""

    checked = Signal(object)
    page_wanted = Signal(str)

    def __init__(
        self,
        frame: Frame,
        decided: MachineSettings,
        settings: Settings,
        clock: Callable[[], datetime],
        fetch: update_check.Fetch,
    ) -> None:
        super().__init__(frame)
        self._frame = frame
        self._url = decided.update_check_url
        self._old_after = decided.engine_age_days or settings.engine_age_days
        self._last = settings.update_check
        self._clock = clock
        self._fetch = fetch
        self._told: update_check.News | None = None

    def begin(self) -> None:
        """Tell what is known, and ask for a new version where that is due."""
        self._tell_of_version()
        now = self._clock()
        if self._told is None and engine_age.engine().is_old(now, self._old_after):
            self._frame.add_notice(text("desktop.news.old-engine", **self._age(now)), quiet=True)
        if self._url and update_check.is_due(self._last, self._url, now):
            background.prepare()
            background.start("ask for a new version", lambda: self._ask(now))

    def facts(self) -> tuple[tuple[str, str], ...]:
        """For 「このプログラムについて」: the engine, and how the last question went."""
        engine = engine_age.engine()
        shown = text(
            "desktop.news.engine",
            qt=engine.qt,
            chromium=engine.chromium,
            patched=engine.chromium_security_patch,
            **self._age(self._clock()),
        )
        return (
            (text("desktop.news.engine-name"), shown),
            (text("desktop.news.check-name"), self._check()),
        )

    def _age(self, now: datetime) -> dict[str, object]:
        engine = engine_age.engine()
        return {"built": engine.built.isoformat(), "days": engine.age_days(now)}

    def _check(self) -> str:
        if not self._url:
            return text("desktop.news.no-address")
        last = self._last
        if last is None or last.url != self._url:
            return text("desktop.news.not-yet", host=urlsplit(self._url).netloc)
        if last.problem:
            said = failures.told(update_check.not_checked(last.problem)).sentence()
        elif self._told is not None:
            said = text("desktop.news.there-is", version=self._told.version)
        else:
            said = text("desktop.news.none")
        return text(
            "desktop.news.asked", host=urlsplit(self._url).netloc, at=_when(last.at), said=said
        )

    def _ask(self, now: datetime) -> None:
        """Runs in a thread of its own."""
        outcome = update_check.check(self._url, self._last, now, self._fetch)
        background.deliver(self, lambda: self._arrived(outcome))

    def _arrived(self, outcome: UpdateCheck) -> None:
        self._last = outcome
        self.checked.emit(outcome)
        self._tell_of_version()

    def _tell_of_version(self) -> None:
        found = update_check.news(self._last, self._url, __version__)
        if found is None or found == self._told:
            return
        self._told = found
        words = text("desktop.news.new-version", version=found.version, current=__version__)
        self._frame.add_notice(
            joined(words, found.message),
            text("desktop.news.open-page"),
            (lambda: self.page_wanted.emit(found.page)) if found.page else None,
            quiet=True,
        )


def _when(at: str) -> str:
    try:
        return moment.in_japan(datetime.fromisoformat(at).astimezone(UTC))
    except (ValueError, OverflowError, OSError):  # OSError: Windows, for a year without a rule
        return "?"
