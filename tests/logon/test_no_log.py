"""Nothing that a page writes, and no address with its query, gets into a log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.engine_processes import EngineProcess
from support.scripted_bank import LOGON_PAGE, PIN, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper.logon import environment
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Until

pytestmark = not_under_wine("WebEngine never loads a page there")

QUERY = "sid=4f1c9a7752"
_START = "import sys; from certhelper.logon.browser import worker; worker.main(sys.argv[1:])"


def written_by(bank: ScriptedBank) -> str:
    """Run a whole session as the program does, and return all that it and its engine write."""
    with private_home() as home:
        prepare(home, f"nss:{bank.database}", None)
        request = SessionRequest(
            bank=bank.bank.source,
            bank_sha256=bank.bank.sha256,
            certificate=bank.sha256,
            issuers=(),
            holder="",
            certificate_facts=(),
            until=Until.TOP,
            pin_stdin=True,
            downloads=home,
        )
        done = subprocess.run(
            [sys.executable, "-c", _START, str(request.write(home)), str(os.getpid())],
            input=f"{PIN}\n",
            env=environment.built(os.environ, home)
            | {"PYTHONPATH": str(Path(__file__).parents[2]), "QT_LOGGING_RULES": "*=true"},
            capture_output=True,
            text=True,
            timeout=60,
        )
    return done.stdout + done.stderr


def test_neither_console_nor_address_nor_error_reaches_a_log(tmp_path: Path) -> None:
    """With every category of Qt's log switched on, and a page that tells all that it knows."""
    talk = "console.log('SAID',this.value,location.href);console.error('SAID',this.value);"
    field = f'<input type=password name=p oninput="{talk}">'
    fault = "<script>setTimeout(() => {throw new Error('SAID ' + location.href)})</script>"
    pages = {
        "GET front/biznet": LOGON_PAGE.replace("/pin", f"/pin?{QUERY}") + fault,
        "GET logon/pin": pin_page(field=field) + fault,
        "POST logon/pin": f"利用者トップページ<script>console.log('SAID {PIN}')</script>",
    }
    with ScriptedBank(tmp_path, pages) as bank:
        written = written_by(bank)
        assert any(seen.query == QUERY for seen in bank.seen)
    assert '"top-page"' in written
    assert len(written.splitlines()) > 20  # the log is on
    for secret in (PIN, PIN[:4], QUERY, "SAID"):
        assert secret not in written


def test_no_process_of_the_engine_may_leave_a_core(tmp_path: Path) -> None:
    """The limit of each is nothing, and none of them can raise it; nobody collects crashes."""
    limits: dict[int, str] = {}

    def look() -> str:
        for one in EngineProcess.below(os.getpid()):
            rows = Path(f"/proc/{one.pid}/limits").read_text("utf-8").splitlines()
            (limits[one.pid],) = (row for row in rows if row.startswith("Max core file size"))
            assert not any("crashpad" in argument for argument in one.arguments)
        return pin_page()

    with ScriptedBank(tmp_path, {"GET logon/pin": look}) as bank:
        assert bank.log_on().status == 0
    assert len(limits) >= 3
    assert {tuple(row.split()[4:6]) for row in limits.values()} == {("0", "0")}
