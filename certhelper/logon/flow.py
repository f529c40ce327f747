"""The log-on as a state machine: a fact comes in, the next steps go out.

Nothing here knows a browser.  The rules that guard money are here and nowhere else:

* a certificate goes only to a host that the profile names exactly;
* the PIN is entered only after the certificate was sent, only on a host that may be sent the
  certificate, only into the one field whose target is what the profile says, and only once in the
  life of a flow (gate.py sees to it that it leaves once, too);
* after the PIN nothing is loaded, clicked or sent again by the program.

The module is long because the order of events is one idea: whoever reads a rule must be able to see
every other that may come before or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import singledispatchmethod
from urllib.parse import urlsplit

from certhelper.bank import Bank
from certhelper.logon import errors, facts, steps
from certhelper.logon.recognition import Recognised
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.steps import Step

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
    ``seen_notices`` is the digest of the notices that the person has read; with
    ``stop_at_notices`` others stop the flow until the person goes on.
    """

    bank: Bank
    certificate: str
    issuers: tuple[bytes, ...]
    until: Until | None
    pin_given: bool
    stop_at_notices: bool = False
    seen_notices: str = ""
    load_limit_ms: int = LOAD_LIMIT_MS


class _Phase(Enum):
    TO_LOGON_PAGE = auto()
    READING_NOTICES = auto()
    TO_PIN_PAGE = auto()
    PROBING = auto()
    PERSON_TYPES_PIN = auto()
    ENTERING_PIN = auto()
    SUBMITTED = auto()
    PERSON = auto()
    ENDED = auto()


_WAITING_FOR_A_SERVER = frozenset(
    {
        _Phase.TO_LOGON_PAGE,
        _Phase.TO_PIN_PAGE,
        _Phase.PROBING,
        _Phase.ENTERING_PIN,
        _Phase.SUBMITTED,
    }
)
_PIN_IS_OUT = frozenset({_Phase.ENTERING_PIN, _Phase.SUBMITTED})
_PERSON_ACTS = frozenset({_Phase.READING_NOTICES, _Phase.PERSON_TYPES_PIN, _Phase.PERSON})


class Flow:
    """One attempt to log on.  Feed :meth:`handle`; carry out what it returns, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._phase = _Phase.TO_LOGON_PAGE
        self._windows = {0}
        self._window = 0
        self._looks = 0
        self._start_links = 0
        self._asked_at: tuple[str, int] | None = None
        self._certificate_sent = False
        self._refused_host = ""
        self._pin_page_told = False
        self._top_page_told = False
        self._logon_page: facts.PageSeen | None = None
        self._page_held: facts.PageSeen | None = None
        self._came_to_nothing = False

    def begin(self) -> list[Step]:
        """The first step: the profile's start page."""
        return [steps.Open(self._plan.bank.site.start_url)]

    @property
    def window(self) -> int:
        """The window in which the log-on goes on."""
        return self._window

    @property
    def limit_ms(self) -> int | None:
        """How long the step under way may take; ``None`` while nothing is waited for."""
        return self._plan.load_limit_ms if self._phase in _WAITING_FOR_A_SERVER else None

    @singledispatchmethod
    def handle(self, fact: facts.Fact) -> list[Step]:
        """Return what to do next.  Raises ``TypeError`` for what is no fact."""
        raise TypeError(f"no fact: {type(fact).__name__}")

    # Certificates

    @handle.register
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
        self._certificate_sent = True
        sent = StageReport(
            Stage.CERTIFICATE_SENT, None, {"host": host, "sha256": self._plan.certificate}
        )
        return [*answer, steps.SendCertificate(self._plan.certificate), steps.Tell(sent)]

    @handle.register
    def _(self, fact: facts.IssuersProbed) -> list[Step]:
        if self._phase is not _Phase.PROBING:
            return []
        accepted = "、".join(fact.issuer_names[:5])
        if fact.outcome is facts.ProbeOutcome.NEVER_ASKED:
            return self._fail("certificate-not-requested")
        if fact.outcome is facts.ProbeOutcome.UNKNOWN:
            return self._fail("certificate-not-sent")
        if fact.issuers and not set(fact.issuers) & set(self._plan.issuers):
            return self._fail("no-certificate-fits", accepted=accepted)
        return self._fail("certificate-not-offered", accepted=accepted)

    # Pages and windows

    @handle.register
    def _(self, fact: facts.PageSeen) -> list[Step]:
        self._windows.add(fact.window)
        self._came_to_nothing = False
        if self._phase in (_Phase.ENDED, _Phase.PROBING) or facts.origin(fact.url) is None:
            return []
        if self._phase is _Phase.ENTERING_PIN:
            self._page_held = fact  # it moved before the entry reported what was sent
            return []
        page = Recognised(fact, self._plan.bank.pages)
        if not self._turn_to(fact.window, known=page.is_known):
            return []
        if page.failure is not None:
            return self._fail(page.failure)
        if self._phase is _Phase.PERSON_TYPES_PIN and not page.is_pin_page:
            self._phase = _Phase.SUBMITTED
            told = steps.Tell(StageReport(Stage.PIN_SUBMITTED))
            return [told, *self._after_pin(fact, page)]
        if self._phase in (_Phase.SUBMITTED, _Phase.PERSON):
            return self._after_pin(fact, page)
        return self._before_pin(fact, page)

    @handle.register
    def _(self, fact: facts.WindowClosed) -> list[Step]:
        self._windows.discard(fact.window)
        if fact.window != self._window or not self._windows:
            return []
        self._window = max(self._windows)
        if self._phase in _WAITING_FOR_A_SERVER and self._phase is not _Phase.PROBING:
            return [steps.LookAgain(self._window, 0)]
        return []

    def _turn_to(self, window: int, *, known: bool) -> bool:
        """Whether a window's page counts: the one in hand, or one that carries the log-on on.

        A pop-up beside the log-on (お知らせ) is none of ours.  One that opens after the log-on
        link was followed is what the link opened, known or not.
        """
        opened_by_link = self._phase is _Phase.TO_PIN_PAGE and window > self._window
        if window != self._window and (known or opened_by_link):
            self._window = window
            self._looks = 0
        return window == self._window

    @handle.register
    def _(self, _: facts.PersonContinued) -> list[Step]:
        if self._phase is not _Phase.READING_NOTICES or self._logon_page is None:
            return []
        return self._follow_logon_link(self._logon_page)

    @handle.register
    def _(self, fact: facts.LinkGone) -> list[Step]:
        if self._phase not in (_Phase.TO_LOGON_PAGE, _Phase.TO_PIN_PAGE):
            return []
        self._phase = _Phase.TO_LOGON_PAGE
        return [steps.LookAgain(fact.window, LOOK_AGAIN_MS)]

    # The PIN

    @handle.register
    def _(self, fact: facts.PinEntered) -> list[Step]:
        if self._phase is not _Phase.ENTERING_PIN:
            return []
        match fact.outcome:
            case facts.PinOutcome.SUBMITTED:
                self._phase = _Phase.SUBMITTED
                self._looks = 0
                told = steps.Tell(StageReport(Stage.PIN_SUBMITTED))
                held, self._page_held = self._page_held, None
                return [told, *(self.handle(held) if held else [])]
            case facts.PinOutcome.PAGE_CHANGED:
                return self._fail("pin-page-changed")
            case facts.PinOutcome.FIELD_TOO_SHORT:
                return self._fail("pin-field-too-short")
            case facts.PinOutcome.NOT_TAKEN:
                return self._fail("pin-not-taken")

    @handle.register
    def _(self, fact: facts.TargetBlocked) -> list[Step]:
        if self._phase is _Phase.ENDED:
            return []
        return self._fail("pin-target-unexpected", target=facts.without_query(fact.url))

    # What goes wrong

    @handle.register
    def _(self, fact: facts.LoadFailed) -> list[Step]:
        if fact.error == errors.ABORTED:
            self._came_to_nothing = True
            return []
        if self._phase is _Phase.PERSON:
            return [steps.HandOver("load-failed")]  # the session goes on when the network does
        if not self._turn_to(fact.window, known=False):
            return []
        if self._phase in (_Phase.ENDED, _Phase.PROBING):
            return []
        number = str(fact.error)
        if self._phase in _PIN_IS_OUT or self._phase is _Phase.PERSON_TYPES_PIN:
            code = errors.code_after_pin(fact.error, unanswered=fact.posting)
            return self._fail(code, error=number)
        code = errors.code_of(fact.error)
        if fact.error in errors.REFUSED_BY_SERVER or code in ("certificate-needed", "tls-failed"):
            if self._certificate_sent and fact.error in errors.REFUSED_BY_SERVER:
                return self._fail("certificate-refused", error=number)
            if self._certificate_sent:
                return self._fail(code, error=number)
            if self._refused_host:
                return self._fail("certificate-host-not-allowed", host=self._refused_host)
            return self._probe(fact.url)
        return self._fail(code, error=number, address=facts.without_query(fact.url))

    @handle.register
    def _(self, fact: facts.ServerCertificateRejected) -> list[Step]:
        if self._phase is _Phase.ENDED:
            return []
        return self._fail(
            errors.code_of(fact.error),
            error=str(fact.error),
            address=facts.without_query(fact.url),
        )

    @handle.register
    def _(self, fact: facts.PasswordAsked) -> list[Step]:
        if self._phase is _Phase.ENDED:
            return []
        if self._phase in _PERSON_ACTS:
            return [steps.HandOver("password-asked")]
        code = "password-asked-after-pin" if self._phase in _PIN_IS_OUT else "password-asked"
        return self._fail(code, address=facts.without_query(fact.url))

    @handle.register
    def _(self, fact: facts.NavigationBlocked) -> list[Step]:
        if self._phase in (_Phase.ENDED, *_PERSON_ACTS):
            return []
        code = "outside-allowed-hosts"
        if self._phase in _PIN_IS_OUT:
            code = "outside-allowed-hosts-after-pin"
        return self._fail(code, address=facts.without_query(fact.url))

    @handle.register
    def _(self, _: facts.RendererEnded) -> list[Step]:
        if self._phase is _Phase.ENDED:
            return []
        if self._phase is _Phase.PERSON:
            return self._fail("renderer-ended-in-session")
        after = self._phase in _PIN_IS_OUT
        return self._fail("renderer-ended-after-pin" if after else "renderer-ended")

    @handle.register
    def _(self, _: facts.QuestionAsked) -> list[Step]:
        if self._phase not in _WAITING_FOR_A_SERVER:
            return []
        return self._fail("page-asks")

    @handle.register
    def _(self, _: facts.TimedOut) -> list[Step]:
        if self._phase not in _WAITING_FOR_A_SERVER:
            return []
        if self._phase is _Phase.PROBING:
            return self._fail("certificate-not-sent")
        code = "no-page" if self._came_to_nothing else "no-answer"
        return self._fail(f"{code}-after-pin" if self._phase in _PIN_IS_OUT else code)

    # Before the PIN

    def _before_pin(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        if seen.status >= 500 or seen.status == errors.TOO_MANY_REQUESTS:
            return self._fail("server-error", status=str(seen.status))
        if page.is_pin_page:
            return self._pin_page(seen)
        if seen.status >= 400:
            return self._no_pin_page(seen)
        if self._phase is _Phase.READING_NOTICES:
            return []
        if self._phase is _Phase.TO_LOGON_PAGE:
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
            self._phase = _Phase.READING_NOTICES
            return [*told, steps.HandOver("notices")]
        return [*told, *self._follow_logon_link(seen)]

    def _follow_logon_link(self, seen: facts.PageSeen) -> list[Step]:
        link = Recognised(seen, self._plan.bank.pages).logon_link
        assert link is not None  # _at_logon_page looked
        self._phase = _Phase.TO_PIN_PAGE
        return [steps.FollowLink(seen.window, link.index, link.text)]

    def _no_pin_page(self, seen: facts.PageSeen) -> list[Step]:
        """The page that came is not the PIN page: say why, as far as it can be known."""
        place = facts.origin(seen.url)
        at_certificate_host = place is not None and self._plan.bank.may_send_certificate(*place[1:])
        if self._refused_host and not self._certificate_sent:
            return self._fail("certificate-host-not-allowed", host=self._refused_host)
        if seen.status == 403 and errors.ASKED_TOO_LATE in seen.text:
            return self._fail("certificate-asked-too-late")
        if self._certificate_sent and seen.status in (400, 401, 403):
            return self._fail("certificate-refused", error=str(seen.status))
        on_the_way = self._phase is _Phase.TO_PIN_PAGE or at_certificate_host
        if on_the_way and not self._certificate_sent:
            return self._probe(seen.url)
        if seen.status >= 400:
            return self._fail("page-refused", status=str(seen.status))
        return self._fail("unknown-page", address=facts.without_query(seen.url))

    def _probe(self, url: str) -> list[Step]:
        """Ask the server itself whether it asks for a certificate and whose it accepts."""
        place = self._asked_at
        reached = facts.origin(url)
        if place is None and reached is not None:
            place = reached[1:]
        if place is None:
            return self._fail("certificate-not-sent")
        self._phase = _Phase.PROBING
        return [steps.ProbeIssuers(*place)]

    def _pin_page(self, seen: facts.PageSeen) -> list[Step]:
        if not self._certificate_sent:
            return self._fail("pin-page-without-certificate")
        told: list[Step] = []
        if not self._pin_page_told:
            self._pin_page_told = True
            told = [steps.Tell(StageReport(Stage.PIN_PAGE))]
        if self._plan.until is Until.PIN:
            self._phase = _Phase.ENDED
            return [*told, steps.End(None)]
        if self._phase is _Phase.PERSON_TYPES_PIN:
            return []
        if self._plan.bank.pin.entry == "page" or not self._plan.pin_given:
            return [*told, *self._person_types_pin()]
        refusal = self._pin_field_fault(seen)
        if refusal is not None:
            again = self._look_again(seen) if refusal == "pin-field-missing" else []
            return [*told, *(again or self._fail(refusal))]
        place = urlsplit(seen.url)
        self._phase = _Phase.ENTERING_PIN
        enter = steps.EnterPin(
            window=seen.window,
            origin=f"https://{place.netloc}",
            target=facts.without_query(seen.password_fields_used()[0].target),
            field=self._plan.bank.pages.pin.field,
            by_keys=self._plan.bank.pin.entry == "keys",
        )
        return [*told, enter]

    def _person_types_pin(self) -> list[Step]:
        if self._plan.until is not None:
            return self._fail("pin-missing")
        self._phase = _Phase.PERSON_TYPES_PIN
        return [steps.HandOver("type-pin")]

    def _pin_field_fault(self, seen: facts.PageSeen) -> str | None:
        """Why the PIN may not be typed into this page, or ``None``."""
        place = facts.origin(seen.url)
        if place is None or not self._plan.bank.may_send_certificate(*place[1:]):
            return "pin-host-not-allowed"
        fields = seen.password_fields_used()
        if not fields:
            return "pin-field-missing"
        if len(fields) > 1:
            return "pin-field-ambiguous"
        if facts.origin(fields[0].target) != place or fields[0].method != "post":
            return "pin-target-unexpected"
        wanted = self._plan.bank.pages.pin.form_action
        if wanted and urlsplit(fields[0].target).path != wanted:
            return "pin-target-unexpected"
        return None

    # After the PIN

    def _after_pin(self, seen: facts.PageSeen, page: Recognised) -> list[Step]:
        if page.is_top_page:
            self._phase = _Phase.ENDED if self._plan.until is not None else _Phase.PERSON
            if self._top_page_told:
                return []
            self._top_page_told = True
            return [steps.Tell(StageReport(Stage.TOP_PAGE)), steps.End(None)]
        if self._phase is _Phase.PERSON:
            return []
        if seen.status >= 500:
            return self._fail("server-error-after-pin", status=str(seen.status))
        if seen.status >= 400:
            return self._fail("page-refused-after-pin", status=str(seen.status))
        if page.is_other_authentication:
            return self._leave_to_person(None)
        again = self._look_again(seen)
        if again:
            return again
        if page.is_pin_page:
            return self._fail("pin-page-again")
        if page.is_blank:
            return self._fail("blank-page-after-pin")
        return self._leave_to_person("page-not-recognised")

    def _leave_to_person(self, code: str | None) -> list[Step]:
        told = steps.Tell(StageReport(Stage.OTHER_AUTHENTICATION, code))
        if self._plan.until is None:
            self._phase = _Phase.PERSON
            return [told, steps.HandOver(code or "other-authentication")]
        if self._plan.until is Until.OTHER and code is None:
            self._phase = _Phase.ENDED
            return [told, steps.End(None)]
        return [told, *self._fail(code or "other-authentication")]

    # Shared

    def _look_again(self, seen: facts.PageSeen) -> list[Step]:
        if self._looks >= LOOKS:
            return []
        self._looks += 1
        return [steps.LookAgain(seen.window, LOOK_AGAIN_MS)]

    def _fail(self, code: str, **detail: str) -> list[Step]:
        """End the automatic part; a person who is there may still go on by hand."""
        self._phase = _Phase.PERSON if self._plan.until is None else _Phase.ENDED
        return [steps.Tell(StageReport(Stage.FAILED, code, detail)), steps.End(code)]
