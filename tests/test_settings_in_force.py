"""What counts in the end, and whether the person can change it."""

from __future__ import annotations

from pathlib import Path

from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.settings import Settings
from certhelper.settings_in_force import InForce, in_force


def test_without_an_administrator_the_persons_values_count() -> None:
    """Nothing is managed on a PC without a machine-wide file."""
    kept = Settings()
    kept.proxy, kept.proxy_address = ProxyMode.MANUAL, "proxy.example:8080"
    kept.downloads_folder, kept.own_browser, kept.stop_at_notices = "~/bank", "firefox", True
    found = in_force(kept, MachineSettings())
    choice = ProxyChoice(ProxyMode.MANUAL, "proxy.example:8080")
    assert found == (
        InForce(choice, False),
        InForce(Path.home() / "bank", False),
        InForce("firefox", False),
        InForce(True, False),
        InForce(True, False),
        InForce(False, False),
    )


def test_without_anything_decided_this_pcs_own_ways_count() -> None:
    """A first start takes the system's proxy, its usual folder and its usual browser."""
    found = in_force(Settings(), MachineSettings())
    assert found.proxy == InForce(ProxyChoice(ProxyMode.SYSTEM), False)
    assert found.downloads_folder == InForce(None, False)
    assert found.own_browser == InForce("", False)
    assert found.stop_at_notices == InForce(False, False)


def test_the_administrators_word_wins_and_is_called_managed() -> None:
    """The person's proxy address must not mix with the administrator's mode, nor no become yes."""
    kept = Settings()
    kept.proxy, kept.proxy_address = ProxyMode.MANUAL, "mine.example:8080"
    kept.downloads_folder, kept.own_browser, kept.stop_at_notices = "/mine", "firefox", True
    decided = MachineSettings(
        proxy="pac",
        pac_address="http://firm.example/proxy.pac",
        downloads_folder="/firm",
        own_browser="edge",
        stop_at_notices=False,
        check_revocation=False,
        log_detail=True,
    )
    choice = ProxyChoice(ProxyMode.PAC, "", "http://firm.example/proxy.pac")
    assert in_force(kept, decided) == (
        InForce(choice, True),
        InForce(Path("/firm"), True),
        InForce("edge", True),
        InForce(False, True),
        InForce(False, True),
        InForce(True, True),
    )
