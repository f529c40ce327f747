"""Chromium's load errors and what they mean for a log-on.

Numbers are those of ``net/base/net_error_list.h``.
"""

from __future__ import annotations

ABORTED = -3
"""The load was replaced by another one or became a download; no failure."""

PROCESS_GONE = 0
"""How Qt ends a load together with the process that draws the page (tried), which it tells apart
from this."""

REFUSED_HERE = frozenset({-10, -20})
"""ERR_ACCESS_DENIED, ERR_BLOCKED_BY_CLIENT: how a request ends that was not let out of the session.
Whoever refused it has said why."""

REFUSED_BY_SERVER = frozenset({-117, -107, -15})
"""ERR_BAD_SSL_CLIENT_AUTH_CERT, and how a refusal shows otherwise once a certificate was sent: with
an alert that Chromium does not map (handshake_failure) as ERR_SSL_PROTOCOL_ERROR, with TLS 1.3,
where it comes after the handshake, as ERR_SOCKET_NOT_CONNECTED (both tried)."""

TOO_MANY_REQUESTS = 429
"""RFC 6585 section 4: the server is busy, as with 503."""

ASKED_TOO_LATE = "Post-Handshake Authentication"
"""Apache's words on its page (``ssl_engine_kernel.c``) when it wants a certificate for one address
only, on TLS 1.3: no browser takes part in that (RFC 8446 section 4.2.6)."""

_CODES = {
    -7: "no-answer",
    -21: "network-changed",
    -100: "connection-reset",
    -101: "connection-reset",
    -102: "connection-refused",
    -104: "connection-refused",
    -105: "host-not-found",
    -106: "offline",
    -107: "tls-failed",
    -109: "host-unreachable",
    -110: "certificate-needed",
    -111: "proxy-failed",
    -113: "tls-failed",
    -115: "proxy-failed",
    -118: "no-answer",
    -127: "proxy-authentication",
    -130: "proxy-failed",
    -131: "proxy-failed",
    -134: "certificate-key-denied",
    -135: "certificate-key-missing",
    -136: "proxy-failed",
    -137: "host-not-found",
    -141: "certificate-key-failed",
    -177: "certificate-key-too-old",
    -150: "server-not-as-expected",
    -200: "server-name-mismatch",
    -201: "server-date-invalid",
    -202: "server-authority-unknown",
    -204: "server-revocation-unknown",
    -205: "server-revocation-unknown",
    -206: "server-certificate-revoked",
    -208: "server-certificate-weak",
    -211: "server-certificate-weak",
    -217: "server-inspected",
    -218: "tls-failed",
    -310: "redirect-loop",
    -320: "answer-unreadable",
    -321: "answer-unreadable",
    -324: "connection-reset",
    -325: "answer-unreadable",
    -330: "answer-unreadable",
    -336: "proxy-failed",
    -346: "answer-unreadable",
    -349: "answer-unreadable",
    -350: "answer-unreadable",
    -354: "connection-reset",
    -355: "connection-reset",
    -357: "answer-unreadable",
    -370: "answer-unreadable",
}

SERVER_CERTIFICATE_CODES = frozenset(
    code for code in _CODES.values() if code.startswith("server-")
) | {"server-certificate-invalid"}
"""What is wrong with a server's certificate, as far as the engine's number says it."""

_NEVER_CONNECTED = frozenset(
    {-102, -104, -105, -106, -109, -111, -115, -118, -127, -130, -131, -136, -137, -336}
)
"""No connection, so nothing has been sent over it (every request has one of its own)."""

_CONNECTION_LOST = frozenset({-7, -15, -21, -100, -101, -103, -107, -117, -324, -354, -355})


def code_of(error: int) -> str:
    """The failure code of one load error; what is not known keeps its number in the facts."""
    if error in _CODES:
        return _CODES[error]
    if -299 <= error <= -200:
        return "server-certificate-invalid"
    return "load-failed"


def code_after_pin(error: int, *, unanswered: bool) -> str:
    """The failure code of a load error that came when the PIN was on its way, or later.

    ``unanswered``: the server had answered nothing, so the request was that with the PIN itself.
    """
    if error in _NEVER_CONNECTED:
        return "pin-not-delivered" if unanswered else "connection-lost-after-pin"
    return "connection-lost-after-pin" if error in _CONNECTION_LOST else "load-failed-after-pin"
