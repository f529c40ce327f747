"""Which way an address is reached: directly or by a proxy.  The caller knows the settings."""

from __future__ import annotations

from collections.abc import Callable

Way = Callable[[str], str | None]
"""Gets an address and returns the proxy (``http://host:port``), or None for none.

Called in the asking thread and may take its time.  Raises
:class:`~certhelper.revocation.no_answer.NoAnswerError` (``proxy-unknown``) where only the browser's
engine knows the way.
"""


def direct(_address: str) -> str | None:
    """Go directly, whatever the address."""
    return None
