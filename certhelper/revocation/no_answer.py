"""Why there is no answer."""

from __future__ import annotations

from certhelper.checks import Revocation, RevocationStatus

_TELLING_MOST_FIRST = (
    "clock",
    "wrong-signature",
    "weak-signature",
    "stale",
    "not-for-this",
    "unknown-to-responder",
    "unauthorized",
    "try-later",
    "too-big",
    "unreadable",
    "refused",
    "proxy-unknown",
    "proxy-refused",
    "proxy-not-reached",
    "timeout",
    "not-reached",
    "name-not-found",
    "offline",
    "issuer-missing",
    "other-scheme",
    "no-time",
    "not-asked",
    "not-named",
)
"""Every cause of ``[revocation-causes]`` (``resources/texts/reasons.toml``).

Where several were asked, the one is told that says most of what is the matter.
"""


class NoAnswerError(Exception):
    """``cause`` is a name in ``[revocation-causes]``; ``detail`` is short and safe to show."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail


def unknown(cause: str, detail: str = "") -> Revocation:
    """Return the answer that is none."""
    return Revocation(RevocationStatus.UNKNOWN, cause, detail)


def most_telling(answers: list[Revocation]) -> Revocation:
    """Return the one whose cause says most; ``answers`` is not empty."""
    return min(answers, key=lambda one: _TELLING_MOST_FIRST.index(one.cause))
