"""How far a diagnosis has come, as outcomes arrive.  Free of Qt."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.desktop.diagnosis_faces import (
    CheckFace,
    FindingFace,
    State,
    check_face,
    state_of,
    worst_first,
)
from certhelper.diagnosis.findings import Outcome
from certhelper.diagnosis.order import CHECKS, Check


class Progress:
    """Of the sixteen checks those in ``left_out`` are not carried out, and said to be left out."""

    def __init__(self, left_out: Sequence[str] = ()) -> None:
        self.left_out = tuple(left_out)
        self._begun = False
        self._outcomes: dict[str, Outcome] = {}
        self._found: dict[str, tuple[FindingFace, ...]] = {}

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those that are carried out."""
        return tuple(one for one in CHECKS if one.name not in self.left_out)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What has come so far, in the order of the checks."""
        return tuple(self._outcomes[one.name] for one in CHECKS if one.name in self._outcomes)

    @property
    def done(self) -> int:
        """How many of the sixteen nobody waits for any more."""
        return sum(one.name in self._outcomes or one.name in self.left_out for one in CHECKS)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the checks that have not answered."""
        return tuple(one.name for one in self.checks if one.name not in self._outcomes)

    @property
    def is_over(self) -> bool:
        return self.done == len(CHECKS)

    def begin(self) -> None:
        """All are started side by side."""
        self._begun = True

    def take(self, outcome: Outcome, faces: tuple[FindingFace, ...]) -> None:
        self._outcomes[outcome.check] = outcome
        self._found[outcome.check] = faces

    def faces(self) -> tuple[CheckFace, ...]:
        """The sixteen with how each stands."""
        return tuple(check_face(one.name, self._state(one.name)) for one in CHECKS)

    def findings(self) -> tuple[FindingFace, ...]:
        """What was found so far, the worst first, then in the order of the checks."""
        return worst_first(face for one in self.outcomes for face in self._found[one.check])

    def _state(self, check: str) -> State:
        if check in self.left_out:
            return State.LEFT_OUT
        if check in self._outcomes:
            return state_of(self._outcomes[check].status)
        return State.RUNNING if self._begun else State.WAITING
