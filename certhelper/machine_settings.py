"""What the administrator of this PC has decided for everybody on it (``settings.toml``).

The file stands in the machine-wide folder, beside ``banks/`` with the bank profiles.  It is read
whole or not at all: a misspelt rule must not be taken for a rule that is not there.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from certhelper import profile_check, profile_reading, texts
from certhelper.failures import WrongUseError
from certhelper.safe_text import safe

if TYPE_CHECKING:
    from certhelper.proxy_choice import ProxyChoice

FILE_NAME = "settings.toml"
BANKS_NAME = "banks"

_LONGEST_AGE = 3650  # days


class MachineSettingsError(WrongUseError):
    """The file cannot be read, or a key of it is not what is allowed there."""


class MachineSettings(NamedTuple):
    """The keys of the file; an empty text or 0 stands for a key that is not there.

    ``default_bank`` is the id of the profile to use when nobody names one;
    ``only_machine_profiles`` forbids every profile that does not stand in the machine-wide folder,
    the shipped ones included; ``update_check_url`` is where this program may ask for news of
    itself, once a day; ``engine_age_days`` is the age in days from which it says that its browser
    engine is old.

    ``proxy`` (a :class:`~certhelper.proxy_choice.ProxyMode`) decides the way to the network, with
    ``proxy_address`` or ``pac_address`` where the mode needs one; ``downloads_folder`` (a whole
    path, or one that begins with ``~``) where the bank's files go; ``own_browser`` the person's
    own browser; ``stop_at_notices`` whether a log-on stops at new notices, and
    ``check_revocation`` whether the issuers are asked about revocation, and ``log_detail`` whether
    the program's own log holds details (``None``: theirs).
    """

    default_bank: str = ""
    only_machine_profiles: bool = False
    update_check_url: str = ""
    engine_age_days: int = 0
    proxy: str = ""
    proxy_address: str = ""
    pac_address: str = ""
    downloads_folder: str = ""
    own_browser: str = ""
    stop_at_notices: bool | None = None
    check_revocation: bool | None = None
    log_detail: bool | None = None

    @property
    def proxy_choice(self) -> ProxyChoice | None:
        """The administrator's choice; ``None`` leaves it to the person."""
        if not self.proxy:
            return None
        from certhelper.proxy_choice import ProxyChoice, ProxyMode

        return ProxyChoice(ProxyMode(self.proxy), self.proxy_address, self.pac_address)


def folder() -> Path:
    """Return the folder that only an administrator of this PC can write to.

    It never comes from the environment, which the user (or a program of theirs) decides.  On
    Windows it lies below ``Program Files`` and not below ``ProgramData``: there anybody may make a
    folder, and then owns it, until an administrator has made it first.
    """
    if sys.platform == "win32":
        from certhelper.windows import folders

        found = folders.program_files() / "certhelper" / "machine"
    elif sys.platform == "darwin":
        found = Path("/Library/Application Support/certhelper")
    else:
        found = Path("/etc/certhelper")
    return found


def read() -> MachineSettings:
    """Read the file of the machine-wide folder; none means that nothing is decided.

    Raises :class:`MachineSettingsError` (``machine-settings-unreadable``,
    ``machine-settings-mistake``).
    """
    path = folder() / FILE_NAME
    try:
        octets = path.read_bytes()
    except FileNotFoundError:
        return MachineSettings()
    except OSError as error:
        detail = error.strerror or ""
        raise MachineSettingsError(
            "machine-settings-unreadable", file=safe(str(path)), detail=detail
        ) from error
    try:
        table = profile_reading.read_toml(octets, path)
    except profile_reading.ProfileError as error:
        raise MachineSettingsError("machine-settings-mistake", **error.facts) from error
    for key, value in table.items():
        _check(path, key, value)
    decided = MachineSettings(**table)
    _check_proxy(path, decided)
    return decided


def _check(path: Path, key: str, value: Any) -> None:
    defaults: dict[str, Any] = MachineSettings._field_defaults
    if key not in defaults:
        raise _mistake(path, key, "unknown-key", allowed=", ".join(defaults))
    default = defaults[key]
    kind: Any = bool if default is None else type(default)
    if type(value) is not kind:
        kinds = {str: "must-be-text", int: "must-be-number", bool: "must-be-truth"}
        raise _mistake(path, key, kinds[kind])
    if key == "default_bank" and not re.fullmatch(profile_check.ID, value):
        raise _mistake(path, key, "id")
    if key == "engine_age_days" and not 1 <= value <= _LONGEST_AGE:
        raise _mistake(path, key, "range", least=1, most=_LONGEST_AGE)
    if key == "update_check_url" and not is_https(value):
        raise _mistake(path, key, "address")
    choices = _choices().get(key, (value,))
    if value not in choices:
        raise _mistake(path, key, "choice", allowed=", ".join(choices))
    if key == "downloads_folder" and not Path(value).expanduser().is_absolute():
        raise _mistake(path, key, "whole-path")


def _choices() -> dict[str, tuple[str, ...]]:
    from certhelper.proxy_choice import ProxyMode  # most PCs have no such file
    from certhelper.settings import OWN_BROWSERS

    return {"proxy": tuple(ProxyMode), "own_browser": OWN_BROWSERS}


def _check_proxy(path: Path, decided: MachineSettings) -> None:
    """An address goes with its mode: one that would not count is a rule that is not there."""
    from certhelper.proxy_choice import ProxyMode, is_pac_address, place_of

    for mode, key, fits in (
        (ProxyMode.MANUAL, "proxy_address", lambda given: place_of(given) is not None),
        (ProxyMode.PAC, "pac_address", is_pac_address),
    ):
        given = getattr(decided, key)
        if decided.proxy == mode and not fits(given):
            raise _mistake(path, key, key.replace("_", "-"))
        if decided.proxy != mode and given:
            raise _mistake(path, key, "only-with", other="proxy", value=mode.value)


def is_https(address: str) -> bool:
    """Say whether this is an address of a server that proves who it is, and of nothing else."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return (
        address.isascii()
        and address.isprintable()
        and " " not in address
        and parts.scheme == "https"
        and bool(parts.hostname)
        and port != 0
        and parts.username is None
        and parts.password is None
    )


def _mistake(path: Path, key: str, name: str, **facts: object) -> MachineSettingsError:
    return MachineSettingsError(
        "machine-settings-mistake",
        file=safe(str(path)),
        key=safe(key),
        problem=texts.text(f"profile.{name}", **facts),
    )
