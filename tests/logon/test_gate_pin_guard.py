"""Where the certificate went is where the PIN may go: the guard of the PIN by itself."""

from __future__ import annotations

import dataclasses

import pytest
from support.flow_facts import (
    ASKED,
    BANK,
    FIELD,
    FRONT_PAGE,
    LOGON_PAGE,
    PIN_PAGE,
    feed,
    plan,
    stages,
)

from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.stages import Stage

OTHER_URL = "https://second.bank.example/pin"
TWO_HOSTS = BANK._replace(
    site=BANK.site._replace(certificate_hosts=("login.bank.example", "second.bank.example"))
)
THERE = dataclasses.replace(
    PIN_PAGE, url=OTHER_URL, password_fields=(dataclasses.replace(FIELD, target=OTHER_URL),)
)
ASKED_THERE = dataclasses.replace(ASKED, host="second.bank.example")


@pytest.mark.parametrize("asked", [ASKED, dataclasses.replace(ASKED_THERE, port=8443)])
def test_a_pin_page_of_a_host_that_was_not_sent_the_certificate_gets_no_pin(
    asked: facts.CertificateRequested,
) -> None:
    """That another place was sent it counts for nothing, though this one might have been."""
    bank = TWO_HOSTS._replace(
        site=TWO_HOSTS.site._replace(
            certificate_hosts=(*TWO_HOSTS.site.certificate_hosts, "second.bank.example:8443")
        )
    )
    todo = feed(Flow(plan(bank=bank, until=None)), FRONT_PAGE, LOGON_PAGE, asked, THERE)
    assert stages(todo)[-1] == (Stage.FAILED, "pin-page-without-certificate")
    assert steps.GuardPin(0, "") in todo
    assert not any(isinstance(step, steps.EnterPin) for step in todo)


def test_of_two_hosts_that_were_sent_it_either_may_ask_for_the_pin() -> None:
    """The engine asks once for each of them, and a session remembers both."""
    todo = feed(
        Flow(plan(bank=TWO_HOSTS, until=None)), FRONT_PAGE, LOGON_PAGE, ASKED_THERE, ASKED, THERE
    )
    assert isinstance(todo[-1], steps.EnterPin)
