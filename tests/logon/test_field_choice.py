"""Which password field the software keyboard fills, and what it may be called."""

from __future__ import annotations

import pytest
from support.flow_facts import BANK

from certhelper.logon.field_choice import Chosen, FrameSeen, SecretField, choose

PAGE = "https://www.bank.example/transfer"
PIN_URL = "https://login.bank.example/pin"


def field(label: str = "", *, focused: bool = False, number: int = 0) -> SecretField:
    return SecretField(number, label, focused, None)


def frame(
    *fields: SecretField, url: str = PAGE, focused: bool = True, is_pin_page: bool = False
) -> FrameSeen:
    return FrameSeen(url, focused, is_pin_page, fields)


def chosen(*frames: FrameSeen) -> Chosen:
    found = choose(frames, BANK)
    assert isinstance(found, Chosen)
    return found


def test_the_only_field_needs_no_cursor() -> None:
    """One password field on the page: that is the one."""
    assert chosen(frame(field("ワンタイムパスワード"))).label == "ワンタイムパスワード"


def test_of_several_fields_the_one_with_the_cursor_is_meant() -> None:
    """And without a cursor in any of them nobody guesses."""
    fields = (field("旧"), field("新", focused=True, number=1))
    assert chosen(frame(*fields)).field.number == 1
    assert choose([frame(field("旧"), field("新", number=1))], BANK) == "pad-several-fields"


def test_a_frame_of_the_bank_is_looked_into_and_another_is_not() -> None:
    """A field in a frame counts as far as its host is the bank's."""
    inside = frame(field("確認暗証番号", focused=True), focused=True)
    assert chosen(frame(focused=False), inside).frame == 1
    assert choose([frame(), frame(field(), url="https://evil.example/")], BANK) == "pad-no-field"
    assert choose([frame()], BANK) == "pad-no-field"


def test_the_cursor_of_a_frame_that_has_it_not_counts_for_nothing() -> None:
    """Every frame keeps its last cursor; only the one that the person is in means something."""
    outer, inner = field("外", focused=True), field("内", focused=True)
    assert chosen(frame(outer, focused=False), frame(inner)).label == "内"


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("ワンタイムパスワード", "ワンタイムパスワード"),
        (" 利用者確認暗証番号 : ", "利用者確認暗証番号"),
        ("利用者暗証番号", ""),
        ("利用者\n暗証番号", ""),
        ("契約法人暗証番号", "契約法人暗証番号"),
        ("", ""),
        ("あ" * 31, ""),
        ("a\u202eb", "a[U+202E]b"),
    ],
)
def test_the_page_s_words_are_repeated_but_never_as_the_pin_of_the_log_on(
    written: str, label: str
) -> None:
    """A page could ask for one thing under the name of another."""
    found = chosen(frame(field(written)))
    assert (found.label, found.is_logon_pin) == (label, False)


def test_only_the_pin_page_s_own_field_is_the_pin_of_the_log_on() -> None:
    """The profile's markers, a host that may be sent the certificate, one field."""
    found = chosen(frame(field("何か"), url=PIN_URL, is_pin_page=True))
    assert (found.label, found.is_logon_pin) == ("利用者暗証番号", True)
    assert not chosen(frame(field(), is_pin_page=True)).is_logon_pin
    two = (field(focused=True), field(number=1))
    assert not chosen(frame(*two, url=PIN_URL, is_pin_page=True)).is_logon_pin
