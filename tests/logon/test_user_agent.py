"""What a browser of a given user agent would say in its client hints."""

from __future__ import annotations

import pytest

from certhelper.logon.user_agent import hints_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "brands", "platform"),
    [
        (
            WINDOWS + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.3485.54",
            {"Chromium": "140.0.0.0", "Microsoft Edge": "140.0.3485.54"},
            "Windows",
        ),
        (
            WINDOWS + "Chrome/140.0.0.0 Safari/537.36",
            {"Chromium": "140.0.0.0", "Google Chrome": "140.0.0.0"},
            "Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
            {},
            "macOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", {}, "Linux"),
        ("something of a bank's own", {}, ""),
    ],
)
def test_the_hints_name_the_browser_that_the_user_agent_names(
    user_agent: str, brands: dict[str, str], platform: str
) -> None:
    """The engine's own brand would give the lie to it; Firefox and Safari send none."""
    said = hints_of(user_agent)
    assert {name: version for name, version in said.brands.items() if "Not" not in name} == brands
    assert bool(said.brands) == bool(brands)
    assert said.platform == platform
