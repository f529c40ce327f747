"""The one guard of the PIN: what a page must be before a PIN is typed into it.

By the program or by the person, with key events or without, the first time or after a wrong one:
every way asks here, and nobody else decides.  gate.py then holds the page to its answer.
"""

from __future__ import annotations

from collections.abc import Set
from urllib.parse import urlsplit

from certhelper.bank import Bank
from certhelper.logon import facts, steps


def fault(
    seen: facts.PageSeen, bank: Bank, certificate_sent_to: Set[tuple[str, int]]
) -> str | None:
    """Why no PIN may be typed into this page (a code of failures.toml), or ``None``.

    The page's host may be sent the certificate and was sent it, at this port and in this session;
    there is exactly one password field that a person can see; its form posts to this very origin
    and, where the profile names a path, to that.
    """
    if not certificate_sent_to:
        return "pin-page-without-certificate"
    place = facts.origin(seen.url)
    if place is None or not bank.may_send_certificate(*place[1:]):
        return "pin-host-not-allowed"
    if place[1:] not in certificate_sent_to:
        return "pin-page-without-certificate"
    fields = seen.password_fields_used()
    if not fields:
        return "pin-field-missing"
    if len(fields) > 1:
        return "pin-field-ambiguous"
    if facts.origin(fields[0].target) != place or fields[0].method != "post":
        return "pin-target-unexpected"
    wanted = bank.pages.pin.form_action
    if wanted and urlsplit(fields[0].target).path != wanted:
        return "pin-target-unexpected"
    return None


def may_take_forms(address: str, bank: Bank) -> bool:
    """Whether a form may go there from a page into which a PIN could be typed by mistake."""
    place = facts.origin(address)
    return place is not None and bank.may_send_certificate(*place[1:])


def entry(seen: facts.PageSeen, bank: Bank) -> steps.EnterPin:
    """What the program types, into a page that has no :func:`fault`."""
    return steps.EnterPin(
        window=seen.window,
        origin=f"https://{urlsplit(seen.url).netloc}",
        target=target(seen),
        field=bank.pages.pin.field,
        by_keys=bank.pin.entry == "keys",
    )


def target(seen: facts.PageSeen) -> str:
    """Where the page's PIN form posts to, without a query."""
    return facts.without_query(seen.password_fields_used()[0].target)
