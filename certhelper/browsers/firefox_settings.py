"""What is set in Firefox by an administrator or by the person: one preference, by its name.

Sources: mozilla.github.io/policy-templates (``Preferences``), and Firefox's
``toolkit/components/enterprisepolicies/EnterprisePoliciesParent.sys.mjs`` for the places.  An
``autoconfig`` file (``mozilla.cfg``) is a program, and is not looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from certhelper.browsers import firefox_profiles, places
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policy_sources import Problem
from certhelper.browsers.selection_entries import plain_json
from certhelper.safe_text import safe
from certhelper.windows import registry

SELECTION = "security.default_personal_cert"
"""``Ask Every Time`` where nothing is set, or ``Select Automatically``."""

AUTOMATIC = "Select Automatically"

OF_THE_SYSTEM = "security.osclientcerts.autoload"
"""Whether certificates of Windows or macOS are offered; on since Firefox 90."""

_KEY = r"SOFTWARE\Policies\Mozilla\Firefox"
_MOST_OCTETS = 4 * 1024 * 1024


class Setting(NamedTuple):
    """The value (None: nowhere set), where it stands, and what could not be read."""

    value: object = None
    where: str = ""
    problems: tuple[Problem, ...] = ()


class _Decided(NamedTuple):
    """What a policy says; ``by_default`` gives way to what the person has set."""

    value: object
    where: str
    by_default: bool


def read(name: str, root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Setting:
    """Return the setting of that name.  Never raises for what stands in a file or policy.

    ``root`` stands for ``/`` on Linux and macOS.
    """
    problems: list[Problem] = []
    decided: _Decided | None = None
    for document, where in _policies(root, environment, problems):
        decided = decided or _decided(document, where, name)
    if decided is not None and not decided.by_default:
        return Setting(decided.value, decided.where, tuple(problems))
    for profile in firefox_profiles.usual_profiles(environment):
        kept = firefox_profiles.preferences(profile)
        if name in kept:
            return Setting(kept[name], safe(str(profile)), tuple(problems))
    if decided is not None:
        return Setting(decided.value, decided.where, tuple(problems))
    return Setting(problems=tuple(problems))


def _decided(preferences: Mapping[str, object], where: str, name: str) -> _Decided | None:
    given = preferences.get(name)
    if isinstance(given, dict):
        status = given.get("Status", "default")
        value = given.get("Value")
        return None if status == "clear" else _Decided(value, where, by_default=status == "default")
    return None if given is None else _Decided(given, where, by_default=False)


def _policies(
    root: Path, environment: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[dict[str, object], str]]:
    """Every ``Preferences`` of a policy, the one that wins first."""
    if sys.platform == "win32":
        yield from _of_registry(problems)
    for file in _files(root, environment):
        where = safe(str(file))
        try:
            document = plain_json(file.read_bytes()[:_MOST_OCTETS].decode("utf-8-sig"))
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(Problem("unreadable", where, safe(error.strerror or "")))
            continue
        except ValueError:
            document = None
        policies = document.get("policies") if isinstance(document, dict) else None
        if not isinstance(policies, dict):
            problems.append(Problem("file-not-json", where))
            continue
        preferences = policies.get("Preferences")
        yield preferences if isinstance(preferences, dict) else {}, where
        return  # only one file is read, whatever stands in it


def _of_registry(problems: list[Problem]) -> Iterator[tuple[dict[str, object], str]]:
    for root in (registry.Root.LOCAL_MACHINE, registry.Root.CURRENT_USER):
        where = rf"{root}\{_KEY}\Preferences"
        try:
            whole = registry.value(root, _KEY, "Preferences")
            single = registry.values(root, rf"{_KEY}\Preferences")
        except OSError as error:
            problems.append(Problem("unreadable", where, safe(error.strerror or "")))
            continue
        text = "\n".join(whole) if isinstance(whole, list) else whole
        document = plain_json(text) if isinstance(text, str) else None
        if text and not isinstance(document, dict):
            problems.append(Problem("file-not-json", where))
        found: dict[str, object] = {**single, **(document if isinstance(document, dict) else {})}
        yield found, where


def _files(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform.startswith("linux"):
        yield root / "etc/firefox/policies/policies.json"
    try:
        found = places.find(Browser.FIREFOX, environment)
    except OSError:
        found = None
    if found is not None:
        folder = found.path.resolve()
        inner = "Contents/Resources" if sys.platform == "darwin" else ".."
        yield (folder / inner / "distribution/policies.json").resolve()
