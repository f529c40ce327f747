"""Pages that submit by themselves, change at the last moment, or lead astray: what leaves, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from OpenSSL import SSL
from support.scripted_bank import (
    HOME,
    LOGON_PAGE,
    PIN,
    Answer,
    Pages,
    ScriptedBank,
    by_its_own_server,
    pin_page,
)
from support.systems import not_under_wine

from certhelper.logon.stages import Until

pytestmark = not_under_wine("WebEngine never loads a page there")

WHOLE = f"p={PIN}"


class MakeBank(Protocol):
    def __call__(self, pages: Pages, **profile: str) -> ScriptedBank: ...


@pytest.fixture
def bank_of(tmp_path: Path) -> Iterator[MakeBank]:
    """Start a bank with the given pages."""
    with ExitStack() as stack:

        def start(pages: Pages, **profile: str) -> ScriptedBank:
            return stack.enter_context(
                ScriptedBank(tmp_path, pages, None, by_its_own_server, **profile)
            )

        yield start


def test_the_harness_itself_reaches_the_top_page(bank_of: MakeBank) -> None:
    """With ordinary pages the PIN arrives once and whole, so that the refusals mean something."""
    bank = bank_of({})
    outcome = bank.log_on()
    assert outcome.status == 0
    assert [(seen.method, seen.body) for seen in bank.pins] == [("POST", WHOLE)]


@pytest.mark.parametrize(
    "field",
    [
        '<input type=password name=p onchange="this.form.submit()">',
        '<input type=password name=p oninput="this.form.submit()">',
        # A load event of the page itself must not lift the rule while the PIN is typed.
        '<input type=password name=p oninput="location.hash+=1;this.form.submit()">',
        (
            '<input type=password name=p oninput="location.hash+=1;'
            'setTimeout(() => this.form.submit(), 5)">'
        ),
        '<input type=password name=p oninput="if(this.value.length==4)this.form.submit()">',
        (
            '<input type=password name=p oninput="if(this.value.length==4)'
            "{this.form.action='{front}/steal';this.form.submit()}\">"
        ),
        (
            "<input type=password name=p oninput=\"fetch('/pin',{method:'POST',"
            "body:'p='+this.value})\">"
        ),
        "<input type=password name=p oninput=\"location='/pin?p='+this.value\">",
    ],
)
def test_nothing_leaves_while_the_pin_is_being_typed(bank_of: MakeBank, field: str) -> None:
    """A page that submits by script gets the whole PIN once from us, or nothing at all."""
    bank = bank_of({"GET logon/pin": pin_page(field=field)})
    bank.log_on()
    assert [seen.body for seen in bank.pins] in ([], [WHOLE])
    assert all(seen.path == "/pin" and seen.site == "logon" for seen in bank.pins)


@pytest.mark.parametrize(
    "page",
    [
        pin_page(form="method=post action=/pin onsubmit=\"this.action='{front}/steal'\""),
        pin_page(form="method=post action=/pin onsubmit=\"this.method='get'\""),
        pin_page(form="method=post action=/pin onsubmit=\"this.action='/other'\""),
        pin_page(button="<button formmethod=get>ログオン</button>"),
        pin_page(button="<button formaction=/other>ログオン</button>"),
        pin_page(button="<button formtarget=f>ログオン</button><iframe name=f></iframe>"),
        pin_page(form="method=post action=/pin target=f", more="<iframe name=f></iframe>"),
    ],
)
def test_a_form_that_leads_elsewhere_sends_nothing(bank_of: MakeBank, page: str) -> None:
    """Action, method or frame differ at the last moment: no request carries the PIN."""
    bank = bank_of({"GET logon/pin": page})
    outcome = bank.log_on()
    assert outcome.status == 1
    assert bank.pins == []


def test_a_page_that_posts_by_itself_and_by_its_form_posts_once(bank_of: MakeBank) -> None:
    """A fetch in onsubmit beside the form's own POST: the second one does not leave."""
    form = (
        "method=post action=/pin onsubmit=\"fetch('/pin',{method:'POST',keepalive:true,"
        'body:new URLSearchParams(new FormData(this))})"'
    )
    bank = bank_of({"GET logon/pin": pin_page(form=form)})
    bank.log_on()
    assert len(bank.pins) <= 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/pin", "/next", "{front}/next"])
def test_a_redirect_after_the_pin_is_followed_without_it(
    bank_of: MakeBank, status: int, location: str
) -> None:
    """POST-redirect-GET leads to the top page; 307 and 308 never post the PIN again."""
    top = "利用者トップページ"
    bank = bank_of(
        {
            "POST logon/pin": Answer(status=status, location=location),
            "GET logon/next": top,
            "GET front/next": top,
        }
    )
    outcome = bank.log_on()
    assert [(seen.site, seen.path, seen.body) for seen in bank.pins] == [("logon", "/pin", WHOLE)]
    if location != "/pin":
        assert outcome.status == 0


@pytest.mark.parametrize("entry", ["fill", "keys"])
@pytest.mark.parametrize(
    "change", ["this.value.toUpperCase()", "this.value.replace(/^0/,'1')", "this.value.slice(0,3)"]
)
def test_a_page_that_alters_the_pin_does_not_cost_a_try(
    bank_of: MakeBank, entry: str, change: str
) -> None:
    """What would arrive is not what was typed: it is taken back and not sent."""
    field = f'<input type=password name=p oninput="this.value={change}">'
    bank = bank_of({"GET logon/pin": pin_page(field=field)}, entry=entry)
    outcome = bank.log_on()
    assert outcome.code == "pin-not-taken"
    assert bank.pins == []


@pytest.mark.parametrize("entry", ["fill", "keys"])
def test_controls_with_the_names_of_methods_do_no_harm(bank_of: MakeBank, entry: str) -> None:
    """A form may shadow its methods; ours are called all the same."""
    names = ("querySelectorAll", "requestSubmit", "submit", "action", "method", "target", "focus")
    hidden = "".join(f'<input type=hidden name="{name}">' for name in names)
    bank = bank_of(
        {"GET logon/pin": pin_page(button=f"{hidden}<button>ログオン</button>")}, entry=entry
    )
    assert bank.log_on().status == 0
    assert len(bank.pins) == 1


def test_keys_never_go_into_another_field(bank_of: MakeBank) -> None:
    """A page that moves the focus while keys are typed gets at most one of them, and no form."""
    page = pin_page(
        field="<input type=password name=p oninput=\"document.getElementById('t').focus()\">"
        "<input id=t name=t>"
    )
    bank = bank_of({"GET logon/pin": page}, entry="keys")
    outcome = bank.log_on()
    assert outcome.status == 1
    assert bank.pins == []


def test_the_pin_page_must_be_on_a_host_that_takes_the_certificate(bank_of: MakeBank) -> None:
    """An allowed host is good for looking at, not for a PIN."""
    bank = bank_of(
        {
            "GET logon/pin": Answer(status=302, location="{front}/pin"),
            "GET front/pin": pin_page(),
        }
    )
    outcome = bank.log_on()
    assert outcome.code == "pin-host-not-allowed"
    assert bank.pins == []


def test_forms_after_the_pin_are_the_person_s_own(bank_of: MakeBank) -> None:
    """What comes next posts to another address: the rule for the PIN has been lifted by then.

    The page is none that the profile knows, so the run waits for what its script does.
    """
    otp = (
        "おまちください <form method=post action=/otp><input name=otp value=1></form>"
        "<script>setTimeout(() => document.forms[0].submit(), 0)</script>"
    )
    bank = bank_of({"POST logon/pin": otp, "POST logon/otp": "利用者トップページ"})
    outcome = bank.log_on(load_limit_ms=30_000)
    assert "/otp" in [seen.path for seen in bank.seen]
    assert outcome.stages[-1] == "top-page"
    assert outcome.status == 0
    assert len(bank.pins) == 1


@pytest.mark.parametrize(
    ("pages", "stage"),
    [
        ({"GET logon/pin": pin_page(more="<script>alert('お知らせ')</script>")}, "top-page"),
        ({"POST logon/pin": "利用者トップページ<script>alert('ようこそ')</script>"}, "top-page"),
    ],
)
def test_a_message_of_the_page_does_not_hold_up_a_run_without_a_person(
    bank_of: MakeBank, pages: Pages, stage: str
) -> None:
    """An alert is passed over."""
    outcome = bank_of(pages).log_on()
    assert outcome.stages[-1] == stage
    assert outcome.status == 0


def test_a_question_of_the_page_is_answered_with_no_and_said(bank_of: MakeBank) -> None:
    """Nobody agrees to anything on a person's behalf."""
    form = "method=post action=/pin onsubmit=\"return confirm('よろしいですか')\""
    bank = bank_of({"GET logon/pin": pin_page(form=form)})
    outcome = bank.log_on()
    assert (outcome.status, outcome.code) == (1, "page-asks")
    assert bank.pins == []


@pytest.mark.parametrize(
    "pages",
    [
        {"GET front/": f"{HOME}<script>open('/notice','n','width=300,height=200')</script>"},
        {"GET front/biznet": f"{LOGON_PAGE}<script>open('/notice','n','width=300')</script>"},
        {
            "GET front/biznet": f"{LOGON_PAGE}<script>open('/closing','n','width=300')</script>",
            "GET front/closing": "<script>close()</script>",
        },
    ],
)
def test_a_pop_up_beside_the_log_on_does_not_stop_it(bank_of: MakeBank, pages: Pages) -> None:
    """A window with お知らせ is none of the log-on's."""
    bank = bank_of({"GET front/notice": "お知らせ"} | dict(pages))
    assert bank.log_on().status == 0


def test_a_home_page_that_leads_to_itself_is_left(bank_of: MakeBank) -> None:
    """The link is followed a few times and then called unknown."""
    bank = bank_of({"GET front/biznet": HOME})
    outcome = bank.log_on()
    assert outcome.code == "unknown-page"
    assert len(bank.seen) < 8


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_certificate_refused_in_the_handshake_is_called_refused(
    tmp_path: Path, version: int
) -> None:
    """The engine's errors differ by TLS version; the code does not."""
    with ScriptedBank(tmp_path, {}, refusing=version) as bank:
        outcome = bank.log_on()
    assert outcome.stages[-2:] == ["certificate-sent", "failed"]
    assert (outcome.status, outcome.code) == (1, "certificate-refused")


def test_until_other_is_not_reached_by_an_unknown_page(bank_of: MakeBank) -> None:
    """A page that nobody knows is no 他の認証: status 1."""
    outcome = bank_of({"POST logon/pin": "何か"}).log_on(until=Until.OTHER)
    assert (outcome.status, outcome.code) == (1, "page-not-recognised")


@pytest.mark.parametrize(
    "script",
    [
        "new Image().src='https://elsewhere.demo-bank.localhost/x'",
        "fetch('{elsewhere}')",
        "new WebSocket('wss://elsewhere.demo-bank.localhost/')",
        "open('https://elsewhere.demo-bank.localhost/')",
        "location='data:text/html,x'",
    ],
)
def test_nothing_outside_the_profile_is_asked_for_anything(bank_of: MakeBank, script: str) -> None:
    """Pictures, scripts, sockets and windows: only the profile's hosts hear of this session."""
    bank = bank_of(
        {
            "GET front/biznet": f"{LOGON_PAGE}<script>{script.replace('{elsewhere}', 'https://127.0.0.1:9')}</script>"
        }
    )
    bank.log_on()
    assert {seen.site for seen in bank.seen} <= {"front", "logon"}
