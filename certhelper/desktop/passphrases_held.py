"""Passphrases of certificate files that were opened in this window, until it ends.

A log-on with such a file needs its passphrase once more, in the child that does it.
"""

from __future__ import annotations

from certhelper.secret import Secret


class HeldPassphrases:
    """By the store's name (``pkcs12:FILE``); ``for_all`` is tried where there is none."""

    def __init__(self, for_all: Secret | None = None) -> None:
        self._held: dict[str, Secret] = {}
        self._for_all = for_all

    def hold(self, store: str, passphrase: Secret) -> None:
        """Take a passphrase over; an older one of the same store is overwritten."""
        older = self._held.pop(store, None)
        if older is not None:
            older.wipe()
        self._held[store] = passphrase

    def find(self, store: str) -> Secret | None:
        return self._held.get(store, self._for_all)

    def wipe(self) -> None:
        for passphrase in self._held.values():
            passphrase.wipe()
        self._held.clear()
        if self._for_all is not None:
            self._for_all.wipe()
