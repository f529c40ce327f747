"""Check 14: a browser that is open, and so remembers what was chosen in it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import listings

from certhelper.browsers import running
from certhelper.browsers.kinds import Browser
from certhelper.browsers.running import Running, Seen
from certhelper.diagnosis.checks import open_browsers
from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import as_they_are, shown

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def sentence(finding: Finding) -> str:
    return finding.entry.user["ja"].format_map(as_they_are(finding.facts))


def test_an_open_browser_is_named_with_its_begin() -> None:
    """One finding for all of them; it stops no log-on of this program's."""
    earlier = Running(Browser.CHROME, AT - timedelta(hours=2))
    seen = Seen(mine=(Running(Browser.EDGE, AT), Running(Browser.FIREFOX, None), earlier))
    (found,) = open_browsers.findings(seen)
    assert found.code == "browser-open"
    assert found.status is Status.ATTENTION
    named = "Microsoft Edge、Firefox、Google Chromeが開いたままです(2026年11月23日 10:00から)。"
    assert sentence(found).startswith(named)
    (alone,) = open_browsers.findings(Seen(mine=(Running(Browser.FIREFOX, None),)))
    assert sentence(alone).startswith("Firefoxが開いたままです(")


def test_others_browsers_are_said_beside() -> None:
    """They do not matter to this person's log-on."""
    (found,) = open_browsers.findings(Seen(of_others=(Browser.CHROME,), others_hidden=True))
    assert found.code == "browsers-closed"
    assert [shown(one) for detail in found.details for one in detail.items] == [
        "Google Chrome",
        "このパソコンの設定により、ほかのユーザーのプログラムは見えません。",
    ]


def test_a_browser_whose_user_cannot_be_seen_is_said_so() -> None:
    """It is neither this person's nor nobody's."""
    (found,) = open_browsers.findings(Seen(of_unknown=(Browser.CHROME,)))
    assert found.code == "browsers-of-unknown-user"
    assert found.status is Status.NOT_CHECKED
    assert "1種類" in sentence(found)


def test_hidden_processes_of_others_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux may show a person their own processes only."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(running, "_FIRST_PROCESS", tmp_path / "1")
    assert running._are_others_hidden()


def test_the_check_looks_at_the_real_processes() -> None:
    """Whatever runs here, there is an answer."""
    scene = Scene(listings.bank(), AT, listings.listing)
    assert list(open_browsers.check(scene))
