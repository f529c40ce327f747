"""Files, PDF and paper in a real session: the demo bank's log and the folders are the proof."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.log_on import Site
from support.scripted_bank import ScriptedBank
from support.systems import not_under_wine

from certhelper.demo import statement, zengin
from certhelper.demo.scenario import Scenario
from certhelper.demo.zengin import Payment
from certhelper.logon import environment
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Until
from certhelper.logon.wishes import Wish, WishKind

pytestmark = not_under_wine("WebEngine never loads a page there")

FORM = ("POST", "/biznet/statement-file")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank, a store with certificates, and a profile."""
    with Site(tmp_path, other_authentication=False) as running:
        yield running


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "ダウンロード"
    folder.mkdir()
    return folder


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "書類"
    folder.mkdir()
    return folder


@pytest.fixture
def walk(site: Site, downloads: Path, documents: Path) -> Callable[[str], dict[str, Any]]:
    """Walk a course of support/files_driver.py and return its facts."""

    def walked(course: str) -> dict[str, Any]:
        with private_home() as home:
            prepare(home, f"nss:{site.database}", None)
            request = SessionRequest(
                bank=site.bank.source,
                bank_sha256=site.bank.sha256,
                certificate=site.user.sha256,
                issuers=(),
                holder="",
                certificate_facts=(),
                until=None,
                pin_stdin=False,
                downloads=downloads,
                folders=(documents,),
            )
            support = Path(__file__).parents[1] / "support"
            done = subprocess.run(
                [
                    sys.executable,
                    str(support / "files_driver.py"),
                    str(request.write(home)),
                    course,
                ],
                env=environment.built(os.environ, home)
                | {"PYTHONPATH": str(Path(__file__).parents[2])},
                cwd=home,
                capture_output=True,
                text=True,
                timeout=60,
            )
        found = [
            json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"facts')
        ]
        assert found, done.stderr[-3000:] + done.stdout[-1000:]
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        facts = found[0]["facts"] | {"said": done.stdout}
        assert isinstance(facts, dict)
        return facts

    return walked


def archive(site: Site, kind: str, *, parts: int = 4, pause_s: float = 0.05) -> None:
    site.server.bank.scenario = Scenario(
        other_authentication=False,
        archive=kind,  # type: ignore[arg-type]  # one of its words
        archive_parts=parts,
        archive_part_octets=64 * 1024,
        archive_pause_s=pause_s,
    )


def requests_of(site: Site, path: str) -> list[str]:
    return [entry.method for entry in site.log.entries if entry.path == path]


def test_csv_files_are_saved_beside_each_other(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """Four with one name make four files; each was asked for once, and no tab stays."""
    facts = walk("csv_by_link_form_and_tab")
    name = f"入出金明細_{site.server.bank.clock():%Y%m%d}"
    names = [f"{name}.csv", f"{name} (2).csv", f"{name} (3).csv", f"{name} (4).csv"]
    assert [file["name"] for file in facts["files"]] == names
    assert sorted(path.name for path in downloads.iterdir()) == sorted(names)
    octets = statement.as_csv(site.server.bank.account)
    assert {path.read_bytes() for path in downloads.iterdir()} == {octets}
    assert requests_of(site, "/biznet/statement.csv") == ["GET", "GET"]
    assert requests_of(site, "/biznet/statement-file") == ["POST", "POST"]
    assert (facts["views"], facts["tabs"]) == (1, 1)
    wish = Wish(WishKind.OPEN_FOLDER, str(downloads))
    assert wish.line() in facts["said"].splitlines()
    assert all(downloads.name in state for state in facts["states"])


def test_a_slow_file_shows_how_far_it_is_and_can_be_stopped(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """While it runs its name says so, afterwards nothing is left."""
    archive(site, "whole", parts=400)
    facts = walk("cancel")
    assert "%" in facts["state"]
    assert facts["running"]
    assert not facts["running-after"]
    assert all(".certhelper-part" in name for name in facts["names"])
    assert facts["files"][0]["progress"] == "CANCELLED"
    assert list(downloads.iterdir()) == []


def test_an_answer_that_breaks_off_is_never_a_file(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """The engine asks again by itself; what it gets then is not taken for this file."""
    archive(site, "broken-off")
    facts = walk("file_to_the_end")
    assert facts["files"][0]["code"] == "file-broken-off"
    assert list(downloads.iterdir()) == []
    assert len(requests_of(site, "/biznet/archive.zip")) <= 2


def test_a_file_without_a_length_comes_whole(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """Chunked answers are ordinary."""
    archive(site, "unknown-length")
    walk("file_to_the_end")
    assert (downloads / "demo-archive.zip").stat().st_size == 4 * 64 * 1024


def test_a_name_in_raw_shift_jis_is_read(
    walk: Callable[[str], dict[str, Any]], downloads: Path
) -> None:
    """Many banks send it so; the engine takes it for Western letters."""
    walk("old_name")
    assert [path.name for path in downloads.iterdir()] == ["総合振込見本.txt"]


def test_closing_while_a_file_comes_leaves_nothing(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """The unfinished file goes with the session."""
    archive(site, "whole", parts=400)
    walk("close_while_running")
    assert list(downloads.iterdir()) == []


def test_what_a_page_makes_up_is_judged_by_where(
    walk: Callable[[str], dict[str, Any]], downloads: Path
) -> None:
    """``data:`` belongs to nobody; a ``blob:`` of the bank's own page is the bank's."""
    facts = walk("made_up_files")
    assert [file["code"] for file in facts["files"]] == ["file-not-from-bank", ""]
    assert [path.read_bytes() for path in downloads.iterdir()] == [b"a"]


def test_a_folder_that_is_gone_is_said(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """The shelf names the failure and offers another place; nothing is asked for twice."""
    archive(site, "whole")
    downloads.rmdir()
    facts = walk("file_to_another_place")
    assert facts["code"] == "file-folder-missing"
    assert facts["offered"]
    assert facts["octets"] == 4 * 64 * 1024
    assert requests_of(site, "/biznet/archive.zip") == ["GET"]


def test_pdfs_are_shown_in_tabs_and_lie_nowhere(
    walk: Callable[[str], dict[str, Any]], site: Site, downloads: Path
) -> None:
    """By link, in a tab and by a form: each is asked for once, searched, printed, saved."""
    facts = walk("pdf")
    assert facts["failure"] == ""
    assert facts["home"] == []
    assert facts["ready-to-find"]
    assert "1" in facts["hits"]
    assert (facts["marked"], facts["room"], facts["reload"]) == (True, True, False)
    assert facts["zoomed"]
    assert facts["printed"]
    assert requests_of(site, "/biznet/statement-view.pdf") == ["GET", "GET"]
    assert requests_of(site, "/biznet/statement-file") == ["POST"]
    saved = downloads / facts["files"][0]["name"]
    assert saved.read_bytes() == statement.as_pdf(site.server.bank.account)


def test_a_zengin_file_arrives_octet_by_octet(
    walk: Callable[[str], dict[str, Any]], site: Site, documents: Path
) -> None:
    """Half-width kana, records of 120 octets, with and without line ends: nothing changes."""
    payments = [Payment("ｶ)ｲﾜﾃｻﾝｷﾞﾖｳ", 1_540_000), Payment("ﾕ)ｷﾀｶﾐ", 1)]
    sent = {
        "sofuri.txt": zengin.write("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", "1125", payments, line_end=""),
        "総合振込2.txt": zengin.write("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", "1125", payments) + b"\x1a",
    }
    for name, octets in sent.items():
        (documents / name).write_bytes(octets)
    facts = walk("upload")
    assert {file.name: file.octets for file in site.server.bank.uploads.files} == sent
    assert "総合振込" in facts["title"]
    assert "*.txt" in facts["filters"][0]
    assert facts["starts-in"] == str(documents)
    assert f"sofuri.txt({len(sent['sofuri.txt'])} バイト)" in facts["chosen"]


@pytest.mark.parametrize("course", ["close_with_a_dialog", "close_with_a_question"])
def test_a_session_ends_in_order_whatever_is_asked(
    walk: Callable[[str], dict[str, Any]], site: Site, course: str
) -> None:
    """The engine waits for an answer inside a call of its own: it gets one before it goes."""
    walk(course)
    assert site.server.bank.uploads.files == ()


def test_a_dropped_file_does_not_take_the_page_s_place(
    walk: Callable[[str], dict[str, Any]], documents: Path
) -> None:
    """Whoever lets go of a file beside the field keeps the bank's page."""
    (documents / "sofuri.txt").write_bytes(b"x")
    facts = walk("drop")
    assert facts["seen"] == "dragenter dragover drop"
    assert (facts["address"], facts["tabs"]) == ("/biznet/statements", 1)


def test_without_a_printer_a_pdf_is_offered(
    walk: Callable[[str], dict[str, Any]], downloads: Path
) -> None:
    """The page's own print button: said, offered, saved under the page's title."""
    facts = walk("no_printer")
    assert "プリンター" in facts["told"]
    assert facts["files"][0]["name"].startswith("入出金明細照会")
    (saved,) = downloads.iterdir()
    assert saved.suffix == ".pdf"
    assert saved.read_bytes().startswith(b"%PDF-")


def test_a_frame_prints_itself(walk: Callable[[str], dict[str, Any]], downloads: Path) -> None:
    """A print button inside a frame prints what is in the frame, and asks once."""
    facts = walk("frame_prints")
    assert facts["asked"] == 1
    assert len(list(downloads.iterdir())) == 1
    text = facts["text"]
    assert "枠の中" in text
    assert "入出金明細照会" not in text


def test_a_page_is_printed(walk: Callable[[str], dict[str, Any]], downloads: Path) -> None:
    """The page's button leads to the dialog, and the printer gets its pages."""
    assert walk("prints")["dialogs"] is False
    assert (downloads / "paper.pdf").stat().st_size > 5000


def test_where_nobody_is_there_nothing_is_printed(tmp_path: Path) -> None:
    """A page that prints by itself does not keep an unattended run waiting for a dialog."""
    top = "利用者トップページ<script>print()</script>"
    with ScriptedBank(tmp_path, {"POST logon/pin": top}) as bank:
        outcome = bank.log_on(until=Until.TOP)
    assert (outcome.status, outcome.stages[-1]) == (0, "top-page")
