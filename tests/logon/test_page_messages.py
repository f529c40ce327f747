"""What a page says, before anybody sees it."""

from __future__ import annotations

from certhelper.logon.page_messages import MessageCount, presentable


def test_from_the_third_message_on_silence_is_offered() -> None:
    """The first two are usual; a page that says more may be stopped, until another page comes."""
    count = MessageCount()
    assert [count.speak() for _ in range(4)] == [False, False, True, True]
    count.is_silenced = True
    count.page_moves()
    assert not count.is_silenced
    assert not count.speak()


def test_a_message_is_bounded_and_nothing_in_it_hides() -> None:
    """Lines stay lines; what turns words around is shown, and a book is cut short."""
    assert presentable("一\r\n二\r三\n四") == "一\n二\n三\n四"
    assert "\u202e" not in presentable("振込\u202e先")
    assert len(presentable("あ" * 1_000_000)) < 21_000
