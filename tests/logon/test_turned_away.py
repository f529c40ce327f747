"""A page that turns this browser away is told from one that only mentions browsers."""

from __future__ import annotations

import dataclasses

import pytest
from support.flow_facts import BANK, FRONT, FRONT_PAGE, LOGON_PAGE, feed, plan, stages

from certhelper.logon import facts, steps, turned_away
from certhelper.logon.flow import Flow
from certhelper.logon.plan import LOOKS
from certhelper.logon.stages import Stage
from certhelper.profile import FailurePage

REFUSALS = [
    "ご利用いただけないブラウザです。",
    "お使いのブラウザは対応しておりません。推奨環境をご確認ください。",
    "このブラウザではご利用いただけません。",
    "対応していないブラウザをお使いです。",
    "現在お使いのブラウザーはサポート対象外です。Microsoft Edge をご利用ください。",
    "お客さまのご利用環境は推奨環境ではありません。ご確認のうえ、再度アクセスしてください。",
    "サポートされていない閲覧ソフトからのアクセスです。",
    "Unsupported browser",
    "Your browser is not supported. Please use Edge or Chrome.",
    "This browser version is no longer supported.",
    "We do not support this browser.",
    "お使いの\nブラウザ\nには 対応して いません",
]
MENTIONS = [
    "ようこそ ご利用環境・推奨環境 よくあるご質問",
    "推奨ブラウザ: Microsoft Edge、Google Chrome",
    "ブラウザの「戻る」ボタンは使用しないでください。",
    "ただいまメンテナンス中のため、ご利用いただけません。",
    "ブラウザを閉じて、最初からやり直してください。この操作はできません。",
    "この時間帯はサービスをご利用になれません。ブラウザを終了してください。",
    "Supported browsers: Edge, Chrome",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_understood(text: str) -> None:
    """In the wordings that banks use, in both languages, however the lines are broken."""
    assert turned_away.says(text)


@pytest.mark.parametrize("text", MENTIONS)
def test_a_mention_is_no_refusal(text: str) -> None:
    """Nearly every page of a bank's links to its 推奨環境; maintenance is no browser's fault."""
    assert not turned_away.says(text)


def test_a_long_page_is_not_guessed_about() -> None:
    """A page of conditions says all sorts of things; one that only refuses is short."""
    assert not turned_away.says(REFUSALS[0] + "約款" * 1000)


def refused(text: str, status: int = 200) -> facts.PageSeen:
    return facts.PageSeen(0, FRONT, status, text)


def test_an_unknown_page_that_refuses_is_told_with_the_way_out() -> None:
    """After the page has had its time to become another one."""
    flow = Flow(plan())
    todo = feed(flow, *[refused(REFUSALS[0])] * (LOOKS + 1))
    assert stages(todo)[-1] == (Stage.FAILED, "browser-not-supported")


def test_a_403_that_refuses_is_told_at_once() -> None:
    """It is an explanation of the status, which says nothing to a person."""
    assert stages(Flow(plan()).handle(refused(REFUSALS[1], 403))) == [
        (Stage.FAILED, "browser-not-supported")
    ]
    assert stages(Flow(plan()).handle(refused(MENTIONS[0], 403))) == [
        (Stage.FAILED, "page-refused")
    ]


@pytest.mark.parametrize("known", [FRONT_PAGE, LOGON_PAGE])
def test_a_page_that_is_known_is_never_taken_for_a_refusal(known: facts.PageSeen) -> None:
    """A notice about old browsers on the log-on page stops nobody."""
    page = dataclasses.replace(known, text=f"{known.text}\n{REFUSALS[0]}")
    todo = Flow(plan()).handle(page)
    assert any(isinstance(step, steps.FollowLink) for step in todo)


def test_the_profiles_own_marker_is_sure() -> None:
    """[[pages.failures]] with the code: at once, on any page and whatever its length."""
    marked = FailurePage("browser-not-supported", ("CIBMU999",))
    bank = BANK._replace(pages=BANK.pages._replace(failures=(marked,)))
    todo = Flow(plan(bank=bank)).handle(refused("CIBMU999" + "約款" * 1000))
    assert stages(todo) == [(Stage.FAILED, "browser-not-supported")]
