"""Lists of addresses in policies: whether a page may be opened.

Edge, Chrome, Chromium: chromeenterprise.google "URL blocklist filter format", and which filter wins
in ``components/url_matcher/url_util.cc`` (``FilterTakesPrecedence``).  Firefox:
mozilla.github.io/policy-templates (``WebsiteFilter``), with match patterns of WebExtensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from certhelper.browsers.patterns import Pattern, PatternError

_PORTS = {"https": 443, "http": 80}
_FILTER = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*|\*)://)?"
    r"(?P<exact>\.)?(?P<host>\*|\[[0-9a-f:.]+\]|[^/:?*\s]*)"
    r"(?::(?P<port>[0-9]+|\*))?(?P<path>/[^?]*)?(?:\?.*)?",
    re.IGNORECASE,
)
_MATCH_PATTERN = re.compile(r"(?P<scheme>\*|[a-z]+)://(?P<host>\*|(?:\*\.)?[^/*]*)(?P<path>/.*)")
_ALL_URLS = "<all_urls>"


class _Filter(NamedTuple):
    """One element of ``URLBlocklist``; an empty ``host`` is any, an empty ``scheme``, too."""

    scheme: str
    host: str
    is_exact: bool
    port: int | None
    path: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        found = _FILTER.fullmatch(text.strip())
        if found is None:
            return None
        scheme, host, port = found["scheme"], found["host"], found["port"]
        return cls(
            scheme="" if scheme in (None, "*") else scheme.lower(),
            host="" if host == "*" else host.lower(),
            is_exact=found["exact"] is not None,
            port=None if port in (None, "*") else int(port),
            path=(found["path"] or "").rstrip("*"),
        )

    def matches(self, address: SplitResult) -> bool:
        host = (address.hostname or "").lower()
        is_host = host == self.host or (not self.is_exact and host.endswith(f".{self.host}"))
        port = address.port or _PORTS.get(address.scheme)
        return (
            (not self.host or is_host)
            and self.scheme in ("", address.scheme)
            and self.port in (None, port)
            and (address.path or "/").startswith(self.path)
        )

    @property
    def weight(self) -> tuple[bool, bool, int, int]:
        """The greatest of those that match decides."""
        is_wildcard = not self.host and not self.path and not self.scheme
        return not is_wildcard, self.is_exact, len(self.host), len(self.path)


def blocked_by(address: str, blocked: object, allowed: object) -> str | None:
    """Return the element of ``URLBlocklist`` that keeps this address from being opened, or None.

    ``allowed`` is ``URLAllowlist``; both as they stand in the policy.  Of two that weigh the same
    the allowing one wins.  Parts behind ``?`` are not compared.
    """
    place = urlsplit(address)
    against = [(one.weight, False, text) for text, one in _filters(blocked) if one.matches(place)]
    for_it = [(one.weight, True, text) for text, one in _filters(allowed) if one.matches(place)]
    _, is_allowed, text = max([*against, *for_it], default=((), True, ""))
    return None if is_allowed else text


def blocked_in_firefox(address: str, blocked: object, exceptions: object) -> str | None:
    """Return the element of ``WebsiteFilter``'s ``Block`` that keeps this address out, or None."""
    place = urlsplit(address)
    if any(_matches_pattern(one, place) for one in texts_in(exceptions)):
        return None
    return next((one for one in texts_in(blocked) if _matches_pattern(one, place)), None)


def setting_for(host: str, port: int, listed: object) -> str | None:
    """Return the first pattern of a list such as ``JavaScriptBlockedForUrls`` that means a server.

    What is no pattern is none for the browser either.
    """
    for text in texts_in(listed):
        try:
            if Pattern.parse(text).matches(host, port):
                return text
        except PatternError:
            continue
    return None


def texts_in(listed: object) -> Iterable[str]:
    """Return the texts of a list from a policy, whatever else is in it or in its place."""
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _filters(listed: object) -> list[tuple[str, _Filter]]:
    parsed = ((text, _Filter.parse(text)) for text in texts_in(listed))
    return [(text, one) for text, one in parsed if one is not None]


def _matches_pattern(pattern: str, place: SplitResult) -> bool:
    if pattern == _ALL_URLS:
        return place.scheme in _PORTS
    found = _MATCH_PATTERN.fullmatch(pattern)
    if found is None:
        return False
    host = (place.hostname or "").lower()
    wanted = found["host"].lower()
    suffix = wanted.removeprefix("*.")
    is_host = wanted == "*" or host == suffix or (wanted != suffix and host.endswith(f".{suffix}"))
    is_scheme = found["scheme"] == place.scheme or (
        found["scheme"] == "*" and place.scheme in _PORTS
    )
    return is_host and is_scheme and fnmatchcase(place.path or "/", found["path"])
