"""A window on made-up stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from support import listings
from support.diagnoses import PlayedChecks
from support.window import MadeUpPlaces, OpenWindow, Played, PlayedMeans, PlayedProcess

from certhelper.bank import Bank
from certhelper.banks import Found, Origin
from certhelper.browsers import policies
from certhelper.browsers.check import Check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer, Offer
from certhelper.browsers.policies import PolicyFinding, Verdict
from certhelper.certificate import Certificate
from certhelper.desktop.check_means import CheckMeans
from certhelper.desktop.key_opening import KeyOpening
from certhelper.desktop.logons import ChosenRow
from certhelper.desktop.own_browser import Means
from certhelper.desktop.places import Places
from certhelper.desktop.program import Program
from certhelper.desktop.window import MainWindow
from certhelper.diagnosis import order
from certhelper.failures import FailedError
from certhelper.look.theme import Theme
from certhelper.machine_settings import MachineSettings
from certhelper.pad.screen_capture import ScreenCapture
from certhelper.settings import SettingsFile
from certhelper.standing import Judged
from certhelper.stores.base import Store
from certhelper.update_check import Fetch

NOWHERE_HIDDEN = ScreenCapture(None)
NOTHING_DECIDED = MachineSettings()


PRESENT = (Browser.EDGE, Browser.FIREFOX)


def played_check(
    browser: str, bank: Bank, chosen: Certificate, known: Sequence[Judged], at: datetime
) -> Check:
    """What every browser says here: it offers what is in the list."""
    which = Browser(browser) if browser else Browser.EDGE
    offer = Offer(Answer.YES, "offered", (("browser", policies.name_of(which)),))
    servers = policies.servers_of(bank)
    found = tuple(PolicyFinding(which, one, Verdict.NONE, chosen) for one in servers)
    return Check(which, None, offer, found)


def asked_nobody(url: str) -> bytes:
    raise AssertionError(f"{url} was asked")


@pytest.fixture(autouse=True, scope="module")
def _garbage_stays_here(garbage_is_collected_here: None) -> None:
    """Threads work here, and objects of Qt are made."""


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path) -> Iterator[OpenWindow]:
    """Open the program's window on these stores; by default wait until they are read."""
    opened: list[Played] = []

    def open_it(
        *stores: Store,
        bank: Bank | None = None,
        origin: Origin = Origin.SHIPPED,
        wait: bool = True,
        capture: ScreenCapture = NOWHERE_HIDDEN,
        decided: MachineSettings = NOTHING_DECIDED,
        fetch_news: Fetch = asked_nobody,
        means: PlayedMeans | None = None,
        real_means: CheckMeans | None = None,
        now: Callable[[], datetime] | None = None,
        places: Places | None = None,
    ) -> Played:
        processes: list[PlayedProcess] = []

        def make_process(row: ChosenRow, bank: Bank, opening: KeyOpening | None) -> PlayedProcess:
            processes.append(PlayedProcess(window, opening))
            return processes[-1]

        def open_address(address: str, browser: str) -> None:
            played.opened.append(address)
            if not played.browser_works:
                raise FailedError("browser-not-opened", address=address)

        def clock() -> datetime:
            return played.clock() if now is None else now()

        played_means = means or PlayedMeans()
        window = MainWindow()
        found = Found(bank or listings.bank(), origin)
        program = Program(
            window,
            SettingsFile(tmp_path / "settings.json"),
            lambda: found,
            places or MadeUpPlaces(stores),
            make_process=make_process,
            own_browser=Means(open_address, played_check, lambda: PRESENT),
            clock=clock,
            capture=capture,
            decided=lambda: decided,
            fetch_news=fetch_news,
            check_means=real_means or played_means,
        )
        played = Played(program, processes, played_means)
        opened.append(played)
        with qtbot.waitSignal(window.first_painted):
            window.show()
        program.begin()
        if wait and hasattr(program, "reader"):
            qtbot.waitUntil(lambda: not program.reader.is_reading)
        return played

    yield open_it
    for played in opened:
        for process in played.processes:
            process.is_running = False
        played.window.close()
        played.window.deleteLater()


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedChecks]:
    """The sixteen of a diagnosis, played."""
    played = PlayedChecks()
    # A function, which becomes the method of each check; a bound method would not be given it.
    monkeypatch.setattr(order.Check, "run", lambda check, scene: played.run(check, scene))  # noqa: PLW0108
    yield played
    played.release_all()
