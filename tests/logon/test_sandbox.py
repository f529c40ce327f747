"""An ordinary user's session in a hostile environment: the sandbox stays on, nothing gets in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.engine_processes import EngineProcess, below
from support.systems import only_on_linux

from installers.checkout.user import IS_ROOT, User

pytestmark = [
    only_on_linux,
    pytest.mark.timeout(300),  # the first set-up of a checkout may be part of it
]

_ROOT = Path(__file__).parents[2]

# Run as the ordinary user: a demo bank, then one log-on with everything hostile around it.
# A program of ours stands where the engine's would be looked for; it must never be started.
_SESSION = """
import os, pathlib, subprocess, sys
from certhelper.demo import trial
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Scenario
home = pathlib.Path.home()
impostor = home / "impostor"
impostor.write_text(f"#!/bin/sh\\ntouch {home}/impostor-was-started\\n")
impostor.chmod(0o755)
hostile = {
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --remote-debugging-port=9222",
    "QTWEBENGINE_REMOTE_DEBUGGING": "9222",
    "QTWEBENGINEPROCESS_PATH": str(impostor),
    "SSLKEYLOGFILE": str(home / "keys.log"),
    "QT_PLUGIN_PATH": str(home),
    "QT_QPA_PLATFORM_PLUGIN_PATH": str(home),
    "QT_LOGGING_RULES": "*=true",
    "LD_PRELOAD": str(home / "nothing.so"),
    "LD_LIBRARY_PATH": str(home),
    "NSS_LIB_PARAMS": "configdir=sql:/nowhere",
    "CHROME_DEVEL_SANDBOX": str(impostor),
    "CHROME_LOG_FILE": str(home / "chrome.log"),
}
with trial.running(Scenario(other_authentication=False)) as demo:
    print("hostile", *hostile, flush=True)
    chosen = ["--store", demo.store, "--certificate", demo.chosen.issued.sha256]
    how = ["--bank", str(demo.profile), "--pin-stdin", "--json", "--until", "top"]
    done = subprocess.run(
        [sys.executable, "-m", "certhelper", "logon", *chosen, *how],
        input=DEMO_PIN + "\\n", text=True, env={**os.environ, **hostile}, stderr=subprocess.DEVNULL,
    )
print("found", *sorted(path.name for path in home.iterdir()), flush=True)
sys.exit(done.returncode)
"""
_AS_ORDINARY_USER = """
import sys
from installers.checkout import environment, ordinary_user
sys.exit(ordinary_user.run(environment.find("run").parents[1], ["-c", sys.argv[1]]))
"""


@dataclass
class Seen:
    """What a session did and was, looked at from outside at every line that it wrote."""

    status: int = -1
    stages: list[str] = field(default_factory=list)
    hostile: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    engines: list[EngineProcess] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def seen() -> Seen:
    """One log-on as an ordinary user."""
    lent = ["-c", _AS_ORDINARY_USER, _SESSION] if IS_ROOT else ["-c", _SESSION]
    found = Seen()
    with subprocess.Popen(
        [sys.executable, *lent],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            word, _, rest = line.partition(" ")
            if word in ("hostile", "found"):
                (found.hostile if word == "hostile" else found.left).update(rest.split())
            elif line.startswith("{"):
                found.stages.append(json.loads(line)["stage"])
                _look(running.pid, found)
    found.status = running.returncode
    return found


def _look(ancestor: int, found: Seen) -> None:
    found.engines += EngineProcess.below(ancestor)
    for pid, command in below(ancestor):
        if "certhelper.logon.browser.worker" in command:
            entries = Path(f"/proc/{pid}/environ").read_text("utf-8").split("\0")
            found.variables |= {entry.partition("=")[0] for entry in entries if entry}


def test_the_log_on_works_whatever_the_environment_says(seen: Seen) -> None:
    """Hostile values change nothing: the bank's top page, by the program's own engine."""
    assert (seen.status, seen.stages[-1:]) == (0, ["top-page"])
    assert "impostor" in seen.left
    assert not {"impostor-was-started", "keys.log", "chrome.log"} & seen.left


def test_every_page_is_drawn_in_the_sandbox(seen: Seen) -> None:
    """At every stage what draws is nested in namespaces, filters system calls and has no rights.

    A renderer is forked from the engine's zygote and keeps its command line; it is known by being
    nested one deeper than the zygote that waits in the sandbox.
    """
    drawing = [engine for engine in seen.engines if engine.namespaces >= 3]
    assert drawing
    assert all(engine.sandboxed for engine in drawing)
    ordinary = User.choose().uid if IS_ROOT else getattr(os, "getuid", int)()
    assert {engine.uid for engine in seen.engines} == {ordinary}


def test_no_switch_and_no_variable_of_the_outside_gets_in(seen: Seen) -> None:
    """Neither the session's process nor the engine's have any of them."""
    arguments = set().union(*(engine.arguments for engine in seen.engines))
    assert not any(one.startswith(("--no-sandbox", "--remote-debugging")) for one in arguments)
    assert "HOME" in seen.variables  # it could be read
    assert seen.hostile
    known = set().union(seen.variables, *(engine.variables for engine in seen.engines))
    assert not seen.hostile & known
