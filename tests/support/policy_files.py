"""Policies of browsers as an administrator lays them down on Linux, below a folder for ``/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHROME = "etc/opt/chrome/policies"


def entry(
    pattern: str = "https://logon.bank.test",
    *,
    issuer: dict[str, Any] | None = None,
    subject: dict[str, Any] | None = None,
) -> str:
    """One element of ``AutoSelectCertificateForUrls``."""
    wanted = {"ISSUER": issuer, "SUBJECT": subject}
    given = {name: value for name, value in wanted.items() if value is not None}
    return json.dumps({"pattern": pattern, "filter": given}, ensure_ascii=False)


def write(
    root: Path,
    *entries: object,
    folder: str = CHROME,
    level: str = "managed",
    name: str = "bank.json",
    asks: bool | None = None,
) -> Path:
    """Write a file with these entries and return where."""
    document: dict[str, Any] = {"AutoSelectCertificateForUrls": list(entries)}
    if asks is not None:
        document["PromptOnMultipleMatchingCertificates"] = asks
    return write_text(root, json.dumps(document), folder=folder, level=level, name=name)


def write_text(
    root: Path, text: str, *, folder: str = CHROME, level: str = "managed", name: str = "bank.json"
) -> Path:
    path = root / folder / level / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
