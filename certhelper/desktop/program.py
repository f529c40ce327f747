"""The program behind the window: brings stores, choice, PIN pad and sessions together.

What opens on a click alone is loaded then: it would keep the list waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from certhelper import failures, moment
from certhelper.bank import Bank
from certhelper.desktop import gone, news
from certhelper.desktop.arranging import arrange, before_a_reissue, preselected, search
from certhelper.desktop.attempt import Attempt, Phase
from certhelper.desktop.bank_choice import BankChoice, FindBank
from certhelper.desktop.body import Body
from certhelper.desktop.check_means import CheckMeans
from certhelper.desktop.checking import Checker, Means
from certhelper.desktop.diagnosis_way import DiagnosisWay, Start, Surroundings
from certhelper.desktop.finding_out import FindingOut
from certhelper.desktop.frame import Frame
from certhelper.desktop.key_opening import KeyOpening, KeyOpenings
from certhelper.desktop.logons import ChosenRow, Logons, MakeProcess
from certhelper.desktop.menu import Menu
from certhelper.desktop.news import News
from certhelper.desktop.opening import FileOpening
from certhelper.desktop.passphrases_held import HeldPassphrases
from certhelper.desktop.places import Places
from certhelper.desktop.reading import Reader
from certhelper.desktop.remote_support import RemoteSupport
from certhelper.desktop.rows import (
    CertificateRow,
    HolderRow,
    LockedRow,
    Row,
    Section,
    StoreRow,
)
from certhelper.desktop.selection import certificate_facts, describe
from certhelper.desktop.session_process import SessionProcess, logon_command
from certhelper.desktop.side_windows import SideWindows
from certhelper.desktop.store_changes import StoreChanges
from certhelper.desktop.visibility import Visibility
from certhelper.desktop.watching import StoreWatch
from certhelper.desktop.window import MainWindow
from certhelper.desktop.wishes import Wishes
from certhelper.failures import ExitStatus, FailedError
from certhelper.listing import Listing
from certhelper.logon import secret_wanted
from certhelper.machine_settings import MachineSettings
from certhelper.pad.screen_capture import ScreenCapture, of_this_system
from certhelper.proxy_choice import ProxyChoice
from certhelper.settings import SettingsFile
from certhelper.settings_in_force import InForce, in_force
from certhelper.stores.base import StoreReading
from certhelper.texts import text
from certhelper.update_check import Fetch

if TYPE_CHECKING:
    from certhelper.desktop.own_browser import Means as BrowserMeans
    from certhelper.desktop.own_browser import OwnBrowser

_STALE: Final = timedelta(minutes=5)
"""When the window is used again after this, what is listed is judged as of now."""

_TO_PAINT_MS: Final = 100
_LONGEST_UNSETTLED_MS: Final = 1000

_OF_THE_STORE: Final = ("token-", "certificate-gone")
"""After such failures the list is not as it was."""


class Program(QObject):
    """Lives as long as the window or one of its sessions.

    ``finished`` carries the exit status when neither is left.  ``settled`` is sent once, when the
    first list stands or is long in coming: what nobody waits for can be done then.
    """

    finished = Signal(int)
    settled = Signal()

    def __init__(
        self,
        window: MainWindow,
        settings: SettingsFile,
        find_bank: FindBank,
        places: Places,
        *,
        agreed_hash: str | None = None,
        held: HeldPassphrases | None = None,
        make_process: MakeProcess | None = None,
        own_browser: BrowserMeans | None = None,
        capture: ScreenCapture | None = None,
        decided: Callable[[], MachineSettings] = MachineSettings,
        fetch_news: Fetch | None = None,
        check_means: Means | None = None,
        clock: Callable[[], datetime] = moment.now,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.exit_status: int = ExitStatus.DONE
        self.wishes = Wishes(settings, self)
        self.wishes.not_kept.connect(self._say_not_kept)
        self.banks = BankChoice(window, settings, find_bank, agreed_hash)
        self._places = places
        places.take_added(settings.settings.added_stores)
        self._side_windows = SideWindows(window)
        self._browser_means = own_browser
        self._own_browser: OwnBrowser | None = None
        self._clock = clock
        self._held = held or HeldPassphrases()
        self._listing: Listing | None = None
        self._sections: tuple[Section, ...] = ()
        self._chosen_places: dict[str, str] = {}
        self._query = ""
        self._wants_choice = True
        self._shown_attempt: Attempt | None = None
        self._capture = capture or of_this_system()
        self._decided = decided
        self._fetch_news = fetch_news or self._fetch_by_proxy
        self._check_means = check_means or CheckMeans(self._may_ask_issuers, self._proxy)
        self._make_process = make_process or self._session_process
        self.banks.found.connect(self._go_on)
        self.banks.refused.connect(self._say_failure)
        self.frame = Frame(settings.settings.text_size)
        self.banks.noticed.connect(self.frame.add_notice)
        self.frame.text_size_chosen.connect(self.wishes.keep_text_size)
        self.way = DiagnosisWay(window, self.frame, self._surroundings())
        window.dismissed.connect(self._leave_when_nothing_is_left)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_LONGEST_UNSETTLED_MS)
        self._settling.timeout.connect(self._settle)

    def begin(self) -> None:
        """Find the bank and start to read the stores.  Called after the first picture."""
        self.window.setWindowTitle(text("desktop.title"))
        self.window.set_contents(self.frame)
        if self.wishes.problem is not None:
            self.frame.add_notice(text("desktop.notice.settings", detail=self.wishes.problem))
        self._settling.start()
        self.banks.find()

    def _settle(self) -> None:
        from certhelper.look.icon import program_icon

        QGuiApplication.setWindowIcon(program_icon())
        self.settled.emit()

    @property
    def bank(self) -> Bank:
        return self.banks.bank

    def _go_on(self) -> None:
        self.reader = Reader(self.bank, self._places.find, self, self._clock)
        self.reader.start()  # looks for the stores while the window is filled
        self.body = Body()
        self.logons = Logons(self.window, self._make_process, self._capture)
        self.keys = KeyOpenings(self.window)
        self.remote = RemoteSupport(self.window, self.frame)
        self._unseen = self.frame.banner(text("desktop.remote.unseen"))
        visibility = Visibility(self.window)
        self.watch = StoreWatch(visibility, self.reader)
        means = self._check_means
        self.checker = Checker(visibility, self.reader, means, self._clock)
        self.found_out = FindingOut(self.checker, means, self.frame, self.logons, self.keys)
        self.watch.is_urgent = self.found_out.is_urgent
        self.opening = FileOpening(self.window, self.reader, self._held)
        self.menu = Menu(self.frame, can_hide=self._capture.can_hide)
        self.changes = StoreChanges(
            self.window,
            self.body.list,
            lambda: self.bank,
            lambda: self._listing,
            self.logons.is_open,
        )
        kept = self.wishes.now
        self.news = News(self.frame, self._decided(), kept, self._clock, self._fetch_news)
        self._connect()
        self.frame.set_body(self.body)
        self.body.list.setFocus()
        self._show_bank()
        self.news.begin()

    def _connect(self) -> None:
        frame, body, reader = self.frame, self.body, self.reader
        frame.reload_wanted.connect(self._reload)
        frame.cancel_reading_wanted.connect(reader.cancel)
        frame.search_changed.connect(self._search)
        frame.search_left.connect(body.list.setFocus)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusWindowChanged.connect(self._judge_again)
        reader.listed.connect(self._listed)
        reader.listed.connect(self.found_out.take_listing)
        reader.slow.connect(self._say_slow)
        reader.finished.connect(self._show_nothing)
        reader.no_stores.connect(self._say_failure)
        body.empty.reload_wanted.connect(self._reload)
        body.empty.places_wanted.connect(self._show_places)
        body.empty.obtain_wanted.connect(lambda: self._go_to(self.bank.site.obtain_url))
        body.confirmed.connect(self._confirmed)
        body.place_chosen.connect(self._choose_place)
        body.details_wanted.connect(self._show_details)
        body.browser_wanted.connect(self._offer_browser)
        body.attempt_chosen.connect(self._attempt_chosen)
        body.attempt.cancel_wanted.connect(self._cancel_attempt)
        body.attempt.retry_wanted.connect(self._retry)
        body.attempt.closed.connect(self._put_attempt_away)
        body.attempt.cause_wanted.connect(self._find_cause_of_attempt)
        body.cause_wanted.connect(self._find_cause)
        body.attempt.browser_wanted.connect(self._offer_browser_after_failure)
        self.logons.changed.connect(self._attempt_changed)
        self.logons.noticed.connect(self._say_of_session)
        self.logons.ended.connect(self._leave_when_nothing_is_left)
        self.logons.pin_submitted.connect(
            lambda row: self.wishes.keep_certificate(self.bank.id, row)
        )
        self.logons.shuffle_changed.connect(self.wishes.keep_shuffle)
        self.logons.pad_unseen.connect(self._unseen.setVisible)
        self.logons.remote_support_wanted.connect(self.remote.begin)
        self.remote.begun.connect(self.logons.close_pads)
        self.remote.begun.connect(self.keys.close)
        self.opening.opened.connect(self._reload)
        self.opening.not_remembered.connect(
            lambda code: self.frame.add_notice(text(f"stores.{code}"))
        )
        self.changes.connect_menu(self.menu)
        self.changes.changed.connect(self._reload)
        self.changes.details_wanted.connect(self._show_details)
        self.menu.address_wanted.connect(self._go_to)
        self.menu.browser_wanted.connect(lambda: self._offer_browser(body.list.chosen_row()))
        self.menu.change_address_wanted.connect(self.banks.ask_address)
        self.banks.changed.connect(self._show_bank)
        self.news.page_wanted.connect(self._go_to)
        self.news.checked.connect(self.wishes.keep_check)
        self.menu.about_wanted.connect(
            lambda: self._side_windows.show_about(self.bank, self.news.facts())
        )
        self.menu.self_test_wanted.connect(self._show_self_test)
        self.menu.cause_wanted.connect(lambda: self._find_cause(body.list.chosen_row()))
        self.menu.places_wanted.connect(self._show_places)
        self.menu.captures_allowed.connect(
            lambda allowed: setattr(self._capture, "is_allowed", allowed)
        )
        self.menu.settings_wanted.connect(self._show_settings)

    # ---- what is listed

    def _reload(self) -> None:
        self.checker.ask_again()
        self.reader.start()

    def _listed(self, listing: Listing) -> None:
        self._listing = listing
        self._end_failure()
        chosen = self._place_of_last_log_on(listing) | self._chosen_places
        self._sections = arrange(listing, self._places.is_asked_for, chosen)
        self._show()
        if self._settling.isActive():
            self._settling.start(_TO_PAINT_MS)

    def _choose_place(self, row: ChosenRow, store: str) -> None:
        self._chosen_places[row.judged.installed.certificate.sha256] = store
        if self._listing is not None:
            self._listed(self._listing)

    def _place_of_last_log_on(self, listing: Listing) -> dict[str, str]:
        """Where it worked the last time is used again, as long as nothing stands against it."""
        last = self.wishes.now.last_used.get(self.bank.id)
        for judged in listing.grouped.judged if last is not None else ():
            installed = judged.installed
            if last == (installed.certificate.sha256, installed.store) and judged.usable:
                return {last.sha256: last.store}
        return {}

    def _judge_again(self) -> None:
        if self._listing is not None and self._clock() - self._listing.at > _STALE:
            self.reader.judge_again()

    def _search(self, query: str) -> None:
        self._query = query
        self._show()

    def _show(self) -> None:
        found = search(self._sections, self._query)
        if not found and not self._query and self.reader.is_reading:
            return  # nothing yet is not the same as nothing at all
        if not found:
            self._show_where_was_looked()
        self.body.show_sections(found, self._query)
        self._preselect(found)
        self.changes.choose_imported(found)

    def _show_where_was_looked(self) -> None:
        places = [reading.name for reading in self._listing.readings] if self._listing else []
        self.body.empty.show_places(
            places,
            before_a_reissue(self._listing) if self._listing else (),
            can_add=not self._places.are_named,
            can_obtain=bool(self.bank.site.obtain_url),
        )

    def _show_nothing(self) -> None:
        """Say at the end of a reading that there is nothing; anything else is shown already."""
        if not self._sections:
            self._show()

    def _preselect(self, sections: Sequence[Section]) -> None:
        """Choose for the person once, at the start; afterwards the choice is theirs."""
        if not self._wants_choice or self.body.list.chosen_row() is not None:
            return
        key = preselected(sections, self.wishes.now.last_used.get(self.bank.id))
        if key is not None and self.body.list.choose(key):
            self.body.list.setFocus()
        if not self.reader.is_reading:
            self._wants_choice = False

    def _say_slow(self, pending: tuple[str, ...] | None) -> None:
        if pending is None:
            self.frame.show_reading("")
            return
        places = text("desktop.list.pause").join(pending)
        slow = text("desktop.reading.slow", places=places)
        self.frame.show_reading(slow if pending else text("desktop.loading"))

    # ---- what is done with it

    def _confirmed(self, row: Row) -> None:
        match row:
            case LockedRow() if row.needs_passphrase:
                self.opening.ask(row)
            case LockedRow() | StoreRow():
                self._reload()
            case HolderRow() | CertificateRow():
                self._log_on(row)

    def _log_on(self, row: ChosenRow) -> None:
        selection = describe(row)
        if selection.obstacle:
            return
        if self.remote.is_on:
            self.remote.ask_to_end(lambda: self._log_on(row))
            return
        if self.banks.needs_address:
            self.banks.ask_address(lambda: self._log_on(row))
        elif selection.asks_about_administrator:
            self._ask_first(row, "administrator")
        else:
            self._log_on_again(row)

    def _log_on_again(self, row: ChosenRow) -> None:
        if self.logons.is_open(row):
            self._ask_first(row, "open-already")
        else:
            self._start(row)

    def _ask_first(self, row: ChosenRow, about: str) -> None:
        from certhelper.desktop.dialogs import ask

        box = ask(
            self.window,
            text(f"desktop.ask.{about}-title"),
            text(f"desktop.ask.{about}"),
            text(f"desktop.ask.{about}-go-on"),
        )
        go_on = self._log_on_again if about == "administrator" else self._start
        box.accepted.connect(lambda: go_on(row))
        box.open()

    def _start(self, row: ChosenRow) -> None:
        needed = secret_wanted.wanted(row.judged.installed)
        if needed is None:
            self._start_opened(row, None)
            return
        go_on = partial(self._start_opened, row)
        self.keys.ask(row.judged.installed, needed, certificate_facts(row.judged), go_on)

    def _start_opened(self, row: ChosenRow, opening: KeyOpening | None) -> None:
        shuffle = self.wishes.now.shuffle_digits
        self.logons.start(row, self.bank, shuffle=shuffle, opening=opening)

    def _session_process(
        self, row: ChosenRow, bank: Bank, opening: KeyOpening | None
    ) -> SessionProcess:
        installed = row.judged.installed
        command = logon_command(
            installed.store,
            installed.certificate.sha256,
            self.banks.command_line,
            pin=bank.pin.entry != "page",
            last_try=opening is not None and opening.is_last_try,
        )
        if opening is not None:
            return SessionProcess(command, opening.secret, self, once=True)
        return SessionProcess(command, self._held.find(installed.store), self)

    # ---- log-ons under way

    def _attempt_changed(self, attempt: Attempt) -> None:
        self.body.show_sessions(self.logons.open_attempts)
        if attempt.phase is Phase.FAILED and not self.window.isVisible():
            self.window.bring_to_front()
        if attempt.phase is Phase.FAILED and self.frame.shows_page:
            self.frame.add_notice(text("diagnosis-window.log-on-failed", name=attempt.name))
        if attempt.failure is not None and attempt.failure.code.startswith(_OF_THE_STORE):
            self._reload()  # the token has fewer tries now, or is gone
        if attempt.phase is Phase.ENDED:
            if self._shown_attempt is attempt:
                self._put_attempt_away()
            return
        if attempt.phase is not Phase.SESSION or self._shown_attempt is attempt:
            self._shown_attempt = attempt
            self.body.show_attempt(attempt)
            if attempt.phase is Phase.FAILED:
                self.body.attempt.take_keyboard()

    def _attempt_chosen(self, number: int) -> None:
        self._shown_attempt = self.logons.open_attempts[number]
        self.body.show_attempt(self._shown_attempt)

    def _cancel_attempt(self) -> None:
        if self._shown_attempt is not None:
            self.logons.cancel(self._shown_attempt)

    def _put_attempt_away(self) -> None:
        attempt, self._shown_attempt = self._shown_attempt, None
        if attempt is not None and attempt.phase is Phase.FAILED:
            self.logons.forget(attempt)
        self.body.show_selection()

    def _retry(self) -> None:
        """Start anew: a new child, and the PIN is typed again.  Nothing is sent by itself."""
        attempt = self._shown_attempt
        row = self.logons.row_of(attempt) if attempt is not None else None
        readings = self._listing.readings if self._listing is not None else ()
        if attempt is not None and row is not None:
            installed = row.judged.installed
            if gone.is_gone(installed, readings):  # no PIN is asked for that could be of no use
                attempt.fail(gone.error_of(installed))
                self._attempt_changed(attempt)
                return
        self._put_attempt_away()
        if row is not None:
            self.body.list.choose(row.key)
            self._log_on(row)

    # ---- other windows

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            lambda: getattr(self.banks, "bank", None),
            self._places.find,
            self._clock,
            self._proxy,
            lambda: hasattr(self, "logons") and self.logons.any_running,
            _log,
        )

    def _find_cause(self, row: Row | None) -> None:
        self.way.begin(Start(describe(row).judged))

    def _find_cause_of_attempt(self) -> None:
        attempt = self._shown_attempt
        row = self.logons.row_of(attempt) if attempt is not None else None
        if attempt is not None:
            self.way.begin(Start(describe(row).judged, attempt.failure))

    def _offer_browser(self, row: Row | None) -> None:
        known = self._listing.grouped.judged if self._listing else ()
        chosen, usual = describe(row).judged, self._usual_browser()
        self._browsers().offer(self.bank, chosen, known, self._clock(), usual)

    def _browsers(self) -> OwnBrowser:
        """Loaded when somebody asks for it: a fifth of the way to the list is what it knows."""
        if self._own_browser is None:
            from certhelper.desktop.own_browser import OwnBrowser

            self._own_browser = OwnBrowser(self.window, self._browser_means)
            self._own_browser.failed.connect(self._say_browser_failed)
        return self._own_browser

    def _say_browser_failed(self, words: str) -> None:
        find_cause = text("desktop.panel.find-cause")
        self.frame.add_notice(words, find_cause, lambda: self.way.begin(Start()))

    def _proxy(self) -> ProxyChoice:
        return in_force(self.wishes.now, self._decided()).proxy.value

    def _fetch_by_proxy(self, url: str) -> bytes:
        return news.fetch(url, self._proxy())

    def _may_ask_issuers(self) -> bool:
        """The demo's certificates are nobody's but this PC's: there is no issuer to ask."""
        may = in_force(self.wishes.now, self._decided()).check_revocation.value
        return may and not self.bank.is_demo

    def _show_details(self, row: Row) -> None:
        self._side_windows.show_details(
            row, self.found_out.facts, self.found_out.changed, self.changes.remove
        )

    def _usual_browser(self) -> InForce[str]:
        return in_force(self.wishes.now, self._decided()).own_browser

    def _offer_browser_after_failure(self) -> None:
        row = self.logons.row_of(self._shown_attempt) if self._shown_attempt else None
        self._offer_browser(row)

    def _go_to(self, address: str) -> None:
        self._browsers().go_to(address, self._usual_browser().value)

    def _show_self_test(self) -> None:
        from certhelper.desktop.self_test import open_self_test

        open_self_test(self.window)

    def _show_places(self) -> None:
        from certhelper.desktop.places_dialog import PlacesDialog

        readings = self._listing.readings if self._listing else ()
        dialog = PlacesDialog(
            readings,
            self._places.is_added,
            can_add=not self._places.are_named,
            parent=self.window,
        )

        def show(readings: Sequence[StoreReading]) -> None:
            dialog.show_readings(readings, self.wishes.now.added_stores)

        def change(added: list[str]) -> None:
            self.wishes.keep_stores(added)
            self._places.take_added(added)
            self._reload()

        def add(stores: list[str]) -> None:
            change(list(dict.fromkeys([*self.wishes.now.added_stores, *stores])))
            show(self._listing.readings if self._listing else ())
            dialog.show_place(stores[0])

        def remove(name: str) -> None:
            known = self.wishes.now.added_stores
            change([store for store in known if store != name])

        dialog.added.connect(add)
        dialog.removed.connect(remove)
        listed = self.reader.listed.connect(lambda made: show(made.readings))
        dialog.finished.connect(lambda: self.reader.listed.disconnect(listed))
        dialog.open()

    # ---- settings and the end

    def _show_settings(self) -> None:
        from certhelper.desktop.settings_opening import open_settings

        try:
            open_settings(self.frame, self.wishes, self._decided(), self.bank)
        except FailedError as error:  # the administrator's file was changed since the start
            self.frame.add_notice(failures.told(error).sentence())

    def _show_bank(self) -> None:
        changeable = self.banks.needs_address or self.banks.has_given_address
        self.menu.show_bank(self.bank, address_is_asked=changeable)
        self.frame.show_bank(self.bank.name, self.banks.remark)

    def _say_failure(self, error: FailedError) -> None:
        """Without a bank or a store there is nothing to list: say what is wrong."""
        from certhelper.desktop.failure_page import FailurePage

        self.exit_status = failures.find(error.code).exit_status
        told = failures.told(error)
        page = FailurePage(told)
        page.cause_wanted.connect(lambda: self.way.begin(Start(failure=told)))
        self.frame.show_obstacle(page)

    def _end_failure(self) -> None:
        """The stores that were named are there again."""
        if self.frame.end_obstacle():
            self.exit_status = ExitStatus.DONE
            self.body.list.setFocus()

    def _say_not_kept(self, detail: str) -> None:
        self.frame.add_notice(text("desktop.notice.not-kept", detail=detail))

    def _say_of_session(self, words: str) -> None:
        """The person looks at the session's window, and this one may have been closed."""
        self.frame.add_notice(words)
        if not self.window.isVisible():
            self.window.bring_to_front()
        QApplication.alert(self.window)

    def _leave_when_nothing_is_left(self) -> None:
        """Sessions go on without the list; this process stays to clean up after them."""
        logons = getattr(self, "logons", None)
        if self.window.isVisible() or (logons is not None and logons.any_running):
            return
        self._held.wipe()
        self.finished.emit(self.exit_status)


def _log() -> Sequence[str]:
    from certhelper.diagnosis import log

    return log.lines(log.MOST_OF_A_REPORT)
