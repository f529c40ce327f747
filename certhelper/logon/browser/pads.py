"""The software keyboard in the session window: for the log-on's PIN, and for any other field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFrame, QHBoxLayout
from shiboken6 import isValid

from certhelper import texts
from certhelper.logon import steps
from certhelper.logon.browser.field_entry import FieldEntry
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.field_choice import Chosen
from certhelper.logon.stages import Stage, StageReport
from certhelper.look.widgets import plain_label
from certhelper.pad import wording
from certhelper.pad.pin_pad import PadTitle, PinPad
from certhelper.pad.screen_capture import Hiding, of_this_system
from certhelper.pad.wording import LONGEST_ENTRY, EntryRule, FieldRule, Wording

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_FILLED = {
    "ok": "pad-filled",
    "field-too-short": "pad-field-too-short",
    "not-taken": "pad-not-taken",
}


class Pads(QObject):
    """Opens one pad at a time over the session window, and takes it away with what it was for."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._capture = of_this_system()
        self._shuffle = window.request.shuffle_digits
        self._session: BrowserSession | None = None
        self.pad: PinPad | None = None
        self._wrong_pins = 0  # in all attempts of this window: the bank counts on, too
        self._entry: FieldEntry | None = None
        self._unseen = _unseen_bar()
        window.add_bar(self._unseen)
        self._offer_showing()
        window.session_attached.connect(self._attach)
        window.pad_wanted.connect(self._look_for_field)

    def _attach(self, session: BrowserSession) -> None:
        self.close()
        self._drop_entry()
        self._session = session
        session.desk.asked.connect(lambda asked: self._ask(session, asked))
        session.desk.withdrawn.connect(lambda: self._withdraw(session))
        session.told.connect(lambda report: self._told(session, report))

    def close(self) -> None:
        """Put the pad away with what was typed on it."""
        if self.pad is not None:
            self.pad.reject()

    def open(self, said: Wording, rule: EntryRule) -> PinPad:
        """Open a pad in the place of any other; connect to its signals what is to happen."""
        self.close()
        bank = self._window.session.bank
        pad = PinPad(
            PadTitle(self._window.request.certificate_facts, demo=bank.is_demo),
            rule,
            self._capture,
            shuffle=self._shuffle,
            wording=said,
            parent=self._window,
        )
        self.pad = pad
        pad.shuffle_changed.connect(self._keep_shuffle)
        pad.remote_support_wanted.connect(self._put_away_for_support)
        pad.finished.connect(lambda: self._finished(pad))
        pad.open()
        self._unseen.setVisible(pad.hiding is Hiding.HIDDEN)
        return pad

    def _ask(self, session: BrowserSession, asked: steps.AskPin) -> None:
        if session is not self._session:
            return
        wrong = self._wrong_pins if asked.after_wrong else 0
        said = wording.for_logon(asked.words, wrong_before=wrong)
        pad = self.open(said, session.bank.pin)
        pad.submitted.connect(lambda: session.desk.give(pad.take_pin()))
        pad.rejected.connect(session.desk.decline)

    # Any password field of the page in front

    def _look_for_field(self) -> None:
        view, session = self._window.view(), self._window.session
        if view is None or self.pad is not None:
            return
        if not session.person_acts:
            self._window.say("pad-not-now", "said-action")
            return
        self._drop_entry()
        entry = self._entry = FieldEntry(view, session.bank, self)
        entry.look(lambda found: self._field_found(session, entry, found))

    def _drop_entry(self) -> None:
        entry, self._entry = self._entry, None
        if entry is not None and isValid(entry):
            entry.end()

    def _field_found(self, session: BrowserSession, entry: FieldEntry, found: Chosen | str) -> None:
        if isinstance(found, str):
            entry.end()
            self._window.say(found, "said-action")
            return
        rule: EntryRule = FieldRule(found.field.maximum_length or LONGEST_ENTRY)
        if found.is_logon_pin:
            rule = session.bank.pin
        pad = self.open(wording.for_field(found.label, is_logon_pin=found.is_logon_pin), rule)
        by_keys = session.bank.pin.entry == "keys"
        pad.submitted.connect(
            lambda: entry.fill(pad.take_pin(), by_keys=by_keys, done=self._field_filled)
        )
        pad.finished.connect(lambda result: None if result else self._drop_entry())

    def _field_filled(self, answer: str) -> None:
        name = _FILLED.get(answer, "pad-page-changed")
        self._window.say(name, "said-done" if answer == "ok" else "said-fault")

    # What takes a pad away

    def _withdraw(self, session: BrowserSession) -> None:
        if session is self._session:
            self.close()

    def _told(self, session: BrowserSession, report: StageReport) -> None:
        if session is self._session and report.stage is Stage.FAILED:
            self._wrong_pins += report.code in wording.AFTER_WRONG_PIN
            self.close()

    def _finished(self, pad: PinPad) -> None:
        if self.pad is pad:
            self.pad = None
            self._unseen.hide()

    def _keep_shuffle(self, on: bool) -> None:
        self._shuffle = on

    def _put_away_for_support(self) -> None:
        self.close()
        self._window.say("pad-put-away", "said-action")

    def _offer_showing(self) -> None:
        """Let who works on this PC from elsewhere see the pad, where it is hidden from captures."""
        if self._capture.can_hide:
            allow = self._window.header.menu.addAction(texts.text("desktop.remote.allow"))
            allow.setCheckable(True)
            allow.setToolTip(texts.text("desktop.remote.allow-why"))
            allow.toggled.connect(self._allow_captures)

    def _allow_captures(self, on: bool) -> None:
        self._capture.is_allowed = on


def _unseen_bar() -> QFrame:
    bar = QFrame()
    bar.setProperty("look", "notice")
    row = QHBoxLayout(bar)
    row.addWidget(plain_label(texts.text("desktop.remote.unseen")), 1)
    bar.hide()
    return bar
