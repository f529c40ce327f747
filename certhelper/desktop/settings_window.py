"""The settings window: proxy, files, text size, own browser, ticks of the log-on, and the log.

Nothing counts before 「保存」 is pressed; what the administrator has decided shows and stays.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from certhelper import failures
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.dialogs import Dialog
from certhelper.desktop.settings_draft import Draft
from certhelper.desktop.settings_parts import (
    BrowserPart,
    FolderPart,
    LogonPart,
    LogPart,
    ProxyPart,
    SizePart,
)
from certhelper.failures import FailedError, Told
from certhelper.look.widgets import plain_label, push_button, rule, set_look
from certhelper.proxy_choice import ProxyChoice
from certhelper.qt import background
from certhelper.settings import Settings
from certhelper.settings_in_force import SettingsInForce
from certhelper.texts import text

TryProxy = Callable[[ProxyChoice], str]
"""Tries a choice and returns the name of the text that says what came of it; may take its time.

Raises :class:`~certhelper.failures.FailedError`.
"""
FindBrowsers = Callable[[], tuple[str, ...]]
"""Returns the ids of the browsers that are on this PC; may take its time."""


class SettingsWindow(Dialog):
    """``saved(Draft)`` carries what the person wants kept."""

    saved = Signal(object)
    lines_wide = 42
    repeats_title = False  # at the largest text size every line counts

    def __init__(
        self,
        kept: Settings,
        counts: SettingsInForce,
        usual_folder: Path,
        log_folder: Path,
        bank_host: str,
        try_proxy: TryProxy,
        find_browsers: FindBrowsers,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, text("settings.title"))
        self.setModal(True)
        draft = Draft.of(kept, counts)
        self._bank_host = bank_host
        self._try_proxy = try_proxy
        self._tries = 0
        self._is_trying = False
        self._follows_end = False
        self.proxy = ProxyPart(counts.proxy)
        self.folder = FolderPart(
            draft.downloads_folder, usual_folder, managed=counts.downloads_folder.managed
        )
        self.size_part = SizePart(draft.text_size)
        self.browser = BrowserPart(counts.own_browser)
        self.logon = LogonPart(
            counts.stop_at_notices, counts.check_revocation, shuffle=draft.shuffle_digits
        )
        self.log = LogPart(counts.log_detail, log_folder)
        self.try_button = push_button(text("settings.check.button"))
        self.try_button.clicked.connect(self._try_or_stop)
        self.answer = plain_label(selectable=True)
        self._cause = CauseOffer(self)
        self.cause_button = self._cause.button
        self.save_button = push_button(text("settings.save"), "primary")
        self.save_button.clicked.connect(self._save)
        self.problem = plain_label(look="bad")
        self._lay_out()
        in_order = [*self.proxy.in_order, self.try_button, self.folder.choose_button]
        for one, following in pairwise(in_order):
            self.setTabOrder(one, following)
        self.proxy.take_focus()
        self.proxy.changed.connect(self._proxy_changed)
        self._proxy_changed()
        self._area.verticalScrollBar().rangeChanged.connect(self._range_changed)
        self.log.changed.connect(self._show_log)
        background.prepare()
        background.start("own-browsers", lambda: self._look_for(find_browsers))

    @property
    def draft(self) -> Draft:
        """The values as they stand in the window."""
        return Draft(
            proxy=self.proxy.value,
            downloads_folder=self.folder.value,
            text_size=self.size_part.value,
            own_browser=self.browser.value,
            stop_at_notices=self.logon.stop.isChecked(),
            check_revocation=self.logon.check.isChecked(),
            shuffle_digits=self.logon.shuffle.isChecked(),
            log_detail=self.log.box.isChecked(),
        )

    def _lay_out(self) -> None:
        self.column.setSpacing(self.fontMetrics().height() // 8)
        self.column.addWidget(self.proxy)
        for widget in (self.problem, self.answer):
            self.proxy.below.addWidget(widget)
        self.proxy.below.addWidget(self.cause_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.proxy.below.addWidget(plain_label(text("settings.proxy.password"), "muted"))
        self.proxy.beside.addWidget(self.try_button)
        for part in (self.folder, self.size_part, self.browser, self.logon, self.log):
            self.column.addWidget(rule())
            self.column.addWidget(part)
        later = plain_label(text("settings.later"), "muted")
        cancel = self.close_button(text("settings.cancel"))
        self.add_buttons(cancel, self.save_button, beside=later)

    def _proxy_changed(self) -> None:
        """What was found out of another choice does not hold for this one."""
        self._stop_trying("")
        self._follows_end = False
        problem = self.draft.problem
        self.problem.setText(text(f"settings.problem.{problem}") if problem else "")
        self.problem.setVisible(bool(problem))
        set_look(self.problem, "bad" if self.proxy.typed else "muted")
        for button in (self.save_button, self.try_button):
            button.setEnabled(not problem)
        if self.isVisible():
            self.fit()

    def _show_log(self) -> None:
        """Bring what is said of it in sight: it is the last of the contents."""
        self._follows_end = self.log.box.isChecked()
        self.grow()

    def _range_changed(self, _begin: int, end: int) -> None:
        """A scroll bar that comes takes width, and the words a line more."""
        if self._follows_end:
            self._area.verticalScrollBar().setValue(end)

    def _save(self) -> None:
        self.saved.emit(self.draft)
        self.accept()

    # Trying

    def _try_or_stop(self) -> None:
        if self._is_trying:
            self._stop_trying(text("settings.check.stopped"))
            return
        self._is_trying = True
        self._follows_end = False
        self._tries += 1
        self._cause.withdraw()
        number, choice = self._tries, self.proxy.value
        self.try_button.setText(text("settings.check.stop"))
        self._say(text("settings.check.running"), "muted")
        background.start("try-proxy", lambda: self._try(number, choice))

    def _try(self, number: int, choice: ProxyChoice) -> None:
        try:
            name = self._try_proxy(choice)
            words = text(f"settings.check.{name}", host=self._bank_host)
            look = "caution" if name == "not-used" else "good"
        except FailedError as error:
            told = failures.told(error)
            background.deliver(self, lambda: self._failed(number, told, choice))
            return
        background.deliver(self, lambda: self._tried(number, words, look))

    def _is_waited_for(self, number: int) -> bool:
        return self._is_trying and number == self._tries

    def _tried(self, number: int, words: str, look: str) -> None:
        if self._is_waited_for(number):
            self._stop_trying(words, look)

    def _failed(self, number: int, told: Told, choice: ProxyChoice) -> None:
        if not self._is_waited_for(number):
            return
        code = text("desktop.attempt.code-and-number", code=told.code, number=told.number)
        words = f"{told.message}\n{told.cause}\n{told.remedy}\n{code}"
        self._stop_trying(words, "bad")
        self._cause.make(told, proxy=choice)
        self.fit()

    def _stop_trying(self, words: str, look: str = "muted") -> None:
        """A connection that is under way ends by itself; nobody waits for it any more."""
        self._is_trying = False
        self._cause.withdraw()
        self.try_button.setText(text("settings.check.button"))
        self._say(words, look)

    def _say(self, words: str, look: str) -> None:
        self.answer.setText(words)
        self.answer.setVisible(bool(words))
        set_look(self.answer, look)
        if words:
            self.fit()

    def _look_for(self, find_browsers: FindBrowsers) -> None:
        found = find_browsers()
        background.deliver(self, lambda: self.browser.show_installed(found))
