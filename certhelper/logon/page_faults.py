"""Which failures are one page's alone: they are told over that page, and the session lives on.

Every failure is told once, by the flow for the whole log-on or here, never by both.
"""

from __future__ import annotations

from collections.abc import Sequence

from certhelper import failures, moment
from certhelper.logon import errors, facts, server_identity, steps
from certhelper.logon.steps import Step

PageFault = (
    facts.LoadFailed | facts.ProxyFailed | facts.ServerCertificateRejected | facts.RendererEnded
)


def of_page(fact: facts.Fact) -> PageFault | None:
    """The fact, where it says that a page did not come or has gone.

    A load that was replaced, became a download or was refused here has been told, or needs none.
    """
    load = fact.load if isinstance(fact, facts.ProxyFailed) else fact
    if isinstance(load, facts.LoadFailed) and (
        load.error == errors.ABORTED or load.error in errors.REFUSED_HERE
    ):
        return None
    return fact if isinstance(fact, PageFault) else None


class PageFaults:
    """Follows the pages of one session."""

    def __init__(self) -> None:
        self._refused: dict[int, str] = {}

    def load_begins(self, window: int) -> None:
        """Another load has begun in a window, so the end of the one before will not come."""
        self._refused.pop(window, None)

    def take(
        self, fact: facts.Fact, todo: Sequence[Step], *, was_persons: bool, log_on_window: int
    ) -> PageFault | None:
        """The fault, where it is the page's alone and the flow's answer ``todo`` does not tell it.

        ``was_persons``: the person acted before the flow heard of it.  ``log_on_window`` is where
        the log-on goes on, whose failures the flow tells, if only after a probe.
        """
        fault = of_page(fact)
        if fault is None or self._is_told(fault):
            return None
        if any(isinstance(step, steps.End) for step in todo):
            return None
        return fault if was_persons or window_of(fault) != log_on_window else None

    def _is_told(self, fault: PageFault) -> bool:
        """Whether this is the end of a load whose reason, the server's certificate, was told."""
        if isinstance(fault, facts.ServerCertificateRejected):
            self._refused[fault.window] = fault.url
            return False
        if not isinstance(fault, facts.LoadFailed):
            return False
        return self._refused.pop(fault.window, None) == fault.url


def window_of(fault: PageFault) -> int:
    """The window that the page stands in."""
    return fault.load.window if isinstance(fault, facts.ProxyFailed) else fault.window


def told_of(fault: PageFault) -> failures.Told:
    """What a person reads of it."""
    match fault:
        case facts.ServerCertificateRejected():
            verdict = server_identity.judge(fault, moment.now())
            return failures.find(verdict.code).say(verdict.detail)
        case facts.RendererEnded():
            return failures.find("renderer-ended-in-session").say({})
        case facts.ProxyFailed(load, code, proxy):
            return failures.find(code).say({"proxy": proxy, "error": str(load.error)})
        case facts.LoadFailed(_, url, error):
            detail = {"error": str(error), "address": facts.without_query(url)}
            return failures.find(errors.code_of(error)).say(detail)
