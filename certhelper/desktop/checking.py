"""Finds out, while the list stands there, whether its certificates can really be used.

Nobody waits for it: the list and the log-on are there all the time, and the answers are added as
they come.  Nothing is asked for a window that nobody sees.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from certhelper import moment
from certhelper.checks import Chain, KeyTest, Revocation, RevocationStatus
from certhelper.desktop.answers import Answers
from certhelper.desktop.reading import Reader
from certhelper.desktop.visibility import Visibility
from certhelper.listing import Listing, questions_of
from certhelper.qt import background
from certhelper.revocation.question import Question
from certhelper.stores.base import Installed

_BEGIN_MS: Final = 200
"""The person's first look and click come before it."""
_GATHER_MS: Final = 150
"""Answers that come together are shown together."""


class Means(Protocol):
    """What finds it out.  Each of these blocks and is called in a thread of its own."""

    @property
    def may_ask(self) -> bool:
        """Whether issuers may be asked; in the window's thread."""

    def chains(self, found: Listing) -> Mapping[str, Chain]:
        """Return the chains of the certificates that may be logged on with, by SHA-256."""

    def ask(
        self,
        questions: Sequence[Question],
        answered: Callable[[str, Revocation], None],
        stop: threading.Event,
    ) -> None:
        """Ask the issuers; ``answered`` gets each SHA-256 with its answer as they come."""

    def ask_anew(self) -> None:
        """Let those be asked again at once who have just not answered."""

    def test_key(self, installed: Installed) -> KeyTest:
        """Let a key sign, silently."""


class Checker(QObject):
    """Has the list judged again as the answers come, but not below a dialog that is open.

    ``revoked`` carries the SHA-256 of a certificate whose issuer has just said so, at once;
    ``changed`` is sent for every answer; ``progress`` carries the name of what is under way
    (``revocation``, ``keys``, or nothing).
    """

    changed = Signal()
    revoked = Signal(str)
    progress = Signal(str)

    def __init__(
        self,
        visibility: Visibility,
        reader: Reader,
        means: Means,
        clock: Callable[[], datetime] = moment.now,
    ) -> None:
        super().__init__(reader)
        self._visibility = visibility
        self._reader = reader
        self._means = means
        self._clock = clock
        self._answers = Answers()
        self._found: Listing | None = None
        self._stop: threading.Event | None = None
        self._under_way: set[str] = set()
        self._asking: set[str] = set()
        self._chains_again = False
        self._beginning = self._timer(_BEGIN_MS, self._begin)
        self._gathering = self._timer(_GATHER_MS, self._judge)
        reader.listed.connect(self._listed)
        reader.answered.connect(self._begin_soon)
        visibility.changed.connect(self._visibility_changed)

    @property
    def answers(self) -> Answers:
        return self._answers

    def ask_again(self) -> None:
        """Ask also those who did not know, at the next reading."""
        self._answers.forget_unknown()
        self._means.ask_anew()

    def _timer(self, milliseconds: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def _listed(self, found: Listing) -> None:
        self._found = found
        if self._stop is not None:
            self._test_keys(self._stop)  # another certificate may be the preferred one now

    def _begin_soon(self) -> None:
        """Once for those that answer together; none waits for a store that hangs."""
        if not self._beginning.isActive():
            self._beginning.start()

    def _visibility_changed(self) -> None:
        if not self._visibility.is_seen:
            self._end()
        elif self._stop is None and self._found is not None:
            self._begin_soon()

    def _begin(self) -> None:
        if self._found is None or not self._visibility.is_seen:
            return
        if self._stop is None:
            self._stop = threading.Event()
        self._look_at_chains(self._stop)
        self._test_keys(self._stop)

    def _end(self) -> None:
        """Leave what is under way; its answers are not waited for."""
        self._beginning.stop()
        if self._stop is not None:
            self._stop.set()
            self._stop = None
        self._under_way.clear()
        self._asking.clear()
        self._chains_again = False
        self._say_progress()

    # ---- chains: one listing after the other; then the issuers, whoever is asked already

    def _look_at_chains(self, stop: threading.Event) -> None:
        if "chains" in self._under_way:
            self._chains_again = True
        elif self._found is not None:
            self._begun("chains", stop)
            work = partial(self._find_chains, self._found, stop, self._means.may_ask)
            background.start("find chains", work)

    def _find_chains(self, found: Listing, stop: threading.Event, ask: bool) -> None:
        chains = self._means.chains(found)
        questions = questions_of(found) if ask and not stop.is_set() else []
        background.deliver(self, partial(self._chains_found, chains, questions, stop))

    def _chains_found(
        self, chains: Mapping[str, Chain], questions: Sequence[Question], stop: threading.Event
    ) -> None:
        if stop is not self._stop:
            return
        self._over("chains", stop)
        self._answers.take_chains(chains)
        self._note()
        self._ask_issuers(questions, stop)
        if self._chains_again:
            self._chains_again = False
            self._look_at_chains(stop)

    def _ask_issuers(self, questions: Sequence[Question], stop: threading.Event) -> None:
        """Ask in a thread about those that nobody has been asked about."""
        now = self._clock()
        sha256s = {
            one.certificate.sha256
            for one in questions
            if not self._answers.is_known(one.certificate.sha256, now)
        } - self._asking
        if not sha256s:
            return
        self._asking |= sha256s
        self._say_progress()
        wanted = [one for one in questions if one.certificate.sha256 in sha256s]
        background.start("ask issuers", partial(self._ask, wanted, frozenset(sha256s), stop))

    def _ask(
        self, questions: Sequence[Question], sha256s: frozenset[str], stop: threading.Event
    ) -> None:
        def answered(sha256: str, answer: Revocation) -> None:
            background.deliver(self, partial(self._answered, sha256, answer, stop))

        self._means.ask(questions, answered, stop)
        background.deliver(self, partial(self._asked, sha256s, stop))

    def _asked(self, sha256s: frozenset[str], stop: threading.Event) -> None:
        if stop is self._stop:
            self._asking -= sha256s
            self._say_progress()

    def _answered(self, sha256: str, answer: Revocation, stop: threading.Event) -> None:
        if stop is not self._stop:
            return
        self._answers.take_revocation(sha256, answer, self._clock())
        if answer.status is RevocationStatus.REVOKED:
            self.revoked.emit(sha256)
        self._note()

    # ---- keys: in another thread, one after the other

    def _test_keys(self, stop: threading.Event) -> None:
        if "keys" in self._under_way or self._found is None:
            return
        wanted = self._answers.untested(self._found)
        if wanted:
            self._begun("keys", stop)
            background.start("test keys", partial(self._try_keys, wanted, stop))

    def _try_keys(self, wanted: Sequence[Installed], stop: threading.Event) -> None:
        for installed in wanted:
            if stop.is_set():
                return
            tested = self._means.test_key(installed)
            background.deliver(self, partial(self._key_tested, installed, tested, stop))
        background.deliver(self, partial(self._keys_tested, stop))

    def _key_tested(self, installed: Installed, tested: KeyTest, stop: threading.Event) -> None:
        if stop is self._stop:
            self._answers.take_key(installed, tested)
            self._note()

    def _keys_tested(self, stop: threading.Event) -> None:
        self._over("keys", stop)
        if stop is self._stop:
            self._test_keys(stop)

    # ---- what comes of it

    def _begun(self, name: str, stop: threading.Event) -> None:
        if stop is self._stop:
            self._under_way.add(name)
            self._say_progress()

    def _over(self, name: str, stop: threading.Event) -> None:
        if stop is self._stop:
            self._under_way.discard(name)
            self._say_progress()

    def _say_progress(self) -> None:
        keys = "keys" if "keys" in self._under_way else ""
        self.progress.emit("revocation" if self._asking else keys)

    def _note(self) -> None:
        self.changed.emit()
        if not self._gathering.isActive():
            self._gathering.start()

    def _judge(self) -> None:
        if QApplication.activeModalWidget() is not None:
            self._gathering.start()  # what stands below an open dialog stays as it is
        elif self._found is not None:
            self._reader.judge_by(self._answers.checks(self._found))
