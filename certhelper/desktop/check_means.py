"""What finds out whether certificates can really be used, of this PC.  Free of Qt.

All of it is imported where it is called: in threads, when the list stands already.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from certhelper.checks import Chain, KeyTest, Revocation
from certhelper.desktop.answers import could_be_used
from certhelper.listing import Listing
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Installed

if TYPE_CHECKING:
    from certhelper.revocation.asker import Asker
    from certhelper.revocation.question import Question


class CheckMeans:
    """``may_ask`` says whether issuers may be asked now, ``proxy`` which way leads to them."""

    def __init__(self, may_ask: Callable[[], bool], proxy: Callable[[], ProxyChoice]) -> None:
        self._may_ask = may_ask
        self._proxy = proxy
        self._asker: Asker | None = None

    @property
    def may_ask(self) -> bool:
        return self._may_ask()

    def chains(self, found: Listing) -> Mapping[str, Chain]:
        from certhelper.chain import KnownIssuers, find_chain

        wanted = {
            one.installed.certificate.sha256: one.installed.certificate
            for one in found.grouped.judged
            if could_be_used(one)
        }
        if not wanted:
            return {}
        every = (der for reading in found.readings for der in reading.ders)
        issuers = KnownIssuers(every)
        return {sha256: find_chain(one, issuers, found.at) for sha256, one in wanted.items()}

    def ask(
        self,
        questions: Sequence[Question],
        answered: Callable[[str, Revocation], None],
        stop: threading.Event,
    ) -> None:
        from certhelper.logon import revocation_way
        from certhelper.revocation.together import ask_all

        if self._asker is None:
            self._asker = revocation_way.asker(self._proxy)
        ask_all(self._asker, questions, answered, stop=stop)

    def ask_anew(self) -> None:
        if self._asker is not None:
            self._asker.forget_failures()

    def test_key(self, installed: Installed) -> KeyTest:
        from certhelper import key_test

        return key_test.test_key(installed)
