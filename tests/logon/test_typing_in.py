"""The secret is overwritten when it has been typed, or cannot be, whatever the page answers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from support.systems import not_under_wine

from certhelper.logon.browser.typing_in import Then, Typing
from certhelper.secret import Secret

pytestmark = not_under_wine("the browser engine's modules")

PIN = "0a12B9"


class Field:
    """A page's field that notes what it is asked; ``answers`` replace ``ok`` by call."""

    def __init__(self, answers: dict[int, str] | None = None) -> None:
        self._answers = answers or {}
        self.calls: list[tuple[str, object]] = []

    def call(self, method: str, argument: int | str | None, then: Then) -> None:
        self.calls.append((method, argument))
        then(self._answers.get(len(self.calls), "ok"))


def buffer_of(secret: Secret) -> bytearray:
    return secret._buffer


def typed(field: Field, secret: Secret, *, strayed_after: int = 1000) -> list[tuple[str, bytes]]:
    """Type and return what was said at the end, with the secret's memory at that moment."""
    ends: list[tuple[str, bytes]] = []
    Typing(
        field.call,
        secret,
        None,
        QObject(),
        lambda answer: ends.append((answer, bytes(buffer_of(secret)))),
        may_go_on=lambda: len(field.calls) < strayed_after,
    ).start()
    return ends


def test_each_call_holds_one_character_and_each_is_compared_once_more() -> None:
    """No call holds two characters; when it is said that all stands there, the memory is zero."""
    field, secret = Field(), Secret.from_characters(PIN)
    size = len(buffer_of(secret))
    assert typed(field, secret) == [("ok", bytes(size))]
    adding = [("add", character) for character in PIN]
    checking = [("check", character) for character in PIN]
    assert field.calls == [("begin", len(PIN)), *adding, *checking]


@pytest.mark.parametrize("call", range(1, 2 * len(PIN) + 2))
@pytest.mark.parametrize("answer", ["page-changed", "not-taken", "field-too-short", ""])
def test_whatever_goes_wrong_nothing_of_it_stays(call: int, answer: str) -> None:
    """At every single call, with every answer: one end, and the memory is zero by then."""
    field, secret = Field({call: answer}), Secret.from_characters(PIN)
    size = len(buffer_of(secret))
    assert typed(field, secret) == [(answer, bytes(size))]
    assert len(field.calls) == call


@pytest.mark.parametrize("calls", range(1, 2 * len(PIN) + 1))
def test_a_page_that_sends_something_meanwhile_ends_it(calls: int) -> None:
    """What strays at the gate is noticed before the next character."""
    field, secret = Field(), Secret.from_characters(PIN)
    ((answer, memory),) = typed(field, secret, strayed_after=calls)
    assert answer == "page-changed"
    assert not any(memory)
    assert len(field.calls) == calls
