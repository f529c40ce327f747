"""The way to the bank, without a browser: what a choice means, and one connection that takes it."""

from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.proxy_server import ByPieces, Fault, PacServer, ProxyServer, pac_script
from support.systems import make_pipe

from certhelper.failures import FailedError, known
from certhelper.logon import proxy, proxy_script, proxy_system
from certhelper.logon.proxy import (
    ProxyRefusedError,
    ProxyUnreachableError,
    Route,
    Way,
    WayUnknownError,
)
from certhelper.proxy_choice import ProxyChoice, ProxyMode

NAME = "www.bank.test"
"""A name that nobody on this PC knows: whoever reaches it went through the proxy."""

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux")


@pytest.fixture
def server() -> Iterator[int]:
    """A server that greets whoever comes, and its port."""

    class Greeting(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"the bank")

    with socketserver.TCPServer(("127.0.0.1", 0), Greeting) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield listening.server_address[1]
        listening.shutdown()
        thread.join()


def greeting(host: str, port: int, way: Route) -> bytes:
    with proxy.connect(host, port, 5.0, way) as plain:
        return plain.recv(100)


def through(server: ProxyServer, *bypass: str, scheme: str = "http") -> Route:
    return Route(Way.PROXY, server.address, scheme, bypass)


def test_a_connection_goes_through_the_proxy(server: int) -> None:
    """Only the proxy knows the name, and the server's first octets must not be lost."""
    with ProxyServer(places={NAME: "127.0.0.1"}) as firm:
        assert greeting(NAME, server, through(firm)) == b"the bank"
    assert firm.tunnels == [f"{NAME}:{server}"]


def test_without_a_proxy_it_goes_directly(server: int) -> None:
    """The choice «none» asks nobody."""
    assert greeting("127.0.0.1", server, Route(Way.DIRECT)) == b"the bank"


def test_this_computer_is_never_asked_for_at_the_proxy(server: int) -> None:
    """Chromium passes by the proxy for localhost; a probe that did not would judge another way."""
    with ProxyServer() as firm:
        assert greeting("login.demo-bank.localhost", server, through(firm)) == b"the bank"
    assert firm.asked == []


@pytest.mark.parametrize(
    "rules", [("localhost.example", "*.test"), (".bank.test",), ("<local>", NAME), ("*",)]
)
def test_a_host_that_passes_by_is_not_asked_for_at_the_proxy(rules: tuple[str, ...]) -> None:
    """The name is unknown here, so going directly fails, and the proxy has heard nothing."""
    with ProxyServer(places={NAME: "127.0.0.1"}) as firm, pytest.raises(OSError, match=r".") as how:
        proxy.connect(NAME, 443, 1.0, through(firm, *rules))
    assert not isinstance(how.value, WayUnknownError)
    assert firm.asked == []


def test_rules_for_others_do_not_count(server: int) -> None:
    """Nets and other names say nothing of this host."""
    rules = ("10.0.0.0/8", "::1", "*.example", ".other.test", "<local>")
    with ProxyServer(places={NAME: "127.0.0.1"}) as firm:
        assert greeting(NAME, server, through(firm, *rules)) == b"the bank"


@pytest.mark.parametrize(
    "way",
    [
        Route(Way.SCRIPT, script="file:///proxy.pac"),
        Route(Way.DETECT),
        Route(Way.PROXY, "127.0.0.1:9", "socks5"),
        Route(Way.PROXY, "127.0.0.1:9", "http", (f"{NAME}:443",)),
        Route(Way.PROXY, "no address"),
    ],
)
def test_what_only_the_engine_knows_is_said_to_be_unknown(way: Route) -> None:
    """A guess would tell the person something false of the bank's server."""
    with pytest.raises(WayUnknownError):
        proxy.connect(NAME, 443, 1.0, way)


def test_what_is_left_to_the_engine_is_looked_up_once_more(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings may be readable by now; where they are not, nothing is guessed."""
    monkeypatch.setattr(proxy_system, "route", lambda _: Route(Way.DIRECT))
    assert greeting("127.0.0.1", server, Route(Way.SYSTEM)) == b"the bank"

    def fail(_: object) -> Route:
        raise proxy_system.setting_wrong("a b")

    for found in (lambda _: Route(Way.SYSTEM), lambda _: Route(Way.SCRIPT), fail):
        monkeypatch.setattr(proxy_system, "route", found)
        with pytest.raises(WayUnknownError):
            proxy.connect("127.0.0.1", server, 1.0, Route(Way.SYSTEM))


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.REFUSE, 403), (Fault.BAD_GATEWAY, 502), (Fault.CLOSE, 0)]
)
def test_a_proxy_that_refuses_is_told_from_one_that_is_not_there(fault: Fault, status: int) -> None:
    """The remedies differ: whom the proxy lets through, or where it is."""
    with ProxyServer(fault=fault) as firm, pytest.raises(ProxyRefusedError) as refused:
        proxy.connect(NAME, 443, 5.0, through(firm))
    assert refused.value.status == status
    assert not refused.value.wants_authentication


def test_a_proxy_that_wants_a_password_is_known() -> None:
    """The engine can ask for one; here it ends."""
    with ProxyServer(users={"a": "b"}) as firm, pytest.raises(ProxyRefusedError) as refused:
        proxy.connect(NAME, 443, 5.0, through(firm))
    assert refused.value.wants_authentication


def test_a_proxy_that_hangs_ends_with_the_time_limit() -> None:
    """Somebody waits for the answer."""
    with ProxyServer(fault=Fault.HANG) as firm, pytest.raises(TimeoutError):
        proxy.connect(NAME, 443, 0.3, through(firm))


def test_a_proxy_that_is_not_there_is_told_from_a_name_that_leads_nowhere() -> None:
    """A port nobody listens at, and a name below ``invalid``."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ProxyUnreachableError) as refused:
        proxy.connect(NAME, 443, 5.0, Route(Way.PROXY, f"127.0.0.1:{port}"))
    assert refused.value.name_found


def test_the_choice_becomes_a_way(tmp_path: Path) -> None:
    """None and manual need nobody else."""
    assert proxy.route(ProxyChoice(ProxyMode.NONE), tmp_path, {}) == Route(Way.DIRECT)
    manual = ProxyChoice(ProxyMode.MANUAL, "proxy.example:8080", "http://ignored.example/")
    assert proxy.route(manual, tmp_path, {"https_proxy": "http://other.example:1"}) == Route(
        Way.PROXY, "proxy.example:8080"
    )


@pytest.mark.parametrize("address", ["", "user:secret@proxy.example:8080", "proxy.example"])
def test_a_proxy_that_is_none_is_said_without_its_password(tmp_path: Path, address: str) -> None:
    """A hand-edited settings file must not reach the engine, nor its password the screen."""
    with pytest.raises(FailedError) as wrong:
        proxy.route(ProxyChoice(ProxyMode.MANUAL, address), tmp_path, {})
    assert wrong.value.code == "proxy-setting-wrong"
    assert wrong.value.code in known()
    assert "secret" not in str(wrong.value.facts)


def test_a_script_is_got_once_and_kept_in_the_home(tmp_path: Path) -> None:
    """The engine reads the file: what was looked at is what decides."""
    with PacServer(pac_script("proxy.example:8080")) as pac:
        found = proxy.route(ProxyChoice(ProxyMode.PAC, "", pac.address), tmp_path, {})
    assert pac.asked == 1
    assert found.way is Way.SCRIPT
    assert found.script == (tmp_path / proxy_script.FILE_NAME).as_uri()
    kept = (tmp_path / proxy_script.FILE_NAME).read_text("ascii")
    assert "proxy.example:8080" in kept
    assert proxy_script.NOWHERE in kept


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16"])
def test_a_script_in_a_file_is_read_as_chromium_reads_it(tmp_path: Path, encoding: str) -> None:
    """Comments in another encoding must not cost the script."""
    file = tmp_path / "会社 proxy.pac"
    file.write_text("/* ü */ function FindProxyForURL(u, h) { return 'DIRECT' }", encoding)
    assert proxy_script.fetch(file.as_uri()).startswith("/* ü */ function")


@pytest.mark.parametrize(
    ("script", "status"), [("<html>portal</html>", 200), (pac_script("a.example:1"), 404)]
)
def test_what_is_no_script_is_refused(tmp_path: Path, script: str, status: int) -> None:
    """Chromium would go directly without a word."""
    with PacServer(script, status=status) as pac, pytest.raises(FailedError) as failed:
        proxy.route(ProxyChoice(ProxyMode.PAC, "", f"{pac.address}?key=secret"), tmp_path, {})
    assert failed.value.code == "pac-unreadable"
    assert failed.value.code in known()
    assert "secret" not in str(failed.value.facts)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/p.pac", "file:///nonexistent.pac"])
def test_a_script_that_cannot_be_got_is_said(tmp_path: Path, address: str) -> None:
    """Nobody there, no such file."""
    with pytest.raises(FailedError) as failed:
        proxy.route(ProxyChoice(ProxyMode.PAC, "", address), tmp_path, {})
    assert failed.value.code == "pac-unreadable"


@ON_LINUX
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_no_script(tmp_path: Path, kind: str) -> None:
    """A pipe would block for ever, and a device fill the memory."""
    pipe = tmp_path / "pipe.pac"
    make_pipe(pipe)
    where = {"pipe": pipe, "device": Path("/dev/zero"), "folder": tmp_path}[kind]
    with pytest.raises(FailedError) as failed:
        proxy_script.fetch(where.as_uri())
    assert failed.value.code == "pac-unreadable"
    assert failed.value.facts["detail"] in ("OSError", "IsADirectoryError")


def test_a_file_that_is_too_long_is_no_script(tmp_path: Path) -> None:
    """As Chromium has it: a mebibyte."""
    file = tmp_path / "long.pac"
    file.write_bytes(b"FindProxyForURL" + bytes(1024 * 1024))
    with pytest.raises(FailedError) as failed:
        proxy_script.fetch(file.as_uri())
    assert failed.value.facts["detail"] == "ValueError"


@pytest.mark.parametrize("elsewhere", ["ftp://127.0.0.1:{}/p.pac", "file:///{}", "data:,{}"])
def test_a_redirect_leads_to_nothing_but_http(elsewhere: str) -> None:
    """Whoever answers in the script's place must not have this PC speak to others in his name."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        target = elsewhere.format(other.getsockname()[1])
        head = f"HTTP/1.0 302 Found\r\nLocation: {target}\r\n\r\n".encode()
        with ByPieces(head) as pac, pytest.raises(FailedError) as failed:
            proxy_script.fetch(pac.address)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert failed.value.code == "pac-unreadable"


def test_a_script_may_have_moved() -> None:
    """From one address to another of HTTP."""
    with PacServer(pac_script("proxy.example:8080")) as pac:
        head = f"HTTP/1.0 302 Found\r\nLocation: {pac.address}\r\n\r\n".encode()
        with ByPieces(head) as first:
            assert "proxy.example:8080" in proxy_script.fetch(first.address)


def test_a_head_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each octet comes in time, and all of them never."""
    monkeypatch.setattr(proxy_script, "_ALL_S", 0.3)
    with ByPieces(b"HTTP/1.0 200 OK\r\n", endless=b"X") as pac:
        with pytest.raises(FailedError) as failed:
            proxy_script.fetch(pac.address)
        assert failed.value.facts["detail"] == "TimeoutError"


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy.example:8080"}, Route(Way.PROXY, "proxy.example:8080")),
        ({"HTTPS_PROXY": "proxy.example:8080/"}, Route(Way.PROXY, "proxy.example:8080")),
        ({"https_proxy": "http://proxy.example"}, Route(Way.PROXY, "proxy.example:80")),
        ({"https_proxy": "http://[2001:db8::1]:1"}, Route(Way.PROXY, "[2001:db8::1]:1")),
        ({"all_proxy": "socks5h://a.example"}, Route(Way.PROXY, "a.example:1080", "socks5")),
        (
            {"all_proxy": "http://a.example:1", "https_proxy": "http://b.example:2"},
            Route(Way.PROXY, "a.example:1"),
        ),
        ({"https_proxy": "http://user:secret@a.example:1"}, Route(Way.PROXY, "a.example:1")),
        ({"http_proxy": "http://proxy.example:8080"}, None),
        (
            {"https_proxy": "http://a.example:1", "no_proxy": "b.example, .c.example,10.0.0.0/8"},
            Route(
                Way.PROXY,
                "a.example:1",
                "http",
                ("b.example", ".b.example", ".c.example", "10.0.0.0/8"),
            ),
        ),
        ({"https_proxy": "http://a.example:1", "NO_PROXY": "*"}, Route(Way.DIRECT)),
        (
            {"https_proxy": "http://a.example:1", "no_proxy": "b;--x,$(c)"},
            Route(Way.PROXY, "a.example:1"),
        ),
    ],
)
def test_the_environment_is_read_as_chromium_reads_it(
    variables: dict[str, str], way: Route | None
) -> None:
    """``http_proxy`` is for http only, and a bank is https."""
    assert proxy_system.of_environment(variables) == way


@pytest.mark.parametrize("given", ["gopher://a.example:1", "http://a.example:port", "http://"])
def test_a_variable_that_is_no_proxy_is_said(given: str) -> None:
    """Going directly instead would break the firm's rule unnoticed."""
    with pytest.raises(FailedError) as wrong:
        proxy_system.of_environment({"https_proxy": given})
    assert wrong.value.code == "proxy-setting-wrong"


GNOME = """\
org.gnome.system.proxy autoconfig-url '{script}'
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.corp.example']
org.gnome.system.proxy mode '{mode}'
org.gnome.system.proxy use-same-proxy {same}
org.gnome.system.proxy.ftp host ''
org.gnome.system.proxy.ftp port 0
org.gnome.system.proxy.http authentication-password ''
org.gnome.system.proxy.http host 'http.example'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.https host '{host}'
org.gnome.system.proxy.https port 3128
org.gnome.system.proxy.socks host '{socks}'
org.gnome.system.proxy.socks port 1080
"""
PASSED_BY = ("localhost", "127.0.0.0/8", "::1", "*.corp.example")


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ({"mode": "none", "host": "a.example"}, None),
        ({"host": "a.example"}, Route(Way.PROXY, "a.example:3128", "http", PASSED_BY)),
        ({}, Route(Way.PROXY, "http.example:8080", "http", PASSED_BY)),
        (
            {"same": "false", "socks": "s.example"},
            Route(Way.PROXY, "s.example:1080", "socks5", PASSED_BY),
        ),
        ({"same": "false"}, Route(Way.DIRECT)),
        (
            {"mode": "auto", "script": "http://a.example/p.pac"},
            Route(Way.SCRIPT, script_from="http://a.example/p.pac"),
        ),
        ({"mode": "auto"}, Route(Way.DETECT)),
    ],
)
def test_gnomes_settings_are_read(values: dict[str, str], way: Route | None) -> None:
    """As ``gsettings`` of GLib 2.74 prints them."""
    usual = {"mode": "manual", "script": "", "same": "true", "host": "", "socks": ""}
    assert proxy_system.of_gnome(GNOME.format_map(usual | values)) == way


@ON_LINUX
def test_gnomes_own_program_is_asked(home: Path) -> None:
    """``gsettings`` itself, with GLib's key file in the place of the desktop's database."""
    outside = {
        "HOME": str(home),
        "GSETTINGS_BACKEND": "keyfile",
        "XDG_CURRENT_DESKTOP": "ubuntu:GNOME",
    }
    assert proxy_system.route(outside) == Route(Way.DIRECT)
    for schema, key, value in (
        ("proxy", "mode", "manual"),
        ("proxy.https", "host", "proxy.example"),
        ("proxy.https", "port", "3128"),
        ("proxy", "ignore-hosts", "['*.corp.example']"),
    ):
        words = ["gsettings", "set", f"org.gnome.system.{schema}", key, value]
        subprocess.run(words, env=outside | {"PATH": os.defpath}, check=True)
    assert proxy_system.route(outside) == Route(
        Way.PROXY, "proxy.example:3128", "http", ("*.corp.example",)
    )


KDE = """\
[Proxy Settings]
AuthMode=0
NoProxyFor=localhost,.corp.example
Proxy Config Script={script}
ProxyType={kind}
ReversedException={reversed}
httpProxy=http://http.example 8080
httpsProxy={https}
"""


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ({"kind": "0"}, None),
        ({"kind": "4"}, None),
        ({}, Route(Way.PROXY, "a.example:3128", "http", ("localhost", ".corp.example"))),
        ({"https": ""}, Route(Way.DIRECT)),
        (
            {"kind": "2", "script": "http://a.example/p.pac"},
            Route(Way.SCRIPT, script_from="http://a.example/p.pac"),
        ),
        ({"kind": "3"}, Route(Way.DETECT)),
    ],
)
@ON_LINUX
def test_kdes_settings_are_read(tmp_path: Path, values: dict[str, str], way: Route | None) -> None:
    """From the person's own home: the session has another one."""
    usual = {"script": "", "kind": "1", "reversed": "false", "https": "http://a.example 3128"}
    (tmp_path / "kioslaverc").write_text(KDE.format_map(usual | values))
    outside = {"XDG_CURRENT_DESKTOP": "KDE", "XDG_CONFIG_HOME": str(tmp_path)}
    assert proxy_system.route(outside) == (way or Route(Way.DIRECT))


@ON_LINUX
def test_kdes_list_of_those_who_alone_use_the_proxy_is_refused(tmp_path: Path) -> None:
    """The engine has no such rule; the opposite would be a way that nobody wanted."""
    values = {"script": "", "kind": "1", "reversed": "true", "https": "http://a.example 3128"}
    (tmp_path / "kioslaverc").write_text(KDE.format_map(values))
    with pytest.raises(FailedError) as wrong:
        proxy_system.of_kde(tmp_path / "kioslaverc")
    assert wrong.value.code == "proxy-setting-wrong"


@ON_LINUX
def test_the_environment_counts_before_the_desktop(tmp_path: Path) -> None:
    """Whoever sets a variable means this program."""
    (tmp_path / "kioslaverc").write_text("[Proxy Settings]\nProxyType=3\n")
    outside = {"XDG_CURRENT_DESKTOP": "KDE", "XDG_CONFIG_HOME": str(tmp_path)}
    assert proxy_system.route(outside) == Route(Way.DETECT)
    outside["https_proxy"] = "http://a.example:1"
    assert proxy_system.route(outside) == Route(Way.PROXY, "a.example:1")


@ON_LINUX
def test_without_any_setting_the_way_is_direct(tmp_path: Path) -> None:
    """A desktop without settings, and a file that is none."""
    (tmp_path / "kioslaverc").write_text("no file of KDE's")
    for desktop in ("", "KDE", "XFCE", "ubuntu:GNOME"):
        outside = {"XDG_CURRENT_DESKTOP": desktop, "XDG_CONFIG_HOME": str(tmp_path)}
        assert proxy_system.route(outside) == Route(Way.DIRECT)
