"""The edge: every command ends with its status, and a person never meets a traceback."""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.cli import Run
from support.systems import needs_linux, only_on_linux

from certhelper import __version__, engine_age, failures
from certhelper.cli import output, parser
from certhelper.failures import FailedError
from certhelper.stores import registry

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "certhelper")


def shell(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell; ``$CERTHELPER`` is the command."""
    needs_linux("a shell")
    return subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        env=os.environ | {"CERTHELPER": " ".join(COMMAND)} | variables,
        capture_output=True,
        text=True,
    )


def program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a child of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


class TestHelp:
    """True and helpful, Japanese first."""

    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_of_the_program_names_every_command(self, run: Run, option: str) -> None:
        """Those of later versions say so."""
        printed = run(option)
        assert (printed.status, printed.err) == (0, "")
        for name, command in parser.COMMANDS.items():
            [line] = [line for line in printed.out.splitlines() if line.split()[:1] == [name]]
            assert ("今後の版" in line) == (command.module is None)
        assert "終了コード" in printed.out

    @pytest.mark.parametrize(
        "command", [name for name, command in parser.COMMANDS.items() if command.module]
    )
    def test_every_option_that_is_shown_is_taken(self, run: Run, command: str) -> None:
        """What the help of a command names, its parser knows; nothing is left unexplained."""
        printed = run(command, "--help")
        assert printed.status == 0
        assert printed.out.startswith(f"使い方: certhelper {command} ")
        options = {"--until": "pin", "--browser": "edge"}
        options |= {"--secret-fd": "3", "--store-secret-fd": "3"}
        needed = {
            "show": ["0123456789"],
            "import": ["file.p12"],
            "remove": ["0123456789", "--store", "nss"],
        }
        positional = needed.get(command, [])
        listed = re.findall(
            r"^ {2}(?:-h, )?(--[a-z-]+)( [A-Z{\[][^ ]*)?", printed.out, re.MULTILINE
        )
        assert listed
        for option, value in listed:
            if option == "--help":
                continue
            given = [option, options.get(option, "value")] if value else [option]
            assert parser.parse([command, *positional, *given]) is not None

    @pytest.mark.parametrize("command", ["", "list", "logon"])
    def test_in_english(self, command: str) -> None:
        """For who asks for it by their locale; no text is missing."""
        done = program(*command.split(), "--help", LANG="en_US.UTF-8", PYTHONIOENCODING="utf-8")
        assert done.returncode == 0
        assert done.stdout.startswith("usage: certhelper")
        assert not re.search("[ぁ-ん]", done.stdout)

    def test_a_folder_takes_a_picture_of_each_stage(self, run: Run) -> None:
        """The session saves one under the stage's name; without the word nobody would know."""
        words = "".join(run("logon", "--help").out.split())
        assert "フォルダーを指定すると、段階ごとの画像を1枚ずつ" in words

    def test_a_remote_tool_is_told_what_a_diagnosis_ends_with(self, run: Run) -> None:
        """The statuses mean more there than elsewhere; and whose account it must be."""
        words = "".join(run("diagnose", "--help").out.split())
        assert "調べる利用者のアカウントで実行" in words
        assert re.findall("[0-9]+", words.partition("終了コード:")[2]) == [
            "0",
            "1",
            "2",
            "3",
            "130",
        ]

    def test_version(self, run: Run) -> None:
        """For a helpdesk: the program, and the engine in it with the day of its build."""
        program, engine = run("--version").out.splitlines()
        assert program == f"certhelper {__version__}"
        assert engine == engine_age.engine().line()
        assert engine_age.engine().built.isoformat() in engine


class TestWrongUse:
    """One sentence with the code ``wrong-use``, and where help is."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nonsense"], "「nonsense」というコマンドはありません"),
            (["list", "--nonsense"], "知らない指定があります(--nonsense)"),
            (["show"], "指定が足りません(FINGERPRINT)"),
            (["list", "--at"], "--at には値が必要です"),
            (["list", "--json=yes"], "--json に値は付けられません"),
            (["logon", "--until", "later"], "--until に使えるのは pin, other, top です"),
            (["list", "--secret-fd", "-1"], "--secret-fd"),
            (["--store"], "--store には値が必要です"),
            (["--nonsense"], "知らない指定があります(--nonsense)"),
            (["demo", "--json"], "知らない指定があります(--json)"),
        ],
    )
    def test_says_what_is_wrong(self, run: Run, arguments: list[str], said: str) -> None:
        """In the person's language."""
        printed = run(*arguments)
        assert (printed.status, printed.out, printed.code) == (2, "", "wrong-use")
        assert said in printed.err
        assert "--help" in printed.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ["logon", "--pin", "4711"],
            ["logon", "--pin=4711"],
            ["logon", "4711"],
            ["4711"],
            ["logon", "--pin-stdin=4711"],
            ["logon", "--until", "4711"],
            ["list", "--secret-fd", "4711x"],
            ["--pin", "4711"],
        ],
    )
    def test_values_are_not_shown_again(self, run: Run, arguments: list[str]) -> None:
        """Somebody will type a PIN where none belongs."""
        printed = run(*arguments)
        assert printed.code == "wrong-use"
        assert "4711" not in printed.err

    @pytest.mark.parametrize("command", ["inventory"])
    def test_commands_of_later_versions_say_so(self, run: Run, command: str) -> None:
        """Whatever follows them."""
        printed = run(command, "--json")
        assert (printed.status, printed.code) == (2, "command-not-available")


class TestFaults:
    """What goes wrong inside or around the program."""

    def fail(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        def kinds() -> None:
            raise error

        monkeypatch.setattr(registry, "kinds", kinds)

    def test_our_own_fault_is_a_sentence_without_its_details(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The kind and the place; the text of an error may carry a name or a secret."""
        self.fail(monkeypatch, KeyError("a secret"))
        printed = run("stores")
        assert (printed.status, printed.out, printed.code) == (3, "", "internal-error")
        assert re.search(r"\(KeyError、stores\.py:[0-9]+\)", printed.err)
        assert "secret" not in printed.err
        assert "Traceback" not in printed.err

    def test_every_failure_of_the_list_has_a_status_and_texts(self) -> None:
        """Each in both languages; a fact that nobody gave does not break the sentence."""
        assert failures.known()
        for failure in failures.known().values():
            assert failure.exit_status in range(4)
            for language in ("ja", "en"):
                told = failure.say({}, language)
                assert told.message
                assert told.cause
                assert told.remedy

    def test_a_failure_ends_with_the_status_of_its_code(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And a line break in its facts does not make a second line."""
        self.fail(monkeypatch, FailedError("store-in-use", where="/a\nb", detail="\x1b[2J"))
        printed = run("stores")
        assert printed.status == failures.find("store-in-use").exit_status
        assert printed.code == "store-in-use"
        assert "\x1b" not in printed.err

    def test_ctrl_c_is_one_word(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the status that shells give to it."""
        self.fail(monkeypatch, KeyboardInterrupt())
        printed = run("stores")
        assert (printed.status, printed.out, printed.err) == (130, "", "中断しました。\n")

    @only_on_linux  # a signal that a test can send to one process alone
    def test_ctrl_c_from_a_terminal(self, tmp_path: Path) -> None:
        """A real signal, while the program waits for a passphrase."""
        reading, writing = os.pipe()
        with subprocess.Popen(
            # A shell starts what runs in the background with the signal ignored.
            ["env", "--default-signal=INT", *COMMAND, "list", "--secret-fd", str(reading)],
            cwd=ROOT,
            pass_fds=[reading],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            os.close(reading)
            while process.poll() is None and not _waits_in_read(process.pid):
                # /proc tells that a process waits, and no event does.
                getattr(os, "sched_yield", int)()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        os.close(writing)
        assert (process.returncode, out, err) == (130, "", "中断しました。\n")

    def test_whoever_reads_may_stop_reading(self) -> None:
        """``| head -1`` is no failure."""
        done = shell("$CERTHELPER --help | head -1; echo ${PIPESTATUS[0]}")
        assert done.stdout.splitlines()[-1] == "0"
        done = shell("$CERTHELPER stores --json | true; echo ${PIPESTATUS[0]}")
        assert (done.stdout, done.stderr) == ("0\n", "")

    def test_a_full_disk_is_told(self) -> None:
        """One sentence; the result is lost and the status says so."""
        done = shell("$CERTHELPER stores > /dev/full")
        assert done.returncode == 1
        assert done.stderr.rstrip().endswith("[output-failed]")
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
    def test_closed_streams_are_no_fault(self, closed: str) -> None:
        """A service manager may start programs without them."""
        done = shell(f"$CERTHELPER stores {closed}")
        assert done.returncode == 0
        assert done.stderr == ""

    def test_a_terminal_without_japanese(self) -> None:
        """Characters that an encoding lacks that was asked for are escaped; it ends well."""
        done = program("stores", PYTHONIOENCODING="ascii")
        assert done.returncode == 0
        assert "\\u" in done.stdout

    @pytest.mark.parametrize(
        ("system", "given", "taken"),
        [
            ("win32", "cp932", "cp932"),
            ("win32", "cp1252", "utf-8"),
            ("win32", "utf-8", "utf-8"),
            ("linux", "ascii", "utf-8"),
            ("linux", "iso8859-1", "iso8859-1"),
            ("linux", "euc_jp", "euc_jp"),
        ],
    )
    def test_a_windows_of_another_language_gets_utf_8(
        self, monkeypatch: pytest.MonkeyPatch, system: str, given: str, taken: str
    ) -> None:
        """Into a file Python writes in the code page, which may have no Japanese at all."""
        stream = io.TextIOWrapper(io.BytesIO(), encoding=given)
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(sys, "stdout", stream)
        output.prepare()
        assert codecs.lookup(stream.encoding).name == taken

    @pytest.mark.parametrize("locale", ["C", "POSIX"])
    def test_a_locale_that_says_nothing_gets_utf_8(self, locale: str) -> None:
        """Japanese that is escaped throughout could be read by nobody."""
        variables = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        assert "証明書の保管場所の種類" in shell("$CERTHELPER stores", **variables).stdout
        assert "使い方が正しくありません" in shell("$CERTHELPER nonsense", **variables).stderr


class TestWindow:
    """Without a command the window opens; its parts are loaded only then."""

    def test_it_gets_the_options(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """``--store`` and ``--bank`` narrow what it shows."""
        seen: list[argparse.Namespace] = []

        def window(arguments: argparse.Namespace) -> int:
            seen.append(arguments)
            return 0

        loaded = SimpleNamespace(run=window)
        monkeypatch.setattr(importlib, "import_module", lambda name: loaded)
        assert run("--store", "nss:/x", "--bank", "mine").status == 0
        [arguments] = seen
        assert (arguments.command, arguments.store, arguments.bank) == (None, ["nss:/x"], "mine")

    def test_a_missing_part_is_told(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Qt is not installed: set the program up again."""

        def missing(name: str) -> None:
            raise ModuleNotFoundError("no", name="PySide6.QtCore")

        monkeypatch.setattr(importlib, "import_module", missing)
        printed = run()
        assert (printed.status, printed.code) == (3, "desktop-missing")

    def test_another_missing_module_is_our_own_fault(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is not passed off as Qt's."""

        def missing(name: str) -> None:
            raise ModuleNotFoundError("no", name="certhelper.nothing")

        monkeypatch.setattr(importlib, "import_module", missing)
        assert run().code == "internal-error"

    def test_other_commands_do_not_load_it(self) -> None:
        """Each command loads its own module only."""
        program = (
            "import sys; from certhelper import cli; cli.main(['stores']); "
            "print(*sorted(name for name in sys.modules if name.startswith('certhelper.')))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        loaded = done.stdout.splitlines()[-1].split()
        assert "certhelper.cli.stores" in loaded
        others = ("certhelper.desktop", "certhelper.cli.listing", "certhelper.cli.logon")
        assert not [name for name in loaded if name.startswith(others)]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("証明書", 6),
        ("ｶﾅ", 2),
        ("○×◎", 3),
        ("が", 2),
        ("か\u3099", 2),
        ("é", 1),
    ],
)
def test_width_on_a_terminal(text: str, columns: int) -> None:
    """Wide characters take two columns, combining ones none."""
    assert output.width(text) == columns


def _waits_in_read(pid: int) -> bool:
    """Whether the process sleeps in reading a pipe (it has passed its start)."""
    return "pipe_read" in Path(f"/proc/{pid}/wchan").read_text("ascii")
