"""The demo bank: a WSGI application with the pages of a Japanese corporate internet bank.

The wording and the screen IDs CIBMU201 and CIBMU209 follow the manual of the service that this
program is for; every page says 「デモ」.  Pages that the manual does not show have IDs of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse

from flask import Flask, g

from certhelper import resources
from certhelper.demo import everyday_pages, services, statement_pages, upload_pages
from certhelper.demo.authority import Authority
from certhelper.demo.client import ABORT_KEY, Request, RequestFacts
from certhelper.demo.customers import DEMO_PIN, Account, PinGuard, Sessions
from certhelper.demo.log import PIN_PATH, Access, AccessLog, is_pin_post
from certhelper.demo.logon_pages import BANK_KEY, blueprint, is_logged_on
from certhelper.demo.scenario import FaultKind, Scenario, Step

Environ = dict[str, Any]
Clock = Callable[[], datetime]

_STEPS: dict[tuple[str, str], Step] = {
    ("GET", "/"): "home",
    ("GET", "/biznet/"): "logon",
    ("GET", "/biznet/certificate"): "certificate",
    ("POST", PIN_PATH): "pin",
    ("POST", "/biznet/other"): "other",
    ("GET", "/biznet/top"): "top",
}
# A form of the demo with a 全銀 file of 9,999 payments is never larger; more is not read.
_LARGEST_BODY = 2 * 1024 * 1024


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class DemoBank:
    """The application with its state: who is logged on, who is locked out, what arrived.

    ``scenario`` may be replaced while the bank runs.  ``holding`` is set when an answer is held
    back, ``release`` lets it go.
    """

    def __init__(
        self,
        authority: Authority,
        facts: RequestFacts,
        *,
        scenario: Scenario | None = None,
        log: AccessLog | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.authority = authority
        self.scenario = scenario or Scenario()
        self.log = log or AccessLog()
        self.clock = clock
        self.release = threading.Event()
        self.holding = threading.Event()
        self.pins = PinGuard()
        self.sessions = Sessions(clock)
        self.uploads = upload_pages.Uploads()
        self.account = Account(clock().date())
        self._facts = facts
        self._flask = _application(self)

    def close(self) -> None:
        """Let everything go that waits."""
        self.release.set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333) and log it."""
        facts = self._facts(environ)
        environ["certhelper.facts"] = facts
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        step = _STEPS.get((method, path))
        fault = self.scenario.fault_at(step) if step else None
        if fault == "hold":
            self.holding.set()
            self.release.wait()
        elif fault is not None:
            return self._trouble(fault, environ, facts, start_response)
        status: list[int] = []

        def logged_start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            status.append(int(line.split(maxsplit=1)[0]))
            return start_response(line, headers, *rest)

        body = self._flask(environ, logged_start)
        self._note(environ, facts, status[-1])
        return body

    def _trouble(
        self, fault: FaultKind, environ: Environ, facts: Request, start_response: StartResponse
    ) -> Iterable[bytes]:
        length = min(int(environ.get("CONTENT_LENGTH") or 0), _LARGEST_BODY)
        environ["wsgi.input"].read(length)
        if fault in ("drop", "reset"):
            self._note(environ, facts, 0)
            abort = environ.get(ABORT_KEY)
            if abort is not None:
                abort(fault == "reset")  # raises
            # Behind nginx: its internal location closes the connection.
            start_response("200 OK", [("X-Accel-Redirect", "/_drop"), ("Content-Length", "0")])
            return []
        code = HTTPStatus.INTERNAL_SERVER_ERROR if fault == "error-500" else HTTPStatus.OK
        with self._flask.test_request_context():
            template = None if fault == "empty-page" else f"{fault}.html"
            text = self._flask.jinja_env.get_template(template).render() if template else ""
        octets = text.encode()
        self._note(environ, facts, code)
        start_response(
            f"{code.value} {code.phrase}",
            [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(octets)))],
        )
        return [octets]

    def _note(self, environ: Environ, facts: Request, status: int) -> None:
        certificate = facts.certificate
        sha256 = certificate.sha256 if certificate else None
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        posted = 1 if is_pin_post(method, path) else 0
        self.log.add(
            Access(
                at=self.clock(),
                host=environ.get("HTTP_HOST", ""),
                tls_version=facts.tls_version,
                method=method,
                path=path,
                status=status,
                sha256=sha256,
                serial=certificate.serial if certificate else None,
                client=f"{environ.get('REMOTE_ADDR', '')}:{environ.get('REMOTE_PORT', '')}",
                pin_posts=self.log.pin_posts(sha256) + posted,
            )
        )


def _application(bank: DemoBank) -> Flask:
    folder = resources.folder() / "demo"
    application = Flask(
        "certhelper.demo",
        root_path=str(folder),
        template_folder=str(folder),
        static_folder=str(folder / "static"),
        static_url_path="/static",
    )
    application.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    application.extensions[BANK_KEY] = bank
    application.jinja_env.filters["yen"] = lambda amount: f"{amount:,} 円"
    application.jinja_env.filters["day"] = lambda day: f"{day:%Y/%m/%d}"
    application.jinja_env.globals["demo_pin"] = DEMO_PIN
    application.jinja_env.globals["is_logged_on"] = is_logged_on
    application.register_blueprint(blueprint)
    application.register_blueprint(services.blueprint)
    application.register_blueprint(statement_pages.blueprint)
    application.register_blueprint(upload_pages.blueprint)
    application.register_blueprint(everyday_pages.blueprint)

    @application.after_request
    def harden(response: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if not g.get("form_may_leave"):
            response.headers["Content-Security-Policy"] = (
                "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
        return response

    return application
