"""A bank whose every page a test writes itself: for pages that a real bank had better not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, Self

from OpenSSL import SSL
from support.log_on import Outcome, log_on
from support.systems import needs_linux

from certhelper.bank import Bank
from certhelper.demo.authority import Authority, Issued
from certhelper.demo.client import ABORT_KEY
from certhelper.demo.server import LoopbackServer, front_context, logon_context
from certhelper.stores import nss_database

FRONT = "www.demo-bank.localhost"
LOGON = "login.demo-bank.localhost"
PIN = "0a12B9"


@dataclass(frozen=True)
class Answer:
    """What a path is answered with; ``location`` makes it a redirect.

    ``raw`` is sent as it stands, without any HTTP of the server's, and the connection closed.
    """

    body: str = ""
    status: int = 200
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; ``site`` is ``front`` or ``logon``."""

    site: str
    method: str
    path: str
    query: str
    body: str

    @property
    def holds_pin(self) -> bool:
        """Whether any part of the PIN is in it."""
        return any(part.startswith("p=") for part in f"{self.body}&{self.query}".split("&"))


Page = str | Answer | Callable[[], str | Answer] | None
Pages = Mapping[str, Page]
"""``METHOD site/path`` → page; ``None`` drops the connection without an answer."""

HOME = '<a href="/biznet">利用者ログオン</a>'
LOGON_PAGE = 'CIBMU201 <a href="{logon}/pin">電子証明書を使用したログオンはこちら</a>'


def pin_page(
    form: str = "method=post action=/pin",
    field: str = "<input type=password name=p>",
    button: str = "<button>ログオン</button>",
    more: str = "",
) -> str:
    """A PIN page with the parts that a test wants to be odd."""
    return f"<body>CIBMU209 <form {form}>{field}{button}</form>{more}"


class Served(Protocol):
    """A port of 127.0.0.1 where a site is."""

    @property
    def port(self) -> int: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Site:
    """One of the two sites, as whoever serves it needs it; ``name`` is ``front`` or ``logon``."""

    name: str
    host: str
    authority: Authority
    identity: Issued
    application: Callable[[dict[str, Any], Any], list[bytes]]
    context: SSL.Context


Serve = Callable[[Site], Served]


def by_its_own_server(site: Site) -> Served:
    """The site on the demo's own TLS server."""
    return LoopbackServer(site.application, site.context)


class ScriptedBank:
    """Two sites, a store with one certificate, a profile; use it in a ``with`` block.

    ``refusing`` is a TLS version (``SSL.TLS1_3_VERSION``) on which the log-on site asks for a
    certificate and then refuses it in the handshake.  ``serve`` puts a site on a port, and
    ``failures`` is more of the profile: the pages by which this bank tells a failure.
    """

    def __init__(
        self,
        folder: Path,
        pages: Pages,
        refusing: int | None = None,
        serve: Serve = by_its_own_server,
        failures: str = "",
        **profile: str,
    ) -> None:
        authority = Authority()
        identity = authority.issue_server([FRONT, LOGON])
        self._pages: dict[str, Page] = {
            "GET front/": HOME,
            "GET front/biznet": LOGON_PAGE,
            "GET logon/pin": pin_page(),
            "POST logon/pin": "利用者トップページ",
        }
        self._pages |= pages
        self.seen: list[Seen] = []
        context = front_context(identity)
        self._front = serve(Site("front", FRONT, authority, identity, self._site("front"), context))
        context = logon_context(identity, authority.accepted)
        if refusing is not None:
            context.set_min_proto_version(refusing)
            context.set_max_proto_version(refusing)
            context.set_verify(SSL.VERIFY_PEER, lambda *_: False)
        self._logon = serve(Site("logon", LOGON, authority, identity, self._site("logon"), context))
        self.front = f"https://{FRONT}:{self._front.port}"
        self.logon = f"https://{LOGON}:{self._logon.port}"
        user = authority.issue_client("12345678901234 user01")
        self.sha256 = user.sha256
        self.issuers = (user.certificate.issuer.public_bytes(),)
        needs_linux("NSS's library, which writes the store")
        self.database = folder / "store"
        issuer = authority.biznet_g2
        entries = [(user.der, user.key_der, "user01"), (issuer.der, None, "issuer")]
        nss_database.create(self.database, entries)
        (folder / "root.pem").write_bytes(authority.server_root.pem)
        values = {"entry": "fill", "hosts": f"{FRONT}:{self._front.port}", "certificate_hosts": ""}
        values |= profile
        values["certificate_hosts"] = values["certificate_hosts"] or f"{LOGON}:{self._logon.port}"
        written = folder / "bank.toml"
        written.write_text(_PROFILE.format(start=f"{self.front}/", **values) + failures, "utf-8")
        self.bank = Bank.read(written)

    def log_on(self, **options: Any) -> Outcome:
        """Log on with the one certificate and :data:`PIN`."""
        given: dict[str, Any] = {"pin": PIN, "load_limit_ms": 6000} | options
        return log_on(self.bank, f"nss:{self.database}", self.sha256, **given)

    @property
    def pins(self) -> list[Seen]:
        """Every request that carried the PIN or a part of it."""
        return [request for request in self.seen if request.holds_pin]

    def _site(self, site: str) -> Callable[[dict[str, Any], Any], list[bytes]]:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            request = Seen(
                site,
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ.get("QUERY_STRING", ""),
                environ["wsgi.input"].read(length).decode() if length else "",
            )
            self.seen.append(request)
            key = f"{request.method} {site}{request.path}"
            page = self._pages.get(key, Answer("no such page", 404))
            answer = page() if callable(page) else page
            if answer is None:
                environ[ABORT_KEY](False)
                return []
            if isinstance(answer, str):
                answer = Answer(answer)
            if answer.raw:
                connection = environ[ABORT_KEY].__self__  # the server's own TLS socket
                connection.send(answer.raw)
                connection.abort(False)
            headers = [("Content-Type", "text/html; charset=utf-8"), *answer.headers]
            if answer.location:
                headers.append(("Location", self._filled(answer.location)))
            octets = self._filled(answer.body).encode()
            if answer.status != HTTPStatus.NO_CONTENT:
                headers.append(("Content-Length", str(len(octets))))
            start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
            return [octets]

        return application

    def _filled(self, text: str) -> str:
        return text.replace("{front}", self.front).replace("{logon}", self.logon)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._front.stop()
        self._logon.stop()


_PROFILE = """
schema = 1
id = "scripted"
name = "scripted"
[site]
start_url = "{start}"
allowed_hosts = ["{hosts}"]
certificate_hosts = ["{certificate_hosts}"]
trusted_certificates = ["root.pem"]
[pages.start]
link_text = "利用者ログオン"
[pages.logon]
markers = ["CIBMU201"]
link_text = "電子証明書を使用したログオンはこちら"
[pages.pin]
markers = ["CIBMU209"]
[pages.top]
markers = ["利用者トップページ"]
[pages.other]
markers = ["ワンタイムパスワード"]
[pin]
entry = "{entry}"
"""
