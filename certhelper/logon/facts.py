"""What a browser tells the flow: plain facts, already free of Qt.

``window`` numbers the pages of one session in the order in which they were opened, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from certhelper.hosts import HTTPS_PORT


@dataclass(frozen=True, slots=True)
class Link:
    """Something that can be clicked; ``index`` is its place in the page's own order."""

    index: int
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class PasswordField:
    """A password field that a person can see and use.

    ``matches`` says whether it is the one the profile's selector names.  ``target`` is the
    absolute address its form posts to, empty when the field stands in no form.
    """

    matches: bool
    target: str
    method: str
    maximum_length: int | None


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page after it has loaded.  ``status`` is the HTTP status, 200 unless told otherwise.

    ``document`` tells one load of a page from another of the same address; empty: not known.
    ``secret_in_frame``: a frame of the page's own origin shows a password field.
    """

    window: int
    url: str
    status: int
    text: str
    links: tuple[Link, ...] = ()
    password_fields: tuple[PasswordField, ...] = ()
    document: str = ""
    secret_in_frame: bool = False

    @property
    def asks_for_secret(self) -> bool:
        """Whether a password field can be seen, of whichever name."""
        return bool(self.password_fields) or self.secret_in_frame

    def is_same_page(self, other: PageSeen) -> bool:
        """Whether this is the same load of the same page, seen again."""
        return self is other or (bool(self.document) and self.document == other.document)

    def password_fields_used(self) -> tuple[PasswordField, ...]:
        """The fields that the profile's selector names (all of them where it names none)."""
        return tuple(field for field in self.password_fields if field.matches)


@dataclass(frozen=True, slots=True)
class PageWatched:
    """What a page shows at this moment, whether it has loaded or not; nothing else has happened."""

    page: PageSeen


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """A server asks for a client certificate; ``offered`` are SHA-256 fingerprints.

    ``issuers`` are the names of the CAs that it accepts, ``None`` when that is not known.
    """

    host: str
    port: int
    offered: tuple[str, ...]
    issuers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The engine gave up a load.  ``error`` is Chromium's (``net/base/net_error_list.h``).

    ``posting``: the load was to take the PIN to the bank, and nothing had been answered yet.
    """

    window: int
    url: str
    error: int
    posting: bool = False


@dataclass(frozen=True, slots=True)
class ProxyFailed:
    """``load`` failed at the proxy on the way; ``code`` says how, ``proxy`` which one it was."""

    load: LoadFailed
    code: str
    proxy: str


@dataclass(frozen=True, slots=True)
class ServerCertificateRejected:
    """The server's own certificate was not accepted; ``error`` as in :class:`LoadFailed`.

    ``chain`` is what the server showed, in DER, its own first; empty where it is not known.
    ``server_time`` is the server's own clock, ``None`` where it was not asked or did not say.
    """

    window: int
    url: str
    error: int
    chain: tuple[bytes, ...] = ()
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasswordAsked:
    """A server asked for a name and a password of its own (HTTP 401); nothing was answered."""

    window: int
    url: str


@dataclass(frozen=True, slots=True)
class NavigationBlocked:
    """A page wanted to go outside the profile's hosts and was not let."""

    window: int
    url: str


class ProbeOutcome(StrEnum):
    NEVER_ASKED = "never-asked"
    ASKED = "asked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class IssuersProbed:
    """What a plain TLS connection learnt of the server's certificate request.

    ``issuers`` are DER names; empty with ``ASKED`` means that the server takes any issuer.
    """

    outcome: ProbeOutcome
    issuers: tuple[bytes, ...] = ()
    issuer_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerExamined:
    """A server was held against the profile's expectation.

    ``code`` is ``None`` where it is met, else what stands against it, with the facts of its texts.
    """

    host: str
    port: int
    code: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


class PinOutcome(StrEnum):
    """Why an entry of the PIN was given up: nothing was sent, and nothing is left in its field.

    ``NOT_SENT``: the page was submitted and sent no form.
    """

    PAGE_CHANGED = "page-changed"
    FIELD_TOO_SHORT = "field-too-short"
    NOT_TAKEN = "not-taken"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class PinEntered:
    outcome: PinOutcome


@dataclass(frozen=True, slots=True)
class PinGiven:
    """The person has entered a PIN on the session's pad and pressed ログオン: one press."""


@dataclass(frozen=True, slots=True)
class PinDeclined:
    """The person has closed the session's pad without a PIN."""


@dataclass(frozen=True, slots=True)
class PinPosted:
    """The PIN page's form has left for the agreed target: sent by the program or the person."""


@dataclass(frozen=True, slots=True)
class TargetBlocked:
    """A page that may hold the PIN tried to go or post elsewhere than agreed, and was stopped.

    ``pin_is_out``: the PIN had left before, as agreed.
    """

    url: str
    pin_is_out: bool = False


@dataclass(frozen=True, slots=True)
class RendererEnded:
    """The process that draws the page is gone; pages that share it tell so one by one."""

    window: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The step under way took longer than its limit."""


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """A page closed its own window (閉じる); an older window is in front again."""

    window: int


@dataclass(frozen=True, slots=True)
class LinkGone:
    """The link that was to be followed is not on the page any more; nothing was clicked."""

    window: int


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A page asked a question (``confirm``) and nobody is there; it was answered with no."""


@dataclass(frozen=True, slots=True)
class PersonContinued:
    """The person has read the notices and wants to go on."""


Fact = (
    PageSeen
    | PageWatched
    | CertificateRequested
    | LoadFailed
    | ProxyFailed
    | ServerCertificateRejected
    | PasswordAsked
    | NavigationBlocked
    | IssuersProbed
    | ServerExamined
    | PinGiven
    | PinDeclined
    | PinEntered
    | PinPosted
    | TargetBlocked
    | RendererEnded
    | TimedOut
    | WindowClosed
    | LinkGone
    | QuestionAsked
    | PersonContinued
)


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an https address (RFC 6454), ``None`` for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or HTTPS_PORT


def without_query(url: str) -> str:
    """The address as it may be shown or reported: a query can carry what is secret."""
    return url.partition("?")[0].partition("#")[0]
