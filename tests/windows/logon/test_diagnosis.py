"""The diagnosis' rehearsal with a certificate of Windows' own store."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from certhelper import listing, moment
from certhelper.bank import Bank
from certhelper.demo.authority import Issued
from certhelper.demo.server import DemoServer
from certhelper.diagnosis.checks import rehearsal
from certhelper.diagnosis.scene import Once, Scene
from certhelper.diagnosis.values import as_they_are
from certhelper.stores import registry

Install = Callable[..., Issued]


def scene_about(chosen: Issued, bank: Bank) -> Scene:
    stores, now = registry.open_stores("windows:CurrentUser"), moment.now()
    found = Once(lambda: listing.read(stores, bank, now))
    return Scene(bank, now, found, chosen=chosen.sha256)


def test_the_pin_page_is_reached(bank: Bank, server: DemoServer, install: Install) -> None:
    """By the program's own child, which Windows' TLS works in; no PIN leaves it."""
    chosen = install()
    before = len(server.log.entries)
    (found,) = rehearsal.check(scene_about(chosen, bank))
    assert found.code == "rehearsal-reached"
    assert {one.sha256 for one in server.log.entries[before:] if one.sha256} == {chosen.sha256}
    assert not [one for one in server.log.entries[before:] if one.method == "POST"]


def test_a_bank_that_does_not_answer_is_said(bank: Bank, install: Install) -> None:
    """The child's failure comes with its code and words."""
    chosen = install()
    gone = bank.source.with_name("gone.toml")
    text = bank.source.read_text("utf-8")
    place = urlsplit(bank.site.start_url)
    gone.write_text(text.replace(place.netloc, f"{place.hostname}:1"), "utf-8")
    (found,) = rehearsal.check(scene_about(chosen, Bank.read(gone)))
    assert found.code == "rehearsal-not-reached"
    assert as_they_are(found.facts)["failure"] == "connection-refused"
