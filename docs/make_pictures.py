"""Makes a picture of every window, for README and the guides: ``python docs/make_pictures.py DIR``.

Nothing of this PC is shown: the certificates are the demo's, in a temporary store, and the log-on
is played.  It needs no screen.  ``--all`` makes each picture in both schemes and three text sizes,
which is how a change of the look is judged.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtWidgets import QDialog, QWidget

    from certhelper.bank import Bank
    from certhelper.certificate import Certificate
    from certhelper.checks import Chain, KeyTest
    from certhelper.desktop.own_browser import Means
    from certhelper.desktop.places import Places
    from certhelper.desktop.program import Program
    from certhelper.pad.screen_capture import ScreenCapture
    from certhelper.settings import TextSize
    from certhelper.standing import Judged
    from certhelper.stores.base import Store

    Kind = TypeVar("Kind", bound=QDialog)

_SCREEN = {
    "name": "picture",
    "x": 0,
    "y": 0,
    "width": 1366,
    "height": 768,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}
"""A common laptop's."""

_WAIT_SECONDS = 20
_PASSPHRASE_OF_FILE = "correct horse"
_SITE = "https://logon.demo-bank.localhost"


class Studio:
    """Windows on the demo's certificates; ``suffix`` ends the name of each picture."""

    def __init__(self, folder: Path, target: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from certhelper.demo import cases, profile, store
        from certhelper.demo.authority import Authority
        from certhelper.demo.client import Addresses
        from certhelper.look.theme import Theme
        from certhelper.settings import TextSize

        self.folder, self.target, self.suffix = folder, target, ""
        self.application = QApplication([])
        self.theme = Theme(self.application, TextSize.STANDARD)
        self.theme.settle()
        authority = Authority()
        self.cases = cases.make(authority)
        self.database = folder / "nssdb"
        store.write(self.database, authority, self.cases)
        server = authority.issue_server(["demo-bank.localhost"])
        self.profile = profile.write(folder, Addresses(_SITE, _SITE, _SITE), server)

    def scene(self, places: Places | None = None, capture: ScreenCapture | None = None) -> Scene:
        """Open the window and wait until what is there has been read."""
        from certhelper.desktop.places import Places

        scene = Scene(self, places or Places([f"nss:{self.database}"]), capture)
        self.wait(lambda: not scene.program.reader.is_reading)
        return scene

    def set_text_size(self, size: TextSize) -> None:
        """As a person who has chosen this size before."""
        from certhelper.settings import SettingsFile

        file = SettingsFile(self.folder / "settings.json")
        file.change(lambda settings: setattr(settings, "text_size", size))
        self.theme.set_text_size(size)

    def wait(self, until: Callable[[], bool]) -> None:
        end = monotonic() + _WAIT_SECONDS
        while not until():
            self.application.processEvents()
            if monotonic() > end:
                raise TimeoutError("a scene did not become ready")

    def settle(self) -> None:
        """Let everything be laid out."""
        for _ in range(5):
            self.application.processEvents()

    def take(self, widget: QWidget, name: str) -> None:
        self.settle()
        widget.grab().save(str(self.target / f"{name}{self.suffix}.png"))


class _NothingFoundOut:
    """Asks nobody and tries no key: what a picture shows does not depend on when it was taken."""

    may_ask = True

    def chains(self, *_: object) -> dict[str, Chain]:
        return {}

    def ask_anew(self) -> None:
        """Nobody was asked."""

    def ask(self, *_: object) -> None:
        """Nobody is asked."""

    def test_key(self, *_: object) -> KeyTest:
        from certhelper.checks import KeyTest

        return KeyTest(None)


class Scene:
    """One window, and what a person does in it."""

    def __init__(self, studio: Studio, places: Places, capture: ScreenCapture | None) -> None:
        from PySide6.QtCore import QObject, Signal

        from certhelper.bank import Bank
        from certhelper.banks import Found, Origin
        from certhelper.desktop.program import Program
        from certhelper.desktop.window import MainWindow
        from certhelper.settings import SettingsFile

        class Played(QObject):
            """Stands in for the child: the scene says what it reports."""

            reported = Signal(object)
            noticed = Signal(object)
            cause_wanted = Signal(object)
            ended = Signal(int, str)
            is_running = False

            def start(self) -> None:
                """Nothing is started."""

            def send_pin(self, pin: object) -> None:
                """Nothing is sent anywhere."""

            def cancel(self) -> None:
                self.ended.emit(1, "")

        self.studio = studio
        self.window = MainWindow()
        self.window.show()
        self.child = Played(self.window)
        self.program: Program = Program(
            self.window,
            SettingsFile(studio.folder / "settings.json"),
            lambda: Found(Bank.read(studio.profile), Origin.SHIPPED),
            places,
            make_process=lambda row, bank, opening: self.child,
            capture=capture,
            own_browser=_played_browser(),
            check_means=_NothingFoundOut(),
        )
        self.program.begin()
        self.body = self.program.body

    def take(self, name: str, widget: QWidget | None = None) -> None:
        self.studio.take(widget or self.window, name)

    def choose(self, key: str) -> None:
        if not self.body.list.choose(key):
            raise LookupError(key)

    def open_reasons(self) -> None:
        view = self.body.list
        view.setExpanded(view.currentIndex(), True)
        view.scrollTo(view.currentIndex(), view.ScrollHint.PositionAtTop)

    def dialog(self, kind: type[Kind]) -> Kind:
        found = [one for one in self.window.findChildren(kind) if one.isVisible()]
        return found[-1]

    def take_dialog(self, name: str) -> None:
        from PySide6.QtWidgets import QDialog

        dialog = self.dialog(QDialog)
        self.take(name, dialog)
        dialog.reject()

    def choose_in_menu(self, words: str) -> None:
        actions = self.program.frame.menu_button.menu().actions()
        next(one for one in actions if words in one.text()).trigger()

    def enter_pin(self, characters: str) -> QWidget:
        from certhelper.pad.pin_pad import PinPad

        self.body.selection.main_button.click()
        pad = self.dialog(PinPad)
        for character in characters:
            pad.entry.enter(character)
        pad.logon_button.setFocus()
        return pad

    def click(self, widget: QWidget, words: str) -> None:
        from PySide6.QtWidgets import QPushButton

        buttons = widget.findChildren(QPushButton)
        next(one for one in buttons if words in one.text()).click()

    def close(self) -> None:
        self.window.close()


def _played_browser() -> Means:
    """A PC with Edge and Firefox, which offer every certificate that can be used."""
    from certhelper.browsers import offering, policies
    from certhelper.browsers.check import Check
    from certhelper.browsers.kinds import Browser
    from certhelper.browsers.offering import Answer, Offer
    from certhelper.browsers.policies import PolicyFinding, Verdict
    from certhelper.desktop.own_browser import Means

    def look(
        browser: str, bank: Bank, chosen: Certificate, known: Sequence[Judged], _at: datetime
    ) -> Check:
        which = Browser(browser) if browser else Browser.EDGE
        offer = Offer(Answer.YES, "offered", (("browser", policies.name_of(which)),))
        servers = policies.servers_of(bank)
        found = tuple(PolicyFinding(which, one, Verdict.NONE, chosen) for one in servers)
        usable = [one.installed.certificate for one in known if one.usable]
        return Check(which, None, offer, found, offering.look_alikes(chosen, usable))

    return Means(lambda _address, _browser: None, look, lambda: (Browser.EDGE, Browser.FIREFOX))


def _list(studio: Studio) -> None:
    from certhelper.demo.cases import CONTRACT, SECOND_CONTRACT

    scene = studio.scene()
    scene.choose(f"{CONTRACT}/user01")
    scene.take("main")
    scene.choose(f"{CONTRACT}/keiri01")
    scene.open_reasons()
    scene.take("others")
    scene.choose(f"{SECOND_CONTRACT}/expired")
    scene.open_reasons()
    scene.take("reasons")
    scene.choose(f"{CONTRACT}/")
    scene.open_reasons()
    scene.take("administrator")
    scene.body.list.scrollToBottom()
    scene.take("unrecognized")
    scene.program.frame.search.setText("nobody")
    studio.wait(lambda: scene.body.pages.currentWidget() is not scene.body.list)
    scene.take("search-nothing")
    scene.close()


def _nothing(studio: Studio) -> None:
    from certhelper.desktop.places import Places
    from certhelper.stores.pkcs12 import Pkcs12Store

    empty = studio.folder / "empty"
    empty.mkdir(exist_ok=True)

    class OwnPlaces(Places):
        """As without ``--store``, where places can be added; yet nothing of this PC is read."""

        def find(self) -> Sequence[Store]:
            return [Pkcs12Store(empty)]

    scene = studio.scene(OwnPlaces())
    scene.take("empty")
    scene.close()


def _files(studio: Studio) -> None:
    from certhelper.desktop.places import Places

    files, broken = studio.folder / "files", studio.folder / "broken"
    for folder in (files, broken):
        folder.mkdir(exist_ok=True)
    file = files / "biznet-user01.p12"
    file.write_bytes(studio.cases[0].issued.pkcs12("user01", _PASSPHRASE_OF_FILE.encode()))
    (broken / "cert9.db").write_bytes(b"no database")
    scene = studio.scene(Places([f"pkcs12:{files}", f"nss:{broken}"]))
    scene.choose(f"pkcs12:{files}|{file}")
    scene.take("locked")
    scene.body.selection.main_button.click()
    scene.take_dialog("passphrase")
    scene.choose(f"store|nss:{broken}")
    scene.take("failed-store")
    scene.choose_in_menu("証明書を探す場所")
    scene.take_dialog("places")
    scene.close()


def _log_on(studio: Studio) -> None:
    from certhelper.demo.cases import CONTRACT
    from certhelper.logon.stages import Stage, StageReport
    from certhelper.pad.pin_pad import PinPad

    scene = studio.scene()
    scene.choose(f"{CONTRACT}/user01")
    scene.take("pad", scene.enter_pin("0a1b"))
    scene.dialog(PinPad).logon_button.click()

    def tell(*stages: Stage) -> None:
        for stage in stages:
            scene.child.reported.emit(StageReport(stage))

    tell(Stage.OPENED, Stage.LOGON_PAGE, Stage.CERTIFICATE_REQUESTED, Stage.CERTIFICATE_SENT)
    scene.take("progress")
    tell(Stage.OTHER_AUTHENTICATION)
    scene.take("session")
    scene.body.attempt.close_button.click()
    scene.take("sessions")
    facts = {"host": "logon.demo-bank.localhost", "error": -117}
    scene.child.reported.emit(StageReport(Stage.FAILED, "certificate-refused", facts))
    scene.take("failure")
    scene.close()


def _remote_support(studio: Studio) -> None:
    from certhelper.demo.cases import CONTRACT
    from certhelper.pad.screen_capture import ScreenCapture

    scene = studio.scene(capture=ScreenCapture(lambda window: None))
    scene.choose(f"{CONTRACT}/user01")
    pad = scene.enter_pin("0a1b")
    scene.take("pad-hidden", pad)
    scene.take("remote-pad-behind")
    scene.click(pad, "遠隔サポートを受ける")
    scene.take("remote-support")
    scene.body.selection.main_button.click()
    scene.take_dialog("ask-remote-support")
    scene.close()


def _news(studio: Studio) -> None:
    from certhelper import moment, update_check
    from certhelper.desktop.news import News
    from certhelper.machine_settings import MachineSettings
    from certhelper.settings import Settings

    answer = {
        "schema": update_check.SCHEMA,
        "version": "9.0.0",
        "message_ja": "11月30日までに入れ替えてください。",
        "page": "https://it.example.co.jp/certhelper/",
    }
    scene = studio.scene()
    asking = MachineSettings(update_check_url="https://it.example.co.jp/certhelper.json")
    for decided in (MachineSettings(engine_age_days=1), asking):
        news = News(
            scene.program.frame,
            decided,
            Settings(),
            moment.now,
            lambda url: json.dumps(answer).encode(),
        )
        arrived: list[object] = []
        news.checked.connect(arrived.append)
        news.begin()
    studio.wait(lambda: bool(arrived))
    scene.take("news")
    scene.close()


def _self_test(studio: Studio) -> None:
    from certhelper.desktop.rows import Mark
    from certhelper.desktop.self_test import SelfTestDialog
    from certhelper.desktop.self_test_report import StepReport
    from certhelper.failures import find
    from certhelper.texts import text

    def step(name: str, code: str, mark: Mark = Mark.GOOD, **facts: str) -> None:
        if mark is Mark.BAD:
            told = find(code).say(facts)
            words = (told.message, told.cause, told.remedy)
        else:
            words = (text(f"selftest.{code}", **facts), "", "")
        dialog.show_step(StepReport(name, code, mark, 12, *words))

    scene = studio.scene()
    scene.choose_in_menu("自己診断")
    dialog = scene.dialog(SelfTestDialog)
    scene.take("self-test", dialog)
    dialog.show_start()
    step("left-overs", "no-left-overs")
    step("store-read", "store-read", count="3")
    step("demo-bank", "demo-bank-started")
    scene.take("self-test-running", dialog)
    step("put", "certificate-put")
    step("listed", "certificate-listed")
    step("log-on", "logged-on", seconds="1.6")
    step("proof", "bank-saw-it", pins="1")
    step("removed", "all-removed")
    step("summary", "all-ok", ok="8")
    dialog.show_end("")
    scene.take("self-test-ok", dialog)
    dialog.show_start()
    step("store-read", "store-read", count="3")
    step("put", "selftest-not-put", Mark.BAD, detail="key -8190")
    step("log-on", "after-failure", Mark.NEUTRAL)
    step("summary", "selftest-failed", Mark.BAD, failed="1", ok="1", not_tried="1")
    dialog.show_end("")
    scene.take("self-test-failed", dialog)
    dialog.reject()
    scene.close()


def _own_browser(studio: Studio, scene: Scene, name: str) -> None:
    from PySide6.QtWidgets import QScrollArea

    from certhelper.desktop.own_browser_dialog import OwnBrowserDialog

    scene.body.selection.browser_button.click()
    dialog = scene.dialog(OwnBrowserDialog)
    studio.wait(lambda: dialog.check is not None)
    studio.settle()
    for area in dialog.findChildren(QScrollArea):  # on a laptop's screen its end has to be scrolled
        dialog.resize(dialog.width(), dialog.height() + area.verticalScrollBar().maximum())
    scene.take_dialog(name)


def _dialogs(studio: Studio) -> None:
    from certhelper.demo.cases import CONTRACT

    scene = studio.scene()
    scene.choose(f"{CONTRACT}/keiri01")
    _own_browser(studio, scene, "own-browser")
    scene.choose(f"{CONTRACT}/")
    panel = scene.body.selection
    panel.details_button.click()
    scene.take_dialog("details")
    panel.main_button.click()
    scene.take_dialog("ask-administrator")
    scene.choose_in_menu("このプログラムについて")
    scene.take_dialog("about")
    scene.program.banks.ask_address()
    scene.take_dialog("address")
    menu = scene.program.frame.menu_button.menu()
    menu.popup(scene.window.pos())
    scene.take("menu", menu)
    menu.close()
    scene.close()


def _settings(studio: Studio) -> None:
    from certhelper.desktop.settings_window import SettingsWindow
    from certhelper.failures import FailedError
    from certhelper.machine_settings import MachineSettings
    from certhelper.proxy_choice import ProxyChoice, ProxyMode
    from certhelper.settings import Settings
    from certhelper.settings_in_force import in_force

    kept = Settings()
    kept.proxy, kept.proxy_address = ProxyMode.MANUAL, "proxy.example.co.jp:8080"

    def refused(choice: ProxyChoice) -> str:
        raise FailedError("proxy-refused", proxy=choice.address, error="403")

    scene = studio.scene()
    managed = MachineSettings(
        proxy="pac",
        pac_address="http://proxy.example.co.jp/proxy.pac",
        downloads_folder="/srv/bank",
        own_browser="edge",
        stop_at_notices=True,
        check_revocation=True,
        log_detail=True,
    )
    for name, decided in (("settings", MachineSettings()), ("settings-managed", managed)):
        window = SettingsWindow(
            kept,
            in_force(kept, decided),
            Path("/home/user/Downloads"),
            Path("/home/user/.local/state/certhelper/log"),
            "logon.example.co.jp",
            refused,
            lambda: ("edge", "firefox"),
            scene.window,
        )
        window.open()
        studio.wait(lambda: window.browser.list.count() > 2)  # noqa: B023  # used in this turn
        scene.take(name, window)
        if decided is not managed:
            window.try_button.click()
            studio.wait(lambda: "proxy" in window.answer.text())  # noqa: B023  # as above
            scene.take(f"{name}-failed", window)
        window.reject()
    scene.close()


_NOT_OF_THIS_PC = {
    "account": "account-not-told",
    "clock": "clock-right",
    "key-usable": "key-not-tested",
    "browser-policy": "policies-harmless",
    "open-browsers": "browsers-closed",
    "network": "network-ok",
    "rehearsal": "rehearsal-nothing",
}
"""What these checks find here would be another PC's on another day; the others look at the list."""


@contextmanager
def _played_checks() -> Iterator[threading.Event]:
    """Carry out the checks of the certificates alone; those of a server wait for the event."""
    from datetime import timedelta

    from certhelper.diagnosis import bank_clock
    from certhelper.diagnosis.findings import Finding
    from certhelper.diagnosis.network.looks import Seen
    from certhelper.diagnosis.network.reach import Reach
    from certhelper.diagnosis.order import Check
    from certhelper.diagnosis.scene import Scene as Looked
    from certhelper.diagnosis.values import facts

    answered, carry_out, servers = threading.Event(), Check.run, bank_clock.servers

    def at_the_same_time(scene: Looked) -> tuple[Seen, ...]:
        (place, *_) = scene.bank.expected_places()
        return (Seen(place, Reach.CONNECTED, ahead=timedelta()),)

    def run(check: Check, looked: Looked) -> Sequence[Finding]:
        played = _NOT_OF_THIS_PC.get(check.name)
        if played is None:
            return carry_out(check, looked)
        if check.name in ("network", "rehearsal"):
            answered.wait(_WAIT_SECONDS)
        now = "2026-11-24 09:00"
        named = facts(host="logon.demo-bank.localhost", now=now, right=now, account="hanako")
        return [Finding(played, named)]

    Check.run = run  # type: ignore[assignment,method-assign]
    bank_clock.servers = at_the_same_time
    try:
        yield answered
    finally:
        answered.set()
        Check.run = carry_out  # type: ignore[method-assign]
        bank_clock.servers = servers


def _diagnosis(studio: Studio) -> None:
    from certhelper.demo.cases import SECOND_CONTRACT
    from certhelper.desktop.diagnosis_save_dialog import SaveDialog
    from certhelper.diagnosis.saving import Format

    scene = studio.scene()
    scene.choose(f"{SECOND_CONTRACT}/expired")
    with _played_checks() as answered:
        scene.body.selection.cause_button.click()
        page = scene.program.way.diagnoses.page
        assert page is not None
        studio.wait(lambda: page.verdict.progress.value() >= len(page.checks.faces) - 2)
        scene.take("diagnosis-running")
        answered.set()
        studio.wait(page.save_button.isVisible)
    scene.take("diagnosis")
    page.findings.cards[0].unfolding.unfold()
    studio.settle()
    scene.take("diagnosis-unfolded")
    page.save_button.click()
    dialog = scene.dialog(SaveDialog)
    studio.wait(dialog.save_button.isEnabled)
    scene.take("diagnosis-save", dialog)
    dialog.unredacted.setChecked(True)
    dialog.formats[Format.TEXT].setChecked(True)
    scene.take("diagnosis-save-all", dialog)
    dialog.reject()
    page.back_button.click()
    scene.close()


def _waiting(studio: Studio) -> None:
    from certhelper.settings import SettingsFile
    from certhelper.texts import text

    damaged = studio.folder / "damaged.json"
    damaged.write_text("{")
    scene = studio.scene()
    frame = scene.program.frame
    frame.show_reading(text("desktop.reading.slow", places="nss:~/.pki/nssdb"))
    frame.add_notice(text("desktop.notice.settings", detail=SettingsFile(damaged).problem))
    scene.take("slow")
    scene.close()


_SCENES: Sequence[Callable[[Studio], None]] = (
    _list,
    _nothing,
    _files,
    _log_on,
    _remote_support,
    _news,
    _self_test,
    _dialogs,
    _settings,
    _diagnosis,
    _waiting,
)


def _make(folder: Path, target: Path, *, every: bool) -> None:
    from PySide6.QtCore import Qt

    from certhelper.settings import TextSize

    studio = Studio(folder, target)
    if not every:
        for scene in _SCENES:
            scene(studio)
        return
    for scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark):
        for size in TextSize:
            studio.theme.set_scheme(scheme)
            studio.set_text_size(size)
            studio.suffix = f"-{scheme.name.lower()}-{size.value}"
            for scene in _SCENES:
                scene(studio)


def main() -> None:
    """Write the pictures."""
    sys.path.insert(0, str(Path(__file__).parents[1]))  # a checkout need not be installed
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        screen = folder / "screen.json"
        screen.write_text(json.dumps({"screens": [_SCREEN], "windowFrameMargins": False}))
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
        os.environ["XDG_STATE_HOME"] = str(folder / "state")  # this PC's log is nobody's to see
        _make(folder, arguments.target, every=arguments.all)


if __name__ == "__main__":
    main()
