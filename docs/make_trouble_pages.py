"""Writes docs/troubles.md: ``python docs/make_trouble_pages.py``.

The words are those that a person reads (resources/texts/failures.toml); what brings each trouble
about is the list that the tests run (tests/support/troubles.py).  With ``--pictures [NAME…]`` it
also makes the pictures, each by a real log-on at a bank in that trouble, offscreen.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from support.troubles import Scene, Trouble

    from certhelper.failures import Failure

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "troubles.md"
PICTURES = ROOT / "docs" / "pictures" / "troubles"
PANEL = ROOT / "docs" / "pictures" / "trouble-in-main-window.png"

_ACTORS = {
    "user": "利用者 (the person)",
    "administrator": "管理者 (the company's administrator)",
    "bank": "銀行 (the bank)",
    "helpdesk": "ヘルプデスク (the helpdesk)",
}
_LOG_ON_CODE = ("certhelper/logon", "certhelper/cli/logon.py")
_SCREEN = {"name": "picture", "x": 0, "y": 0, "width": 1366, "height": 768, "dpr": 1}
_SCREEN |= {"logicalDpi": 96, "logicalBaseDpi": 96}
_SIZE = (900, 620)
_PATIENCE_S = 60
_PAINT_MS = 700
_DOWNLOADS = "ダウンロード"  # its name is in the pictures of what is saved

_HEAD = """\
# When things go wrong

Every code that a log-on, or the window of a session, can end with: what the person reads, why, what
to do now, and who acts. Written by `python docs/make_trouble_pages.py`; the pictures by
`python docs/make_trouble_pages.py --pictures`, each by a real log-on at a bank in that trouble.

After each that ends a log-on the person can begin anew without restarting the program: 「もう一度」
in the main window, 「もう一度ログオンする」 in the session window. That is offered for every code
(tests/test_trouble_pages.py), and the session window's button was pressed, up to the top page,
after one trouble of each place and phase (tests/logon/test_troubles_again.py). Each attempt has a
browser of its own, and the PIN is typed again: nothing is ever sent again by itself. Where the
管理者 must act or somebody is to be asked before, the remedy says so, and another attempt is not
what is offered first (certhelper/logon/failure_place.py).

A server that asks for the certificate on one address alone, by renegotiation in TLS 1.2, is no
trouble: the certificate goes out and the log-on succeeds
(`test_a_certificate_asked_for_on_one_address_by_renegotiation_is_sent` in
tests/logon/test_troubles.py). With TLS 1.3 no browser can: `certificate-asked-too-late`.

`{…}` are facts that are filled in. "PIN out: no" means that no 利用者暗証番号 got as far as the
program that counts the wrong ones at the bank.

One answer makes the engine itself send the PIN once more: HTTP status 421, by which a server says
that it has not looked at the request (RFC 9110 section 15.5.20). It cannot be switched off; every
other answer that browsers repeat a request for was tried (tests/logon/test_pin_leaves_once.py).

![A log-on that failed, told in the main window](pictures/trouble-in-main-window.png)
"""


# The text


def text() -> str:
    """Return the whole document."""
    from support.troubles import TROUBLES

    from certhelper import failures

    brought: dict[str, list[Trouble]] = {}
    for trouble in TROUBLES:
        brought.setdefault(trouble.code, []).append(trouble)
    others = sorted(codes() - set(brought))
    parts = [_HEAD, "## Brought about by the tests, with pictures\n"]
    parts += [_section(failures.find(code), found) for code, found in brought.items()]
    parts.append(_network_gone())
    parts.append("## Other codes\n")
    parts.append(
        "What a log-on cannot begin without, what other systems or other parts of the session\n"
        "window report, and what only a bank's profile can tell.\n"
    )
    parts += [_section(failures.find(code), []) for code in others]
    return "\n".join(parts)


def codes() -> set[str]:
    """Return every code of the public list that the log-on's own code or a profile names."""
    from certhelper import failures
    from certhelper.demo.profile import FAILURE_PAGES

    named = set(FAILURE_PAGES)
    for path in _log_on_files():
        named |= _constants(path)
    for path in (ROOT / "resources" / "banks").rglob("*.toml"):
        pages = tomllib.loads(path.read_text("utf-8")).get("pages", {})
        named |= {page["code"] for page in pages.get("failures", [])}
    from support.troubles import TROUBLES

    return (named & set(failures.known())) | {trouble.code for trouble in TROUBLES}


def _log_on_files() -> Iterator[Path]:
    for place in _LOG_ON_CODE:
        path = ROOT / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def _constants(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _section(failure: Failure, troubles: Iterable[Trouble]) -> str:
    rows = (
        ("何が What", failure.message),
        ("なぜ Why", failure.cause),
        ("どうする What to do", failure.remedy),
    )
    lines = [f"### {failure.code}\n", "| | 日本語 | English |", "|---|---|---|"]
    lines += [f"| {name} | {_cell(words['ja'])} | {_cell(words['en'])} |" for name, words in rows]
    lines += ["", f"Who acts: {_ACTORS[failure.actor.value]}. {_again(failure)}\n"]
    for trouble in troubles:
        out = "may be" if trouble.pins else "no"
        picture = PICTURES.relative_to(PAGE.parent) / f"{trouble.name}.png"
        or_code = f" (or `{trouble.or_code}`)" if trouble.or_code else ""
        lines.append(f"- **{trouble.name}**: {trouble.how}{or_code}. PIN out: {out}.\n")
        lines.append(f"  ![{trouble.name}]({picture.as_posix()})\n")
    return "\n".join(lines)


def _network_gone() -> str:
    """The section of the trouble that ends nothing."""
    from support.troubles import NETWORK_GONE_IN_SESSION as GONE

    from certhelper import texts

    picture = PICTURES.relative_to(PAGE.parent) / f"{GONE.name}.png"
    said = {language: texts.text("session.load-failed", language) for language in ("ja", "en")}
    return "\n".join(
        [
            "## In an open session\n",
            "The log-on is over, so nothing ends: when the network is back, 再読み込み goes on in",
            "the same session, with no other log-on and no other PIN",
            "(tests/logon/test_network_gone.py). Over the page stands why it did not come",
            f"(`{GONE.code}` and the like), and above it:\n",
            "| 日本語 | English |",
            "|---|---|",
            f"| {_cell(said['ja'])} | {_cell(said['en'])} |\n",
            f"- **{GONE.name}**: {GONE.how}. PIN out: it was, at the log-on.\n",
            f"  ![{GONE.name}]({picture.as_posix()})\n",
        ]
    )


def _again(failure: Failure) -> str:
    from certhelper.failures import Actor
    from certhelper.logon import failure_place

    if failure.actor is Actor.ADMINISTRATOR:
        return "Another attempt is possible, but helps only with another certificate or after that."
    if not failure_place.may_succeed_again(failure.code):
        return (
            "Another attempt is possible, but not what is offered first: the remedy comes before."
        )
    if failure.actor is Actor.BANK:
        return "Another attempt is possible at once; what the bank must mend stays until it has."
    return "Another attempt is possible at once."


def _cell(words: str) -> str:
    return words.strip().replace("|", "\\|").replace("\n", " ")


# The pictures


def _take_pictures(names: list[str]) -> None:
    from support.troubles import NETWORK_GONE_IN_SESSION, TROUBLES

    PICTURES.mkdir(parents=True, exist_ok=True)
    if not names or PANEL.stem in names:
        _picture_panel()
    for trouble in (*TROUBLES, NETWORK_GONE_IN_SESSION):
        if names and trouble.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder, trouble.stage(Path(folder)) as scene:
            _log_on(scene, trouble, Path(folder))
        print(trouble.name)


def _log_on(scene: Scene, trouble: Trouble, folder: Path) -> None:
    """A log-on with a person, whose window is pictured by this script in the session's place."""
    from certhelper.logon.environment import built
    from certhelper.logon.home import private_home
    from certhelper.logon.preparation import prepare
    from certhelper.logon.request import SessionRequest

    downloads = folder / _DOWNLOADS
    downloads.mkdir()
    with private_home() as home:
        prepare(home, scene.store, None)
        request = SessionRequest(
            bank=scene.bank.source,
            bank_sha256=scene.bank.sha256,
            certificate=scene.certificate,
            issuers=scene.issuers,
            holder="12345678901234 user01",
            certificate_facts=(),
            until=None,
            pin_stdin=True,
            downloads=downloads,
            load_limit_ms=trouble.limit_ms,
            has_main_window=True,
        )
        screen = folder / "screen.json"
        screen.write_text(json.dumps({"screens": [_SCREEN]}), "utf-8")
        subprocess.run(
            [
                *(sys.executable, __file__, "--session", str(request.write(home))),
                *(f"offscreen:configfile={screen}", str(PICTURES / f"{trouble.name}.png")),
            ],
            input=f"{scene.pin}\n",
            env=built(os.environ, home) | {"LANG": "ja_JP.UTF-8"},
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _show(request_file: Path, platform: str, target: Path) -> None:
    """Run the session of ``request_file`` and picture what the person sees when it has failed."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from certhelper.bank import Bank
    from certhelper.logon.browser import engine
    from certhelper.logon.browser.worker import Worker
    from certhelper.logon.request import SessionRequest
    from certhelper.logon.stages import Stage, StageReport

    request = SessionRequest.read(request_file)
    bank = Bank.read(request.bank)
    switches = engine.switches(bank, request.proxy)
    application = QApplication(["certhelper", "-platform", platform, "--webEngineArgs", *switches])
    worker = Worker(request, bank, application)
    worker.window.resize(*_SIZE)

    def told(report: StageReport) -> None:
        if report.stage in (Stage.OTHER_AUTHENTICATION, Stage.FAILED):
            QTimer.singleShot(_PAINT_MS, take)
        elif report.stage is Stage.TOP_PAGE:  # what is to be seen comes in the open session
            worker.session.handed_over.connect(lambda _code: QTimer.singleShot(_PAINT_MS, take))
            QTimer.singleShot(0, worker.session.views[-1].reload)

    def take() -> None:
        _save(worker.window.grab().toImage(), target)
        worker.quit()

    worker.session.told.connect(told)
    worker.start()
    application.exec()


def _picture_panel() -> None:
    """A log-on from the main window at a bank that breaks it off; the session has a test screen."""
    from support.xvfb import screen

    from certhelper.demo import profile, store
    from certhelper.demo.cases import Case
    from certhelper.demo.scenario import Fault, Scenario
    from certhelper.demo.server import DemoServer

    scenario = Scenario(fault=Fault("certificate", "reset"))
    with (
        tempfile.TemporaryDirectory() as name,
        DemoServer(scenario=scenario) as server,
        screen() as display,
    ):
        folder = Path(name)
        user = server.authority.issue_client("12345678901234 user01")
        store.write(folder / "store", server.authority, [Case("user", user)])
        path = profile.write(folder, server.addresses, server.authority.server_root)
        (folder / "runtime").mkdir(mode=0o700)
        own = {"HOME": name, "XDG_RUNTIME_DIR": f"{name}/runtime", "LANG": "ja_JP.UTF-8"}
        subprocess.run(
            [sys.executable, __file__, "--panel", str(path), f"nss:{folder / 'store'}"],
            env=os.environ | own | {"DISPLAY": display, "QT_QPA_PLATFORM": "offscreen"},
            check=True,
        )
    print(PANEL.stem)


def _show_panel(bank: str, where: str) -> None:
    """Log on from the main window and picture it when that has failed."""
    from PySide6.QtWidgets import QApplication, QLabel

    from certhelper import banks, settings, spoken_numbers, texts
    from certhelper.demo.customers import DEMO_PIN
    from certhelper.desktop.places import Places
    from certhelper.desktop.program import Program
    from certhelper.desktop.window import MainWindow
    from certhelper.look.theme import Theme
    from certhelper.pad.pin_pad import PinPad
    from certhelper.settings import SettingsFile, TextSize

    application = QApplication([])
    del os.environ["QT_QPA_PLATFORM"]  # the session's window goes to the screen
    Theme(application, TextSize.STANDARD).settle()
    window = MainWindow()
    file = SettingsFile(settings.folder() / settings.FILE_NAME)
    program = Program(window, file, lambda: banks.find(bank), Places([where]))
    end = monotonic() + _PATIENCE_S

    def wait(until: Callable[[], object]) -> None:
        while not until():
            application.processEvents()
            if monotonic() > end:
                raise TimeoutError("the main window did not come so far")

    window.resize(1000, 640)
    window.show()
    program.begin()
    wait(lambda: hasattr(program, "body") and program.body.selection.main_button.isVisible())
    wait(program.body.selection.main_button.isEnabled)
    program.body.selection.main_button.click()
    wait(lambda: window.findChildren(PinPad))
    pad = window.findChildren(PinPad)[-1]
    for character in DEMO_PIN:
        pad.entry.enter(character)
    pad.logon_button.click()
    ended = {"code": "connection-reset", "number": spoken_numbers.of_failure("connection-reset")}
    told = texts.text("desktop.attempt.code-and-number", **ended)
    wait(lambda: any(one.isVisible() and one.text() == told for one in window.findChildren(QLabel)))
    _save(window.grab().toImage(), PANEL)
    program.body.attempt.close_button.click()
    wait(lambda: not program.logons.any_running)


def _save(picture: QImage, target: Path) -> None:
    """Write the picture with the 256 colours that it has most of: a repository keeps it for ever.

    Raises ``OSError``.
    """
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    whole = picture.convertToFormat(QImage.Format.Format_RGB32)
    colours = Counter(memoryview(whole.constBits()).cast("I")).most_common(256)
    small = whole.convertToFormat(
        QImage.Format.Format_Indexed8,
        [colour for colour, _ in colours],
        Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither,
    )
    if not small.save(str(target), quality=0):  # the smallest file, not the worst picture
        raise OSError(f"{target} could not be written")


def main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # a checkout need not be installed
    if sys.argv[1:2] == ["--session"]:
        _show(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
        return
    if sys.argv[1:2] == ["--panel"]:
        _show_panel(*sys.argv[2:4])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", nargs="*", metavar="NAME", help="all, or those named")
    arguments = parser.parse_args()
    if arguments.pictures is not None:
        _take_pictures(arguments.pictures)
    PAGE.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
