"""Opens addresses in the person's own browser, with what is to be known before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from certhelper import failures
from certhelper.bank import Bank
from certhelper.browsers import check, installed, policy_entry, start
from certhelper.browsers.check import Check
from certhelper.browsers.kinds import Browser
from certhelper.certificate import Certificate
from certhelper.desktop.own_browser_dialog import OwnBrowserDialog
from certhelper.failures import FailedError, Told
from certhelper.qt import background
from certhelper.safe_text import safe
from certhelper.settings_in_force import InForce
from certhelper.standing import Judged
from certhelper.texts import text

OpenAddress = Callable[[str, str], None]
"""Opens an address in a browser, by its id; raises :class:`FailedError`."""

Look = Callable[[str, Bank, Certificate, Sequence[Judged], datetime], Check]
"""As :func:`certhelper.browsers.check.check`."""


class Means(NamedTuple):
    """How it is done; tests play it."""

    open_address: OpenAddress = start.open_address
    look: Look = check.check
    present: Callable[[], tuple[Browser, ...]] = installed.present


class OwnBrowser(QObject):
    """``failed`` carries what failed (:class:`Told`) for an address opened without a dialog."""

    failed = Signal(object)

    def __init__(self, window: QWidget, means: Means | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._means = means or Means()

    def go_to(self, address: str, browser: str) -> None:
        """Open one of the bank's pages; what does not work is said by ``failed``."""

        def done(problem: Told | None) -> None:
            if problem is not None:
                self.failed.emit(problem)

        self._open(self, address, browser, done)

    def offer(
        self,
        bank: Bank,
        chosen: Judged | None,
        known: Sequence[Judged],
        at: datetime,
        usual: InForce[str],
    ) -> OwnBrowserDialog:
        """Open the dialog for the bank's log-on page.

        ``known`` are all the certificates of the list, judged as of ``at``; ``usual`` is the
        browser of the settings.
        """
        address = bank.site.start_url
        dialog = OwnBrowserDialog(chosen, address, self._window)

        def look(browser: str) -> None:
            if chosen is not None:
                certificate = chosen.installed.certificate
                self._check(dialog, browser, bank, certificate, known, at)

        def done(problem: Told | None) -> None:
            if problem is not None:
                dialog.show_problem(problem)
            else:
                dialog.show_opened()

        def go(browser: str) -> None:
            dialog.show_opening()
            self._open(dialog, address, browser, done)

        def save() -> None:
            if chosen is not None:
                certificates = [one.installed.certificate for one in known]
                _save_policy(dialog, bank, chosen.installed.certificate, certificates)

        dialog.browser_chosen.connect(look)
        dialog.open_wanted.connect(go)
        dialog.policy_wanted.connect(save)
        dialog.show()  # not modal: it stays beside the browser, and the list can be used
        if chosen is not None:
            dialog.show_checking()
        self._look_for_browsers(dialog, usual)
        return dialog

    def _look_for_browsers(self, dialog: OwnBrowserDialog, usual: InForce[str]) -> None:
        """In a thread, as in the settings: folders of programs may lie on another computer."""

        def work() -> None:
            present = self._means.present()
            background.deliver(
                dialog,
                lambda: dialog.show_browsers(present, usual.value, is_decided=usual.managed),
            )

        background.start("own-browsers", work)

    def _open(
        self, owner: QObject, address: str, browser: str, done: Callable[[Told | None], None]
    ) -> None:
        """Open it in a thread: seeing whether it starts takes a moment."""

        def work() -> None:
            problem: Told | None = None
            try:
                self._means.open_address(address, browser)
            except FailedError as error:
                problem = failures.told(error)
            background.deliver(owner, lambda: done(problem))

        background.start("own-browser", work)

    def _check(
        self,
        dialog: OwnBrowserDialog,
        browser: str,
        bank: Bank,
        certificate: Certificate,
        known: Sequence[Judged],
        at: datetime,
    ) -> None:
        dialog.show_checking()
        look = self._means.look

        def work() -> None:
            found = look(browser, bank, certificate, known, at)

            def show() -> None:
                if dialog.browser == browser:  # another one may have been chosen meanwhile
                    dialog.show_check(found)

            background.deliver(dialog, show)

        background.start("browser-check", work)


def _save_policy(
    dialog: OwnBrowserDialog, bank: Bank, certificate: Certificate, known: Sequence[Certificate]
) -> None:
    """Save the policy's entry where the person chooses.

    The dialog has asked about a file that is there already, so it may be replaced.
    """
    if dialog.check is None or dialog.check.browser is None:
        return
    try:
        kind = policy_entry.kind_for(sys.platform)
        made = policy_entry.make(kind, dialog.check.browser, bank, certificate, known)
        usual = str(Path.home() / made.name)
        title = text("own-browser.policy-title")
        path, _ = QFileDialog.getSaveFileName(dialog, title, usual, f"*.{kind}")
        if not path:
            return
        policy_entry.save(made, Path(path), may_replace=True)
    except FailedError as error:
        dialog.show_problem(failures.told(error))
        return
    dialog.show_saved(text("own-browser.saved", file=safe(path)), made.remarks)
