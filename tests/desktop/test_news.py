"""What the window says of the program itself: quietly, and without asking anybody by itself."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT, ready_store
from support.window import OpenWindow, Played, words_on

from certhelper import engine_age, update_check
from certhelper.desktop.dialogs import AboutDialog
from certhelper.machine_settings import MachineSettings
from certhelper.settings import SettingsFile, UpdateCheck

URL = "https://it.example.co.jp/certhelper.json"
PAGE = "https://it.example.co.jp/certhelper/"
ASKING = MachineSettings(update_check_url=URL)
BUILT = engine_age.engine().built
OLD = "内蔵ブラウザが古くなっています"
NEW = "新しい版 99.0 があります"


class Asked:
    """Answers like an administrator's server and counts; a test may make it wait or fail."""

    def __init__(self, version: str = "99.0") -> None:
        self.urls: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.go = threading.Event()
        self.go.set()
        self.fails = False
        self.answer = json.dumps(
            {"schema": update_check.SCHEMA, "version": version, "message_ja": "", "page": PAGE}
        ).encode()

    def __call__(self, url: str) -> bytes:
        self.urls.append(url)
        self.threads.add(threading.current_thread())
        self.go.wait()
        if self.fails:
            raise update_check.not_checked("ConnectTimeout")
        return self.answer


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    """The file that the window of these tests reads and writes."""
    return SettingsFile(tmp_path / "settings.json")


def days_after_build(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the engine be built this many days before the day of the tests."""
    day = listings.AT.astimezone(UTC).date() - timedelta(days=days)
    engine = engine_age.engine()._replace(built=day)
    monkeypatch.setattr(engine_age, "engine", lambda: engine)


def about(played: Played) -> str:
    actions = played.frame.menu_button.menu().actions()
    next(one for one in actions if "このプログラムについて" in one.text()).trigger()
    dialog = played.dialog(AboutDialog)
    words = words_on(dialog)
    dialog.reject()
    return words


def remembered(settings: SettingsFile) -> UpdateCheck | None:
    return SettingsFile(settings.path).settings.update_check


# ---- the engine


@pytest.mark.parametrize(
    ("days", "machine", "own", "said"),
    [
        (60, 0, 0, False),
        (61, 0, 0, True),
        (31, 30, 0, True),
        (61, 90, 0, False),
        (61, 0, 90, False),
        (61, 30, 90, True),  # the administrator's word wins
    ],
)
def test_an_old_engine_is_said_with_what_to_do(
    open_window: OpenWindow,
    monkeypatch: pytest.MonkeyPatch,
    settings: SettingsFile,
    days: int,
    machine: int,
    own: int,
    *,
    said: bool,
) -> None:
    """After 60 days, or as many as the settings say: how old, and whom to ask."""
    days_after_build(monkeypatch, days)
    settings.change(lambda kept: setattr(kept, "engine_age_days", own))
    played = open_window(ready_store(), decided=MachineSettings(engine_age_days=machine))
    words = words_on(played.frame)
    assert (OLD in words) is said
    if said:
        assert f"{days}日" in words
        assert "会社の管理者やヘルプデスク" in words


def test_an_old_engine_stops_nobody(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice can be put away, and the log-on works."""
    days_after_build(monkeypatch, 400)
    played = open_window(ready_store(listings.installed(f"{CONTRACT} user01")))
    assert played.log_on(f"{CONTRACT}/user01").pins == ["0123ab"]


def test_the_engine_is_named_for_the_helpdesk(open_window: OpenWindow) -> None:
    """Version, the fixes in it, and the day of the build."""
    words = about(open_window(ready_store()))
    engine = engine_age.engine()
    for part in (engine.qt, engine.chromium, engine.chromium_security_patch, BUILT.isoformat()):
        assert part in words


# ---- a new version


def test_nobody_is_asked_without_an_address(open_window: OpenWindow) -> None:
    """No phoning home; and the person can read that it is so."""
    played = open_window(ready_store())  # the fixture's server fails the test when it is asked
    assert "どこにも問い合わせません" in about(played)


def test_a_new_version_is_said_with_its_page(
    open_window: OpenWindow, qtbot: QtBot, settings: SettingsFile
) -> None:
    """It is asked beside the window's thread; the page opens in the own browser when wanted."""
    asked = Asked()
    asked.go.clear()
    played = open_window(ready_store(), decided=ASKING, fetch_news=asked)
    assert NEW not in words_on(played.frame)
    asked.go.set()
    qtbot.waitUntil(lambda: NEW in words_on(played.frame))
    assert asked.urls == [URL]
    assert threading.main_thread() not in asked.threads
    assert played.opened == []
    (button,) = (
        one
        for one in played.frame.findChildren(QPushButton)
        if one.isVisible() and one.text() == "説明のページを開く"
    )
    button.click()
    qtbot.waitUntil(lambda: played.opened == [PAGE])
    kept = remembered(settings)
    assert kept is not None
    assert kept.url == URL
    assert "it.example.co.jp" in about(played)


def test_it_is_asked_once_a_day_and_said_at_every_start(
    open_window: OpenWindow, qtbot: QtBot, settings: SettingsFile
) -> None:
    """A second start the same day knows the answer and asks nobody."""
    asked = Asked()
    first = open_window(ready_store(), decided=ASKING, fetch_news=asked)
    qtbot.waitUntil(lambda: NEW in words_on(first.frame))
    second = open_window(ready_store(), decided=ASKING, fetch_news=asked)
    assert NEW in words_on(second.frame)
    assert asked.urls == [URL]


def test_the_newest_version_says_nothing(
    open_window: OpenWindow, qtbot: QtBot, settings: SettingsFile
) -> None:
    """There is nothing to do."""
    asked = Asked("0.0.1")
    played = open_window(ready_store(), decided=ASKING, fetch_news=asked)
    qtbot.waitUntil(lambda: remembered(settings) is not None)
    assert "新しい版" not in words_on(played.frame)
    assert "新しい版はありません" in about(played)


def test_a_failure_is_silent_and_can_be_read(
    open_window: OpenWindow, qtbot: QtBot, settings: SettingsFile
) -> None:
    """A PC without network is bothered by nothing; the helpdesk reads why in the details."""
    asked = Asked()
    asked.fails = True
    played = open_window(ready_store(), decided=ASKING, fetch_news=asked)
    before = words_on(played.frame)
    qtbot.waitUntil(lambda: remembered(settings) is not None)
    assert words_on(played.frame) == before
    words = about(played)
    assert "update-not-checked" in words
    assert "ConnectTimeout" in words


def test_the_new_version_is_enough_of_a_reason(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, settings: SettingsFile
) -> None:
    """That the engine is old, too, would say the same twice."""
    days_after_build(monkeypatch, 400)
    at = (listings.AT - timedelta(hours=1)).isoformat()
    known = UpdateCheck(URL, at, Asked().answer.decode(), "")
    settings.change(lambda kept: setattr(kept, "update_check", known))
    words = words_on(open_window(ready_store(), decided=ASKING).frame)
    assert NEW in words
    assert OLD not in words


def test_the_library_for_it_is_loaded_only_when_somebody_is_asked() -> None:
    """The start stays fast, and most PCs never need it."""
    code = "import sys, certhelper.desktop.program; sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_moment_of_another_version_is_no_crash(
    open_window: OpenWindow, settings: SettingsFile
) -> None:
    """The remembered file may say anything."""
    odd = UpdateCheck(URL, "9999-12-31T23:59:59.999999", "", "x")
    settings.change(lambda kept: setattr(kept, "update_check", odd))
    asked = Asked()
    asked.go.clear()
    assert "it.example.co.jp" in about(open_window(ready_store(), decided=ASKING, fetch_news=asked))
    asked.go.set()
