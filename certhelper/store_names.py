"""What the place of a certificate is called in sentences: as ``--store`` takes it, and a name."""

from __future__ import annotations

from certhelper.safe_text import safe
from certhelper.stores.base import Installed, Token
from certhelper.texts import text


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
