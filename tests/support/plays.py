"""Lets a played person use a session window: see :mod:`support.attended`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.attended import PLATFORM, Person, Play

from certhelper.bank import Bank
from certhelper.demo.customers import DEMO_PIN
from certhelper.logon import environment
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.request import SessionRequest

_CODE = Path(__file__).parents[2]
_ATTENDED = Path(__file__).parent / "attended.py"


def play(
    bank: Bank,
    database: Path,
    certificate: str,
    what: Callable[[Person], Play],
    *,
    pin: str = DEMO_PIN,
    platform: str = "offscreen",
    variables: Mapping[str, str] | None = None,
    **request: Any,
) -> Any:
    """Log on with a window and let ``what`` act in the session's process; return its result."""
    with private_home() as home:
        prepare(home, f"nss:{database}", None)
        values: dict[str, Any] = {"holder": "12345678901234 user01", "downloads": home}
        told = SessionRequest(
            bank=bank.source,
            bank_sha256=bank.sha256,
            certificate=certificate,
            issuers=(),
            certificate_facts=(),
            until=None,
            pin_stdin=True,
            **(values | request),
        )
        file = sys.modules[what.__module__].__file__
        assert file is not None
        paths = (str(_CODE), str(_CODE / "tests"), str(Path(file).parent))
        done = subprocess.run(
            [
                *(sys.executable, str(_ATTENDED), str(told.write(home))),
                f"{Path(file).stem}:{what.__name__}",
            ],
            input=f"{pin}\n",
            env=environment.built(os.environ, home)
            | {"PYTHONPATH": os.pathsep.join(paths), "LANG": "ja_JP.UTF-8"}
            | {PLATFORM: platform}
            | dict(variables or {}),
            capture_output=True,
            text=True,
            timeout=90,
        )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    answers = [line for line in lines if "returned" in line or "error" in line]
    assert answers, f"the session ended without an answer: {done.stderr[-2000:]}"
    assert "error" not in answers[-1], f"{answers[-1]} {done.stderr[-3000:]}"
    return answers[-1]["returned"]
