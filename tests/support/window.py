"""A window on made-up stores with played children, driven by a test as by a person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget
from support import listings

from certhelper.checks import Chain, KeyTest, Revocation
from certhelper.desktop.key_opening import KeyOpening
from certhelper.desktop.places import Places
from certhelper.desktop.program import Program
from certhelper.listing import Listing
from certhelper.logon.stages import Stage, StageReport
from certhelper.pad.pin_pad import PinPad
from certhelper.revocation.question import Question
from certhelper.secret import Secret
from certhelper.stores import nss
from certhelper.stores.base import Installed, Store

Kind = TypeVar("Kind", bound=QDialog)


class PlayedProcess(QObject):
    """A child that does what the test says; it keeps the PIN and the secret that it was given."""

    reported = Signal(object)
    noticed = Signal(object)
    cause_wanted = Signal(object)
    ended = Signal(int, str)

    def __init__(self, parent: QObject, opening: KeyOpening | None = None) -> None:
        super().__init__(parent)
        self.pins: list[str] = []
        self.opening = opening
        self.is_running = False
        self.cancelled = 0

    def start(self) -> None:
        self.is_running = True

    def send_pin(self, pin: Secret) -> None:
        with pin:
            self.pins.append("".join(pin.characters()))

    def cancel(self) -> None:
        self.cancelled += 1
        self.end(143)

    def tell(self, *stages: Stage, code: str | None = None) -> None:
        for stage in stages:
            self.reported.emit(StageReport(stage, code))

    def end(self, status: int, words: str = "") -> None:
        if self.is_running:
            self.is_running = False
            self.ended.emit(status, words)


class PlayedMeans:
    """What finds out whether certificates can be used: it answers as the test says, when it says.

    ``go`` holds the answers of issuers back until it is set.
    """

    def __init__(self) -> None:
        self.may_ask = True
        self.go = threading.Event()
        self.go.set()
        self.revocations: dict[str, Revocation] = {}
        self.found_chains: dict[str, Chain] = {}
        self.keys: dict[str, KeyTest] = {}
        self.asked: list[str] = []
        self.tested: list[str] = []
        self.times_anew = 0

    def chains(self, found: Listing) -> Mapping[str, Chain]:
        return self.found_chains

    def ask(
        self,
        questions: Sequence[Question],
        answered: Callable[[str, Revocation], None],
        stop: threading.Event,
    ) -> None:
        for question in questions:
            sha256 = question.certificate.sha256
            self.asked.append(sha256)
            self.go.wait(20)
            if stop.is_set():
                return
            answered(sha256, self.revocations[sha256])

    def ask_anew(self) -> None:
        self.times_anew += 1

    def test_key(self, installed: Installed) -> KeyTest:
        self.tested.append(installed.store)
        return self.keys.get(installed.store, KeyTest(None))


class MadeUpPlaces(Places):
    """Stores that a test made, besides what the person adds."""

    def __init__(self, stores: Sequence[Store]) -> None:
        super().__init__()
        self.stores = tuple(stores)

    def find(self) -> Sequence[Store]:
        """Never what this PC itself has: other tests fill it meanwhile."""
        usual = ("nss", str(nss.default_directory()))
        added = [
            one
            for one in super().find()
            if one.kind not in ("windows", "macos")
            and (one.kind != "pkcs11" or self.is_added(f"{one.kind}:{one.where}"))
            and (one.kind, one.where) != usual
        ]
        return (*self.stores, *added)


class Played:
    """A window on made-up stores with played children, and what it opened in the browser."""

    def __init__(
        self, program: Program, processes: list[PlayedProcess], means: PlayedMeans
    ) -> None:
        self.program = program
        self.means = means
        self.processes = processes
        self.window = program.window
        self.frame = program.frame
        self.opened: list[str] = []
        self.browser_works = True
        self.clock: Callable[[], datetime] = lambda: listings.AT

    def choose(self, key: str) -> None:
        """Put the cursor on the card with this key."""
        assert self.program.body.list.choose(key)

    def log_on(self, key: str, pin: str = "0123ab") -> PlayedProcess:
        """Choose a card, open the pad, enter a PIN and submit it."""
        self.choose(key)
        self.program.body.selection.main_button.click()
        pad = self.dialog(PinPad)
        for character in pin:
            pad.entry.enter(character)
        pad.logon_button.click()
        return self.processes[-1]

    def dialogs(self) -> list[QDialog]:
        return [one for one in self.window.findChildren(QDialog) if one.isVisible()]

    def dialog(self, kind: type[Kind]) -> Kind:
        (found,) = (one for one in self.dialogs() if isinstance(one, kind))
        return found


OpenWindow = Callable[..., Played]


def words_on(widget: QWidget) -> str:
    """Every text that can be read on a widget, once what was added to it has been shown."""
    QApplication.processEvents()
    labels = [one.text() for one in widget.findChildren(QLabel) if one.isVisible()]
    buttons = [one.text() for one in widget.findChildren(QPushButton) if one.isVisible()]
    return "\n".join(labels + buttons)
