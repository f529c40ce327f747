"""Have the system ask for a key (a card's PIN, a consent) in front of our window, on Windows.

What fails here need not fail later: the engine tries the key by itself.  Only a clear no, and a
card that is blocked, end the log-on before the bank hears of it.
"""

from __future__ import annotations

import logging
import sys
from functools import partial

from certhelper.windows import key_dialogs
from certhelper.windows.library import WindowsCallError

_log = logging.getLogger(__name__)

_ENDS = {
    1223: "certificate-key-denied",  # ERROR_CANCELLED
    0x800704C7: "certificate-key-denied",  # the same as an HRESULT
    0x80090036: "certificate-key-denied",  # NTE_USER_CANCELLED
    0x8010006E: "certificate-key-denied",  # SCARD_W_CANCELLED_BY_USER
    0x8010006C: "card-pin-blocked",  # SCARD_W_CHV_BLOCKED
}


def adopt(window: int) -> None:
    """Make our window the parent of what Windows asks; the next dialog may come to the front."""
    if sys.platform == "win32":
        for call in (partial(key_dialogs.adopt, window), key_dialogs.let_one_come_forward):
            try:
                call()
            except WindowsCallError as error:
                _log.info("a dialog of Windows may stand behind our window: %s", error)


def unlock(fingerprint: str, window: int) -> str | None:
    """Let Windows ask for the key now; a failure code where the log-on ends here.

    It waits for the person, so it runs in a thread of its own.  Elsewhere nothing asks.
    """
    if sys.platform == "win32":
        try:
            key_dialogs.unlock(fingerprint, window)
        except (WindowsCallError, LookupError) as error:
            _log.info("the key could not be opened ahead of the log-on: %s", error)
            return _ENDS.get(error.code) if isinstance(error, WindowsCallError) else None
    return None
