"""How the policies stand in Windows' registry, with a made-up registry in its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import listings, made_up_registry
from support.listings import CONTRACT
from support.made_up_registry import Keys
from support.policy_files import entry

from certhelper.browsers import policies, policy_sources
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import PolicyFinding, Verdict
from certhelper.windows.registry import Root, Value

CHROME = r"SOFTWARE\Policies\Google\Chrome"
LIST = rf"{CHROME}\AutoSelectCertificateForUrls"
FIREFOX = r"SOFTWARE\Policies\Mozilla\Firefox"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The registry of a PC, empty at first."""
    return made_up_registry.put_in_place(monkeypatch)


def found(browser: Browser = Browser.CHROME) -> PolicyFinding:
    chosen = listings.installed(f"{CONTRACT} user01").certificate
    (finding,) = policies.findings(browser, listings.bank(), chosen, [chosen])
    return finding


@pytest.mark.parametrize("root", list(Root))
@pytest.mark.parametrize(
    ("browser", "path"),
    [
        (Browser.EDGE, r"SOFTWARE\Policies\Microsoft\Edge"),
        (Browser.CHROME, CHROME),
        (Browser.CHROMIUM, r"SOFTWARE\Policies\Chromium"),
    ],
)
def test_a_list_is_a_key_with_numbers(keys: Keys, root: Root, browser: Browser, path: str) -> None:
    """Other names in it are none of its elements."""
    keys[root, rf"{path}\AutoSelectCertificateForUrls"] = {"note": "x", "1": entry()}
    finding = found(browser)
    assert finding.verdict is Verdict.THIS
    assert finding.where == (rf"{root}\{path}\AutoSelectCertificateForUrls\1",)


def test_the_computers_policy_decides_before_the_users(keys: Keys) -> None:
    """Lists are not joined."""
    keys[Root.LOCAL_MACHINE, LIST] = {"1": entry("https://other.test")}
    keys[Root.CURRENT_USER, LIST] = {"1": entry()}
    finding = found()
    assert finding.verdict is Verdict.NONE
    assert [one.code for one in finding.problems] == ["overruled"]
    assert "HKEY_CURRENT_USER" in finding.problems[0].where


def test_numbers_are_read_in_the_order_of_text(keys: Keys) -> None:
    """As Chromium's map of them does; it tells only where an entry stands."""
    keys[Root.LOCAL_MACHINE, LIST] = {"2": entry(), "10": entry(), "1": entry()}
    assert [one.rpartition("\\")[2] for one in found().where] == ["1", "10", "2"]


def test_a_list_may_be_one_text(keys: Keys) -> None:
    """Chromium accepts JSON in a value of that name."""
    keys[Root.LOCAL_MACHINE, CHROME] = {"autoselectcertificateforurls": f"[{entry()!r}]"}
    assert [one.code for one in found().problems] == ["not-a-list"]
    keys[Root.LOCAL_MACHINE, CHROME] = {"AutoSelectCertificateForUrls": json.dumps([entry()])}
    assert found().verdict is Verdict.THIS


@pytest.mark.parametrize("value", [1, "1"])
@pytest.mark.parametrize(
    "name", ["PromptOnMultipleMatchingCertificates", "ForceCertificatePromptsOnMultipleMatches"]
)
def test_truth_is_a_number_or_a_text_of_one(keys: Keys, name: str, value: Value) -> None:
    """As group policies write it, and as people do."""
    keys[Root.LOCAL_MACHINE, LIST] = {"1": entry()}
    keys[Root.LOCAL_MACHINE, CHROME] = {name: value}
    assert policy_sources.read(Browser.CHROME).asks
    keys[Root.LOCAL_MACHINE, CHROME] = {name: 0}
    assert not policy_sources.read(Browser.CHROME).asks


def test_a_recommended_list_gives_way_to_any_that_is_mandatory(keys: Keys) -> None:
    """It stands below a key of that name; the user's mandatory one counts before it."""
    path = rf"{CHROME}\Recommended\AutoSelectCertificateForUrls"
    keys[Root.LOCAL_MACHINE, path] = {"1": entry()}
    finding = found()
    assert finding.verdict is Verdict.THIS
    assert [one.code for one in finding.problems] == ["recommended"]
    keys[Root.CURRENT_USER, LIST] = {"1": entry("https://other.test")}
    finding = found()
    assert finding.verdict is Verdict.NONE
    assert [one.code for one in finding.problems] == ["overruled"]


def test_a_number_in_a_key_is_passed_over(keys: Keys) -> None:
    """Only that element: the registry's values are converted one by one."""
    keys[Root.LOCAL_MACHINE, LIST] = {"1": 7, "2": entry()}
    finding = found()
    assert finding.verdict is Verdict.THIS
    assert [one.code for one in finding.problems] == ["not-text"]


def test_a_key_that_cannot_be_read_is_named(keys: Keys) -> None:
    """The rest is read all the same."""
    keys[Root.LOCAL_MACHINE, LIST] = {"refused": 1}
    keys[Root.CURRENT_USER, LIST] = {"1": entry()}
    finding = found()
    assert finding.verdict is Verdict.THIS
    assert [one.code for one in finding.problems] == ["unreadable"]


@pytest.mark.parametrize(
    "whole",
    [
        '{"security.default_personal_cert": {"Value": "Select Automatically", "Status": "locked"}}',
        ['{"security.default_personal_cert":', ' "Select Automatically"}'],
    ],
)
@pytest.mark.usefixtures("home")
def test_firefox_has_its_preferences_as_json(keys: Keys, whole: Value) -> None:
    """In one line or several, as its templates write them."""
    keys[Root.LOCAL_MACHINE, FIREFOX] = {"Preferences": whole}
    assert found(Browser.FIREFOX).verdict is Verdict.THIS


@pytest.mark.usefixtures("home")
def test_firefox_has_them_singly_too(keys: Keys) -> None:
    """The older way of its templates."""
    values: dict[str, Value] = {"security.default_personal_cert": "Select Automatically"}
    keys[Root.CURRENT_USER, rf"{FIREFOX}\Preferences"] = values
    assert found(Browser.FIREFOX).verdict is Verdict.THIS


@pytest.mark.usefixtures("home")
def test_a_broken_policy_of_firefox_is_named(keys: Keys, tmp_path: Path) -> None:
    """And whatever else stands there is read."""
    keys[Root.LOCAL_MACHINE, FIREFOX] = {"Preferences": "{"}
    finding = found(Browser.FIREFOX)
    assert (finding.verdict, [one.code for one in finding.problems]) == (
        Verdict.NONE,
        ["file-not-json"],
    )
