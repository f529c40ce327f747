"""Ends to every wait, and what must not be broken off."""

from __future__ import annotations

import signal
import threading

import pytest

from certhelper import signals
from certhelper.failures import FailedError
from certhelper.selftest import limits


def test_a_call_that_never_ends_is_left(home: object) -> None:
    """A store has been seen to stall for half an hour."""
    release = threading.Event()
    with pytest.raises(FailedError) as late:
        limits.within(0.05, lambda: release.wait(60))
    release.set()
    assert late.value.code == "selftest-time-limit"


def test_a_call_that_ends_hands_on_what_it_has() -> None:
    """Its result, or its error."""
    assert limits.within(30, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        limits.within(30, lambda: 1 // 0)


def test_the_whole_run_ends() -> None:
    """One step may take what is left of it and no more."""
    deadline = limits.Deadline(1000)
    assert deadline.at_most(5) == 5
    assert deadline.at_most(5000) <= 1000
    with pytest.raises(FailedError) as late:
        limits.Deadline(0).at_most(5)
    assert late.value.code == "selftest-time-limit"


def test_a_request_to_end_waits_for_what_must_not_be_broken_off() -> None:
    """It interrupts afterwards, and is answered as before from then on."""
    before = signal.getsignal(signal.SIGTERM)
    done = []

    def work() -> None:
        with signals.deferred():
            signal.raise_signal(signal.SIGTERM)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done
    assert signal.getsignal(signal.SIGTERM) == before


def test_nothing_breaks_off_the_removal() -> None:
    """Impatient people press Ctrl-C twice."""
    with signals.ignored():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)


def test_another_thread_may_ask_for_it() -> None:
    """Signals are the main thread's; elsewhere there is nothing to hold back."""
    done = threading.Event()

    def elsewhere() -> None:
        with signals.deferred(), signals.ignored():
            done.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert done.is_set()
