"""Web servers on the loopback that show any certificate a test makes, and what they were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self

from support.pki import Authority, Issued

from certhelper.demo.server import LoopbackServer, front_context

HOST = "www.site.localhost"


@dataclass(frozen=True)
class Asked:
    """One request.  ``headers`` have lower-case names."""

    method: str
    path: str
    headers: dict[str, str]


Answer = Callable[[Asked], tuple[str, str]]
"""A request → the status line's end (``200 OK``) and the body."""


class TlsSite:
    """A server with one certificate, sent with its chain without the root.

    ``clock`` is what it says of the time; use it in a ``with`` block.
    """

    def __init__(
        self,
        identity: Issued,
        answer: Answer = lambda _: ("200 OK", "hello"),
        clock: datetime | None = None,
        host: str = HOST,
    ) -> None:
        self.identity = identity
        self.host = host
        self.asked: list[Asked] = []
        self._answer = answer
        self._clock = clock
        context = front_context(identity)  # type: ignore[arg-type]  # it has a key and a certificate, too
        for above in identity.chain:
            if above.subject != above.issuer:
                context.add_extra_chain_cert(above)
        self._context = context
        self._server: LoopbackServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.port

    @property
    def address(self) -> str:
        """``https://host:port``."""
        return f"https://{self.host}:{self.port}"

    @property
    def chain(self) -> tuple[bytes, ...]:
        """What it sends, in DER."""
        above = [one for one in self.identity.chain if one.subject != one.issuer]
        return (self.identity.der, *(Issued(one, self.identity.key).der for one in above))

    def _application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        headers = {
            name[5:].lower().replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        asked = Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], headers)
        self.asked.append(asked)
        status, body = self._answer(asked)
        sent = [("Content-Type", "text/html; charset=utf-8")]
        if self._clock is not None:
            sent.append(("Date", format_datetime(self._clock.astimezone(UTC), usegmt=True)))
        start_response(status, sent)
        return [] if asked.method == "HEAD" else [body.encode()]

    def __enter__(self) -> Self:
        self._server = LoopbackServer(self._application, self._context)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.stop()


def site_of(
    authority: Authority, *, not_before: datetime | None = None, not_after: datetime | None = None
) -> Issued:
    """A certificate for :data:`HOST`; the dates as in ``issue``."""
    return authority.server(HOST, not_before=not_before, not_after=not_after)
