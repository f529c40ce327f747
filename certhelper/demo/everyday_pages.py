"""What people meet in an hour of work: pop-up windows, messages, pages that ask to be left.

The pages are ours; the manual shows none of them.  They stand for what banks do.
"""

from __future__ import annotations

from flask import Blueprint
from flask import render_template as render

from certhelper.demo.customers import Session
from certhelper.demo.logon_pages import Answer, facts
from certhelper.demo.services import logged_on

blueprint = Blueprint("everyday", __name__)

_BANKS = ("デモ銀行", "見本銀行", "れんしゅう信用金庫", "ためし農業協同組合")


@blueprint.get("/biznet/everyday")
@logged_on
def everyday(_session: Session) -> Answer:
    """Buttons that do what a bank's pages do with a browser's window."""
    return render("everyday.html", addresses=facts().addresses)


@blueprint.get("/biznet/help")
@logged_on
def help_page(_session: Session) -> Answer:
    """ヘルプ: a small window of its own."""
    return render("help.html", addresses=facts().addresses)


@blueprint.get("/biznet/bank-search")
@logged_on
def bank_search(_session: Session) -> Answer:
    """金融機関検索: a small window that writes into the page which opened it."""
    return render("bank_search.html", addresses=facts().addresses, banks=_BANKS)
