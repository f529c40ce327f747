"""Whether one certificate can be used for log-on here, and every reason why not.

The rules are Chromium's (``net/ssl/client_cert_store_win.cc``) and the bank profile's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certhelper.bank import Bank
from certhelper.stores.base import Installed


class Severity(StrEnum):
    BLOCKING = "blocking"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code of the design, with the facts its message needs (already safe to show)."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def severity(self) -> Severity:
        raise NotImplementedError

    def message(self) -> str:
        """What it means and what to do, in the person's language."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class HolderName:
    """What the profile's pattern read from the subject; ``user_id`` None: the 管理者."""

    contract_id: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """An installed certificate with its reasons, blocking ones first."""

    installed: Installed
    holder: HolderName | None
    reasons: tuple[Reason, ...]

    @property
    def usable(self) -> bool:
        """No blocking reason."""
        return not any(reason.severity is Severity.BLOCKING for reason in self.reasons)


def judge(installed: Installed, bank: Bank, now: datetime) -> Judged:
    """Judge one certificate by itself (neighbours are :mod:`certhelper.contracts`)."""
    raise NotImplementedError
