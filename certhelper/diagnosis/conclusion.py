"""What a verdict consists of: what is told first, what stands beside it, whose step is whose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.values import Phrase
from certhelper.failures import Actor


class Said(NamedTuple):
    """One thing that is told, and what to do about it.

    ``step`` is None where the step of what is told before says it already, or nothing is to be
    done.  ``who`` carries the step out; None: it goes without saying.
    """

    sentence: Phrase
    step: Phrase | None
    who: Actor | None = None


class Conclusion(NamedTuple):
    """What a diagnosis comes to, with its values still unredacted.

    ``status`` is that of the gravest finding.  ``check`` and ``finding`` are what it is about;
    empty and None where all is well.  ``first`` is read aloud; ``others`` are what else has to be
    done, mostly by or for other people; ``beside`` are sentences that nobody has to act on.
    """

    status: Status
    check: str
    finding: Finding | None
    first: Said
    others: tuple[Said, ...] = ()
    beside: tuple[Phrase, ...] = ()

    @property
    def headline(self) -> tuple[Phrase, ...]:
        """Every sentence, one behind the other."""
        return (self.first.sentence, *(one.sentence for one in self.others), *self.beside)

    @property
    def steps(self) -> tuple[tuple[Phrase, Actor | None], ...]:
        """What to do, one behind the other, each with who carries it out."""
        return tuple(_steps((self.first, *self.others)))

    @property
    def who(self) -> Actor | None:
        """Who must act first; None: nobody."""
        return self.first.who

    @property
    def is_of_several(self) -> bool:
        """Whether not all the steps are the same one's: then each has to be told with its own."""
        return len({who for _, who in self.steps}) > 1


def _steps(every: Iterable[Said]) -> Iterable[tuple[Phrase, Actor | None]]:
    for one in every:
        if one.step is not None:
            yield one.step, one.who
