"""One entry of the policy ``AutoSelectCertificateForUrls``: for which address, which certificate.

Read as ``components/content_settings/core/browser/content_settings_policy_provider.cc`` does, and
compared as ``components/certificate_matching/certificate_principal_pattern.cc``.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from certhelper.browsers.patterns import Pattern, PatternError
from certhelper.certificate import Certificate
from certhelper.distinguished_name import DistinguishedName

FIELDS = ("CN", "L", "O", "OU")
"""The only parts of a name that the policy knows."""

_ONE_VALUE = ("CN", "L")  # Chromium keeps the first of these and all of the others
_STRING = r'("(?:[^"\\]|\\.)*")'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")

_Wanted = tuple[tuple[str, str], ...]


class EntryError(ValueError):
    """An entry that Chromium ignores; the text is a code of ``browsers.toml`` (``problem``)."""


class Entry(NamedTuple):
    """What one entry means.

    One whose filter is none (``has_filter``) chooses nothing, and all the same it is the one that
    counts where its pattern is the most particular (seen with Chromium 156).
    """

    pattern: Pattern
    issuer: _Wanted = ()
    subject: _Wanted = ()
    has_filter: bool = True

    @classmethod
    def parse(cls, given: object) -> Entry:
        """Read one entry.  Raises :class:`EntryError`."""
        if not isinstance(given, str):
            raise EntryError("not-text")
        document = lenient_json(given)
        if not isinstance(document, dict):
            raise EntryError("not-json")
        pattern = document.get("pattern")
        if not isinstance(pattern, str) or "filter" not in document:
            raise EntryError("incomplete")
        try:
            meant = Pattern.parse(pattern)
        except PatternError as error:
            raise EntryError("bad-pattern") from error
        wanted = document["filter"]
        if not isinstance(wanted, dict):
            return cls(meant, has_filter=False)
        return cls(meant, _wanted(wanted.get("ISSUER")), _wanted(wanted.get("SUBJECT")))

    def chooses(self, certificate: Certificate) -> bool:
        """Say whether its filter lets the certificate through; an empty one lets all."""
        return (
            self.has_filter
            and _fits(self.issuer, certificate.issuer_name)
            and _fits(self.subject, certificate.subject_name)
        )


def plain_json(text: str) -> Any:
    """Read JSON as Firefox does, which takes nothing beside the standard; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def lenient_json(text: str, *, with_comments: bool = False) -> Any:
    """Read JSON in which a comma may stand behind the last element; None for what is none.

    Chromium takes such a comma everywhere, and comments in a file.
    """
    bare = _COMMENT.sub(_kept, text) if with_comments else text
    for attempt in (text, _TRAILING_COMMA.sub(_kept, bare)):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _kept(found: re.Match[str]) -> str:
    """A string stays as it is; what else was found goes."""
    return found[1] or ""


def first_value(name: DistinguishedName | None, field: str) -> str:
    """Return what Chromium takes for a field that it keeps once; empty where there is none."""
    return next((value for value in _values(name, field) if value), "")


def _values(name: DistinguishedName | None, field: str) -> tuple[str, ...]:
    return () if name is None else name.values(field)


def _wanted(given: object) -> _Wanted:
    """The parts that restrict anything: empty ones and those of another kind do not."""
    if not isinstance(given, dict):
        return ()
    found = ((field, given.get(field)) for field in FIELDS)
    return tuple((field, value) for field, value in found if isinstance(value, str) and value)


def _fits(wanted: _Wanted, name: DistinguishedName | None) -> bool:
    return all(
        value == first_value(name, field) if field in _ONE_VALUE else value in _values(name, field)
        for field, value in wanted
    )
