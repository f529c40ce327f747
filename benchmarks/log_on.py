"""From ログオン to the PIN page, beside the smallest browser that loads the same page."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certhelper.bank import Bank
from certhelper.demo import profile, store
from certhelper.demo.cases import Case
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.server import DemoServer
from certhelper.logon.environment import built, runs_as_root
from certhelper.logon.home import private_home
from certhelper.logon.preparation import prepare
from certhelper.logon.stages import StageReport

CODE = Path(__file__).parents[1]
PEER = Path(__file__).with_name("smallest_browser.py")


@contextmanager
def bank() -> Iterator[tuple[DemoServer, Path, Path, str]]:
    """Run the demo bank; yield it with profile, store and the certificate's fingerprint."""
    with tempfile.TemporaryDirectory() as folder, DemoServer() as server:
        user = server.authority.issue_client("12345678901234 user01")
        database = Path(folder) / "store"
        store.write(database, server.authority, [Case("user", user)])
        written = profile.write(Path(folder), server.addresses, server.authority.server_root)
        yield server, written, database, user.sha256


def from_press_to_pin_page(written: Path, database: Path, sha256: str) -> float:
    """Seconds from the PIN's arrival in a warm session process to its stage ``pin-page``."""
    command = [
        *(sys.executable, "-m", "certhelper", "logon", "--json", "--pin-stdin"),
        *("--bank", str(written), "--store", f"nss:{database}"),
        *("--certificate", sha256, "--until", "other"),
    ]
    with subprocess.Popen(
        command,
        cwd=CODE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        took = 0.0
        pressed = 0.0
        for line in process.stdout:
            report = StageReport.parse(line)
            if report is None:
                continue
            if report.stage == "opened":
                pressed = time.perf_counter()
                process.stdin.write(f"{DEMO_PIN}\n")
                process.stdin.close()
            elif report.stage == "pin-page":
                took = time.perf_counter() - pressed
        if not took:
            raise RuntimeError("the PIN page was not reached")
    return took


def smallest_browser(server: DemoServer, written: Path, database: Path, sha256: str) -> float:
    """Seconds that the peer takes as a whole process."""
    root = Bank.read(written).trusted_files()[0]
    with private_home() as home:
        prepare(home, f"nss:{database}", None)
        started = time.perf_counter()
        done = subprocess.run(
            [
                *(sys.executable, str(PEER)),
                f"{server.addresses.logon}/biznet/certificate",
                *(sha256, str(root)),
            ],
            env=built(os.environ, home),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        took = time.perf_counter() - started
    if "loaded" not in done.stdout:
        raise RuntimeError("the peer did not load the page")
    return took


def measure(runs: int) -> tuple[list[float], list[float]]:
    """Measure both in turn ``runs`` times; return seconds of ours and of the peer's."""
    if runs_as_root():
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
    ours, theirs = [], []
    with bank() as (server, written, database, sha256):
        for _ in range(runs):
            ours.append(from_press_to_pin_page(written, database, sha256))
            theirs.append(smallest_browser(server, written, database, sha256))
    return ours, theirs


if __name__ == "__main__":
    mine, peer = (sorted(times) for times in measure(5))
    print(f"{mine[2] * 1000:.0f} ms, peer {peer[2] * 1000:.0f} ms: {mine[2] / peer[2]:.2f}")
