"""Patterns of addresses in Chromium's policies ("content settings patterns").

As ``components/content_settings/core/common/content_settings_pattern_parser.cc`` reads them and
``content_settings_pattern.cc`` matches and orders them; described in
chromeenterprise.google/policies/url-patterns.  Only what can match a web server over TLS is kept.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

HTTPS_PORT = 443

_SUBDOMAINS = "[*.]"
_ANY = "*"
_SCHEMES = ("http", "https")


class PatternError(ValueError):
    """A pattern that Chromium ignores."""


class Pattern(NamedTuple):
    """None stands for any; an empty host with ``with_subdomains`` for every host."""

    scheme: str | None
    host: str
    with_subdomains: bool
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read one pattern.  Raises :class:`PatternError` for one that Chromium ignores."""
        if text == _ANY:
            return cls(None, "", with_subdomains=True, port=None)
        scheme, separator, rest = text.partition("://")
        if not separator:
            scheme, rest = "", text
        if scheme not in ("", _ANY) and scheme.lower() not in _SCHEMES:
            raise PatternError(text)
        host, port = _parts(rest)
        if port not in ("", _ANY) and not (port.isascii() and port.isdigit()):
            raise PatternError(text)
        name, with_subdomains = _host(host, text)
        return cls(
            None if scheme in ("", _ANY) else scheme.lower(),
            name,
            with_subdomains,
            None if port in ("", _ANY) else int(port),
        )

    def matches(self, host: str, port: int) -> bool:
        """Say whether it means the server of ``https://host:port``; ``host`` is in lower case."""
        if self.scheme not in (None, "https") or self.port not in (None, port):
            return False
        name = host.removesuffix(".")
        if not self.with_subdomains:
            return name == self.host
        return not self.host or name == self.host or name.endswith(f".{self.host}")

    @property
    def precedence(self) -> tuple[bool, int, bool, bool]:
        """Of those that match one address, the greatest counts and no other (``Compare``)."""
        exact = not self.with_subdomains
        labels = self.host.count(".") + 1 if self.host else 0
        return exact, labels, self.port is not None, self.scheme is not None


def _parts(rest: str) -> tuple[str, str]:
    """Host and port; a path is read over, as Chromium does for everything but files."""
    after = 0
    if rest.startswith("["):  # a wildcard or an IPv6 address, which has colons of its own
        after = rest.find("]")
        if after < 0:
            raise PatternError(rest)
    colon = rest.find(":", after)
    if colon < 0:
        return rest.partition("/")[0], ""
    return rest[:colon], rest[colon + 1 :].partition("/")[0]


def _host(given: str, text: str) -> tuple[str, bool]:
    if given == _ANY:
        return "", True
    with_subdomains = given.startswith(_SUBDOMAINS)
    bare = given.removeprefix(_SUBDOMAINS)
    if _ANY in bare or (with_subdomains and bare.startswith(".")):
        raise PatternError(text)
    if not bare and not with_subdomains:
        raise PatternError(text)
    name = _canonical(bare, text)
    if with_subdomains and _is_address(name):
        raise PatternError(text)
    return name, with_subdomains


def _canonical(host: str, text: str) -> str:
    """Lower case and Punycode, without one dot at the end."""
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise PatternError(text) from error
    name = name.lower()
    if name.endswith("..") or any(mark in name for mark in " /\\%@?#<>\"'"):
        raise PatternError(text)
    return name.removesuffix(".") if len(name) > 1 else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
