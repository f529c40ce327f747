"""What the place of a certificate is called in sentences: as ``--store`` takes it, and a name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from certhelper.safe_text import safe
from certhelper.stores.base import Installed, Token
from certhelper.texts import text

_MOST_NAMED = 3
_FILE_KINDS = ("pkcs12", "files")
_NAMED_WHERES = {
    "windows:CurrentUser": "windows-current-user",
    "windows:LocalMachine": "windows-local-machine",
}


def token_name(token: Token) -> str:
    """What a token is called: by its label, or that it has none."""
    label = token.label.strip()
    return text("places.name.token", label=label) if label else text("places.name.token-unnamed")


def store_name(installed: Installed) -> str:
    """The store as ``--store`` takes it; a token's with its label.  Safe to show.

    Nobody can tell two tokens apart by their serial numbers on the telephone.
    """
    where = safe(installed.store)
    if installed.token is None:
        return where
    return text("places.name.of-token", where=where, name=token_name(installed.token))


@lru_cache(maxsize=1024)
def place_name(store: str) -> str:
    """The readable name of ``KIND:WHERE``, told by that alone.  Safe to show."""
    kind, _, where = store.partition(":")
    if store in _NAMED_WHERES:
        return text(f"places.name.{_NAMED_WHERES[store]}")
    if kind == "nss":
        from certhelper.stores import nss  # a list of other stores does without it

        is_own = Path(where) == nss.default_directory()
        return text("places.name.nss-own" if is_own else "places.name.nss", where=where_of(store))
    if kind in _FILE_KINDS:
        path = Path(where)
        # Told by the name alone: a folder of the network may not answer.
        return text(f"places.name.{'file' if path.suffix else 'folder'}", name=safe(path.name))
    if kind == "pkcs11":
        return text("places.name.module", name=safe(Path(where.partition("#")[0]).name))
    return text("places.name.macos") if kind == "macos" else safe(store)


def place_names(stores: Sequence[str]) -> str:
    """The readable names of several, the first ones where they are many.  Safe to show."""
    names = [place_name(one) for one in stores[:_MOST_NAMED]]
    more = ["…"] if len(stores) > _MOST_NAMED else []
    return text("places.pause").join([*names, *more])


def where_of(store: str) -> str:
    """Where ``KIND:WHERE`` is, the person's own folder being ``~``.  Safe to show."""
    where = store.partition(":")[2]
    home = str(Path.home())
    is_below = where.startswith(home) and where[len(home) :][:1] in ("/", "\\")
    return safe(f"~{where[len(home) :]}" if is_below else where)
