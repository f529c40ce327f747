"""What the certificates of the demo are there to show."""

from __future__ import annotations

REASONS = {
    "user": set(),
    "administrator": {"administrator"},
    "renewed-old": {"superseded", "expires-soon"},
    "renewed-new": set(),
    "expired-beside-new": {"expired", "superseded"},
    "expires-at-0859": {"expires-soon"},
    "29-days-left": {"expires-soon"},
    "31-days-left": set(),
    "expired": {"expired"},
    "not-yet-valid": {"not-yet-valid"},
    "no-key": {"no-key"},
    "wrong-key-usage": {"wrong-key-usage"},
    "wrong-extended-key-usage": {"wrong-extended-key-usage"},
    "all-digit-user": set(),
    "thirty-character-user": set(),
    "underscore": set(),
    "hyphen": set(),
    "bank-code": {"unrecognized-name"},
    "thirteen-digits": {"unrecognized-name"},
    "fifteen-digits": {"unrecognized-name"},
    "another-bank": {"other-issuer"},
    "public-sector": {"other-issuer", "unrecognized-name"},
    "two-common-names": {"unrecognized-name"},
}
"""Case → the codes of its reasons, at any time of day."""
