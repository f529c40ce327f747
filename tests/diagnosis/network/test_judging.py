"""What was seen of the network becomes the finding that says whose it is to act."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import networks
from support.networks import bank_at, codes

from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.network import judging, reach
from certhelper.diagnosis.network.looks import Handshake, Seen
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.network.survey import Survey
from certhelper.diagnosis.network.ways import DIRECT, Ways
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts, joined, plain, shown
from certhelper.failures import Actor, FailedError
from certhelper.logon.proxy import Route, Way

PLACE = ("www.bank.test", 443)
BY_PROXY = Route(Way.PROXY, "proxy.test:8080")
DIRECTLY = Ways(DIRECT)
OTHER = Route(Way.PROXY, "other.test:8080")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """No server shows itself in these tests."""
    return networks.scene(bank_at(tmp_path, PLACE))


@pytest.fixture(autouse=True)
def way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_way_out", lambda family: True)


def seen(reached: Reach, **words: Any) -> Seen:
    return Seen(PLACE, reached, **words)


def surveyed(found: Seen, ways: Ways = DIRECTLY, other: Seen | None = None) -> Survey:
    by_other = {} if other is None else {PLACE: other}
    return Survey(ways, {PLACE: found}, {}, by_other, {}, {}, {}, None, {})


def test_a_password_is_asked_for_by_the_proxy_that_counts(scene: Scene) -> None:
    """That another one would lead there is no reason to change the setting."""
    found = surveyed(
        seen(Reach.PROXY_PASSWORD, status=407), Ways(BY_PROXY, other=OTHER), seen(Reach.CONNECTED)
    )
    assert codes(judging.findings(scene, found)) == ["network-proxy-wants-password"]


@pytest.mark.parametrize(
    ("reached", "code"),
    [
        (Reach.REFUSED, "network-refused"),
        (Reach.NO_ANSWER, "network-no-answer"),
        (Reach.UNREACHABLE, "network-no-connection"),
    ],
)
def test_who_answers_is_reached(
    reached: Reach, code: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PC is not told to be cut off because it has no way of the usual kind, as by a VPN."""
    monkeypatch.setattr(reach, "has_way_out", lambda family: False)
    assert codes(judging.findings(scene, surveyed(seen(reached)))) == [code]


def test_a_network_that_leads_elsewhere_only(scene: Scene) -> None:
    """This PC has a way out, and none to the bank."""
    found = judging.findings(scene, surveyed(seen(Reach.UNREACHABLE)))
    assert codes(found) == ["network-unreachable"]


def test_a_proxy_that_is_none(scene: Scene) -> None:
    """The setting itself is to be mended."""
    wrong = FailedError("proxy-setting-wrong", proxy="proxy.test")
    found = surveyed(seen(Reach.WAY_UNKNOWN), Ways(None, wrong))
    assert codes(judging.findings(scene, found)) == ["network-proxy-setting-wrong"]


def test_a_handshake_that_fails_for_another_reason(scene: Scene) -> None:
    """What the library said goes with it, for the bank."""
    failed = seen(Reach.CONNECTED, handshake=Handshake.FAILED, detail="bad signature")
    (found,) = judging.findings(scene, surveyed(failed))
    assert found.code == "network-tls-failed"
    assert dict(found.facts)["error"] == plain("bad signature")


def test_what_several_hosts_share_keeps_all_else() -> None:
    """Their hosts are listed; details, and who must act, stay."""
    detail = (Detail("diagnosis-network.hosts", (plain("seen"),)),)
    one, other, third = (
        Finding("network-refused", facts(host=host, error="x"), detail, "", Actor.BANK)
        for host in ("a.test", "b.test", "a.test")
    )
    hosts = joined(["a.test", "b.test"])
    assert judging._merged([one, other, third]) == [
        Finding("network-refused", facts(host=hosts, error="x"), detail, "", Actor.BANK)
    ]
    assert shown(hosts) == "a.test、b.test"
