"""What the object identifiers of an extended key usage are called."""

from __future__ import annotations

from certhelper.texts import text

_PURPOSES = {
    "1.3.6.1.5.5.7.3.1": "server-authentication",
    "1.3.6.1.5.5.7.3.2": "client-authentication",
    "1.3.6.1.5.5.7.3.3": "code-signing",
    "1.3.6.1.5.5.7.3.4": "mail-protection",
    "1.3.6.1.5.5.7.3.8": "time-stamping",
    "1.3.6.1.4.1.311.20.2.2": "smart-card-logon",
    "2.5.29.37.0": "any",
}
"""RFC 5280, 4.2.1.12, and Microsoft's szOID_KP_SMARTCARD_LOGON."""


def purpose_text(identifier: str) -> str:
    """The name beside the dotted identifier, where it has one."""
    name = _PURPOSES.get(identifier)
    return f"{text(f'purposes.{name}')} ({identifier})" if name else identifier
