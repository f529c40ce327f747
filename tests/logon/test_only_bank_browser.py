"""The real engine before a page that tries everything: only the bank's host hears of it."""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from support.engine_processes import EngineProcess
from support.hostile_plays import OUTSIDE
from support.hostile_session import Played
from support.hostile_site import HOST, PROBES, HostileSite
from support.log_on import Site
from support.proxy_server import ProxyServer
from support.systems import not_under_wine

from certhelper import texts
from certhelper.demo.scenario import Fault
from certhelper.logon import fence
from certhelper.logon.proxy import Route, Way
from certhelper.logon.wishes import Wish, WishKind

pytestmark = not_under_wine("WebEngine never loads a page there")


def test_no_page_reaches_another_host(tmp_path: Path) -> None:
    """Not one octet, not one look-up of a name; no tab is left empty."""
    with HostileSite(tmp_path) as site:
        played = Played(site, "hostile_plays:everything")
        assert site.traps.touched == set()
        assert played.network.looked_up <= {HOST}
        assert played.network.ports_connected_to == {int(site.host.partition(":")[2])}
    assert played.facts["views"] == [f"https://{site.host}/#ping"]
    assert played.facts["refused"] > len(PROBES) / 2
    assert played.facts["extensions"] == []
    assert played.wishes == []


def test_the_traps_catch_what_only_the_fence_stops(tmp_path: Path) -> None:
    """With the fence thrown down the same page is heard: so its silence means something."""
    with HostileSite(tmp_path) as site:
        Played(site, "hostile_plays:everything", more=["--no-proxy-server"])
        assert site.traps.touched >= {
            "preconnect",
            "linkheader",
            "redirectedpicture",
            "redirectedfetch",
            "turntcp",
            "turntls",
            "icecandidate",
            "transport",
        }


@pytest.mark.parametrize("bypass", [(), ("<local>", "*.corp.example", "10.*")])
def test_behind_a_proxy_no_page_reaches_another_host(
    tmp_path: Path, bypass: tuple[str, ...]
) -> None:
    """The proxy, too, hears of the bank only, and of a name that does not exist."""
    # This computer's own addresses never go to a proxy: docs/session.md says what that leaves.
    tried = [name for name in PROBES if name != "icecandidate"]
    with (
        HostileSite(tmp_path, tried, host="www.bank.test", elsewhere="trap.test") as site,
        ProxyServer(places={"www.bank.test": "127.0.0.1"}) as proxy,
    ):
        played = Played(
            site, "hostile_plays:everything", Route(Way.PROXY, proxy.address, bypass=bypass)
        )
        assert site.traps.touched == set()
        assert {asked.target.partition(":")[0] for asked in proxy.asked} <= {
            "www.bank.test",
            fence.NOWHERE,
        }
    assert played.network.looked_up == set()


def test_no_page_runs_a_script_in_a_page_of_another_origin(tmp_path: Path) -> None:
    """``javascript:`` in a frame or pop-up of the bank's other host does nothing, either way.

    In a frame of the page's own origin it runs, as it must.
    """
    assert scripts_run(tmp_path) == {"own"}


def test_strangers_are_kept_apart_by_the_engine_s_own_rules(tmp_path: Path) -> None:
    """With these taken away every such script runs: so the silence means something."""
    switches = ["--disable-web-security", "--disable-site-isolation-trials"]
    ran = scripts_run(tmp_path, *switches)
    # One address may take another's place before it has run.
    assert {re.sub("-(href|replace|link)$", "", one) for one in ran} == {
        "own",
        *(f"{way}-{place}" for way in ("into", "out-of") for place in ("frame", "popup")),
    }


def scripts_run(folder: Path, *more: str) -> set[str]:
    """Which ``javascript:`` addresses ran, by the requests that they made."""
    with HostileSite(folder, path="/strangers", beside=f"beside.{HOST}") as site:
        Played(site, "hostile_plays:strangers", more=more)
        assert site.seen.count("/stranger?") == 2
        return {one.partition("?")[2] for one in site.seen if one.startswith("/ran?")}


def test_a_refusal_is_said_once_and_the_address_is_opened_after_a_question(
    tmp_path: Path,
) -> None:
    """The address stands whole in the question; Enter does not open it; the parent is asked."""
    with HostileSite(tmp_path, path="/quiet") as site:
        played = Played(site, "hostile_plays:a_link_outside")
    facts = played.facts
    sentence = texts.text("outside.other-site", place="other.example")
    assert facts["said"] == [sentence] * 3
    assert facts["page"] == "/quiet"
    assert facts["tabs"] == 1
    assert OUTSIDE in facts["question"]
    assert facts["default"]
    assert facts["still-said"]
    assert facts["said-after"] == texts.text("outside.handed-over", place="other.example")
    assert not facts["may-open-after"]
    assert played.wishes == [Wish(WishKind.OPEN_ADDRESS, OUTSIDE)]


def test_no_click_starts_another_program_or_takes_anything(tmp_path: Path) -> None:
    """Mail, telephone and settings are refused and said, without what may be secret in them."""
    with HostileSite(tmp_path, path="/quiet") as site:
        played = Played(site, "hostile_plays:other_ways_out")
    facts = played.facts
    assert facts["opened"] == []
    assert facts["answers"] == ["no"] * 5
    assert facts["tabs"] == 1
    assert facts["said"] == [
        texts.text("outside.other-program", place="mailto:"),
        texts.text("outside.other-program", place="tel:"),
        texts.text("outside.no-site", place="ms-settings:"),
        texts.text("outside.looks-alike", place="www.demo-bank.localhost.evil.example"),
        texts.text("outside.other-site", place="other.example"),
    ]
    assert facts["may-open"]
    assert played.wishes == []


def test_no_process_of_the_engine_s_can_speak_for_the_session(tmp_path: Path) -> None:
    """A page that takes over what draws it finds no way to the parent, nor to the PIN's pipe."""
    with Site(tmp_path, fault=Fault("certificate", "hold")) as site:
        running = threading.Thread(target=lambda: site.log_on(load_limit_ms=3000))
        running.start()
        assert site.log.wait_for(lambda log: any(entry.path == "/biznet/" for entry in log.entries))
        ours = {link for link in links_of("self") if link.startswith("pipe:")}
        theirs = {str(one.pid): links_of(str(one.pid)) for one in EngineProcess.below(os.getpid())}
        running.join()
    assert ours
    assert any(theirs.values())  # they could be read
    assert not ours & set().union(*theirs.values())


def links_of(process: str) -> set[str]:
    """What the open files of a process are, as far as we may know."""
    found = set()
    with suppress(OSError):  # not ours to look at
        for one in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile, as the listing itself was
                found.add(str(one.readlink()))
    return found
