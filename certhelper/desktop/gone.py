"""What to say of a chosen certificate that is no longer where it was.  Free of Qt.

The commonest case is a token that was pulled.  A log-on's child speaks of fingerprints and of its
own commands there, which are nothing to somebody who looks at a window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from certhelper.desktop.place_names import NO_NAMES
from certhelper.failures import FailedError
from certhelper.logon.secret_wanted import place_of_secret
from certhelper.stores.base import Installed, Store, StoreReading, StoreStatus

NOT_FOUND: Final = frozenset({"fingerprint-unknown", "token-not-inserted", "token-not-found"})
"""Codes by which a child says that the certificate is not in its store."""


def error_of(installed: Installed) -> FailedError:
    """Return what says that ``installed`` is gone: ``token-gone`` or ``certificate-gone``."""
    if installed.token is not None:
        return FailedError("token-gone", token=place_of_secret(installed))
    return FailedError("certificate-gone", where=NO_NAMES.of(installed))


def is_gone(installed: Installed, readings: Iterable[StoreReading]) -> bool:
    """Whether its store was read in full and does not hold it any more.

    A token may be called otherwise once a second one with the same certificate is there.
    """
    store = _store_of(installed)
    of_store = [one for one in readings if one.name == store and one.status is StoreStatus.OK]
    sha256 = installed.certificate.sha256
    return bool(of_store) and not any(
        one.certificate.sha256 == sha256 and _serial(one) == _serial(installed)
        for reading in of_store
        for one in reading.installed
    )


def is_on_token_of(installed: Installed, store: Store) -> bool:
    """Whether the certificate is on a token of this store, which may be pulled at any time."""
    is_of_store = _store_of(installed) == f"{store.kind}:{store.where}"
    return installed.token is not None and is_of_store


def _store_of(installed: Installed) -> str:
    if installed.token is None:
        return installed.store
    return installed.store.partition("#")[0]


def _serial(installed: Installed) -> str:
    return installed.token.serial if installed.token is not None else ""
