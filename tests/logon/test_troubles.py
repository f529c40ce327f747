"""Each trouble of the list with the real engine: its code, and how many PINs the bank got."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.scripted_bank import ScriptedBank, Served, Site, by_its_own_server
from support.systems import not_under_wine
from support.troubles import TROUBLES, Trouble
from support.web_servers import ApacheSite

pytestmark = not_under_wine("WebEngine never loads a page there")


@pytest.mark.parametrize("trouble", TROUBLES, ids=[trouble.name for trouble in TROUBLES])
def test_a_trouble_ends_in_its_code_and_the_pin_left_once_at_most(
    trouble: Trouble, tmp_path: Path
) -> None:
    """The program says what happened, and the bank's log shows the PIN that may have counted."""
    with trouble.stage(tmp_path) as scene:
        outcome = scene.log_on(load_limit_ms=trouble.limit_ms)
        arrived = scene.pins()
    assert outcome.status == 1
    assert outcome.code in (trouble.code, trouble.or_code or trouble.code)
    assert arrived == trouble.pins


def test_a_certificate_asked_for_on_one_address_by_renegotiation_is_sent(tmp_path: Path) -> None:
    """Apache on TLS 1.2 asks in the middle of a connection: the log-on works, one PIN arrives."""
    made: list[ApacheSite] = []

    def serve(site: Site) -> Served:
        if site.name == "front":
            return by_its_own_server(site)
        made.append(ApacheSite(site, tmp_path / "apache", "1.2"))
        return made[0]

    with ScriptedBank(tmp_path, {}, serve=serve) as bank:
        outcome = bank.log_on()
    assert (outcome.status, outcome.stages[-1]) == (0, "top-page")
    sent = [line.partition("user01 ")[2] for line in made[0].accesses if "user01" in line]
    assert sent == ["GET /pin HTTP/1.1", "POST /pin HTTP/1.1"]
    assert len(bank.pins) == 1


def test_each_trouble_has_a_name_of_its_own() -> None:
    """Its picture is called by it."""
    assert len({trouble.name for trouble in TROUBLES}) == len(TROUBLES)
