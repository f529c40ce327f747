"""What every test may count on: its own home, no network, no unnoticed log line, no quiet skip."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from support.systems import is_root, is_wine

from certhelper.stores import pkcs11_modules

pytest_plugins = [
    "support.bank_fixtures",
    "support.look_fixtures",
    "support.own_browser_fixtures",
]
if sys.platform == "win32":
    collect_ignore_glob = ["bank/*", "checkout/*", "installers/*"]  # how Linux is set up and used

EVERY_TEST_MUST_RUN = "CERTHELPER_EVERY_TEST_MUST_RUN"
IS_ROOT = is_root()
# Why a test may be skipped here; any other skip would be a test that nobody notices is missing.
_ALLOWED = {
    "linux": [r"only on (Windows|macOS)\b", *([] if IS_ROOT else [r"only as root\b"])],
    "win32": [r"only on (Linux|macOS)\b", *([r"not under Wine: \w"] if is_wine() else [])],
}
ALLOWED_SKIP = re.compile("|".join(_ALLOWED.get(sys.platform, [r"."])))

_WITH_THE_STORE = {"windows", "cli", "demo", "selftest", "test_self_test.py", "test_contract.py"}

# Variables of the outside that change what the program, Python, Qt, Chromium or keyring do.
_FOREIGN = re.compile(
    r"(?i)(https?|ftp|all|no)_proxy$|PYTHON\w+$|(XDG|DBUS|QT|QTWEBENGINE|PYTEST_QT|KEYRING|PYTHON_KEYRING)_"
    r"|(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|SOFTHSM2_CONF|OPENSC_CONF|SSLKEYLOGFILE|SSL_CERT_FILE|SSL_CERT_DIR"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|LANG|LANGUAGE|LC_\w+|TZ)$"
)


def _clean_environment() -> None:
    for name in list(os.environ):
        if _FOREIGN.match(name):
            del os.environ[name]
    os.environ["LANG"] = "C.UTF-8"
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if IS_ROOT:
        # Chromium refuses to run as root with its sandbox; the product never sets this.
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    # Hypothesis keeps what it learnt beside the tests; a checkout that cannot be written to would
    # have it try new names for ever on Windows (github.com/python/cpython/issues/66305).
    if sys.platform == "win32":
        folder = str(Path(tempfile.gettempdir()) / "certhelper-hypothesis")
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop every connection that would leave this machine, before it is made."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = (arguments[0],)
    else:
        return
    if isinstance(address, tuple) and not _is_loopback(address[0]):
        raise PermissionError(f"a test may not reach {address[0]!r}: loopback only")


def pytest_configure(config: pytest.Config) -> None:
    """Let the offscreen platform be without fonts on Windows, where it looks in one folder only."""
    if sys.platform == "win32":
        config.addinivalue_line("qt_log_ignore", "^QFontDatabase: Cannot find font directory ")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """On Windows run one after the other, in one process, what fills or reads its one store."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # has no types

    class _OneStore(LoadFileScheduling):  # type: ignore[misc]  # as above
        def _split_scope(self, nodeid: str) -> str:
            file = Path(str(super()._split_scope(nodeid)))
            return "store" if _WITH_THE_STORE.intersection(file.parts) else str(file)

    return _OneStore(config, log) if sys.platform == "win32" else None


def _is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    assert name is not None
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith(".localhost")


_clean_environment()
# No test is timed.  A commit is judged by the same cases every time; new ones are looked for
# wherever somebody works.
settings.register_profile("here", deadline=None, derandomize=EVERY_TEST_MUST_RUN in os.environ)
settings.load_profile("here")
sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder: no test sees or touches the person's own stores and settings."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name, told in (("APPDATA", "APPDATA"), ("LOCALAPPDATA", "LOCAL_APPDATA")):
        monkeypatch.setenv(name, str(folder / name))
        # Windows tells its folders whatever the environment says; platformdirs hears this first.
        monkeypatch.setenv(f"WIN_PD_OVERRIDE_{told}", str(folder / name))
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    # Nor the tokens that this machine is set up for.
    tokens = pkcs11_modules.Folders(folder / "etc", folder / "usr", folder / "own", [])
    monkeypatch.setattr(pkcs11_modules, "usual_folders", lambda: tokens)
    return folder


@pytest.fixture(scope="session")
def qapp_args(pytestconfig: pytest.Config) -> list[str]:
    """No screen, said in words as well: Wine hands no ``QT_`` variables on."""
    return [str(pytestconfig.getini("qt_qapp_name")), "-platform", "offscreen"]


class ExpectedLog:
    """Collects what a test expects to be logged as a warning or worse."""

    def __init__(self) -> None:
        self.patterns: list[str] = []

    def __call__(self, pattern: str) -> None:
        """Expect log lines that match the regular expression ``pattern``."""
        self.patterns.append(pattern)

    def allows(self, message: str) -> bool:
        return any(re.search(pattern, message) for pattern in self.patterns)


@pytest.fixture
def expect_log() -> ExpectedLog:
    """Call it with a pattern to allow matching warnings and errors in the log."""
    return ExpectedLog()


@pytest.fixture(autouse=True)
def _no_unexpected_log(caplog: pytest.LogCaptureFixture, expect_log: ExpectedLog) -> Iterator[None]:
    """Fail a test that logs a warning or an error which it did not expect."""
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    unexpected = [
        f"{record.name}: {record.getMessage()}"
        for record in records
        if record.levelno >= logging.WARNING and not expect_log.allows(record.getMessage())
    ]
    assert not unexpected, f"unexpected log lines: {unexpected}"


def _quiet_skips(config: pytest.Config) -> list[str]:
    if not os.environ.get(EVERY_TEST_MUST_RUN):
        return []
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    found = []
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not ALLOWED_SKIP.search(reason):
            found.append(f"{report.nodeid}: {reason}")
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the whole run when a test that should run here was skipped."""
    if not hasattr(session.config, "workerinput") and _quiet_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Name the tests that were skipped although they should run here."""
    for line in _quiet_skips(config):
        terminalreporter.write_line(f"ERROR skipped, but it must run here: {line}", red=True)
