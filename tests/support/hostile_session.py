"""A session before the hostile site, played by attended.py in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.hostile_site import HostileSite
from support.network_log import NetworkLog

from certhelper.logon import environment
from certhelper.logon.home import private_home
from certhelper.logon.proxy import Route, Way
from certhelper.logon.request import SessionRequest
from certhelper.logon.wishes import Wish

DIRECT = Route(Way.DIRECT)
TESTS = Path(__file__).parents[1]


class Played:
    """What a session did: the play's own facts, the wishes, and the engine's log of its network."""

    def __init__(
        self, site: HostileSite, play: str, route: Route = DIRECT, more: Sequence[str] = ()
    ) -> None:
        with private_home() as home:
            (home / ".pki" / "nssdb").mkdir(parents=True, exist_ok=True)
            request = SessionRequest(
                bank=site.bank.source,
                bank_sha256=site.bank.sha256,
                certificate="00" * 32,
                issuers=(),
                holder="12345678901234 user01",
                certificate_facts=(),
                until=None,
                pin_stdin=False,
                downloads=home,
                proxy=route,
            )
            log = home / "network.json"
            done = subprocess.run(
                [
                    sys.executable,
                    str(TESTS / "support" / "attended.py"),
                    str(request.write(home)),
                    f"support.{play}",
                    f"--log-net-log={log}",
                    *more,
                ],
                env=environment.built(os.environ, home)
                | {"PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS)))},
                cwd=home,
                capture_output=True,
                text=True,
                timeout=90,
            )
            lines = done.stdout.splitlines()
            self.wishes = [wish for wish in map(Wish.parse, lines) if wish is not None]
            results = [json.loads(line) for line in lines if line.startswith(('{"ret', '{"err'))]
            assert results, done.stderr
            assert "error" not in results[0], results[0]
            self.facts: dict[str, Any] = results[0]["returned"]
            self.network = NetworkLog(log)
