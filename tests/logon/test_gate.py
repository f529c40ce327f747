"""One POST to one address: the rule by itself, for every order of requests."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon.gate import Cause, Gate, Kind, Request, Verdict

TARGET = "https://login.bank.example/pin"
OTHER = "https://login.bank.example/other"
WINDOW = 3
THE_POST = Request(TARGET, "POST", Kind.PAGE, Cause.FORM, WINDOW)
FORM = Request(OTHER, "POST", Kind.PAGE, Cause.FORM, WINDOW)
BEACON = Request(OTHER, "POST", Kind.ACTIVE, window=WINDOW)

requests = st.builds(
    Request,
    address=st.sampled_from([TARGET, OTHER, "https://www.bank.example/"]),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    kind=st.sampled_from(Kind),
    cause=st.sampled_from(Cause),
    window=st.sampled_from([WINDOW, WINDOW, 0]),
)


PASSING = (Verdict.PASS, Verdict.POSTED)


def armed(*, submitted: bool = False, posted: bool = False) -> Gate:
    gate = Gate()
    gate.arm(TARGET, WINDOW)
    if submitted or posted:
        gate.let_one_post_pass()
    if posted:
        assert gate.judge(THE_POST) is Verdict.POSTED
    return gate


def of_another_window(request: Request) -> Request:
    return dataclasses.replace(request, window=WINDOW + 1)


@given(st.lists(requests, max_size=12), st.lists(requests, max_size=12), st.booleans())
def test_a_pin_leaves_at_most_once_and_only_as_agreed(
    while_typing: list[Request], afterwards: list[Request], submitted: bool
) -> None:
    """Until the POST nothing passes, of whichever kind and window; then GET alone."""
    gate = armed()
    assert not any(gate.judge(request) in PASSING for request in while_typing)
    if submitted:
        gate.let_one_post_pass()
    passed = [request for request in afterwards if gate.judge(request) in PASSING]
    assert submitted or passed == []
    assert passed[:1] in ([], [THE_POST])
    assert all(request.method == "GET" for request in passed[1:])


@given(st.lists(requests, max_size=12), st.booleans())
def test_what_no_page_s_guard_sees_is_forbidden_for_all(
    wanted: list[Request], submitted: bool
) -> None:
    """But pages and forms, which are never without a page."""
    gate = armed(submitted=submitted)
    for request in wanted:
        if request.kind not in (Kind.PAGE, Kind.FRAME) and request.cause is not Cause.FORM:
            assert gate.forbids(request)
    gate.close()
    assert all(gate.forbids(request) for request in wanted)


@pytest.mark.parametrize("kind", [Kind.PASSIVE, Kind.ACTIVE, Kind.FRAME])
def test_what_a_page_does_beside_its_form_is_refused_without_a_word(kind: Kind) -> None:
    """A picture, a beacon, a frame: the log-on goes on, and the PIN still leaves once."""
    for method in ("GET", "POST"):
        beside = Request(OTHER, method, kind, window=WINDOW)
        if (kind, method) == (Kind.FRAME, "POST"):
            continue  # a form
        gate = armed(submitted=True)
        assert gate.judge(beside) is Verdict.BLOCKED
        assert not gate.strayed
        assert gate.judge(THE_POST) is Verdict.POSTED


def test_what_was_called_stopped_does_not_leave_after_all() -> None:
    """A form that strays takes the agreed one with it, and is told once."""
    gate = armed(submitted=True)
    assert gate.judge(FORM) is Verdict.STRAYED
    assert gate.strayed
    assert gate.judge(FORM) is Verdict.BLOCKED
    gate.let_one_post_pass()
    assert gate.judge(THE_POST) is not Verdict.POSTED


def test_a_pin_that_was_withdrawn_does_not_leave() -> None:
    """Neither what the page sends late, nor an entry that still believes it goes on."""
    gate = armed(submitted=True)
    gate.withdraw()
    gate.let_one_post_pass()
    assert gate.judge(THE_POST) not in PASSING
    assert not gate.has_posted(gate.arming)


def test_after_the_pin_a_second_form_is_told_once_and_a_beacon_never() -> None:
    """And whoever hears of it hears that the PIN is out."""
    gate = armed(posted=True)
    assert gate.pin_has_left(WINDOW)
    assert not gate.pin_has_left(WINDOW + 1)
    verdicts = [gate.judge(request) for request in (BEACON, FORM, THE_POST, BEACON)]
    assert verdicts == [Verdict.BLOCKED, Verdict.STRAYED, Verdict.BLOCKED, Verdict.BLOCKED]


def test_an_event_of_the_page_itself_does_not_lift_the_rule() -> None:
    """Before the PIN is out, a load that ends or fails changes nothing; afterwards it does."""
    gate = armed()
    for end in (gate.answered, gate.failed, gate.stopped):
        end(WINDOW)
    assert gate.judge(FORM) is Verdict.STRAYED
    gate = armed(posted=True)
    gate.answered(WINDOW + 1)
    assert gate.judge(FORM) is Verdict.STRAYED
    gate.answered(WINDOW)
    assert gate.judge(FORM) is Verdict.PASS


def test_while_the_answer_is_awaited_nothing_but_its_end_opens_the_gate() -> None:
    """Not the end of the program's part, however long ago that was."""
    gate = armed(posted=True)
    gate.withdraw()
    gate.disarm(gate.arming)
    assert gate.waits_for_answer(WINDOW)
    assert gate.takes_redirect(WINDOW)
    gate.disarm(gate.arming)
    assert gate.judge(FORM) is Verdict.STRAYED


def test_only_the_first_redirect_of_its_window_is_the_answer() -> None:
    """Before the POST there is no answer; after the first redirect the way goes on by GET."""
    gate = armed(submitted=True)
    assert not gate.takes_redirect(WINDOW)
    assert gate.judge(THE_POST) is Verdict.POSTED
    assert not gate.takes_redirect(WINDOW + 1)
    assert gate.takes_redirect(WINDOW)
    assert not gate.takes_redirect(WINDOW)
    assert gate.judge(Request(OTHER, "GET", Kind.PAGE, window=WINDOW)) is Verdict.PASS
    assert gate.judge(dataclasses.replace(FORM, cause=Cause.OTHER)) is Verdict.STRAYED


def test_a_form_of_another_tab_is_not_the_pin() -> None:
    """Even to the same address: the PIN itself leaves afterwards, as agreed."""
    gate = armed(submitted=True)
    assert gate.judge(of_another_window(THE_POST)) is Verdict.BLOCKED
    assert gate.judge(THE_POST) is Verdict.POSTED
    gate = Gate()
    gate.watch(TARGET, WINDOW)
    assert gate.judge(of_another_window(THE_POST)) is Verdict.STRAYED
    assert gate.judge(of_another_window(BEACON)) is Verdict.PASS


@pytest.mark.parametrize("redirected", [False, True])
def test_a_load_that_came_to_nothing_was_the_answer(redirected: bool) -> None:
    """No content or a download: other tabs are free, and the page sends nothing of what it holds.

    The end of the redirect that was refused is none: its own way goes on.
    """
    gate = armed(posted=True)
    if redirected:
        gate.takes_redirect(WINDOW)
        gate.stopped(WINDOW)
        assert gate.judge(of_another_window(FORM)) is Verdict.BLOCKED
    gate.stopped(WINDOW)
    assert gate.judge(of_another_window(FORM)) is Verdict.PASS
    gate.emptied(WINDOW)
    verdicts = [gate.judge(request) for request in (BEACON, THE_POST, THE_POST)]
    assert verdicts == [Verdict.BLOCKED, Verdict.STRAYED, Verdict.BLOCKED]
    assert gate.pin_has_left(WINDOW)
    assert gate.judge(Request(OTHER, "GET", Kind.PAGE, window=WINDOW)) is Verdict.PASS
    gate.answered(WINDOW)
    assert gate.judge(THE_POST) is Verdict.PASS


def test_a_page_that_is_only_read_sends_nothing_and_says_so_of_forms() -> None:
    """Whatever is watched elsewhere, or after the log-on; it may fetch and lead on."""
    gate = Gate()
    gate.let_read_only(WINDOW)
    by_get = dataclasses.replace(FORM, method="GET")
    assert [gate.judge(one) for one in (FORM, by_get)] == [Verdict.READ_ONLY] * 2
    assert gate.judge(BEACON) is Verdict.BLOCKED
    assert gate.judge(Request(OTHER, "GET", Kind.PAGE, window=WINDOW)) is Verdict.PASS
    assert gate.judge(of_another_window(FORM)) is Verdict.PASS


def test_without_a_pin_forms_are_free_and_only_repetition_is_refused() -> None:
    """A form may be submitted twice by a person; nothing else posts it again."""
    gate = Gate()
    assert gate.judge(FORM) is Verdict.PASS
    assert gate.judge(FORM) is Verdict.PASS
    assert gate.judge(dataclasses.replace(FORM, cause=Cause.OTHER)) is Verdict.REPEATED
    assert gate.repeats.refuses(OTHER)
    gate.arm(TARGET, WINDOW)
    gate.emptied(WINDOW)
    gate.disarm(gate.arming)
    assert gate.judge(FORM) is Verdict.PASS


def test_an_old_entry_does_not_lift_the_rule_of_a_new_one() -> None:
    """What was begun after the first wrong PIN stays guarded when the first one's grace ends."""
    gate = armed()
    first = gate.arming
    gate.arm(TARGET, WINDOW)
    gate.disarm(first)
    assert gate.judge(THE_POST) is Verdict.STRAYED


@given(st.lists(requests, max_size=12), st.sampled_from([TARGET, ""]))
def test_what_a_person_types_goes_to_the_agreed_target_or_nowhere(
    wanted: list[Request], target: str
) -> None:
    """While the page stands nothing of it is sent but its form, once, to the target only."""
    gate = Gate()
    gate.watch(target, WINDOW)
    posted = False
    for request in wanted:
        verdict = gate.judge(request)
        if verdict is Verdict.POSTED:
            assert not posted
            assert (request, target) == (THE_POST, TARGET)
            posted = True
        elif verdict is Verdict.PASS:
            fetched_elsewhere = request.window != WINDOW and not posted
            assert request.method == "GET" or fetched_elsewhere
            assert (request.method, request.kind) != ("POST", Kind.PAGE)
            assert posted or request.cause is not Cause.FORM


def test_a_page_that_sends_all_the_time_is_told_once() -> None:
    """And not at all where nothing of it may leave anyway, which has been told."""
    gate = Gate()
    gate.watch(TARGET, WINDOW)
    assert gate.judge(BEACON) is Verdict.STRAYED
    gate.watch(TARGET, WINDOW)
    assert gate.judge(BEACON) is Verdict.BLOCKED
    gate = Gate()
    gate.watch("", WINDOW)
    assert gate.judge(BEACON) is Verdict.BLOCKED


def test_the_watch_outlives_an_entry_that_was_given_up_and_ends_with_its_page() -> None:
    """The page that was refused lets no form out until another page stands."""
    gate = armed()
    gate.withdraw()
    gate.emptied(WINDOW)
    gate.watch("", WINDOW)
    gate.disarm(gate.arming)
    assert gate.judge(THE_POST) is Verdict.STRAYED
    gate.lift_watch()
    assert gate.judge(THE_POST) is Verdict.PASS


def test_a_form_that_the_person_sent_is_answered_like_ours() -> None:
    """The first redirect after it is the answer, which must not post the PIN again."""
    gate = Gate()
    gate.watch(TARGET, WINDOW)
    assert gate.judge(THE_POST) is Verdict.POSTED
    assert gate.filled == WINDOW
    assert gate.waits_for_answer(WINDOW)
    assert gate.judge(THE_POST) is Verdict.STRAYED
    assert gate.takes_redirect(WINDOW)
