"""Browsers that run on this PC, seen by their processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.systems import is_root, only_on_linux

from certhelper.browsers import running
from certhelper.browsers.kinds import Browser
from certhelper.browsers.running import Process, Running

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@contextmanager
def program(folder: Path, name: str, user: str | None = None) -> Iterator[None]:
    """Run a real program under a browser's name until the block ends."""
    words: list[str] = []
    if sys.platform == "win32":
        source, words = Path(os.environ["COMSPEC"]), ["/k"]  # it waits for a command
    else:
        source = Path(shutil.which("cat") or "/bin/cat")
    copy = folder / (f"{name}.exe" if sys.platform == "win32" else name)
    shutil.copy(source, copy)
    with subprocess.Popen(
        [copy, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, user=user
    ) as child:
        try:
            yield
        finally:
            child.kill()


@pytest.mark.parametrize(
    ("name", "browser"),
    [("msedge", Browser.EDGE), ("chrome", Browser.CHROME), ("firefox", Browser.FIREFOX)],
)
def test_a_real_process_is_seen_with_its_begin(tmp_path: Path, name: str, browser: Browser) -> None:
    """It is this person's, and began a moment ago."""
    with program(tmp_path, name):
        found = {one.browser: one.since for one in running.look().mine}
    since = found[browser]
    assert since is not None
    assert since > datetime(2020, 1, 1, tzinfo=UTC)


@only_on_linux
def test_a_browser_of_another_user_is_not_this_persons(tmp_path: Path) -> None:
    """It is named all the same, for whoever looks for it."""
    if not is_root():
        pytest.skip("only as root: a process of another user")
    folder = Path("/tmp") / f"certhelper-{os.getpid()}"  # the other may not enter ours
    folder.mkdir(mode=0o755)
    try:
        with program(folder, "msedge", user="nobody"):
            seen = running.look()
    finally:
        shutil.rmtree(folder)
    assert Browser.EDGE in seen.of_others
    assert Browser.EDGE not in [one.browser for one in seen.mine]


def test_the_first_process_of_a_browser_tells_since_when() -> None:
    """A browser has many processes; those of nobody that could be seen stand for themselves."""
    later = AT + timedelta(minutes=5)
    seen = running.sorted_out(
        [
            Process(Browser.CHROME, True, later),
            Process(Browser.CHROME, True, AT),
            Process(Browser.CHROME, False, AT - timedelta(days=1)),
            Process(Browser.FIREFOX, None, AT),
            Process(Browser.EDGE, True, None),
        ]
    )
    assert seen.mine == (Running(Browser.EDGE, None), Running(Browser.CHROME, AT))
    assert seen.of_others == (Browser.CHROME,)
    assert seen.of_unknown == (Browser.FIREFOX,)


@pytest.mark.parametrize(
    ("name", "path", "browser"),
    [
        ("chrome.exe", r"C:\Program Files\Google\Chrome\Application\chrome.exe", Browser.CHROME),
        (
            "chrome.exe",
            r"C:\Users\h\AppData\Local\Chromium\Application\chrome.exe",
            Browser.CHROMIUM,
        ),
        ("chrome", "/snap/chromium/2900/usr/lib/chromium-browser/chrome", Browser.CHROMIUM),
        ("chrome", "", Browser.CHROME),
        ("firefox-esr", "/usr/lib/firefox-esr/firefox-esr", Browser.FIREFOX),
        ("msedgewebview2.exe", r"C:\Windows\msedgewebview2.exe", None),
        ("QtWebEngineProcess", "", None),
    ],
)
def test_a_process_is_told_by_its_name(name: str, path: str, browser: Browser | None) -> None:
    """What only uses an engine of a browser's is none."""
    assert running.browser_of(name, path) == browser
