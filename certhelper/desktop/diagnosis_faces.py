"""What the diagnosis shows of each check and finding, as plain words.  Free of Qt.

On the screen the person sees the names as they are; only what leaves the PC is redacted
(:mod:`certhelper.diagnosis.telling`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from certhelper import failures
from certhelper.diagnosis.conclusion import Said
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import Outcome, Status, find
from certhelper.diagnosis.numbers import check_numbers
from certhelper.diagnosis.telling import tell_check
from certhelper.diagnosis.told import ToldFinding
from certhelper.diagnosis.values import shown
from certhelper.diagnosis.verdict import FAILED_BEFORE, conclude
from certhelper.store_names import place_names
from certhelper.texts import language, text


class State(StrEnum):
    """How a check stands: under way, or what came of it, in the words of its :class:`Status`."""

    WAITING = "waiting"
    RUNNING = "running"
    LEFT_OUT = "left-out"
    FAULT = "fault"
    ATTENTION = "attention"
    NOT_CHECKED = "not-checked"
    OK = "ok"
    NOT_APPLICABLE = "not-applicable"

    @property
    def words(self) -> str:
        is_ours = self in (State.WAITING, State.RUNNING, State.LEFT_OUT)
        area = "diagnosis-window.state" if is_ours else "diagnosis-report.status"
        return text(f"{area}.{self.value}")


class CheckFace(NamedTuple):
    """One line of the list of the checks."""

    check: str
    number: int
    name: str
    state: State

    def spoken(self) -> str:
        """The line as one sentence for a screen reader."""
        return text(
            "diagnosis-window.checks.spoken",
            number=self.number,
            name=self.name,
            state=self.state.words,
        )


class FindingFace(NamedTuple):
    """One finding: ``sentence`` is what the person reads first; empty texts are left out.

    ``details`` are names with their lines.
    """

    check: str
    number: int
    code: str
    name: str
    state: State
    sentence: str
    remedy: str
    who: str
    causes: str
    helpdesk: str
    bank: str
    details: tuple[tuple[str, str], ...]

    @property
    def line(self) -> str:
        """The number that is read aloud, and the check that found it."""
        return text("diagnosis-window.finding.line", number=self.number, check=self.name)

    def spoken(self) -> str:
        return text(
            "diagnosis-window.finding.spoken", state=self.state.words, sentence=self.sentence
        )

    def sections(self) -> tuple[tuple[str, str], ...]:
        """All that is unfolded, the next step first: names with their texts."""
        named = {
            "remedy": self.remedy,
            "who": self.who,
            "causes": self.causes,
            "bank": self.bank,
            "helpdesk": self.helpdesk,
        }
        told = [
            (text(f"diagnosis-window.finding.{name}"), words)
            for name, words in named.items()
            if words
        ]
        if self.details:
            lines = "\n".join(f"{name}: {words}" for name, words in self.details)
            told.append((text("diagnosis-window.finding.details"), lines))
        return tuple(told)

    def as_plain_text(self) -> str:
        """For the clipboard: the number first, as it is read aloud."""
        lines = [self.line, self.sentence, *(f"{name}: {words}" for name, words in self.sections())]
        return "\n".join(lines) + "\n"


class Verdict(NamedTuple):
    """The first thing that is read: what it is, what to do now, and who does it.

    ``others`` is what else has to be done, each with its step and who does that, where it is
    somebody else; ``beside`` what else has to be known: whom it concerns, too, and what is not
    known.
    """

    state: State
    sentence: str
    remedy: str = ""
    who: str = ""
    others: str = ""
    beside: str = ""


_PRESENT = "present"
_MOST_NAMED = 3
"""Checks that are named while they are waited for."""

_WEIGHTS = {State(status.value): weight for weight, status in enumerate(Status)}


def state_of(status: Status) -> State:
    return State(status.value)


def check_name(check: str) -> str:
    return text(f"diagnosis.check.{check}")


def check_face(check: str, state: State) -> CheckFace:
    return CheckFace(check, check_numbers()[check], check_name(check), state)


def finding_face(told: ToldFinding) -> FindingFace:
    entry, facts = find(told.code), dict(told.facts)
    return FindingFace(
        check=told.check,
        number=told.number,
        code=told.code,
        name=told.title,
        state=state_of(told.status),
        sentence=told.user,
        remedy=told.remedy,
        who=told.who_word,
        causes=entry.causes[language()].format_map(facts),
        helpdesk=told.helpdesk,
        bank=entry.bank[language()].format_map(facts),
        details=tuple((one.title, "\n".join(one.lines)) for one in told.details),
    )


def faces_of(outcome: Outcome) -> tuple[FindingFace, ...]:
    """Return what one check has found."""
    return tuple(map(finding_face, tell_check(outcome).findings))


def worst_first(faces: Iterable[FindingFace]) -> tuple[FindingFace, ...]:
    """Return findings with the worst first, otherwise in their order."""
    return tuple(sorted(faces, key=lambda one: _WEIGHTS[one.state]))


def needs_reading(face: FindingFace) -> bool:
    """Whether it stands by itself; what tells nothing to be done is folded into a line."""
    return not any(is_such(face) for is_such in _FOLDED_LINES.values())


def folded_line(faces: Sequence[FindingFace]) -> str:
    """Return the line for what is folded; empty where nothing is."""
    counts = {
        name: len({one.check for one in faces if is_such(one)})
        for name, is_such in _FOLDED_LINES.items()
    }
    told = [
        text(f"diagnosis-window.finding.{name}", count=count)
        for name, count in counts.items()
        if count
    ]
    return text("diagnosis-window.finding.pause").join(told)


_FOLDED_LINES: Mapping[str, Callable[[FindingFace], bool]] = {
    "well": lambda one: one.state is State.OK,
    "not-applicable": lambda one: one.state is State.NOT_APPLICABLE,
    "cancelled": lambda one: one.code == CANCELLED,
}


def spoken_code(grouped: str) -> str:
    """Return a check code as a screen reader is to say it: digit by digit, in its groups."""
    pause = text("diagnosis-window.code.pause")
    return pause.join(" ".join(group) for group in grouped.split())


def verdict(outcomes: Sequence[Outcome]) -> Verdict:
    """Return what it comes to, with the next step."""
    told = conclude(outcomes)
    others = [one for one in told.others if one.sentence.key != FAILED_BEFORE]  # above it all
    remedy = "" if told.first.step is None else shown(told.first.step)
    return Verdict(
        state_of(told.status),
        shown(told.first.sentence),
        remedy,
        _who(told.first),
        "\n".join(_other(one, is_named=told.is_of_several) for one in others),
        "\n".join(map(shown, told.beside)),
    )


def outdated() -> Verdict:
    """Return what stands there when a log-on has failed since: never that all is well."""
    return Verdict(
        State.ATTENTION,
        text("diagnosis-window.verdict.outdated"),
        text("diagnosis-window.verdict.outdated-step"),
    )


def _who(said: Said) -> str:
    return text(f"diagnosis-report.who-acts.{said.who.value}") if said.who is not None else ""


def _other(said: Said, *, is_named: bool) -> str:
    """Return another thing with its step, and with who does it where several people act."""
    sentence = shown(said.sentence)
    if said.step is None:
        return sentence
    step, who = shown(said.step), _who(said)
    if is_named and who:
        step = text("diagnosis-report.step-with-who", step=step, who=who)
    return text("diagnosis-window.verdict.other", sentence=sentence, step=step)


def so_far(
    outcomes: Sequence[Outcome],
    failure: failures.Told | None = None,
    *,
    waiting: Sequence[str] = (),
    places: Sequence[str] = (),
) -> str:
    """Return the verdict on what has come, and what is still waited for.

    ``failure`` is what it was asked for after: what to do about that stands until a check explains
    it.  ``waiting`` are the names of the checks that have not answered, ``places`` the stores.
    """
    found = any(one.status in (Status.FAULT, Status.ATTENTION) for one in outcomes)
    if not found and failure is not None:
        known = f"{failure.message}\n{failure.remedy}"
    elif not outcomes:
        known = text("diagnosis-window.running.wait")
    elif found:
        known = text("diagnosis-window.running.so-far", verdict=verdict(outcomes).sentence)
    else:
        known = text("diagnosis-window.running.nothing-yet")
    return "\n".join(filter(None, (known, _still(waiting, places) if outcomes else "")))


def _still(waiting: Sequence[str], places: Sequence[str]) -> str:
    """Say what is waited for; where the certificates are not known, it is the places they are in.

    A card's software that hangs may keep everything about certificates waiting.
    """
    if _PRESENT in waiting and places:
        return text("diagnosis-window.running.places-named", places=place_names(places))
    if _PRESENT in waiting:
        return text("diagnosis-window.running.places")
    if not waiting:
        return ""
    names = text("diagnosis-window.running.pause").join(map(check_name, waiting[:_MOST_NAMED]))
    more = len(waiting) - _MOST_NAMED
    name = "still-more" if more > 0 else "still"
    return text(f"diagnosis-window.running.{name}", checks=names, count=more)
