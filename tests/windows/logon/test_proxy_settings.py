"""Windows' own proxy settings become a way that the fence can stand around."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.proxy_server import PacServer, pac_script

from certhelper.bank import Bank
from certhelper.logon import fence, proxy, proxy_windows
from certhelper.logon.proxy import Route, Way
from certhelper.proxy_choice import ProxyChoice
from certhelper.windows import proxy_settings
from certhelper.windows.proxy_settings import ProxySettings

_PATH = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
_NAME = "DefaultConnectionSettings"
_DIRECT, _PROXY, _SCRIPT, _DETECTS = 1, 2, 4, 8
Set = Callable[[ProxySettings], None]


if sys.platform == "win32":
    import winreg

    def set_to(octets: bytes) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _PATH) as key:
            winreg.SetValueEx(key, _NAME, 0, winreg.REG_BINARY, octets)

    def remove() -> None:
        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, _PATH, access=winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, _NAME)

    @pytest.fixture
    def windows() -> Iterator[Set]:
        """Change the person's settings as the control panel does; afterwards there are none."""

        def put(settings: ProxySettings) -> None:
            flags = _DIRECT | (_DETECTS if settings.detects else 0)
            flags |= (_PROXY if settings.proxy else 0) | (_SCRIPT if settings.script else 0)
            texts = [text.encode() for text in (settings.proxy, settings.bypass, settings.script)]
            lists = b"".join(struct.pack("<I", len(text)) + text for text in texts)
            set_to(struct.pack("<III", 0x46, 1, flags) + lists + bytes(32))

        remove()
        yield put
        remove()


@pytest.mark.parametrize(
    "settings",
    [
        ProxySettings(),
        ProxySettings(True),
        ProxySettings(False, "http://a.example/p.pac"),
        ProxySettings(False, "", "http=a.example:1;https=b.example:2", "*.corp.example;<local>"),
    ],
)
def test_what_the_person_has_set_is_read(windows: Set, settings: ProxySettings) -> None:
    """By Windows' own function; every text is freed once and whole."""
    windows(settings)
    for _ in range(3):
        assert proxy_settings.read() == settings


def test_windows_as_it_comes_is_a_way_with_a_fence(bank: Bank) -> None:
    """It looks for a script in the network and there is none: the way is direct."""
    assert proxy_settings.read().detects
    assert proxy_settings.detect() == ""
    way = proxy_windows.route()
    assert way == Route(Way.DIRECT)
    assert fence.switches(bank, way)


def test_a_proxy_of_the_system_is_the_session_s(windows: Set, tmp_path: Path) -> None:
    """By the choice that everybody has who never chose."""
    windows(ProxySettings(False, "", "b.example:2", "*.corp.example;<local>"))
    assert proxy.route(ProxyChoice(), tmp_path, {}) == Route(
        Way.PROXY, "b.example:2", "http", ("*.corp.example", "<local>")
    )


def test_a_script_of_the_system_is_got_for_the_session(windows: Set, tmp_path: Path) -> None:
    """As one that is named in our own settings."""
    with PacServer(pac_script("proxy.example:8080")) as pac:
        windows(ProxySettings(False, pac.address))
        found = proxy.route(ProxyChoice(), tmp_path, {})
    assert found.way is Way.SCRIPT
    assert "proxy.example:8080" in Path(tmp_path / "proxy.pac").read_text("ascii")
