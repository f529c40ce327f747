"""What may leave the pages that stand while a PIN may still be typed into them by mistake.

The PIN page has its own guard, which flow.py sets.  Every other page may be one in disguise: a PIN
page whose marker has changed, or one that somebody has put in its place.  So, from the certificate
until the page behind the PIN has come, each page that a person is left with is held by what it
shows, whatever the log-on calls it:

* **Before the PIN has left**, a page with a password field is judged as the PIN page is: its form
  goes to the agreed target or nowhere.  Any other page that the person is left with may send its
  forms to hosts that may be sent the certificate, and to no other: a field may appear later, or
  stand in a frame of another host.
* **After it**, forms are the person's own, because a 続きの認証 that the profile does not know
  must go on; but a page with a password field sends them to such hosts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from certhelper.bank import Bank
from certhelper.logon import facts, pin_guard, steps
from certhelper.logon.phases import AT_PIN_PAGE, Phase
from certhelper.logon.recognition import Recognised
from certhelper.logon.steps import Step

Guard = steps.GuardPin | steps.GuardForms | steps.LiftGuard
_ENTRY_HAS_ITS_OWN = AT_PIN_PAGE | {Phase.AT_PRESS, Phase.ENTERING_PIN}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the log-on stands.

    ``on_the_way``: its link was followed or the certificate was sent, to the hosts and ports of
    ``certificate_sent_to``.  ``window`` is the one in hand; ``guarded`` says that the flow itself
    has set a guard for a page that stands.
    ``answered_by`` is the page into which the PIN was typed while its answer is awaited.
    """

    phase: Phase
    window: int
    on_the_way: bool
    certificate_sent_to: frozenset[tuple[str, int]]
    pin_has_left: bool
    guarded: bool
    answered_by: facts.PageSeen | None


class Holds:
    """Follows the pages of one log-on and says what holds them."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._pages: dict[int, facts.PageSeen] = {}
        self._said: Guard = steps.LiftGuard()
        self._is_over = False

    def follow(self, fact: facts.Fact) -> None:
        """Remember which page stands in which window."""
        if isinstance(fact, facts.PageWatched):
            fact = fact.page
        if isinstance(fact, facts.PageSeen):
            self._pages[fact.window] = fact
        elif isinstance(fact, facts.WindowClosed):
            self._pages.pop(fact.window, None)

    @property
    def is_over(self) -> bool:
        """Whether nothing is held any more, whatever comes."""
        return self._is_over

    def end(self) -> None:
        """The bank has taken the person in: forms are their own from now on."""
        self._is_over = True

    def settle(self, todo: list[Step], standing: Standing) -> list[Step]:
        """Return ``todo`` with the guard of the pages that stand, where it does not hold yet."""
        for step in todo:
            if isinstance(step, Guard):
                self._said = step
            elif isinstance(step, steps.EnterPin):
                self._said = steps.LiftGuard()  # the entry's own rule takes its place
        if standing.guarded or standing.phase in _ENTRY_HAS_ITS_OWN:
            return todo
        wanted = self._guard_of_all(standing)
        if wanted == self._said:
            return todo
        self._said = wanted
        return [*todo, wanted]

    def _guard_of_all(self, standing: Standing) -> Guard:
        """One guard for all windows, because requests do not tell which page they come from."""
        guards = [] if self._is_over else list(self._guards(standing))
        strict = [guard for guard in guards if isinstance(guard, steps.GuardPin)]
        if strict:
            return max(strict, key=lambda guard: guard.target)  # one window has a target at most
        return guards[0] if guards else steps.LiftGuard()

    def _guards(self, standing: Standing) -> Iterator[steps.GuardPin | steps.GuardForms]:
        for seen in self._pages.values():
            if standing.answered_by is None or not seen.is_same_page(standing.answered_by):
                guard = self._guard_of(seen, standing)
                if guard is not None:
                    yield guard

    def _guard_of(
        self, seen: facts.PageSeen, standing: Standing
    ) -> steps.GuardPin | steps.GuardForms | None:
        page = Recognised(seen, self._bank.pages)
        id_log_on = page.is_logon_page and not standing.certificate_sent_to
        if not standing.on_the_way or id_log_on:
            return None
        if seen.asks_for_secret:
            if standing.pin_has_left and not page.is_pin_page:
                return steps.GuardForms()
            return steps.GuardPin(seen.window, self._target(seen, standing))
        left_alone = standing.phase is Phase.PERSON and not standing.pin_has_left
        return steps.GuardForms() if left_alone and standing.certificate_sent_to else None

    def _target(self, seen: facts.PageSeen, standing: Standing) -> str:
        sent_to = standing.certificate_sent_to
        if seen.window != standing.window or seen.secret_in_frame:
            return ""
        if pin_guard.fault(seen, self._bank, sent_to) is not None:
            return ""
        return pin_guard.target(seen)
