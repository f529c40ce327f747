"""The one place that knows every kind of store and which of them this PC has."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certhelper.failures import WrongUseError
from certhelper.stores.base import Availability, Store, StoreReading, StoreStatus

if TYPE_CHECKING:
    from certhelper.secret import Secret

_NSS, _PKCS11, _PKCS12, _FILES = "nss", "pkcs11", "pkcs12", "files"
_WINDOWS, _MACOS = "windows", "macos"
_OCTET = "[0x"
"""How our own output begins an octet of a file's name that is no UTF-8, as no JSON can hold it."""

_OF_ONE_SYSTEM = {_WINDOWS: "win32", _MACOS: "darwin"}


class UnavailableStore(NamedTuple):
    """A kind that cannot be read here: it lists nothing and says why."""

    kind: str
    where: str
    reason: str

    def read(self) -> StoreReading:
        return StoreReading(self.kind, self.where, StoreStatus.UNAVAILABLE, self.reason)


def kinds() -> dict[str, Availability]:
    """Return every kind of the design in its order, and whether it can be read on this PC."""
    found = {
        _NSS: Availability(usable=True),
        _PKCS11: Availability(usable=True),
        _PKCS12: Availability(usable=True),
        _FILES: Availability(usable=True),
    }
    for kind, system in _OF_ONE_SYSTEM.items():
        is_here = sys.platform == system
        found[kind] = Availability(is_here, None if is_here else "other-system")
    return found


def stores_of_this_pc() -> list[Store]:
    """Return the stores that are read when the person names none."""
    if sys.platform == _OF_ONE_SYSTEM[_WINDOWS]:
        from certhelper.stores.windows import WindowsStore
        from certhelper.windows.certificate_store import Place

        return [WindowsStore(place) for place in Place]
    if sys.platform == _OF_ONE_SYSTEM[_MACOS]:
        from certhelper.stores.macos import MacosStore

        return [MacosStore()]
    return [*_nss_of_this_pc(), *_tokens_of_this_pc()]


def _nss_of_this_pc() -> list[Store]:
    from certhelper.stores import nss, nss_places

    usual = _usual_directory()
    others = (place for place in nss_places.places() if place.directory != usual)
    return [
        nss.NssStore(usual, is_usual=True),
        *(nss.NssStore(place.directory, origin=place.origin) for place in others),
    ]


def origin_of(store: Store) -> str:
    """Return whose place a store is, as its reading says it (:class:`StoreReading`)."""
    return str(getattr(store, "origin", ""))


def _tokens_of_this_pc() -> list[Store]:
    from certhelper.stores.pkcs11_modules import modules_of_this_pc

    modules = modules_of_this_pc()
    if not modules:
        return []  # as on most PCs, where what reads tokens need not be loaded
    from certhelper.stores.pkcs11 import Pkcs11Store

    return [Pkcs11Store(module) for module in modules]


def open_stores(specification: str, passphrase: Secret | None = None) -> list[Store]:
    """Return the stores of ``KIND[:WHERE]``: ``pkcs11`` alone means every module of this PC.

    Raises as :func:`open_store`.
    """
    if specification.partition(":") in ((_PKCS11, "", ""), (_PKCS11, ":", "")):
        return _tokens_of_this_pc() or [UnavailableStore(_PKCS11, "", "no-token-modules")]
    return [open_store(specification, passphrase)]


def open_store(specification: str, passphrase: Secret | None = None) -> Store:
    """Return the store of ``KIND[:WHERE]``; ``passphrase`` is tried on its locked files.

    An octet that is no UTF-8 can stand in ``WHERE`` as our output shows it (``[0xFF]``), unless
    there is something whose name has just these characters.

    ``nss`` without a directory is this user's own database, ``windows`` without a place the current
    user's store; ``pkcs11``, ``pkcs12`` and ``files`` have no usual place and need one.  A kind
    that cannot be read here is a store that says so.  Raises :class:`WrongUseError`:
    ``unknown-store-kind``, ``store-needs-where``, ``store-not-found``,
    ``store-not-a-directory``, ``unknown-store-place``.
    """
    kind, _, where = specification.partition(":")
    known = kinds()
    if kind not in known:
        raise WrongUseError("unknown-store-kind", given=kind, known=", ".join(known))
    reason = known[kind].reason
    if reason:
        return UnavailableStore(kind, where, reason)
    if kind == _NSS:
        return _open_nss(where)
    if kind == _WINDOWS:
        return _open_windows(where)
    if kind == _MACOS:
        from certhelper.stores.macos import MacosStore

        return MacosStore()
    if kind == _FILES:
        return _open_files(where)
    if kind == _PKCS11:
        return _open_pkcs11(where)
    return _open_pkcs12(where, passphrase)


def _open_nss(where: str) -> Store:
    from certhelper.stores import nss

    usual = _usual_directory()
    directory = _path(where) if where else usual
    # The usual one need not exist: nobody has obtained a certificate yet.
    if directory == usual:
        return nss.NssStore(directory, is_usual=True)
    if _mode(directory, stat.S_IFDIR) != stat.S_IFDIR:
        raise WrongUseError("store-not-a-directory", where=str(directory))
    return nss.NssStore(directory)


def _open_windows(where: str) -> Store:
    from certhelper.stores.windows import WindowsStore
    from certhelper.windows.certificate_store import Place

    places = {place.value.casefold(): place for place in Place}
    place = places.get(where.casefold()) if where else Place.CURRENT_USER
    if place is None:
        raise WrongUseError("unknown-store-place", given=where, known=", ".join(Place))
    return WindowsStore(place)


def _usual_directory() -> Path:
    from certhelper.stores import nss

    return _real(nss.default_directory())


def _open_pkcs12(where: str, passphrase: Secret | None) -> Store:
    from certhelper.stores.pkcs12 import Pkcs12Store

    store = Pkcs12Store(_named_path(_PKCS12, where))
    if passphrase is not None:
        store.unlock(passphrase)
    return store


def _open_pkcs11(where: str) -> Store:
    from certhelper.stores.pkcs11 import Pkcs11Store, split_where

    module, address = split_where(where)
    return Pkcs11Store(_named_path(_PKCS11, str(module) if where else ""), address)


def _open_files(where: str) -> Store:
    from certhelper.stores.files import FilesStore

    return FilesStore(_named_path(_FILES, where))


def _named_path(kind: str, where: str) -> Path:
    """Return the path that the person named, where something must be."""
    if not where:
        raise WrongUseError("store-needs-where", kind=kind)
    path = _path(where)
    _mode(path, 0)
    return path


def _path(where: str) -> Path:
    path = Path(where)
    if where == "~" or where.startswith("~/"):
        path = path.expanduser()
    if _OCTET in where and not os.path.lexists(path):
        from certhelper.safe_text import with_octets

        path = Path(with_octets(str(path)))
    return _real(path)


def _real(path: Path) -> Path:
    """Follow links and ``..``: one place has one name, which means the same everywhere.

    Read under two names, every certificate of it would stand in two stores.
    """
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # a NUL in the name: the reading says what is wrong
        return path.absolute()


def _mode(path: Path, unknown: int) -> int:
    """Return the kind of file, ``unknown`` where only a reading will tell what is wrong.

    Raises :class:`WrongUseError` when nothing is there.
    """
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WrongUseError("store-not-found", where=str(path)) from error
    except (OSError, ValueError):
        return unknown
