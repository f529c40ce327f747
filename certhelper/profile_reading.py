"""Reading the tables of a profile; a mistake is reported with its key and what is allowed there."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from certhelper import texts
from certhelper.failures import WrongUseError
from certhelper.profile import FailurePage
from certhelper.safe_text import safe

_KINDS = {str: "must-be-text", int: "must-be-number", dict: "must-be-table"}
_Table = TypeVar("_Table", bound=NamedTuple)


class ProfileError(WrongUseError):
    """A profile that cannot be used; ``facts`` name the file, the key and what is allowed."""


def mistake(source: Path, key: str, name: str, **facts: object) -> ProfileError:
    """Return the error of one key; ``name`` is a text of ``resources/texts/profile.toml``.

    An empty ``key`` stands for the whole file.  The facts may come from the file as they are.
    """
    shown = {fact: safe(str(value)) for fact, value in facts.items()}
    return ProfileError(
        "profile-mistake",
        file=safe(str(source)),
        key=safe(key) or texts.text("profile.whole"),
        problem=texts.text(f"profile.{name}", **shown),
    )


def read_toml(octets: bytes, source: Path) -> dict[str, Any]:
    """Return the tables of a file.  Raises :class:`ProfileError` for what is no TOML."""
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise mistake(source, "", "not-utf-8", detail=error) from error
    except ValueError as error:  # no TOML, or a number of thousands of digits
        raise mistake(source, "", "not-toml", detail=error) from error
    except RecursionError as error:
        raise mistake(source, "", "too-deep") from error


def filled(kind: type[_Table], table: dict[str, Any], source: Path, path: str = "") -> _Table:
    """Fill a table of the profile; the defaults of ``kind`` say what each key holds.

    An unknown key is a mistake, because a misspelt rule is no rule.
    """
    defaults = kind._field_defaults
    values = dict(defaults)
    for key, value in table.items():
        if key not in defaults:
            allowed = ", ".join(defaults)
            raise mistake(source, f"{path}{key}", "unknown-key", allowed=allowed)
        values[key] = _checked(value, defaults[key], source, f"{path}{key}")
    return kind._make(values[key] for key in kind._fields)


def _checked(value: Any, default: Any, source: Path, key: str) -> Any:
    if key == "pages.failures" and isinstance(value, list):
        return tuple(
            filled(FailurePage, _checked(one, {}, source, f"{key}[{index}]"), source, f"{key}.")
            for index, one in enumerate(value)
        )
    if isinstance(default, (str, int, dict)):
        kind = type(default)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise mistake(source, key, _KINDS[kind])
        return value
    if hasattr(default, "_fields"):
        return filled(type(default), _checked(value, {}, source, key), source, f"{key}.")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise mistake(source, key, "must-be-list")
    return tuple(value)
