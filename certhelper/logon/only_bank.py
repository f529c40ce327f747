"""Which addresses belong to the bank's session, and why another one does not.

The rule is an allow list: an address passes when it is written in the one plain way that a browser
uses itself and names a host and port of the profile over TLS.  Everything else is refused; what is
told apart here are only the reasons, because a person acts differently on a look-alike than on a
link to another firm.

No address parser decides: two parsers may read one text in two ways ("A New Era of SSRF", Orange
Tsai, 2017).  What does not have the one shape that Chromium's own parser writes
(https://url.spec.whatwg.org/#url-serializing) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from certhelper.bank import Bank
from certhelper.hosts import HTTPS_PORT
from certhelper.logon import look_alike

_HTTP_PORT = 80
_LONGEST_OUTSIDE = 2000  # characters; Windows hands on about as many, and a person reads fewer
_LONGEST_LABEL = 260  # characters: a name (RFC 1035) with a port
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAMED = re.compile(
    rf"(?P<scheme>https?|wss?)://(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<rest>(?:[/?#][!-~]*)?)"
)
_LITERAL = re.compile(r"(?:https?|wss?)://\[[0-9a-f:.]+\](?::[0-9]{1,5})?(?:[/?#][!-~]*)?")
_LAST_DOT = re.compile(r"\.(?=(?::[0-9]*)?$)")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_WEB = frozenset({"http", "https", "ws", "wss"})
_OTHER_PROGRAMS = frozenset({"mailto", "tel", "sms", "callto", "skype", "msteams", "zoommtg"})
_PORTS = {"http": _HTTP_PORT, "ws": _HTTP_PORT, "https": HTTPS_PORT, "wss": HTTPS_PORT}


class Reason(StrEnum):
    """Why an address is not the session's; the name of its text in ``outside.toml``."""

    NOT_ENCRYPTED = "not-encrypted"
    OTHER_PORT = "other-port"
    USER_IN_ADDRESS = "user-in-address"
    LOOKS_ALIKE = "looks-alike"
    OTHER_LETTERS = "other-letters"
    NUMBERS = "numbers"
    SAME_OWNER = "same-owner"
    OTHER_SITE = "other-site"
    OTHER_PROGRAM = "other-program"
    NO_SITE = "no-site"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Place:
    """Scheme, host and port of an address that is written plainly."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        usual = self.port == _PORTS[self.scheme]
        return self.host if usual else f"{self.host}:{self.port}"


def place_of(address: str) -> Place | None:
    """Read a web address that is written as browsers write it; ``None`` for any other text."""
    found = _NAMED.fullmatch(address)
    if found is None:
        return None
    scheme = found["scheme"]
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    return Place(scheme, found["host"], port) if 0 < port < 65536 else None


def allows(address: str, bank: Bank) -> bool:
    """Whether the session may go to this address or load from it."""
    place = place_of(address)
    return place is not None and bank.allows(place.scheme, place.host, place.port)


def judge(address: str, bank: Bank) -> Reason | None:
    """Say why ``address`` is outside the bank's session; ``None`` when it is inside."""
    if allows(address, bank):
        return None
    scheme = scheme_of(address)
    if scheme in _OTHER_PROGRAMS:
        return Reason.OTHER_PROGRAM
    if scheme and scheme not in _WEB:
        return Reason.NO_SITE
    place = place_of(address)
    return _of_text(address, bank) if place is None else _of_place(place, bank)


def scheme_of(address: str) -> str:
    """The scheme in small letters, empty when there is none."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def label_of(address: str) -> str:
    """What stands for an address when it is told once: its host and port, or its scheme.

    Without the rest, which may hold what is secret.
    """
    place = place_of(address)
    if place is not None:
        return str(place)
    if scheme_of(address) not in _WEB:
        return f"{scheme_of(address)}:"
    return _authority(address).rpartition("@")[2][:_LONGEST_LABEL]


def may_be_opened_outside(address: str) -> bool:
    """Whether the person's own browser may be handed this address, once they have agreed.

    Only what can be shown to them as it is: a plain web address with a named host.
    """
    place = place_of(address)
    return (
        place is not None
        and place.scheme in ("http", "https")
        and len(address) <= _LONGEST_OUTSIDE
        and not place.host.rpartition(".")[2].isdigit()
    )


def may_show(address: str, bank: Bank) -> bool:
    """Whether a page or frame may go to this address.

    Besides the bank's addresses these are ``blob:`` pages of their origins: what the bank's own
    script has put together, such as a statement as PDF.  The engine lets no other origin in.
    """
    if scheme_of(address) == "blob":
        return allows(address[len("blob:") :], bank)
    return scheme_of(address) == "https" and allows(address, bank)


def may_download(address: str, page: str, bank: Bank) -> bool:
    """Whether what lies at ``address`` may be saved when ``page`` offers it.

    The bank's own hosts, and ``blob:`` of the very origin of the page (a statement that the
    bank's script has put together).  Not ``data:``, which belongs to no origin; not ``file:``
    or anything else.
    """
    if scheme_of(address) == "blob":
        made_at, shown_at = place_of(address[len("blob:") :]), place_of(page)
        return made_at is not None and made_at == shown_at and allows(page, bank)
    return scheme_of(address) == "https" and allows(address, bank)


def _of_text(address: str, bank: Bank) -> Reason:
    if _LITERAL.fullmatch(address.lower()):
        return Reason.NUMBERS
    authority = _authority(address)
    if "@" in authority:
        return Reason.USER_IN_ADDRESS
    if not authority.isascii():
        return Reason.OTHER_LETTERS
    name = _LAST_DOT.sub("", authority.lower())
    undotted = f"{scheme_of(address)}://{name}/"
    if name == authority.lower() or place_of(undotted) is None:
        return Reason.UNREADABLE
    # A name with a dot at its end is another one for cookies, certificates and this profile.
    return judge(undotted, bank) or Reason.LOOKS_ALIKE


def _authority(address: str) -> str:
    return re.split(r"[/?#\\]", address.partition("://")[2], maxsplit=1)[0]


def _of_place(place: Place, bank: Bank) -> Reason:
    if bank.allows("https", place.host, place.port) or (
        place.scheme in ("http", "ws") and bank.allows("https", place.host, HTTPS_PORT)
    ):
        return Reason.NOT_ENCRYPTED
    entries = bank.site.allowed_hosts + bank.site.certificate_hosts
    hosts = {entry.removeprefix("*.").partition(":")[0] for entry in entries}
    if any(bank.allows("https", place.host, port) for port in _ports(entries)):
        return Reason.OTHER_PORT
    if place.host.rpartition(".")[2].isdigit():
        return Reason.NUMBERS
    if look_alike.of_one_owner(place.host, hosts):
        return Reason.SAME_OWNER
    if look_alike.resembles(place.host, hosts):
        return Reason.LOOKS_ALIKE
    if any(label.startswith("xn--") for label in place.host.split(".")):
        return Reason.OTHER_LETTERS
    return Reason.OTHER_SITE


def _ports(entries: tuple[str, ...]) -> set[int]:
    return {int(entry.partition(":")[2] or HTTPS_PORT) for entry in entries}
