"""What a rehearsal needs of whatever fetches its pages: one GET at a time, and typed answers.

A fetcher follows no redirect, tries nothing twice, sends no credentials but the client certificate
that it is told to send, and keeps cookies until it is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

TIMED_OUT = -7
"""``ERR_TIMED_OUT``; failures carry Chromium's numbers, which the flow knows (errors.py)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GET over TLS.  ``host`` is ASCII; ``target`` is path and query, percent-encoded."""

    host: str
    port: int
    target: str
    referrer: str = ""

    @property
    def url(self) -> str:
        """The whole address."""
        return f"https://{self.host}:{self.port}{self.target}"


@dataclass(frozen=True, slots=True)
class CertificateAnswer:
    """What to answer when the server asks for a client certificate: one, or (``None``) none."""

    sha256: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """The server's answer.  ``location`` is the header as it came, empty without one."""

    status: int
    content_type: str
    location: str
    body: bytes


@dataclass(frozen=True, slots=True)
class CertificateWanted:
    """The server asks for a client certificate and no answer was given; nothing was sent.

    ``issuers`` are the DER names that the server accepts, empty for any, ``None`` when unknown.
    """

    issuers: tuple[bytes, ...] | None


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """There is no answer.  ``error`` is Chromium's number, ``own_error`` the fetcher's own.

    ``by_server_certificate`` says that the server's own certificate was not accepted; ``chain`` is
    what the server showed, in DER, its own first, where that is known.
    """

    error: int
    own_error: str = ""
    by_server_certificate: bool = False
    chain: tuple[bytes, ...] = ()


Fetched = Response | CertificateWanted | FetchFailed


class Fetcher(Protocol):
    """Fetches pages for one rehearsal."""

    @property
    def tells_requests(self) -> bool:
        """Whether :class:`CertificateWanted` can be relied on.

        A TLS library that silently goes on without a certificate cannot tell; then the rehearsal
        asks the server itself before it sends the first request there.
        """
        ...

    def get(self, request: Request, answer: CertificateAnswer | None, time_limit: float) -> Fetched:
        """Fetch within ``time_limit`` seconds.  ``answer`` is ``None`` while nothing is decided.

        Never raises for what the network or the server does.
        """
        ...
