"""Checks of certificates: a scene of what the stores hold, and what a check says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from support import listings
from support.pki import Issued

from certhelper import texts
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.network.looks import Seen
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Phrase, Told, Value
from certhelper.listing import combine, read
from certhelper.stores.base import Installed, KeyState, Slot, Store, StoreReading, StoreStatus

AT = listings.AT
CONTRACT = listings.CONTRACT
USER = f"{CONTRACT} user01"

ONE_ISSUER = listings.PROFILE.replace("[certificates]", '[certificates]\nissuers = ["{issuer}"]')

RIGHT = Seen(("logon.bank.test", 443), Reach.CONNECTED, date=AT, ahead=timedelta())
"""What a look at a server saw whose clock is the same as this PC's."""

HUNG = StoreReading("pkcs11", "/usr/lib/token.so", StoreStatus.FAILED, "module-hung")
EMPTY_READER = StoreReading(
    "pkcs11", "/usr/lib/token.so", StoreStatus.OK, slots=(Slot(1, "Example Reader"),)
)


def not_read(reason: str, where: str = "/home/hanako/store") -> StoreReading:
    """A store that could not be read, and why."""
    return StoreReading("nss", where, StoreStatus.FAILED, reason)


def bank(issuer: str = "") -> Bank:
    """The tests' bank; ``issuer`` is the one that its profile names, empty: any."""
    if not issuer:
        return listings.bank()
    words = {"id": "test-bank", "start": "https://logon.bank.test/", "obtain": ""}
    profile = ONE_ISSUER.format(**words, characters="alphanumeric", entry="fill", issuer=issuer)
    return Bank.parse(profile.encode(), Path("/profiles/test-bank.toml"))


def scene(
    *certificates: Installed,
    readings: Iterable[StoreReading] = (),
    chosen: str = "",
    issuer: str = "",
    at: datetime = AT,
    offline: bool = False,
    is_clock_confirmed: bool = True,
) -> Scene:
    """A scene of certificates, and of further stores as they were read; no server is asked.

    One of the bank's has told that this PC's clock is right where ``is_clock_confirmed``.
    """
    every = [listings.reading(*certificates), *readings]
    found = combine(every, bank(issuer), at)
    made = Scene(found.bank, at, lambda: found, chosen=chosen, offline=offline, is_trusted=False)
    if is_clock_confirmed:
        made.once("bank clock", lambda: (RIGHT,))
    return made


def scene_of_stores(*stores: Store, at: datetime) -> Scene:
    """A scene of real stores, read now."""
    found = read(stores, bank(), at)
    return Scene(found.bank, at, lambda: found)


def installed(issued: Issued, key: KeyState = KeyState.PRESENT) -> Installed:
    """A certificate in the tests' store."""
    return Installed(Certificate(issued.der), listings.STORE, "label", key)


def check(name: str, given: Scene) -> Sequence[Finding]:
    """Carry one check out."""
    module = import_module(f"certhelper.diagnosis.checks.{name.replace('-', '_')}")
    found: Sequence[Finding] = module.check(given)
    return found


def codes(findings: Iterable[Finding]) -> list[str]:
    return [one.code for one in findings]


def told(finding: Finding, language: texts.Language = "ja") -> dict[str, str]:
    """Return everything that a finding says, by name; the details in one."""
    entry = finding.entry
    facts = {name: words(one, language) for name, one in finding.facts}
    said = {
        name: getattr(entry, name)[language].format_map(facts)
        for name in ("user", "helpdesk", "remedy", "causes", "bank")
    }
    lines: list[str] = []
    for detail in finding.details:
        lines.append(texts.text(detail.name, language))
        lines += [words(one, language) for one in detail.items]
    return said | {"details": "\n".join(lines)}


def words(one: Told, language: texts.Language = "ja") -> str:
    """Return a value or phrase in a language."""
    if isinstance(one, Value):
        return one.text
    facts = {name: words(fact, language) for name, fact in one.facts}
    return texts.text(one.key, language, **facts)


def values(finding: Finding) -> Iterator[Value]:
    """Return every value that a finding holds, wherever."""
    waiting: list[Told] = [one for _, one in finding.facts]
    waiting += [one for detail in finding.details for one in detail.items]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Phrase):
            waiting += [fact for _, fact in one.facts]
        else:
            yield one
