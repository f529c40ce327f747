"""Everything in a diagnosis that others must not see, wherever it is known from."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from certhelper import hosts
from certhelper.bank import Bank
from certhelper.diagnosis import report_order as order
from certhelper.diagnosis.aliases import Alias, Aliases, alias_of
from certhelper.diagnosis.findings import Finding, Outcome, Section
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.subjects import subjects_of
from certhelper.diagnosis.values import Facts, Kind, Told, Value
from certhelper.diagnosis.verdict import conclude
from certhelper.listing import Listing
from certhelper.logon import inspection
from certhelper.safe_text import safe, safe_name
from certhelper.standing import Judged
from certhelper.stores.base import StoreReading

_ACCOUNTS = ("USER", "USERNAME", "LOGNAME", "SUDO_USER")
_COMPUTERS = ("COMPUTERNAME", "HOSTNAME", "USERDOMAIN", "USERDOMAIN_ROAMINGPROFILE")
_HOSTS = ("USERDNSDOMAIN",)
_HOMES = ("HOME", "USERPROFILE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
_COUNTRY = "2.5.4.6"


def aliases_of(
    scene: Scene,
    outcomes: Sequence[Outcome],
    sections: Iterable[Section],
    listing: Listing | None,
) -> Aliases:
    """Return the aliases for everything that the parts of a report name, in its order.

    Whom it is about is A, in contract 1; where nobody was chosen, whom the verdict speaks of first:
    its order is told by the verdict itself.
    """
    aliases = Aliases()
    aliases.public = tuple(_public(scene.bank))
    judged = () if listing is None else listing.grouped.judged
    for row in _chosen(scene, listing):
        aliases.add(of_holder(row))
    for value in _of_verdict(outcomes):
        aliases.add([value])
    aliases.add(chain.from_iterable(map(of_holder, judged)), _ages(judged))
    for outcome in outcomes:
        for finding in order.findings(outcome, aliases):
            aliases.add(of_finding(finding))
    for row in order.rows(listing, aliases):
        aliases.add(_of_row(row))
    for reading in () if listing is None else listing.readings:
        aliases.add(_of_reading(reading))
    for section in sections:
        aliases.add(leaves(section.facts))
    aliases.know(chain.from_iterable(map(_of_subject, judged)))
    aliases.know(_of_surroundings(scene))
    return aliases


def _chosen(scene: Scene, listing: Listing | None) -> Sequence[Judged]:
    if listing is None or not scene.chosen:
        return ()
    return [one.judged for one in subjects_of(listing, scene.chosen)]


def _of_verdict(outcomes: Sequence[Outcome]) -> Iterator[Value]:
    """Yield the contracts and people that are read aloud first, one after the other."""
    for sentence in conclude(outcomes).headline:
        yield from (one for one in _leaves_of(sentence) if one.kind in order.PEOPLE)


def _public(bank: Bank) -> Iterator[str]:
    """Yield what everybody may read whoever is called so, too."""
    yield bank.name
    for place in (*bank.site.allowed_hosts, *bank.site.certificate_hosts):
        yield hosts.split(place.removeprefix("*."))[0]
    yield from (place[0] for place in bank.expected_places())
    for product in inspection.products():
        yield from product.name.values()


def leaves(facts: Facts) -> Iterator[Value]:
    """Yield every value of the facts, those within phrases, too."""
    for _, one in facts:
        yield from _leaves_of(one)


def _leaves_of(told: Told) -> Iterator[Value]:
    if isinstance(told, Value):
        yield told
    else:
        yield from leaves(told.facts)


def of_finding(finding: Finding) -> Iterator[Value]:
    """Yield every value of its sentences and details."""
    yield from leaves(finding.facts)
    for detail in finding.details:
        for item in detail.items:
            yield from _leaves_of(item)


def of_holder(judged: Judged) -> Iterator[Value]:
    """Yield whose certificate it is; nothing where nobody knows."""
    if judged.holder is not None:
        yield Value(Kind.CONTRACT, judged.holder.contract_id)
        if judged.holder.user_id is not None:
            yield Value(Kind.USER, judged.holder.user_id)


def _of_row(judged: Judged) -> Iterator[Value]:
    installed = judged.installed
    yield Value(Kind.NAME, installed.certificate.subject)
    yield Value(Kind.NAME, installed.certificate.issuer)
    yield Value(Kind.NAME, safe(installed.label))
    yield Value(Kind.STORE, installed.store)
    if installed.token is not None:
        yield Value(Kind.NAME, installed.token.label)


def _of_subject(judged: Judged) -> Iterator[Value]:
    """Yield what stands in a certificate and beside its key without being told in its row."""
    installed = judged.installed
    name = installed.certificate.subject_name
    for identifier, value, is_text in () if name is None else name.attributes:
        if is_text and identifier != _COUNTRY:
            yield Value(Kind.NAME, safe_name(value))
    if installed.key_file:
        yield Value(Kind.PATH, installed.key_file)
    if installed.key_details is not None:
        yield Value(Kind.NAME, installed.key_details.container)


def _of_reading(reading: StoreReading) -> Iterator[Value]:
    yield Value(Kind.STORE, reading.name)
    for entry in reading.locked_entries:
        yield Value(Kind.PATH, entry.where)
        yield Value(Kind.NAME, safe(entry.label))
    for slot in reading.slots:
        yield Value(Kind.NAME, slot.name)
        if slot.token is not None:
            yield Value(Kind.NAME, slot.token.label)


def _of_surroundings(scene: Scene) -> Iterator[Value]:
    """Who is at this PC, what it is called, and by which hosts it reaches the network."""
    given = scene.environment
    yield from _named(Kind.ACCOUNT, given, _ACCOUNTS)
    with suppress(OSError, KeyError, ImportError):  # no account by this number, or none told of
        yield Value(Kind.ACCOUNT, getpass.getuser())
    yield from _named(Kind.COMPUTER, given, _COMPUTERS)
    with suppress(OSError):
        yield Value(Kind.COMPUTER, socket.gethostname())
    yield from _of_lines()
    yield from _named(Kind.HOST, given, _HOSTS)
    yield from _named(Kind.PATH, given, _HOMES)
    with suppress(RuntimeError):  # nobody can tell where it is
        yield Value(Kind.PATH, str(Path.home()))
    addresses = [value for name, value in given.items() if name.lower() in _PROXIES]
    for address in (*addresses, scene.proxy.address, scene.proxy.pac_address):
        yield from _of_proxy(address)


def _of_lines() -> Iterator[Value]:
    """Yield the addresses of this PC: in IPv6 they are public, and yet of this PC alone."""
    import psutil

    with suppress(OSError, RuntimeError):  # psutil raises the latter on Windows
        for line in psutil.net_if_addrs().values():
            for one in line:
                address = one.address.partition("%")[0]
                if address and not address.startswith(("127.", "00:00:00:00")) and address != "::1":
                    yield Value(Kind.ADDRESS, address)


def _of_proxy(address: str) -> Iterator[Value]:
    """Yield the host of ``host:port`` or of a URL, and who is named before it."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        named = (parts.username, parts.password)
        host = parts.hostname
    except ValueError:
        return
    if host:
        yield Value(Kind.HOST, host)
    for one in named:
        if one:
            yield Value(Kind.NAME, one)


def _named(kind: Kind, given: Mapping[str, str], names: Iterable[str]) -> Iterator[Value]:
    for name in names:
        if given.get(name):
            yield Value(kind, given[name])


def _ages(judged: Iterable[Judged]) -> dict[Alias, float]:
    """Return when the newest certificate of each contract and person began."""
    ages: dict[Alias, float] = {}
    for one in judged:
        begin = one.installed.certificate.not_before
        if one.holder is None or begin is None:
            continue
        for alias in map(alias_of, of_holder(one)):
            ages[alias] = max(begin.timestamp(), ages.get(alias, 0.0))
    return ages
