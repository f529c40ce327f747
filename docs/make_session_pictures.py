"""Makes pictures of the session window: ``python docs/make_session_pictures.py DIR``.

A real log-on at the demo bank, with the real engine, offscreen.  Beside make_pictures.py because
a session is a process of its own: this script starts itself again in the session's place.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CODE = Path(__file__).parents[1]
_SCREEN = {"name": "picture", "x": 0, "y": 0, "width": 1366, "height": 768, "dpr": 1}
_SCREEN |= {"logicalDpi": 96, "logicalBaseDpi": 96}
_PAINT_MS = 600


def _show(request_file: Path, target: Path, platform: str) -> None:
    """Run the session of ``request_file`` and picture its window at what a person sees last."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from certhelper.bank import Bank
    from certhelper.logon.browser.engine import SWITCHES
    from certhelper.logon.browser.worker import Worker
    from certhelper.logon.request import SessionRequest
    from certhelper.logon.stages import Stage, StageReport

    request = SessionRequest.read(request_file)
    application = QApplication(["certhelper", "-platform", platform, "--webEngineArgs", *SWITCHES])
    worker = Worker(request, Bank.read(request.bank), application)
    worker.window.resize(1180, 700)

    def told(report: StageReport) -> None:
        if report.stage in (Stage.OTHER_AUTHENTICATION, Stage.TOP_PAGE, Stage.FAILED):
            QTimer.singleShot(_PAINT_MS, lambda: take(report.stage.value))

    def take(stage: str) -> None:
        worker.window.grab().save(str(target / f"session-{stage}.png"))
        worker.quit()

    worker.session.told.connect(told)
    worker.start()
    application.exec()


def _session(folder: Path, target: Path, *, other_authentication: bool) -> None:
    from certhelper.bank import Bank
    from certhelper.demo import profile, store
    from certhelper.demo.cases import Case
    from certhelper.demo.customers import DEMO_PIN
    from certhelper.demo.scenario import Scenario
    from certhelper.demo.server import DemoServer
    from certhelper.logon.environment import built
    from certhelper.logon.home import private_home
    from certhelper.logon.preparation import prepare
    from certhelper.logon.request import SessionRequest

    scenario = Scenario(other_authentication=other_authentication)
    with DemoServer(scenario=scenario) as server, private_home() as home:
        user = server.authority.issue_client("12345678901234 user01")
        store.write(folder / "store", server.authority, [Case("user", user)])
        bank = Bank.read(profile.write(folder, server.addresses, server.authority.server_root))
        prepare(home, f"nss:{folder / 'store'}", None)
        request = SessionRequest(
            bank=bank.source,
            bank_sha256=bank.sha256,
            certificate=user.sha256,
            issuers=(),
            holder="12345678901234 user01",
            certificate_facts="",
            until=None,
            pin_stdin=True,
            downloads=folder,
        )
        screen = folder / "screen.json"
        screen.write_text(json.dumps({"screens": [_SCREEN]}), "utf-8")
        subprocess.run(
            [
                *(sys.executable, __file__, str(target)),
                *("--session", str(request.write(home)), f"offscreen:configfile={screen}"),
            ],
            input=f"{DEMO_PIN}\n",
            env=built(os.environ, home) | {"PYTHONPATH": str(CODE), "LANG": "ja_JP.UTF-8"},
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    if sys.argv[2:3] == ["--session"]:
        _show(Path(sys.argv[3]), target, sys.argv[4])
        return
    target.mkdir(parents=True, exist_ok=True)
    for other_authentication in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            _session(Path(folder), target, other_authentication=other_authentication)


if __name__ == "__main__":
    main()
