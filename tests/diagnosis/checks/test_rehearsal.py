"""Check 16: the rehearsal up to the PIN page, against the demo bank and its real faults."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import listings
from support.log_on import Site
from support.proxy_server import PacServer, pac_script
from support.systems import only_on_linux

from certhelper import failures, listing, moment, spoken_numbers
from certhelper.bank import Bank
from certhelper.checks import Revocation, RevocationStatus
from certhelper.diagnosis import rehearsing
from certhelper.diagnosis.checks import rehearsal
from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.network import looks, ways
from certhelper.diagnosis.rehearsing import Rehearsed
from certhelper.diagnosis.scene import Once, Scene
from certhelper.diagnosis.trials import Trials
from certhelper.diagnosis.values import as_they_are, shown
from certhelper.failures import FailedError
from certhelper.listing import Listing
from certhelper.logon import environment, proxy_script
from certhelper.logon.proxy import Way
from certhelper.logon.stages import Stage, StageReport
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.standing import Judged
from certhelper.stores.base import KeyState
from certhelper.stores.nss import NssStore


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo bank, and a database with certificates of two users and a stranger's."""
    with Site(tmp_path_factory.mktemp("site")) as made:
        yield made


def scene_at(site: Site, bank: Bank | None = None, chosen: str | None = None) -> Scene:
    """This PC with the site's database; about user01 unless ``chosen`` says else."""
    which, now = bank or site.bank, moment.now()
    found = Once(lambda: listing.read([NssStore(site.database)], which, now))
    return Scene(which, now, found, chosen=site.user.sha256 if chosen is None else chosen)


def scene_of(found: Callable[[], Listing], **words: Any) -> Scene:
    return Scene(listings.bank(), listings.AT, found, **words)


def said(finding: Finding) -> str:
    known = as_they_are(finding.facts)
    return finding.entry.user["ja"].format_map(known) + finding.entry.remedy["ja"].format_map(known)


def steps(finding: Finding) -> list[str]:
    return [
        shown(one)
        for detail in finding.details
        if detail.name.endswith(".stages")
        for one in detail.items
    ]


def is_tidy(home: Path) -> bool:
    return not list((home / "runtime").glob("certhelper-session-*"))


@only_on_linux
def test_the_pin_page_is_reached_and_nothing_is_left(site: Site, home: Path) -> None:
    """With the real engine, without a PIN; what the server asked is told step by step."""
    before = len(site.log.entries)
    (found,) = rehearsal.check(scene_at(site))
    assert found.code == "rehearsal-reached"
    assert found.about == site.user.sha256
    assert said(found).startswith("利用者 user01 の証明書でPIN入力画面まで進めました。")
    assert steps(found)[-1] == "利用者暗証番号の画面(CIBMU209)"
    assert not [one for one in site.log.entries[before:] if one.method == "POST"]
    assert is_tidy(home)


@only_on_linux
def test_a_certificate_of_a_ca_that_the_bank_does_not_accept(site: Site, home: Path) -> None:
    """A finding of its own, with the failure's code and words, and who must act."""
    (found,) = rehearsal.check(scene_at(site, chosen=site.stranger.sha256))
    known = as_they_are(found.facts)
    assert found.code == "rehearsal-issuer-refused"
    assert found.status is Status.FAULT
    assert known["failure"] == "no-certificate-fits"
    assert found.who is failures.find("no-certificate-fits").actor
    assert "{" not in said(found)
    assert is_tidy(home)


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Bank]:
    """The bank's profile with its start page at another port."""
    monkeypatch.setattr(site, "folder", tmp_path)

    def make(port: int) -> Bank:
        place = f"www.localhost:{port}"
        return site.profile(start_url=f"https://{place}/", allowed_hosts=place)

    return make


@only_on_linux
def test_a_closed_port(site: Site, elsewhere: Callable[[int], Bank]) -> None:
    """It is said as the log-on would say it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        bank = elsewhere(unused.getsockname()[1])
        (found,) = rehearsal.check(scene_at(site, bank))
    assert found.code == "rehearsal-not-reached"
    known = as_they_are(found.facts)
    assert known["failure"] == "connection-refused"
    assert known["number"] == str(spoken_numbers.of_failure("connection-refused"))


@pytest.mark.parametrize(
    ("failure", "code", "status"),
    [
        ("proxy-authentication", "rehearsal-proxy-asks", Status.NOT_CHECKED),
        ("passphrase-needed", "rehearsal-needs-secret", Status.NOT_CHECKED),
        ("display-needed", "rehearsal-not-done", Status.NOT_CHECKED),
        ("certificate-refused", "rehearsal-refused", Status.FAULT),
        ("server-inspected", "rehearsal-inspected", Status.FAULT),
        ("unknown-page", "rehearsal-page-unknown", Status.FAULT),
        ("output-failed", "rehearsal-failed", Status.FAULT),
    ],
)
def test_what_a_failure_comes_to(
    failure: str, code: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the log-on would ask for is no fault; a fault of the way names nobody."""

    def fails(scene: Scene, chosen: object) -> rehearsing.Rehearsed:
        raise failures.FailedError(failure)

    monkeypatch.setattr(rehearsal, "rehearse", fails)
    one = listings.listing(listings.installed(f"{listings.CONTRACT} user01"))
    (found,) = rehearsal.check(scene_of(lambda: one))
    assert (found.code, found.status) == (code, status)
    assert "{" not in said(found)
    assert ("user01" in said(found)) is (code == "rehearsal-refused")


def test_what_a_taken_over_session_says_is_cut_and_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows pages of the net: a code of its own is a crash, and no fact fills the report."""
    odd = {"host": "\u202e" + "x" * 100_000}
    failed = StageReport(Stage.FAILED, "\u202eof-its-own", odd)

    def says(scene: Scene, chosen: object, tell: Callable[[StageReport], None], _: object) -> None:
        tell(StageReport(Stage.OPENED, None, odd))
        tell(failed)

    monkeypatch.setattr(rehearsing, "_in_session", says)
    one = listings.listing(listings.installed(f"{listings.CONTRACT} user01"))
    (found,) = rehearsal.check(scene_of(lambda: one))
    assert found.code == "rehearsal-not-done"  # as after a session that crashed
    assert "\u202e" not in str(found) + str(steps(found))
    assert len(str(found)) < 10_000


def test_of_several_people_the_one_who_can_log_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's expired certificate beside it leaves no choice to anybody."""
    asked: list[str] = []

    def reaching(scene: Scene, chosen: Judged) -> rehearsing.Rehearsed:
        asked.append(chosen.installed.certificate.sha256)
        return rehearsing.Rehearsed(())

    monkeypatch.setattr(rehearsal, "rehearse", reaching)
    good = listings.installed(f"{listings.CONTRACT} user01")
    expired = listings.installed(f"{listings.CONTRACT} user02", days=-1)
    (found,) = rehearsal.check(scene_of(lambda: listings.listing(expired, good)))
    assert (found.code, asked) == ("rehearsal-reached", [good.certificate.sha256])


@pytest.fixture
def by_child(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let the program's own child do it, as for Windows' own store; returns its environment."""
    monkeypatch.setattr(rehearsing, "_in_session", rehearsing._in_child)
    return dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[3])}


def cancelled(scene: Scene, silent: socket.socket) -> Finding:
    """Cancel the rehearsal as soon as it waits for this server."""
    with ExitStack() as kept:

        def cancel() -> None:
            kept.enter_context(silent.accept()[0])
            scene.stop.set()

        cancelling = threading.Thread(target=cancel)
        cancelling.start()
        (found,) = rehearsal.check(scene)
        cancelling.join()
    return found


@only_on_linux
def test_it_ends_when_nobody_waits_any_more(
    site: Site, home: Path, elsewhere: Callable[[int], Bank]
) -> None:
    """A server that never answers does not hold the session up; its home is gone."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = cancelled(scene_at(site, elsewhere(silent.getsockname()[1])), silent)
    assert found.code == "rehearsal-not-done"
    assert is_tidy(home)


@only_on_linux
def test_the_child_ends_when_nobody_waits_any_more(
    site: Site, home: Path, elsewhere: Callable[[int], Bank], by_child: dict[str, str]
) -> None:
    """It is asked to end, and takes its own session's home with it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scene = scene_at(site, elsewhere(silent.getsockname()[1]))
        found = cancelled(replace(scene, environment=by_child), silent)
    assert found.code == "rehearsal-not-done"
    assert is_tidy(home)


@only_on_linux
def test_the_programs_own_child_takes_the_same_way(
    site: Site, home: Path, by_child: dict[str, str]
) -> None:
    """That is how it is done with a certificate of Windows' own store."""
    (found,) = rehearsal.check(replace(scene_at(site), environment=by_child))
    assert found.code == "rehearsal-reached"
    assert is_tidy(home)


@only_on_linux
def test_it_ends_after_its_limit(
    site: Site, home: Path, elsewhere: Callable[[int], Bank], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody's word; and what was not reached is not said to have failed."""
    monkeypatch.setattr(rehearsing, "TIME_LIMIT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (found,) = rehearsal.check(scene_at(site, elsewhere(silent.getsockname()[1])))
    assert found.code == "rehearsal-not-done"
    assert "時間がかかりすぎた" in said(found)
    assert is_tidy(home)


@only_on_linux
def test_a_server_that_is_silent_is_not_waited_for_longer_than_need_be(
    site: Site, home: Path, elsewhere: Callable[[int], Bank], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look of our own has met the same silence: that is what is told, and not the limit."""
    monkeypatch.setattr(looks, "LIMIT_S", 0.5)
    monkeypatch.setattr(rehearsing, "SILENCE_S", 0.5)
    monkeypatch.setattr(rehearsing, "TIME_LIMIT_S", 25.0)  # less than the engine's own
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (found,) = rehearsal.check(scene_at(site, elsewhere(silent.getsockname()[1])))
    assert found.code == "rehearsal-not-reached"
    assert as_they_are(found.facts)["failure"] == "no-answer"
    assert is_tidy(home)


def test_a_proxys_script_is_got_once_for_the_network_and_the_rehearsal(tmp_path: Path) -> None:
    """Both go by the same one, and the server that has it is asked no more than it must be."""
    with PacServer(pac_script("127.0.0.1:1")) as pac:
        choice = ProxyChoice(ProxyMode.PAC, "", pac.address)
        bank = listings.bank(start="https://www.bank.test/")
        scene = Scene(bank, listings.AT, listings.listing, proxy=choice, environment={})
        assert ways.ways(scene).proxies[0].server == "127.0.0.1:1"
        route = rehearsing._way(scene, tmp_path)
        assert pac.asked == 1
    assert route.way is Way.SCRIPT
    assert "127.0.0.1:1" in Path(tmp_path / proxy_script.FILE_NAME).read_text("ascii")


def test_with_one_certificate_nobody_waits_for_keys_and_issuers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is nothing to choose between: the longest check begins at once."""

    def never(_: Scene) -> Listing:
        raise AssertionError("nobody may wait for it")

    def refuse(scene: Scene, judged: Judged) -> Rehearsed:
        raise FailedError("display-needed")

    monkeypatch.setattr(rehearsal, "after_all", never)
    monkeypatch.setattr(rehearsal, "rehearse", refuse)
    one = listings.listing(listings.installed(f"{listings.CONTRACT} user01"))
    (found,) = rehearsal.check(scene_of(lambda: one))
    assert found.code == "rehearsal-not-done"


def test_several_people_must_choose() -> None:
    """No certificate is sent anywhere that nobody chose; one who was chosen is taken."""
    both = listings.listing(
        listings.installed(f"{listings.CONTRACT} user01"),
        listings.installed(f"{listings.CONTRACT} user02"),
    )
    (found,) = rehearsal.check(scene_of(lambda: both))
    assert found.code == "rehearsal-choose-one"
    assert found.status is Status.NOT_APPLICABLE
    assert "2人分" in said(found)


@pytest.mark.parametrize(
    "name", [f"{listings.CONTRACT} user01", listings.CONTRACT, "somebody else"]
)
def test_without_a_usable_certificate_of_a_user_there_is_nothing_to_rehearse(name: str) -> None:
    """The administrator's is never chosen by itself."""
    is_user = name.endswith("user01")
    found = listings.listing(listings.installed(name, days=-1 if is_user else 100))
    (finding,) = rehearsal.check(scene_of(lambda: found))
    assert finding.code == "rehearsal-nothing"


def test_no_secret_is_ever_asked_for() -> None:
    """A locked database is said with the name of what it wants."""
    locked = listings.installed(f"{listings.CONTRACT} user01", needs_user=True)
    (found,) = rehearsal.check(scene_of(lambda: listings.listing(locked)))
    assert found.code == "rehearsal-needs-secret"
    assert "証明書データベースのパスワード" in said(found)
    card = listings.installed(
        f"{listings.CONTRACT} user01", key=KeyState.NEEDS_USER, store="windows:CurrentUser"
    )
    (found,) = rehearsal.check(scene_of(lambda: listings.listing(card)))
    assert "パソコン(Windowsなど)が尋ねるPIN" in said(found)


@pytest.mark.parametrize("words", [{"offline": True}, {"is_trusted": False}])
def test_nobody_is_contacted_who_may_not_be(words: dict[str, bool]) -> None:
    """Nor is a store read for it."""

    def never() -> Listing:
        raise AssertionError("no store is to be read")

    (found,) = rehearsal.check(scene_of(never, **words))
    assert found.code == "rehearsal-not-done"
    assert found.status is Status.NOT_CHECKED
    assert "{" not in said(found)


def test_without_an_address_there_is_nowhere_to_go() -> None:
    """The shipped profile leaves it to the bank's customer."""
    scene = Scene(listings.bank(start=""), listings.AT, listings.listing)
    (found,) = rehearsal.check(scene)
    assert found.code == "rehearsal-no-address"


@only_on_linux
def test_as_root_it_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium would refuse to start; that says nothing of the log-on."""
    monkeypatch.setattr(environment, "runs_as_root", lambda: True)
    one = listings.listing(listings.installed(f"{listings.CONTRACT} user01"))
    (found,) = rehearsal.check(scene_of(lambda: one, environment={}))
    assert found.code == "rehearsal-not-done"
    assert "root" in said(found) or "管理者" in said(found)


@only_on_linux
def test_the_child_takes_only_the_profile_that_was_agreed_to(
    site: Site, home: Path, by_child: dict[str, str]
) -> None:
    """One that was written anew meanwhile may name another server."""
    path = site.bank.source.with_name("changed.toml")
    path.write_bytes(site.bank.source.read_bytes())
    agreed = Bank.read(path)
    path.write_bytes(path.read_bytes() + b"# changed\n")
    before = len(site.server.log.entries)
    (found,) = rehearsal.check(replace(scene_at(site, agreed), environment=by_child))
    assert found.code != "rehearsal-reached"
    assert len(site.server.log.entries) == before


def test_of_several_one_that_can_be_used_is_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the issuer has revoked would only show that the bank refuses it, too."""
    good, gone = (listings.installed("12345678901234 user01", age=age) for age in (200, 5))
    found = listing.combine([listings.reading(good, gone)], listings.bank(), listings.AT)
    given = scene_of(lambda: found)
    revoked = Revocation(RevocationStatus.REVOKED)
    given.once("certificates-trials", lambda: Trials(found, {}))
    given.once("certificates-answers", lambda: {gone.certificate.sha256: revoked})
    tried: list[str] = []

    def refuse(scene: Scene, judged: Judged) -> Rehearsed:
        tried.append(judged.installed.certificate.sha256)
        raise FailedError("display-needed")

    monkeypatch.setattr(rehearsal, "rehearse", refuse)
    rehearsal.check(given)
    assert tried == [good.certificate.sha256]
