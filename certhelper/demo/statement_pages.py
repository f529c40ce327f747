"""入出金明細: shown, printed, and handed out as CSV and PDF in every manner that banks have."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask import render_template as render

from certhelper.demo import statement
from certhelper.demo.customers import Session
from certhelper.demo.logon_pages import Answer, bank, facts, message_page
from certhelper.demo.scenario import Scenario
from certhelper.demo.services import logged_on

blueprint = Blueprint("statements", __name__)

_CSV = "text/csv; charset=Shift_JIS"
_PDF = "application/pdf"


@blueprint.get("/biznet/statements")
@logged_on
def statements(session: Session) -> Answer:
    """入出金明細照会."""
    return render(
        "statements.html",
        addresses=facts().addresses,
        account=bank().account,
        token=session.next_token(),
    )


@blueprint.get("/biznet/statement.csv")
@logged_on
def statement_csv(_session: Session) -> Answer:
    """A link to a CSV."""
    return _file(statement.as_csv(bank().account), _CSV, _name(".csv"))


@blueprint.post("/biznet/statement-file")
@logged_on
def statement_by_form(session: Session) -> Answer:
    """A form that is answered with a file, once: sent again it meets an error page."""
    if not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    if request.form.get("kind") == "pdf":
        octets = statement.as_pdf(bank().account)
        return _file(octets, _PDF, _name(".pdf"), disposition="inline")
    return _file(statement.as_csv(bank().account), _CSV, _name(".csv"))


@blueprint.get("/biznet/statement.pdf")
@logged_on
def statement_pdf(_session: Session) -> Answer:
    """A PDF to be saved."""
    return _file(statement.as_pdf(bank().account), _PDF, _name(".pdf"))


@blueprint.get("/biznet/statement-view.pdf")
@logged_on
def statement_view(_session: Session) -> Answer:
    """A PDF to be looked at."""
    octets = statement.as_pdf(bank().account)
    return _file(octets, _PDF, _name(".pdf"), disposition="inline")


@blueprint.get("/biznet/archive.zip")
@logged_on
def archive(_session: Session) -> Answer:
    """A large file that comes slowly (``Scenario.archive_*``): for looking at its progress."""
    scenario = bank().scenario
    length = scenario.archive_parts * scenario.archive_part_octets
    headers = {"Content-Disposition": 'attachment; filename="demo-archive.zip"'}
    if scenario.archive != "unknown-length":
        headers["Content-Length"] = str(length)
    return Response(_slowly(scenario, bank().release), headers=headers, mimetype="application/zip")


def _slowly(scenario: Scenario, release: Event) -> Iterator[bytes]:
    """The parts with a pause after each, which ends when the bank closes."""
    parts = scenario.archive_parts // (2 if scenario.archive == "broken-off" else 1)
    for _ in range(parts):
        yield b"\0" * scenario.archive_part_octets
        release.wait(scenario.archive_pause_s)


def _name(ending: str) -> str:
    return f"入出金明細_{bank().clock():%Y%m%d}{ending}"


def _file(octets: bytes, kind: str, name: str, *, disposition: str = "attachment") -> Response:
    """RFC 6266 with a name for old browsers, too."""
    plain = "meisai" + name[name.rindex(".") :]
    said = f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(octets, headers={"Content-Disposition": said}, content_type=kind)
