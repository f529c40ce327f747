"""Says on stderr what a command is waiting for, where it takes long: a module or a disk may hang.

Never on stdout, which is the answer.
"""

from __future__ import annotations

import _thread  # threading itself would cost every quick list its import
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from certhelper import listing, texts
from certhelper.cli import output
from certhelper.safe_text import safe

if TYPE_CHECKING:
    from certhelper.bank import Bank
    from certhelper.listing import Listing
    from certhelper.logon.unlocking import Unlocking
    from certhelper.stores.base import Store, StoreReading

PATIENCE_S = 2.0
_MOST_NAMED = 3
_TOKENS = "pkcs11"


class Waiting:
    """For a block: calls ``tell`` once, in another thread, where it takes over ``PATIENCE_S``."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._over = _thread.allocate_lock()
        self._has_ended = False

    def __enter__(self) -> Waiting:
        self._over.acquire()
        _thread.start_new_thread(self._watch, (PATIENCE_S,))
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """What was waited for has come; may be called twice, by one thread."""
        if not self._has_ended:
            self._has_ended = True
            self._over.release()

    def _watch(self, seconds: float) -> None:
        if self._over.acquire(timeout=seconds):
            self._over.release()
        else:
            with suppress(OSError, ValueError):  # nobody reads stderr any more
                self._tell()


def read(stores: Sequence[Store], bank: Bank, at: datetime) -> Listing:
    """Read as :func:`certhelper.listing.read`; says which stores take long."""
    unread = dict(enumerate(stores))
    noted = [
        _Noted(store.kind, store.where, store, number, unread)
        for number, store in enumerate(stores)
    ]
    with Waiting(lambda: _tell_unread(tuple(unread.values()))):
        return listing.read(noted, bank, at)


class _Noted(NamedTuple):
    """A store that is taken from the list once it has been read."""

    kind: str
    where: str
    store: Store
    number: int
    unread: dict[int, Store]

    def read(self) -> StoreReading:
        try:
            return self.store.read()
        finally:
            del self.unread[self.number]


def _tell_unread(unread: Sequence[Store]) -> None:
    for name, chosen in (
        ("tokens", [one for one in unread if one.kind == _TOKENS]),
        ("stores", [one for one in unread if one.kind != _TOKENS]),
    ):
        if chosen:
            shown = [safe(f"{one.kind}:{one.where}") for one in chosen[:_MOST_NAMED]]
            more = "…" if len(chosen) > _MOST_NAMED else ""
            output.say(texts.text(f"cli.waiting.{name}", stores=", ".join(shown) + more))


def for_reading(store: Store) -> Waiting:
    """Wait for one store; says which."""
    return Waiting(lambda: _tell_unread((store,)))


def for_change(store: str) -> Waiting:
    """Wait for a change of a store, which ``store`` names."""
    return Waiting(lambda: output.say(texts.text("cli.waiting.change", store=safe(store))))


def for_token(order: Unlocking | None) -> Waiting:
    """Wait for a session's first word; says for which token's log-in, where there is one."""

    def tell() -> None:
        if order is not None and order.module is not None:
            from certhelper.logon.token_login import time_limit_s

            seconds = round(time_limit_s(order))
            output.say(texts.text("cli.waiting.token", token=order.where, seconds=seconds))

    return Waiting(tell)
