"""Certificates grouped for a person: contract, then holder, the preferred certificate first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from certhelper import moment
from certhelper.standing import HolderName, Judged, Reason, Severity, in_order
from certhelper.store_names import store_name
from certhelper.stores.base import Installed, KeyState

_SURENESS = {KeyState.PRESENT: 3, KeyState.NEEDS_USER: 2, KeyState.UNKNOWN: 1}
_HAS_KEY = frozenset({KeyState.PRESENT, KeyState.NEEDS_USER})
_MENDED_HERE = frozenset({"archived", "computer-store", "key-unusable", "not-yet-valid"})
"""The account that obtained the key, this PC's clock, or the place may be all that is wrong."""

_END_OF_SERIAL = 8  # hex digits: enough to tell two certificates apart over the phone
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Verdict(StrEnum):
    """What a holder or contract can do; the best comes first."""

    READY = "ready"
    RENEW = "renew"
    ATTENTION = "attention"
    REISSUE = "reissue"


_VERDICTS = tuple(Verdict)


class Holder(NamedTuple):
    """One 利用者 (or the 管理者, ``user_id`` None) and every certificate of theirs."""

    contract_id: str
    user_id: str | None
    verdict: Verdict
    preferred: Judged | None
    certificates: tuple[Judged, ...]

    @property
    def role(self) -> Literal["user", "administrator"]:
        return "administrator" if self.user_id is None else "user"


class Contract(NamedTuple):
    contract_id: str
    verdict: Verdict
    holders: tuple[Holder, ...]


class Grouped(NamedTuple):
    """``judged`` is every certificate once per store, with the reasons that neighbours add."""

    contracts: tuple[Contract, ...]
    unrecognized: tuple[Judged, ...]
    judged: tuple[Judged, ...]


def group(judged: Sequence[Judged]) -> Grouped:
    """Group what was judged by itself, and add the reasons that neighbours give.

    Everything that comes in comes out: in exactly one holder, or under ``unrecognized``; and once
    in ``judged``, in the order in which it came.  Contracts and holders with something usable come
    first, the 管理者 last of a contract.
    """
    copies: dict[str, list[Installed]] = {}
    for one in judged:
        copies.setdefault(one.installed.certificate.sha256, []).append(one.installed)
    newest: dict[HolderName, Judged] = {}
    preferred: dict[HolderName, Judged] = {}
    for one in judged:
        if one.holder is not None and one.usable:
            known = newest.get(one.holder)
            if known is None:
                newest[one.holder] = preferred[one.holder] = one
                continue
            if _age(one) > _age(known):
                newest[one.holder] = one
            preferred[one.holder] = max(preferred[one.holder], one, key=_preference)
    settled = [_settled(one, copies, newest, preferred) for one in judged]
    by_holder: dict[HolderName, list[Judged]] = {}
    for one in settled:
        if one.holder is not None:
            by_holder.setdefault(one.holder, []).append(one)
    by_contract: dict[str, list[Holder]] = {}
    for name, certificates in by_holder.items():
        by_contract.setdefault(name.contract_id, []).append(_holder(name, certificates))
    return Grouped(
        contracts=tuple(
            sorted((_contract(*item) for item in by_contract.items()), key=_contract_order)
        ),
        unrecognized=tuple(
            sorted((one for one in settled if one.holder is None), key=lambda one: not one.usable)
        ),
        judged=tuple(settled),
    )


def copies(certificates: Sequence[Judged]) -> tuple[tuple[Judged, ...], ...]:
    """Put the rows of the same certificate together, the preferred place of each first.

    The certificates stay in the order in which each is first met; nothing is left out.
    """
    found: dict[str, list[Judged]] = {}
    for one in certificates:
        found.setdefault(one.installed.certificate.sha256, []).append(one)
    return tuple(
        tuple(sorted(same, key=_preference, reverse=True)) if len(same) > 1 else tuple(same)
        for same in found.values()
    )


def verdict_of(certificates: Sequence[Judged]) -> Verdict:
    """Return what a holder can do who has these certificates, the preferred one first."""
    first = certificates[0]
    return _verdict_with(first) if first.usable else _verdict_without(certificates)


def _settled(
    one: Judged,
    copies: dict[str, list[Installed]],
    newest: dict[HolderName, Judged],
    preferred: dict[HolderName, Judged],
) -> Judged:
    """Add ``duplicate`` and ``superseded`` where they apply, and say where the key is."""
    reasons: list[Reason] = []
    installed = one.installed
    everywhere = copies[installed.certificate.sha256]
    others = {store_name(copy) for copy in everywhere if copy.store != installed.store}
    if others:
        reasons.append(Reason("duplicate", (("stores", ", ".join(sorted(others))),)))
    superseded = _superseded(one, newest, preferred)
    if superseded is not None:
        reasons.append(superseded)
    if not reasons:
        return one
    own = [_without_remedy(reason) if superseded else reason for reason in one.reasons]
    own = [_of_key_elsewhere(reason, everywhere) for reason in own]
    return Judged(installed, one.holder, in_order((*own, *reasons)))


def _superseded(
    one: Judged, newest: dict[HolderName, Judged], preferred: dict[HolderName, Judged]
) -> Reason | None:
    """Return that the holder has a newer one: the preferred, where that is newer than this.

    Else the newest is not preferred because its key is less sure.  Then nobody is told to use it
    instead: the list tells them to use the preferred one.
    """
    newer = None if one.holder is None else newest.get(one.holder)
    if one.holder is None or newer is None or newer is one or _age(newer) <= _age(one):
        return None
    best = preferred[one.holder]
    variant = {}
    if _age(best) > _age(one):
        newer = best
    else:
        is_unsure = newer.installed.key is KeyState.UNKNOWN
        variant = {"variant": "also-unsure" if is_unsure else "also"}
    certificate = newer.installed.certificate
    until = moment.in_japan(certificate.not_after) if certificate.not_after else "?"
    end_of_serial = certificate.serial_hex[-_END_OF_SERIAL:]
    facts = {"serial": end_of_serial, "until": until} | variant
    return Reason("superseded", tuple(facts.items()))


def _of_key_elsewhere(reason: Reason, everywhere: Sequence[Installed]) -> Reason:
    """Nobody asks for a reissue while the key is in another place of this PC."""
    if reason.code != "no-key":
        return reason
    places = [store_name(copy) for copy in everywhere if copy.key in _HAS_KEY]
    if not places:
        return reason
    return Reason("no-key", (("place", places[0]), ("variant", "elsewhere")))


def _without_remedy(reason: Reason) -> Reason:
    """Nobody asks for a reissue or a renewal of what has been renewed already."""
    if reason.code not in ("expired", "expires-soon", "revoked"):
        return reason
    facts = dict(reason.facts) | {"variant": "superseded"}
    return Reason(reason.code, tuple(facts.items()))


def _age(one: Judged) -> tuple[datetime, datetime]:
    """What makes a certificate newer: it begins later, or begins alike and ends later."""
    certificate = one.installed.certificate
    return certificate.not_before or _LONG_AGO, certificate.not_after or _LONG_AGO


def _preference(one: Judged) -> tuple[bool, int, tuple[datetime, datetime], str, bool]:
    """The greatest is preferred; of one certificate in two stores, where no password is asked."""
    installed = one.installed
    sure = _SURENESS.get(installed.key, 0)
    needs_nobody = not installed.key_needs_user
    return one.usable, sure, _age(one), installed.certificate.sha256, needs_nobody


def _holder(name: HolderName, certificates: list[Judged]) -> Holder:
    ordered = tuple(
        sorted(certificates, key=_preference, reverse=True)
        if len(certificates) > 1
        else certificates
    )
    preferred = ordered[0] if ordered[0].usable else None
    return Holder(name.contract_id, name.user_id, verdict_of(ordered), preferred, ordered)


def _verdict_with(preferred: Judged) -> Verdict:
    """Return what stands against a usable certificate; being the 管理者's does not."""
    against = {
        reason.code
        for reason in preferred.reasons
        if reason.severity is Severity.WARNING and reason.code != "administrator"
    }
    if not against:
        return Verdict.READY
    return Verdict.RENEW if against == {"expires-soon"} else Verdict.ATTENTION


def _verdict_without(certificates: Sequence[Judged]) -> Verdict:
    """Return whether one of the unusable certificates could be mended on this PC."""
    for one in certificates:
        blocking = {r.code for r in one.reasons if r.severity is Severity.BLOCKING}
        if blocking <= _MENDED_HERE:
            return Verdict.ATTENTION
    return Verdict.REISSUE


def _contract(contract_id: str, holders: list[Holder]) -> Contract:
    ordered = tuple(sorted(holders, key=_holder_order))
    users = [holder for holder in ordered if holder.user_id is not None]
    verdict = min((holder.verdict for holder in users or ordered), key=_VERDICTS.index)
    return Contract(contract_id, verdict, ordered)


def _holder_order(holder: Holder) -> tuple[bool, bool, str]:
    return holder.user_id is None, holder.preferred is None, holder.user_id or ""


def _contract_order(contract: Contract) -> tuple[bool, str]:
    usable = any(holder.preferred is not None for holder in contract.holders)
    return not usable, contract.contract_id
