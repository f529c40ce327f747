"""What was found out so far beyond the stores, and what is still to be found out.  Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from certhelper.checks import (
    AllChecks,
    Chain,
    Checks,
    KeyTest,
    Place,
    Revocation,
    RevocationStatus,
    place_of,
)
from certhelper.listing import Listing
from certhelper.standing import Judged, Severity
from certhelper.stores.base import Installed

_UNKNOWN_HOLDS: Final = timedelta(minutes=5)
"""A network that did not answer is not asked again at each change of a store."""

_MOST_KEYS: Final = 20
"""Each test is a process of its own; nobody has more certificates to log on with, and a list of a
thousand must not keep the PC busy."""


_FOUND_OUT: Final = frozenset({"key-unusable", "revoked"})
"""Reasons that such an answer may give, and that a later one may take back."""


def could_be_used(judged: Judged) -> bool:
    """Whether a certificate is somebody's and nothing but an answer stands against it."""
    blocking = (one.code for one in judged.reasons if one.severity is Severity.BLOCKING)
    return judged.holder is not None and _FOUND_OUT.issuperset(blocking)


class Answers:
    """Kept from one reading to the next, as long as each still counts."""

    def __init__(self) -> None:
        self._revocations: dict[str, tuple[Revocation, datetime]] = {}
        self._chains: Mapping[str, Chain] = {}
        self._keys: dict[Place, tuple[Installed, KeyTest]] = {}

    def take_revocation(self, sha256: str, answer: Revocation, now: datetime) -> None:
        self._revocations[sha256] = (answer, now)

    def take_chains(self, found: Mapping[str, Chain]) -> None:
        """Take the chains by SHA-256; they take the place of all from before."""
        self._chains = found

    def take_key(self, installed: Installed, tested: KeyTest) -> None:
        self._keys[place_of(installed)] = (installed, tested)

    def forget_unknown(self) -> None:
        """Ask again where nobody knew: the person wants to know it now."""
        self._revocations = {
            sha256: (answer, now)
            for sha256, (answer, now) in self._revocations.items()
            if answer.status is not RevocationStatus.UNKNOWN
        }

    def is_known(self, sha256: str, now: datetime) -> bool:
        """Whether the issuer need not be asked about this certificate now."""
        answer, asked = self._revocations.get(sha256, (None, now))
        match answer and answer.status:
            case RevocationStatus.GOOD:
                return answer is not None and (answer.good_until or asked) > now
            case RevocationStatus.UNKNOWN:
                return now - asked < _UNKNOWN_HOLDS
            case status:
                return status is RevocationStatus.REVOKED

    def untested(self, found: Listing) -> list[Installed]:
        """The keys that a log-on would use and that were not tried since they were last read."""
        preferred = (
            holder.preferred.installed
            for contract in found.grouped.contracts
            for holder in contract.holders
            if holder.preferred is not None
        )
        first = [one for one, _ in zip(preferred, range(_MOST_KEYS), strict=False)]
        return [one for one in first if self._keys.get(place_of(one), (None,))[0] is not one]

    def checks(self, found: Listing) -> AllChecks:
        """What is known of each certificate of somebody's in each of its stores."""
        places = {}
        for one in found.grouped.judged:
            if one.holder is not None:
                place = place_of(one.installed)
                known = self._of(place)
                if any(known):
                    places[place] = known
        return places

    def about(self, installed: Installed) -> Checks:
        """What is known of one certificate in one store."""
        return self._of(place_of(installed))

    def _of(self, place: Place) -> Checks:
        revocation = self._revocations.get(place[0])
        key = self._keys.get(place)
        return Checks(
            revocation=revocation and revocation[0],
            key_test=key and key[1],
            chain=self._chains.get(place[0]),
        )
