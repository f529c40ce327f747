"""Policies that keep a person's own browser from the bank, besides those that choose a certificate.

Each is read and never written.  Sources: chromeenterprise.google/policies,
learn.microsoft.com/deployedge/microsoft-edge-policies, mozilla.github.io/policy-templates.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from certhelper.bank import Bank
from certhelper.browsers import firefox_settings, policy_sources, url_lists
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policy_sources import Item, Problem
from certhelper.hosts import HTTPS_PORT, split
from certhelper.safe_text import safe

_TOO_NEW = "tls1.3"
_TOO_OLD = ("ssl3", "tls1", "tls1.1")
_BLOCK = 2
"""``DefaultJavaScriptSetting`` and ``DefaultCookiesSetting``: nowhere, unless a list says else."""

_NO_IMPORTS = 2
"""``ClientCertificateManagementAllowed``: a person may import none themselves."""

_LONGEST_SHOWN = 200
_OF_CHROMIUM = (
    *("SSLVersionMin", "SSLVersionMax", "ProxySettings", "ProxyMode", "ProxyServer"),
    *("ProxyPacUrl", "URLBlocklist", "URLAllowlist", "ClientCertificateManagementAllowed"),
    *("DefaultJavaScriptSetting", "JavaScriptAllowedForUrls", "JavaScriptBlockedForUrls"),
    *("DefaultCookiesSetting", "CookiesAllowedForUrls", "CookiesBlockedForUrls"),
)
_OF_FIREFOX = ("SSLVersionMin", "SSLVersionMax", "Proxy", "WebsiteFilter", "Cookies")
_PROXY_KEYS = ("HTTPProxy", "SSLProxy", "SOCKSProxy", "AutoConfigURL")

Values = Mapping[str, Item]


class Kind(StrEnum):
    """What a policy hinders.

    ``TLS``: which versions are spoken; ``BLOCKED``: the bank's pages, or what they need;
    ``PROXY``: the browser goes a way of its own; ``IMPORTS``: no certificate can be imported.
    """

    TLS = "tls"
    BLOCKED = "blocked"
    PROXY = "proxy"
    IMPORTS = "imports"


class Hindrance(NamedTuple):
    """One policy: its name, what is set, and where that stands; all safe to show.

    ``host`` is the bank's that it is about, empty where it is about every one.
    """

    kind: Kind
    policy: str
    value: str
    where: str
    host: str = ""


def read(
    browser: Browser,
    bank: Bank,
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
) -> tuple[tuple[Hindrance, ...], tuple[Problem, ...]]:
    """Return what is set in a browser that matters to this bank, and what could not be read.

    ``root`` stands for ``/`` on Linux and macOS.  Never raises for what stands in a policy.
    """
    if browser is Browser.FIREFOX:
        values, problems = firefox_settings.policies(_OF_FIREFOX, root, environment)
        found = [*_tls(values), *_of_firefox(values, bank)]
    else:
        values, problems = policy_sources.value_of(browser, _OF_CHROMIUM, root)
        found = [*_tls(values), *_of_chromium(values, bank)]
    return tuple(found), problems


def _tls(values: Values) -> Iterator[Hindrance]:
    """TLS 1.3 alone shuts old servers and old keys out; below 1.2 no bank is spoken to."""
    for name, wrong in (("SSLVersionMin", (_TOO_NEW,)), ("SSLVersionMax", _TOO_OLD)):
        item = values.get(name)
        if item is not None and item.value in wrong:
            yield Hindrance(Kind.TLS, name, str(item.value), item.where)


def _of_chromium(values: Values, bank: Bank) -> Iterator[Hindrance]:
    for address in _addresses(bank):
        blocked = _value(values, "URLBlocklist")
        found = url_lists.blocked_by(address, blocked, _value(values, "URLAllowlist"))
        if found is not None:
            yield _blocked(values["URLBlocklist"], "URLBlocklist", found, address)
        for subject in ("JavaScript", "Cookies"):
            yield from _content(values, subject, address)
    yield from _chromium_proxy(values)
    imports = values.get("ClientCertificateManagementAllowed")
    if imports is not None and imports.value == _NO_IMPORTS:
        yield Hindrance(
            Kind.IMPORTS, "ClientCertificateManagementAllowed", str(_NO_IMPORTS), imports.where
        )


def _content(values: Values, subject: str, address: str) -> Iterator[Hindrance]:
    """Scripts or cookies: the bank's pages need both."""
    place = urlsplit(address)
    server = place.hostname or "", place.port or HTTPS_PORT
    if url_lists.setting_for(*server, _value(values, f"{subject}AllowedForUrls")) is not None:
        return
    name, default = f"{subject}BlockedForUrls", f"Default{subject}Setting"
    found = url_lists.setting_for(*server, _value(values, name))
    if found is not None:
        yield _blocked(values[name], name, found, address)
    elif _value(values, default) == _BLOCK:
        yield _blocked(values[default], default, str(_BLOCK), address)


def _chromium_proxy(values: Values) -> Iterator[Hindrance]:
    """``ProxySettings`` is all of it in one; the others are its older form."""
    whole = values.get("ProxySettings")
    if whole is not None and isinstance(whole.value, dict):
        given = {name: Item(value, whole.where) for name, value in whole.value.items()}
    else:
        given = dict(values)
    mode = given.get("ProxyMode")
    if mode is None or mode.value in ("system", "direct"):
        return
    names = ("ProxyPacUrl",) if mode.value == "pac_script" else ("ProxyServer",)
    shown = [str(given[name].value) for name in names if name in given] or [str(mode.value)]
    yield Hindrance(Kind.PROXY, "ProxyMode", _shown(", ".join(shown)), mode.where)


def _of_firefox(values: Values, bank: Bank) -> Iterator[Hindrance]:
    web_filter, cookies, proxy = (
        _parts(values, name) for name in ("WebsiteFilter", "Cookies", "Proxy")
    )
    for address in _addresses(bank):
        block, exceptions = web_filter.get("Block"), web_filter.get("Exceptions")
        found = url_lists.blocked_in_firefox(address, block, exceptions)
        if found is not None:
            yield _blocked(values["WebsiteFilter"], "WebsiteFilter", found, address)
        of_host = next(
            (
                one
                for one in url_lists.texts_in(cookies.get("Block"))
                if urlsplit(one).hostname == urlsplit(address).hostname
            ),
            None,
        )
        if of_host is not None or cookies.get("Behavior") == "reject":
            yield _blocked(values["Cookies"], "Cookies", of_host or "reject", address)
    mode = proxy.get("Mode")
    if mode in ("manual", "autoConfig", "autoDetect"):
        shown = [str(proxy[name]) for name in _PROXY_KEYS if proxy.get(name)] or [str(mode)]
        yield Hindrance(Kind.PROXY, "Proxy", _shown(", ".join(shown)), values["Proxy"].where)


def _addresses(bank: Bank) -> list[str]:
    """The bank's start page, and the servers that ask for the certificate."""
    servers = [split(entry) for entry in bank.site.certificate_hosts]
    places = [f"https://{host}:{port}/" for host, port in servers]
    start = [bank.site.start_url] if bank.site.start_url else []
    hosts: dict[str | None, str] = {}
    for address in (*start, *places):
        hosts.setdefault(urlsplit(address).hostname, address)
    return list(hosts.values())


def _value(values: Values, name: str) -> object:
    item = values.get(name)
    return None if item is None else item.value


def _parts(values: Values, name: str) -> Mapping[str, object]:
    found = _value(values, name)
    return found if isinstance(found, dict) else {}


def _blocked(item: Item, policy: str, value: str, address: str) -> Hindrance:
    host = urlsplit(address).hostname or ""
    return Hindrance(Kind.BLOCKED, policy, _shown(value), item.where, host)


def _shown(value: str) -> str:
    return safe(value[:_LONGEST_SHOWN])
