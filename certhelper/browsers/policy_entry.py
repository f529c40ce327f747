"""The entry of ``AutoSelectCertificateForUrls`` for one certificate, as a file for administrators.

The person saves it where they choose and an administrator lays it down; this program writes into no
registry and no folder of policies.  A policy knows four fields of the issuer's and the subject's
name and nothing else (:data:`~certhelper.browsers.selection_entries.FIELDS`), so two certificates
with the same names cannot be told apart by it.
"""

from __future__ import annotations

import errno
import json
import plistlib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from certhelper import texts
from certhelper.bank import Bank
from certhelper.browsers import policies
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import Server
from certhelper.browsers.policy_sources import POLICY
from certhelper.browsers.selection_entries import first_value
from certhelper.certificate import Certificate
from certhelper.failures import FailedError
from certhelper.hosts import HTTPS_PORT
from certhelper.safe_text import safe

_LINE = "\r\n"
_REG_HEAD = "Windows Registry Editor Version 5.00"
_KEYS = {
    Browser.EDGE: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge",
    Browser.CHROME: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome",
    Browser.CHROMIUM: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Chromium",
}
_FOLDERS = {
    Browser.EDGE: "/etc/opt/edge/policies/managed/",
    Browser.CHROME: "/etc/opt/chrome/policies/managed/",
    Browser.CHROMIUM: "/etc/chromium/policies/managed/",
}
_REASONS = {
    errno.EEXIST: "exists",
    errno.ENOENT: "no-folder",
    errno.ENOTDIR: "no-folder",
    errno.EACCES: "not-allowed",
    errno.EPERM: "not-allowed",
    errno.EROFS: "not-allowed",
    errno.ENOSPC: "full",
}
"""The system's own words for these are in English, or in another language than ours."""

_FIRST_NUMBER = 9001
"""Numbers that nobody has used, most likely: one that is in use would be overwritten."""


class Kind(StrEnum):
    """The kinds of file, by the end of their names."""

    REGISTRY = "reg"
    JSON = "json"
    PROPERTY_LIST = "plist"


class PolicyFile(NamedTuple):
    """A file to be saved, and what the administrator must know before using it."""

    name: str
    octets: bytes
    remarks: tuple[str, ...]


def entries(bank: Bank, certificate: Certificate) -> tuple[str, ...]:
    """Return the policy's elements: one for each server of the bank that asks for a certificate.

    The pattern is exactly that server, with its port.  Raises :class:`FailedError`
    (``policy-not-possible``) where the names hold nothing that a policy can compare, or the profile
    names no server.
    """
    servers = policies.servers_of(bank)
    issuer = first_value(certificate.issuer_name, "CN")
    subject = first_value(certificate.subject_name, "CN")
    if not servers or not issuer or not subject:
        raise FailedError("policy-not-possible")
    return tuple(_entry(server, issuer, subject) for server in servers)


def make(
    kind: Kind,
    browser: Browser,
    bank: Bank,
    certificate: Certificate,
    known: Iterable[Certificate],
) -> PolicyFile:
    """Return the file for one browser of Chromium.

    ``known`` are the certificates of this PC, to warn of those that the entry fits as well.
    Raises as :func:`entries`, and ``policy-not-of-firefox`` for Firefox, which has no such policy.
    """
    if not browser.is_of_chromium:
        raise FailedError("policy-not-of-firefox")
    made = entries(bank, certificate)
    remarks = _remarks(kind, browser, certificate, known)
    octets = {Kind.REGISTRY: _registry, Kind.JSON: _json, Kind.PROPERTY_LIST: _plist}[kind](
        browser, made, remarks
    )
    return PolicyFile(f"{POLICY}-{browser}-{certificate.sha256[:8]}.{kind}", octets, remarks)


def kind_for(platform: str) -> Kind:
    """Return the kind of file that administrators of that system (``sys.platform``) use."""
    return {"win32": Kind.REGISTRY, "darwin": Kind.PROPERTY_LIST}.get(platform, Kind.JSON)


def save(made: PolicyFile, path: Path, *, may_replace: bool) -> None:
    """Write the file; with ``may_replace`` somebody was asked about a file that is there already.

    Raises :class:`FailedError` (``policy-not-written``).
    """
    try:
        with path.open("wb" if may_replace else "xb") as file:
            file.write(made.octets)
    except OSError as error:
        # Systems have different numbers for a folder in its place.
        name = "is-folder" if path.is_dir() else _REASONS.get(error.errno or 0, "other")
        reason = texts.text(f"browsers.not-written.{name}", number=error.errno or "?")
        raise FailedError("policy-not-written", file=safe(str(path)), reason=reason) from error


def _entry(server: Server, issuer: str, subject: str) -> str:
    document = {
        # Chromium takes an address without a port for one with any.
        "pattern": f"https://{server.host}:{server.port or HTTPS_PORT}",
        "filter": {"ISSUER": {"CN": issuer}, "SUBJECT": {"CN": subject}},
    }
    return json.dumps(document, ensure_ascii=False)


def _remarks(
    kind: Kind, browser: Browser, certificate: Certificate, known: Iterable[Certificate]
) -> tuple[str, ...]:
    """What stands in the file's own comments, or beside it where it can have none."""
    facts = {
        "browser": policies.name_of(browser),
        "certificate": policies.describe(certificate),
        "number": _FIRST_NUMBER,
        "key": f"{_KEYS[browser]}\\{POLICY}",
        "folder": _FOLDERS[browser],
        "policy": POLICY,
    }
    names = ["purpose", f"use-{kind}", "renewal"]
    others = [
        one for one in dict.fromkeys(known) if one != certificate and _alike(one, certificate)
    ]
    told = [texts.text(f"browsers.entry.{name}", **facts) for name in names]
    if others:
        told.append(texts.text("browsers.entry.alike", count=len(others)))
    return tuple(told)


def _alike(one: Certificate, other: Certificate) -> bool:
    """Whether the entry lets both through: it compares these names alone."""
    return all(
        first_value(getattr(one, name), "CN") == first_value(getattr(other, name), "CN")
        for name in ("issuer_name", "subject_name")
    )


def _registry(browser: Browser, made: tuple[str, ...], remarks: tuple[str, ...]) -> bytes:
    """UTF-16LE with its mark, which ``regedit`` writes and Japanese names need.

    Source: Microsoft, "How to add, modify, or delete registry subkeys and values by using a .reg
    file".  Values are added beside those that are there; nothing is deleted.
    """
    lines = [_REG_HEAD, ""]
    lines += [f"; {line}" for remark in remarks for line in remark.splitlines()]
    lines += ["", f"[{_KEYS[browser]}\\{POLICY}]"]
    lines += [f'"{number}"="{_in_reg(entry)}"' for number, entry in enumerate(made, _FIRST_NUMBER)]
    return b"\xff\xfe" + (_LINE.join(lines) + _LINE * 2).encode("utf-16-le")


def _in_reg(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _json(_browser: Browser, made: tuple[str, ...], _remarks: tuple[str, ...]) -> bytes:
    """JSON has no comments, and Chromium would refuse a file that has."""
    return (json.dumps({POLICY: list(made)}, ensure_ascii=False, indent=2) + "\n").encode()


def _plist(_browser: Browser, made: tuple[str, ...], _remarks: tuple[str, ...]) -> bytes:
    """What the managed preferences of the browser's domain get on macOS (not tried there)."""
    document: dict[str, Any] = {POLICY: list(made)}
    return plistlib.dumps(document)
