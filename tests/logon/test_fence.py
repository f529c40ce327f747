"""The switches that keep the engine to the bank's hosts, for each way to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtQml import QJSEngine, QJSValue
from pytestqt.qtbot import QtBot

from certhelper.bank import Bank
from certhelper.logon import fence, only_bank, proxy_script
from certhelper.logon.proxy import Route, Way
from certhelper.profile_reading import ProfileError

BANK_TEXT = """
schema = 1
id = "example"
name = "Example"
[site]
allowed_hosts = ["*.bank.example", "www.bank.example:8443", "login.bank.example"]
certificate_hosts = ["login.bank.example"]
"""
BANK = Bank.parse(BANK_TEXT.encode(), Path("profile.toml"))


def test_without_a_proxy_every_other_place_has_one_that_does_not_exist() -> None:
    """The bank's hosts pass it by at their ports; this computer is no exception."""
    assert fence.switches(BANK, Route(Way.DIRECT)) == [
        "--proxy-server=http://outside-the-bank.invalid:1",
        (
            "--proxy-bypass-list=<-loopback>;*.bank.example:443;login.bank.example:443;"
            "www.bank.example:8443"
        ),
        "--host-resolver-rules=MAP outside-the-bank.invalid ~NOTFOUND",
    ]


@pytest.mark.parametrize("way", [Way.PROXY, Way.SCRIPT])
def test_with_a_proxy_every_other_name_becomes_one_that_does_not_exist(way: Way) -> None:
    """The proxy's own name and a script's look-ups are left alone."""
    assert fence.switches(BANK, Route(way)) == [
        (
            "--host-rules=MAP * outside-the-bank.invalid, EXCLUDE *.bank.example, "
            "EXCLUDE login.bank.example, EXCLUDE www.bank.example"
        ),
        "--host-resolver-rules=MAP outside-the-bank.invalid ~NOTFOUND",
    ]


@pytest.mark.parametrize("way", [Way.SYSTEM, Way.DETECT])
def test_where_the_way_is_not_known_nothing_is_broken(way: Way) -> None:
    """The engine may have to get a script from a host that nobody knows before."""
    assert fence.switches(BANK, Route(way)) == []


@pytest.mark.parametrize(
    ("server", "scheme", "answer"),
    [
        ("proxy.example:8080", "http", "PROXY proxy.example:8080"),
        ("proxy.example:443", "https", "HTTPS proxy.example:443"),
        ("proxy.example:1080", "socks5", "SOCKS5 proxy.example:1080"),
    ],
)
def test_a_proxy_is_asked_for_the_bank_only(
    qtbot: QtBot, tmp_path: Path, server: str, scheme: str, answer: str
) -> None:
    """Its script says the same of the bank's hosts as the rule of the session itself."""
    find = script_of(fence.fenced(BANK, Route(Way.PROXY, server, scheme), tmp_path))
    for address in ADDRESSES:
        inside = only_bank.allows(address, BANK)
        assert find(address) == (answer if inside else f"PROXY {fence.NOWHERE}:1"), address
    assert {only_bank.allows(address, BANK) for address in ADDRESSES} == {True, False}


@pytest.mark.parametrize(
    ("bypass", "direct"),
    [
        (("<local>", "localhost", "10.*", "127.0.0.0/8", "::1", "192.168.0.1"), ()),
        (("login.bank.example",), ("login",)),
        ((".bank.example",), ("login", "www", "a.b")),
        (("*.BANK.example",), ("login", "www", "a.b")),
        (("w*.example",), ("www",)),
        (("bank.example", "login-bank.example"), ()),
        (("*",), ("login", "www", "a.b")),
    ],
)
def test_exceptions_of_the_proxy_keep_their_meaning(
    qtbot: QtBot, tmp_path: Path, bypass: tuple[str, ...], direct: tuple[str, ...]
) -> None:
    """They are for the bank's hosts only, and take the fence down for nobody."""
    route = Route(Way.PROXY, "proxy.example:8080", bypass=bypass)
    find = script_of(fence.fenced(BANK, route, tmp_path))
    for name in ("login", "www", "a.b"):
        host = f"{name}.bank.example"
        address = f"https://{host}{':8443' if name == 'www' else ''}/"
        assert find(address, host) == ("DIRECT" if name in direct else "PROXY proxy.example:8080")
    assert find("https://localhost/", "localhost") == f"PROXY {fence.NOWHERE}:1"
    assert find("https://evil.example/", "evil.example") == f"PROXY {fence.NOWHERE}:1"


def test_exceptions_of_addresses_are_the_engine_s_where_the_bank_is_one(tmp_path: Path) -> None:
    """A net may hold it, and only the engine knows."""
    text = BANK_TEXT.replace("login.bank.example", "192.0.2.1")
    bank = Bank.parse(text.encode(), Path("profile.toml"))
    route = Route(Way.PROXY, "proxy.example:8080", bypass=("192.0.0.0/16",))
    assert fence.fenced(bank, route, tmp_path) == route


def test_a_firm_s_script_decides_for_the_bank_and_is_not_asked_otherwise(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """It may send the bank's hosts wherever it wants to, and learns of no others."""
    given = "function FindProxyForURL(url, host) { return 'DIRECT; ' + host; }"
    script = proxy_script.keep(given, tmp_path)
    find = script_of(fence.fenced(BANK, Route(Way.SCRIPT, script=script), tmp_path))
    assert find("https://login.bank.example/") == "DIRECT; host"
    assert find("https://other.example/") == f"PROXY {fence.NOWHERE}:1"


@pytest.mark.parametrize(
    "given",
    [
        "RegExp.prototype.exec = function () { return ['', 'login.bank.example', '443']; };",
        "String.prototype.slice = function () { return '*'; };",
        "Function.prototype.call = Function.prototype.bind = function () { return this; };",
        "(0, eval)('FindProxyForURL = function () { return \"DIRECT\"; }');",
        (
            "Object.defineProperty(globalThis, 'FindProxyForURL',"
            " {value: function () { return 'DIRECT'; }});"
        ),
        "}; globalThis.FindProxyForURL = function () { return 'DIRECT'; }; {",
    ],
    ids=["exec", "slice", "call", "eval", "define", "brackets"],
)
@pytest.mark.parametrize("when", ["evaluated", "asked"])
def test_a_script_that_was_altered_on_the_way_takes_no_fence_down(
    qtbot: QtBot, tmp_path: Path, given: str, when: str
) -> None:
    """It shares the engine's global object, and may replace what it finds there at any time."""
    decides = "function FindProxyForURL(url, host) { %s return 'DIRECT'; }"
    text = given + decides % "" if when == "evaluated" else decides % given
    script = proxy_script.keep(text, tmp_path)
    find = script_of(fence.fenced(BANK, Route(Way.SCRIPT, script=script), tmp_path))
    find("https://login.bank.example/")
    assert find("https://evil.example/") == f"PROXY {fence.NOWHERE}:1"


@pytest.mark.parametrize(
    "given",
    [
        "function FindProxyForURL(url, host) { return help(host); } function help(h) { return h; }",
        "FindProxyForURL = function (url, host) { return host; }",
        "var FindProxyForURL = (url, host) => host; // the end",
        "'use strict'; function FindProxyForURL(url, host) { return host; }",
    ],
)
def test_a_script_may_define_its_function_as_it_likes(
    qtbot: QtBot, tmp_path: Path, given: str
) -> None:
    """With the fence before it and without."""
    script = proxy_script.keep(given, tmp_path)
    for route in (
        Route(Way.SCRIPT, script=script),
        fence.fenced(BANK, Route(Way.SCRIPT, script=script), tmp_path),
    ):
        assert script_of(route)("https://login.bank.example/", "login") == "login"


@pytest.mark.parametrize(
    "route",
    [
        Route(Way.DIRECT),
        Route(Way.SYSTEM),
        Route(Way.DETECT),
        Route(Way.PROXY, "proxy.example:8080", bypass=("https://www.bank.example",)),
        Route(Way.PROXY, "proxy.example:8080", bypass=("www.bank.example:8443",)),
    ],
)
def test_other_ways_stay_as_they_are(tmp_path: Path, route: Route) -> None:
    """No script is needed, or none of ours could know what the engine knows."""
    assert fence.fenced(BANK, route, tmp_path) == route
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=30))
def test_no_profile_can_bring_a_switch_of_its_own(host: str) -> None:
    """What stands in a profile is a host, or the profile is refused."""
    text = BANK_TEXT.replace("login.bank.example", json.dumps(host)[1:-1])
    try:
        bank = Bank.parse(text.encode("utf-8", "replace"), Path("profile.toml"))
    except ProfileError:
        return
    for route in (Route(Way.DIRECT), Route(Way.PROXY)):
        assert all(re.fullmatch(r"--[!-~]+( [!-~]+)*", one) for one in fence.switches(bank, route))
        assert len(fence.switches(bank, route)) == len(fence.switches(BANK, route))


ADDRESSES = (
    "https://login.bank.example/",
    "https://login.bank.example:443/",
    "https://login.bank.example",
    "https://login.bank.example:8443/",
    "https://www.bank.example:8443/",
    "https://a.b.bank.example/",
    "https://bank.example/",
    "https://.bank.example/",
    "https://evilbank.example/",
    "https://login.bank.example.evil.example/",
    "https://login.bank.example@evil.example/",
    "https://evil.example/https://login.bank.example/",
    "http://login.bank.example/",
    "https://127.0.0.1/",
    "https://[::1]/",
)


def script_of(route: Route) -> Callable[..., str]:
    """The script of a way, as a function of the address and its host."""
    engine = QJSEngine()
    path = Path(QUrl(route.script).toLocalFile())

    def evaluated(source: str) -> QJSValue:
        # The stub knows of a second value, which is there only with a list of exceptions.
        value: Any = engine.evaluate(source, str(path))
        assert isinstance(value, QJSValue)
        assert not value.isError(), value.toString()
        return value

    evaluated(path.read_text("ascii"))
    return lambda address, host="host": evaluated(
        f"FindProxyForURL({json.dumps(address)}, {json.dumps(host)})"
    ).toString()
