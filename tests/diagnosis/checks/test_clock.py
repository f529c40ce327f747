"""The check of this PC's clock: against the servers' own, the certificates, and the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import certificate_checks as diagnoses
from support import listings
from support.networks import HandshakeServer, bank_at, codes, said, scene
from support.pki import Authority
from support.proxy_server import ProxyServer
from support.raw_servers import AbsentServer
from support.tls_sites import HOST, TlsSite

from certhelper import engine_age
from certhelper.diagnosis.checks import clock, period
from certhelper.diagnosis.findings import Outcome, Status
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import shown
from certhelper.diagnosis.verdict import conclude
from certhelper.failures import Actor
from certhelper.proxy_choice import ProxyChoice, ProxyMode

DAY = timedelta(days=1)
MADE = datetime(2020, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """This moment: the tests before may have taken longer than clocks may differ."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """This program was made long ago, so that a test may turn the clock back."""
    old = engine_age.engine()._replace(built=MADE.date())
    monkeypatch.setattr(engine_age, "engine", lambda: old)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Example Server CA")


@pytest.fixture
def site(authority: Authority) -> Iterator[TlsSite]:
    """A server with the right time, and a certificate of many years around it."""
    wide = authority.server(HOST, not_before=now() - 900 * DAY, not_after=now() + 900 * DAY)
    with TlsSite(wide) as made:
        yield made


def test_a_right_clock(site: TlsSite, tmp_path: Path) -> None:
    """Within what two clocks may differ."""
    bank = bank_at(tmp_path, (HOST, site.port))
    for at in (now(), now() - timedelta(minutes=3), now() + timedelta(minutes=3)):
        found = clock.check(scene(bank, at=at))
        assert codes(found) == ["clock-right"]
        assert found[0].status is Status.OK


@pytest.mark.parametrize(
    ("off", "code"),
    [
        (timedelta(minutes=20), "clock-differs"),
        (timedelta(minutes=-20), "clock-differs"),
        (timedelta(days=3), "clock-differs"),
        (timedelta(hours=9), "clock-zone"),
        (timedelta(hours=21), "clock-zone"),
        (timedelta(hours=-5), "clock-zone"),
        (timedelta(hours=-17), "clock-differs"),  # no zone is so far from Japan's
        (timedelta(hours=22), "clock-differs"),
        (timedelta(hours=-24), "clock-differs"),
        (timedelta(hours=5, minutes=30), "clock-zone"),
        (timedelta(hours=5, minutes=15), "clock-differs"),
    ],
)
def test_a_wrong_clock(off: timedelta, code: str, site: TlsSite, tmp_path: Path) -> None:
    """Whole half-hours look like a wrong time zone; what stops nothing is no fault."""
    bank = bank_at(tmp_path, (HOST, site.port))
    found = clock.check(scene(bank, at=now() + off))
    assert codes(found) == [code]
    assert found[0].status is Status.ATTENTION
    assert ("進んでいます" if off > timedelta() else "遅れています") in said(found[0])


def test_a_server_whose_clock_is_a_day_ahead(authority: Authority, tmp_path: Path) -> None:
    """Its own Date header counts, whatever the rest of the machine says."""
    with TlsSite(authority.server(HOST), clock=now() + 1.1 * DAY) as site:
        found = clock.check(scene(bank_at(tmp_path, (HOST, site.port))))
    assert codes(found) == ["clock-differs"]
    assert "遅れています" in said(found[0])


def test_a_clock_that_agrees_with_one_of_two_servers_is_right(
    authority: Authority, site: TlsSite, tmp_path: Path
) -> None:
    """One server with a wrong clock sends nobody to change a right one."""
    other = "other.site.localhost"
    with TlsSite(authority.server(other), clock=now() + 9 * DAY, host=other) as wrong:
        bank = bank_at(tmp_path, (other, wrong.port), (HOST, site.port))
        assert codes(clock.check(scene(bank))) == ["clock-right"]


def test_a_clock_that_puts_a_certificate_out_of_its_time(
    authority: Authority, tmp_path: Path
) -> None:
    """Then the log-on fails, and the clock is why."""
    young = authority.server(HOST, not_before=now() - timedelta(hours=1))
    with TlsSite(young) as server:
        bank = bank_at(tmp_path, (HOST, server.port))
        found = clock.check(scene(bank, at=now() - 2 * DAY))
    assert codes(found) == ["clock-breaks-certificate"]
    assert found[0].status is Status.FAULT
    assert "銀行のサイトの証明書" in said(found[0])


def test_a_certificate_of_the_persons_that_looks_expired(site: TlsSite, tmp_path: Path) -> None:
    """By the right time it is valid."""
    mine = listings.installed("12345678901234 user01", days=10, at=now())
    bank = bank_at(tmp_path, (HOST, site.port))
    found = clock.check(scene(bank, mine, at=now() + 20 * DAY))
    assert codes(found) == ["clock-breaks-certificate"]
    assert "利用者 user01 の証明書" in said(found[0])
    assert found[0].about == mine.certificate.sha256


def test_a_clock_before_this_program_was_made(tmp_path: Path) -> None:
    """A flat battery: surely wrong, and no server has to say so."""
    found = clock.check(scene(bank_at(tmp_path), at=MADE - 400 * DAY))
    assert codes(found) == ["clock-before-program"]
    assert found[0].status is Status.FAULT


def test_without_the_network_it_is_not_called_right(site: TlsSite, tmp_path: Path) -> None:
    """Offline, unagreed, without an address: not compared, and no server hears of it."""
    bank = bank_at(tmp_path, (HOST, site.port))
    for one in (
        scene(bank, offline=True),
        scene(bank, is_trusted=False),
        scene(bank_at(tmp_path)),
    ):
        found = clock.check(one)
        assert codes(found) == ["clock-not-compared"]
        assert found[0].status is Status.NOT_CHECKED
    assert site.asked == []


def test_a_certificate_from_the_future_makes_the_clock_doubtful(tmp_path: Path) -> None:
    """It is here, so it was issued: the clock is slow, most likely."""
    mine = listings.installed("12345678901234 user01", age=-3, at=now())
    found = clock.check(scene(bank_at(tmp_path), mine, offline=True))
    assert codes(found) == ["clock-before-certificate"]
    assert "遅れています" in said(found[0])


def test_a_server_that_cannot_be_reached_or_tells_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    """Then it could not be checked, and the person compares."""
    with AbsentServer() as absent:
        found = clock.check(scene(bank_at(tmp_path, (HOST, absent.port))))
    assert codes(found) == ["clock-no-answer"]
    with HandshakeServer(authority.server(HOST)) as silent:
        found = clock.check(scene(bank_at(tmp_path, (HOST, silent.port))))
    assert codes(found) == ["clock-no-answer"]


def test_without_the_proxy_where_that_leads_nowhere(authority: Authority, tmp_path: Path) -> None:
    """A proxy that asks for a password keeps the time to itself; the bank may tell it directly."""
    with (
        TlsSite(authority.server("127.0.0.1"), host="127.0.0.1") as site,
        ProxyServer(users={"hanako": "secret"}) as proxy,
    ):
        bank = bank_at(tmp_path, ("127.0.0.1", site.port))
        choice = ProxyChoice(ProxyMode.MANUAL, proxy.address)
        assert codes(clock.check(scene(bank, proxy=choice))) == ["clock-right"]


def test_every_text_can_be_said(site: TlsSite, tmp_path: Path) -> None:
    """No hole is left in any language."""
    bank = bank_at(tmp_path, (HOST, site.port))
    for off in (timedelta(), timedelta(hours=9), timedelta(days=3)):
        (found,) = clock.check(scene(bank, at=now() + off))
        assert "{" not in said(found)


def verdict_on(given: Scene) -> tuple[str, str]:
    """The first line and the next step of a PC of which nothing else is known."""
    checks = (("clock", clock), ("period", period))
    told = conclude([Outcome(name, tuple(one.check(given)), 0.0) for name, one in checks])
    return "".join(map(shown, told.headline)), "".join(shown(one) for one, _ in told.steps)


@pytest.mark.parametrize(
    ("off", "age", "days"),
    [
        (timedelta(days=400), 100, 300),  # seems to have expired
        (timedelta(days=-20), 3, 300),  # seems not to have begun
        (timedelta(days=-4), 300, -3),  # seems to be valid still
    ],
)
def test_a_wrong_clock_leads_to_no_reissue(
    off: timedelta, age: int, days: int, site: TlsSite, tmp_path: Path
) -> None:
    """A reissue revokes a good certificate: the clock comes first, and alone."""
    mine = listings.installed("12345678901234 user01", age=age, days=days, at=now())
    given = scene(bank_at(tmp_path, (HOST, site.port)), mine, at=now() + off)
    assert codes(period.check(given)) == ["period-by-clock"]
    sentence, step = verdict_on(given)
    assert sentence.startswith("パソコンの日時が約")
    assert "切れています" not in sentence
    assert "依頼してください(利用者情報変更画面" not in step
    assert "日時" in step


@pytest.mark.parametrize(
    ("ago", "words"), [(9, "まず、"), (400, "有効期限から400日もたっているので")]
)
def test_a_clock_that_nobody_confirms_comes_before_a_reissue(
    ago: int, words: str, tmp_path: Path
) -> None:
    """A good certificate is taken away by a reissue that only a wrong clock asked for."""
    mine = listings.installed("12345678901234 user01", age=500, days=-ago, at=now())
    given = scene(bank_at(tmp_path), mine, at=now(), offline=True)
    (found,) = period.check(given)
    assert (found.code, found.who) == ("period-expired", Actor.USER)
    sentence, step = verdict_on(given)
    assert "切れています" in sentence
    assert step.startswith(words)
    assert "時計や携帯電話と見比べてください" in step
    assert "日時が合っていれば、管理者に再発行を依頼してください" in step


def test_a_clock_comes_before_a_place_that_was_not_read(tmp_path: Path) -> None:
    """Both come before the reissue."""
    mine = listings.installed("12345678901234 user01", days=-9)
    given = diagnoses.scene(mine, readings=[diagnoses.HUNG], is_clock_confirmed=False)
    (found,) = period.check(given)
    remedy = said(found)
    assert remedy.index("見比べてください") < remedy.index("まだ読めていない場所")
    assert "日時が合っていれば" not in remedy


def test_days_are_counted_by_the_servers_clock(site: TlsSite, tmp_path: Path) -> None:
    """Not by one that is known to be wrong."""
    mine = listings.installed("12345678901234 user01", days=20, at=now() + timedelta(hours=1))
    (found,) = period.check(
        scene(bank_at(tmp_path, (HOST, site.port)), mine, at=now() + timedelta(days=5))
    )
    assert found.code == "period-ends-soon"
    assert "あと20日" in said(found)


def test_what_has_expired_by_both_clocks_is_reissued(site: TlsSite, tmp_path: Path) -> None:
    """A clock that is a little wrong hides no expired certificate."""
    mine = listings.installed("12345678901234 user01", days=-9, at=now())
    given = scene(bank_at(tmp_path, (HOST, site.port)), mine, at=now() + timedelta(minutes=30))
    assert codes(period.check(given)) == ["period-expired"]
