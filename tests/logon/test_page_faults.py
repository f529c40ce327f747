"""A failure is told once: over its page where it is that page's alone, or by the log-on."""

from __future__ import annotations

import pytest
from support.flow_facts import PIN_URL

from certhelper import failures
from certhelper.logon import facts, page_faults, steps
from certhelper.logon.page_faults import PageFault, PageFaults
from certhelper.logon.stages import Stage, StageReport

REJECTED = facts.ServerCertificateRejected(1, PIN_URL, -202)
ITS_END = facts.LoadFailed(1, PIN_URL, -202)
RESET = facts.LoadFailed(1, PIN_URL, -101)
ENDED: list[steps.Step] = [
    steps.Tell(StageReport(Stage.FAILED, "connection-reset")),
    steps.End("connection-reset"),
]


def taken(
    faults: PageFaults,
    fact: facts.Fact,
    *todo: steps.Step,
    was_persons: bool = True,
    log_on_window: int = 0,
) -> PageFault | None:
    return faults.take(fact, todo, was_persons=was_persons, log_on_window=log_on_window)


def test_what_ends_the_log_on_is_told_by_it_alone() -> None:
    """Also where the person was acting before, as at the PIN page."""
    assert taken(PageFaults(), RESET, *ENDED) is None
    assert taken(PageFaults(), RESET) == RESET


def test_the_log_on_s_own_window_is_the_flow_s_until_the_person_acts() -> None:
    """The flow may be asking the server before it says what it was; a pop-up beside is not its."""
    assert taken(PageFaults(), RESET, was_persons=False, log_on_window=1) is None
    assert taken(PageFaults(), RESET, was_persons=False) == RESET
    assert taken(PageFaults(), facts.RendererEnded(1), was_persons=False) is not None


@pytest.mark.parametrize("error", [-3, -10, -20])
def test_a_load_that_was_stopped_or_refused_here_is_no_fault_of_a_page(error: int) -> None:
    """Whoever refused it has said so, and the page before it still stands."""
    assert taken(PageFaults(), facts.LoadFailed(1, PIN_URL, error)) is None


@pytest.mark.parametrize("todo", [(), ENDED], ids=["by the page", "by the log-on"])
def test_the_end_of_a_load_with_a_bad_certificate_is_not_told_a_second_time(
    todo: list[steps.Step],
) -> None:
    """Whoever told the certificate has told this; the next load's failure is told again."""
    faults = PageFaults()
    taken(faults, REJECTED, *todo)
    assert taken(faults, ITS_END) is None
    assert taken(faults, ITS_END) == ITS_END


def test_another_load_fails_for_itself() -> None:
    """Where the end of the refused one never came, the next one's is told."""
    faults = PageFaults()
    taken(faults, REJECTED)
    faults.load_begins(1)
    assert taken(faults, RESET) == RESET


@pytest.mark.parametrize(
    ("fault", "code", "window"),
    [
        (REJECTED, "server-authority-unknown", 1),
        (RESET, "connection-reset", 1),
        (facts.RendererEnded(2), "renderer-ended-in-session", 2),
        (facts.ProxyFailed(RESET, "proxy-refused", "proxy:1"), "proxy-refused", 1),
    ],
)
def test_each_is_told_as_what_it_is(fault: PageFault, code: str, window: int) -> None:
    """With every fact that its words name."""
    told = page_faults.told_of(fault)
    assert told.code == code
    assert failures.is_known(code)
    assert "{" not in told.message + told.cause + told.remedy
    assert page_faults.window_of(fault) == window
