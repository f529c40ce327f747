"""The public list of findings as a whole."""

from __future__ import annotations

import re

import pytest

from certhelper.diagnosis.findings import Entry, entries
from certhelper.diagnosis.numbers import check_numbers, number_at
from certhelper.failures import Actor

NAMES = {
    Actor.ADMINISTRATOR: ("管理者", "{reissue}"),
    Actor.BANK: ("銀行", "発行元"),
    Actor.HELPDESK: ("担当者", "ヘルプデスク", "配布元"),
}
NO_STEP = ("入力しないで", "影響しません", "そのままお使い")
"""Sentences before the first step."""


def first_step(entry: Entry) -> str:
    sentences: list[str] = re.findall("[^。]+。?", entry.remedy["ja"])
    return next(one for one in sentences if not any(word in one for word in NO_STEP))


@pytest.mark.parametrize("code", [code for code, one in entries().items() if one.who in NAMES])
def test_who_acts_is_who_the_first_step_names(code: str) -> None:
    """What the user can do is not said to be another's; a step of another's failure is its own."""
    entry = entries()[code]
    step = first_step(entry)
    if "{remedy}" not in step:
        assert entry.who is not None
        assert any(name in step for name in NAMES[entry.who])


@pytest.mark.parametrize("code", entries())
def test_the_administrator_is_the_contracts_alone(code: str) -> None:
    """管理者 is the person who reissues; whoever looks after the PC is called otherwise."""
    entry = entries()[code]
    for one in (entry.user, entry.helpdesk, entry.remedy, entry.causes, entry.bank):
        assert "パソコンの管理者" not in one["ja"]


@pytest.mark.parametrize("code", [code for code, one in entries().items() if one.check])
def test_a_number_to_be_told_is_its_own(code: str) -> None:
    """Several numbers are on the screen: "this number" may be any of them."""
    entry = entries()[code]
    own = number_at(check_numbers()[entry.check], entry.place)
    for words, pattern in (
        (entry.remedy["ja"], "番号([0-9]+)"),
        (entry.remedy["en"], "number ([0-9]+)"),
    ):
        assert "この番号" not in words
        assert "this number" not in words
        named = [int(one) for one in re.findall(pattern, words)]
        assert all(one == own for one in named if one < 3000)
