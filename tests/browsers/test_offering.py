"""Whether a browser will offer a certificate: which browser, where the certificate is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import listings, policy_files
from support.nssdb import Database
from support.own_browsers import FakePrograms
from support.pki import Authority, Issued
from support.systems import only_on_linux

from certhelper import listing
from certhelper.browsers.check import Check, check
from certhelper.browsers.offering import Answer
from certhelper.browsers.policies import Verdict
from certhelper.certificate import Certificate
from certhelper.standing import Judged, judge
from certhelper.stores import nss, registry
from certhelper.stores.base import Installed, KeyState

pytestmark = only_on_linux

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NAME = "12345678901234 user01"
AUTHORITY = Authority()


def issue(name: str = NAME, *, days: int = 100) -> Issued:
    begin, end = NOW - timedelta(days=100), NOW + timedelta(days=days)
    return AUTHORITY.issue(name, not_before=begin, not_after=end)


def usual_database(home: Path, *issued: Issued, password: str | None = None) -> Database:
    database = Database.create(home / ".pki/nssdb", password)
    for number, one in enumerate(issued):
        database.add(one, f"certificate {number}")
    return database


def profile(home: Path, *issued: Issued, folder: str = ".mozilla/firefox") -> Path:
    """A profile of Firefox that is opened by itself, beside one that is not."""
    made = home / folder / "ab12.default-release"
    database = Database.create(made)
    for number, one in enumerate(issued):
        database.add(one, f"certificate {number}")
    (home / folder / "profiles.ini").write_text(
        "[Install4F96D1932A9F858E]\nDefault=ab12.default-release\nLocked=1\n"
        "[Profile1]\nName=old\nIsRelative=1\nPath=cd34.default\nDefault=1\n"
        "[Profile0]\nName=new\nIsRelative=1\nPath=ab12.default-release\n",
        encoding="utf-8",
    )
    return made


def known_on_this_pc() -> tuple[Judged, ...]:
    """What the window lists."""
    found = listing.read(registry.stores_of_this_pc(), listings.bank(), NOW)
    return found.grouped.judged


def checked(browser: str, chosen: Issued, known: tuple[Judged, ...], root: Path) -> Check:
    made = check(browser, listings.bank(), Certificate(chosen.der), known, NOW, root=root)
    assert made.offer.message()
    assert isinstance(made.offer.remedy(), str)
    return made


@pytest.mark.parametrize("browser", ["edge", "chrome", "chromium"])
def test_browsers_of_chromium_offer_what_is_in_their_database(
    programs: FakePrograms, home: Path, tmp_path: Path, browser: str
) -> None:
    """All three share one place on Linux."""
    for name in ("microsoft-edge", "google-chrome", "chromium"):
        programs.add(name)
    issued = issue()
    usual_database(home, issued)
    made = checked(browser, issued, known_on_this_pc(), tmp_path)
    assert (made.offer.answer, made.offer.code, made.offer.notes) == (Answer.YES, "offered", ())
    assert [one.verdict for one in made.policies] == [Verdict.NONE]


def test_a_database_with_a_password_is_said_with_it(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """The browser asks for that password, which is not the bank's PIN."""
    programs.add("chromium")
    issued = issue()
    usual_database(home, issued, password="secret of the store")
    (note,) = checked("chromium", issued, known_on_this_pc(), tmp_path).offer.notes
    assert "パスワード" in note
    assert "利用者暗証番号ではありません" in note


def test_an_expired_certificate_is_of_no_use_anywhere(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """The reason is that of the list, not another wording of it."""
    programs.add("chromium")
    issued = issue(days=-1)
    usual_database(home, issued)
    known = known_on_this_pc()
    offer = checked("chromium", issued, known, tmp_path).offer
    assert (offer.answer, offer.code) == (Answer.NO, "unusable")
    assert offer.reasons == tuple(one.message() for one in known[0].reasons[:1])
    assert "期限" in offer.reasons[0]


def test_a_browser_that_is_not_there_offers_nothing(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """It is named, and another one is asked for."""
    issued = issue()
    usual_database(home, issued)
    made = checked("edge", issued, known_on_this_pc(), tmp_path)
    assert (made.found, made.offer.code) == (None, "not-installed")
    assert "Microsoft Edge" in made.offer.message()


def test_firefox_has_a_database_of_its_own(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """A certificate that Chromium offers is not in it, and it says where it would be."""
    programs.add("firefox")
    issued = issue()
    usual_database(home, issued)
    folder = profile(home)
    offer = checked("firefox", issued, known_on_this_pc(), tmp_path).offer
    assert (offer.answer, offer.code) == (Answer.NO, "elsewhere-firefox")
    assert os.path.realpath(folder) in offer.message()
    assert "証明書を管理" in offer.remedy()


@pytest.mark.parametrize(
    "folder",
    [
        ".mozilla/firefox",
        ".config/mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ],
)
def test_firefox_offers_what_is_in_its_own_profile(
    programs: FakePrograms, home: Path, tmp_path: Path, folder: str
) -> None:
    """The list does not read a profile; it is read for this."""
    programs.add("firefox")
    issued = issue()
    usual_database(home, issued)
    profile(home, issued, folder=folder)
    assert checked("firefox", issued, known_on_this_pc(), tmp_path).offer.answer is Answer.YES


def test_a_certificate_of_a_file_is_not_offered(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """It says where the file is and where it would have to be."""
    programs.add("google-chrome")
    file = tmp_path / "user01.p12"
    issued = issue()
    installed = Installed(Certificate(issued.der), f"pkcs12:{file}", "x", KeyState.PRESENT)
    known = (judge(installed, listings.bank(), NOW),)
    offer = checked("chrome", issued, known, tmp_path).offer
    assert (offer.answer, offer.code) == (Answer.NO, "elsewhere")
    assert str(file) in offer.message()
    assert str(nss.default_directory()) in offer.remedy()


def test_a_browser_in_a_package_of_its_own_looks_elsewhere(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """Flatpak gives it a home of its own; the usual database is not in it."""
    exports = home / ".local/share/flatpak/exports/bin"
    exports.mkdir(parents=True)
    (exports / "com.google.Chrome").symlink_to(programs.add("wrapper"))
    issued = issue()
    usual_database(home, issued)
    offer = checked("chrome", issued, known_on_this_pc(), tmp_path).offer
    assert (offer.answer, offer.code) == (Answer.NO, "elsewhere")
    assert ".var/app/com.google.Chrome" in offer.remedy()
    Database.create(home / ".var/app/com.google.Chrome/.pki/nssdb").add(issued, "copy")
    assert checked("chrome", issued, known_on_this_pc(), tmp_path).offer.answer is Answer.YES


def test_the_systems_own_browser_is_found_out(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """By what the desktop keeps; where it keeps nothing, nobody knows."""
    programs.add("firefox")
    issued = issue()
    usual_database(home, issued)
    known = known_on_this_pc()
    made = checked("", issued, known, tmp_path)
    assert (made.browser, made.offer.answer) == (None, Answer.UNKNOWN)
    lists = home / ".config/mimeapps.list"
    lists.parent.mkdir(exist_ok=True)
    lists.write_text(
        "[Default Applications]\nx-scheme-handler/https=firefox_firefox.desktop;other.desktop\n",
        encoding="utf-8",
    )
    assert checked("", issued, known, tmp_path).browser == "firefox"


def test_a_policy_counts_what_the_browser_would_show(
    programs: FakePrograms, home: Path, tmp_path: Path
) -> None:
    """An expired one does not get chosen; one that is valid longer does."""
    programs.add("google-chrome")
    chosen, expired, newer = issue(), issue(days=-1), issue(days=300)
    usual_database(home, chosen, expired)
    policy_files.write(tmp_path, policy_files.entry())
    (finding,) = checked("chrome", chosen, known_on_this_pc(), tmp_path).policies
    assert finding.verdict is Verdict.THIS
    Database(home / ".pki/nssdb").add(newer, "renewed")
    made = checked("chrome", chosen, known_on_this_pc(), tmp_path)
    assert made.policies[0].verdict is Verdict.OTHER
    assert made.policies[0].matching[0].sha256 == newer.sha256
    assert [one.sha256 for one in made.look_alikes] == [newer.sha256]
