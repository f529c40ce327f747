"""総合振込 by file: the page that takes a 全銀 file and says what it has read."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Blueprint, Response, request
from flask import render_template as render

from certhelper.demo import zengin
from certhelper.demo.customers import Session
from certhelper.demo.logon_pages import Answer, bank, facts, message_page
from certhelper.demo.services import logged_on
from certhelper.demo.zengin import Payment

blueprint = Blueprint("uploads", __name__)

_SAMPLE = (
    Payment("ｶ)ｲﾜﾃｻﾝｷﾞﾖｳ", 1_540_000),
    Payment("ﾓﾘｵｶｼﾖｳﾃﾝ", 327_800),
    Payment("ﾕ)ｷﾀｶﾐｳﾝﾕ", 88_000),
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One file as it arrived."""

    name: str
    octets: bytes


class Uploads:
    """Every file that customers have sent since the bank was started."""

    def __init__(self) -> None:
        self._files: list[Uploaded] = []
        self._lock = threading.Lock()

    def add(self, file: Uploaded) -> None:
        """Keep one."""
        with self._lock:
            self._files.append(file)

    @property
    def files(self) -> tuple[Uploaded, ...]:
        """All of them, the oldest first."""
        with self._lock:
            return tuple(self._files)


@blueprint.get("/biznet/bulk-transfer")
@logged_on
def bulk_transfer(session: Session) -> Answer:
    """総合振込(ファイル受付): the form."""
    return _form(session)


@blueprint.get("/biznet/bulk-transfer/sample")
@logged_on
def sample(_session: Session) -> Answer:
    """A file that the form takes."""
    octets = zengin.write("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", f"{bank().clock():%m%d}", _SAMPLE)
    # Raw Shift_JIS, which no standard has and many banks send.
    name = "総合振込見本.txt".encode("cp932").decode("latin-1")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(octets, headers=headers, content_type="text/plain; charset=Shift_JIS")


@blueprint.post("/biznet/bulk-transfer")
@logged_on
def take_files(session: Session) -> Answer:
    """Read the files and say what is in them; nothing is paid by a demo."""
    if not session.take_token(request.form.get("token", "")):
        return message_page("out-of-sequence")
    files = [
        Uploaded(sent.filename or "", sent.read())
        for sent in request.files.getlist("file")
        if sent.filename
    ]
    if not files:
        return _form(session, "ファイルを選んでください")
    for file in files:
        bank().uploads.add(file)
    try:
        found = [(file, zengin.read(file.octets)) for file in files]
    except zengin.UnreadableError as error:
        return _form(session, f"ファイルを読み取れません: {error}")
    return render("bulk_transfer_read.html", addresses=facts().addresses, found=found)


def _form(session: Session, error: str = "") -> str:
    return render(
        "bulk_transfer.html",
        addresses=facts().addresses,
        account=bank().account,
        error=error,
        token=session.next_token(),
    )
