"""Whether the person is asked before the session ends, and what they can choose.

A session that is only closed stays open at the bank until its time is over, and somebody else could
find it so; banks ask their customers to log off.  But nobody is bothered with a question where
there is nothing to lose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from certhelper.logon.recognition import compact
from certhelper.logon.stages import Stage, StageReport

WAIT_MS = 10_000
"""How long the bank's answer to the log-off is waited for."""

_USUAL = ("ログオフ", "ログアウト")
_SAID = tuple(f"{word}{form}" for word in _USUAL for form in ("しました", "されました"))

_NOT_LOGGED_ON = frozenset(
    {
        "session-timed-out",
        "pin-page-again",
        "pin-wrong",
        "pin-locked",
        "certificate-expired-at-bank",
        "certificate-not-yet-valid-at-bank",
        "certificate-revoked-at-bank",
        "administrator-certificate",
        "customer-unknown-at-bank",
        "maintenance",
    }
)
"""Failures by which the bank itself says that there is no session of this person's."""


class SessionStanding:
    """How far one attempt has come, by what it has told: whether there is a session to lose."""

    def __init__(self) -> None:
        self.logged_on = False
        """A PIN has left, and the bank has not said since that there is no session."""
        self.beyond_pin = False
        """The program's own part is over: what closes now is closed by the person or the bank."""

    def follow(self, report: StageReport) -> None:
        """Take the next stage.

        Most failures are one page's, or leave open what became of the PIN: the session may live.
        """
        if report.stage in (Stage.PIN_SUBMITTED, Stage.TOP_PAGE):
            self.logged_on = self.beyond_pin = True
        elif report.stage is Stage.FAILED:
            self.beyond_pin = True
            if report.code in _NOT_LOGGED_ON:
                self.logged_on = False


def log_off_texts(link_text: str) -> tuple[str, ...]:
    """What a link or button says that logs off: the profile's text, else the usual words."""
    return (link_text,) if link_text else _USUAL


@dataclass(frozen=True, slots=True)
class PageState:
    """What one page shows when the person wants to end.  ``order`` counts loaded pages."""

    window: int
    order: int
    has_log_off: bool = False
    has_typed: bool = False
    text: str = ""

    @classmethod
    def read(cls, answer: Any, window: int, order: int) -> PageState:
        """Take the answer of ``closing.js``; a page that gave none shows nothing."""
        try:
            value = json.loads(answer)
            return cls(window, order, value["logOff"], value["typed"], value["text"])
        except (TypeError, ValueError, KeyError):
            return cls(window, order)

    @property
    def says_logged_off(self) -> bool:
        """The bank confirms a log-off; a page that offers one only speaks of an earlier time."""
        text = compact(self.text)
        return not self.has_log_off and any(said in text for said in _SAID)


def has_logged_off(pages: Iterable[PageState], window: int) -> bool:
    """Whether the log-off that was pressed on this page has been answered with one.

    Either some page says so, or the page has gone, or it has become one without a log-off.
    """
    seen = {page.window: page for page in pages}
    said = any(page.says_logged_off for page in seen.values())
    return said or window not in seen or not seen[window].has_log_off


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.  ``log_off_window`` is where the bank's log-off stands, if anywhere."""

    log_off_window: int | None
    logged_on: bool
    typed: bool
    downloading: bool


def question_for(
    pages: Iterable[PageState], *, logged_on: bool, downloading: bool
) -> Question | None:
    """Decide; ``None`` means that the session ends without a word.

    ``logged_on`` is :attr:`SessionStanding.logged_on`.
    """
    seen = sorted(pages, key=lambda page: page.order)
    telling = [page for page in seen if page.has_log_off or page.says_logged_off]
    on = logged_on and not (telling and telling[-1].says_logged_off)
    typed = on and any(page.has_typed for page in seen)
    if not on and not downloading:
        return None
    offering = [page.window for page in seen if page.has_log_off]
    return Question(offering[-1] if on and offering else None, on, typed, downloading)
