"""What the parent of a session does beside it, and how it tells what did not work."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.bank_fixtures import BankStore
from support.systems import only_on_linux

from certhelper import cli, settings
from certhelper.cli import wishes
from certhelper.cli.errands import Errands
from certhelper.demo import profile
from certhelper.demo.server import DemoServer
from certhelper.failures import FailedError
from certhelper.logon import session
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage, StageReport
from certhelper.logon.wishes import Wish, WishKind
from certhelper.settings import Settings, SettingsFile

PATIENCE_S = 20

Play = Callable[[Callable[[StageReport], None], Callable[[Wish], None]], None]
LogOn = Callable[[Play], list[dict[str, Any]]]


def refuse() -> None:
    raise FailedError("browser-not-opened", address="https://www.elsewhere.test/")


def fail_to_write() -> None:
    raise PermissionError(13, "Permission denied")


def test_they_are_done_in_their_order_and_all_before_the_end() -> None:
    """What was asked last, as the window closed, is done too."""
    done: list[int] = []
    with Errands(lambda _: None) as errands:
        for number in range(5):
            errands.add(lambda number=number: done.append(number))  # type: ignore[misc]
    assert done == [0, 1, 2, 3, 4]


def test_what_does_not_work_is_told_and_the_next_is_done() -> None:
    """A refusal with its facts, and a setting that could not be written."""
    told: list[SessionNotice] = []
    done: list[str] = []
    with Errands(told.append) as errands:
        errands.add(refuse)
        errands.add(fail_to_write)
        errands.add(lambda: done.append("next"))
    assert [notice.code for notice in told] == ["browser-not-opened", "setting-not-kept"]
    assert told[0].detail == {"address": "https://www.elsewhere.test/"}
    assert done == ["next"]


def test_the_programs_own_fault_is_raised_at_the_end() -> None:
    """It is told as any other fault is, by the command, and does not stop the session before."""
    done: list[str] = []

    def be_wrong() -> None:
        raise LookupError("ours")

    def session() -> None:
        with Errands(lambda _: None) as errands:
            errands.add(be_wrong)
            errands.add(lambda: done.append("next"))

    with pytest.raises(LookupError):
        session()
    assert done == ["next"]


def test_a_line_that_is_no_notice_is_none() -> None:
    """Stages and chatter are not taken for one; what was written is read back."""
    notice = SessionNotice("folder-not-opened", {"folder": "/受取"})
    assert SessionNotice.parse(json.dumps(notice.document())) == notice
    for line in (StageReport(Stage.OPENED).line(), "[]", "chatter", '{"notice": "a", "detail": 1}'):
        assert SessionNotice.parse(line) is None


# ---- the command


@pytest.fixture
def log_on(
    demo_server: DemoServer,
    bank_store: BankStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    own_signals: None,
) -> LogOn:
    """``certhelper logon --json`` whose session does what the test says; the lines it printed."""
    bank = profile.write(tmp_path, demo_server.addresses, demo_server.authority.server_root)

    def run(play: Play) -> list[dict[str, Any]]:
        def follow(
            request: object,
            home: Path,
            outside: object,
            on_report: Any,
            on_wish: Any,
            secret: object,
        ) -> int:
            play(on_report, on_wish)
            return 0

        monkeypatch.setattr(session, "follow", follow)
        status = cli.main(
            [
                *("logon", "--bank", str(bank), "--store", bank_store.where, "--until", "top"),
                *("--certificate", bank_store["user01"].sha256, "--json"),
            ]
        )
        assert status == 0
        return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]

    return run


def test_a_stage_does_not_wait_for_a_wish(log_on: LogOn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser takes seconds to start; the next stage is told at once."""
    told = threading.Event()
    in_time: list[bool] = []
    monkeypatch.setattr(wishes, "fulfil", lambda _: in_time.append(told.wait(PATIENCE_S)))

    def play(on_report: Callable[[StageReport], None], on_wish: Callable[[Wish], None]) -> None:
        on_wish(Wish(WishKind.OPEN_ADDRESS, "https://www.elsewhere.test/"))
        on_report(StageReport(Stage.TOP_PAGE))
        told.set()

    assert [line["stage"] for line in log_on(play)] == ["top-page"]
    assert in_time == [True]


@only_on_linux
def test_a_wish_that_fails_is_a_line_of_its_own(log_on: LogOn, tmp_path: Path) -> None:
    """The window that started the command reads it; the stages stay as they are."""
    gone = str(tmp_path / "gone")

    def play(on_report: Callable[[StageReport], None], on_wish: Callable[[Wish], None]) -> None:
        on_report(StageReport(Stage.TOP_PAGE))
        on_wish(Wish(WishKind.OPEN_FOLDER, gone))

    assert log_on(play) == [
        {"stage": "top-page", "code": None, "detail": {}},
        {"notice": "folder-not-opened", "detail": {"folder": gone}},
    ]


def test_a_setting_that_cannot_be_kept_is_told_and_the_session_goes_on(log_on: LogOn) -> None:
    """A size of the text, and which notices were read: no disk that is full ends a log-on."""
    folder = settings.folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way", encoding="utf-8")

    def play(on_report: Callable[[StageReport], None], on_wish: Callable[[Wish], None]) -> None:
        on_wish(Wish(WishKind.TEXT_SIZE, "large"))
        on_report(StageReport(Stage.TOP_PAGE))

    told = {line.get("notice", line.get("stage")) for line in log_on(play)}
    assert told == {"setting-not-kept", "top-page"}
    assert folder.read_text(encoding="utf-8") == "in the way"


@pytest.mark.parametrize("wanted", [True, False])
def test_the_notices_that_were_read_are_remembered_for_who_stops_at_them(
    log_on: LogOn, wanted: bool
) -> None:
    """Those on the page when the log-on went on from it, for the next log-on at this bank."""

    def stop(kept: Settings) -> None:
        kept.stop_at_notices = wanted

    file = SettingsFile(settings.folder() / settings.FILE_NAME)
    file.change(stop)

    def play(on_report: Callable[[StageReport], None], on_wish: Callable[[Wish], None]) -> None:
        on_report(StageReport(Stage.LOGON_PAGE, detail={"notices": "digest"}))
        on_report(StageReport(Stage.CERTIFICATE_SENT))

    log_on(play)
    file.read_again()
    assert list(file.settings.seen_notices.values()) == (["digest"] if wanted else [])
