"""Certificates grouped for a person: contract, then holder, the preferred certificate first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from certhelper.bank import Bank
from certhelper.standing import Judged


class Verdict(StrEnum):
    READY = "ready"
    RENEW = "renew"
    ATTENTION = "attention"
    REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class Holder:
    """One 利用者 (or the 管理者, ``user_id`` None) and every certificate of theirs."""

    contract_id: str
    user_id: str | None
    verdict: Verdict
    preferred: Judged | None
    certificates: tuple[Judged, ...]

    @property
    def role(self) -> Literal["user", "administrator"]:
        return "administrator" if self.user_id is None else "user"


@dataclass(frozen=True, slots=True)
class Contract:
    contract_id: str
    verdict: Verdict
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """``judged`` is every certificate once per store, with the reasons that neighbours add."""

    contracts: tuple[Contract, ...]
    unrecognized: tuple[Judged, ...]
    judged: tuple[Judged, ...]


def group(judged: Sequence[Judged], bank: Bank) -> Grouped:
    raise NotImplementedError
