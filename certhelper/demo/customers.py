"""The customers of the demo bank: names, PIN tries, sessions, an account with its statement."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Literal

#: The one PIN of the demo.  It begins with 0 because keypads in the field have lost that zero.
DEMO_PIN = "0123ab"

_HOLDER = re.compile(r"(?P<contract>[0-9]{14})(?:[ _-]?(?P<user>[0-9A-Za-z]{1,30}))?.*", re.ASCII)

Stage = Literal["pin", "other", "top"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is; ``user_id`` None is the 管理者."""

    contract_id: str
    user_id: str | None


def holder_of(common_name: str) -> Holder | None:
    """Read the holder from a CN, as the demo bank writes it; None for a stranger's name."""
    found = _HOLDER.fullmatch(common_name)
    return Holder(found["contract"], found["user"]) if found else None


class PinCheck(Enum):
    """What the bank finds of a submitted PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class PinGuard:
    """Counts wrong PINs for each certificate and suspends its use; a right one starts anew."""

    def __init__(self) -> None:
        self._wrong: dict[str, int] = {}
        self._lock = threading.Lock()

    def check(self, sha256: str, given: str, lock_after: int) -> PinCheck:
        """Check one PIN; nothing of ``given`` is kept."""
        with self._lock:
            if self._wrong.get(sha256, 0) >= lock_after:
                return PinCheck.LOCKED
            if hmac.compare_digest(given.encode(), DEMO_PIN.encode()):
                self._wrong.pop(sha256, None)
                return PinCheck.RIGHT
            self._wrong[sha256] = self._wrong.get(sha256, 0) + 1
            locked = self._wrong[sha256] >= lock_after
            return PinCheck.LOCKED if locked else PinCheck.WRONG

    def is_locked(self, sha256: str, lock_after: int) -> bool:
        """Whether the use of this certificate is suspended."""
        with self._lock:
            return self._wrong.get(sha256, 0) >= lock_after


@dataclass(slots=True)
class Session:
    """One log-on.  ``token`` is the number of the page shown last; a form is taken once."""

    identifier: str
    sha256: str
    holder: Holder
    stage: Stage
    last_seen: datetime
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    one_time_code: str = field(default_factory=lambda: f"{secrets.randbelow(10**6):06d}")
    pending_transfer: Transfer | None = None

    def next_token(self) -> str:
        """Make the number for the next page; earlier pages can no longer be submitted."""
        self.token = secrets.token_hex(8)
        return self.token

    def take_token(self, given: str) -> bool:
        """Whether ``given`` is the number of the page shown last; it is used up by this."""
        fresh = bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())
        if fresh:
            self.token = ""
        return fresh


class Sessions:
    """The open sessions, by the identifier in the cookie."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()

    def begin(self, sha256: str, holder: Holder) -> Session:
        """Open a session that waits for its PIN."""
        session = Session(secrets.token_urlsafe(24), sha256, holder, "pin", self._clock())
        with self._lock:
            self._open[session.identifier] = session
        return session

    def find(self, identifier: str, sha256: str, seconds: float) -> Session | None:
        """Return the session and keep it alive; None when there is none, or no longer.

        A session belongs to the certificate it began with.
        """
        now = self._clock()
        with self._lock:
            session = self._open.get(identifier)
            if session is None or session.sha256 != sha256:
                return None
            if now - session.last_seen > timedelta(seconds=seconds):
                del self._open[identifier]
                return None
            session.last_seen = now
            return session

    def end(self, session: Session) -> None:
        """Close a session."""
        with self._lock:
            self._open.pop(session.identifier, None)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a statement; ``amount`` in yen, negative for what went out."""

    day: date
    text: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer that waits for its confirmation (yen)."""

    payee: str
    amount: int


class Account:
    """The demo account: every holder sees the same one, as if it were theirs."""

    branch = "本店営業部"
    number = "普通 0123456"
    name = "カ)ミホンシヨウジ"

    def __init__(self, today: date) -> None:
        lines = (
            (21, "前月繰越", 0),
            (18, "振込 カ)イワテサンギヨウ", 1_540_000),
            (14, "給与振込", -862_400),
            (10, "電気料金", -38_215),
            (6, "振込 モリオカシヨウテン", 327_800),
            (3, "社会保険料", -214_960),
            (1, "振込手数料", -660),
        )
        balance = 8_246_317
        self._movements: list[Movement] = []
        for days, text, amount in lines:
            balance += amount
            self._movements.append(Movement(today - timedelta(days=days), text, amount, balance))
        self._lock = threading.Lock()

    @property
    def movements(self) -> tuple[Movement, ...]:
        """The statement, the oldest line first."""
        with self._lock:
            return tuple(self._movements)

    @property
    def balance(self) -> int:
        """The balance in yen."""
        return self.movements[-1].balance

    def transfer(self, order: Transfer, today: date) -> None:
        """Carry out a confirmed transfer."""
        with self._lock:
            balance = self._movements[-1].balance - order.amount
            self._movements.append(Movement(today, f"振込 {order.payee}", -order.amount, balance))
