"""Removing what a run wrote down: its own, or that of an earlier one that was killed."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from certhelper.failures import FailedError
from certhelper.logon import home
from certhelper.run_record import RecordUnreadableError, remove_tree
from certhelper.selftest import place, temporary
from certhelper.selftest.record import Record
from certhelper.stores.base import StoreReading, StoreStatus

_PREFIX = "certhelper-selftest-"
_OWN_FOLDER = re.compile(re.escape(_PREFIX) + r"[0-9a-f]{32}")  # see new_folder
_PAUSE_SECONDS = 0.2
_SESSION_SECONDS = 40.0  # one page load has 30

CERTIFICATE = "certificate"
FOLDER = "folder"


class Undone(NamedTuple):
    """What was removed, what is left after all, and why (plain words)."""

    removed: list[str]
    left: list[str]
    reasons: list[str]


def new_folder() -> Path:
    """Return the name of a run's own folder, which nobody has made yet.

    In memory where the system offers that, because the session copies the person's database.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    in_memory = Path(runtime).is_absolute() and os.access(runtime, os.W_OK)
    return Path(runtime if in_memory else tempfile.gettempdir()) / f"{_PREFIX}{uuid4().hex}"


def undo(written: Record) -> Undone:
    """Remove everything that stands in a record, and look again.

    Raises :class:`RecordUnreadableError` for a certificate that no run has made: it stays.
    """
    undone = Undone([], [], [])
    if written.kind is not None:
        if not temporary.is_marked(written.certificate):
            raise RecordUnreadableError("selftest-record-unreadable")
        _try(CERTIFICATE, lambda: _remove_certificate(written), undone)
    folder = Path(os.fsdecode(written.temporary))
    if _OWN_FOLDER.fullmatch(folder.name):
        _try(FOLDER, lambda: _remove_tree(folder), undone)
    return undone


def _try(name: str, action: Callable[[], bool], undone: Undone) -> None:
    """Do one removal; one that fails does not keep the others from being tried."""
    try:
        gone = action()
    except Exception as error:  # noqa: BLE001  # told with what is left
        gone = False
        detail = error.facts.get("detail", "") if isinstance(error, FailedError) else ""
        undone.reasons.append(detail or type(error).__name__)
    (undone.removed if gone else undone.left).append(name)


def _remove_certificate(written: Record) -> bool:
    found = place.of(written)
    if found is None:
        return False
    found.remove(written)
    return sha256(written.certificate).hexdigest() not in fingerprints(found.store.read())


def fingerprints(reading: StoreReading) -> frozenset[str]:
    """Return the SHA-256 of every certificate that was read.

    Raises :class:`FailedError` (``selftest-store-unreadable``) when not all could be read: what
    cannot be seen must not be taken for gone.
    """
    if reading.status in (StoreStatus.FAILED, StoreStatus.LOCKED):
        raise FailedError("selftest-store-unreadable", detail=reading.reason or "")
    return frozenset(one.certificate.sha256 for one in reading.installed)


def _remove_tree(folder: Path) -> bool:
    _wait_for_sessions(folder)
    return remove_tree(folder)


def _wait_for_sessions(folder: Path) -> None:
    """Let a session end by itself that outlived its run: the bank is gone, and it will see that."""
    end = time.monotonic() + _SESSION_SECONDS
    while home.is_in_use(folder) and time.monotonic() < end:
        time.sleep(_PAUSE_SECONDS)
