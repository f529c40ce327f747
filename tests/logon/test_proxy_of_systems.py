"""What Windows and macOS are set to, as their own libraries and programs tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.proxy_server import PacServer, pac_script

from certhelper.logon import proxy_macos, proxy_windows
from certhelper.logon.proxy import Route, Way
from certhelper.windows import proxy_settings
from certhelper.windows.library import WindowsCallError
from certhelper.windows.proxy_settings import ProxySettings

LEFT = Route(Way.SYSTEM)
SCRIPT = "http://wpad.example/p.pac"


@pytest.fixture(autouse=True)
def _may_be_left(expect_log: Callable[[str], None]) -> None:
    """What is left to the engine is logged; which that is, each test says by the way."""
    expect_log("are left to the engine, without a fence")


def not_asked() -> str:
    raise AssertionError("nobody is to look in the network")


@pytest.mark.parametrize(
    ("proxy", "way"),
    [
        ("", Route(Way.DIRECT)),
        ("proxy.example:8080", Route(Way.PROXY, "proxy.example:8080")),
        ("proxy.example", Route(Way.PROXY, "proxy.example:80")),
        ("http://proxy.example:8080/", Route(Way.PROXY, "proxy.example:8080")),
        ("http=a.example:1;https=b.example:2;ftp=c.example:3", Route(Way.PROXY, "b.example:2")),
        ("HTTPS=b.example:2 ; socks=d.example:4", Route(Way.PROXY, "b.example:2")),
        ("https=https://b.example", Route(Way.PROXY, "b.example:443", "https")),
        ("http=a.example:1;socks=d.example", Route(Way.PROXY, "d.example:1080", "socks4")),
        ("socks=socks5://d.example:4", Route(Way.PROXY, "d.example:4", "socks5")),
        ("http=a.example:1", Route(Way.DIRECT)),
        ("a.example:1,b.example:2", LEFT),
        ("https=quic://a.example:1", LEFT),
        ("https=a b", LEFT),
    ],
)
def test_windows_proxies_are_read_as_the_engine_reads_them(proxy: str, way: Route) -> None:
    """One for all or one for each scheme; what is not understood is left to the engine."""
    assert proxy_windows.of_settings(ProxySettings(proxy=proxy), not_asked) == way


@pytest.mark.parametrize(
    ("bypass", "rules"),
    [
        ("", ()),
        ("<local>", ("<local>",)),
        (
            "*.corp.example;10.*, 192.168.0.0/16\t<local>",
            ("*.corp.example", "10.*", "192.168.0.0/16", "<local>"),
        ),
        (
            "https://a.example;b.example:8443;[::1]",
            ("https://a.example", "b.example:8443", "[::1]"),
        ),
        ("<-loopback>", None),
        ("*.corp.example;日本.example", None),
    ],
)
def test_windows_exceptions_keep_their_meaning(bypass: str, rules: tuple[str, ...] | None) -> None:
    """None is dropped in silence: that would be another way than Windows'."""
    found = proxy_windows.of_settings(ProxySettings(False, "", "a.example:1", bypass), not_asked)
    assert found == (LEFT if rules is None else Route(Way.PROXY, "a.example:1", "http", rules))


def test_a_form_that_is_left_to_the_engine_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """There is no fence then, and whoever looks for the reason finds it."""
    proxy_windows.of_settings(ProxySettings(proxy="a.example:1", bypass="<-loopback>"), not_asked)
    assert "without a fence: the list of exceptions" in caplog.text


@pytest.mark.parametrize(
    ("script", "way"),
    [
        (SCRIPT, Route(Way.SCRIPT, script_from=SCRIPT)),
        ("file:///C:/p.pac", Route(Way.SCRIPT, script_from="file:///C:/p.pac")),
        (r"file://C:\p.pac", LEFT),
        ("ftp://a.example/p.pac", LEFT),
    ],
)
def test_windows_script_counts_before_its_proxy(script: str, way: Route) -> None:
    """As in the engine; an address that only old browsers took is left to it."""
    settings = ProxySettings(script=script, proxy="a.example:1")
    assert proxy_windows.of_settings(settings, not_asked) == way


def test_a_script_in_the_network_counts_before_everything() -> None:
    """Windows looks for one by default."""
    with PacServer(pac_script("a.example:1")) as pac:
        settings = ProxySettings(True, SCRIPT, "a.example:1")
        found = proxy_windows.of_settings(settings, lambda: pac.address)
        assert found == Route(Way.SCRIPT, script_from=pac.address)


@pytest.mark.parametrize("script", ["", SCRIPT])
@pytest.mark.parametrize("named", ["", "http://127.0.0.1:9/wpad.dat", "ftp://a.example/wpad.dat"])
def test_without_a_script_in_the_network_the_next_setting_counts(script: str, named: str) -> None:
    """Most networks have none, and some answer to the name without one: no log-on stops there."""
    found = proxy_windows.of_settings(ProxySettings(True, script), lambda: named)
    assert found == (Route(Way.SCRIPT, script_from=script) if script else Route(Way.DIRECT))


def test_settings_that_windows_cannot_tell_are_left_to_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service that is switched off stops no log-on: the engine has ways of its own."""

    def fail() -> ProxySettings:
        raise WindowsCallError("WinHttpGetIEProxyConfigForCurrentUser", 12178)

    monkeypatch.setattr(proxy_settings, "read", fail)
    assert proxy_windows.route() == LEFT


MACOS = """\
<dictionary> {{
  ExceptionsList : <array> {{
    0 : *.local
    1 : {exception}
  }}
  ExcludeSimpleHostnames : {simple}
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 1
  HTTPProxy : http.example
  HTTPSEnable : {https}
  HTTPSPort : 3128
  HTTPSProxy : a.example
  ProxyAutoConfigEnable : {script}
  ProxyAutoConfigURLString : http://a.example/p.pac
  ProxyAutoDiscoveryEnable : {detects}
  SOCKSEnable : {socks}
  SOCKSPort : 1080
  SOCKSProxy : b.example
}}
"""
_LOCAL = ("*.local", "169.254/16")


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ({}, Route(Way.DIRECT)),
        ({"https": "1"}, Route(Way.PROXY, "a.example:3128", "http", _LOCAL)),
        (
            {"https": "1", "simple": "1"},
            Route(Way.PROXY, "a.example:3128", "http", (*_LOCAL, "<local>")),
        ),
        ({"socks": "1"}, Route(Way.PROXY, "b.example:1080", "socks5", _LOCAL)),
        ({"script": "1"}, Route(Way.SCRIPT, script_from="http://a.example/p.pac")),
        ({"detects": "1", "script": "1"}, Route(Way.DETECT)),
        ({"https": "1", "exception": "日本.example"}, LEFT),
    ],
)
def test_macos_settings_are_read(values: dict[str, str], way: Route) -> None:
    """By what Apple documents; seen on no Mac."""
    usual = dict.fromkeys(("simple", "https", "script", "detects", "socks"), "0")
    listing = MACOS.format_map(usual | {"exception": "169.254/16"} | values)
    assert proxy_macos.of_listing(listing) == way


@pytest.mark.parametrize("listing", ["", "No such command", "<dictionary> {\n}\n"])
def test_macos_without_settings_is_told_from_an_answer_that_is_none(listing: str) -> None:
    """An empty dictionary is what a new Mac may have; anything else is left to the engine."""
    assert proxy_macos.of_listing(listing) == (
        Route(Way.DIRECT) if listing.startswith("<dict") else LEFT
    )
