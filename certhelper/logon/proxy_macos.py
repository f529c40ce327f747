"""The way that macOS is set to, as its own ``scutil --proxy`` prints it.

Written to what Apple documents (``SCDynamicStoreCopyProxies``, ``SCSchemaDefinitions.h``) and to
what Chromium makes of it (``net/proxy_resolution/proxy_config_service_mac.cc``).  Never run on
macOS: what is not understood is left to the engine, without a fence.
"""

from __future__ import annotations

import logging
import re
import subprocess

from certhelper.failures import FailedError
from certhelper.logon.proxy import Route, Way
from certhelper.logon.proxy_system import is_rule, through

_log = logging.getLogger(__name__)

_TIME_LIMIT_S = 5.0
_VALUE = re.compile(r"^  (\w+) : (.*)$", re.MULTILINE)
_LIST = re.compile(r"^  ExceptionsList : <array> \{\n(.*?)^  \}", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^    [0-9]+ : (.*)$", re.MULTILINE)


def route() -> Route:
    """Return the way that macOS is set to."""
    try:
        done = subprocess.run(
            ["/usr/sbin/scutil", "--proxy"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIME_LIMIT_S,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _left_to_the_engine(type(error).__name__)
    return of_listing(done.stdout)


def of_listing(listing: str) -> Route:
    """Read what ``scutil`` has printed."""
    if not listing.startswith("<dictionary> {"):
        return _left_to_the_engine("scutil")
    values = dict(_VALUE.findall(listing))
    if values.get("ProxyAutoDiscoveryEnable") == "1":
        return Route(Way.DETECT)
    if values.get("ProxyAutoConfigEnable") == "1":
        return Route(Way.SCRIPT, script_from=values.get("ProxyAutoConfigURLString", ""))
    found = _LIST.search(listing)
    rules = _ENTRY.findall(found[1]) if found else []
    if values.get("ExcludeSimpleHostnames") == "1":
        rules.append("<local>")
    for kind, scheme in (("HTTPS", "http"), ("SOCKS", "socks5")):
        if values.get(f"{kind}Enable") != "1":
            continue
        host, port = values.get(f"{kind}Proxy", ""), values.get(f"{kind}Port", "")
        try:
            if all(map(is_rule, rules)):
                return through(f"{scheme}://{host}:{port}", rules)
        except FailedError:
            pass
        return _left_to_the_engine(kind)
    return Route(Way.DIRECT)


def _left_to_the_engine(what: str) -> Route:
    _log.warning("macOS' proxy settings are left to the engine, without a fence: %s", what)
    return Route(Way.SYSTEM)
