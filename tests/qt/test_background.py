"""Threads and the window: outcomes arrive in its thread, and nothing of Qt ends in another."""

from __future__ import annotations

import gc
import sys
import threading
from functools import partial

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from certhelper.qt import background


def test_an_outcome_arrives_in_the_windows_thread(qtbot: QtBot, owner: QObject) -> None:
    """Widgets may be touched by it."""
    arrived: list[tuple[int, QThread]] = []

    def work() -> None:
        worker = threading.get_ident()
        background.deliver(owner, lambda: arrived.append((worker, QThread.currentThread())))

    background.start("work", work)
    qtbot.waitUntil(lambda: bool(arrived))
    ((worker, thread),) = arrived
    assert worker != threading.get_ident()
    assert thread is owner.thread()


def test_an_outcome_for_nobody_is_dropped(qtbot: QtBot, owner: QObject) -> None:
    """A window that is gone by then is not called."""
    gone = QObject()
    arrived: list[str] = []
    background.prepare()
    background.deliver(gone, partial(arrived.append, "for the gone"))
    delete(gone)
    background.deliver(owner, partial(arrived.append, "for the living"))
    qtbot.waitUntil(lambda: bool(arrived))
    assert arrived == ["for the living"]


def test_garbage_is_collected_in_the_windows_thread_only(
    qtbot: QtBot, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cycle with a Qt object, left by anybody, is freed here and nowhere else."""
    monkeypatch.setattr(background, "_COLLECT_MS", 1)
    threads: list[int] = []

    class Cyclic(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.itself = self

        def __del__(self) -> None:
            threads.append(threading.get_ident())

    background.collect_garbage_here(owner)
    assert not gc.isenabled()
    Cyclic()
    heap: list[list[int]] = []

    def allocate() -> None:
        heap.extend([number] for number in range(50_000))

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


def test_busy_threads_give_way_to_the_window_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """By themselves they hold it up by 5 ms in every call of Qt that lets them go on."""
    asked: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", asked.append)
    background.let_window_through()
    (seconds,) = asked
    assert seconds < 0.005
