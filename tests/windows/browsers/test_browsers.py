"""The person's own browser on Windows: registry, programs, the shell, the store.

Wine has no Edge, Chrome or Firefox: programs of Windows stand in their places.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import listings, windows_store
from support.pki import Authority, Issued
from support.policy_files import entry

from certhelper import listing
from certhelper.browsers import (
    hindrances,
    installed,
    places,
    policies,
    policy_entry,
    standard,
    start,
)
from certhelper.browsers.check import Check, check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer
from certhelper.browsers.policies import Verdict
from certhelper.browsers.policy_entry import Kind
from certhelper.certificate import Certificate
from certhelper.diagnosis.checks import browser_policy
from certhelper.diagnosis.scene import Scene
from certhelper.failures import FailedError
from certhelper.stores import registry as stores
from certhelper.windows import file_version, registry, shell
from certhelper.windows.library import WindowsCallError
from certhelper.windows.registry import Root

PAGE = "https://logon.bank.test/biznet?a=1&b=2"
NOW = datetime.now(UTC)
APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
EDGE = r"SOFTWARE\Policies\Microsoft\Edge\AutoSelectCertificateForUrls"
ENDS_AT_ONCE = r"C:\windows\system32\cmd.exe"  # with nothing to read it has nothing to do

SetValue = Callable[[Root, str, str, str | int], None]


@pytest.fixture
def set_value() -> Iterator[SetValue]:
    """Set values in the registry; their keys are gone afterwards."""
    made: list[tuple[Root, str]] = []

    def set_it(root: Root, path: str, name: str, value: str | int) -> None:
        if sys.platform == "win32":
            import winreg

            kind = winreg.REG_SZ if isinstance(value, str) else winreg.REG_DWORD
            with winreg.CreateKey(getattr(winreg, root.value), path) as key:
                winreg.SetValueEx(key, name, 0, kind, value)
            made.append((root, path))

    yield set_it
    for root, path in dict.fromkeys(made):
        _remove(root, path)


def _remove(root: Root, path: str) -> None:
    if sys.platform == "win32":
        import winreg

        try:
            winreg.DeleteKey(getattr(winreg, root.value), path)
        except FileNotFoundError:
            return


def registered(set_value: SetValue, executable: str, program: str) -> None:
    set_value(Root.CURRENT_USER, rf"{APP_PATHS}\{executable}", "", program)


def issue(name: str = "12345678901234 user01") -> Issued:
    begin, end = NOW - timedelta(days=10), NOW + timedelta(days=100)
    return Authority().issue(name, not_before=begin, not_after=end, key="rsa")


def test_the_registry_is_read_with_its_types(set_value: SetValue) -> None:
    """Texts and numbers; what is not there is nothing."""
    path = r"SOFTWARE\certhelper-test"
    set_value(Root.CURRENT_USER, path, "text", "日本")
    set_value(Root.CURRENT_USER, path, "number", 7)
    assert registry.values(Root.CURRENT_USER, path) == {"text": "日本", "number": 7}
    assert registry.value(Root.CURRENT_USER, path, "number") == 7
    assert registry.value(Root.CURRENT_USER, path, "other") is None
    assert registry.values(Root.CURRENT_USER, rf"{path}\other") == {}


@pytest.mark.parametrize("root", list(Root))
def test_a_policy_of_the_registry_is_found(set_value: SetValue, root: Root) -> None:
    """Of the computer or of the user, as group policies write it."""
    chosen = listings.installed("12345678901234 user01").certificate
    set_value(root, EDGE, "1", entry())
    (finding,) = policies.findings(Browser.EDGE, listings.bank(), chosen, [chosen])
    assert finding.verdict is Verdict.THIS
    assert finding.where == (rf"{root}\{EDGE}\1",)


@pytest.mark.parametrize("root", list(Root))
def test_what_hinders_a_browser_is_found(set_value: SetValue, root: Root) -> None:
    """Numbers, texts and lists, in the keys of Edge and of Firefox."""
    edge, firefox = r"SOFTWARE\Policies\Microsoft\Edge", r"SOFTWARE\Policies\Mozilla\Firefox"
    set_value(root, rf"{edge}\URLBlocklist", "1", "bank.test")
    set_value(root, edge, "DefaultCookiesSetting", 2)
    set_value(root, firefox, "WebsiteFilter", '{"Block": ["<all_urls>"]}')
    set_value(root, firefox, "SSLVersionMin", "tls1.3")
    found = {
        browser: hindrances.read(browser, listings.bank())[0]
        for browser in (Browser.EDGE, Browser.CHROME, Browser.FIREFOX)
    }
    names = {browser: [one.policy for one in listed] for browser, listed in found.items()}
    assert names == {
        Browser.EDGE: ["URLBlocklist", "DefaultCookiesSetting"],
        Browser.CHROME: [],
        Browser.FIREFOX: ["SSLVersionMin", "WebsiteFilter"],
    }
    assert found[Browser.EDGE][0].where == rf"{root}\{edge}"


def test_the_check_of_the_diagnosis_reads_them(set_value: SetValue) -> None:
    """For the browsers that are registered here, and the certificates of Windows' store."""
    registered(set_value, "msedge.exe", ENDS_AT_ONCE)
    name = "12345678901234 user01"
    there = [
        listings.installed(one, store="windows:CurrentUser") for one in (name, f"{name[:-1]}2")
    ]
    set_value(Root.LOCAL_MACHINE, EDGE, "1", entry(subject={"CN": f"{name[:-1]}2"}))
    known = listings.listing(*there)
    (found,) = browser_policy.check(Scene(listings.bank(), listings.AT, lambda: known))[:1]
    assert found.code == "policy-other-certificate"
    assert found.about == there[0].certificate.sha256


def test_the_file_for_administrators_is_what_windows_imports(tmp_path: Path) -> None:
    """``reg import`` takes it, and the entry then chooses that certificate and no other."""
    chosen = listings.installed('12345678901234 "花子" \\ user01').certificate
    other = listings.installed("12345678901234 user02", days=300).certificate
    bank = listings.bank()
    made = policy_entry.make(Kind.REGISTRY, Browser.EDGE, bank, chosen, [chosen, other])
    file = tmp_path / made.name
    file.write_bytes(made.octets)
    try:
        subprocess.run(["reg", "import", str(file)], check=True, timeout=60)
        (finding,) = policies.findings(Browser.EDGE, bank, chosen, [chosen, other])
        assert (finding.verdict, finding.matching) == (Verdict.THIS, (chosen,))
        (text,) = registry.values(Root.LOCAL_MACHINE, EDGE).values()
        assert isinstance(text, str)
        assert json.loads(text)["pattern"] == "https://logon.bank.test:443"
    finally:
        _remove(Root.LOCAL_MACHINE, EDGE)


def test_a_browser_is_found_where_its_set_up_registered_it(set_value: SetValue) -> None:
    """With the version that stands in its file; quotes and variables as some set-ups write."""
    registered(set_value, "msedge.exe", rf'"{sys.executable}"')
    found = installed.find(Browser.EDGE)
    assert found is not None
    assert found.place.path == Path(sys.executable)
    assert found.version.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    registered(set_value, "msedge.exe", r"%SystemRoot%\system32\cmd.exe")
    found = installed.find(Browser.EDGE)
    assert found is not None
    assert found.place.path.name == "cmd.exe"
    registered(set_value, "msedge.exe", r"C:\gone\msedge.exe")
    assert places.find(Browser.EDGE, {}) is None


def test_a_file_without_a_version_has_none(tmp_path: Path) -> None:
    """Nor has one that is not there."""
    (tmp_path / "text.exe").write_text("no program", encoding="utf-8")
    assert file_version.of(tmp_path / "text.exe") == ""
    assert file_version.of(tmp_path / "gone.exe") == ""


def test_a_chosen_browser_is_started_by_its_program(set_value: SetValue) -> None:
    """A program that ends well has been opened; one that is none has not."""
    registered(set_value, "firefox.exe", ENDS_AT_ONCE)
    start.open_address(PAGE, "firefox")
    registered(set_value, "firefox.exe", str(Path(__file__)))
    with pytest.raises(FailedError, match="browser-not-opened"):
        start.open_address(PAGE, "firefox")


def test_the_shell_hands_the_whole_address_on(set_value: SetValue, tmp_path: Path) -> None:
    """What is registered for a scheme gets the address as one word.

    A scheme of our own, because https is the person's own choice; for the whole computer, because
    Wine looks there alone.
    """
    record = tmp_path / "opened.txt"
    script = tmp_path / "browser.py"
    script.write_text(
        "import pathlib, sys\n"
        f"part = pathlib.Path({str(record)!r} + '.part')\n"
        "part.write_text('|'.join(sys.argv[1:]), encoding='utf-8')\n"
        f"part.rename({str(record)!r})\n",
        encoding="utf-8",
    )
    scheme = r"SOFTWARE\Classes\certhelper-test"
    parts = ["", r"\shell", r"\shell\open", r"\shell\open\command"]
    for part in parts:
        set_value(Root.LOCAL_MACHINE, scheme + part, "", "")
    set_value(Root.LOCAL_MACHINE, scheme, "URL Protocol", "")
    command = f'"{sys.executable}" "{script}" "%1"'
    set_value(Root.LOCAL_MACHINE, scheme + parts[-1], "", command)
    try:
        address = "certhelper-test://logon.bank.test/biznet?a=1&b=%E3%81%82"
        with shell.without_dll_directory():
            shell.open_address(address)
        assert answer_of(record) == address
    finally:
        for part in reversed(parts):
            _remove(Root.LOCAL_MACHINE, scheme + part)


def answer_of(file: Path) -> str:
    """Wait until another program has written a file, and read it."""
    end = datetime.now(UTC) + timedelta(seconds=30)
    while not file.exists():
        assert datetime.now(UTC) < end
        subprocess.run([sys.executable, "-c", ""], check=True, timeout=30)
    return file.read_text(encoding="utf-8")


def test_a_scheme_that_nobody_opens_is_told() -> None:
    """Windows says so, and the caller gets it as a failure."""
    with pytest.raises(WindowsCallError):
        shell.open_address("certhelper-nobody://logon.bank.test/")


@pytest.mark.parametrize(
    ("program", "browser"),
    [
        ("MSEdgeHTM", Browser.EDGE),
        ("ChromeHTML", Browser.CHROME),
        ("FirefoxURL-308046B0AF4A39CB", Browser.FIREFOX),
        ("IE.HTTPS", None),
    ],
)
def test_the_persons_choice_of_a_browser_is_known(
    set_value: SetValue, program: str, browser: Browser | None
) -> None:
    """As "Default apps" keeps it for https."""
    path = r"SOFTWARE\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice"
    set_value(Root.CURRENT_USER, path, "ProgId", program)
    assert standard.find({}) is browser


def checked(browser: str, issued: Issued) -> Check:
    known = listing.read(stores.stores_of_this_pc(), listings.bank(), NOW).grouped.judged
    return check(browser, listings.bank(), Certificate(issued.der), known, NOW)


def test_edge_offers_what_is_in_the_persons_store(set_value: SetValue) -> None:
    """With its key; a certificate without one is of no use in any browser."""
    registered(set_value, "msedge.exe", sys.executable)
    with_key, bare = issue(), issue("12345678901234 user02")
    with windows_store.filled() as filled:
        filled.put(with_key)
        filled.put_bare(bare.der)
        assert checked("edge", with_key).offer.answer is Answer.YES
        offer = checked("edge", bare).offer
    assert (offer.answer, offer.code) == (Answer.NO, "unusable")


def test_firefox_takes_the_store_unless_it_is_switched_off(
    set_value: SetValue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``security.osclientcerts.autoload`` in the profile that it opens."""
    registered(set_value, "firefox.exe", sys.executable)
    issued = issue()
    folder = tmp_path / "Mozilla/Firefox"
    profile = folder / "Profiles/ab12.default-release"
    profile.mkdir(parents=True)
    (folder / "profiles.ini").write_text(
        "[Profile0]\nIsRelative=1\nPath=Profiles/ab12.default-release\nDefault=1\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("APPDATA", str(tmp_path))
    with windows_store.filled() as filled:
        filled.put(issued)
        # The program in its place is Python, whose version is one of an old Firefox.
        assert checked("firefox", issued).offer.code == "switched-off"
        for value, code in (("true", "offered"), ("false", "switched-off")):
            line = f'user_pref("security.osclientcerts.autoload", {value});\n'
            (profile / "prefs.js").write_text(line, encoding="utf-8")
            assert checked("firefox", issued).offer.code == code
