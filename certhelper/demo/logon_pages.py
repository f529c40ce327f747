"""From the bank's home page to the end of log-on: CIBMU201, CIBMU209, 他の認証."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, current_app, g, make_response, redirect, request
from flask import render_template as render
from werkzeug.wrappers import Response as AnyResponse

from certhelper.demo.cases import JAPAN
from certhelper.demo.client import ClientCertificate, Request
from certhelper.demo.customers import PinCheck, Session, holder_of

if TYPE_CHECKING:
    from certhelper.demo.bank import DemoBank

BANK_KEY = "certhelper.demo.bank"
SESSION_COOKIE = "BIZNETSESSION"
SEE_OTHER = 303
_FACTS = "certhelper.facts"

blueprint = Blueprint("logon", __name__)
Answer = AnyResponse | str


def bank() -> DemoBank:
    """The bank that this application belongs to."""
    return cast("DemoBank", current_app.extensions[BANK_KEY])


def facts() -> Request:
    """What the transport knows about this request."""
    return cast(Request, request.environ[_FACTS])


def message_page(name: str, status: int = 200) -> Response:
    """A page that ends the log-on with a message of ``messages.html``."""
    return make_response(render("message.html", kind=name, addresses=facts().addresses), status)


def current_session() -> Session | None:
    """The session of this request's cookie, if it is this certificate's and still open."""
    certificate = facts().certificate
    identifier = request.cookies.get(SESSION_COOKIE, "")
    if certificate is None or not identifier:
        return None
    seconds = bank().scenario.session_seconds
    return bank().sessions.find(identifier, certificate.sha256, seconds)


def is_logged_on() -> bool:
    """Whether this request is one of a session beyond the log-on: its pages carry ログオフ."""
    if _FACTS not in request.environ:
        return False  # a fault is played in the place of an answer
    session = current_session()
    return session is not None and session.stage == "top"


@blueprint.get("/")
def home() -> Answer:
    """The bank's home page."""
    return render("home.html", addresses=facts().addresses)


@blueprint.get("/biznet/")
def logon() -> Answer:
    """CIBMU201 利用者ログオン."""
    if bank().scenario.maintenance:
        return message_page("maintenance")
    return render("cibmu201.html", addresses=facts().addresses, scenario=bank().scenario)


@blueprint.post("/biznet/id")
def logon_by_id() -> Answer:
    """ID・暗証番号方式: the demo knows no such customer."""
    return message_page("id-logon")


@blueprint.get("/biznet/obtain")
def obtain() -> Answer:
    """電子証明書取得."""
    return message_page("obtain")


@blueprint.get("/biznet/administrator")
def administrator() -> Answer:
    """契約法人(管理者)ログオン."""
    return message_page("administrator-site")


@blueprint.get("/biznet/certificate")
def certificate_logon() -> Answer:
    """Look at the certificate that arrived; for a good one show CIBMU209."""
    if bank().scenario.maintenance:
        return message_page("maintenance")
    if bank().scenario.pin_page == "redirect-elsewhere":
        return redirect(f"{facts().addresses.elsewhere}/biznet/certificate", SEE_OTHER)
    certificate = facts().certificate
    if certificate is None:
        return message_page("no-certificate", 403)
    refusal = _refusal(certificate)
    if refusal:
        return message_page(refusal)
    holder = holder_of(certificate.common_name)
    if holder is None:
        return message_page("unknown-customer")
    if holder.user_id is None:
        return message_page("administrator-certificate")
    session = bank().sessions.begin(certificate.sha256, holder)
    response = _pin_page(session)
    response.set_cookie(
        SESSION_COOKIE,
        session.identifier,
        path="/biznet/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


def _refusal(certificate: ClientCertificate) -> str | None:
    now = bank().clock()
    if bank().authority.is_revoked(certificate.certificate):
        return "certificate-revoked"
    if now > certificate.certificate.not_valid_after_utc:
        return "certificate-expired"
    if now < certificate.certificate.not_valid_before_utc:
        return "certificate-not-yet-valid"
    if bank().pins.is_locked(certificate.sha256, bank().scenario.lock_after):
        return "locked"
    return None


def _pin_page(session: Session, error: str = "") -> Response:
    kind = bank().scenario.pin_page
    g.form_may_leave = kind == "foreign-form"
    certificate = facts().certificate
    assert certificate is not None  # a session exists only with one
    return make_response(
        render(
            "cibmu209.html",
            addresses=facts().addresses,
            kind=kind,
            error=error,
            token=session.next_token(),
            holder=session.holder,
            serial=certificate.serial,
            until=certificate.certificate.not_valid_after_utc.astimezone(JAPAN),
        )
    )


@blueprint.get("/biznet/pin")
def pin_address() -> Answer:
    """Somebody came here without a form."""
    return message_page("out-of-sequence")


@blueprint.post("/biznet/pin")
def submit_pin() -> Answer:
    """Check the 利用者暗証番号; each page shown can be submitted once."""
    session = current_session()
    if session is None:
        return message_page("timed-out")
    if session.stage != "pin" or not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    check = bank().pins.check(
        session.sha256, request.form.get("pin", ""), bank().scenario.lock_after
    )
    if check is PinCheck.LOCKED:
        bank().sessions.end(session)
        return message_page("locked")
    if check is PinCheck.WRONG:
        return _pin_page(session, "暗証番号に誤りがあります")
    session.stage = "other" if bank().scenario.other_authentication else "top"
    if bank().scenario.pin_answer == "redirect":
        return redirect(f"/biznet/{session.stage}", SEE_OTHER)
    return other_page(session) if session.stage == "other" else top_page(session)


def other_page(session: Session, error: str = "") -> str:
    """他の認証: the one-time code, which a demo can show on the page itself."""
    return render(
        "other.html",
        addresses=facts().addresses,
        code=session.one_time_code,
        token=session.next_token(),
        error=error,
    )


@blueprint.get("/biznet/other")
def other() -> Answer:
    """Show 他の認証 (after a redirect or a reload)."""
    session = current_session()
    if session is None:
        return message_page("timed-out")
    return other_page(session) if session.stage == "other" else message_page("out-of-sequence")


@blueprint.post("/biznet/other")
def submit_other() -> Answer:
    """Check the one-time code."""
    session = current_session()
    if session is None:
        return message_page("timed-out")
    if session.stage != "other" or not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    if request.form.get("code", "").strip() != session.one_time_code:
        return other_page(session, "ワンタイムパスワードに誤りがあります")
    session.stage = "top"
    return redirect("/biznet/top", SEE_OTHER)


def top_page(session: Session) -> str:
    """利用者トップページ."""
    return render(
        "top.html",
        addresses=facts().addresses,
        holder=session.holder,
        account=bank().account,
        token=session.next_token(),
    )
