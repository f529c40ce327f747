"""What went wrong, as a code of failures.toml, by where the log-on stood.

Only names are found here; what follows from them is flow.py's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from certhelper.bank import Bank
from certhelper.logon import errors, facts, turned_away
from certhelper.logon.phases import PIN_IS_OUT, Phase
from certhelper.logon.recognition import Recognised

_REFUSING = frozenset({400, 401, 403})
"""HTTP statuses that servers answer an unfit certificate with."""


AFTER_PIN = {
    "pin-target-unexpected": "form-stopped-after-pin",
    "outside-allowed-hosts": "outside-allowed-hosts-after-pin",
    "password-asked": "password-asked-after-pin",
    "renderer-ended": "renderer-ended-after-pin",
}
"""What is called otherwise once the PIN is on its way."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the log-on had come when it went wrong.

    ``refused_host`` asked for the certificate and is none that may be sent it.
    ``came_to_nothing``: the last load was stopped, or became a download.
    """

    phase: Phase
    certificate_sent: bool
    refused_host: str
    came_to_nothing: bool


class Trouble(NamedTuple):
    """``code`` is ``None`` where the server itself must be asked what it wanted (a probe)."""

    code: str | None
    detail: Mapping[str, str] = {}


def of_load(failed: facts.LoadFailed, standing: Standing) -> Trouble:
    """Name a load that the engine gave up."""
    number = str(failed.error)
    if standing.phase in PIN_IS_OUT:
        code = errors.code_after_pin(failed.error, unanswered=failed.posting)
        return Trouble(code, {"error": number})
    code = errors.code_of(failed.error)
    by_server = failed.error in errors.REFUSED_BY_SERVER
    if by_server or code in ("certificate-needed", "tls-failed"):
        if standing.certificate_sent:
            return Trouble("certificate-refused" if by_server else code, {"error": number})
        if standing.refused_host:
            return Trouble("certificate-host-not-allowed", {"host": standing.refused_host})
        return Trouble(None)
    return Trouble(code, {"error": number, "address": facts.without_query(failed.url)})


def of_page_before_pin(seen: facts.PageSeen, bank: Bank, standing: Standing) -> Trouble:
    """Name a page that is not the PIN page, as far as it can be known."""
    place = facts.origin(seen.url)
    at_certificate_host = place is not None and bank.may_send_certificate(*place[1:])
    if standing.refused_host and not standing.certificate_sent:
        return Trouble("certificate-host-not-allowed", {"host": standing.refused_host})
    if seen.status == 403 and errors.ASKED_TOO_LATE in seen.text:
        return Trouble("certificate-asked-too-late")
    if seen.status in (200, 403) and turned_away.says(seen.text):
        return Trouble("browser-not-supported", {"address": facts.without_query(seen.url)})
    if standing.certificate_sent and seen.status in _REFUSING:
        return Trouble("certificate-refused", {"error": str(seen.status)})
    on_the_way = standing.phase is Phase.TO_PIN_PAGE or at_certificate_host
    if on_the_way and not standing.certificate_sent:
        return Trouble(None)
    if seen.status >= 400:
        return Trouble("page-refused", {"status": str(seen.status)})
    return Trouble("unknown-page", {"address": facts.without_query(seen.url)})


def of_status_after_pin(status: int) -> Trouble | None:
    """Name an HTTP status that answered the PIN; ``None`` for a page that is none of these."""
    if status >= 500:
        return Trouble("server-error-after-pin", {"status": str(status)})
    if status >= 400:
        return Trouble("page-refused-after-pin", {"status": str(status)})
    return None


def of_page_after_pin(page: Recognised) -> Trouble | None:
    """Name a page that came instead of the next step and stays; ``None`` for an unknown one."""
    if page.is_pin_page:
        return Trouble("pin-page-again")
    if page.is_blank:
        return Trouble("blank-page-after-pin")
    return None


def of_issuers(probed: facts.IssuersProbed, ours: tuple[bytes, ...]) -> Trouble:
    """Name why no certificate went out, by what the server itself said.

    ``ours`` are the DER names of those who issued the certificate and its chain.
    """
    accepted = {"accepted": "、".join(probed.issuer_names[:5])}
    if probed.outcome is facts.ProbeOutcome.NEVER_ASKED:
        return Trouble("certificate-not-requested")
    if probed.outcome is facts.ProbeOutcome.UNKNOWN:
        return Trouble("certificate-not-sent")
    if probed.issuers and not set(probed.issuers) & set(ours):
        return Trouble("no-certificate-fits", accepted)
    return Trouble("certificate-not-offered", accepted)


def of_silence(standing: Standing) -> Trouble:
    """Name a step that took longer than its limit."""
    if standing.phase is Phase.PROBING:
        return Trouble("certificate-not-sent")
    if standing.phase in PIN_IS_OUT:
        return Trouble("no-page-after-pin" if standing.came_to_nothing else "no-answer-after-pin")
    if standing.phase is Phase.ENTERING_PIN:
        return of_entry(facts.PinOutcome.NOT_SENT)
    return Trouble("no-page" if standing.came_to_nothing else "no-answer")


def of_entry(outcome: facts.PinOutcome) -> Trouble:
    """Name why a PIN was typed, or begun, and not sent."""
    codes = {
        facts.PinOutcome.PAGE_CHANGED: "pin-page-changed",
        facts.PinOutcome.FIELD_TOO_SHORT: "pin-field-too-short",
        facts.PinOutcome.NOT_TAKEN: "pin-not-taken",
        facts.PinOutcome.NOT_SENT: "pin-not-sent",
    }
    return Trouble(codes[outcome])
