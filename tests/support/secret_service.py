"""A real Secret Service (gnome-keyring) on a session bus of its own, for the length of a test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.systems import needs_linux

_NAME = "org.freedesktop.secrets"
_TIMEOUT = 20.0  # seconds


@contextmanager
def running(folder: Path, password: str | None) -> Iterator[str]:
    """Start bus and keyring in ``folder``, unlocked with ``password``; yield the bus's address.

    With no password the keyring stays locked, and nobody is there to answer its question.
    """
    needs_linux("the Secret Service")
    for name in ("home", "run"):
        (folder / name).mkdir(mode=0o700, parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "LC_ALL": "C.UTF-8",
    }
    bus = subprocess.Popen(
        [
            *("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"),
            f"--address=unix:path={folder / 'run' / 'bus'}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    with bus:
        try:
            assert bus.stdout is not None
            address = bus.stdout.readline().strip()
            with _keyring({**environment, "DBUS_SESSION_BUS_ADDRESS": address}, password):
                _wait_for_owner(address)
                yield address
                bus.terminate()  # the keyring ends with its bus
        finally:
            bus.kill()


@contextmanager
def _keyring(environment: dict[str, str], password: str | None) -> Iterator[None]:
    unlock = [] if password is None else ["--unlock"]
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--components=secrets", *unlock],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    with daemon:
        try:
            assert daemon.stdin is not None
            daemon.stdin.write(password or "")
            daemon.stdin.close()
            yield
            daemon.wait(_TIMEOUT)
        finally:
            daemon.kill()


def _wait_for_owner(address: str) -> None:
    """Wait until somebody answers under the Secret Service's name."""
    from jeepney import MatchRule, message_bus  # type: ignore[import-untyped]
    from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, _NAME)
    with open_dbus_connection(address) as connection:
        bus = Proxy(message_bus, connection, timeout=_TIMEOUT)
        bus.AddMatch(rule)
        with connection.filter(rule) as changes:
            if not bus.NameHasOwner(_NAME)[0]:
                connection.recv_until_filtered(changes, timeout=_TIMEOUT)
