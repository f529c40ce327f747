"""A PDF that comes while a PIN may be in the session's process."""

from __future__ import annotations

from pathlib import Path

from support.attended import Person, Play
from support.plays import play
from support.scripted_bank import PIN, Answer, Pages, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper.logon.browser.pdf_tab import PdfTab

pytestmark = not_under_wine("WebEngine never loads a page there")

_PDF = b"%PDF-1.4 nonsense"
_ANSWER = Answer(
    raw=b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_PDF), _PDF)
)
_WRONG = pin_page(more="暗証番号に誤りがあります")


def gets_the_same_twice(person: Person) -> Play:
    pad = yield from person.pad()
    folder = person.window.request.downloads
    person.start_script("location.href = '/notice.pdf'")
    yield (folder / "notice.pdf").exists
    before = len(person.window.findChildren(PdfTab))
    yield from person.enter(pad, PIN)
    yield from person.stage("top-page")
    person.start_script("location.href = '/statement.pdf'")
    yield lambda: person.window.findChildren(PdfTab)
    saved = sorted(path.name for path in folder.glob("*.pdf"))
    return {"before": before, "saved": saved}


def test_it_is_saved_and_not_read_before_the_pin_has_left(tmp_path: Path) -> None:
    """A reader of files is no place beside a PIN; afterwards it is shown, and not saved."""
    answers = [_WRONG, "利用者トップページ"]
    pages: Pages = {
        "POST logon/pin": lambda: answers.pop(0),
        "GET logon/notice.pdf": _ANSWER,
        "GET logon/statement.pdf": _ANSWER,
    }
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    with ScriptedBank(tmp_path, pages, None) as bank:
        found = play(
            bank.bank,
            bank.database,
            bank.sha256,
            gets_the_same_twice,
            pin="9999",
            downloads=downloads,
        )
    assert found == {"before": 0, "saved": ["notice.pdf"]}
