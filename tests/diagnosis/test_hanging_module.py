"""A diagnosis beside a real PKCS #11 module that hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import listings
from support.listings import CONTRACT, installed, ready_store
from support.softhsm import MODULE
from support.systems import feed_pipe, make_pipe, only_on_linux

from certhelper.diagnosis import stores_reading
from certhelper.diagnosis.beginning import scene_of
from certhelper.diagnosis.course import CRASHED, TOO_SLOW, Course
from certhelper.diagnosis.order import CHECKS
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Store
from certhelper.stores.pkcs11 import Limits, Pkcs11Store

NEVER = Limits(600.0, 600.0)
"""The test's end comes before the module is given up."""

pytestmark = only_on_linux


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """SoftHSM waits for its configuration, which comes from this pipe at the end."""
    path = tmp_path / "pipe"
    make_pipe(path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(path))
    yield path
    for reading in readings():
        while reading.is_alive():
            feed_pipe(path)
            reading.join(0.1)


def readings() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "read pkcs11"]


@pytest.mark.usefixtures("pipe")
def test_it_ends_while_the_module_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check has its answer from what else was read, and the place is told as unread."""
    monkeypatch.setattr(stores_reading, "PATIENCE_S", 0.0)
    stores: list[Store] = [
        Pkcs11Store(MODULE, limits=NEVER),
        ready_store(installed(f"{CONTRACT} user01")),
    ]
    scene = scene_of(listings.bank(), lambda: stores, listings.AT, ProxyChoice(), offline=True)
    outcomes = {one.check: one for one in Course(scene, lambda _: None).run()}
    assert readings()  # the module has not said a word
    codes = {one.code for outcome in outcomes.values() for one in outcome.findings}
    assert len(outcomes) == len(CHECKS)
    assert not codes & {CRASHED, TOO_SLOW}
    assert [one.code for one in outcomes["present"].findings] == [
        "present-place-hung",
        "present-here",
    ]
    assert outcomes["period"].findings[0].code == "period-valid"
