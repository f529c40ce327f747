"""The report is put together whatever this PC holds, and whatever does not answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from support import listings, made_reports

from certhelper.diagnosis import report, telling
from certhelper.diagnosis.findings import Section
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Value, facts

SECTION = Section("diagnosis.check.account", facts())


@pytest.fixture(autouse=True)
def known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of this PC is another's test."""
    monkeypatch.setattr("certhelper.diagnosis.machine.sections", lambda _: (SECTION,))


def test_it_has_what_was_found_and_what_this_pc_is() -> None:
    """The same listing that the checks saw, and the sections of the machine."""
    found = listings.listing(listings.installed("12345678901234 user01"))
    made = report.make(made_reports.scene(found), made_reports.outcomes(), ["a line"])
    assert made.listing is found
    assert made.sections == (SECTION,)
    assert made.log == ("a line",)
    assert next(one.check for one in made.outcomes) == "account"


def test_stores_that_do_not_answer_hold_no_report_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hung token or a crash while reading is a finding already; the report says what it has."""
    monkeypatch.setattr(report, "PATIENCE", 0.05)
    for_ever = threading.Event()

    def hanging() -> Any:
        for_ever.wait(60)

    def crashing() -> Any:
        raise ZeroDivisionError

    for reading in (hanging, crashing):
        scene = Scene(listings.bank(), listings.AT, reading, environment={})
        made = report.make(scene, made_reports.outcomes())
        assert made.listing is None
        told = telling.tell(made)
        assert not told.is_listed
        assert told.certificates == ()
        assert len(told.checks) == 16
    for_ever.set()


def test_a_machine_that_cannot_be_looked_at_costs_only_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever goes wrong there, the certificates and findings are told."""

    def crashing(_: Scene) -> Any:
        raise OSError("no such thing")

    monkeypatch.setattr("certhelper.diagnosis.machine.sections", crashing)
    found = listings.listing(listings.installed("12345678901234 user01"))
    made = report.make(made_reports.scene(found), made_reports.outcomes())
    assert made.sections == ()
    assert len(telling.tell(made).certificates) == 1


def test_people_are_numbered_by_their_newest_certificate() -> None:
    """The dates are in the report anyway; the IDs' own order is told to nobody."""
    old = listings.installed("99999999999999 aaa", age=300)
    new = listings.installed("11111111111111 zzz", age=10)
    aliases = made_reports.made([old, new]).aliases
    assert aliases.number_of(Value(Kind.CONTRACT, "11111111111111")) == 1
    assert aliases.number_of(Value(Kind.USER, "zzz")) == 1
    assert aliases.number_of(Value(Kind.USER, "aaa")) == 2
