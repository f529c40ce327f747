"""Writes docs/reasons.md: ``python docs/make_reasons.py``.

Codes and weights are the program's (certhelper/reason.py), the words those that a person reads
(resources/texts/reasons.toml).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reasons.md"

_ACTORS = {
    "user": "利用者",
    "administrator": "管理者",
    "bank": "銀行",
    "helpdesk": "PCの管理者",
    "nobody": "–",
    "cause": "(cause)",
}
_WHEN = {
    "expired": "`now` is past notAfter.",
    "not-yet-valid": "`now` is before notBefore.",
    "no-key": "The store knows that it has no key of this certificate, or a token has none behind "
    "its PIN.",
    "key-unusable": "The store, or a test signature, says that the key cannot be used.",
    "wrong-key-usage": "The certificate has a keyUsage without digitalSignature.",
    "wrong-extended-key-usage": "It has an EKU without clientAuth (anyExtendedKeyUsage counts on "
    "Windows and macOS, not for NSS).",
    "computer-store": "It is in Windows' LocalMachine store.",
    "archived": "Windows marks it as archived.",
    "revoked": "Its issuer says so, by OCSP or a list, at `now` ([revocation.md](revocation.md)).",
    "other-issuer": "The profile names issuers, and it has another one.",
    "administrator": "Its name has no 利用者ID.",
    "unrecognized-name": "The profile's pattern does not place its name, or there are several.",
    "expires-soon": "Whole days to notAfter in Japan are within the profile's window.",
    "superseded": "A usable, newer certificate of the same holder is there.",
    "key-unknown": "Whether the key can be used could not be told.",
    "key-needs-user": "The key is there, and a password, PIN or consent comes first.",
    "legacy-provider": "Windows gives the key by CAPI only.",
    "issuer-not-valid": "An issuer's certificate on this PC is not valid now or may not issue, or "
    "its signature is wrong. A missing issuer is no reason: `show` names it.",
    "unreadable-field": "A field cannot be read; it blocks where that is a date or the key.",
    "duplicate": "The same certificate is in another store, too.",
    "revocation-unknown": 'Nobody could say whether it was revoked; never "revoked".',
}
_HEAD = """\
# Reasons

Every reason that the program gives for or against a certificate, in `list`, `show` and the window:
the code, how much it weighs, what brings it about, who must act first, and the words. Written by
`python docs/make_reasons.py` from the program's own list (certhelper/reason.py) and texts
(resources/texts/reasons.toml); tests/test_reasons_page.py holds the page to them.

A certificate is usable when no reason is *blocking*. `{…}` are facts that are filled in. Words
that end in `-windows`, `-macos`, `-nss`, `-token` or `-file` are said of such stores instead of the
ordinary ones. Who acts first: 利用者 (the person), 管理者 (the company's administrator of the
service), 銀行 (the bank), PCの管理者 (who looks after the PC, the helpdesk), – (nobody);
`(cause)`: as the cause in the text says. `show` names them behind each reason.

## The key test

`show`, and the window for the preferred certificates, let the key make one signature and verify it
with the certificate (certhelper/key_test.py): RSA PKCS #1 or PSS with SHA-256, ECDSA with SHA-256,
Ed25519, as a TLS client signs. What is signed begins with words of this program and ends with 32
random octets, so that it is good for nothing else. It is silent: no dialog, no password that was
not given, no PIN where one more wrong one would block the token, one log-in at most, logged out
behind it. It runs in a child process with a time limit of 10 s (files: in the program itself).

| store | how | tried |
|---|---|---|
@ROWS@

`list` makes no key test. A signature upgrades: a key that signed is not `key-unknown` or
`key-unusable` any more. A key that makes none, or one that the certificate does not confirm, is
`key-unusable` (`other-key`); a token that has none behind its PIN gives `no-key`. Where a module
or NSS hangs or fails, it is `key-unknown`. Where nobody could try, the store's word stands.
`--secret-fd` is used only where one `--store` was given and one row is meant: a PIN that is tried
on another token uses up a try there.

## The chain

`show` and the window's details say how far the issuers are on this PC (certhelper/chain.py): among
all certificates that were read, and the roots that this PC trusts as Python's `ssl` lists them. An
issuer has the right name and its key confirms the signature; of several ways up the best counts;
at most ten levels and 64 signatures are looked at. The bank's server decides by itself.

`list` looks for the chain of usable certificates with a holder only where an issuer that was read
is out of its time or may not issue (certhelper/faulty_issuers.py), and then tells the same. To
verify every signature and to list this PC's roots would take it twice as long as all the rest for
one certificate (some 70 ms of CPU time). So two rare warnings are only in `show` and the window: a
signature that a sound issuer did not make, and an issuer that is not valid and is nowhere but
among this PC's own roots.

## Codes
"""
_ROWS = "@ROWS@"
_KEY_TESTS = (
    (
        "`nss`",
        "softokn, read only; a locked database only with its password (`show --secret-fd`)",
        "Linux, databases of certutil: unlocked, locked, wrong password, keys swapped or damaged",
    ),
    (
        "`pkcs11`",
        "the module; keys that need no login, others with the PIN of `show --secret-fd`",
        (
            "Linux, SoftHSM: PIN right, wrong and none, no key, another's key, two tokens, token "
            "gone; a module that hangs, crashes or refuses. Not done on Windows"
        ),
    ),
    (
        "`pkcs12`, `files`",
        "the key once its file is opened",
        "PKCS#12 and PEM, with a passphrase and without",
    ),
    (
        "`windows`",
        "CNG where that can be, else CAPI, silently; a key that asks first or is a card's is left",
        "Wine for CAPI, with a provider of our own, too; CNG: untried ([windows.md](windows.md))",
    ),
    ("`macos`", "not done: `not-tried-here`", "–"),
)


def text() -> str:
    """Return the whole document."""
    from certhelper import texts
    from certhelper.reason import SEVERITIES

    tables = texts.area("reasons")
    rows = "\n".join(f"| {' | '.join(row)} |" for row in _KEY_TESTS)
    parts = [_HEAD.replace(_ROWS, rows)]
    for code, severity in SEVERITIES.items():
        parts.append(f"### {code}\n\n*{severity}* – {_WHEN[code]}\n")
        parts.append(_table("text", tables[code]))
    parts.append("## What is the matter with a key\n")
    parts.append("In `key-unusable`, `key-unknown`, `key-needs-user`, and `key_test` of `show`.\n")
    parts.append(_table("cause", tables["key-causes"]))
    parts.append("## What is the matter with an issuer\n")
    parts.append(_table("cause", tables["issuer-faults"]))
    parts.append("## Why nobody could say whether it was revoked\n")
    parts.append(_table("cause", tables["revocation-causes"]))
    return "\n".join(parts)


def _table(name: str, entries: dict[str, Any]) -> str:
    rows = "".join(f"{row}\n" for row in _rows(entries))
    return f"| {name} | who | 日本語 | English |\n|---|---|---|---|\n{rows}"


def _rows(entries: dict[str, Any]) -> Iterator[str]:
    for name, entry in entries.items():
        words = " | ".join(entry[language].strip() for language in ("ja", "en"))
        yield f"| {name} | {_ACTORS[entry['who']]} | {words} |"


def main() -> int:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
