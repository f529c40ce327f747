"""Which profile is meant: found by its id or by its file, and whether the person trusts it.

A profile says where a certificate and a PIN may go.  So it matters who wrote it:

* the administrator of this PC, in the machine-wide folder: it wins, and may forbid every other;
* this program, shipped in ``resources/banks``: it wins over the user's own of the same id;
* this user, in the configuration folder, or in a file somewhere: its hosts and roots are shown
  and the person is asked once.  The answer binds to the profile's hash, roots included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import machine_settings, resources
from certhelper.bank import Bank
from certhelper.failures import FailedError, WrongUseError
from certhelper.machine_settings import MachineSettings
from certhelper.profile_check import ID
from certhelper.profile_reading import mistake
from certhelper.safe_text import safe

SHIPPED_BANK = "kitagin-biznet"
TRUSTED_NAME = "trusted-profiles.txt"


class Origin(StrEnum):
    """Who wrote a profile."""

    MACHINE = "machine"
    SHIPPED = "shipped"
    USER = "user"
    FILE = "file"


class Found(NamedTuple):
    """A profile and where it came from."""

    bank: Bank
    origin: Origin


class UntrustedProfileError(FailedError):
    """A profile that the person was not asked about (code ``profile-not-trusted``)."""


def user_folder() -> Path:
    """Return this user's configuration folder."""
    from certhelper import settings

    return settings.folder()


def find(name: str | None = None) -> Found:
    """Return the profile of an id, of a file, or the one to use when nobody names any.

    Raises :class:`~certhelper.failures.WrongUseError` (``bank-not-named``, ``unknown-bank``,
    ``profile-forbidden``), :class:`~certhelper.profile_reading.ProfileError` and
    :class:`~certhelper.machine_settings.MachineSettingsError`.
    """
    decided = machine_settings.read()
    wanted = _default(decided) if name is None else name
    if not wanted.strip():  # as a path it would be the current folder
        raise WrongUseError("bank-not-named", known=", ".join(ids()) or "-")
    if not re.fullmatch(ID, wanted):
        if decided.only_machine_profiles:
            raise WrongUseError("profile-forbidden", given=safe(wanted))
        return Found(Bank.read(Path(wanted)), Origin.FILE)
    for origin, folder in _folders(decided):
        path = folder / f"{wanted}.toml"
        if path.exists():
            return Found(_named(path, wanted), origin)
    raise WrongUseError("unknown-bank", given=wanted, known=", ".join(ids()) or "-")


def ids() -> list[str]:
    """Return the ids that :func:`find` knows, in alphabetical order."""
    folders = _folders(machine_settings.read())
    return sorted({path.stem for _, folder in folders for path in folder.glob("*.toml")})


def is_trusted(found: Found) -> bool:
    """Say whether a certificate may be sent by this profile without asking the person.

    A file counts as the person's word only where they named it; so it is not trusted here.
    """
    return found.origin in (Origin.MACHINE, Origin.SHIPPED) or found.bank.sha256 in _trusted()


def trust(bank: Bank) -> None:
    """Remember that the person agreed to this profile as it is now.  Raises ``OSError``."""
    path = user_folder() / TRUSTED_NAME
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in sorted(_trusted() | {bank.sha256})), "ascii")


def check_trusted(found: Found, agreed_hash: str | None = None) -> None:
    """Raise :class:`UntrustedProfileError` unless trusted, or agreed to by its hash (hex)."""
    if is_trusted(found) or (agreed_hash or "").lower() == found.bank.sha256:
        return
    raise UntrustedProfileError(
        "profile-not-trusted",
        file=safe(str(found.bank.source)),
        hosts=hosts(found.bank),
        hash=found.bank.sha256,
    )


def hosts(bank: Bank) -> str:
    """Return what a person must see before they agree: where a certificate goes, and the roots."""
    shown = [*bank.site.certificate_hosts, *bank.site.trusted_certificates]
    return ", ".join(shown) or "-"


def _default(decided: MachineSettings) -> str:
    """Return the id to use when nobody names one.

    A single profile in the machine-wide folder is what the administrator put there to be used,
    said or not.
    """
    if decided.default_bank:
        return decided.default_bank
    placed = [path.stem for path in _machine_banks().glob("*.toml")]
    return placed[0] if len(placed) == 1 else SHIPPED_BANK


def _machine_banks() -> Path:
    return machine_settings.folder() / machine_settings.BANKS_NAME


def _folders(decided: MachineSettings) -> Iterator[tuple[Origin, Path]]:
    """Yield the folders in the order in which they win."""
    yield Origin.MACHINE, _machine_banks()
    if not decided.only_machine_profiles:
        yield Origin.SHIPPED, resources.folder() / "banks"
        yield Origin.USER, user_folder() / "banks"


def _named(path: Path, wanted: str) -> Bank:
    bank = Bank.read(path)
    if bank.id != wanted:
        raise mistake(path, "id", "not-the-file-name", wanted=wanted)
    return bank


def _trusted() -> frozenset[str]:
    try:
        return frozenset((user_folder() / TRUSTED_NAME).read_text("ascii", "replace").split())
    except FileNotFoundError:
        return frozenset()
