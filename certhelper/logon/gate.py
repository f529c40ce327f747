"""Which requests may leave while a PIN is on the page: one POST to one address, and no more.

The rule is free of Qt; the browser asks it for every request.  A page may submit by script while
the PIN is still being typed, change its form at the last moment, or answer with a redirect that
would send the form a second time.  Whatever it does, the PIN leaves at most once, whole, to the
address that was agreed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from certhelper.logon import facts
from certhelper.logon.repeats import Repeats


class Kind(Enum):
    """What a request is for.  ``PASSIVE`` are pictures, style sheets, fonts and script files."""

    PAGE = auto()
    FRAME = auto()
    PASSIVE = auto()
    ACTIVE = auto()


class Cause(Enum):
    """Who wants a page to be loaded, as the engine tells it."""

    FORM = auto()
    OTHER = auto()


class Verdict(Enum):
    """``POSTED``: passes, and it is the PIN that the person has typed themselves.

    ``STRAYED``: refused, and the PIN may have been on its way elsewhere.  ``REPEATED``: refused,
    because a form would be posted again that nobody submitted again.
    """

    PASS = auto()
    POSTED = auto()
    STRAYED = auto()
    REPEATED = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """``address`` is without query and fragment, ``method`` in capitals."""

    address: str
    method: str
    kind: Kind
    cause: Cause = Cause.OTHER


_READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that carry nothing (RFC 9110 section 9.2.1)."""


class _State(Enum):
    OPEN = auto()
    TYPING = auto()
    ONE_POST = auto()
    POSTED = auto()
    ANSWERING = auto()


class Gate:
    """One for a session.  ``strayed`` tells whether anything was refused since :meth:`arm`.

    :attr:`repeats` knows what was posted.
    """

    def __init__(self, may_take_forms: Callable[[str], bool] = lambda _: False) -> None:
        """``may_take_forms`` says whether an address may be sent forms under :meth:`hold_forms`."""
        self._may_take_forms = may_take_forms
        self._state = _State.OPEN
        self._target = ""
        self._holds_forms = False
        self._watched: str | None = None
        self._armings = 0
        self.repeats = Repeats()
        self.strayed = False

    def arm(self, target: str) -> None:
        """Before the first character: from now on nothing but passive parts may be fetched."""
        self._state = _State.TYPING
        self._target = target
        self._watched = None
        self._holds_forms = False
        self._armings += 1
        self.strayed = False

    def watch(self, target: str) -> None:
        """While the person may type: a form may go to ``target`` only, or none at all if empty.

        Less is refused than while the program types, because a person takes minutes, and a page
        may fetch something meanwhile: but nothing is sent with a body, and no form goes by GET.
        """
        self._watched = target
        self._holds_forms = False

    def hold_forms(self) -> None:
        """While a page stands into which a PIN could be typed by mistake: forms go where they may.

        What is fetched passes: a page may need it, and it brings no PIN that was not typed there.
        """
        self._watched = None
        self._holds_forms = True

    def lift_watch(self) -> None:
        """The page that was watched has gone."""
        self._watched = None
        self._holds_forms = False

    def let_one_post_pass(self) -> None:
        """Right before the form is submitted: one POST to the target may go."""
        if self._state is _State.TYPING:
            self._state = _State.ONE_POST

    def answered(self) -> None:
        """A page stands or its load has failed; that ends the rule once the PIN is out.

        Before that it means nothing: a page can bring about such an event by itself, with a
        change of its own address or a request that was refused here.
        """
        if self._state in (_State.POSTED, _State.ANSWERING):
            self._state = _State.OPEN

    @property
    def waits_for_answer(self) -> bool:
        """Whether the PIN has been let out and nothing, not even a redirect, has come back."""
        return self._state is _State.POSTED

    @property
    def arming(self) -> int:
        """The number of this entry, for :meth:`disarm`."""
        return self._armings

    def disarm(self, arming: int) -> None:
        """The PIN was taken back, or the program's part is over and the person goes on.

        Nothing happens when the gate has been armed anew since ``arming``.
        """
        if arming == self._armings:
            self._state = _State.OPEN

    def takes_redirect(self) -> bool:
        """Whether a redirect is the answer to the PIN; true once, for the first.

        It must be followed by a plain GET: with 307 and 308 (RFC 9110 section 15.4) the engine
        would post the PIN again, and the engine does not tell them from 302 and 303.
        """
        if self._state is not _State.POSTED:
            return False
        self._state = _State.ANSWERING
        return True

    def judge(self, request: Request) -> Verdict:
        """Decide on one request, and remember it where it counts."""
        if self._state is not _State.OPEN and not self._may_pass(request):
            self.strayed = True
            return Verdict.STRAYED
        allowed = not self.repeats.refuses(request.address)
        if request.kind is Kind.PAGE:
            self.repeats.page_requested()
        posts_form = _posts_form(request)
        if posts_form and request.cause is not Cause.FORM and not allowed:
            # A page's own location.reload() comes as a redirect, not as a reload (tried).
            return Verdict.REPEATED
        verdict = self._watch_over(request)
        if posts_form and verdict is not Verdict.STRAYED:
            self.repeats.note(request.address)
        return verdict

    def _watch_over(self, request: Request) -> Verdict:
        if self._state is not _State.OPEN:
            return Verdict.PASS
        if self._watched is None:
            is_held = self._holds_forms and _is_form(request)
            strays = is_held and not self._may_take_forms(request.address)
            return Verdict.STRAYED if strays else Verdict.PASS
        if request == Request(self._watched, "POST", Kind.PAGE, Cause.FORM):
            self._watched = None
            self._state = _State.POSTED
            return Verdict.POSTED
        sends = request.method not in _READING or request.cause is Cause.FORM
        return Verdict.STRAYED if sends else Verdict.PASS

    def _may_pass(self, request: Request) -> bool:
        if request.kind is Kind.PASSIVE:
            return request.method == "GET"
        if self._state is _State.ONE_POST:
            expected = Request(self._target, "POST", Kind.PAGE, Cause.FORM)
            if request == expected:
                self._state = _State.POSTED
                return True
            return False
        # After the POST the answer may lead on by GET; nothing is sent a second time.
        return self._state is not _State.TYPING and request.method == "GET"


def _posts_form(request: Request) -> bool:
    return request.method == "POST" and request.kind in (Kind.PAGE, Kind.FRAME)


def _is_form(request: Request) -> bool:
    return _posts_form(request) or request.cause is Cause.FORM


def bare(url: str) -> str:
    """The address as the gate compares it."""
    return facts.without_query(url)
