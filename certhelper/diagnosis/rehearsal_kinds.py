"""What a failed rehearsal means, by kind: who must act, and what the check code carries.

A failure's own words are on the screen of the PC concerned.  The code that is read over the phone
has room for a kind only, so each kind stands on the public list of findings with a remedy of its
own.
"""

from __future__ import annotations

OTHER = "rehearsal-failed"
"""What nobody has thought of: the failure's own number must be asked for."""

ABOUT_THE_CERTIFICATE = {
    "rehearsal-refused": (
        "certificate-refused",
        "certificate-expired-at-bank",
        "certificate-revoked",
        "certificate-revoked-at-bank",
    ),
    "rehearsal-issuer-refused": ("no-certificate-fits",),
    "rehearsal-administrator": ("administrator-certificate",),
    "rehearsal-unknown-at-bank": ("customer-unknown-at-bank", "certificate-not-yet-valid-at-bank"),
    "rehearsal-not-sent": (
        "certificate-needed",
        "certificate-not-offered",
        "certificate-not-sent",
        "certificate-not-usable",
    ),
    "rehearsal-key-denied": ("certificate-key-denied",),
    "rehearsal-key-missing": (
        "certificate-key-missing",
        "files-without-key",
        "pkcs12-without-key",
    ),
    "rehearsal-key-failed": (
        "certificate-key-failed",
        "files-with-another-key",
        "key-too-large",
    ),
    "rehearsal-key-too-old": ("certificate-key-too-old",),
    "rehearsal-token": (
        "card-pin-blocked",
        "token-gone",
        "token-last-try",
        "token-locked",
        "token-login-refused",
        "token-module-crashed",
        "token-module-failed",
        "token-not-answering",
        "token-pin-expired",
        "token-pin-wrong",
    ),
    "rehearsal-place": (
        "certificate-gone",
        "database-damaged",
        "database-locked",
        "database-not-opened",
        "file-damaged",
        "file-too-costly",
        "file-unreadable",
        "file-without-certificate",
        "files-without-certificate",
        "no-database",
        "nss-database-not-made",
        "pkcs12-without-certificate",
        "store-not-a-directory",
        "store-not-found",
        "store-unreadable",
    ),
}
"""Kinds that are said with the name of whose certificate it is."""

ABOUT_THE_WAY = {
    "rehearsal-not-asked": (
        "certificate-asked-too-late",
        "certificate-not-requested",
        "pin-page-without-certificate",
    ),
    "rehearsal-not-reached": (
        "connection-refused",
        "connection-reset",
        "host-not-found",
        "host-unreachable",
        "load-failed",
        "network-changed",
        "no-answer",
        "offline",
        "server-not-examined",
    ),
    "rehearsal-proxy": (
        "pac-failed",
        "pac-unreadable",
        "proxy-failed",
        "proxy-not-found",
        "proxy-refused",
        "proxy-setting-wrong",
        "proxy-unreachable",
    ),
    "rehearsal-tls": ("tls-failed",),
    "rehearsal-server-unproved": (
        "server-authority-unknown",
        "server-certificate-expired",
        "server-certificate-invalid",
        "server-certificate-not-yet-valid",
        "server-certificate-revoked",
        "server-certificate-weak",
        "server-name-mismatch",
        "server-not-as-expected",
        "server-revocation-unknown",
    ),
    "rehearsal-inspected": ("server-inspected",),
    "rehearsal-clock": ("clock-wrong", "server-date-invalid"),
    "rehearsal-bank-error": (
        "answer-unreadable",
        "maintenance",
        "no-page",
        "page-refused",
        "password-asked",
        "redirect-loop",
        "server-error",
        "session-timed-out",
    ),
    "rehearsal-elsewhere": (
        "certificate-host-not-allowed",
        "outside-allowed-hosts",
        "pin-host-not-allowed",
        "pin-target-unexpected",
    ),
    "rehearsal-page-unknown": (
        "browser-not-supported",
        "logon-link-not-found",
        "page-asks",
        "page-not-recognised",
        "pin-field-ambiguous",
        "pin-field-missing",
        "unknown-page",
    ),
    "rehearsal-own-fault": (
        "profile-changed",
        "renderer-ended",
        "renderer-ended-in-session",
        "session-ended",
        "session-not-started",
    ),
}
"""Kinds that would meet everybody at this PC; they name nobody."""

WANTS_SECRET = frozenset(
    {
        "database-password-needed",
        "database-password-wrong",  # a remembered one, as the next
        "key-passphrase-needed",
        "key-passphrase-wrong",
        "passphrase-needed",
        "passphrase-wrong",
        "token-pin-needed",
    }
)
"""What the log-on asks for and a diagnosis does not."""

PROXY_ASKS = "proxy-authentication"
"""The log-on asks for the proxy's user name and password, too."""

SAYS_NOTHING = frozenset(
    {
        "display-needed",
        "internal-error",
        "rehearsal-needs-browser",
        "root-refused",
        "session-crashed",
        "store-cannot-log-on",
        "store-in-use",
        "store-not-in-windows",
    }
)
"""Failures of the rehearsal itself, which say nothing of the log-on."""

_KINDS = {
    code: kind
    for kinds in (ABOUT_THE_CERTIFICATE, ABOUT_THE_WAY)
    for kind, codes in kinds.items()
    for code in codes
}


def kind_of(failure: str) -> str:
    """Return the code of the finding for a failure's code."""
    return _KINDS.get(failure, OTHER)


def names_whose(kind: str) -> bool:
    """Whether the finding says whose certificate it is about."""
    return kind not in ABOUT_THE_WAY
