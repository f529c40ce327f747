"""The reasons for and against a certificate: every code, how much it weighs, and its words.

The words stand in ``resources/texts/reasons.toml``, with who must act on each.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from certhelper import texts
from certhelper.failures import Actor

ORDINARY = "message"
"""The text of a code where no special case applies."""

NEEDED_FIELDS = ("not_before", "not_after", "public_key")
"""The fields without which nobody can log on."""

_BY_CAUSE = "cause"
_NOBODY = "nobody"

# By which name the texts know a kind of store, where its words differ.
_PLACES = {
    "windows": "windows",
    "macos": "macos",
    "nss": "nss",
    "pkcs11": "token",
    "pkcs12": "file",
    "files": "file",
}


class Severity(StrEnum):
    BLOCKING = "blocking"
    WARNING = "warning"
    INFORMATION = "information"


SEVERITIES = {
    "expired": Severity.BLOCKING,
    "not-yet-valid": Severity.BLOCKING,
    "no-key": Severity.BLOCKING,
    "key-unusable": Severity.BLOCKING,
    "wrong-key-usage": Severity.BLOCKING,
    "wrong-extended-key-usage": Severity.BLOCKING,
    "computer-store": Severity.BLOCKING,
    "archived": Severity.BLOCKING,
    "revoked": Severity.BLOCKING,
    "other-issuer": Severity.BLOCKING,
    "administrator": Severity.WARNING,
    "unrecognized-name": Severity.WARNING,
    "expires-soon": Severity.WARNING,
    "superseded": Severity.WARNING,
    "key-unknown": Severity.WARNING,
    "key-needs-user": Severity.WARNING,
    "legacy-provider": Severity.WARNING,
    "issuer-not-valid": Severity.WARNING,
    "unreadable-field": Severity.WARNING,  # blocking for dates and key
    "duplicate": Severity.INFORMATION,
    "revocation-unknown": Severity.INFORMATION,
}
"""Every reason code: the design's; ``computer-store`` and ``archived`` of Windows' stores; and
``issuer-not-valid``, what the chain of issuers on this PC lacks."""

# The tables of causes: the fact that names a cause, its table, the fact that its words become.
_TABLES = {
    "cause": ("key-causes", "cause"),
    "unknown_because": ("revocation-causes", "cause"),
    "issuer_fault": ("issuer-faults", "cause"),
    "why": ("revocation-reasons", "why"),
    "field": ("fields", "field"),
    "tries": ("tries", "tries"),
}


class Reason(NamedTuple):
    """A reason code of the design, with the facts its message needs (already safe to show).

    The fact ``variant`` chooses another text of the same code, the fact ``kind`` (a kind of store)
    one that is fit for that kind where there is such a text.  Some facts are names in a table of
    their own in ``reasons.toml``: ``field``, a field of
    :class:`~certhelper.certificate.Certificate`; ``cause``, that of a
    :class:`~certhelper.stores.base.KeyTrouble`; ``why`` and ``unknown_because``, that of a
    :class:`~certhelper.checks.Revocation`; ``issuer_fault``, that of a
    :class:`~certhelper.checks.Chain`; ``tries``, :class:`~certhelper.stores.base.TriesLeft`.
    """

    code: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def severity(self) -> Severity:
        """How much it weighs; a field that cannot be read blocks when log-on needs it."""
        if self.code == "unreadable-field" and dict(self.facts).get("field") in NEEDED_FIELDS:
            return Severity.BLOCKING
        return SEVERITIES[self.code]

    def message(self) -> str:
        """What it means and what to do, in the person's language."""
        return _message(self)

    @property
    def who(self) -> Actor | None:
        """Who must act first; None: nobody."""
        entry, causes = _entries(self)
        named = entry["who"]
        if named == _BY_CAUSE:
            named = next(cause["who"] for cause in causes.values() if "who" in cause)
        return None if named == _NOBODY else Actor(named)


def words_of_cause(cause: str, kind: str, **facts: str) -> str:
    """Return what a cause of a key's trouble means and what to do, for a kind of store."""
    return texts.text(text_of_cause(cause, kind), **facts)


def text_of_cause(cause: str, kind: str) -> str:
    """Return the name of these words among the texts (``reasons.key-causes.…``)."""
    return f"reasons.key-causes.{_fit(texts.table('reasons', 'key-causes'), cause, kind)}"


@lru_cache(maxsize=4096)
def _message(reason: Reason) -> str:
    facts = dict(reason.facts)
    kind = facts.pop("kind", "")
    variant = facts.pop("variant", ORDINARY)
    names = {name: facts.pop(name) for name in _TABLES if name in facts}
    known = {"tries": "", **facts}
    for name, value in names.items():
        table, becomes = _TABLES[name]
        chosen = _fit(texts.table("reasons", table), value, kind)
        known[becomes] = texts.text(f"reasons.{table}.{chosen}", **facts)
    chosen = _fit(texts.table("reasons", reason.code), variant, kind)
    return texts.text(f"reasons.{reason.code}.{chosen}", **known)


def _entries(reason: Reason) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the entry of a reason's text, and those of what it names in other tables."""
    area, facts = texts.area("reasons"), dict(reason.facts)
    kind = facts.get("kind", "")
    causes = {
        name: area[table][_fit(area[table], facts[name], kind)]
        for name, (table, _) in _TABLES.items()
        if name in facts
    }
    table = area[reason.code]
    return table[_fit(table, facts.get("variant", ORDINARY), kind)], causes


def _fit(table: dict[str, Any], name: str, kind: str) -> str:
    """Return the name of the text for a kind of store, else of that for all."""
    special = f"{name}-{_PLACES.get(kind, kind)}"
    return special if special in table else name
