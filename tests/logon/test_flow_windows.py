"""What goes wrong in a window beside the log-on's is that window's own, and ends no log-on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from support.flow_facts import (
    ASKED,
    FRONT,
    FRONT_PAGE,
    LOGON,
    LOGON_PAGE,
    PIN_PAGE,
    PIN_URL,
    SUBMITTED,
    feed,
    plan,
    stages,
)

from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.stages import Stage

NEWS = facts.PageSeen(1, f"{FRONT}news", 200, "お知らせ")

BEFORE_PIN = {
    "outside-allowed-hosts": lambda window: facts.NavigationBlocked(window, "https://x.example/"),
    "password-asked": lambda window: facts.PasswordAsked(window, LOGON),
    "server-authority-unknown": lambda window: facts.ServerCertificateRejected(window, LOGON, -202),
    "renderer-ended": facts.RendererEnded,
    "connection-reset": lambda window: facts.LoadFailed(window, LOGON, -101),
}


@pytest.mark.parametrize(("code", "fault"), BEFORE_PIN.items(), ids=BEFORE_PIN)
def test_a_fault_of_a_pop_up_beside_the_log_on_does_not_end_it(
    code: str, fault: Callable[[int], facts.Fact]
) -> None:
    """It was open before the log-on link was followed; the log-on's own window does end it."""
    flow = Flow(plan())
    feed(flow, FRONT_PAGE, NEWS)
    assert feed(flow, fault(1)) == []
    feed(flow, LOGON_PAGE)
    assert feed(flow, fault(1)) == []
    assert stages(feed(flow, fault(0))) == [(Stage.FAILED, code)]


@pytest.mark.parametrize(("code", "fault"), BEFORE_PIN.items(), ids=BEFORE_PIN)
def test_a_fault_of_the_window_that_the_log_on_link_opened_ends_it(
    code: str, fault: Callable[[int], facts.Fact]
) -> None:
    """Nothing else would ever come of it."""
    flow = Flow(plan())
    feed(flow, FRONT_PAGE, NEWS, LOGON_PAGE)
    assert stages(feed(flow, fault(2))) == [(Stage.FAILED, code)]


@pytest.mark.parametrize(
    "fault",
    [
        facts.NavigationBlocked(1, "https://x.example/"),
        facts.PasswordAsked(1, PIN_URL),
        facts.ServerCertificateRejected(1, PIN_URL, -202),
        facts.RendererEnded(1),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_beside_a_pin_that_is_out_says_nothing_of_the_pin(fault: facts.Fact) -> None:
    """The answer to the PIN comes in its own window, and is still waited for."""
    flow = Flow(plan())
    feed(flow, FRONT_PAGE, NEWS, LOGON_PAGE, ASKED, PIN_PAGE, SUBMITTED)
    assert feed(flow, fault) == []
    assert flow.limit_ms is not None


def test_a_pop_up_that_ends_while_the_person_is_at_the_pin_leaves_the_pad_open() -> None:
    """Its page is gone, and the PIN page stands."""
    flow = Flow(plan(until=None, pin_given=False, pad=True))
    feed(flow, FRONT_PAGE, NEWS, LOGON_PAGE, ASKED)
    assert feed(flow, PIN_PAGE)[-1] == steps.AskPin()
    assert feed(flow, facts.RendererEnded(1)) == []
    assert feed(flow, facts.ServerCertificateRejected(1, FRONT, -202)) == []
    assert stages(feed(flow, facts.RendererEnded(0))) == [(Stage.FAILED, "renderer-ended")]


def test_two_windows_with_one_renderer_end_a_log_on_once() -> None:
    """Whichever of them tells it first."""
    for order in ((0, 1), (1, 0)):
        flow = Flow(plan(until=None))
        feed(flow, FRONT_PAGE, NEWS, LOGON_PAGE)
        ended = [facts.RendererEnded(window) for window in order]
        assert stages(feed(flow, *ended)) == [(Stage.FAILED, "renderer-ended")]


def test_a_pop_up_from_before_the_link_is_not_what_the_link_opened() -> None:
    """Its next page, which nobody knows, is none of the log-on's."""
    flow = Flow(plan())
    feed(flow, FRONT_PAGE, NEWS, LOGON_PAGE)
    assert feed(flow, dataclasses.replace(NEWS, text="つづき")) == []
    assert flow.window == 0
