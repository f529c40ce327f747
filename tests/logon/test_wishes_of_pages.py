"""A page of the bank's asks this PC for things, with real clicks: it is given nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.hostile_session import Played
from support.hostile_site import HostileSite
from support.systems import not_under_wine

pytestmark = not_under_wine("WebEngine never loads a page there")

CAMERA = "--use-fake-device-for-media-stream"
WITH_ALL_FEATURES = "--disable-blink-features=None"
"""Stands in the place of the product's own list."""

BY_SWITCHES = {
    *("IdentityCredential", "joinAdInterestGroup", "runAdAuction", "sharedStorage"),
    *("HTMLFencedFrameElement", "mediaSession", "fetchLater", "PushManager"),
    *("PeriodicSyncManager", "SharedWorker", "Notification", "showOpenFilePicker"),
    *("showSaveFilePicker", "showDirectoryPicker", "FileSystemObserver", "queryLocalFonts"),
    *("registerProtocolHandler", "PresentationRequest", "RemotePlayback", "serial"),
    *("storageBuckets", "PublicKeyCredential", "hid", "xr", "PressureObserver"),
}
BY_SCRIPT = {"RTCPeerConnection", "WebTransport", "credentials"}
ASKED = {
    *("Geolocation", "MediaVideoCapture", "MediaAudioCapture", "ClipboardReadWrite", "MouseLock"),
}
ASKED_WITH_ALL_FEATURES = ASKED | {"Notifications", "LocalFontsAccess"}
GIVEN_WITHOUT_REFUSALS = {
    *("geolocation", "camera", "microphone", "both", "clipboardtext", "clipboardcontent"),
    *("clipboardwrite", "paste", "notification", "fonts", "fullscreen", "pointerlock"),
    *("savefile", "openfile", "protocol", "sharedworker", "serviceworker", "peer", "transport"),
    "mediasession",
}
"""What else the page wishes for, the engine itself refuses everybody."""


def asked(folder: Path, play: str, *more: str) -> dict[str, Any]:
    with HostileSite(folder, path="/wishes") as site:
        return Played(site, f"wishful_plays:{play}", more=[CAMERA, *more]).facts


def given(facts: dict[str, Any]) -> set[str]:
    return {name for name, answer in facts["answers"].items() if answer == "given"}


def test_a_page_is_given_nothing_of_this_pc(tmp_path: Path) -> None:
    """Every permission that was asked for is denied; what is switched off is not even there.

    A page may copy when it is clicked on, as everywhere on the web, and not by itself.
    """
    facts = asked(tmp_path, "refused")
    assert facts["found"] == [""]
    assert facts["permissions"] == dict.fromkeys(ASKED, "Denied")
    assert given(facts) == {"copy"}
    assert "silent" not in facts["answers"].values()  # nothing waits for an answer, either
    assert facts["requests"] == ["desktop-media"]
    assert not facts["early"]
    assert facts["clipboard"][0] == ""
    assert facts["profile"] == {
        "spell check": False,
        "push": False,
        "permissions kept": "AskEveryTime",
        "permissions": [],
        "in memory": True,
        "cache": "MemoryHttpCache",
        "cookies": "NoPersistentCookies",
    }


def test_what_no_switch_takes_away_is_denied(tmp_path: Path) -> None:
    """With every feature there: the switches are what takes them away, and behind them is a no."""
    facts = asked(tmp_path, "refused", WITH_ALL_FEATURES)
    assert set(facts["found"]) == BY_SWITCHES
    assert facts["permissions"] == dict.fromkeys(ASKED_WITH_ALL_FEATURES, "Denied")
    assert "protocol-handler" in facts["requests"]
    assert not given(facts) & {"notification", "fonts"}


def test_a_page_that_nobody_refuses_is_given_it(tmp_path: Path) -> None:
    """So that the refusals mean something: the same clicks get all that the engine can give."""
    facts = asked(tmp_path, "granted", WITH_ALL_FEATURES)
    assert set(facts["found"]) == BY_SWITCHES | BY_SCRIPT
    assert given(facts) >= GIVEN_WITHOUT_REFUSALS
    assert facts["early"]
    assert facts["answers"]["passkey"] == "silent"  # begun: it waits for somebody's security key
