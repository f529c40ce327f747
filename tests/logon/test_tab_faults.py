"""One page of a session fails: it is told over that page, and the others stay as they are."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from support.attended import Person, Play
from support.log_on import Site
from support.plays import play
from support.systems import not_under_wine

from certhelper.logon.browser import outbox
from certhelper.logon.browser.failure_page import FailurePage
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.failure_place import Offer

pytestmark = not_under_wine("WebEngine never loads a page there")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank, a store with certificates, and a profile."""
    with Site(tmp_path, other_authentication=False) as running:
        yield running


def shown_on(widget: QWidget) -> list[FailurePage]:
    return [page for page in widget.findChildren(FailurePage) if not page.isHidden()]


def crash_in_one_tab(person: Person) -> Play:
    window, session = person.window, person.worker.session
    yield from person.stage("top-page")
    yield from person.script("document.body.append('書きかけ'); 0")
    person.start_script("open('/biznet/everyday', '_blank', 'noopener')")
    yield lambda: window.tabs.count() == 2
    yield from person.shows("振込メモ")
    half_filled, crashed = session.views
    pids = [view.page().renderProcessPid() for view in session.views]
    assert pids[0] != pids[1]
    os.kill(pids[1], signal.Signals["SIGKILL"])
    yield lambda: shown_on(crashed)
    (page,) = shown_on(crashed)
    seen = {
        "told": page.told.code,
        "failed": [report.code for report in person.reports if report.stage == "failed"],
        "instead of all": window.failure is not None,
        "offers close": not page.button(Offer.CLOSE_TAB).isHidden(),
        "alive": "書きかけ"
        in (yield from person.script("document.body.innerText", 0, half_filled)),
        "on the other": len(shown_on(half_filled)),
    }
    wished: list[str] = []
    outbox.wish = lambda wanted: wished.append(wanted.value)
    page.button(Offer.FIND_CAUSE).click()
    seen["asks for"] = [wanted.code for wanted in map(CauseWanted.parse, wished) if wanted]
    seen["stays"] = shown_on(crashed) == [page]
    page.button(Offer.RELOAD).click()
    yield lambda: not shown_on(crashed)
    yield from person.shows("振込メモ")
    return seen


def test_a_crash_takes_one_tab_and_leaves_the_others(site: Site) -> None:
    """What is half done in another tab can be finished; the crashed one is loaded again by GET."""
    user = site.user.sha256
    assert play(site.bank, site.database, user, crash_in_one_tab, has_main_window=True) == {
        "told": "renderer-ended-in-session",
        "failed": [],
        "instead of all": False,
        "offers close": True,
        "alive": True,
        "on the other": 0,
        "asks for": ["renderer-ended-in-session"],
        "stays": True,
    }
    asked = [entry.method for entry in site.log.entries if entry.path == "/biznet/everyday"]
    assert asked == ["GET", "GET"]


def crash_in_both_tabs(person: Person) -> Play:
    window, session = person.window, person.worker.session
    yield from person.stage("top-page")
    person.start_script("open('/biznet/help')")  # with an opener it shares the process
    yield lambda: window.tabs.count() == 2
    yield from person.shows("振込について")
    pids = {view.page().renderProcessPid() for view in session.views}
    for pid in pids:
        os.kill(pid, signal.Signals["SIGKILL"])
    yield lambda: all(shown_on(view) for view in session.views)
    failed = [report for report in person.reports if report.stage == "failed"]
    return [len(pids), len(failed), [len(shown_on(view)) for view in session.views]]


def test_two_tabs_of_one_renderer_are_told_each_for_itself(site: Site) -> None:
    """Both go at once; nothing is called a failed log-on."""
    seen = play(site.bank, site.database, site.user.sha256, crash_in_both_tabs)
    assert seen == [1, 0, [1, 1]]


def dead_start_page(person: Person) -> Play:
    yield from person.stage("failed")
    yield lambda: person.window.failure is not None
    told = [page.told.code for page in person.window.findChildren(FailurePage)]
    return told == [person.reports[-1].code]


def test_a_start_page_that_does_not_come_is_told_once(site: Site) -> None:
    """In the place of all pages, and not over the empty one below as well."""
    bank = site.profile(start_url="https://localhost:9/", allowed_hosts="localhost:9")
    assert play(bank, site.database, site.user.sha256, dead_start_page)
