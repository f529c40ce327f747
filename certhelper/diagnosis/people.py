"""Each person that a diagnosis is about, with the certificate that decides whether they log on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from certhelper import moment, texts
from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.subjects import Subject, subjects_of
from certhelper.diagnosis.values import Facts, Kind, Phrase, Told, Value, facts
from certhelper.failures import Actor
from certhelper.listing import Listing
from certhelper.reason import Reason
from certhelper.standing import Judged, Severity
from certhelper.stores.base import KeyState

TEXTS = "diagnosis-certificates"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_END_OF_SERIAL = 8  # hex digits, as everywhere in the program
_SURENESS = {KeyState.PRESENT: 3, KeyState.NEEDS_USER: 2, KeyState.UNKNOWN: 1}


class Person(NamedTuple):
    """One person.

    ``judged`` is the certificate to log on with; where none can be used, their newest, which is
    the one that the bank goes by; or the one that was chosen.  ``unfit`` is the chosen one where
    that cannot be used and another of the same person can.  ``whose`` are the facts ``contract``,
    ``user``, ``person``, ``whose`` (before a noun) and ``certificate`` of every finding about them.
    """

    subject: Subject
    judged: Judged
    unfit: Judged | None
    whose: Facts

    @property
    def rows(self) -> tuple[Judged, ...]:
        return self.subject.rows

    @property
    def certificate(self) -> Certificate:
        return self.judged.installed.certificate

    @property
    def holder_name(self) -> tuple[str, str | None] | None:
        """契約法人ID and 利用者ID; None where nobody knows whose it is."""
        holder = self.subject.holder
        return None if holder is None else (holder.contract_id, holder.user_id)

    @property
    def is_administrator(self) -> bool:
        """Whether their certificate is reissued by the bank."""
        holder = self.subject.holder
        return holder is not None and holder.user_id is None

    def finding(self, code: str, *details: Detail, **named: Told | str | int) -> Finding:
        """Return a finding about this person's certificate.

        Where something comes before a reissue (``first``, ``before``), it is the user's own step.
        """
        told = (*self.whose, *facts(**named))
        is_first = any(isinstance(named.get(one), Phrase) for one in ("first", "before"))
        actor = Actor.USER if is_first else None
        return Finding(code, told, tuple(details), self.certificate.sha256, actor)

    @property
    def reissue(self) -> Phrase:
        """Whom they ask for a reissue, as a sentence."""
        return Phrase(f"{TEXTS}.ask.{'bank' if self.is_administrator else 'administrator'}")

    def reissued_by_bank(self, code: str) -> str:
        """Return the code, or that of the same for the 管理者's own certificate."""
        return f"{code}-administrator" if self.is_administrator else code


def people(scene: Scene) -> tuple[Person, ...]:
    """Return whom the diagnosis is about, as the stores tell of their certificates."""
    return scene.once("certificates-people", lambda: people_of(scene.found(), scene.chosen))


def people_of(found: Listing, chosen: str) -> tuple[Person, ...]:
    """As :func:`people`, for a listing that was judged again with more that is known."""
    several = len(found.grouped.contracts) > 1
    return tuple(_person(one, chosen, several=several) for one in subjects_of(found, chosen))


def by_holder(everybody: Sequence[Person]) -> dict[tuple[str, str | None] | None, Person]:
    """Return each by whose they are: another look may put them in another order."""
    return {one.holder_name: one for one in everybody}


def for_each(
    everybody: Sequence[Person],
    look: Callable[[Person], Sequence[Finding]],
    well: Callable[[], Finding],
    nobody: str,
) -> Sequence[Finding]:
    """Return what there is to say of each person, else that all is well, else ``nobody``."""
    if not everybody:
        return [Finding(nobody)]
    return [finding for one in everybody for finding in look(one)] or [well()]


def reason(judged: Judged, *codes: str) -> Reason | None:
    """Return the first of a certificate's reasons that has one of these codes."""
    return next((one for one in judged.reasons if one.code in codes), None)


def against(judged: Judged) -> tuple[Phrase, ...]:
    """Return why a certificate cannot be used, a few words for each reason."""
    blocking = (one.code for one in judged.reasons if one.severity is Severity.BLOCKING)
    return tuple(Phrase(f"{TEXTS}.against.{code}") for code in dict.fromkeys(blocking))


def kind_of(judged: Judged) -> str:
    """Return the kind of the store."""
    return judged.installed.store.partition(":")[0]


def actor_of(table: str, name: str) -> Actor | None:
    """Return who must act on a cause of ``resources/texts/reasons.toml``; None: it says nobody."""
    who = texts.table("reasons", table)[name].get("who")
    return Actor(who) if who in list(Actor) else None


def moment_of(when: datetime | None) -> Told:
    """Return a date with its time in Japan, for a text."""
    if when is None:
        return Phrase(f"{TEXTS}.unknown")
    return Value(Kind.PLAIN, moment.in_japan(when))


def end_of_serial(certificate: Certificate) -> Told:
    """Return what tells two certificates of the same name apart."""
    digits = certificate.serial_hex[-_END_OF_SERIAL:]
    return Value(Kind.SERIAL, digits) if digits else Phrase(f"{TEXTS}.unknown")


def which(judged: Judged) -> Phrase:
    """Name one of several certificates of a person: the end of its serial number, and its end."""
    certificate = judged.installed.certificate
    named = facts(serial=end_of_serial(certificate), until=moment_of(certificate.not_after))
    return Phrase(f"{TEXTS}.which", named)


def newest(rows: Sequence[Judged]) -> Judged:
    """Return the row of the newest certificate; of its places, where the key is surest."""
    return max(rows, key=lambda one: (age(one), _SURENESS.get(one.installed.key, 0)))


def age(judged: Judged) -> tuple[datetime, datetime]:
    """What makes a certificate newer: it begins later, or begins alike and ends later."""
    certificate = judged.installed.certificate
    return certificate.not_before or _LONG_AGO, certificate.not_after or _LONG_AGO


def _person(subject: Subject, chosen: str, *, several: bool) -> Person:
    judged, unfit = subject.judged, None
    if not judged.usable:
        preferred = subject.holder.preferred if subject.holder is not None else None
        if preferred is not None:
            judged, unfit = preferred, judged
        elif not chosen:
            judged = newest(subject.rows)
    return Person(subject, judged, unfit, whose_of(subject, several=several))


def whose_of(subject: Subject, *, several: bool) -> Facts:
    """Return the facts that name a person (:class:`Person`).

    The contract is named only where there are several: a sentence is read aloud.
    """
    holder = subject.holder
    if holder is None:
        name = "unknown"
    else:
        role = "administrator" if holder.user_id is None else "user"
        name = f"{role}-of" if several else role
    named = subject.whose if holder is not None else ()
    return (
        *subject.whose,
        ("person", Phrase(f"{TEXTS}.person.{name}", named)),
        ("whose", Phrase(f"{TEXTS}.whose.{name}", named)),
        ("certificate", Phrase(f"{TEXTS}.certificate.{name}", named)),
    )
