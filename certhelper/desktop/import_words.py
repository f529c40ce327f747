"""What the import's dialog says of a file's certificates.  Free of Qt."""

from __future__ import annotations

from collections.abc import Iterator

from certhelper import texts
from certhelper.desktop.rows import Mark
from certhelper.desktop.selection import Facts, all_facts, certificate_facts
from certhelper.installing.importing import Item, Plan, Preview
from certhelper.moment import now
from certhelper.standing import Severity
from certhelper.texts import text

_MARKS = {
    Plan.ADD: Mark.GOOD,
    Plan.ADD_KEY: Mark.GOOD,
    Plan.ALREADY_THERE: Mark.NEUTRAL,
    Plan.LEFT_OUT: Mark.NEUTRAL,
    Plan.ROOT_LEFT_OUT: Mark.NEUTRAL,
}


def target_words(preview: Preview) -> Iterator[str]:
    """What is to be known of the place."""
    if preview.makes_store:
        yield text("installing.show.makes-store")


def item_facts(item: Item) -> Facts:
    """Whose certificate it is, until when, and how to tell it from another."""
    if item.is_chain:
        return certificate_facts(item.judged)
    fingerprint = _in_groups(item.certificate.sha256)
    return (
        *all_facts(item.judged, now()),
        (text("installing.window.fingerprint"), fingerprint),
    )


def item_mark(item: Item) -> Mark:
    return _MARKS[item.plan]


def item_words(item: Item) -> tuple[str, ...]:
    """What is done with it first, then what stands against it."""
    plan = text(f"installing.plan.{item.plan.value}", name=item.name)
    if item.is_chain:
        return (texts.joined(text("installing.key.chain"), plan),)
    if not item.has_key:
        return (texts.joined(text("installing.key.without-key"), plan),)
    reasons = (one for one in item.judged.reasons if one.severity is not Severity.INFORMATION)
    return (plan, *(one.message() for one in reasons))


def _in_groups(digits: str) -> str:
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))
