"""Certificates of macOS' keychain, which Chromium and Safari use there.

Read in a child process (:mod:`certhelper.stores.macos_reader`).  Never run on a real Mac: see
:mod:`certhelper.stores.macos_keychain`.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import Any

from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.base import (
    Installed,
    KeyDetails,
    KeyState,
    KeyTrouble,
    StoreReading,
    StoreStatus,
)
from certhelper.stores.macos_keychain import Key

KIND = "macos"

_READER = "certhelper.stores.macos_reader"
_TIME_LIMIT = 30.0  # seconds; a smart card's extension may need a while to start

# OSStatus, as Security's SecBase.h names and explains them.
_USER_CANCELED = -128
_NOT_AVAILABLE = -25291
_AUTH_FAILED = -25293
_NO_SUCH_KEYCHAIN = -25294
_INVALID_KEYCHAIN = -25295
_ITEM_NOT_FOUND = -25300
_NO_DEFAULT_KEYCHAIN = -25307
_INTERACTION_NOT_ALLOWED = -25308
_INTERACTION_REQUIRED = -25315
_DECODE = -26275

_KEY_MEANINGS = {
    _USER_CANCELED: (KeyState.NEEDS_USER, "asks"),
    _INTERACTION_NOT_ALLOWED: (KeyState.NEEDS_USER, "asks"),
    _INTERACTION_REQUIRED: (KeyState.NEEDS_USER, "asks"),
    _AUTH_FAILED: (KeyState.UNUSABLE, "access-denied"),
    _ITEM_NOT_FOUND: (KeyState.UNUSABLE, "container-missing"),
    _DECODE: (KeyState.UNUSABLE, "container-damaged"),
}
_REASONS = {
    _NOT_AVAILABLE: (StoreStatus.UNAVAILABLE, "keychain-missing"),
    _NO_SUCH_KEYCHAIN: (StoreStatus.UNAVAILABLE, "keychain-missing"),
    _NO_DEFAULT_KEYCHAIN: (StoreStatus.UNAVAILABLE, "keychain-missing"),
    _INVALID_KEYCHAIN: (StoreStatus.FAILED, "keychain-damaged"),
    _INTERACTION_NOT_ALLOWED: (StoreStatus.LOCKED, "keychain-locked"),
    _INTERACTION_REQUIRED: (StoreStatus.LOCKED, "keychain-locked"),
    _AUTH_FAILED: (StoreStatus.LOCKED, "keychain-locked"),
}


class MacosStore:
    """The keychains that macOS searches for this user; only read.

    ``command`` starts another reader than the program's own.
    """

    def __init__(self, command: Sequence[str] | None = None, seconds: float = _TIME_LIMIT) -> None:
        self._command = command
        self._seconds = seconds

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return ""

    def read(self) -> StoreReading:
        """Read it; whatever is wrong becomes the status, a reason and a detail."""
        started = time.perf_counter()
        lines: list[bytes] = []
        failure: tuple[StoreStatus, str, str] | None = None
        try:
            command = [*(self._command or part(_READER, with_packages=False))]
            with child.started(command, self._seconds) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.close()
                lines.extend(process.stdout.read().splitlines())
        except child.ChildFailedError as error:
            is_late = time.perf_counter() - started >= self._seconds
            reason = "keychain-hung" if is_late else "keychain-crashed"
            failure = (StoreStatus.FAILED, reason, safe(error.detail))
        installed, told = taken(lines)
        status, reason, detail = failure or told
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason or None,
            detail=detail,
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=installed,
        )


def taken(
    lines: Iterable[bytes],
) -> tuple[tuple[Installed, ...], tuple[StoreStatus, str, str]]:
    """Turn the child's lines into rows, and the status of the store with its reason and detail.

    What was told before a failure is kept.
    """
    rows: list[Installed] = []
    is_locked = False
    for line in lines:
        try:
            answer = json.loads(line)
            if "locked" in answer:
                is_locked = bool(answer["locked"])
            elif "der" in answer:
                rows.append(_row(answer, is_locked))
            elif "failed" in answer:
                return tuple(rows), refused(answer["failed"], int(answer["code"]))
            elif "done" in answer:
                return tuple(rows), (StoreStatus.OK, "", "")
            else:
                break
        except (ValueError, KeyError, TypeError):  # an extension of somebody else's wrote it
            break
    return tuple(rows), (StoreStatus.FAILED, "keychain-crashed", "")


def refused(function: str, code: int) -> tuple[StoreStatus, str, str]:
    """Return what it means for the store that macOS does not list its certificates."""
    status, reason = _REASONS.get(code, (StoreStatus.FAILED, "keychain-refused"))
    return status, reason, f"{function}: {code}"


def key_state(key: Key | None, is_locked: bool) -> tuple[KeyState, KeyTrouble | None]:
    """Return what is known of a key, and why it is not simply present or absent.

    A key of a token wants the token's PIN.  That macOS asks before the first use of a key by
    another program than the one that put it there cannot be told beforehand.
    """
    if key is None:
        return KeyState.ABSENT, None
    if key.status:
        state, cause = _KEY_MEANINGS.get(key.status, (KeyState.UNKNOWN, "other"))
        if state is KeyState.NEEDS_USER and is_locked:
            cause = "keychain-locked"
        return state, KeyTrouble(cause, str(key.status))
    if key.token:
        return KeyState.NEEDS_USER, KeyTrouble("card-pin")
    if is_locked:
        return KeyState.NEEDS_USER, KeyTrouble("keychain-locked")
    return KeyState.PRESENT, None


def _row(answer: dict[str, Any], is_locked: bool) -> Installed:
    key = None if answer["key"] is None else Key(**answer["key"])
    state, trouble = key_state(key, is_locked)
    return Installed(
        certificate=Certificate(b64decode(answer["der"])),
        store=KIND,
        label=safe(answer["label"]),
        key=state,
        key_trouble=trouble,
        key_details=None if key is None else _details(key),
    )


def _details(key: Key) -> KeyDetails:
    return KeyDetails(
        container=safe(key.token),
        key_spec=None,
        interface=None,
        hardware="smart-card" if key.token else "software",
        is_exportable=key.exportable,
        is_of_computer=False,
    )
