"""Which requests may leave while a PIN is on the page: one POST to one address, and no more.

The rule is free of Qt; the browser asks it for every request.  A page may submit by script while
the PIN is still being typed, change its form at the last moment, or answer with a redirect that
would send the form a second time.  Whatever it does, the program's PIN leaves at most once, whole,
to the address that was agreed, and from the window that it was typed in.

What is not held, because no request tells of it: the frames of a WebSocket that is open already.
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
    """``POSTED``: passes, and it is the PIN.

    ``STRAYED``: refused, and the PIN may have been on its way elsewhere.  ``BLOCKED``: refused
    without a word, because the page goes on without it.  ``REPEATED``: refused, because a form
    would be posted again that nobody submitted again.  ``READ_ONLY``: refused, because the form is
    of a page that is only read.
    """

    PASS = auto()
    POSTED = auto()
    STRAYED = auto()
    BLOCKED = auto()
    REPEATED = auto()
    READ_ONLY = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """``address`` is without query and fragment, ``method`` in capitals.

    ``window`` is the session's number of the page that asks; 0 where it is not known.
    """

    address: str
    method: str
    kind: Kind
    cause: Cause = Cause.OTHER
    window: int = 0


_READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that carry nothing (RFC 9110 section 9.2.1)."""


class _State(Enum):
    """``ANSWERING``: a redirect has come for the PIN, and is followed without it."""

    OPEN = auto()
    TYPING = auto()
    ONE_POST = auto()
    POSTED = auto()
    ANSWERING = auto()
    CLOSED = auto()


_BEFORE_THE_POST = frozenset({_State.TYPING, _State.ONE_POST})
_AFTER_THE_POST = frozenset({_State.POSTED, _State.ANSWERING})


class Gate:
    """One for a session.

    ``strayed`` tells that the entry since :meth:`arm` must not go on, because a page or a form was
    refused, or the PIN withdrawn.  :attr:`filled` is the window whose page was given a PIN.  It
    sends nothing of its own: until another page stands there, or, where the PIN has not left,
    until it is :meth:`emptied`.  ``refused`` counts what was forbidden since :meth:`arm`.
    :attr:`repeats` knows what was posted.
    """

    def __init__(self, may_take_forms: Callable[[str], bool] = lambda _: False) -> None:
        """``may_take_forms`` says whether an address may be sent forms under :meth:`hold_forms`."""
        self._may_take_forms = may_take_forms
        self._state = _State.OPEN
        self._target = ""
        self._window: int | None = None
        self._holds_forms = False
        self._watched: tuple[int, str] | None = None
        self._armings = 0
        self._has_posted = False
        self._has_told = False
        self._stop_is_of_redirect = False
        self._read_only: set[int] = set()
        self.filled: int | None = None
        self.repeats = Repeats()
        self.strayed = False
        self.refused = 0

    # What the log-on wants

    def arm(self, target: str, window: int = 0) -> None:
        """Before the first character: from now on nothing at all may be fetched or sent."""
        self._state = _State.TYPING
        self._target = target
        self._window = self.filled = window
        self._watched = None
        self._holds_forms = False
        self._armings += 1
        self._has_posted = False
        self._has_told = False
        self.strayed = False
        self.refused = 0

    def watch(self, target: str, window: int = 0) -> None:
        """While the person may type: a form may go to ``target`` only, or none at all if empty.

        The page of ``window`` sends nothing else with a body and no form by GET.  Less is refused
        than while the program types, because a person takes minutes, and a page may fetch
        something meanwhile.  Of other windows' pages forms are held, and what they fetch is not.
        """
        if target and window != self.filled and self._watched != (window, target):
            self._has_told = False
        self._watched = (window, target)
        self._holds_forms = False

    def hold_forms(self) -> None:
        """While a page stands into which a PIN could be typed by mistake: forms go where they may.

        What is fetched passes: a page may need it, and it brings no PIN that was not typed there.
        """
        self._watched = None
        self._holds_forms = True

    def let_read_only(self, window: int) -> None:
        """Nobody looks at this window's pages, so they send no forms and nothing with a body."""
        self._read_only.add(window)

    def lift_watch(self) -> None:
        """The page that was watched has gone."""
        self._watched = None
        self._holds_forms = False

    def let_one_post_pass(self) -> None:
        """Right before the form is submitted: one POST to the target may go."""
        if self._state is _State.TYPING and not self.strayed:
            self._state = _State.ONE_POST

    def withdraw(self) -> None:
        """This entry's PIN does not leave any more, if it has not: nothing does until disarmed."""
        if self._state in _BEFORE_THE_POST:
            self._state = _State.TYPING
            self.strayed = True

    @property
    def arming(self) -> int:
        """The number of this entry, for :meth:`disarm`."""
        return self._armings

    def has_posted(self, arming: int) -> bool:
        """Whether the PIN of this entry has left."""
        return arming == self._armings and self._has_posted

    def disarm(self, arming: int) -> None:
        """The PIN was taken back, or the program's part is over and the person goes on.

        Nothing happens when the gate has been armed anew since ``arming``, nor while the answer
        to a PIN is awaited: only what ends that load ends the rule.
        """
        if arming == self._armings and self._state in _BEFORE_THE_POST:
            self._state = _State.OPEN

    def close(self) -> None:
        """The session ends: nothing of it leaves any more."""
        self._state = _State.CLOSED

    # What the browser tells

    def answered(self, window: int) -> None:
        """A page stands in a window; that ends the rule once the PIN is out.

        Before that it means nothing: a page can bring about such an event by itself, with a
        change of its own address.
        """
        self._end_answer(window)
        if window == self.filled and self._state is _State.OPEN:
            self.filled = None

    def failed(self, window: int) -> None:
        """A load in a window has failed.  The page before it stands."""
        self._end_answer(window)

    def stopped(self, window: int) -> None:
        """A load in a window came to nothing: no content, a download, or somebody stopped it."""
        if window == self._window and self._stop_is_of_redirect:
            self._stop_is_of_redirect = False  # the redirect that was refused ends like that
        else:
            self._end_answer(window)

    def emptied(self, window: int) -> None:
        """No password field of the window's page holds anything."""
        if window == self.filled and not self._has_posted:
            self.filled = None

    def pin_has_left(self, window: int) -> bool:
        """Whether the page in this window has sent the PIN, and no other stands there yet."""
        return self._has_posted and window == self.filled

    def waits_for_answer(self, window: int) -> bool:
        """Whether the PIN has left from here and nothing, not even a redirect, has come back."""
        return self._state is _State.POSTED and window == self._window

    def takes_redirect(self, window: int) -> bool:
        """Whether a redirect is the answer to the PIN; true once, for the first of its window.

        It must be followed by a plain GET: with 307 and 308 (RFC 9110 section 15.4) the engine
        would post the PIN again, and the engine does not tell them from 302 and 303.
        """
        if not self.waits_for_answer(window):
            return False
        self._state = _State.ANSWERING
        self._stop_is_of_redirect = True
        return True

    def _end_answer(self, window: int) -> None:
        if window == self._window and self._state in _AFTER_THE_POST:
            self._state = _State.OPEN
            self._stop_is_of_redirect = False

    # What wants to leave

    def forbids(self, request: Request) -> bool:
        """Whether nobody may have this now, whichever page asks, or none.

        Pages and forms are left to :meth:`judge`, which knows the window they are of.
        """
        if self._state is _State.CLOSED:
            return True
        if self._state is _State.OPEN or request.kind is Kind.PAGE or _is_form(request):
            return False
        return self._state in _BEFORE_THE_POST or request.method != "GET"

    def judge(self, request: Request) -> Verdict:
        """Decide on one request of a page, and remember it where it counts."""
        if self.forbids(request):
            return Verdict.BLOCKED
        if request.window in self._read_only and _sends(request):
            return Verdict.READ_ONLY if _is_form(request) else Verdict.BLOCKED
        verdict = self._guard_pin(request)
        if verdict is Verdict.PASS:
            verdict = self._judge_repeats(request)
        if _posts_form(request) and verdict in (Verdict.PASS, Verdict.POSTED):
            self.repeats.note(request.address, request.window)
        return verdict

    def _judge_repeats(self, request: Request) -> Verdict:
        allowed = not self.repeats.refuses(request.address)
        if request.kind is Kind.PAGE:
            self.repeats.page_requested()
        if _posts_form(request) and request.cause is not Cause.FORM and not allowed:
            # A page's own location.reload() comes as a redirect, not as a reload (tried).
            return Verdict.REPEATED
        return self._watch_over(request)

    def _guard_pin(self, request: Request) -> Verdict:
        if self._state in _BEFORE_THE_POST:
            return self._before_the_post(request)
        if self._state in _AFTER_THE_POST:
            # The answer may lead on by GET; nothing is sent a second time.
            if request.method == "GET":
                return Verdict.PASS
            is_of_page = request.kind is Kind.PAGE and request.window == self._window
            return self._tell_once() if is_of_page else Verdict.BLOCKED
        if request.window != self.filled or not _sends(request):
            return Verdict.PASS
        is_page = self._has_posted and request.kind is Kind.PAGE
        return self._tell_once() if is_page else Verdict.BLOCKED

    def _before_the_post(self, request: Request) -> Verdict:
        if request.window != self._window:
            return Verdict.BLOCKED
        if self._state is _State.ONE_POST and _is_post_of_form(request, self._target):
            self._posted(request)
            return Verdict.POSTED
        self.strayed = True
        self._state = _State.TYPING  # what is told as stopped must not leave after all
        return self._tell_once()

    def _watch_over(self, request: Request) -> Verdict:
        if self._state is not _State.OPEN:
            return Verdict.PASS
        if self._watched is None:
            is_held = self._holds_forms and _is_form(request)
            strays = is_held and not self._may_take_forms(request.address)
            return Verdict.STRAYED if strays else Verdict.PASS
        window, target = self._watched
        if request.window == window and _is_post_of_form(request, target):
            self._watched = None
            self._posted(request)
            return Verdict.POSTED
        if _is_form(request):
            return Verdict.STRAYED
        if not _sends(request) or request.window != window:
            return Verdict.PASS
        return self._tell_once() if target else Verdict.BLOCKED

    def _posted(self, request: Request) -> None:
        self._state = _State.POSTED
        self._window = self.filled = request.window
        self._has_posted = True
        self._has_told = False
        self._stop_is_of_redirect = False

    def _tell_once(self) -> Verdict:
        """What a page tries again and again is told once."""
        if self._has_told:
            return Verdict.BLOCKED
        self._has_told = True
        return Verdict.STRAYED


def _is_post_of_form(request: Request, target: str) -> bool:
    kind = (request.method, request.kind, request.cause)
    return kind == ("POST", Kind.PAGE, Cause.FORM) and request.address == target


def _posts_form(request: Request) -> bool:
    return request.method == "POST" and request.kind in (Kind.PAGE, Kind.FRAME)


def _is_form(request: Request) -> bool:
    return _posts_form(request) or request.cause is Cause.FORM


def _sends(request: Request) -> bool:
    return request.method not in _READING or request.cause is Cause.FORM


def bare(url: str) -> str:
    """The address as the gate compares it."""
    return facts.without_query(url)
