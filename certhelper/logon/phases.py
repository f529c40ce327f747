"""Where a log-on stands.  flow.py alone moves it."""

from __future__ import annotations

from enum import Enum, auto


class Phase(Enum):
    """One place on the way.

    ``ASKING_FOR_PIN``: the pad is open; ``AT_PRESS``: the person has pressed, and the page is
    looked at once more before anything is typed.  ``PERSON``: nothing is expected of the program.
    """

    TO_LOGON_PAGE = auto()
    READING_NOTICES = auto()
    TO_PIN_PAGE = auto()
    PROBING = auto()
    ASKING_FOR_PIN = auto()
    AT_PRESS = auto()
    PERSON_TYPES_PIN = auto()
    ENTERING_PIN = auto()
    SUBMITTED = auto()
    PERSON = auto()
    ENDED = auto()


WAITING_FOR_A_SERVER = frozenset(
    {
        Phase.TO_LOGON_PAGE,
        Phase.TO_PIN_PAGE,
        Phase.PROBING,
        Phase.AT_PRESS,
        Phase.ENTERING_PIN,
        Phase.SUBMITTED,
    }
)
PIN_IS_OUT = frozenset({Phase.SUBMITTED})
"""The gate has seen the form leave; in ``ENTERING_PIN`` it has not."""
AT_PIN_PAGE = frozenset({Phase.ASKING_FOR_PIN, Phase.PERSON_TYPES_PIN})
PERSON_ACTS = AT_PIN_PAGE | {Phase.READING_NOTICES, Phase.PERSON}
