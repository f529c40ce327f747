"""The log-on as a state machine: a fact comes in, the next steps go out.

Nothing here knows a browser.  The rules that guard money are here, and in pin_guard.py and gate.py:

* a certificate goes only to a host that the profile names exactly;
* the PIN is typed, by the program or by the person, only into a page that the one guard has let
  pass (pin_guard.py), and while it stands its form may leave to the agreed target only (gate.py);
* one press of the person's, one submission: each press of ログオン (the one before the flow began,
  or one on the session's own pad) is used up by the entry that follows it, and without an unused
  press nothing is ever entered.  A press that comes when nobody asked for it counts for nothing;
* after the PIN nothing is loaded or clicked by the program;
* what a person may send from other pages that could be a PIN page in disguise is held (holds.py).

The module holds the order of events, whole: whoever reads a rule must be able to see every other
that may come before or after it.  What a trouble is called is found in trouble.py.
"""

from __future__ import annotations

from functools import singledispatchmethod

from certhelper import moment
from certhelper.logon import errors, facts, pin_guard, server_identity, steps, trouble
from certhelper.logon.holds import Holds, Standing
from certhelper.logon.phases import (
    AT_PIN_PAGE,
    PERSON_ACTS,
    PIN_IS_OUT,
    WAITING_FOR_A_SERVER,
    Phase,
)
from certhelper.logon.plan import LOOK_AGAIN_MS, LOOKS, START_LINKS, Plan
from certhelper.logon.recognition import Recognised
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.steps import Step
from certhelper.logon.trouble import Trouble

_PIN_NOT_TAKEN = frozenset({"pin-wrong", "pin-page-again"})
"""What the bank may answer to a PIN that leaves the person another try on the same page."""


class Flow:
    """One attempt to log on.  Feed :meth:`handle`; carry out what it returns, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._phase = Phase.TO_LOGON_PAGE
        self._windows = {0}
        self._window = 0
        self._newest = 0
        self._newest_at_link = 0
        self._looks = 0
        self._start_links = 0
        self._asked_at: tuple[str, int] | None = None
        self._sent_to: frozenset[tuple[str, int]] = frozenset()
        self._link_followed = False
        self._pin_has_left = False
        self._refused_host = ""
        in_page = plan.bank.pin.entry == "page"
        self._press_unused = plan.pin_given and not in_page
        self._has_pad = plan.pad and not in_page
        self._pin_page_told = False
        self._told_after_pin: Stage | None = None
        self._guarded: int | None = None
        self._holds = Holds(plan.bank)
        self._logon_page: facts.PageSeen | None = None
        self._pin_page_seen: facts.PageSeen | None = None
        self._came_to_nothing = False

    def begin(self) -> list[Step]:
        """The first step: the profile's start page."""
        return [steps.Open(self._plan.bank.site.start_url)]

    @property
    def limit_ms(self) -> int | None:
        """How long the step under way may take; ``None`` while nothing is waited for."""
        return self._plan.load_limit_ms if self._phase in WAITING_FOR_A_SERVER else None

    @property
    def window(self) -> int:
        """The window in which the log-on goes on."""
        return self._window

    @property
    def _certificate_sent(self) -> bool:
        return bool(self._sent_to)

    @property
    def person_acts(self) -> bool:
        """Whether the program expects nothing but the person's own doing."""
        return self._phase in PERSON_ACTS

    def handle(self, fact: facts.Fact) -> list[Step]:
        """Return what to do next.  Raises ``TypeError`` for what is no fact."""
        self._holds.follow(fact)
        todo = self._take(fact)
        return todo if self._plan.until is not None else self._holds.settle(todo, self._stands)

    @property
    def holds_pages(self) -> bool:
        """Whether a PIN could be typed by mistake into a page that stands, and none may be lost."""
        on_the_way = self._certificate_sent or self._link_followed
        return self._plan.until is None and on_the_way and not self._holds.is_over

    @singledispatchmethod
    def _take(self, fact: facts.Fact) -> list[Step]:
        raise TypeError(f"no fact: {type(fact).__name__}")

    # Certificates

    @_take.register
    def _(self, fact: facts.CertificateRequested) -> list[Step]:
        host = f"{fact.host}:{fact.port}"
        detail: dict[str, object] = {"host": host, "offered": list(fact.offered)}
        if fact.issuers is not None:
            detail["issuers"] = list(fact.issuers)
        if not self._plan.bank.may_send_certificate(fact.host, fact.port):
            self._refused_host = host
            report = StageReport(
                Stage.CERTIFICATE_REQUESTED, "certificate-host-not-allowed", detail
            )
            return [steps.Tell(report), steps.SendNoCertificate()]
        self._asked_at = (fact.host, fact.port)
        answer: list[Step] = [steps.Tell(StageReport(Stage.CERTIFICATE_REQUESTED, None, detail))]
        if self._plan.certificate not in fact.offered:
            return [*answer, steps.SendNoCertificate()]
        self._sent_to |= {self._asked_at}
        sent = StageReport(
            Stage.CERTIFICATE_SENT, None, {"host": host, "sha256": self._plan.certificate}
        )
        return [*answer, steps.SendCertificate(self._plan.certificate), steps.Tell(sent)]

    @_take.register
    def _(self, fact: facts.IssuersProbed) -> list[Step]:
        if self._phase is not Phase.PROBING:
            return []
        return self._say(trouble.of_issuers(fact, self._plan.issuers))

    # Pages and windows

    @_take.register
    def _(self, fact: facts.PageSeen) -> list[Step]:
        self._windows.add(fact.window)
        self._came_to_nothing = False
        if self._phase in (Phase.ENDED, Phase.PROBING) or facts.origin(fact.url) is None:
            return []
        if self._phase is Phase.ENTERING_PIN:
            return []  # the entry itself notices what becomes of its page
        if self._phase in PIN_IS_OUT and self._is_page_of_pin(fact):
            return []  # it still stands; the answer is another
        page = Recognised(fact, self._plan.bank.pages)
        lifted = [] if page.is_pin_page else self._lift_guard(fact.window)
        if self._phase is Phase.AT_PRESS and fact.window != self._window:
            return lifted
        if not self._turn_to(fact.window, known=page.is_known):
            return lifted
        return [*lifted, *self._page(fact, page)]

    def _page(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        failure = page.failure
        asks_for_pin = page.is_pin_page or failure in _PIN_NOT_TAKEN
        if self._phase is Phase.AT_PRESS:
            return self._at_press(seen, failure, asks_for_pin=asks_for_pin)
        if self._phase in AT_PIN_PAGE and asks_for_pin:
            return self._pin_page_stands(seen)
        if failure in _PIN_NOT_TAKEN:
            # Later in a session such words are about another 暗証番号.
            if self._phase is not Phase.PERSON or page.is_pin_page:
                return self._pin_not_taken(seen, page, failure)
        elif failure is not None:
            return self._fail(failure)
        if self._phase is Phase.ASKING_FOR_PIN:
            return self._fail("pin-page-changed")
        if self._phase is Phase.PERSON_TYPES_PIN:
            self._phase = Phase.PERSON  # they went on without it
        if self._phase is Phase.PERSON and page.is_pin_page:
            return self._pin_page(seen)
        if self._phase in (Phase.SUBMITTED, Phase.PERSON):
            return self._after_pin(seen, page)
        return self._before_pin(seen, page)

    @_take.register
    def _(self, _: facts.PageWatched) -> list[Step]:
        return []  # it concerns what holds the pages alone

    @_take.register
    def _(self, fact: facts.WindowClosed) -> list[Step]:
        self._windows.discard(fact.window)
        lifted = self._lift_guard(fact.window)
        if fact.window != self._window:
            return lifted
        self._window = max(self._windows, default=self._window)
        if self._phase in AT_PIN_PAGE:
            return [*lifted, *self._fail("pin-page-changed")]
        if self._phase in WAITING_FOR_A_SERVER and self._phase is not Phase.PROBING:
            return [*lifted, steps.LookAgain(self._window, 0)]
        return lifted

    def _turn_to(self, window: int, *, known: bool) -> bool:
        """Whether a window's page counts: the one in hand, or one that carries the log-on on.

        A pop-up beside the log-on (お知らせ) is none of ours.  One that opens after the log-on
        link was followed is what the link opened, known or not.
        """
        self._newest = max(self._newest, window)
        opened_by_link = self._phase is Phase.TO_PIN_PAGE and window > self._newest_at_link
        if window != self._window and (known or opened_by_link):
            self._window = window
            self._looks = 0
        return window == self._window

    def _concerns(self, window: int) -> bool:
        """Whether the log-on ends with what goes wrong in this window, and not that page alone."""
        return self._phase is not Phase.ENDED and self._turn_to(window, known=False)

    @_take.register
    def _(self, _: facts.PersonContinued) -> list[Step]:
        if self._phase is not Phase.READING_NOTICES or self._logon_page is None:
            return []
        return self._follow_logon_link(self._logon_page)

    @_take.register
    def _(self, fact: facts.LinkGone) -> list[Step]:
        if self._phase not in (Phase.TO_LOGON_PAGE, Phase.TO_PIN_PAGE):
            return []
        self._phase = Phase.TO_LOGON_PAGE
        return [steps.LookAgain(fact.window, LOOK_AGAIN_MS)]

    # The PIN

    @_take.register
    def _(self, _: facts.PinGiven) -> list[Step]:
        if self._phase is not Phase.ASKING_FOR_PIN or self._pin_page_seen is None:
            return []
        self._press_unused = True
        self._phase = Phase.AT_PRESS
        return [steps.LookAgain(self._pin_page_seen.window, 0)]

    @_take.register
    def _(self, _: facts.PinDeclined) -> list[Step]:
        if self._phase is not Phase.ASKING_FOR_PIN or self._pin_page_seen is None:
            return []
        self._phase = Phase.PERSON_TYPES_PIN
        return [*self._hand_over(self._pin_page_seen), steps.HandOver("pin-declined")]

    @_take.register
    def _(self, fact: facts.PinEntered) -> list[Step]:
        if self._phase is not Phase.ENTERING_PIN:
            return []
        assert self._pin_page_seen is not None  # _enter saw it
        may_type = fact.outcome not in (facts.PinOutcome.PAGE_CHANGED, facts.PinOutcome.NOT_SENT)
        guarded = self._hand_over(self._pin_page_seen) if may_type else self._shut(self._window)
        return [*guarded, *self._say(trouble.of_entry(fact.outcome))]

    @_take.register
    def _(self, _: facts.PinPosted) -> list[Step]:
        if self._phase not in (*AT_PIN_PAGE, Phase.ENTERING_PIN, Phase.PERSON):
            return []
        self._phase = Phase.SUBMITTED
        self._pin_has_left = True
        self._looks = 0
        self._told_after_pin = None
        return [steps.Tell(StageReport(Stage.PIN_SUBMITTED))]

    @_take.register
    def _(self, fact: facts.TargetBlocked) -> list[Step]:
        if self._phase is Phase.ENDED:
            return []
        target = facts.without_query(fact.url)
        if fact.pin_is_out or self._phase in PIN_IS_OUT:
            return self._fail(trouble.AFTER_PIN["pin-target-unexpected"], target=target)
        shut = self._shut(self._window)
        return [*shut, *self._fail("pin-target-unexpected", target=target)]

    def _is_page_of_pin(self, seen: facts.PageSeen) -> bool:
        page = self._pin_page_seen
        return page is not None and bool(seen.document) and seen.document == page.document

    def _pin_page(self, seen: facts.PageSeen) -> list[Step]:
        told: list[Step] = []
        if self._certificate_sent and not self._pin_page_told:
            self._pin_page_told = True
            told = [steps.Tell(StageReport(Stage.PIN_PAGE))]
        if self._certificate_sent and self._plan.until is Until.PIN:
            self._phase = Phase.ENDED
            return [*told, steps.End(None)]
        fault = self._pin_fault(seen)
        if fault is not None:
            again = self._look_again(seen) if fault == "pin-field-missing" else []
            return [*told, *(again or self._refuse(seen, fault))]
        if self._press_unused:
            return [*told, *self._enter(seen)]
        return [*told, *self._ask_for_pin(seen)]

    def _ask_for_pin(self, seen: facts.PageSeen) -> list[Step]:
        if self._plan.until is not None:
            return self._fail("pin-missing")
        self._pin_page_seen = seen
        if self._has_pad:
            self._phase = Phase.ASKING_FOR_PIN
            return [steps.AskPin()]
        self._phase = Phase.PERSON_TYPES_PIN
        return [*self._hand_over(seen), steps.HandOver("type-pin")]

    def _pin_page_stands(self, seen: facts.PageSeen) -> list[Step]:
        """The page is there, or there again, while the person is at the PIN: guard it anew."""
        fault = self._pin_fault(seen)
        if fault is not None:
            return self._refuse(seen, fault)
        self._pin_page_seen = seen
        return [] if self._phase is Phase.ASKING_FOR_PIN else self._hand_over(seen)

    def _at_press(
        self, seen: facts.PageSeen, failure: str | None, *, asks_for_pin: bool
    ) -> list[Step]:
        """Enter after a press, if it is still the page that the person was asked for."""
        if failure is not None and failure not in _PIN_NOT_TAKEN:
            return self._fail(failure)
        if not asks_for_pin:
            return self._fail("pin-page-changed")
        fault = self._pin_fault(seen)
        return self._enter(seen) if fault is None else self._refuse(seen, fault)

    def _enter(self, seen: facts.PageSeen) -> list[Step]:
        """The only way to an entry: it uses the press up."""
        assert self._press_unused
        self._press_unused = False
        self._pin_page_seen = seen
        self._guarded = None  # the entry has a rule of its own
        self._phase = Phase.ENTERING_PIN
        return [pin_guard.entry(seen, self._plan.bank)]

    def _pin_not_taken(self, seen: facts.PageSeen, page: Recognised, code: str) -> list[Step]:
        """The bank wants another PIN on this page: the person decides, and presses again."""
        words = page.failure_words
        detail = {"words": words} if words else {}
        if self._plan.until is not None:
            return self._fail(code, **detail)
        if self._pin_fault(seen) is not None:
            return [*self._shut(seen.window), *self._fail(code, **detail)]
        self._pin_page_seen = seen
        told = steps.Tell(StageReport(Stage.FAILED, code, detail))
        self._told_after_pin = None
        if self._has_pad:
            self._phase = Phase.ASKING_FOR_PIN
            return [told, steps.AskPin(words, after_wrong=True)]
        self._phase = Phase.PERSON_TYPES_PIN
        return [told, *self._hand_over(seen)]

    def _pin_fault(self, seen: facts.PageSeen) -> str | None:
        return pin_guard.fault(seen, self._plan.bank, self._sent_to)

    def _refuse(self, seen: facts.PageSeen, code: str) -> list[Step]:
        """No PIN into this page: not by us, and no form of it leaves for the person either."""
        return [*self._shut(seen.window), *self._fail(code)]

    def _hand_over(self, seen: facts.PageSeen) -> list[Step]:
        """Let the person type: the page's form may leave to the agreed target."""
        return self._guard(seen.window, pin_guard.target(seen))

    def _shut(self, window: int) -> list[Step]:
        return self._guard(window, "")

    def _guard(self, window: int, target: str) -> list[Step]:
        if self._plan.until is not None:
            return []  # nobody is there to type
        self._guarded = window
        return [steps.GuardPin(window, target)]

    def _lift_guard(self, window: int) -> list[Step]:
        """Another page stands where the PIN page was, or none."""
        if window != self._guarded:
            return []
        self._guarded = None
        return [steps.LiftGuard()]

    # What goes wrong

    @_take.register
    def _(self, fact: facts.LoadFailed) -> list[Step]:
        if fact.error == errors.ABORTED:
            self._came_to_nothing = True
            return []
        if self._phase in (Phase.PERSON, *AT_PIN_PAGE):
            # The session goes on when the network does; what was refused here has been told.
            return [] if fact.error in errors.REFUSED_HERE else [steps.HandOver("load-failed")]
        if not self._turn_to(fact.window, known=False):
            return []
        if self._phase in (Phase.ENDED, Phase.PROBING):
            return []
        return self._say(trouble.of_load(fact, self._standing), fact.url)

    @_take.register
    def _(self, fact: facts.ProxyFailed) -> list[Step]:
        settled = (*PIN_IS_OUT, *AT_PIN_PAGE, Phase.PERSON, Phase.PROBING, Phase.ENDED)
        if self._phase in settled or not self._turn_to(fact.load.window, known=False):
            return self.handle(fact.load)
        return self._fail(fact.code, proxy=fact.proxy, error=str(fact.load.error))

    @_take.register
    def _(self, fact: facts.ServerCertificateRejected) -> list[Step]:
        if self._phase is Phase.PERSON or not self._concerns(fact.window):
            return []  # one of a session's pages; the session itself lives on
        verdict = server_identity.judge(fact, moment.now())
        return self._fail(verdict.code, **verdict.detail)

    @_take.register
    def _(self, fact: facts.ServerExamined) -> list[Step]:
        if self._phase is Phase.ENDED or fact.code is None:
            return []
        return [*self._shut(self._window), *self._fail(fact.code, **fact.detail)]

    @_take.register
    def _(self, fact: facts.PasswordAsked) -> list[Step]:
        if self._phase is Phase.ENDED:
            return []
        if self._phase in PERSON_ACTS:
            return [steps.HandOver("password-asked")]
        if not self._concerns(fact.window):
            return []
        return self._fail(self._named("password-asked"), address=facts.without_query(fact.url))

    @_take.register
    def _(self, fact: facts.NavigationBlocked) -> list[Step]:
        if self._phase in PERSON_ACTS or not self._concerns(fact.window):
            return []
        code = self._named("outside-allowed-hosts")
        return self._fail(code, address=facts.without_query(fact.url))

    @_take.register
    def _(self, fact: facts.RendererEnded) -> list[Step]:
        if self._phase is Phase.PERSON or not self._concerns(fact.window):
            return []  # one of a session's pages, as above
        return self._fail(self._named("renderer-ended"))

    @_take.register
    def _(self, _: facts.QuestionAsked) -> list[Step]:
        if self._phase not in WAITING_FOR_A_SERVER:
            return []
        return self._fail("page-asks")

    @_take.register
    def _(self, _: facts.TimedOut) -> list[Step]:
        if self._phase not in WAITING_FOR_A_SERVER:
            return []
        named = trouble.of_silence(self._standing)
        # The answer to a PIN may still come, and tells whether it was taken.
        waits_on = self._phase not in (Phase.TO_LOGON_PAGE, Phase.TO_PIN_PAGE)
        stopped: list[Step] = [] if waits_on else [steps.StopLoading(self._window)]
        return [*stopped, *self._say(named)]

    def _named(self, code: str) -> str:
        """The code's own variant for what happened when the PIN was on its way, or later."""
        return trouble.AFTER_PIN[code] if self._phase in PIN_IS_OUT else code

    # Before the PIN

    def _before_pin(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        if seen.status >= 500 or seen.status == errors.TOO_MANY_REQUESTS:
            return self._fail("server-error", status=str(seen.status))
        if page.is_pin_page:
            return self._pin_page(seen)
        if seen.status >= 400:
            return self._no_pin_page(seen)
        if self._phase is Phase.READING_NOTICES:
            return []
        if self._phase is Phase.TO_LOGON_PAGE:
            if page.is_logon_page:
                return self._at_logon_page(seen, page)
            if page.start_link is not None and self._start_links < START_LINKS:
                self._start_links += 1
                return [steps.FollowLink(seen.window, page.start_link.index, page.start_link.text)]
        return self._look_again(seen) or self._no_pin_page(seen)

    def _at_logon_page(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        if page.logon_link is None:
            return self._look_again(seen) or self._fail("logon-link-not-found")
        digest = page.notices_digest()
        told: list[Step] = []
        if self._logon_page is None:
            told = [steps.Tell(StageReport(Stage.LOGON_PAGE, None, {"notices": digest}))]
        self._logon_page = seen
        if self._plan.stop_at_notices and digest != self._plan.seen_notices:
            self._phase = Phase.READING_NOTICES
            return [*told, steps.HandOver("notices")]
        return [*told, *self._follow_logon_link(seen)]

    def _follow_logon_link(self, seen: facts.PageSeen) -> list[Step]:
        link = Recognised(seen, self._plan.bank.pages).logon_link
        assert link is not None  # _at_logon_page looked
        self._phase = Phase.TO_PIN_PAGE
        self._link_followed = True
        self._newest_at_link = self._newest
        return [steps.FollowLink(seen.window, link.index, link.text)]

    def _no_pin_page(self, seen: facts.PageSeen) -> list[Step]:
        named = trouble.of_page_before_pin(seen, self._plan.bank, self._standing)
        return self._say(named, seen.url)

    # After the PIN

    def _after_pin(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        if page.is_top_page and (self._pin_has_left or not seen.asks_for_secret):
            self._holds.end()
        if page.is_top_page:
            self._phase = Phase.ENDED if self._plan.until is not None else Phase.PERSON
            if self._told_after_pin is Stage.TOP_PAGE:
                return []
            self._told_after_pin = Stage.TOP_PAGE
            return [steps.Tell(StageReport(Stage.TOP_PAGE)), steps.End(None)]
        if self._phase is Phase.PERSON:
            is_news = page.is_other_authentication and self._told_after_pin is None
            return self._leave_to_person(None) if is_news else []
        refused = trouble.of_status_after_pin(seen.status)
        if refused is not None:
            return self._say(refused)
        if page.is_other_authentication:
            return self._leave_to_person(None)
        again = self._look_again(seen)
        if again:
            return again
        named = trouble.of_page_after_pin(page)
        if named is None:
            return self._leave_to_person("page-not-recognised")
        if named.code in _PIN_NOT_TAKEN:
            return self._pin_not_taken(seen, page, named.code)
        return self._say(named)

    def _leave_to_person(self, code: str | None) -> list[Step]:
        if code is None and self._pin_has_left:
            self._holds.end()
        told = steps.Tell(StageReport(Stage.OTHER_AUTHENTICATION, code))
        if self._plan.until is None:
            self._phase = Phase.PERSON
            self._told_after_pin = Stage.OTHER_AUTHENTICATION
            return [told, steps.HandOver(code or "other-authentication")]
        if self._plan.until is Until.OTHER and code is None:
            self._phase = Phase.ENDED
            return [told, steps.End(None)]
        return [told, *self._fail(code or "other-authentication")]

    # Shared

    @property
    def _stands(self) -> Standing:
        return Standing(
            phase=self._phase,
            window=self._window,
            on_the_way=self._certificate_sent or self._link_followed,
            certificate_sent_to=self._sent_to,
            pin_has_left=self._pin_has_left,
            guarded=self._guarded is not None,
            answered_by=self._pin_page_seen if self._phase is Phase.SUBMITTED else None,
        )

    @property
    def _standing(self) -> trouble.Standing:
        return trouble.Standing(
            self._phase, self._certificate_sent, self._refused_host, self._came_to_nothing
        )

    def _look_again(self, seen: facts.PageSeen) -> list[Step]:
        if self._looks >= LOOKS:
            return []
        self._looks += 1
        return [steps.LookAgain(seen.window, LOOK_AGAIN_MS)]

    def _say(self, named: Trouble, url: str = "") -> list[Step]:
        """Fail with what was named; where only the server knows, ask it first (``url``'s)."""
        if named.code is not None:
            return self._fail(named.code, **named.detail)
        place = self._asked_at
        reached = facts.origin(url)
        if place is None and reached is not None:
            place = reached[1:]
        if place is None:
            return self._fail("certificate-not-sent")
        self._phase = Phase.PROBING
        return [steps.ProbeIssuers(*place)]

    def _fail(self, code: str, **detail: str) -> list[Step]:
        """End the automatic part; a person who is there may still go on by hand."""
        # What was typed is taken back; what the page has made of it must not leave either.
        is_entering = self._phase is Phase.ENTERING_PIN and self._guarded is None
        shut = self._shut(self._window) if is_entering else []
        self._phase = Phase.PERSON if self._plan.until is None else Phase.ENDED
        self._press_unused = False
        self._told_after_pin = None
        return [*shut, steps.Tell(StageReport(Stage.FAILED, code, detail)), steps.End(code)]
