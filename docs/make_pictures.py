"""Makes a picture of every window, for README and the guides: ``python docs/make_pictures.py DIR``.

Nothing of this PC is shown: the certificates are the demo's, in a temporary store, and the log-on
is played.  It needs no screen.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from certhelper.desktop.program import Program
    from certhelper.look.theme import Theme
    from certhelper.stores.base import Store

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
_WAIT_SECONDS = 20
_PASSPHRASE_OF_FILE = "correct horse"
_ADDRESS = "https://logon.demo-bank.localhost/"


class Studio:
    """Windows on a screen of a common laptop (1366×768), without any."""

    def __init__(self, folder: Path, target: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from certhelper.demo import cases, profile, store
        from certhelper.demo.authority import Authority
        from certhelper.demo.client import Addresses
        from certhelper.look.theme import Theme
        from certhelper.settings import TextSize

        self.folder, self.target = folder, target
        self.application = QApplication([])
        self.theme: Theme = Theme(self.application, TextSize.STANDARD)
        self.theme.settle()
        self.authority = Authority()
        self.cases = cases.make(self.authority)
        database = folder / "nssdb"
        store.write(database, self.authority, self.cases)
        self.database = database
        server = self.authority.issue_server(["demo-bank.localhost"])
        address = _ADDRESS.removesuffix("/")
        self.profile = profile.write(folder, Addresses(address, address, address), server)

    def program(self, stores: Callable[[], Sequence[Store]], *, name: str = "settings") -> Program:
        """Open the window on these stores and wait until they are read."""
        from PySide6.QtCore import QObject, Signal

        from certhelper.bank import Bank
        from certhelper.banks import Found, Origin
        from certhelper.desktop.program import Program
        from certhelper.desktop.window import MainWindow
        from certhelper.settings import SettingsFile

        class Played(QObject):
            """Stands in for the child: the scenes say what it reports."""

            reported = Signal(object)
            ended = Signal(int, str)
            is_running = False

            def start(self) -> None:
                played.append(self)

            def send_pin(self, pin: object) -> None:
                """Nothing is sent anywhere."""

            def cancel(self) -> None:
                self.ended.emit(1, "")

        played: list[Played] = []
        window = MainWindow()
        window.show()
        program = Program(
            window,
            SettingsFile(self.folder / f"{name}.json"),
            lambda: Found(Bank.read(self.profile), Origin.SHIPPED),
            stores,
            make_process=lambda row, bank: Played(),
        )
        program.played = played  # type: ignore[attr-defined]
        program.begin()
        self.wait(lambda: not program.reader.is_reading)
        return program

    def wait(self, until: Callable[[], bool]) -> None:
        end = monotonic() + _WAIT_SECONDS
        while not until():
            self.application.processEvents()
            if monotonic() > end:
                raise TimeoutError("a scene did not become ready")
        for _ in range(5):
            self.application.processEvents()

    def take(self, widget: QWidget, name: str) -> None:
        for _ in range(5):
            self.application.processEvents()
        widget.grab().save(str(self.target / f"{name}.png"))


def _scenes(studio: Studio) -> None:
    from PySide6.QtCore import Qt

    from certhelper.settings import TextSize

    for scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark):
        studio.theme.set_scheme(scheme)
        for size in TextSize:
            studio.theme.set_text_size(size)
            for scene in (_list, _nothing, _files, _pad, _log_on, _dialogs, _waiting):
                scene(studio, f"{scheme.name.lower()}-{size.value}")


def _choose(program: Program, user: str) -> None:
    rows = [row for section in program._sections for row in section.rows]
    row = next(row for row in rows if row.key.endswith(user))
    program.body.list.choose(row.key)


def _open_reasons(program: Program) -> None:
    view = program.body.list
    view.setExpanded(view.currentIndex(), True)
    view.scrollTo(view.currentIndex(), view.ScrollHint.PositionAtTop)


def _nss(studio: Studio) -> Callable[[], Sequence[Store]]:
    from certhelper.stores.nss import NssStore

    return lambda: [NssStore(studio.database)]


def _list(studio: Studio, suffix: str) -> None:
    program = studio.program(_nss(studio))
    _choose(program, "/user01")
    studio.take(program.window, f"main-{suffix}")
    _choose(program, "/keiri01")
    _open_reasons(program)
    studio.take(program.window, f"others-{suffix}")
    _choose(program, "/expired")
    _open_reasons(program)
    studio.take(program.window, f"reasons-{suffix}")
    _choose(program, "01234/")
    _open_reasons(program)
    studio.take(program.window, f"administrator-{suffix}")
    view = program.body.list
    view.scrollToBottom()
    studio.take(program.window, f"unrecognized-{suffix}")
    program._search("nobody")
    studio.take(program.window, f"search-nothing-{suffix}")
    program.window.close()


def _nothing(studio: Studio, suffix: str) -> None:
    from certhelper.stores.nss import NssStore

    program = studio.program(lambda: [NssStore(studio.folder / "empty")])
    studio.take(program.window, f"empty-{suffix}")
    program.window.close()


def _files(studio: Studio, suffix: str) -> None:
    from certhelper.stores.pkcs12 import Pkcs12Store

    files = studio.folder / "files"
    files.mkdir(exist_ok=True)
    octets = studio.cases[0].issued.pkcs12("user01", _PASSPHRASE_OF_FILE.encode())
    (files / "biznet-user01.p12").write_bytes(octets)
    broken = studio.folder / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "cert9.db").write_bytes(b"no database")

    def stores() -> Sequence[Store]:
        from certhelper.stores.nss import NssStore

        return [Pkcs12Store(files), NssStore(broken)]

    program = studio.program(stores)
    rows = [row for section in program._sections for row in section.rows]
    program.body.list.choose(rows[0].key)
    studio.take(program.window, f"locked-{suffix}")
    program.body.selection.main_button.click()
    _take_dialog(studio, program, f"passphrase-{suffix}")
    program.body.list.choose(rows[-1].key)
    studio.take(program.window, f"failed-store-{suffix}")
    program.window.close()


def _take_dialog(studio: Studio, program: Program, name: str) -> None:
    from PySide6.QtWidgets import QDialog

    dialogs = [d for d in program.window.findChildren(QDialog) if d.isVisible()]
    studio.take(dialogs[-1], name)
    dialogs[-1].reject()


def _pad(studio: Studio, suffix: str) -> None:
    from certhelper.desktop.pin_pad import PinPad

    program = studio.program(_nss(studio))
    _choose(program, "/user01")
    program.body.selection.main_button.click()
    pad = program.window.findChild(PinPad)
    for key in "0a1b":
        pad.entry.enter(key)
    pad.logon_button.setFocus()
    studio.take(pad, f"pad-{suffix}")
    pad.reject()
    program.window.close()


def _log_on(studio: Studio, suffix: str) -> None:
    from certhelper.desktop.pin_pad import PinPad
    from certhelper.logon.stages import Stage, StageReport

    program = studio.program(_nss(studio))
    _choose(program, "/user01")
    program.body.selection.main_button.click()
    child = program.played[-1]  # type: ignore[attr-defined]
    child.reported.emit(StageReport(Stage.OPENED))
    pad = program.window.findChild(PinPad)
    for key in "0123ab":
        pad.entry.enter(key)
    pad.logon_button.click()
    for stage in (Stage.LOGON_PAGE, Stage.CERTIFICATE_REQUESTED, Stage.CERTIFICATE_SENT):
        child.reported.emit(StageReport(stage))
    studio.take(program.window, f"progress-{suffix}")
    child.reported.emit(StageReport(Stage.OTHER_AUTHENTICATION))
    studio.take(program.window, f"session-{suffix}")
    program.body.attempt.close_button.click()
    studio.take(program.window, f"sessions-{suffix}")
    child.reported.emit(StageReport(Stage.FAILED, "certificate-refused", {"host": "logon.example"}))
    studio.take(program.window, f"failure-{suffix}")
    program.window.close()


def _dialogs(studio: Studio, suffix: str) -> None:
    program = studio.program(_nss(studio))
    _choose(program, "01234/")
    panel = program.body.selection
    panel.details_button.click()
    _take_dialog(studio, program, f"details-{suffix}")
    panel.browser_button.click()
    _take_dialog(studio, program, f"browser-{suffix}")
    panel.main_button.click()
    _take_dialog(studio, program, f"ask-administrator-{suffix}")
    program._show_about()
    _take_dialog(studio, program, f"about-{suffix}")
    program._ask_address(None)
    _take_dialog(studio, program, f"address-{suffix}")
    program.frame.menu_button.menu().popup(program.window.pos())
    studio.take(program.frame.menu_button.menu(), f"menu-{suffix}")
    program.frame.menu_button.menu().close()
    program.window.close()


def _waiting(studio: Studio, suffix: str) -> None:
    program = studio.program(_nss(studio))
    program.frame.show_reading("時間がかかっています: nss:/home/hanako/.pki/nssdb")
    program.frame.add_notice("設定ファイルを読めなかったので、初期設定で始めました。")
    studio.take(program.window, f"slow-{suffix}")
    program.window.close()


def main(target: Path) -> None:
    """Write the pictures into ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        screen = folder / "screen.json"
        screen.write_text(json.dumps({"screens": [_SCREEN], "windowFrameMargins": False}))
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
        _scenes(Studio(folder, target))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
