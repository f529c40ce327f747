"""Asks whether one certificate has been revoked: what is kept, then OCSP, then the list (CRL)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from certhelper.certificate import Certificate
from certhelper.checks import Revocation
from certhelper.revocation.addresses import addresses_of
from certhelper.revocation.cache import Cache
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.failures_held import FailuresHeld
from certhelper.revocation.means import ListsHeld, Means
from certhelper.revocation.no_answer import NoAnswerError, unknown
from certhelper.revocation.way import Way, direct

_ALL_S: Final = 20.0


class Asker:
    """Knows where answers are kept and which way leads out; for any number of threads.

    One for a whole window, so that nobody who has just failed is asked again at once.
    """

    def __init__(self, cache_folder: Path | None, way: Way = direct) -> None:
        """``cache_folder`` need not exist; None keeps nothing beyond this object."""
        self._means = Means(Cache(cache_folder), way, FailuresHeld(), ListsHeld())

    def ask(
        self,
        certificate: Certificate,
        issuers: Sequence[bytes],
        now: datetime,
        *,
        seconds: float | None = None,
        offline: bool = False,
    ) -> Revocation:
        """Return the answer for one certificate; blocks, for a thread.

        ``issuers`` are certificates (DER) that may have issued it; without the right one it is
        got from where the certificate says (caIssuers).  ``now`` is aware and really now.
        ``seconds`` is the most that it may take (None: 20); ``offline`` asks nobody.  Never raises
        for what the network or anybody who is asked does.
        """
        addresses = addresses_of(certificate.der)
        if addresses.is_empty:
            return unknown("not-named")
        from certhelper.revocation.inquiry import Inquiry

        deadline = Deadline(_ALL_S if seconds is None else min(seconds, _ALL_S))
        inquiry = Inquiry(self._means, certificate, addresses, now, deadline, is_offline=offline)
        try:
            return inquiry.answer(issuers)
        except NoAnswerError as error:
            return unknown(error.cause, error.detail)

    def forget_failures(self) -> None:
        """Ask again at once whoever has just failed: the person wants it."""
        self._means.failures.forget()
