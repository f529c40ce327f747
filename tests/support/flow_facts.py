"""Facts of a made-up bank for tests of the flow: a whole log-on, and anything in any order."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from hypothesis import strategies as st

from certhelper.bank import Bank
from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.plan import Plan
from certhelper.logon.stages import Stage, Until

MINE = "ab" * 32
OTHER = "cd" * 32
MY_ISSUER = b"my issuer"
FRONT = "https://www.bank.example/"
LOGON = "https://www.bank.example/biznet/"
PIN_URL = "https://login.bank.example/pin"

BANK = Bank.parse(
    """
schema = 1
id = "example"
name = "例"
[site]
start_url = "https://www.bank.example/"
allowed_hosts = ["www.bank.example"]
certificate_hosts = ["login.bank.example"]
[pages.start]
link_text = "利用者ログオン"
[pages.logon]
markers = ["CIBMU201"]
link_text = "電子証明書を使用したログオンはこちら"
[pages.pin]
markers = ["CIBMU209"]
form_action = "/pin"
[pages.top]
markers = ["利用者トップページ"]
[pages.other]
markers = ["ワンタイムパスワード"]
[[pages.failures]]
code = "pin-wrong"
markers = ["暗証番号に誤りがあります"]
[[pages.failures]]
code = "pin-locked"
markers = ["ご利用を中止しました"]
""".encode(),
    Path("example.toml"),
)

FIELD = facts.PasswordField(matches=True, target=PIN_URL, method="post", maximum_length=12)
FRONT_PAGE = facts.PageSeen(0, FRONT, 200, "ようこそ", (facts.Link(0, "利用者ログオン", LOGON),))
LOGON_PAGE = facts.PageSeen(
    0,
    LOGON,
    200,
    "お知らせ CIBMU201",
    (facts.Link(3, "電子証明書を使用した\n ログオンはこちら", PIN_URL),),
)
ASKED = facts.CertificateRequested("login.bank.example", 443, (OTHER, MINE))
PIN_PAGE = facts.PageSeen(0, PIN_URL, 200, "CIBMU209", (), (FIELD,))
SUBMITTED = facts.PinPosted()
WRONG_WORDS = "利用者暗証番号に誤りがあります。"
WRONG_PAGE = dataclasses.replace(PIN_PAGE, text=f"CIBMU209\n{WRONG_WORDS}\n入力してください。")
TOP_PAGE = facts.PageSeen(0, PIN_URL, 200, "利用者トップページ")
OTHER_PAGE = facts.PageSeen(0, PIN_URL, 200, "ワンタイムパスワードを入力")


def plan(**changes: object) -> Plan:
    usual = Plan(BANK, MINE, (MY_ISSUER,), Until.TOP, pin_given=True)
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def feed(flow: Flow, *seen: facts.Fact) -> list[steps.Step]:
    """Feed facts; return every step."""
    return [step for fact in seen for step in flow.handle(fact)]


def stages(todo: list[steps.Step]) -> list[tuple[Stage, str | None]]:
    return [(step.report.stage, step.report.code) for step in todo if isinstance(step, steps.Tell)]


def at_pin_page(**changes: object) -> Flow:
    flow = Flow(plan(**changes))
    feed(flow, FRONT_PAGE, LOGON_PAGE, ASKED)
    return flow


urls = st.sampled_from(
    [FRONT, LOGON, PIN_URL, "https://evil.example/", "about:blank", "http://www.bank.example/"]
)
fields = st.builds(
    facts.PasswordField,
    matches=st.booleans(),
    target=urls | st.just(""),
    method=st.sampled_from(["post", "get"]),
    maximum_length=st.none() | st.integers(0, 20),
)
texts = st.sampled_from(
    [
        "",
        "CIBMU201",
        "CIBMU209",
        "利用者トップページ",
        "ワンタイムパスワード",
        "暗証番号に誤りがあります CIBMU209",
        "何か",
    ]
)
pages = st.builds(
    facts.PageSeen,
    window=st.integers(0, 2),
    url=urls,
    status=st.sampled_from([200, 200, 200, 400, 403, 500]),
    text=texts,
    links=st.sampled_from([(), FRONT_PAGE.links, LOGON_PAGE.links]),
    password_fields=st.lists(fields, max_size=2).map(tuple) | st.just((FIELD,)),
)
hosts = st.sampled_from(
    ["login.bank.example", "www.bank.example", "login.bank.example.evil.example", "evil.example"]
)
requests = st.builds(
    facts.CertificateRequested,
    host=hosts,
    port=st.sampled_from([443, 8443]),
    offered=st.sampled_from([(), (OTHER,), (MINE,), (OTHER, MINE)]),
)
any_fact: st.SearchStrategy[facts.Fact] = st.one_of(
    pages,
    requests,
    st.sampled_from([FRONT_PAGE, LOGON_PAGE, ASKED, PIN_PAGE, SUBMITTED, TOP_PAGE, OTHER_PAGE]),
    st.builds(facts.LoadFailed, st.integers(0, 2), urls, st.integers(-400, -1)),
    st.builds(facts.ServerCertificateRejected, st.integers(0, 2), urls, st.integers(-220, -200)),
    st.builds(facts.NavigationBlocked, st.integers(0, 2), urls),
    st.builds(facts.IssuersProbed, st.sampled_from(facts.ProbeOutcome)),
    st.builds(facts.PinEntered, st.sampled_from(facts.PinOutcome)),
    st.builds(facts.TargetBlocked, urls),
    st.builds(facts.WindowClosed, st.integers(0, 2)),
    st.sampled_from([facts.RendererEnded(0), facts.TimedOut(), facts.PersonContinued()]),
    st.sampled_from([facts.PinGiven(), facts.PinDeclined(), facts.PinPosted(), WRONG_PAGE]),
)
plans = st.builds(
    plan,
    until=st.sampled_from([None, *Until]),
    pin_given=st.booleans(),
    pad=st.booleans(),
    stop_at_notices=st.booleans(),
)
