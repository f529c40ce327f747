"""The log-on as a state machine: a fact comes in, the next steps go out.

Nothing here knows a browser.  The rules that guard money are here and nowhere else:

* a certificate goes only to a host that the profile names exactly;
* the PIN is entered only after the certificate was sent, only into the one field whose page and
  target are what the profile says, and only once in the life of a flow;
* after the PIN nothing is loaded, clicked or sent again by the program.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum, auto
from functools import singledispatchmethod
from urllib.parse import urlsplit

from certhelper.bank import Bank
from certhelper.logon import errors, facts, steps
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.logon.steps import Step

LOAD_LIMIT_MS = 30_000
"""How long one step may take before it is called unanswered."""

LOOK_AGAIN_MS = 300
LOOKS = 12
"""A page that fills itself by script, or sends the browser on, gets about 3.5 s to do so."""


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


class Flow:
    """One attempt to log on.  Feed :meth:`handle`; carry out what it returns, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._phase = _Phase.TO_LOGON_PAGE
        self._window = 0
        self._looks = 0
        self._asked_at: tuple[str, int] | None = None
        self._certificate_sent = False
        self._refused_host = ""
        self._pin_page_told = False
        self._logon_page: facts.PageSeen | None = None
        self._page_held: facts.PageSeen | None = None

    def begin(self) -> list[Step]:
        """The first step: the profile's start page."""
        return [steps.Open(self._plan.bank.site.start_url)]

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
        detail = {"host": host, "offered": list(fact.offered)}
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

    # Pages

    @handle.register
    def _(self, fact: facts.PageSeen) -> list[Step]:
        if self._phase in (_Phase.ENDED, _Phase.PROBING) or facts.origin(fact.url) is None:
            return []
        if fact.window < self._window:
            return []
        self._window = fact.window
        code = self._failure_on(fact)
        if code is not None and self._phase is not _Phase.ENTERING_PIN:
            return self._fail(code)
        if self._phase in (_Phase.SUBMITTED, _Phase.PERSON, _Phase.ENTERING_PIN):
            return self._after_pin(fact)
        return self._before_pin(fact)

    @handle.register
    def _(self, fact: facts.WindowClosed) -> list[Step]:
        if fact.window == self._window and self._window > 0:
            self._window -= 1
        return []

    @handle.register
    def _(self, _: facts.PersonContinued) -> list[Step]:
        if self._phase is not _Phase.READING_NOTICES or self._logon_page is None:
            return []
        return self._follow_logon_link(self._logon_page)

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
        if fact.error == errors.ABORTED or fact.window < self._window:
            return []
        if self._phase in (_Phase.ENDED, _Phase.PROBING, _Phase.PERSON):
            return []
        number = str(fact.error)
        if self._phase in _PIN_IS_OUT:
            return self._fail("connection-lost-after-pin", error=number)
        code = errors.code_of(fact.error)
        if fact.error in errors.REFUSED_BY_SERVER or code in ("certificate-needed", "tls-failed"):
            if self._certificate_sent:
                refused = "tls-failed" if code == "tls-failed" else "certificate-refused"
                return self._fail(refused, error=number)
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
    def _(self, fact: facts.NavigationBlocked) -> list[Step]:
        if self._phase in (_Phase.ENDED, _Phase.PERSON):
            return []
        return self._fail("outside-allowed-hosts", address=facts.without_query(fact.url))

    @handle.register
    def _(self, _: facts.RendererEnded) -> list[Step]:
        if self._phase is _Phase.ENDED:
            return []
        after = self._phase in _PIN_IS_OUT
        return self._fail("renderer-ended-after-pin" if after else "renderer-ended")

    @handle.register
    def _(self, _: facts.TimedOut) -> list[Step]:
        if self._phase not in _WAITING_FOR_A_SERVER:
            return []
        if self._phase is _Phase.PROBING:
            return self._fail("certificate-not-sent")
        after = self._phase in _PIN_IS_OUT
        return self._fail("no-answer-after-pin" if after else "no-answer")

    # Before the PIN

    def _before_pin(self, page: facts.PageSeen) -> list[Step]:
        pages = self._plan.bank.pages
        if page.status >= 500:
            return self._fail("server-error", status=str(page.status))
        if _has_markers(page, pages.pin.markers):
            return self._pin_page(page)
        if page.status >= 400:
            return self._no_pin_page(page)
        if self._phase is _Phase.TO_LOGON_PAGE:
            if self._is_logon_page(page):
                return self._at_logon_page(page)
            link = _find_link(page, pages.start.link_text)
            if link is not None:
                return [steps.FollowLink(page.window, link.index, link.text)]
        if self._phase in (_Phase.READING_NOTICES, _Phase.PERSON_TYPES_PIN):
            return []
        return self._look_again(page) or self._no_pin_page(page)

    def _is_logon_page(self, page: facts.PageSeen) -> bool:
        logon = self._plan.bank.pages.logon
        if logon.markers:
            return _has_markers(page, logon.markers)
        return _find_link(page, logon.link_text) is not None

    def _at_logon_page(self, page: facts.PageSeen) -> list[Step]:
        if _find_link(page, self._plan.bank.pages.logon.link_text) is None:
            return self._look_again(page) or self._fail("logon-link-not-found")
        digest = notices_digest(page.text, self._plan.bank.pages.logon.link_text)
        self._logon_page = page
        told = steps.Tell(StageReport(Stage.LOGON_PAGE, None, {"notices": digest}))
        if self._plan.stop_at_notices and digest != self._plan.seen_notices:
            self._phase = _Phase.READING_NOTICES
            return [told, steps.HandOver("notices")]
        return [told, *self._follow_logon_link(page)]

    def _follow_logon_link(self, page: facts.PageSeen) -> list[Step]:
        link = _find_link(page, self._plan.bank.pages.logon.link_text)
        assert link is not None  # _at_logon_page looked
        self._phase = _Phase.TO_PIN_PAGE
        self._looks = 0
        return [steps.FollowLink(page.window, link.index, link.text)]

    def _no_pin_page(self, page: facts.PageSeen) -> list[Step]:
        """The page that came is not the PIN page: say why, as far as it can be known."""
        place = facts.origin(page.url)
        at_certificate_host = place is not None and self._plan.bank.may_send_certificate(*place[1:])
        if self._refused_host and not self._certificate_sent:
            return self._fail("certificate-host-not-allowed", host=self._refused_host)
        if self._certificate_sent and page.status in (400, 401, 403):
            return self._fail("certificate-refused", error=str(page.status))
        on_the_way = self._phase is _Phase.TO_PIN_PAGE or at_certificate_host
        if on_the_way and not self._certificate_sent:
            return self._probe(page.url)
        if page.status >= 400:
            return self._fail("page-refused", status=str(page.status))
        return self._fail("unknown-page", address=facts.without_query(page.url))

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

    def _pin_page(self, page: facts.PageSeen) -> list[Step]:
        if not self._certificate_sent:
            return self._fail("pin-page-without-certificate")
        told: list[Step] = []
        if not self._pin_page_told:
            self._pin_page_told = True
            told = [steps.Tell(StageReport(Stage.PIN_PAGE))]
        if self._plan.until is Until.PIN:
            self._phase = _Phase.ENDED
            return [*told, steps.End(None)]
        if self._plan.bank.pin.entry == "page" or not self._plan.pin_given:
            return [*told, *self._person_types_pin()]
        refusal = self._pin_field_fault(page)
        if refusal is not None:
            again = self._look_again(page) if refusal == "pin-field-missing" else []
            return [*told, *(again or self._fail(refusal))]
        place = urlsplit(page.url)
        self._phase = _Phase.ENTERING_PIN
        enter = steps.EnterPin(
            window=page.window,
            origin=f"https://{place.netloc}",
            target=facts.without_query(page.password_fields_used()[0].target),
            field=self._plan.bank.pages.pin.field,
            by_keys=self._plan.bank.pin.entry == "keys",
        )
        return [*told, enter]

    def _person_types_pin(self) -> list[Step]:
        if self._plan.until is not None:
            return self._fail("pin-missing")
        self._phase = _Phase.PERSON_TYPES_PIN
        return [steps.HandOver("type-pin")]

    def _pin_field_fault(self, page: facts.PageSeen) -> str | None:
        """Why the PIN may not be typed into this page, or ``None``."""
        place = facts.origin(page.url)
        if place is None or not self._plan.bank.allows(*place):
            return "outside-allowed-hosts"
        fields = page.password_fields_used()
        if not fields:
            return "pin-field-missing"
        if len(fields) > 1:
            return "pin-field-ambiguous"
        target = facts.origin(fields[0].target)
        if target != place or fields[0].method != "post":
            return "pin-target-unexpected"
        wanted = self._plan.bank.pages.pin.form_action
        if wanted and urlsplit(fields[0].target).path != wanted:
            return "pin-target-unexpected"
        return None

    # After the PIN

    def _after_pin(self, page: facts.PageSeen) -> list[Step]:
        if self._phase is _Phase.ENTERING_PIN:
            self._page_held = page  # it moved before the entry reported what was sent
            return []
        pages = self._plan.bank.pages
        if _has_markers(page, pages.top.markers):
            self._phase = _Phase.ENDED
            return [steps.Tell(StageReport(Stage.TOP_PAGE)), steps.End(None)]
        if self._phase is _Phase.PERSON:
            return []
        if page.status >= 500:
            return self._fail("server-error-after-pin", status=str(page.status))
        if page.status >= 400:
            return self._fail("page-refused-after-pin", status=str(page.status))
        if _has_markers(page, pages.other.markers):
            return self._leave_to_person(None)
        if _has_markers(page, pages.pin.markers):
            return self._look_again(page) or self._fail("pin-page-again")
        again = self._look_again(page)
        if again:
            return again
        if not page.text.strip():
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

    def _failure_on(self, page: facts.PageSeen) -> str | None:
        for failure in self._plan.bank.pages.failures:
            if _has_markers(page, failure.markers):
                return failure.code
        return None

    def _look_again(self, page: facts.PageSeen) -> list[Step]:
        if self._looks >= LOOKS:
            return []
        self._looks += 1
        return [steps.LookAgain(page.window, LOOK_AGAIN_MS)]

    def _fail(self, code: str, **detail: str) -> list[Step]:
        """End the automatic part; a person who is there may still go on by hand."""
        self._phase = _Phase.PERSON if self._plan.until is None else _Phase.ENDED
        return [steps.Tell(StageReport(Stage.FAILED, code, detail)), steps.End(code)]


def notices_digest(text: str, link_text: str) -> str:
    """A digest of what stands above the log-on link, where the bank puts its お知らせ."""
    above = _compact(text).partition(_compact(link_text))[0]
    return hashlib.sha256(above.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _compact(text: str) -> str:
    return "".join(text.split())


def _has_markers(page: facts.PageSeen, markers: tuple[str, ...]) -> bool:
    """All markers stand on the page; a page without markers is never recognised."""
    text = _compact(page.text)
    return bool(markers) and all(_compact(marker) in text for marker in markers)


def _find_link(page: facts.PageSeen, wanted: str) -> facts.Link | None:
    """The link with this text, white space ignored; none when two of them lead apart."""
    if not wanted:
        return None
    found = [link for link in page.links if _compact(link.text) == _compact(wanted)]
    if len({link.href for link in found}) != 1:
        return None
    return found[0]
