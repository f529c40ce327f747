"""What this PC is set to, where the engine cannot see it.

On Linux the engine of Qt WebEngine knows the environment and KDE's file in the home folder, and
nothing of GNOME (tried with 6.11.3: its library holds no name of GNOME's settings).  A session has
a home of its own, so not even KDE's file is there.  Hence all three are read here, in the person's
own home: the environment first, as every program but Chromium takes it, then the desktop's own.
On Windows and macOS the engine could ask the system itself; it is read here all the same, because
only a way that is known before can have the fence around it (``fence.py``).
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from certhelper.failures import FailedError
from certhelper.logon.proxy import Route, Way, WayUnknownError
from certhelper.safe_text import safe

_USUAL_PORTS = {"http": 80, "https": 443, "socks": 1080, "socks5": 1080, "socks4": 1080}
_RULE = re.compile(r"[A-Za-z0-9.*:/_\[\]-]+|<local>")
_GNOME_SCHEMA = "org.gnome.system.proxy"
_GNOME_DESKTOPS = frozenset({"gnome", "unity", "x-cinnamon", "mate", "budgie", "pantheon"})
_GSETTINGS_S = 5.0
_KDE_FILE = "kioslaverc"


def route(outside: Mapping[str, str]) -> Route:
    """Return the way that this PC is set to.

    Raises :class:`~certhelper.failures.FailedError` (``proxy-setting-wrong``).
    """
    if sys.platform == "win32":
        from certhelper.logon import proxy_windows

        return proxy_windows.route()
    if sys.platform == "darwin":
        from certhelper.logon import proxy_macos

        return proxy_macos.route()
    desktops = {name.lower() for name in outside.get("XDG_CURRENT_DESKTOP", "").split(":")}
    found = of_environment(outside)
    if found is None and "kde" in desktops:
        found = of_kde(_kde_file(outside))
    if found is None and desktops & _GNOME_DESKTOPS:
        found = of_gnome(_gnome_settings(outside))
    return found or Route(Way.DIRECT)


def setting_wrong(given: str) -> FailedError:
    """Return the failure of a proxy that is no ``host:port``; a password in it is not shown."""
    return FailedError("proxy-setting-wrong", proxy=safe(given.rpartition("@")[2]))


def of_environment(outside: Mapping[str, str]) -> Route | None:
    """Read the variables as Chromium does (``net/proxy_resolution/proxy_config_service_linux.cc``).

    ``all_proxy`` counts before ``https_proxy``; a name and a password in it are passed over; a
    name in ``no_proxy`` means the hosts below it, too.
    """
    given = _variable(outside, "all_proxy") or _variable(outside, "https_proxy")
    if not given:
        return None
    rules: list[str] = []
    for rule in re.split(r"[,\s]+", _variable(outside, "no_proxy")):
        if rule == "*":
            return Route(Way.DIRECT)
        bare_name = re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)*", rule)
        rules += [rule, f".{rule}"] if bare_name else [rule]
    return through(given, rules)


def of_gnome(listed: str) -> Route | None:
    """Read what ``gsettings list-recursively org.gnome.system.proxy`` has printed."""
    values = dict(_gnome_line(line) for line in listed.splitlines() if line.count(" ") >= 2)
    mode = values.get("mode", "none")
    if mode == "auto":
        script = values.get("autoconfig-url", "")
        return Route(Way.SCRIPT, script_from=script) if script else Route(Way.DETECT)
    if mode != "manual":
        return None
    rules = re.findall(r"'([^']*)'", values.get("ignore-hosts", ""))
    same = [("http", "http")] if values.get("use-same-proxy") == "true" else []
    for place, scheme in [("https", "http"), *same, ("socks", "socks5")]:
        host, port = values.get(f"{place}.host", ""), values.get(f"{place}.port", "0")
        if host:
            return through(f"{scheme}://{host}:{port}", rules)
    return Route(Way.DIRECT)


def of_kde(path: Path) -> Route | None:
    """Read KDE's file; ``ProxyType`` is 0 none, 1 given, 2 a script, 3 looked for, 4 variables."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
        values = parser["Proxy Settings"]
    except (configparser.Error, KeyError, UnicodeDecodeError):
        return None
    kind = values.get("ProxyType", "0")
    if kind == "2":
        return Route(Way.SCRIPT, script_from=values.get("Proxy Config Script", ""))
    if kind == "3":
        return Route(Way.DETECT)
    if kind != "1":
        return None
    if values.get("ReversedException", "false").lower() == "true":
        raise setting_wrong("ReversedException")
    rules = re.split(r"[,\s]+", values.get("NoProxyFor", ""))
    for key in ("httpsProxy", "socksProxy"):
        given = values.get(key, "").strip()
        if given:
            return through(re.sub(r"[ ]+(?=[0-9]+$)", ":", given), rules)
    return Route(Way.DIRECT)


def as_the_engine_would() -> Route:
    """Return the way that the engine takes where it was told none.

    Raises :class:`WayUnknownError` for a setting that cannot be read.
    """
    try:
        return route(os.environ)
    except FailedError as error:
        raise WayUnknownError("what the system is set to") from error


def is_rule(rule: str) -> bool:
    """Say whether an exception is written as the engine may be told it."""
    return _RULE.fullmatch(rule) is not None


def through(given: str, rules: list[str]) -> Route:
    """Read ``scheme://name:password@host:port/``, all but the host optional."""
    scheme, separator, rest = given.partition("://")
    if not separator:
        scheme, rest = "http", given
    scheme = {"socks": "socks5", "socks5h": "socks5", "socks4a": "socks4"}.get(scheme, scheme)
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port or _USUAL_PORTS.get(scheme, 80)
    except ValueError as error:
        raise setting_wrong(given) from error
    if scheme not in _USUAL_PORTS or not host:
        raise setting_wrong(given)
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    kept = tuple(filter(is_rule, rules))
    return Route(Way.PROXY, server, scheme, kept)


def _variable(outside: Mapping[str, str], name: str) -> str:
    return (outside.get(name) or outside.get(name.upper()) or "").strip()


def _gnome_line(line: str) -> tuple[str, str]:
    schema, key, value = line.split(" ", 2)
    part = schema.removeprefix(_GNOME_SCHEMA).lstrip(".")
    return f"{part}.{key}" if part else key, value.strip("'") if value[0] == "'" else value


def _gnome_settings(outside: Mapping[str, str]) -> str:
    """Ask GLib's own program; where it is not there GNOME is not either."""
    try:
        done = subprocess.run(
            ["gsettings", "list-recursively", _GNOME_SCHEMA],
            env=dict(outside) | {"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GSETTINGS_S,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _kde_file(outside: Mapping[str, str]) -> Path:
    given = Path(outside.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".config") / _KDE_FILE
