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
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')

_Wanted = tuple[tuple[str, str], ...]


class EntryError(ValueError):
    """An entry that Chromium ignores; the text is a code of ``browsers.toml`` (``problem``)."""


class Entry(NamedTuple):
    """``text`` is the entry as it stands in the policy; the others are what it means."""

    text: str
    pattern: Pattern
    issuer: _Wanted
    subject: _Wanted

    @classmethod
    def parse(cls, given: object) -> Entry:
        """Read one entry.  Raises :class:`EntryError`."""
        if not isinstance(given, str):
            raise EntryError("not-text")
        document = lenient_json(given)
        if not isinstance(document, dict):
            raise EntryError("not-json")
        pattern, wanted = document.get("pattern"), document.get("filter")
        if not isinstance(pattern, str) or wanted is None:
            raise EntryError("incomplete")
        if not isinstance(wanted, dict):
            raise EntryError("bad-filter")
        try:
            meant = Pattern.parse(pattern)
        except PatternError as error:
            raise EntryError("bad-pattern") from error
        return cls(given, meant, _wanted(wanted.get("ISSUER")), _wanted(wanted.get("SUBJECT")))

    def chooses(self, certificate: Certificate) -> bool:
        """Say whether its filter lets the certificate through; an empty one lets all."""
        return _fits(self.issuer, certificate.issuer_name) and _fits(
            self.subject, certificate.subject_name
        )


def lenient_json(text: str) -> Any:
    """Read JSON in which a comma may stand behind the last element; None for what is none."""
    for attempt in (text, _TRAILING_COMMA.sub(lambda found: found[1] or "", text)):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None


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
