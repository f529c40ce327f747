"""The program behind the window: brings stores, choice, PIN pad and sessions together.

What opens on a click alone is loaded then: it would keep the list waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from certhelper import failures, moment
from certhelper.bank import Bank
from certhelper.desktop import news
from certhelper.desktop.bank_choice import BankChoice, FindBank
from certhelper.desktop.body import Body
from certhelper.desktop.browser_way import BrowserWay
from certhelper.desktop.check_means import CheckMeans
from certhelper.desktop.checking import Checker, Means
from certhelper.desktop.diagnosis_way import DiagnosisWay, Start, Surroundings, note
from certhelper.desktop.finding_out import FindingOut
from certhelper.desktop.frame import Frame
from certhelper.desktop.key_opening import KeyOpening, KeyOpenings
from certhelper.desktop.log_on_course import LogOnCourse
from certhelper.desktop.logons import ChosenRow, Logons, MakeProcess, Process
from certhelper.desktop.menu import Menu
from certhelper.desktop.news import News
from certhelper.desktop.opening import FileOpening
from certhelper.desktop.passphrases_held import HeldPassphrases
from certhelper.desktop.places import Places
from certhelper.desktop.reading import Reader
from certhelper.desktop.remote_support import RemoteSupport
from certhelper.desktop.rows import CertificateRow, HolderRow, LockedRow, Row, StoreRow
from certhelper.desktop.selection import describe
from certhelper.desktop.shown_attempts import ShownAttempts
from certhelper.desktop.shown_list import ShownList
from certhelper.desktop.side_windows import SideWindows
from certhelper.desktop.store_changes import StoreChanges
from certhelper.desktop.visibility import Visibility
from certhelper.desktop.watching import StoreWatch
from certhelper.desktop.window import MainWindow
from certhelper.desktop.wishes import Wishes
from certhelper.failures import ExitStatus, FailedError, Told
from certhelper.machine_settings import MachineSettings
from certhelper.pad.screen_capture import ScreenCapture, of_this_system
from certhelper.proxy_choice import ProxyChoice
from certhelper.settings import SettingsFile
from certhelper.settings_in_force import SettingsInForce, in_force
from certhelper.texts import text
from certhelper.update_check import Fetch

if TYPE_CHECKING:
    from certhelper.desktop.own_browser import Means as BrowserMeans

_TO_PAINT_MS: Final = 100
_LONGEST_UNSETTLED_MS: Final = 1000


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
        self._browser = BrowserWay(window, lambda: self._counts().own_browser, own_browser)
        self._browser.failed.connect(self._say_failed)
        self._clock = clock
        self._held = held or HeldPassphrases()
        self._capture = capture or of_this_system()
        self._decided = decided
        self._fetch_news = fetch_news or self._fetch_by_proxy
        self._check_means = check_means or CheckMeans(self._may_ask_issuers, self._proxy)
        self._make_process = make_process or self._session_process
        self.banks.found.connect(self._go_on)
        self.banks.refused.connect(self._say_failure)
        self.frame = Frame(settings.settings.text_size)
        self.banks.noticed.connect(self.frame.add_notice)
        self.banks.failed.connect(self._say_failed)
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

    @property
    def bank(self) -> Bank:
        return self.banks.bank

    def _go_on(self) -> None:
        self.reader = Reader(self.bank, self._places.find, self, self._clock)
        self.reader.start()  # looks for the stores while the window is filled
        self.body = Body()
        self._prepare_log_ons()
        self._prepare_list()
        self.menu = Menu(self.frame, can_hide=self._capture.can_hide)
        kept = self.wishes.now
        self.news = News(self.frame, self._decided(), kept, self._clock, self._fetch_news)
        self._connect_list()
        self._connect_log_ons()
        self._connect_menu()
        self.frame.set_body(self.body)
        self.body.list.setFocus()
        self._show_bank()
        self.news.begin()

    def _prepare_log_ons(self) -> None:
        window, frame = self.window, self.frame
        self.logons = Logons(window, self._make_process, self._capture)
        self.keys = KeyOpenings(window)
        self.remote = RemoteSupport(window, frame)
        self._unseen = frame.banner(text("desktop.remote.unseen"))
        self.course = LogOnCourse(
            window, self.banks, self.wishes, self.logons, self.keys, self.remote
        )
        self.attempts = ShownAttempts(
            window, frame, self.body, self.logons, lambda: self.listed.readings
        )

    def _prepare_list(self) -> None:
        """The order counts: who is made first hears first what the reader says."""
        window, frame, reader, means = self.window, self.frame, self.reader, self._check_means
        visibility = Visibility(window)
        self.watch = StoreWatch(visibility, reader)
        self.checker = Checker(visibility, reader, means, self._clock)
        self.found_out = FindingOut(self.checker, means, frame, self.logons, self.keys)
        self.watch.is_urgent = self.found_out.is_urgent
        self.opening = FileOpening(window, reader, self._held)
        self.listed = ShownList(
            frame, self.body, reader, self._places, self.wishes, lambda: self.bank
        )
        self.changes = StoreChanges(
            window,
            self.body.list,
            lambda: self.bank,
            lambda: self.listed.listing,
            self.logons.is_open,
        )

    def _connect_list(self) -> None:
        frame, body, reader = self.frame, self.body, self.reader
        frame.reload_wanted.connect(self._reload)
        frame.cancel_reading_wanted.connect(reader.cancel)
        frame.search_left.connect(body.list.setFocus)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusWindowChanged.connect(self._judge_again)
        reader.listed.connect(self._list_is_there)
        reader.listed.connect(self.found_out.take_listing)
        self.found_out.refused.connect(self._say_refused)
        reader.no_stores.connect(self._say_failure)
        body.empty.reload_wanted.connect(self._reload)
        body.empty.places_wanted.connect(self._show_places)
        body.empty.obtain_wanted.connect(lambda: self._browser.go_to(self.bank.site.obtain_url))
        body.confirmed.connect(self._confirmed)
        body.details_wanted.connect(self._show_details)
        body.browser_wanted.connect(self._offer_browser)
        body.cause_wanted.connect(self._find_cause)
        self.opening.opened.connect(self._reload)
        self.opening.not_remembered.connect(
            lambda code: self.frame.add_notice(text(f"stores.{code}"))
        )
        self.listed.shown.connect(self.changes.choose_imported)
        self.changes.changed.connect(self._reload)
        self.changes.details_wanted.connect(self._show_details)

    def _connect_log_ons(self) -> None:
        self.attempts.again_wanted.connect(self.course.begin)
        self.attempts.browser_wanted.connect(self._offer_browser)
        self.attempts.cause_wanted.connect(self.way.begin)
        self.way.begun.connect(self.attempts.cause_is_looked_for)
        self.attempts.failed_behind.connect(self.way.log_on_failed)
        self.attempts.store_changed.connect(self._reload)
        self.logons.noticed.connect(self._say_of_session)
        self.logons.cause_wanted.connect(self._find_cause_of_session)
        self.logons.ended.connect(self._leave_when_nothing_is_left)
        self.logons.pin_submitted.connect(
            lambda row: self.wishes.keep_certificate(self.bank.id, row)
        )
        self.logons.shuffle_changed.connect(self.wishes.keep_shuffle)
        self.logons.pad_unseen.connect(self._unseen.setVisible)
        self.logons.remote_support_wanted.connect(self.remote.begin)
        self.remote.begun.connect(self.logons.close_pads)
        self.remote.begun.connect(self.keys.close)

    def _connect_menu(self) -> None:
        menu, chosen_row = self.menu, self.body.list.chosen_row
        self.changes.connect_menu(menu)
        menu.address_wanted.connect(self._browser.go_to)
        menu.browser_wanted.connect(lambda: self._offer_browser(chosen_row()))
        menu.change_address_wanted.connect(self.banks.ask_address)
        self.banks.changed.connect(self._show_bank)
        self.news.page_wanted.connect(self._browser.go_to)
        self.news.checked.connect(self.wishes.keep_check)
        menu.about_wanted.connect(
            lambda: self._side_windows.show_about(self.bank, self.news.facts())
        )
        menu.self_test_wanted.connect(self._side_windows.show_self_test)
        menu.cause_wanted.connect(lambda: self._find_cause(chosen_row()))
        menu.places_wanted.connect(self._show_places)
        menu.captures_allowed.connect(lambda allowed: setattr(self._capture, "is_allowed", allowed))
        menu.settings_wanted.connect(self._show_settings)

    # ---- the list

    def _reload(self) -> None:
        self.checker.ask_again()
        self.reader.start()

    def _judge_again(self) -> None:
        self.listed.judge_again(self._clock())

    def _list_is_there(self) -> None:
        """There is something to list, perhaps after a store that was named had been gone."""
        if self.frame.end_obstacle():
            self.exit_status = ExitStatus.DONE
            self.body.list.setFocus()
        if self._settling.isActive():
            self._settling.start(_TO_PAINT_MS)

    def _settle(self) -> None:
        from certhelper.look.icon import program_icon

        QGuiApplication.setWindowIcon(program_icon())
        self.settled.emit()

    def _confirmed(self, row: Row) -> None:
        match row:
            case LockedRow() if row.needs_passphrase:
                self.opening.ask(row)
            case LockedRow() | StoreRow():
                self._reload()
            case HolderRow() | CertificateRow():
                self.course.begin(row)

    def _session_process(self, row: ChosenRow, bank: Bank, opening: KeyOpening | None) -> Process:
        from certhelper.desktop.session_making import SessionMaker

        return SessionMaker(self.banks, self._held, self).make(row, bank, opening)

    # ---- other windows

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            lambda: getattr(self.banks, "bank", None),
            self._places.find,
            self._clock,
            self._proxy,
            lambda: hasattr(self, "logons") and self.logons.any_at_bank,
            _log,
        )

    def _find_cause(self, row: Row | None) -> None:
        self.way.begin(Start(describe(row).judged))

    def _offer_browser(self, row: Row | None) -> None:
        chosen = describe(row).judged
        self._browser.offer(self.bank, chosen, self.listed.judged, self._clock())

    def _show_details(self, row: Row) -> None:
        self._side_windows.show_details(
            row, self.found_out.facts, self.found_out.changed, self.changes.remove
        )

    def _show_places(self) -> None:
        from certhelper.desktop.places_opening import open_places

        open_places(self.window, self._places, self.wishes, self.listed, self.reader, self._reload)

    def _show_settings(self) -> None:
        from certhelper.desktop.settings_opening import open_settings

        try:
            open_settings(self.frame, self.wishes, self._decided(), self.bank)
        except FailedError as error:  # the administrator's file was changed since the start
            self.way.tell(failures.told(error))

    # ---- settings that count

    def _counts(self) -> SettingsInForce:
        return in_force(self.wishes.now, self._decided())

    def _proxy(self) -> ProxyChoice:
        return self._counts().proxy.value

    def _fetch_by_proxy(self, url: str) -> bytes:
        return news.fetch(url, self._proxy())

    def _may_ask_issuers(self) -> bool:
        """The demo's certificates are nobody's but this PC's: there is no issuer to ask."""
        return self._counts().check_revocation.value and not self.bank.is_demo

    # ---- what is said, and the end

    def _show_bank(self) -> None:
        changeable = self.banks.needs_address or self.banks.has_given_address
        self.menu.show_bank(self.bank, address_is_asked=changeable)
        self.frame.show_bank(self.bank.name, self.banks.remark)

    def _say_failure(self, error: FailedError) -> None:
        """Without a bank or a store there is nothing to list: say what is wrong."""
        from certhelper.desktop.failure_page import FailurePage

        self.exit_status = failures.find(error.code).exit_status
        told = failures.told(error)
        note(told)
        page = FailurePage(told)
        page.cause_wanted.connect(lambda: self.way.begin(Start(failure=told)))
        self.frame.show_obstacle(page)

    def _say_failed(self, told: Told) -> None:
        self.way.tell(told)

    def _say_refused(self, told: Told, sha256: str) -> None:
        known = self.listed.judged
        judged = (one for one in known if one.installed.certificate.sha256 == sha256)
        self.way.tell(told, next(judged, None))

    def _say_not_kept(self, detail: str) -> None:
        self.frame.add_notice(text("desktop.notice.not-kept", detail=detail))

    def _say_of_session(self, row: ChosenRow, told: Told) -> None:
        """The person looks at the session's window, and this one may have been closed."""
        self.way.tell(told, row.judged)
        if not self.window.isVisible():
            self.window.bring_to_front()
        QApplication.alert(self.window)

    def _find_cause_of_session(self, row: ChosenRow, told: Told) -> None:
        """The person has asked for it in the session's window, which stays as it is.

        What is open over this window, such as a pad, keeps its place, its keys and its contents:
        the way to the cause waits in a line below it.
        """
        if QApplication.activeModalWidget() is not None:
            self._say_of_session(row, told)
            return
        self.window.bring_to_front()
        QApplication.alert(self.window)  # where the desktop lets no program come to the front
        start = Start(row.judged, told)
        if not self.way.is_finding(start):
            self.way.begin(start)

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
