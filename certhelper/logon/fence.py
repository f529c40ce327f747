"""The fence around a session's network: the engine connects to the profile's hosts and no others.

The request guard sees what pages ask for.  Some requests pass it by or are judged only after a
connection has begun (tried with Qt WebEngine 6.11.3): ``<link rel=preconnect>`` and its header, a
redirect of a picture or of a ``fetch`` (about half went out whole), FedCM, WebTransport, WebRTC
over TCP, and what the engine asks for on its own account.  So the engine is told as well, below
all of these, by the switches of ``chrome/common/chrome_switches.cc`` and
``services/network/public/cpp/network_switches.cc``:

* with no proxy on the way, everything goes to a proxy that does not exist but for the bank's hosts
  at their ports (``net/proxy_resolution/proxy_bypass_rules.h``; ``<-loopback>`` takes away the
  exception that this computer itself otherwise is).  WebRTC and WebTransport ask for a proxy, too;
* with a proxy or a script on the way, a script of ours stands before it and says the same; and
  every other host is renamed to one that does not exist (``net/base/host_mapping_rules.h``),
  because no script is asked for this computer's own names.  WebRTC and WebTransport to this
  computer itself are left.  Exceptions of the proxy's own go into that script, too; where one is
  of a form that only the engine can read, there is the renaming alone;
* where the engine asks the system or looks for a script in the network, nobody knows from which
  host it will get that script, and there is no fence but the guard.  ``proxy_system.py`` therefore
  reads the system's settings itself, as far as it understands them.

A server that does not send its intermediate certificates (RFC 8446 section 4.4.2 wants them) stays
unknown: the engine cannot fetch them through the fence.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from certhelper.bank import Bank
from certhelper.hosts import split
from certhelper.logon.proxy import Route, Way

NOWHERE = "outside-the-bank.invalid"
"""RFC 6761 section 6.4: no such name exists; the engine does not even ask for it."""

FILE_NAME = "fence.pac"

_KINDS = {"http": "PROXY", "https": "HTTPS", "socks5": "SOCKS5", "socks4": "SOCKS"}
_SCRIPT = """\
(function (everything) {{
  var call = Function.prototype.call;
  var execute = call.bind(RegExp.prototype.exec);
  var slice = call.bind(String.prototype.slice);
  var decides = null;
  var places = {places};
  var form = /^(?:https|wss):\\/\\/([^\\/:?#@]+)(?::([0-9]+))?(?:[\\/?#]|$)/;
  function isInside(url) {{
    var found = execute(form, url);
    if (!found) return false;
    var host = found[1], port = found[2] || "443";
    for (var i = 0; i < places.length; i++) {{
      var name = places[i][0];
      var fits = slice(name, 0, 1) === "*"
        ? host.length >= name.length && slice(host, 1 - name.length) === slice(name, 1)
        : host === name;
      if (fits && port === places[i][1]) return true;
    }}
    return false;
  }}
  function fenced(url, host) {{
    return isInside(url) ? decides(url, host) : "PROXY {nowhere}:1";
  }}
  Object.defineProperty(everything, "FindProxyForURL", {{ value: fenced }});
  decides = (function () {{
{decides}
    return FindProxyForURL;
  }})();
}})(this);
"""
"""What the fence calls is taken, and itself set for good, before a script of others is evaluated:
that shares the engine's one global object and may replace whatever it finds there."""
_PROXY = """\
function FindProxyForURL(url, host) {{
  var passes = {passes};
  for (var i = 0; i < passes.length; i++)
    if (new RegExp(passes[i]).test(host.toLowerCase())) return "DIRECT";
  return {proxy};
}}"""
_NAME_RULE = re.compile(r"[a-z0-9.*_-]*[a-z*][a-z0-9.*_-]*")
_ADDRESS_RULE = re.compile(r"[0-9.]+(/[0-9]+)?|\[?[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*\]?(/[0-9]+)?")
_NOT_ASKED = f"--host-resolver-rules=MAP {NOWHERE} ~NOTFOUND"


def switches(bank: Bank, route: Route) -> list[str]:
    """What keeps the engine to the hosts of ``bank`` on this way."""
    match route.way:
        case Way.DIRECT:
            places = ";".join(f"{host}:{port}" for host, port in _places(bank))
            return [
                f"--proxy-server=http://{NOWHERE}:1",
                f"--proxy-bypass-list=<-loopback>;{places}",
                _NOT_ASKED,
            ]
        case Way.PROXY | Way.SCRIPT:
            names = "".join(f", EXCLUDE {host}" for host, _ in _places(bank))
            return [f"--host-rules=MAP * {NOWHERE}{names}", _NOT_ASKED]
        case Way.SYSTEM | Way.DETECT:
            return []


def fenced(bank: Bank, route: Route, home: Path) -> Route:
    """Put the fence before the proxy or script of this way, as a script in the private ``home``.

    Raises ``OSError`` when it cannot be written.
    """
    if route.way is Way.SCRIPT:
        from urllib.request import url2pathname  # it costs every session's start its time

        decides = Path(url2pathname(urlsplit(route.script).path)).read_text("ascii")
    elif route.way is Way.PROXY and route.scheme in _KINDS:
        passes = _patterns(route.bypass, bank)
        if passes is None:
            return route
        proxy = json.dumps(f"{_KINDS[route.scheme]} {route.server}")
        decides = _PROXY.format(proxy=proxy, passes=json.dumps(passes))
    else:
        return route
    places = json.dumps([(host, str(port)) for host, port in _places(bank)])
    path = home / FILE_NAME
    path.write_text(
        _SCRIPT.format(decides=decides, places=places, nowhere=NOWHERE), encoding="ascii"
    )
    return route._replace(way=Way.SCRIPT, script=path.as_uri())


def _patterns(bypass: tuple[str, ...], bank: Bank) -> list[str] | None:
    """Write exceptions as regular expressions of a host's name; ``None`` where one is no such.

    As Chromium reads them: ``<local>`` is every name without a dot, ``*`` stands for anything,
    ``.corp.example`` for what is below it; an address or a net stands for no name.
    """
    has_addresses = any(_ADDRESS_RULE.fullmatch(host) for host, _ in _places(bank))
    patterns = []
    for rule in map(str.lower, bypass):
        if rule == "<local>":
            patterns.append("^[^.:]+$")
        elif _NAME_RULE.fullmatch(rule):
            whole = f"*{rule}" if rule.startswith(".") else rule
            patterns.append(f"^{re.escape(whole).replace(re.escape('*'), '.*')}$")
        elif has_addresses or not _ADDRESS_RULE.fullmatch(rule):
            return None
    return patterns


def _places(bank: Bank) -> list[tuple[str, int]]:
    """Hosts, wildcards among them, and ports; the profile's check lets nothing else through."""
    entries = bank.site.allowed_hosts + bank.site.certificate_hosts
    return sorted({split(entry) for entry in entries})
