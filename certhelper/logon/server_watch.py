"""The flow of a profile that says what to expect of the bank's servers.

The servers are looked at before the first page is loaded, and the PIN's again before it is entered
or a person is let to type it: until then those steps are held back.  A refusal ends the log-on as
any other failure does.
"""

from __future__ import annotations

from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.plan import Plan
from certhelper.logon.server_look import NOT_EXAMINED
from certhelper.logon.steps import Step

_Place = tuple[str, int]


def flow_of(plan: Plan) -> Flow:
    """Return the flow that the profile asks for; without an expectation it is the plain one."""
    return WatchedFlow(plan) if plan.bank.expects_of_servers else Flow(plan)


class WatchedFlow(Flow):
    """Holds steps back until the servers that they concern have been looked at."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._bank = plan.bank
        self._held: list[Step] = []
        self._to_examine: list[_Place] = []

    def begin(self) -> list[Step]:
        """Look at the start page's server and at every one that may be sent the certificate."""
        return self._hold(super().begin(), self._bank.expected_places())

    def handle(self, fact: facts.Fact) -> list[Step]:
        if isinstance(fact, facts.ServerExamined):
            return self._examined(fact)
        if isinstance(fact, facts.TimedOut) and self._held:
            host, port = self._to_examine[0]
            return self._examined(facts.ServerExamined(host, port, NOT_EXAMINED, {"host": host}))
        todo = self._super_handle(fact)
        if any(map(_takes_back, todo)):
            self._let_go()
        return self._without_pin(todo)

    def _super_handle(self, fact: facts.Fact) -> list[Step]:
        todo: list[Step] = super().handle(fact)
        return todo

    def _examined(self, fact: facts.ServerExamined) -> list[Step]:
        if not self._held or (fact.host, fact.port) != self._to_examine[0]:
            return []  # the answer to a question that is no longer asked
        if fact.code is not None:
            self._let_go()
            return self._super_handle(fact)
        del self._to_examine[0]
        if self._to_examine:
            return [steps.ExamineServer(*self._to_examine[0])]
        held, self._held = self._held, []
        return held

    def _let_go(self) -> None:
        self._held = []
        self._to_examine = []

    def _without_pin(self, todo: list[Step]) -> list[Step]:
        """Hold back what lets a PIN out, and let no form of its page leave meanwhile."""
        for index, step in enumerate(todo):
            target = step.target if isinstance(step, (steps.EnterPin, steps.GuardPin)) else ""
            place = facts.origin(target)
            if place is not None:
                shut = [steps.GuardPin(step.window, "")] if isinstance(step, steps.GuardPin) else []
                return [*todo[:index], *shut, *self._hold(todo[index:], [place[1:]])]
        return todo

    def _hold(self, todo: list[Step], places: list[_Place]) -> list[Step]:
        is_asking = bool(self._held)
        self._held += todo
        self._to_examine += [one for one in places if one not in self._to_examine]
        return [] if is_asking else [steps.ExamineServer(*self._to_examine[0])]


def _takes_back(step: Step) -> bool:
    """Whether what was held back before is not wanted any more: its page is gone, or refused."""
    is_shut = isinstance(step, steps.GuardPin) and not step.target
    return is_shut or isinstance(step, (steps.End, steps.GuardForms, steps.LiftGuard))
