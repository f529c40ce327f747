"""Chromium's load errors and what they mean for a log-on.

Numbers are those of ``net/base/net_error_list.h``.
"""

from __future__ import annotations

ABORTED = -3
"""The load was replaced by another one or became a download; no failure."""

REFUSED_BY_SERVER = frozenset({-117, -107, -15})
"""ERR_BAD_SSL_CLIENT_AUTH_CERT, and how a refusal shows otherwise once a certificate was sent: with
an alert that Chromium does not map (handshake_failure) as ERR_SSL_PROTOCOL_ERROR, with TLS 1.3,
where it comes after the handshake, as ERR_SOCKET_NOT_CONNECTED (both tried)."""

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
    -200: "server-name-mismatch",
    -201: "server-date-invalid",
    -202: "server-authority-unknown",
    -324: "connection-reset",
    -336: "proxy-failed",
}


def code_of(error: int) -> str:
    """The failure code of one load error; what is not known keeps its number in the facts."""
    if error in _CODES:
        return _CODES[error]
    if -299 <= error <= -200:
        return "server-certificate-invalid"
    return "load-failed"
