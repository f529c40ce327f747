"""What one attempt to log on is to do, and how long each of its steps may take."""

from __future__ import annotations

from dataclasses import dataclass

from certhelper.bank import Bank
from certhelper.logon.stages import Until

LOAD_LIMIT_MS = 30_000
"""How long one step may take before it is called unanswered."""

LOOK_AGAIN_MS = 300
LOOKS = 12
"""A page that fills itself by script, or sends the browser on, gets about 3.5 s to do so."""

START_LINKS = 3
"""How often the home page's link is followed: some banks put a page of the same link between."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    ``issuers`` are the DER names that issued the certificate and its chain: one of them must be
    on a server's list for a browser to offer it.  ``until`` is ``None`` when a person goes on.
    ``pin_given``: the person has entered the PIN and pressed ログオン already.  ``pad``: the person
    can be asked for it, again and again, on the session's own pad; with neither they type it in
    the bank's page.  ``seen_notices`` is the digest of the notices that the person has read; with
    ``stop_at_notices`` others stop the flow until the person goes on.
    """

    bank: Bank
    certificate: str
    issuers: tuple[bytes, ...]
    until: Until | None
    pin_given: bool
    pad: bool = False
    stop_at_notices: bool = False
    seen_notices: str = ""
    load_limit_ms: int = LOAD_LIMIT_MS
