"""One POST to one address: the rule by itself, for every order of requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon.gate import Cause, Gate, Kind, Request, Verdict

TARGET = "https://login.bank.example/pin"
OTHER = "https://login.bank.example/other"
THE_POST = Request(TARGET, "POST", Kind.PAGE, Cause.FORM)

requests = st.builds(
    Request,
    address=st.sampled_from([TARGET, OTHER, "https://www.bank.example/"]),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    kind=st.sampled_from(Kind),
    cause=st.sampled_from(Cause),
)


@given(st.lists(requests, max_size=12), st.lists(requests, max_size=12), st.booleans())
def test_a_pin_leaves_at_most_once_and_only_as_agreed(
    while_typing: list[Request], afterwards: list[Request], submitted: bool
) -> None:
    """While it is typed only passive parts pass; afterwards one POST, and then GET alone."""
    gate = Gate()
    gate.arm(TARGET)
    for request in while_typing:
        if gate.judge(request) is Verdict.PASS:
            assert (request.kind, request.method) == (Kind.PASSIVE, "GET")
    if submitted:
        gate.let_one_post_pass()
    passed = [request for request in afterwards if gate.judge(request) is Verdict.PASS]
    active = [request for request in passed if request.kind is not Kind.PASSIVE]
    if not submitted:
        assert active == []
    sent = [request for request in active if request.method != "GET"]
    assert sent in ([], [THE_POST])
    assert active[:1] in ([], [THE_POST])


def test_an_event_of_the_page_itself_does_not_lift_the_rule() -> None:
    """Before the PIN is out, a load that ends or fails changes nothing; afterwards it does."""
    gate = Gate()
    gate.arm(TARGET)
    gate.answered()
    assert gate.judge(THE_POST) is Verdict.STRAYED
    gate.let_one_post_pass()
    gate.answered()
    assert gate.judge(Request(OTHER, "POST", Kind.PAGE, Cause.FORM)) is Verdict.STRAYED
    assert gate.judge(THE_POST) is Verdict.PASS
    gate.answered()
    assert gate.judge(Request(OTHER, "POST", Kind.PAGE, Cause.FORM)) is Verdict.PASS


def test_only_the_first_redirect_is_the_answer() -> None:
    """Before the POST there is no answer; after the first redirect the way goes on by GET."""
    gate = Gate()
    gate.arm(TARGET)
    gate.let_one_post_pass()
    assert not gate.takes_redirect()
    assert gate.judge(THE_POST) is Verdict.PASS
    assert gate.takes_redirect()
    assert not gate.takes_redirect()
    assert gate.judge(Request(OTHER, "GET", Kind.PAGE)) is Verdict.PASS
    assert gate.judge(Request(OTHER, "POST", Kind.PAGE)) is Verdict.STRAYED


def test_without_a_pin_forms_are_free_and_only_repetition_is_refused() -> None:
    """A form may be submitted twice by a person; nothing else posts it again."""
    gate = Gate()
    form = Request(OTHER, "POST", Kind.PAGE, Cause.FORM)
    assert gate.judge(form) is Verdict.PASS
    assert gate.judge(form) is Verdict.PASS
    assert gate.judge(Request(OTHER, "POST", Kind.PAGE)) is Verdict.REPEATED
    assert gate.repeats.refuses(OTHER)
    gate.arm(TARGET)
    gate.disarm(gate.arming)
    assert gate.judge(form) is Verdict.PASS


def test_an_old_entry_does_not_lift_the_rule_of_a_new_one() -> None:
    """What was begun after the first wrong PIN stays guarded when the first one's grace ends."""
    gate = Gate()
    gate.arm(TARGET)
    first = gate.arming
    gate.arm(TARGET)
    gate.disarm(first)
    assert gate.judge(THE_POST) is Verdict.STRAYED


@given(st.lists(requests, max_size=12), st.sampled_from([TARGET, ""]))
def test_what_a_person_types_goes_to_the_agreed_target_or_nowhere(
    wanted: list[Request], target: str
) -> None:
    """While the page stands nothing is sent but its form, once, and that to the target only."""
    gate = Gate()
    gate.watch(target)
    posted = False
    for request in wanted:
        verdict = gate.judge(request)
        if verdict is Verdict.POSTED:
            assert not posted
            assert request == THE_POST
            assert target == TARGET
            posted = True
        elif verdict is Verdict.PASS:
            assert request.method == "GET"
            assert posted or request.cause is not Cause.FORM or request.kind is Kind.PASSIVE


def test_the_watch_outlives_an_entry_that_was_given_up_and_ends_with_its_page() -> None:
    """The page that was refused lets no form out until another page stands."""
    gate = Gate()
    gate.arm(TARGET)
    gate.watch("")
    gate.disarm(gate.arming)
    assert gate.judge(THE_POST) is Verdict.STRAYED
    gate.lift_watch()
    assert gate.judge(THE_POST) is Verdict.PASS


def test_a_form_that_the_person_sent_is_answered_like_ours() -> None:
    """The first redirect after it is the answer, which must not post the PIN again."""
    gate = Gate()
    gate.watch(TARGET)
    assert gate.judge(THE_POST) is Verdict.POSTED
    assert gate.waits_for_answer
    assert gate.judge(THE_POST) is Verdict.STRAYED
    assert gate.takes_redirect()
