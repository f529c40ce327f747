"""What the output of a session process that was taken over may do to the one that started it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec import structs

from certhelper import starting
from certhelper.failures import ExitStatus
from certhelper.logon import session
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import StageReport, Until

_REQUEST = SessionRequest(Path("bank"), "", "", (), "", (), None, False, Path("downloads"))


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff\xfe{\n",
        b"x" * 3_000_000 + b"\n",
        b'{"stage": "top-page", ' + b" " * 2_000_000 + b'"code": null}\n',
        b'{"stage": []}\n[]\n{}\nnull\n' + b"[" * 200_000 + b"\n",
        b"\0" * 100,
    ],
    ids=["no UTF-8", "endless", "padded", "other JSON", "zeros"],
)
def test_what_is_no_stage_ends_nothing(
    octets: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts for nothing, and the stage that follows it is still heard."""
    said = tmp_path / "said"
    said.write_bytes(octets + b'\n{"stage": "top-page", "code": null, "detail": {}}\n')
    script = f"import sys; sys.stdout.buffer.write(open({str(said)!r}, 'rb').read())"
    monkeypatch.setattr(starting, "part", lambda _: [sys.executable, "-c", script])
    heard: list[StageReport] = []
    status = session.follow(_REQUEST, tmp_path, dict(os.environ), heard.append)
    assert [report.stage for report in heard] == ["top-page"]
    assert status == ExitStatus.DONE


@pytest.mark.parametrize(
    ("until", "codes", "status"),
    [
        (Until.TOP, ["renderer-ended"], ExitStatus.ACT),
        (None, ["renderer-ended", "session-crashed"], ExitStatus.OWN_FAULT),
    ],
    ids=["nobody at it", "a person at it"],
)
def test_what_a_session_dies_of_after_it_failed_is_told_where_somebody_still_used_it(
    until: Until | None,
    codes: list[str],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With nobody at it there is one failure; a person's window that goes is another."""
    script = (
        """print('{"stage": "failed", "code": "renderer-ended", "detail": {}}', flush=True)\n"""
        "import os; os._exit(3)"
    )
    monkeypatch.setattr(starting, "part", lambda _: [sys.executable, "-c", script])
    heard: list[StageReport] = []
    ended = session.follow(
        structs.replace(_REQUEST, until=until), tmp_path, dict(os.environ), heard.append
    )
    assert [report.code for report in heard] == codes
    assert ended == status
