"""What a 利用者 does after log-on: balance, statement, transfer, log-off."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from flask import Blueprint, request
from flask import render_template as render

from certhelper.demo.customers import Session, Transfer
from certhelper.demo.logon_pages import (
    SESSION_COOKIE,
    Answer,
    bank,
    current_session,
    facts,
    message_page,
    top_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("services", __name__)

_LARGEST_TRANSFER = 1_000_000


def logged_on(view: Callable[[Session], Answer]) -> Callable[[], Answer]:
    """Answer only who has logged on; others are told why not."""

    @wraps(view)
    def guarded() -> Answer:
        session = current_session()
        if session is None:
            return message_page("timed-out")
        return view(session) if session.stage == "top" else message_page("out-of-sequence")

    return guarded


@blueprint.get("/biznet/top")
@logged_on
def top(session: Session) -> Answer:
    """利用者トップページ."""
    return top_page(session)


@blueprint.get("/biznet/transfer")
@logged_on
def transfer(session: Session) -> Answer:
    """振込: the form."""
    return _transfer_form(session)


def _transfer_form(session: Session, error: str = "") -> str:
    return render(
        "transfer.html",
        addresses=facts().addresses,
        account=bank().account,
        error=error,
        token=session.next_token(),
    )


@blueprint.post("/biznet/transfer")
@logged_on
def confirm_transfer(session: Session) -> Answer:
    """振込: the page that asks whether it is right."""
    if not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    payee = request.form.get("payee", "").strip()[:40]
    digits = request.form.get("amount", "").replace(",", "").strip()
    amount = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not payee or not 0 < amount <= _LARGEST_TRANSFER:
        return _transfer_form(session, "振込先と、1円以上100万円以下の金額を入力してください")
    session.pending_transfer = Transfer(payee, amount)
    return render(
        "transfer_confirm.html",
        addresses=facts().addresses,
        order=session.pending_transfer,
        token=session.next_token(),
    )


@blueprint.post("/biznet/transfer/done")
@logged_on
def do_transfer(session: Session) -> Answer:
    """振込: carried out once, however often the form is sent."""
    order = session.pending_transfer
    if order is None or not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    session.pending_transfer = None
    bank().account.transfer(order, bank().clock().date())
    return render(
        "transfer_done.html",
        addresses=facts().addresses,
        order=order,
        balance=bank().account.balance,
    )


@blueprint.post("/biznet/logoff")
def log_off() -> Answer:
    """ログオフ."""
    session = current_session()
    if session is not None:
        bank().sessions.end(session)
    response = message_page("logged-off")
    response.delete_cookie(SESSION_COOKIE, path="/biznet/")
    return response
