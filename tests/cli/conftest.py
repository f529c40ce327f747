"""Commands in this process: what they print and how they end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.cli import Hold, Printed, Run

from certhelper import cli, machine_settings
from certhelper.certificate import Certificate
from certhelper.cli import waiting
from certhelper.stores import registry
from certhelper.stores.base import Installed, KeyState, Store, StoreReading, StoreStatus


@pytest.fixture(autouse=True)
def _no_machine_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks into this PC's own folder."""
    monkeypatch.setattr(machine_settings, "folder", lambda: tmp_path / "no-machine-folder")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands on stderr does not depend on how busy this PC is."""
    monkeypatch.setattr(waiting, "PATIENCE_S", 600.0)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run one command in this process."""

    def _run(*arguments: str) -> Printed:
        capfd.readouterr()
        status = cli.main(arguments)
        out, err = capfd.readouterr()
        return Printed(status, out, err)

    return _run


class _Held(NamedTuple):
    kind: str
    where: str
    reading: StoreReading

    def read(self) -> StoreReading:
        return self.reading


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Let this PC have one store with the given certificates (DER)."""

    def _hold(
        *octets: bytes,
        key: KeyState = KeyState.PRESENT,
        label: str = "label",
        reading: StoreReading | None = None,
    ) -> None:
        rows = tuple(Installed(Certificate(one), "nss:/held", label, key) for one in octets)
        held = reading or StoreReading("nss", "/held", StoreStatus.OK, installed=rows)
        stores: list[Store] = [_Held(held.kind, held.where, held)]
        monkeypatch.setattr(registry, "stores_of_this_pc", lambda: stores)

    return _hold


@pytest.fixture
def own_signals() -> Iterator[None]:
    """``logon`` in this process answers signals in its own way; the tests do not."""
    names = [name for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)
