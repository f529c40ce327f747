"""Takes passwords, PINs, cookies and keys out of free text, which nobody ever gets to see.

What is recognized is what stands behind the name of a secret or before the ``@`` of an address.  A
secret that stands in a sentence without either is not: none may ever be put into a text.
"""

from __future__ import annotations

import re

_LONGEST_BETWEEN = 200
"""Characters of a password with blanks, to the ``@`` behind it."""

_BEFORE_AT = rf"[^\n<>「」。…]{{0,{_LONGEST_BETWEEN}}}"
_CREDENTIALS = (
    re.compile(r"(?<=//)\S*[@＠]"),
    re.compile(rf"(?<=//)[^\s:/@＠]*:{_BEFORE_AT}[@＠]"),
    re.compile(rf"[^\s:/@＠「」]*[:：](?!//|\s){_BEFORE_AT}[@＠]"),
)
_PRIVATE_KEY = re.compile(r"-----BEGIN .*?(?:-----END [^-]*-----|\Z)", re.DOTALL)
_IS = r"[\"'」]?\s*(?:[:=：＝]|%3[AaDd])"
_HEADER = re.compile(
    rf"(?i)\b((?:set-)?cookie{_IS}|(?:proxy-)?authorization"
    rf"(?:{_IS}|\s+(?=(?:basic|bearer|digest|negotiate|ntlm)\b))).*(?:\n[ \t].*)*"
)
_NAME = (
    r"(?:\b|_|(?<=[^\x00-\x7f]))(?:pin|passw(?:or)?d|passphrase|secret)"
    r"|パスワード|パスフレーズ|暗証番号"
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|「[^」]*」"
_GIVEN = re.compile(rf"(?i)((?:{_NAME}){_IS}\s*)(?:{_QUOTED}|\S.*)")
_OPTION = re.compile(rf"(?i)(--?(?:pin|passw(?:or)?d|passphrase|secret)\s+)(?!-)(?:{_QUOTED}|\S+)")
_SAID = re.compile(rf"(?i)((?:{_NAME})\s*は\s*)(?=[!-~！-～]*[0-9０-９])[!-~！-～]+")


def without_secrets(text: str) -> str:
    """Return free text without what follows the name of a secret, and without a private key."""
    text = _PRIVATE_KEY.sub("…", text)
    text = _HEADER.sub(r"\1 …", text)
    for given in (_GIVEN, _OPTION, _SAID):
        text = given.sub(r"\1…", text)
    return without_credentials(text)


def without_credentials(text: str) -> str:
    """Return ``text`` without the ``user:password@`` of a URL or proxy (RFC 3986 section 3.2.1).

    Nobody ever sees these, on the person's own screen neither.
    """
    if "@" not in text and "＠" not in text:
        return text
    for one in _CREDENTIALS:
        text = one.sub("…@", text)
    return text
