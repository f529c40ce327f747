"""What a person is about to change, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper.desktop.settings_draft import Draft, folder_problem, proxy_address, web_address
from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.settings import Settings, TextSize
from certhelper.settings_in_force import in_force

DECIDED = MachineSettings(
    proxy="manual",
    proxy_address="firm.example:8080",
    downloads_folder="/firm",
    own_browser="edge",
    stop_at_notices=True,
    check_revocation=True,
    log_detail=False,
)


def changed(kept: Settings, decided: MachineSettings) -> Draft:
    draft = Draft.of(kept, in_force(kept, decided))
    draft.proxy = ProxyChoice(ProxyMode.NONE, "mine.example:1", "http://mine.example/p")
    draft.downloads_folder = "/mine"
    draft.text_size = TextSize.LARGE
    draft.own_browser = "firefox"
    draft.stop_at_notices = False
    draft.check_revocation = False
    draft.shuffle_digits = True
    draft.log_detail = True
    return draft


def test_what_the_person_changes_is_kept() -> None:
    """Addresses of choices that do not count now stay for the next time."""
    kept = Settings()
    nothing = MachineSettings()
    changed(kept, nothing).keep(kept, in_force(kept, nothing))
    assert kept.proxy_choice == ProxyChoice(
        ProxyMode.NONE, "mine.example:1", "http://mine.example/p"
    )
    assert (kept.downloads_folder, kept.own_browser) == ("/mine", "firefox")
    assert (kept.text_size, kept.stop_at_notices, kept.shuffle_digits) == (
        TextSize.LARGE,
        False,
        True,
    )
    assert not kept.check_revocation
    assert kept.log_detail


def test_what_the_administrator_has_decided_is_shown_and_never_kept_as_the_persons() -> None:
    """When the administrator lets go of it, the person's own choice is there again."""
    kept = Settings()
    kept.proxy_address, kept.own_browser = "before.example:1", "chrome"
    draft = Draft.of(kept, in_force(kept, DECIDED))
    assert draft.proxy == ProxyChoice(ProxyMode.MANUAL, "firm.example:8080")
    assert (draft.downloads_folder, draft.own_browser, draft.stop_at_notices) == (
        str(Path("/firm")),
        "edge",
        True,
    )
    changed(kept, DECIDED).keep(kept, in_force(kept, DECIDED))
    assert kept.proxy_choice == ProxyChoice(ProxyMode.SYSTEM, "before.example:1")
    assert (kept.downloads_folder, kept.own_browser, kept.stop_at_notices) == ("", "chrome", False)
    assert (kept.text_size, kept.shuffle_digits) == (TextSize.LARGE, True)
    assert kept.check_revocation
    assert not kept.log_detail


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        (ProxyChoice(), ""),
        (ProxyChoice(ProxyMode.NONE, "no address"), ""),
        (ProxyChoice(ProxyMode.MANUAL), "address"),
        (ProxyChoice(ProxyMode.MANUAL, "proxy.example:8080"), ""),
        (ProxyChoice(ProxyMode.PAC, "proxy.example:8080"), "pac"),
        (ProxyChoice(ProxyMode.PAC, "", "http://proxy.example/p"), ""),
    ],
)
def test_a_choice_without_its_address_cannot_be_kept(choice: ProxyChoice, problem: str) -> None:
    """Only the address that counts is judged."""
    kept = Settings()
    draft = Draft.of(kept, in_force(kept, MachineSettings()))
    draft.proxy = choice
    assert draft.problem == problem


@pytest.mark.parametrize(
    "typed",
    [
        "proxy.example:8080",
        "  proxy.example:8080\n",
        "http://proxy.example:8080/",
        "ｐｒｏｘｙ．ｅｘａｍｐｌｅ：８０８０",
    ],
)
def test_a_proxy_is_understood_however_it_is_pasted(typed: str) -> None:
    """From a mail, from a browser's settings, from a Japanese input method."""
    assert proxy_address(typed) == "proxy.example:8080"


def test_an_address_is_tidied_and_not_changed() -> None:
    """White space goes, and full-width characters."""
    assert web_address(" ｈｔｔｐ://proxy.example/p.pac ") == "http://proxy.example/p.pac"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """A drive that is not connected, a folder that was moved, a file."""
    assert folder_problem("") == ""
    assert folder_problem(str(tmp_path)) == ""
    assert folder_problem(str(tmp_path / "gone")) == "folder-gone"
    (tmp_path / "file").write_text("")
    assert folder_problem(str(tmp_path / "file")) == "folder-gone"
