"""What is set in Firefox by an administrator or by the person: one preference, by its name.

Sources: mozilla.github.io/policy-templates (``Preferences``), and Firefox's
``toolkit/components/enterprisepolicies/EnterprisePoliciesParent.sys.mjs`` for the places.  An
``autoconfig`` file (``mozilla.cfg``) is a program, and is not looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from certhelper.browsers import firefox_profiles, places
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policy_sources import Item, Problem
from certhelper.browsers.selection_entries import plain_json
from certhelper.safe_text import safe
from certhelper.windows import registry

SELECTION = "security.default_personal_cert"
"""``Ask Every Time`` where nothing is set, or ``Select Automatically``."""

AUTOMATIC = "Select Automatically"

OF_THE_SYSTEM = "security.osclientcerts.autoload"
"""Whether certificates of Windows or macOS are offered; on since Firefox 90."""

_KEY = r"SOFTWARE\Policies\Mozilla\Firefox"
_PREFERENCES = "Preferences"
_LISTS = {"WebsiteFilter": ("Block", "Exceptions"), "Cookies": ("Block",)}
"""The lists in policies of several parts, which are keys of their own in the registry."""
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


def policies(
    names: Iterable[str], root: Path = Path("/"), environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, Item], tuple[Problem, ...]]:
    """Return which of the named policies are set, each by the first place that has it.

    In the registry a policy of several parts is a key of its own, or JSON in a text.  ``root`` is
    as for :func:`read`, and it never raises either.
    """
    wanted = tuple(names)
    problems: list[Problem] = []
    found: dict[str, Item] = {}
    for document, where in _documents(root, environment, problems, wanted):
        for name in wanted:
            if name not in found and document.get(name) is not None:
                found[name] = Item(document[name], where)
    return found, tuple(problems)


def _policies(
    root: Path, environment: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[dict[str, object], str]]:
    """Every ``Preferences`` of a policy, the one that wins first."""
    for document, where in _documents(root, environment, problems, (_PREFERENCES,)):
        preferences = document.get(_PREFERENCES)
        yield preferences if isinstance(preferences, dict) else {}, where


def _documents(
    root: Path, environment: Mapping[str, str], problems: list[Problem], names: tuple[str, ...]
) -> Iterator[tuple[dict[str, object], str]]:
    """Every place's policies, the one that wins first; of the registry those of these names."""
    if sys.platform == "win32":
        yield from _of_registry(problems, names)
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
        found = document.get("policies") if isinstance(document, dict) else None
        if not isinstance(found, dict):
            problems.append(Problem("file-not-json", where))
            continue
        yield found, where
        return  # only one file is read, whatever stands in it


def _of_registry(
    problems: list[Problem], names: tuple[str, ...]
) -> Iterator[tuple[dict[str, object], str]]:
    for root in (registry.Root.LOCAL_MACHINE, registry.Root.CURRENT_USER):
        found: dict[str, object] = {}
        for name in names:
            where = rf"{root}\{_KEY}\{name}"
            try:
                found[name] = _registry_value(root, name, where, problems)
            except OSError as error:
                problems.append(Problem("unreadable", where, safe(error.strerror or "")))
        # Several policies are found together only where none of them needs its own place named.
        yield found, where if len(names) == 1 else rf"{root}\{_KEY}"


def _registry_value(root: registry.Root, name: str, where: str, problems: list[Problem]) -> object:
    """A value is text, a number, or JSON in a text of one or several lines; or there is a key."""
    whole = registry.value(root, _KEY, name)
    parts: dict[str, object] = {**registry.values(root, rf"{_KEY}\{name}")}
    text = "\n".join(whole) if isinstance(whole, list) else whole
    document = plain_json(text) if isinstance(text, str) else None
    if name == _PREFERENCES and text and not isinstance(document, dict):
        problems.append(Problem("file-not-json", where))
    if isinstance(document, dict):
        return parts | document
    lists = {one: _registry_list(root, rf"{_KEY}\{name}\{one}") for one in _LISTS.get(name, ())}
    parts |= {one: listed for one, listed in lists.items() if listed}
    return parts or (whole if document is None else document)


def _registry_list(root: registry.Root, path: str) -> list[object]:
    values = registry.values(root, path)
    return [values[name] for name in sorted(values) if name.isascii() and name.isdigit()]


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
