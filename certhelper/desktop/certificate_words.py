"""What a certificate is called in the window, and how long it is valid.  Free of Qt."""

from __future__ import annotations

from datetime import datetime

from certhelper.desktop.moments import moment_text, validity_text
from certhelper.safe_text import safe_name
from certhelper.standing import Judged, Severity

_SERIAL_END = 8  # hex digits
_LONGEST_NAME = 60  # characters
_MOST_NAMES = 3


def name_of(judged: Judged) -> str:
    """The common names, as people know them; the whole subject only where there is none."""
    names = judged.installed.certificate.common_names
    shown = " / ".join(safe_name(name[:_LONGEST_NAME]) for name in names[:_MOST_NAMES])
    return shown or subject_of(judged)


def subject_of(judged: Judged) -> str:
    """The name to show for a certificate: its subject, its label, or its fingerprint."""
    certificate = judged.installed.certificate
    return certificate.subject or judged.installed.label or certificate.sha256[:16]


def expiry_text(judged: Judged) -> str:
    return moment_text(judged.installed.certificate.not_after)


def remaining_text(judged: Judged, at: datetime) -> str:
    certificate = judged.installed.certificate
    return validity_text(certificate.not_before, certificate.not_after, at)


def serial_end(judged: Judged) -> str:
    """The last digits of the serial number, by which a browser's dialog tells two apart."""
    return judged.installed.certificate.serial_hex[-_SERIAL_END:] or "?"


def blocking_messages(judged: Judged) -> tuple[str, ...]:
    return tuple(r.message() for r in judged.reasons if r.severity is Severity.BLOCKING)
