"""A person and a proxy that wants a name and a password, in the session's own window."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from support.attended import Person, Play, Wait
from support.log_on import Site
from support.plays import play
from support.proxy_server import ProxyServer
from support.systems import not_under_wine

from certhelper.demo import server
from certhelper.demo.customers import DEMO_PIN
from certhelper.logon.browser.overlay import Overlay
from certhelper.logon.browser.proxy_sign_in import SignInForm
from certhelper.logon.proxy import Route, Way
from certhelper.logon.stages import Stage

pytestmark = not_under_wine("the browser engine")

FRONT, LOGON = "www.bank.test", "login.bank.test"
PLACES = {FRONT: "127.0.0.1", LOGON: "127.0.0.1"}
USER, PASSWORD = "yamada", "pass: Wort"
OTHER_USER, OTHER_PASSWORD = "suzuki", "Wort: pass"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The demo bank under names that only the proxy knows."""
    monkeypatch.setattr(server, "FRONT_HOST", FRONT)
    monkeypatch.setattr(server, "LOGON_HOST", LOGON)
    with Site(tmp_path, other_authentication=False) as site:
        yield site


def watch(site: Site, proxy: ProxyServer, what: Callable[[Person], Play]) -> Any:
    way = Route(Way.PROXY, proxy.address)
    return play(site.bank, site.database, site.user.sha256, what, proxy=way)


def form_of(overlay: Overlay) -> SignInForm:
    (form,) = overlay.findChildren(SignInForm)
    return form


def sign_in(
    person: Person, user: str, password: str
) -> Generator[Wait, None, tuple[str, str, str]]:
    """Wait for the question, answer it with the keyboard alone, and return what it said."""
    overlay = yield from person.message()
    form = form_of(overlay)
    said = (overlay.accessibleName(), overlay.words, form.problem.text())
    if form.user.text() != user:
        form.user.clear()
        QTest.keyClicks(form.user, user)
        person.press(Qt.Key.Key_Tab, form.user)
    QTest.keyClicks(form.password, password)
    person.press(Qt.Key.Key_Return, form.password)
    return said


def right_at_once(person: Person) -> Play:
    said = yield from sign_in(person, USER, PASSWORD)
    yield from person.stage("top-page")
    return said


def wrong_then_right(person: Person) -> Play:
    first = yield from sign_in(person, USER, "wrong")
    second = yield from sign_in(person, USER, PASSWORD)
    yield from person.stage("top-page")
    return [first[2], second[2]]


def cancelled(person: Person) -> Play:
    overlay = yield from person.message()
    person.press(Qt.Key.Key_Escape, overlay)
    yield from person.stage("failed")
    return [person.reports[-1].code, person.overlay() is None]


def test_the_person_signs_in_and_the_log_on_goes_on(site: Site) -> None:
    """Once, for every connection of the session; the dialog names the proxy and what it is not."""
    with ProxyServer(users={USER: PASSWORD}, places=PLACES) as proxy:
        title, words, problem = watch(site, proxy, right_at_once)
        assert proxy.address in words
    assert "プロキシ" in title
    assert "利用者暗証番号や、証明書のパスフレーズではありません" in words
    assert problem == ""
    assert [asked.answered for asked in proxy.asked].count(407) == 1
    assert {asked.user for asked in proxy.asked[1:]} == {USER}


def test_a_wrong_password_is_asked_for_again_with_a_word(site: Site) -> None:
    """Each answer goes out once: an account that locks after three tries is not locked by us."""
    with ProxyServer(users={USER: PASSWORD}, places=PLACES) as proxy:
        first, second = watch(site, proxy, wrong_then_right)
    assert first == ""
    assert "受け付けられませんでした" in second
    assert [asked.answered for asked in proxy.asked].count(407) == 2


def test_whoever_cancels_gets_a_failure_that_says_so(site: Site) -> None:
    """No empty name and password goes out; the bank is not blamed."""
    with ProxyServer(users={USER: PASSWORD}, places=PLACES) as proxy:
        code, closed = watch(site, proxy, cancelled)
    assert (code, closed) == ("proxy-authentication", True)
    assert [asked.answered for asked in proxy.asked] == [407]
    assert site.log.entries == ()


def cancels_and_tries_again(person: Person) -> Play:
    overlay = yield from person.message()
    person.press(Qt.Key.Key_Escape, overlay)
    yield from person.stage("failed")
    person.window.retry_wanted.emit()
    said = yield from sign_in(person, USER, PASSWORD)
    pad = yield from person.pad()
    yield from person.enter(pad, DEMO_PIN)
    yield from person.stage("top-page")
    return said[2]


def logs_on_twice(person: Person) -> Play:
    yield from sign_in(person, USER, PASSWORD)
    yield from person.stage("top-page")
    person.window.retry_wanted.emit()
    pad = yield from person.pad()
    asked_again = person.overlay() is not None
    yield from person.enter(pad, DEMO_PIN)
    yield lambda: [report.stage for report in person.reports].count(Stage.TOP_PAGE) == 2
    return asked_again


def test_who_has_cancelled_can_try_again_in_the_same_window(site: Site) -> None:
    """The proxy is asked for anew, without the word for a wrong answer: there was none."""
    with ProxyServer(users={USER: PASSWORD}, places=PLACES) as proxy:
        assert watch(site, proxy, cancels_and_tries_again) == ""
    assert [asked.answered for asked in proxy.asked].count(407) == 2


def test_another_attempt_does_not_ask_for_what_was_right(site: Site) -> None:
    """Its profile is a fresh one, so the proxy asks again; the person is not."""
    with ProxyServer(users={USER: PASSWORD}, places=PLACES) as proxy:
        assert watch(site, proxy, logs_on_twice) is False
    assert [asked.answered for asked in proxy.asked].count(407) == 2


def signs_in_at_two(person: Person) -> Play:
    first = yield from sign_in(person, USER, PASSWORD)
    second = yield from sign_in(person, OTHER_USER, OTHER_PASSWORD)
    yield from person.stage("top-page")
    return [first, second]


def test_what_was_given_for_one_proxy_never_goes_to_another(site: Site, tmp_path: Path) -> None:
    """A script may name several, and one that was added by an attacker only has to ask."""
    with (
        ProxyServer(users={USER: PASSWORD}, places=PLACES) as ours,
        ProxyServer(users={OTHER_USER: OTHER_PASSWORD}, places=PLACES) as other,
    ):
        script = (
            "function FindProxyForURL(url, host) {"
            f" return host === '{FRONT}' ? 'PROXY {ours.address}' :"
            f" 'PROXY {other.address.replace('127.0.0.1', 'localhost')}'; }}"
        )
        file = tmp_path / "proxy.pac"
        file.write_text(script, "ascii")
        way = Route(Way.SCRIPT, script=file.as_uri())
        first, second = play(site.bank, site.database, site.user.sha256, signs_in_at_two, proxy=way)
    assert "127.0.0.1" in first[1]
    assert "localhost" in second[1]
    assert [said[2] for said in (first, second)] == ["", ""]
    assert {asked.user for asked in ours.asked} == {"", USER}
    assert {asked.user for asked in other.asked} == {"", OTHER_USER}
