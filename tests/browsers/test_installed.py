"""Which browsers are there, and which version."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.own_browsers import FakePrograms
from support.systems import only_on_linux

from certhelper.browsers import firefox_profiles, installed
from certhelper.browsers.kinds import Browser

pytestmark = only_on_linux


def test_every_browser_that_is_there_is_found_with_its_version(programs: FakePrograms) -> None:
    """By what it prints; one that says nothing is there all the same."""
    programs.add("google-chrome", says="Google Chrome 155.0.8059.85 ")
    programs.add("microsoft-edge", says="Microsoft Edge 155.0.3000.1 stable")
    programs.add("chromium", status=1)
    assert installed.present() == (Browser.EDGE, Browser.CHROME, Browser.CHROMIUM)
    assert programs.calls("google-chrome") == []
    found = {browser: installed.find(browser) for browser in installed.present()}
    versions = {browser: one.version for browser, one in found.items() if one is not None}
    assert versions == {
        Browser.EDGE: "155.0.3000.1",
        Browser.CHROME: "155.0.8059.85",
        Browser.CHROMIUM: "",
    }
    assert programs.calls("google-chrome") == [["--version"]]


def test_firefox_is_not_started_to_learn_its_version(programs: FakePrograms) -> None:
    """It stands in a file beside the program."""
    path = programs.add("firefox")
    ini = path.parent / "application.ini"
    ini.write_text("[App]\nVendor=Mozilla\nVersion=140.5.0\n", encoding="utf-8")
    found = installed.find(Browser.FIREFOX)
    assert found is not None
    assert (found.version, found.major, found.place.path) == ("140.5.0", 140, path)
    assert programs.calls("firefox") == []


def test_a_pc_without_browsers_has_none(programs: FakePrograms) -> None:
    """No fault, and nothing is started."""
    assert installed.present() == ()
    assert [installed.find(browser) for browser in Browser] == [None] * 4


def test_preferences_are_read_as_firefox_wrote_them(tmp_path: Path) -> None:
    """``user.js`` counts over ``prefs.js``; a line that is none is passed over."""
    (tmp_path / "prefs.js").write_text(
        '// Mozilla\nuser_pref("a.text", "one \\"two\\"");\nuser_pref("a.truth", false);\n'
        'user_pref("a.number", 7);\nuser_pref("broken", );\n#nonsense\n',
        encoding="utf-8",
    )
    (tmp_path / "user.js").write_text('user_pref("a.truth", true);\n', encoding="utf-8")
    found = firefox_profiles.preferences(tmp_path)
    assert found == {"a.text": 'one "two"', "a.truth": True, "a.number": 7}


@pytest.mark.parametrize(
    ("ini", "expected"),
    [
        ("[Profile0]\nPath=one\n", ["one"]),
        ("[Profile0]\nPath=one\n[Profile1]\nPath=two\nDefault=1\n", ["two"]),
        ("[InstallX]\nDefault=two\n[Profile0]\nPath=one\nDefault=1\n", ["two"]),
        ("[InstallX]\nDefault=two\n[InstallY]\nDefault=one\n", ["two", "one"]),
        ("[Profile0]\nPath=gone\n", []),
        ("nonsense", []),
        ("", []),
    ],
)
def test_the_profile_that_firefox_opens_is_found(home: Path, ini: str, expected: list[str]) -> None:
    """What an installation remembers counts before the mark of older versions."""
    folder = home / ".mozilla/firefox"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
    (folder / "profiles.ini").write_text(ini, encoding="utf-8")
    assert [path.name for path in firefox_profiles.usual_profiles()] == expected
