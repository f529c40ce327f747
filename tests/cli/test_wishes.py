"""What a session asks of the program that started it."""

from __future__ import annotations

import pytest
from support.own_browsers import FakePrograms
from support.systems import only_on_linux

from certhelper import settings
from certhelper.cli import wishes
from certhelper.failures import FailedError
from certhelper.logon.wishes import Wish, WishKind
from certhelper.settings import Settings, SettingsFile, TextSize

PAGE = "https://www.elsewhere.test/"


def kept() -> SettingsFile:
    return SettingsFile(settings.folder() / settings.FILE_NAME)


def choose_firefox(known: Settings) -> None:
    known.own_browser = "firefox"


@only_on_linux
def test_an_address_opens_in_the_browser_of_the_settings(programs: FakePrograms) -> None:
    """Whoever chose a browser finds the page there and nowhere else."""
    kept().change(choose_firefox)
    programs.add("xdg-open")
    programs.add("firefox")
    wishes.fulfil(Wish(WishKind.OPEN_ADDRESS, PAGE))
    assert (programs.calls("firefox"), programs.calls("xdg-open")) == ([[PAGE]], [])


@only_on_linux
def test_a_browser_that_is_gone_gives_way_to_the_systems(programs: FakePrograms) -> None:
    """It was chosen once and removed since: the person still gets to see the page."""
    kept().change(choose_firefox)
    programs.add("xdg-open")
    wishes.fulfil(Wish(WishKind.OPEN_ADDRESS, PAGE))
    assert programs.calls("xdg-open") == [[PAGE]]


@only_on_linux
@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://user:word@bank.test/"])
def test_what_is_no_web_address_is_refused(programs: FakePrograms, address: str) -> None:
    """A session that was taken over reaches no other program by it."""
    programs.add("xdg-open")
    with pytest.raises(FailedError) as caught:
        wishes.fulfil(Wish(WishKind.OPEN_ADDRESS, address))
    assert programs.calls("xdg-open") == []
    assert caught.value.code == "address-refused"


@pytest.mark.usefixtures("home")
def test_the_size_of_the_text_is_kept() -> None:
    """What was chosen in the session holds in the next one."""
    wishes.fulfil(Wish(WishKind.TEXT_SIZE, "large"))
    assert kept().settings.text_size is TextSize.LARGE
    wishes.fulfil(Wish(WishKind.TEXT_SIZE, "gigantic"))
    assert kept().settings.text_size is TextSize.LARGE
