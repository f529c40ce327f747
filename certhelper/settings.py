"""What the program remembers for the person between two starts.  Nothing secret is among it.

One JSON file in the user's configuration folder.  It is read before the first window shows, so
this module imports nothing slow (``dataclasses`` and ``json`` would take a tenth of that time).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self

from certhelper.proxy_choice import ProxyChoice, ProxyMode

FILE_NAME = "settings.json"
SCHEMA = 1

OWN_BROWSERS = ("edge", "chrome", "firefox", "chromium")
"""The browsers that may be named; none named is the one that the system opens addresses with."""


class TextSize(StrEnum):
    """The three sizes that the bank's own screens offer (小, 標準, 大)."""

    SMALL = "small"
    STANDARD = "standard"
    LARGE = "large"


class LastUsed(NamedTuple):
    """The certificate of the last log-on: SHA-256 (hex) and the store it was in."""

    sha256: str
    store: str


class UpdateCheck(NamedTuple):
    """The last question for a new version.

    ``url`` is the address that was asked, ``at`` when (ISO 8601, UTC).  ``answer`` is the last
    document that could be read, as it came; ``problem`` the detail of a question that failed.
    """

    url: str
    at: str
    answer: str
    problem: str


class Settings:
    """``last_used``, ``logon_addresses`` and ``seen_notices`` are by bank id.

    ``seen_notices`` holds digests of the お知らせ that the person has read; with
    ``stop_at_notices`` a log-on waits at those that are new.  ``added_stores`` are read besides
    this PC's own (``KIND:WHERE``).  ``engine_age_days`` is the age from which the browser engine
    is said to be old (0: the usual one); the machine-wide settings win over it.
    ``check_revocation`` lets this program ask the issuers whether certificates have been revoked.
    ``log_detail`` lets the program's own log tell what was done, not only what went wrong.
    ``update_check`` is what the last question for a new version has brought.

    ``proxy``, ``proxy_address`` and ``pac_address`` are the three values of
    :class:`~certhelper.proxy_choice.ProxyChoice`, kept apart so that a choice which is changed and
    changed back still has its address.  ``downloads_folder`` (empty: this PC's usual one) is where
    the bank's files go; ``own_browser`` (empty: the system's) one of :data:`OWN_BROWSERS`.
    What counts in the end says :mod:`certhelper.settings_in_force`.
    """

    def __init__(self) -> None:
        self.text_size = TextSize.STANDARD
        self.shuffle_digits = False
        self.stop_at_notices = False
        self.check_revocation = True
        self.log_detail = False
        self.last_used: dict[str, LastUsed] = {}
        self.logon_addresses: dict[str, str] = {}
        self.engine_age_days = 0
        self.update_check: UpdateCheck | None = None
        self.seen_notices: dict[str, str] = {}
        self.added_stores: list[str] = []
        self.proxy = ProxyMode.SYSTEM
        self.proxy_address = ""
        self.pac_address = ""
        self.downloads_folder = ""
        self.own_browser = ""

    @property
    def proxy_choice(self) -> ProxyChoice:
        """The person's choice as one value."""
        return ProxyChoice(self.proxy, self.proxy_address, self.pac_address)

    def document(self) -> dict[str, Any]:
        """The values as they stand in the file."""
        used = {bank: used._asdict() for bank, used in self.last_used.items()}
        check = self.update_check._asdict() if self.update_check is not None else None
        return {"schema": SCHEMA} | vars(self) | {"last_used": used, "update_check": check}

    @classmethod
    def from_document(cls, document: object) -> Self:
        """Take what is understood and leave the rest at its default.

        Raises ``ValueError`` when the document is no settings document of this schema.
        """
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError("not a settings document")
        settings = cls()
        if document.get("text_size") in list(TextSize):
            settings.text_size = TextSize(document["text_size"])
        settings.shuffle_digits = document.get("shuffle_digits") is True
        settings.stop_at_notices = document.get("stop_at_notices") is True
        settings.check_revocation = document.get("check_revocation") is not False
        settings.log_detail = document.get("log_detail") is True
        days = document.get("engine_age_days")
        if type(days) is int and days > 0:
            settings.engine_age_days = days
        check = dict(_entries(document, "update_check"))
        if set(check) == set(UpdateCheck._fields):
            settings.update_check = UpdateCheck(**{key: str(check[key]) for key in check})
        for bank, used in _entries(document, "last_used"):
            if isinstance(used, dict) and set(used) == {"sha256", "store"}:
                settings.last_used[bank] = LastUsed(str(used["sha256"]), str(used["store"]))
        for bank, address in _entries(document, "logon_addresses"):
            if isinstance(address, str):
                settings.logon_addresses[bank] = address
        for bank, digest in _entries(document, "seen_notices"):
            if isinstance(digest, str):
                settings.seen_notices[bank] = digest
        added = document.get("added_stores")
        if isinstance(added, list):
            settings.added_stores = [store for store in added if isinstance(store, str)]
        _take_session_values(settings, document)
        return settings


def folder() -> Path:
    """The folder of this user's settings; it need not exist yet.

    On Linux the XDG Base Directory Specification says where, in two lines, which the way to the
    first picture takes; elsewhere ``platformdirs`` asks the system.
    """
    if sys.platform != "linux":
        import platformdirs

        return platformdirs.user_config_path("certhelper", appauthor=False)
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".config") / "certhelper"


class SettingsFile:
    """The settings with the file that keeps them.

    ``problem`` says why the file could not be read (plain text); the settings are then the
    defaults, and the file is kept beside under ``settings.json.unreadable`` at the first change.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings, self.problem = _read(path)

    def read_again(self) -> None:
        """Take what the file says now: another process may have written since.

        A file that cannot be read now changes nothing.
        """
        current, problem = _read(self.path)
        if problem is None:
            self.settings = current

    def change(self, apply: Callable[[Settings], None]) -> None:
        """Apply a change to what the file says now, and write it whole or not at all.

        The file is read again first: the window of another bank may have written meanwhile.
        The change holds for this process even when it cannot be kept.  Raises ``OSError``.
        """
        current, problem = _read(self.path)
        apply(current)
        self.settings, self.problem = current, None
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if problem is not None:
            self.path.replace(self.path.with_name(f"{FILE_NAME}.unreadable"))
        unfinished = self.path.with_name(f"{FILE_NAME}.{os.getpid()}")
        try:
            unfinished.write_text(_text(current), encoding="utf-8")
            unfinished.replace(self.path)
        finally:
            unfinished.unlink(missing_ok=True)


def _text(settings: Settings) -> str:
    import json

    return json.dumps(settings.document(), ensure_ascii=False, indent=2) + "\n"


def _read(path: Path) -> tuple[Settings, str | None]:
    try:
        octets = path.read_bytes()
    except FileNotFoundError:
        return Settings(), None
    except OSError as error:
        return Settings(), str(error)
    import json

    try:
        return Settings.from_document(json.loads(octets)), None
    except ValueError as error:
        return Settings(), str(error)


def _entries(document: Mapping[str, Any], key: str) -> list[tuple[str, object]]:
    table = document.get(key)
    return list(table.items()) if isinstance(table, dict) else []


def _take_session_values(settings: Settings, document: Mapping[str, Any]) -> None:
    """Take the values of the settings window."""
    if document.get("proxy") in list(ProxyMode):
        settings.proxy = ProxyMode(document["proxy"])
    for key in ("proxy_address", "pac_address", "downloads_folder"):
        if isinstance(document.get(key), str):
            setattr(settings, key, document[key])
    if document.get("own_browser") in OWN_BROWSERS:
        settings.own_browser = document["own_browser"]
