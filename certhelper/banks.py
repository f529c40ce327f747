"""Which profile is meant: found by its id or by its file, and whether the person trusts it.

A profile says where a certificate and a PIN may go.  So it matters who wrote it:

* the administrator of this PC, in the machine-wide folder: it wins, and may forbid every other;
* this program, shipped in ``resources/banks``: it wins over the user's own of the same id;
* this user, in the configuration folder, or in a file somewhere: its hosts and roots are shown
  and the person is asked once.  The answer binds to the profile's hash, roots included.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import resources
from certhelper.bank import Bank, ProfileError, mistake, read_toml
from certhelper.failures import FailedError, WrongUseError
from certhelper.safe_text import safe

SHIPPED_BANK = "kitagin-biznet"
POLICY_NAME = "policy.toml"
TRUSTED_NAME = "trusted-profiles.txt"

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


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


class Policy(NamedTuple):
    """What the machine-wide folder decides (``policy.toml``, written by the administrator).

    ``default_bank`` is used when nobody names one; ``only_machine_profiles`` forbids all others,
    the shipped ones included.
    """

    default_bank: str = SHIPPED_BANK
    only_machine_profiles: bool = False

    @classmethod
    def read(cls, path: Path) -> Policy:
        """Read the policy; none is the default one.

        Raises :class:`~certhelper.bank.ProfileError` for a mistake: a rule that cannot be read
        must not be taken for a rule that is not there.
        """
        try:
            octets = path.read_bytes()
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise ProfileError(
                "profile-unreadable", file=safe(str(path)), detail=error.strerror or ""
            ) from error
        table = read_toml(octets, path)
        allowed = {"default_bank": str, "only_machine_profiles": bool}
        for key, value in table.items():
            if key not in allowed or not isinstance(value, allowed[key]) or value == "":
                raise mistake(path, key, "policy")
        return cls(**table)


def machine_folder() -> Path:
    """Return the folder that only an administrator of this PC can write to.

    It never comes from the environment, which the user (or a program of theirs) decides.
    """
    if os.name == "posix" and sys.platform != "darwin":
        return Path("/etc/certhelper")
    import platformdirs  # on the other systems it asks the OS, not the environment

    return platformdirs.site_config_path("certhelper", appauthor=False)


def user_folder() -> Path:
    """Return this user's configuration folder."""
    from certhelper import settings

    return settings.folder()


def find(name: str | None = None) -> Found:
    """Return the profile of an id, of a file, or the one to use when nobody names any.

    Raises :class:`~certhelper.failures.WrongUseError` (``bank-not-named``, ``unknown-bank``,
    ``profile-forbidden``) and :class:`~certhelper.bank.ProfileError`.
    """
    machine = machine_folder()
    policy = Policy.read(machine / POLICY_NAME)
    wanted = policy.default_bank if name is None else name
    if not wanted.strip():  # as a path it would be the current folder
        raise WrongUseError("bank-not-named", known=", ".join(ids()) or "-")
    if not _ID.fullmatch(wanted):
        if policy.only_machine_profiles:
            raise WrongUseError("profile-forbidden", given=safe(wanted))
        return Found(Bank.read(Path(wanted)), Origin.FILE)
    for origin, folder in _folders(machine, policy):
        path = folder / f"{wanted}.toml"
        if path.exists():
            return Found(_named(path, wanted), origin)
    raise WrongUseError("unknown-bank", given=wanted, known=", ".join(ids()) or "-")


def ids() -> list[str]:
    """Return the ids that :func:`find` knows, in alphabetical order."""
    machine = machine_folder()
    folders = _folders(machine, Policy.read(machine / POLICY_NAME))
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


def _folders(machine: Path, policy: Policy) -> Iterator[tuple[Origin, Path]]:
    """Yield the folders in the order in which they win."""
    yield Origin.MACHINE, machine / "banks"
    if not policy.only_machine_profiles:
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
