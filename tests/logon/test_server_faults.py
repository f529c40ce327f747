"""The real engine at servers that are not as they should be: it stops, says why, and lives on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from support.attended import Person, Play
from support.log_on import Outcome, Site, log_on
from support.pki import Authority, Issued
from support.plays import play
from support.systems import not_under_wine
from support.tls_sites import HOST, Asked, TlsSite, site_of

from certhelper.bank import Bank
from certhelper.logon import issuers, server_trust
from certhelper.logon.browser.failure_page import FailurePage
from certhelper.logon.failure_place import Offer
from certhelper.logon.stages import Until

pytestmark = not_under_wine("the browser engine")

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
TURNED_AWAY = "お使いのブラウザは対応しておりません。"


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority("Example Root")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo bank, with a store and a profile."""
    with Site(tmp_path, other_authentication=False) as running:
        yield running


def profile(folder: Path, site: TlsSite, root: Authority | None, more: str = "") -> Bank:
    """A bank whose start page is this site; ``root`` is trusted by the profile."""
    trusted = ""
    if root is not None:
        (folder / "site-root.pem").write_bytes(root.pem)
        trusted = '"site-root.pem"'
    path = folder / "site.toml"
    path.write_text(
        f'schema = 1\nid = "site"\nname = "例"\n[site]\nstart_url = "{site.address}/"\n'
        f'allowed_hosts = ["{HOST}:{site.port}"]\ntrusted_certificates = [{trusted}]\n{more}\n'
        '[pages.top]\nmarkers = ["利用者トップページ"]\n[pages.pin]\nmarkers = ["CIBMU209"]\n',
        "utf-8",
    )
    return Bank.read(path)


def go(store: Site, bank: Bank) -> Outcome:
    """Go to the bank's start page, unattended."""
    where = f"nss:{store.database}"
    return log_on(bank, where, store.user.sha256, until=Until.PIN, load_limit_ms=8000)


class TestRefused:
    """Whatever is wrong with a server's certificate stops the log-on with its own code."""

    @pytest.mark.parametrize(
        ("make", "trusted", "code"),
        [
            (lambda root: root.server("other.localhost"), True, "server-name-mismatch"),
            (
                lambda root: site_of(root, not_before=NOW - 9 * DAY, not_after=NOW - 2 * DAY),
                True,
                "server-certificate-expired",
            ),
            (
                lambda root: site_of(root, not_before=NOW + 2 * DAY),
                True,
                "server-certificate-not-yet-valid",
            ),
            (site_of, False, "server-authority-unknown"),
            (lambda _: site_of(Authority("ESET SSL Filter CA")), True, "server-inspected"),
        ],
    )
    def test_each_fault_has_its_code_and_nothing_is_asked_of_the_server(
        self,
        make: Callable[[Authority], Issued],
        trusted: bool,
        code: str,
        root: Authority,
        site: Site,
        tmp_path: Path,
    ) -> None:
        """No page is requested; at most the time, where that explains something."""
        with TlsSite(make(root)) as server:
            bank = profile(tmp_path, server, root if trusted else None)
            outcome = go(site, bank)
            methods = {asked.method for asked in server.asked}
        assert (outcome.status, outcome.code) == (1, code)
        assert methods <= {"HEAD"}

    def test_a_clock_that_is_wrong_is_told_by_how_far(
        self, root: Authority, site: Site, tmp_path: Path
    ) -> None:
        """The server lives four days ago, and so does its certificate."""
        identity = site_of(root, not_before=NOW - 9 * DAY, not_after=NOW - 2 * DAY)
        with TlsSite(identity, clock=NOW - 4 * DAY) as server:
            outcome = go(site, profile(tmp_path, server, root))
        assert outcome.code == "clock-wrong"
        assert outcome.detail("failed")["difference"] == "約4日進んでいます"


class TestExpected:
    """A profile that expects something of the servers, against the engine."""

    def test_a_product_that_this_pc_trusts_is_told_before_anything_is_loaded(
        self, site: Site, tmp_path: Path
    ) -> None:
        """The engine would load the page, as it does without the expectation."""
        product = Authority("ESET SSL Filter CA")
        expecting = 'server_issuers = ["CN=Example Server CA G4"]'
        with TlsSite(site_of(product)) as server:
            trusting = go(site, profile(tmp_path, server, product))
            assert trusting.code != "server-inspected"
            assert [asked.method for asked in server.asked] != []
            server.asked.clear()
            outcome = go(site, profile(tmp_path, server, product, expecting))
            assert server.asked == []
        assert (outcome.status, outcome.code) == (1, "server-inspected")
        assert outcome.detail("failed")["product"] == "ESET"

    def test_a_whole_log_on_with_the_expected_keys(self, site: Site) -> None:
        """The demo bank's own server key, and then another one."""
        place = urlsplit(site.server.addresses.logon)
        (shown, *_) = issuers.look(str(place.hostname), place.port or 443).chain
        right = server_trust.pin_of(shown)
        whole = site.log_on(bank=expecting(site, right))
        assert (whole.status, whole.stages[-1]) == (0, "top-page")
        wrong = site.log_on(bank=expecting(site, "A" * 43 + "="))
        assert wrong.stages == ["opened", "failed"]
        assert wrong.code == "server-inspected"  # by a root that is the profile's own
        assert site.log.pin_posts() == 1


def expecting(site: Site, pin: str) -> Bank:
    bank = site.profile()
    written = bank.source.read_text("utf-8")
    bank.source.write_text(
        written.replace("[site]\n", f'[site]\nserver_keys = ["{pin}"]\n'), "utf-8"
    )
    return Bank.read(bank.source)


class TestUserAgent:
    """A site that admits the browsers it knows, and no others."""

    @contextmanager
    def server(self, root: Authority) -> Iterator[TlsSite]:
        def answer(asked: Asked) -> tuple[str, str]:
            if "QtWebEngine" in asked.headers.get("user-agent", ""):
                return "403 Forbidden", f"<meta charset=utf-8>{TURNED_AWAY}"
            script = (
                "document.title=navigator.userAgent+'|'+JSON.stringify(navigator.userAgentData)"
            )
            return "200 OK", f"<meta charset=utf-8>CIBMU209<script>{script}</script>"

        with TlsSite(site_of(root), answer) as server:
            yield server

    def test_it_is_told_with_the_way_out_and_let_in_by_the_profile(
        self, root: Authority, site: Site, tmp_path: Path
    ) -> None:
        """Off unless the profile names one; then header and client hints say the same."""
        with self.server(root) as server:
            assert go(site, profile(tmp_path, server, root)).code == "browser-not-supported"
            server.asked.clear()
            bank = profile(tmp_path, server, root, f'user_agent = "{EDGE}"')
            outcome = go(site, bank)
            (first, *_) = server.asked
        assert outcome.code == "pin-page-without-certificate"  # it stands, and nobody asked for one
        assert first.headers["user-agent"] == EDGE
        assert '"Microsoft Edge";v="140"' in first.headers["sec-ch-ua"]
        assert first.headers["sec-ch-ua-platform"] == '"Windows"'
        assert "QtWebEngine" not in str(first.headers)


# With a person at the window


def reads_the_failure(person: Person) -> Play:
    """See what stands in the place of the page, and try again."""
    yield lambda: person.window.failure is not None
    page = person.window.failure
    assert page is not None
    seen: dict[str, Any] = {
        "code": page.told.code,
        "banner": person.window.banner.isVisible(),
        "buttons": [offer.value for offer in Offer if offer in page._offers],
    }
    before = person.worker.session
    QTest.mouseClick(page.button(Offer.RETRY), Qt.MouseButton.LeftButton)
    yield lambda: person.worker.session is not before
    seen["another"] = True
    return seen


def test_a_fault_has_a_page_of_its_own_and_another_try(
    root: Authority, site: Site, tmp_path: Path
) -> None:
    """Not the empty page, and no button that goes on."""
    with TlsSite(root.server("other.localhost")) as server:
        bank = profile(tmp_path, server, root)
        seen = play(bank, site.database, site.user.sha256, reads_the_failure)
    assert seen == {
        "code": "server-name-mismatch",
        "banner": False,
        "buttons": ["retry", "close"],
        "another": True,
    }


def meets_a_fault_later(person: Person) -> Play:
    """Logged on, go to a host whose certificate is wrong; then back."""
    yield from person.stage("top-page")
    yield from person.shows("利用者トップページ")
    address = person.worker.session.bank.site.administrator_url
    person.start_script(f"location.href = {address!r}")
    yield lambda: person.view.findChildren(FailurePage)
    (page,) = person.view.findChildren(FailurePage)
    covered = page.size() == person.view.size()
    assert person.window.failure is None
    QTest.mouseClick(page.button(Offer.BACK), Qt.MouseButton.LeftButton)
    yield lambda: not any(one.isVisible() for one in person.view.findChildren(FailurePage))
    text = yield from person.text()
    return [page.told.code, covered, "利用者トップページ" in str(text)]


def test_a_fault_later_covers_its_tab_alone(site: Site) -> None:
    """The session lives on: the page before is there again."""
    with TlsSite(site_of(Authority("Nobody"))) as bad:
        front = site.server.addresses.front.removeprefix("https://")
        bank = site.profile(allowed_hosts=f'{front}", "{HOST}:{bad.port}')
        written = bank.source.read_text("utf-8").replace(
            "[site]\n", f'[site]\nadministrator_url = "{bad.address}/"\n'
        )
        bank.source.write_text(written, "utf-8")
        seen = play(Bank.read(bank.source), site.database, site.user.sha256, meets_a_fault_later)
        assert bad.asked == []
    assert seen == ["server-authority-unknown", True, True]
