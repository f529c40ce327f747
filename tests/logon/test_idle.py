"""The bank's own time-out, counted and never guessed."""

from __future__ import annotations

from certhelper.logon.idle import Idle, IdleWatch


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_guessed_where_the_profile_does_not_know() -> None:
    """Without a number there is never a warning."""
    clock = Clock()
    watch = IdleWatch(0, clock)
    watch.begin()
    clock.now += 1e6
    assert (watch.state, watch.seconds_left) == (Idle.QUIET, None)


def test_a_minute_before_the_end_it_warns_and_then_it_is_over() -> None:
    """Ten minutes: quiet for nine, a warning for one."""
    clock = Clock()
    watch = IdleWatch(10, clock)
    watch.begin()
    seen = []
    for seconds in (539, 1, 59.5, 1):
        clock.now += seconds
        seen.append((watch.state, watch.seconds_left))
    assert seen == [
        (Idle.QUIET, 61.0),
        (Idle.WARNING, 60.0),
        (Idle.WARNING, 0.5),
        (Idle.OVER, 0.0),
    ]


def test_every_page_that_is_asked_for_starts_the_time_anew() -> None:
    """The bank counts from its last page, and so does the watch."""
    clock = Clock()
    watch = IdleWatch(10, clock)
    watch.begin()
    clock.now += 599
    watch.page_requested()
    assert watch.state is Idle.QUIET
    assert watch.seconds_left == 600.0


def test_nothing_is_counted_before_the_log_on_and_after_the_log_off() -> None:
    """Pages before the top page start nothing."""
    clock = Clock()
    watch = IdleWatch(10, clock)
    watch.page_requested()
    clock.now += 1e6
    assert watch.state is Idle.QUIET
    watch.begin()
    watch.end()
    clock.now += 1e6
    assert watch.state is Idle.QUIET


def test_a_clock_that_is_set_back_does_not_end_a_session() -> None:
    """The time that has gone is never less than none."""
    clock = Clock()
    watch = IdleWatch(10, clock)
    watch.begin()
    clock.now -= 5000
    assert (watch.state, watch.seconds_left) == (Idle.QUIET, 600.0)


def test_a_bank_of_one_minute_is_not_warned_of_from_the_start() -> None:
    """The warning takes at most half of the bank's time."""
    clock = Clock()
    watch = IdleWatch(1, clock)
    watch.begin()
    seen = [watch.state]
    clock.now += 30
    assert [*seen, watch.state] == [Idle.QUIET, Idle.WARNING]
