"""``certhelper demo``: the demo bank, and the program opened on it.

The program runs as a child process with the demo's profile and store, exactly as a person would
start it.  The person's own stores and settings stay untouched, but for the demo's certificates in
Windows' own store while it runs (:mod:`certhelper.demo.windows_place`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from certhelper.cli import output
from certhelper.demo import trial
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.log import AccessLog
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import FRONT_HOST, LOGON_HOST
from certhelper.demo.trial import PASSPHRASE, Trial
from certhelper.failures import ExitStatus
from certhelper.logon.environment import has_display
from certhelper.secret import Secret
from certhelper.starting import program
from certhelper.texts import text

_USUAL_FOLDERS = "user-dirs.dirs"
_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_JUST_LOOK = 0
"""Signal 0 is not sent; it tells whether anybody is there (POSIX, kill)."""
_SETTINGS_FOLDER = (
    # platformdirs hears this before it asks Windows.
    "WIN_PD_OVERRIDE_LOCAL_APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
)
_WAIT_SECONDS = 0.5 if sys.platform == "win32" else 86_400.0
"""One wait: Windows sees a request to end only between two of them."""


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until its window is closed, or until Ctrl-C; return the exit status."""
    # A request to end (logging out of the desktop) is an orderly end too: nothing is left behind.
    names = ("SIGTERM", "SIGBREAK")  # the second is Ctrl-Break, on Windows only
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        if arguments.serve_only:
            return _serve()
        if has_display(os.environ):
            return _show_window()
        return _log_on_offscreen()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve() -> int:
    log = AccessLog(_print_at_once)
    with suppress(KeyboardInterrupt), trial.running(log=log, tell=_tell) as demo:
        addresses = demo.server.addresses
        output.lines(
            [
                *_greeting(demo),
                text("demo.logon-address", address=f"{addresses.logon}/biznet/certificate"),
                text("demo.server-root", file=demo.server_root),
                text("demo.pkcs12", file=demo.pkcs12, passphrase=PASSPHRASE),
                text("demo.store", store=demo.store),
                text("demo.names", front=FRONT_HOST, logon=LOGON_HOST),
                text("demo.until-interrupted"),
            ]
        )
        sys.stdout.flush()
        while True:
            time.sleep(_WAIT_SECONDS)
    output.lines([text("demo.ended")])
    return ExitStatus.DONE


def _tell(name: str) -> None:
    _print_at_once(text(f"demo.{name}"))


def _print_at_once(line: str) -> None:
    output.lines([line])
    sys.stdout.flush()


def _show_window() -> int:
    with trial.running(tell=_tell) as demo:
        output.lines([*_greeting(demo), text("demo.window")])
        sys.stdout.flush()
        command = [*program(), "--bank", str(demo.profile), "--store", demo.store]
        # The window remembers its last certificate and text size: for the demo, in the demo.
        settings = demo.folder / "config"
        environment = {**os.environ, _SETTINGS_FOLDER: str(settings)}
        keep_usual_folders(settings)
        with _child(command, environment) as window:
            return _ended(window)


def keep_usual_folders(settings: Path) -> None:
    """Let the demo find the person's own folders where it has settings of its own (Linux).

    xdg-user-dirs keeps their names among the settings: ``user-dirs.dirs``, user-dirs.dirs(5).
    """
    names = platformdirs.user_config_path() / _USUAL_FOLDERS
    if sys.platform == "linux" and names.is_file():
        settings.mkdir(exist_ok=True)
        with suppress(OSError):  # the folders have their English names then
            shutil.copyfile(names, settings / _USUAL_FOLDERS)


def _log_on_offscreen() -> int:
    """One whole log-on; without 他の認証, which only a person could answer."""
    pictures = Path(tempfile.mkdtemp(prefix="certhelper-demo-pictures-"))
    with trial.running(Scenario(other_authentication=False), tell=_tell) as demo:
        output.lines([*_greeting(demo), text("demo.offscreen")])
        sys.stdout.flush()
        status = _log_on(demo, pictures)
        arrived = ", ".join(demo.server.log.certificates())
        output.lines(
            [
                text("demo.arrived", certificate=arrived or "-"),
                text("demo.pin-posts", count=demo.server.log.pin_posts()),
                text("demo.pictures", folder=pictures),
                *(f"  {picture.name}" for picture in sorted(pictures.iterdir())),
            ]
        )
    return status


def _log_on(demo: Trial, pictures: Path) -> int:
    command = [
        *(*program(), "logon", "--bank", str(demo.profile), "--store", demo.store),
        *("--certificate", demo.chosen.issued.sha256, "--pin-stdin", "--until", "top"),
        *("--screenshot", str(pictures)),
    ]
    reading, writing = os.pipe()
    try:
        with Secret.from_characters(DEMO_PIN) as pin:
            pin.write_line(writing)
    finally:
        os.close(writing)
    try:
        with _child(command, dict(os.environ), stdin=reading) as logon:
            return logon.wait()
    finally:
        os.close(reading)


def _greeting(demo: Trial) -> list[str]:
    return [
        text("demo.title"),
        text("demo.front-address", address=f"{demo.server.addresses.front}/"),
        text("demo.pin", pin=DEMO_PIN),
    ]


@contextmanager
def _child(
    command: list[str], environment: dict[str, str], stdin: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program as a child; neither it nor its sessions outlive this block.

    A session window would stand on a bank that is gone, so the whole process group is ended.
    """
    with subprocess.Popen(
        command, env=environment, stdin=stdin, start_new_session=sys.platform != "win32"
    ) as child:
        if sys.platform == "win32":
            from certhelper.windows.jobs import Job

            with Job() as job:
                job.hold(child)
                try:
                    yield child
                finally:
                    job.end(_GRACE_SECONDS)
        else:
            try:
                yield child
            finally:
                _end_group(child)


def _ended(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child, in such a way that a request to end is seen, and return its status."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(_WAIT_SECONDS if sys.platform == "win32" else None)


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Ask every process of the group to end, and make those that do not listen."""
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    deadline = time.monotonic() + _GRACE_SECONDS
    number: int = signal.SIGTERM
    while True:
        leader.poll()  # a child that has ended counts as one of the group until it is waited for
        try:
            os.killpg(leader.pid, number)
        except ProcessLookupError:
            return
        time.sleep(_LOOK_SECONDS)
        number = signal.SIGKILL if time.monotonic() > deadline else _JUST_LOOK
