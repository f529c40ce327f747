"""The log-on address that the bank gave the customer, put into a copy of the bank's profile.

The shipped profile holds what is publicly known; the host of the log-on service may not be.  The
person then gives the address once.  It decides where a certificate and a PIN go, so its one host
is shown before it is agreed to, and nothing wider than that host is ever allowed by it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certhelper.bank import Bank, to_dict
from certhelper.failures import WrongUseError
from certhelper.hosts import HTTPS_PORT

FOLDER_NAME = "logon-addresses"
_LONGEST_ADDRESS = 2000


class AddressError(WrongUseError):
    """An address that cannot be a log-on address (code ``logon-address-wrong``)."""


def host_of(address: str) -> str:
    """Return the one host (with its port unless 443) that this address would allow.

    Raises :class:`AddressError` for anything but a plain https address with a named host.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port or HTTPS_PORT
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except ValueError as error:  # includes UnicodeError of a name that is no name
        raise AddressError("logon-address-wrong") from error
    wrong = (
        parts.scheme != "https"
        or "." not in host
        or parts.username is not None
        or parts.password is not None
        or len(address) > _LONGEST_ADDRESS
        or not address.strip().isprintable()
        or " " in address.strip()
    )
    if wrong:
        raise AddressError("logon-address-wrong")
    return host if port == HTTPS_PORT else f"{host}:{port}"


def with_address(bank: Bank, address: str, folder: Path) -> Bank:
    """Write a copy of ``bank`` that starts at ``address`` into ``folder`` and return it.

    The copy stands in a folder of its own so that it is never found by its id: it is used because
    this person gave the address, not because a file happens to lie somewhere.  Roots of the
    profile are copied beside it.  Raises :class:`AddressError`, ``OSError``, and
    :class:`~certhelper.profile_reading.ProfileError` when the copy is no valid profile.
    """
    host = host_of(address)
    tables = to_dict(bank)
    tables["site"]["start_url"] = address.strip()
    for key in ("allowed_hosts", "certificate_hosts"):
        tables["site"][key] = sorted({*tables["site"][key], host})
    document = {"schema": 1, "id": bank.id, "name": bank.name} | tables
    target = folder / FOLDER_NAME / bank.id
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for root in bank.trusted_files():
        _write(target / root.name, root.read_bytes())
    path = target / "profile.toml"
    octets = as_toml(document).encode("utf-8")
    copy = Bank.parse(octets, path)
    _write(path, octets)
    return copy


def as_toml(document: Mapping[str, Any]) -> str:
    """Write the plain values of a profile (text, numbers, lists, tables) as TOML 1.0."""
    lines: list[str] = []
    _table(lines, (), document)
    return "\n".join(lines) + "\n"


def _table(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    rows = {key: value for key, value in table.items() if _is_rows(value)}
    for key, value in table.items():
        if key not in inner and key not in rows:
            lines.append(f"{key} = {_value(value)}")
    for key, value in inner.items():
        lines += ["", f"[{'.'.join((*path, key))}]"]
        _table(lines, (*path, key), value)
    for key, value in rows.items():
        for row in value:
            lines += ["", f"[[{'.'.join((*path, key))}]]"]
            _table(lines, (*path, key), row)


def _is_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _value(value: object) -> str:
    """A JSON value is a TOML value, but for the character DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, octets: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(octets)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
