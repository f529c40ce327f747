"""Policies that keep a browser from the bank, in files as on Linux and in a made-up registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import listings, made_up_registry, policy_files
from support.made_up_registry import Keys
from support.systems import only_on_linux

from certhelper.browsers import hindrances
from certhelper.browsers.hindrances import Hindrance, Kind
from certhelper.browsers.kinds import Browser
from certhelper.windows.registry import Root


def found(
    root: Path, browser: Browser = Browser.CHROME, environment: dict[str, str] | None = None
) -> tuple[Hindrance, ...]:
    read, problems = hindrances.read(browser, listings.bank(), root, environment or {})
    assert problems == ()
    return read


def short(read: tuple[Hindrance, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.kind.value, one.policy, one.value, one.host) for one in read]


HOST = "logon.bank.test"

OF_CHROMIUM: list[tuple[dict[str, Any], list[tuple[str, str, str, str]]]] = [
    ({}, []),
    ({"SSLVersionMin": "tls1.2", "SSLVersionMax": "tls1.2", "URLBlocklist": ["other.test"]}, []),
    ({"SSLVersionMin": "tls1.3"}, [("tls", "SSLVersionMin", "tls1.3", "")]),
    ({"SSLVersionMax": "tls1.1"}, [("tls", "SSLVersionMax", "tls1.1", "")]),
    ({"URLBlocklist": ["*"]}, [("blocked", "URLBlocklist", "*", HOST)]),
    ({"URLBlocklist": ["*"], "URLAllowlist": ["bank.test"]}, []),
    ({"DefaultJavaScriptSetting": 2}, [("blocked", "DefaultJavaScriptSetting", "2", HOST)]),
    ({"DefaultJavaScriptSetting": 2, "JavaScriptAllowedForUrls": ["[*.]bank.test"]}, []),
    (
        {"CookiesBlockedForUrls": ["not a pattern", "[*.]bank.test"]},
        [("blocked", "CookiesBlockedForUrls", "[*.]bank.test", HOST)],
    ),
    ({"ProxyMode": "system"}, []),
    (
        {"ProxyMode": "fixed_servers", "ProxyServer": "proxy.firm:8080"},
        [("proxy", "ProxyMode", "proxy.firm:8080", "")],
    ),
    (
        {"ProxySettings": {"ProxyMode": "pac_script", "ProxyPacUrl": "http://firm/p.pac"}},
        [("proxy", "ProxyMode", "http://firm/p.pac", "")],
    ),
    (
        {"ClientCertificateManagementAllowed": 2},
        [("imports", "ClientCertificateManagementAllowed", "2", "")],
    ),
]


@only_on_linux
@pytest.mark.parametrize(("policies", "expected"), OF_CHROMIUM)
def test_what_is_set_in_a_file(
    tmp_path: Path, policies: dict[str, Any], expected: list[tuple[str, str, str, str]]
) -> None:
    """Each with the file in which it stands."""
    path = policy_files.write_text(tmp_path, json.dumps(policies))
    read = found(tmp_path)
    assert short(read) == expected
    assert {one.where for one in read} <= {str(path)}
    assert found(tmp_path, Browser.EDGE) == ()


@only_on_linux
def test_the_last_file_decides_and_the_mandatory_one_first(tmp_path: Path) -> None:
    """As for every policy on Linux."""
    policy_files.write_text(tmp_path, '{"SSLVersionMin": "tls1.3"}', name="a.json")
    policy_files.write_text(tmp_path, '{"SSLVersionMin": "tls1.2"}', name="b.json")
    assert found(tmp_path) == ()
    policy_files.write_text(tmp_path, '{"SSLVersionMax": "tls1.1"}', level="recommended")
    assert short(found(tmp_path)) == [("tls", "SSLVersionMax", "tls1.1", "")]
    policy_files.write_text(tmp_path, '{"SSLVersionMax": "tls1.3"}', name="c.json")
    assert found(tmp_path) == ()


OF_FIREFOX: list[tuple[dict[str, Any], list[tuple[str, str, str, str]]]] = [
    ({"SSLVersionMin": "tls1.3"}, [("tls", "SSLVersionMin", "tls1.3", "")]),
    (
        {"WebsiteFilter": {"Block": ["<all_urls>"]}},
        [("blocked", "WebsiteFilter", "<all_urls>", HOST)],
    ),
    ({"WebsiteFilter": {"Block": ["<all_urls>"], "Exceptions": ["*://*.bank.test/*"]}}, []),
    ({"Cookies": {"Behavior": "reject"}}, [("blocked", "Cookies", "reject", HOST)]),
    (
        {"Cookies": {"Block": [f"https://{HOST}/"]}},
        [("blocked", "Cookies", f"https://{HOST}/", HOST)],
    ),
    ({"Proxy": {"Mode": "system"}}, []),
    (
        {"Proxy": {"Mode": "manual", "HTTPProxy": "proxy.firm:8080"}},
        [("proxy", "Proxy", "proxy.firm:8080", "")],
    ),
    ({"Proxy": "nonsense", "Cookies": 7, "WebsiteFilter": []}, []),
]


@only_on_linux
@pytest.mark.parametrize(("policies", "expected"), OF_FIREFOX)
def test_what_is_set_in_firefox(
    tmp_path: Path, policies: dict[str, Any], expected: list[tuple[str, str, str, str]]
) -> None:
    """It has one file, and names of its own."""
    path = tmp_path / "etc/firefox/policies/policies.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"policies": policies}), "utf-8")
    assert short(found(tmp_path, Browser.FIREFOX)) == expected


@only_on_linux
def test_a_file_that_is_none_is_a_problem(tmp_path: Path) -> None:
    """It is said, and does not keep the others from being read."""
    policy_files.write_text(tmp_path, "{", name="z.json")
    policy_files.write_text(tmp_path, '{"SSLVersionMin": "tls1.3"}', name="a.json")
    read, problems = hindrances.read(Browser.CHROME, listings.bank(), tmp_path, {})
    assert [one.kind for one in read] == [Kind.TLS]
    assert [one.code for one in problems] == ["file-not-json"]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The registry of a PC, empty at first."""
    return made_up_registry.put_in_place(monkeypatch)


EDGE = r"SOFTWARE\Policies\Microsoft\Edge"
FIREFOX = r"SOFTWARE\Policies\Mozilla\Firefox"


def test_in_the_registry_a_list_is_a_key_and_a_dictionary_is_text(
    keys: Keys, tmp_path: Path
) -> None:
    """Whatever its name's capitals are."""
    keys[Root.CURRENT_USER, EDGE] = {
        "sslversionmin": "tls1.3",
        "DefaultJavaScriptSetting": 2,
        "ProxySettings": '{"ProxyMode": "fixed_servers", "ProxyServer": "proxy.firm:80"}',
    }
    keys[Root.LOCAL_MACHINE, rf"{EDGE}\URLBlocklist"] = {"1": "other.test", "2": "bank.test"}
    read = found(tmp_path, Browser.EDGE)
    assert short(read) == [
        ("tls", "SSLVersionMin", "tls1.3", ""),
        ("blocked", "URLBlocklist", "bank.test", HOST),
        ("blocked", "DefaultJavaScriptSetting", "2", HOST),
        ("proxy", "ProxyMode", "proxy.firm:80", ""),
    ]
    assert read[1].where == rf"HKEY_LOCAL_MACHINE\{EDGE}"


def test_firefox_has_keys_within_keys(keys: Keys, tmp_path: Path) -> None:
    """Its lists are keys below those of the policies of several parts; or all of it is JSON."""
    keys[Root.LOCAL_MACHINE, FIREFOX] = {"SSLVersionMax": "tls1.1"}
    keys[Root.LOCAL_MACHINE, rf"{FIREFOX}\Proxy"] = {"Mode": "autoConfig", "AutoConfigURL": "p.pac"}
    keys[Root.LOCAL_MACHINE, rf"{FIREFOX}\WebsiteFilter\Block"] = {"1": "<all_urls>"}
    assert short(found(tmp_path, Browser.FIREFOX)) == [
        ("tls", "SSLVersionMax", "tls1.1", ""),
        ("blocked", "WebsiteFilter", "<all_urls>", HOST),
        ("proxy", "Proxy", "p.pac", ""),
    ]
    keys.clear()
    keys[Root.LOCAL_MACHINE, FIREFOX] = {"WebsiteFilter": ['{"Block":', '["<all_urls>"]}']}
    assert [one.policy for one in found(tmp_path, Browser.FIREFOX)] == ["WebsiteFilter"]


def test_a_key_that_may_not_be_read_is_a_problem(keys: Keys, tmp_path: Path) -> None:
    """The other root is read all the same."""
    keys[Root.LOCAL_MACHINE, EDGE] = {"refused": 1}
    keys[Root.CURRENT_USER, EDGE] = {"SSLVersionMin": "tls1.3"}
    read, problems = hindrances.read(Browser.EDGE, listings.bank(), tmp_path, {})
    assert [one.policy for one in read] == ["SSLVersionMin"]
    assert {one.code for one in problems} == {"unreadable"}
