"""A page of the bank's that tries to reach other hosts, and sockets that must stay untouched.

Each probe of ``hostile_page.html`` has a trap of its own: TCP and UDP on one port of both loopback
addresses.  What touches it, with a single octet or with none, is written down by its name.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from certhelper.bank import Bank
from certhelper.demo.authority import Authority
from certhelper.demo.server import LoopbackServer, front_context

HOST = "www.demo-bank.localhost"
PAGE = Path(__file__).with_name("hostile_page.html")
WISHES = Path(__file__).with_name("wishes_page.html")
_PAGE_TEXT = PAGE.read_text("utf-8")
PROBES = tuple(re.findall(r"^  (\w+): async \(to", _PAGE_TEXT, re.MULTILINE))
_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class Traps:
    """One for each name; :attr:`touched` are the names of those that something came to."""

    def __init__(self, names: Sequence[str]) -> None:
        self.touched: set[str] = set()
        self._selector = selectors.DefaultSelector()
        self._open = ExitStack()
        self._woken, self._wake = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, "")
        self.ports = {name: self._listen(name) for name in names}
        self._thread = threading.Thread(target=self._watch, name="traps")
        self._thread.start()

    def stop(self) -> None:
        self._wake.close()
        self._thread.join()
        self._open.close()
        self._selector.close()
        self._woken.close()

    def _listen(self, name: str) -> int:
        for _ in range(20):
            with ExitStack() as tried, suppress(OSError):
                port = 0
                bound = []
                for family, host in _LOOPBACKS:
                    tcp = tried.enter_context(socket.socket(family, socket.SOCK_STREAM))
                    tcp.bind((host, port))
                    tcp.listen()
                    port = tcp.getsockname()[1]
                    udp = tried.enter_context(socket.socket(family, socket.SOCK_DGRAM))
                    udp.bind((host, port))
                    bound += [tcp, udp]
                # Not before all are there: the selector would remember those that are closed again.
                for one in bound:
                    self._selector.register(one, selectors.EVENT_READ, name)
                self._open.push(tried.pop_all())
                return port
        raise AssertionError("no port is free on both loopback addresses")

    def _watch(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if not key.data:
                    return
                self.touched.add(key.data)
                one = key.fileobj
                assert isinstance(one, socket.socket)
                if one.type == socket.SOCK_STREAM:
                    one.accept()[0].close()
                else:
                    one.recv(2048)


class HostileSite:
    """The bank with the hostile page, its profile and the traps; a context manager.

    ``only`` are the probes to be tried (all where it is empty); ``path`` is the
    start page; the names of the traps are under ``elsewhere``; ``beside`` is a second host of the
    bank's.  :attr:`seen` are the paths that were asked for, with their queries.
    """

    def __init__(
        self,
        folder: Path,
        only: Sequence[str] = (),
        *,
        host: str = HOST,
        elsewhere: str = "localhost",
        path: str = "/",
        beside: str = "",
    ) -> None:
        self._only = list(only)
        self._elsewhere = elsewhere
        self.traps = Traps(PROBES)
        authority = Authority()
        hosts = [host, *([beside] if beside else [])]
        identity = authority.issue_server(hosts)
        self.seen: list[str] = []
        self._server = LoopbackServer(self._answer, front_context(identity))
        self.host = f"{host}:{self._server.port}"
        self._beside = f"{beside}:{self._server.port}"
        allowed = json.dumps([f"{one}:{self._server.port}" for one in hosts])
        (folder / "root.pem").write_bytes(authority.server_root.pem)
        profile = folder / "bank.toml"
        profile.write_text(_PROFILE.format(host=self.host, path=path, allowed=allowed), "utf-8")
        self.bank = Bank.read(profile)

    def _table(self) -> str:
        traps = {
            name: {"to": f"{name}.{self._elsewhere}:{port}", "port": port}
            for name, port in self.traps.ports.items()
        }
        return f"const table = {json.dumps({'traps': traps, 'only': self._only or None})};"

    def _answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(length)
        to = unquote(environ.get("QUERY_STRING", ""))
        self.seen.append(f"{environ['PATH_INFO']}?{to}")
        status, more, body = self._page(environ["PATH_INFO"], to)
        headers = {"Content-Type": "text/html; charset=utf-8"} | more
        octets = body.encode()
        headers["Content-Length"] = str(len(octets))
        start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [octets]

    def _page(self, path: str, to: str) -> tuple[int, dict[str, str], str]:
        script = {"Content-Type": "text/javascript"}
        whole = {"/": _PAGE_TEXT, "/wishes": WISHES.read_text("utf-8"), "/stranger": _STRANGER}
        if path in whole:
            return 200, {}, whole[path]
        match path:
            case "/strangers":
                return 200, {}, _STRANGERS % f"https://{self._beside}/stranger"
            case "/quiet":
                return 200, {}, f"quiet<script>{self._table()}</script>"
            case "/table.js":
                return 200, script, self._table()
            case "/serviceworker.js":
                return 200, script, f'fetch("https://{to}/", {{ mode: "no-cors" }});'
            case "/redirect":
                return 302, {"Location": f"https://{to}/"}, ""
            case "/linkheader":
                link = f"<https://{to}/>; rel=preconnect, <https://{to}/>; rel=preload; as=script"
                return 200, {"Link": link}, ""
            case "/policyreport":
                policy = f"img-src 'none'; report-uri https://{to}/; report-to x"
                ends = {"Reporting-Endpoints": f'x="https://{to}/"'}
                return 200, ends | {"Content-Security-Policy": policy}, "<img src=/picture>"
            case "/errorreport":
                group = {"group": "x", "max_age": 999, "endpoints": [{"url": f"https://{to}/"}]}
                log = {"report_to": "x", "max_age": 999, "success_fraction": 1}
                return 200, {"Report-To": json.dumps(group), "NEL": json.dumps(log)}, ""
            case "/xml":
                sheet = f'<?xml-stylesheet type="text/xsl" href="https://{to}/"?>'
                document = f'{sheet}<!DOCTYPE a SYSTEM "https://{to}/"><a/>'
                return 200, {"Content-Type": "text/xml"}, document
        return 404, {}, ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self.traps.stop()


# A page, a frame and a pop-up of another origin, and a frame of its own: each is told to run a
# script in the other by a "javascript:" address.  Whatever runs asks for /ran.
_STRANGERS = """
<title>strangers</title>
<iframe name=own src=/quiet></iframe>
<script>
const run = name => `javascript:new Image().src = "/ran?${name}"; void 0`;
const attempt = one => { try { one(); } catch (error) { /* as it should be */ } };
const address = "%s";
const waiting = new Set(["frame", "popup"]);
addEventListener("message", ({ source, data }) => {
  if (waiting.delete(`${data} was told`)) {
    if (waiting.size === 0) frames.own.location = run("own");
    return;
  }
  attempt(() => { source.location = run(`into-${data}`); });
  attempt(() => { source.location.href = run(`into-${data}-href`); });
  attempt(() => { source.location.replace(run(`into-${data}-replace`)); });
  const link = Object.assign(document.createElement("a"), { href: run(`into-${data}-link`) });
  link.target = data;
  document.body.append(link);
  if (data === "frame") attempt(() => link.click());
  waiting.delete(data);
  waiting.add(`${data} was told`);
  source.postMessage("", "*");
});
document.write(`<iframe name=frame src="${address}#frame"></iframe>`);
open(`${address}#popup`, "popup");
</script>
"""
_STRANGER = """
<title>stranger</title>
<body>
<script>
const run = name => `javascript:new Image().src = "/ran?${name}"; void 0`;
const attempt = one => { try { one(); } catch (error) { /* as it should be */ } };
const name_ = location.hash.slice(1), other = opener || parent;
attempt(() => { other.location = run(`out-of-${name_}`); });
attempt(() => { other.location.replace(run(`out-of-${name_}-replace`)); });
const link = Object.assign(document.createElement("a"), { href: run(`out-of-${name_}-link`) });
link.target = "_parent";
document.body.append(link);
if (name_ === "frame") attempt(() => link.click());
addEventListener("message", async () => {
  await fetch("/quiet");  // whatever was to run here has begun by then
  other.postMessage(name_, "*");
});
other.postMessage(name_, "*");
</script>
"""
_PROFILE = """
schema = 1
id = "hostile"
name = "hostile"
[site]
start_url = "https://{host}{path}"
allowed_hosts = {allowed}
trusted_certificates = ["root.pem"]
"""
