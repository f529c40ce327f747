"""The way that Windows is set to, in the order and by the rules of Chromium.

``net/proxy_resolution/win/proxy_config_service_win.cc`` says where Chromium looks,
``configured_proxy_resolution_service.cc`` in which order: a script that is found in the network, a
script that is given, a proxy that is given.  Whatever is written in a form that is not understood
here is left to the engine, which asks Windows itself; there is no fence then, and the log says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from certhelper import proxy_choice
from certhelper.failures import FailedError
from certhelper.logon import proxy_script
from certhelper.logon.proxy import Route, Way
from certhelper.logon.proxy_system import is_rule, through
from certhelper.windows import proxy_settings
from certhelper.windows.library import WindowsCallError
from certhelper.windows.proxy_settings import ProxySettings

_log = logging.getLogger(__name__)

_BETWEEN_RULES = re.compile(r"[;,\s]+")


def route() -> Route:
    """Return the way that Windows is set to for this person; takes a few seconds at the worst."""
    try:
        return of_settings(proxy_settings.read(), proxy_settings.detect)
    except WindowsCallError as error:
        return _left_to_the_engine(str(error))


def of_settings(settings: ProxySettings, detect: Callable[[], str]) -> Route:
    """Decide; ``detect`` looks for a script in the network and is asked only where it counts.

    Raises :class:`WindowsCallError` as ``detect`` does.
    """
    if settings.detects:
        found = detect()
        if found and _is_readable(found):
            return Route(Way.SCRIPT, script_from=found)
    if settings.script:
        if not proxy_choice.is_pac_address(settings.script):
            return _left_to_the_engine("the script's address")
        return Route(Way.SCRIPT, script_from=settings.script)
    if not settings.proxy:
        return Route(Way.DIRECT)
    return _of_lists(settings.proxy, settings.bypass)


def _is_readable(address: str) -> bool:
    """Say whether a script is there.

    A network that answers to every name seems to have one; Chromium then goes on without.  A
    script that somebody has given is another thing: it is never passed over.
    """
    try:
        if proxy_choice.is_pac_address(address):
            proxy_script.fetch(address)
            return True
    except FailedError as error:
        _log.info("no script where the network names one: %s", error.facts.get("detail"))
    return False


def _of_lists(proxies: str, bypass: str) -> Route:
    """Read what ``ProxyRules::ParseFromString`` of Chromium reads (``net/base/proxy_config.cc``).

    ``host:port`` counts for everything, ``https=host:port`` for the bank, ``socks=host:port`` (a
    SOCKS 4 proxy) for what has no entry of its own.
    """
    places = [place.strip() for place in proxies.split(";") if place.strip()]
    by_kind: dict[str, str] = {}
    for place in places:
        kind, equals, server = place.rpartition("=")
        by_kind.setdefault(kind.strip().lower() if equals else "", server.strip())
    given = by_kind.get("") or by_kind.get("https")
    if not given and by_kind.get("socks"):
        server = by_kind["socks"]
        given = server if "://" in server else f"socks4://{server}"
    if not given:
        return Route(Way.DIRECT)
    rules = [rule for rule in _BETWEEN_RULES.split(bypass) if rule]
    if not all(map(is_rule, rules)):
        return _left_to_the_engine("the list of exceptions")
    try:
        found = through(given, rules)
    except FailedError:
        return _left_to_the_engine("the proxy")
    if proxy_choice.place_of(found.server) is None:
        return _left_to_the_engine("the proxy")
    return found


def _left_to_the_engine(what: str) -> Route:
    _log.warning("Windows' proxy settings are left to the engine, without a fence: %s", what)
    return Route(Way.SYSTEM)
