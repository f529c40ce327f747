"""How an address gets into the person's own browser, with programs of our own in its place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.own_browsers import FakePrograms
from support.systems import only_on_linux

from certhelper.browsers import start
from certhelper.failures import FailedError

pytestmark = only_on_linux

PAGE = "https://logon.bank.test/biznet?a=1&b=%E3%81%82"


def test_the_systems_own_browser_is_opened_by_the_desktop(programs: FakePrograms) -> None:
    """One call of the desktop's own opener, with the address as one word and no shell."""
    programs.add("xdg-open")
    programs.add("firefox")
    start.open_address(PAGE)
    assert programs.calls("xdg-open") == [[PAGE]]
    assert programs.calls("firefox") == []


def test_a_chosen_browser_is_opened_by_its_own_program(programs: FakePrograms) -> None:
    """The desktop's choice does not count where the person chose."""
    for name in ("xdg-open", "google-chrome", "firefox"):
        programs.add(name)
    start.open_address(PAGE, "firefox")
    start.open_address(PAGE, "chrome")
    assert programs.calls("firefox") == [[PAGE]]
    assert programs.calls("google-chrome") == [[PAGE]]
    assert programs.calls("xdg-open") == []


def test_a_browser_that_goes_on_running_has_been_opened(programs: FakePrograms) -> None:
    """The first window of a browser is the program itself; nobody waits for its end."""
    programs.add("chromium", stays=True)
    start.open_address(PAGE, "chromium")
    assert programs.calls("chromium") == [[PAGE]]


def test_where_the_desktop_knows_no_browser_the_next_way_is_tried(programs: FakePrograms) -> None:
    """``xdg-open`` ends with 3 when it finds no program; a browser may be there all the same."""
    programs.add("xdg-open", status=3)
    programs.add("microsoft-edge")
    start.open_address(PAGE)
    assert programs.calls("microsoft-edge") == [[PAGE]]


@pytest.mark.parametrize("browser", ["", "firefox"])
def test_without_any_browser_it_is_said(programs: FakePrograms, browser: str) -> None:
    """The address is among the facts, to be typed by hand."""
    programs.add("xdg-open", status=4)
    programs.add("google-chrome", status=1)
    with pytest.raises(FailedError) as caught:
        start.open_address(PAGE, browser)
    assert (caught.value.code, caught.value.facts["address"]) == ("browser-not-opened", PAGE)


def test_without_a_display_nothing_is_started(
    programs: FakePrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The opener would take a browser of the terminal, which nobody sees."""
    programs.add("xdg-open")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(FailedError, match="browser-not-opened"):
        start.open_address(PAGE)
    assert programs.calls("xdg-open") == []


def test_a_browser_of_the_menu_alone_is_found(programs: FakePrograms, tmp_path: Path) -> None:
    """Mozilla's archive is unpacked anywhere; its entry says how it starts, and what else."""
    program = programs.add("own firefox")
    entries = tmp_path / "share/applications"
    entries.mkdir(parents=True)
    (entries / "firefox.desktop").write_text(
        f'[Desktop Entry]\nName=Firefox\nExec="{program}" --name=%%x %i %u\n'
        "[Desktop Action new]\nExec=other %u\n",
        encoding="utf-8",
    )
    start.open_address(PAGE, "firefox")
    assert programs.calls("own firefox") == [["--name=%x", PAGE]]


def test_a_flatpak_is_found_by_its_wrapper(programs: FakePrograms, home: Path) -> None:
    """Its folder is not on everybody's PATH."""
    exports = home / ".local/share/flatpak/exports/bin"
    exports.mkdir(parents=True)
    (exports / "com.google.Chrome").symlink_to(programs.add("wrapper"))
    start.open_address(PAGE, "chrome")
    assert programs.calls("wrapper") == [[PAGE]]


def test_a_browser_gets_the_persons_home_and_not_a_sessions(
    programs: FakePrograms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own settings and certificates are in the person's home; a session's is gone soon."""
    private = tmp_path / "certhelper-session-ab12"
    private.mkdir()
    monkeypatch.setenv("HOME", str(private))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(private / "config"))
    monkeypatch.setenv("TMPDIR", str(private))
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    programs.add("firefox")
    start.open_address(PAGE, "firefox")
    seen = programs.environment("firefox")
    assert "certhelper-session" not in json.dumps(seen)
    assert seen["LANG"] == "ja_JP.UTF-8"
    assert Path(seen["HOME"]).is_absolute()


def test_a_browser_gets_no_descriptor_and_no_terminal_of_ours(programs: FakePrograms) -> None:
    """A PIN may be waiting in a pipe of this process."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    try:
        programs.add("firefox")
        start.open_address(PAGE, "firefox")
    finally:
        os.close(reading)
        os.close(writing)
    assert programs.descriptors("firefox") == ["/dev/null"] * 3
    assert programs.session("firefox") != getattr(os, "getsid", int)(0)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://bank.test/",
        "data:text/html,x",
        "https:///nowhere",
        "https://user@bank.test/",
        "https://bank.test:password@evil.test/",
        "https://bänk.test/",
        "https://bank.test/\u202egro",
        "https://bank.test/a b",
        "https://bank.test/\n--load-extension=x",
        'https://bank.test/" --no-sandbox "',
        "https://bank.test\\@evil.test/",
        "https://bank.test:99999/",
        "https://[::1/",
        "--version",
        "",
        "https://bank.test/" + "a" * 9000,
    ],
)
def test_what_is_no_plain_web_address_goes_to_no_browser(
    programs: FakePrograms, address: str
) -> None:
    """Whatever a page or a wish says, only an address of the web is ever handed on."""
    programs.add("xdg-open")
    with pytest.raises(FailedError, match="address-refused") as caught:
        start.open_address(address)
    assert programs.calls("xdg-open") == []
    assert all(one.isprintable() for one in caught.value.facts.values())


def test_japanese_in_a_path_is_encoded(programs: FakePrograms) -> None:
    """A browser gets octets of ASCII, with what was encoded before left as it is."""
    programs.add("xdg-open")
    start.open_address("http://www.bank.test:8080/案内?q=%20")
    encoded = "http://www.bank.test:8080/%E6%A1%88%E5%86%85?q=%20"
    assert programs.calls("xdg-open") == [[encoded]]
