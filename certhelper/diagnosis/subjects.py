"""Whose certificates a diagnosis is about, and which of each one's certificates counts."""

from __future__ import annotations

from typing import NamedTuple

from certhelper.contracts import Holder
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Kind, Phrase, Value
from certhelper.listing import Listing
from certhelper.standing import Judged


class Subject(NamedTuple):
    """One person's certificate.

    ``judged`` is the one to log on with, else the best of those that cannot be used; ``rows`` is
    everything of theirs.  ``holder`` None: a certificate that was chosen and belongs to nobody
    that the bank's profile knows.
    """

    holder: Holder | None
    judged: Judged
    rows: tuple[Judged, ...]

    @property
    def whose(self) -> Facts:
        """The facts ``contract`` and ``user``, for texts."""
        if self.holder is None:
            unknown = Phrase("diagnosis.whose.unknown")
            return (("contract", unknown), ("user", unknown))
        user = self.holder.user_id
        named = Phrase("diagnosis.whose.administrator") if user is None else Value(Kind.USER, user)
        return (("contract", Value(Kind.CONTRACT, self.holder.contract_id)), ("user", named))

    @property
    def about(self) -> str:
        """The SHA-256 of the certificate that counts."""
        return self.judged.installed.certificate.sha256


def subjects(scene: Scene) -> tuple[Subject, ...]:
    """Return whom the diagnosis is about: who was chosen, else every 利用者.

    The 管理者 counts where a contract has nobody else here: their certificate is not for the
    log-on of a 利用者.
    """
    return subjects_of(scene.found(), scene.chosen)


def subjects_of(found: Listing, chosen: str) -> tuple[Subject, ...]:
    """As :func:`subjects`, for a listing that was judged again with more that is known."""
    holders = [one for contract in found.grouped.contracts for one in contract.holders]
    if chosen:
        return tuple(_chosen(chosen, found.grouped.judged, holders))
    with_users = {one.contract_id for one in holders if one.user_id is not None}
    return tuple(
        Subject(one, one.certificates[0], one.certificates)
        for one in holders
        if one.user_id is not None or one.contract_id not in with_users
    )


def _chosen(given: str, judged: tuple[Judged, ...], holders: list[Holder]) -> list[Subject]:
    """Nobody where several certificates begin like that: none of them was chosen."""
    every = {one.installed.certificate.sha256 for one in judged}
    sha256, *others = [one for one in every if one.startswith(given)] or [given]
    if others:
        return []
    rows = [one for one in judged if one.installed.certificate.sha256 == sha256]
    for holder in holders:
        same = [one for one in holder.certificates if one.installed.certificate.sha256 == sha256]
        if same:
            return [Subject(holder, same[0], holder.certificates)]
    return [Subject(None, rows[0], tuple(rows))] if rows else []
