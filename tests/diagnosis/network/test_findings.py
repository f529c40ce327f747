"""The findings of the clock and of the network stand on the public list, each with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import certhelper
from certhelper import texts
from certhelper.diagnosis.findings import Status, entries
from certhelper.diagnosis.network.looks import Handshake
from certhelper.diagnosis.network.reach import Reach
from certhelper.logon.proxy import Way
from certhelper.reason import SEVERITIES, Severity

SOURCES = (
    *(Path(certhelper.__file__).parent / "diagnosis" / "network").glob("*.py"),
    *(Path(certhelper.__file__).parent / "diagnosis" / "checks").glob("clock.py"),
    *(Path(certhelper.__file__).parent / "diagnosis" / "checks").glob("network.py"),
)


@pytest.mark.parametrize(("check", "most"), [("clock", 8), ("network", 46)])
def test_the_list_and_the_program_agree(check: str, most: int) -> None:
    """No code is unknown, none is never found, and every number is its own."""
    listed = {one.code: one for one in entries().values() if one.check == check}
    written = "".join(path.read_text("utf-8") for path in SOURCES)
    used = set(re.findall(rf'"({check}-[a-z0-9-]+)"', written))
    assert used == set(listed)
    places = [one.place for one in listed.values()]
    assert len(set(places)) == len(places)
    assert max(places) <= most
    assert [one.code for one in listed.values() if one.place == 0] == [
        {"clock": "clock-right", "network": "network-ok"}[check]
    ]


def test_whoever_must_act_is_named_where_something_is_wrong() -> None:
    """A fault that is nobody's would leave the person alone with it."""
    for one in entries().values():
        if one.check in ("clock", "network") and one.status in (Status.FAULT, Status.ATTENTION):
            assert one.who is not None, one.code


def test_everything_that_is_seen_can_be_told() -> None:
    """Each outcome has its words: a detail that fails would be a hole in the report."""
    told = texts.area("diagnosis-network")
    blocking = {code for code, weight in SEVERITIES.items() if weight is Severity.BLOCKING}
    wanted = {f"reach-{one}" for one in Reach} | {f"handshake-{one}" for one in Handshake}
    wanted |= {f"way-{one}" for one in Way} | {f"because-{code}" for code in blocking}
    assert wanted <= set(told)
