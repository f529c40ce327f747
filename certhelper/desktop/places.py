"""Where the window looks for certificates: what was named, or this PC's stores and added files.

Free of Qt.  A store stays the same object from one reading to the next, because a file that was
opened with its passphrase stays open in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.failures import WrongUseError
from certhelper.secret import Secret
from certhelper.stores.base import Store


class Places:
    """``named`` are the specifications of ``--store``; with any of them nothing else is read."""

    def __init__(self, named: Sequence[str] = (), passphrase: Secret | None = None) -> None:
        self._named = tuple(named)
        self._passphrase = passphrase
        self._added: tuple[str, ...] = ()
        self._known: dict[str, Store] = {}

    @property
    def are_named(self) -> bool:
        return bool(self._named)

    def take_added(self, specifications: Sequence[str]) -> None:
        """What the person has added; it counts only where no store was named."""
        self._added = () if self.are_named else tuple(specifications)

    def is_asked_for(self, name: str) -> bool:
        """Whether the person asked for this store, so that its absence is to be told."""
        return self.are_named or name in self._added

    def is_added(self, name: str) -> bool:
        return name in self._added

    def find(self) -> Sequence[Store]:
        """Return the stores to read, each once.

        Raises :class:`WrongUseError` for a store that was named wrongly.  A place that was added
        and is gone (a drive that is not connected) is a store that says so.
        """
        from certhelper.stores import registry

        if self.are_named:
            opened = [registry.open_stores(one, self._passphrase) for one in self._named]
            found = [store for stores in opened for store in stores]
        else:
            found = [*registry.stores_of_this_pc(), *map(_open_added, self._added)]
        by_name = {_name(store): store for store in found}
        self._known = {name: self._same(name, store) for name, store in by_name.items()}
        return tuple(self._known.values())

    def _same(self, name: str, store: Store) -> Store:
        known = self._known.get(name)
        return known if type(known) is type(store) and known is not None else store


def _open_added(specification: str) -> Store:
    from certhelper.stores import registry

    kind, _, where = specification.partition(":")
    try:
        return registry.open_store(specification)
    except WrongUseError as error:
        reason = error.code if error.code == "store-not-found" else "not-a-directory"
        return registry.UnavailableStore(kind, where, reason)


def _name(store: Store) -> str:
    return f"{store.kind}:{store.where}" if store.where else store.kind
