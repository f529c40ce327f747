"""A key that asks the person: the log-on waits for it, and goes on or ends."""

from __future__ import annotations

from pathlib import Path

from support.log_on import Site
from support.systems import not_under_wine

from certhelper.logon.stages import Until


@not_under_wine("WebEngine never loads a page there")
def test_the_bank_is_opened_once_the_key_is(tmp_path: Path) -> None:
    """Where nothing asks, opening the key first changes nothing of the way."""
    with Site(tmp_path) as site:
        outcome = site.log_on(until=Until.PIN, key_asks=True)
        assert outcome.status == 0
        assert outcome.stages[-1] == "pin-page"
        assert site.log.certificates() == [site.user.sha256]
