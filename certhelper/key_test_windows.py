"""Child process: lets the key of one certificate in a store of Windows sign, silently.

A key belongs to a provider, a DLL of its vendor, which is loaded here and never into the program
itself.  Uses the standard library only.  ``main([])`` reads one JSON object from stdin: ``place``,
the store; ``sha256``, the certificate; ``message``, what to sign, in hex.  It answers with one:
``{"scheme": NAME, "signature": HEX}``, ``{"code": NUMBER}``, what Windows said against it, or
``{"gone": true}``.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from certhelper.stores.windows_reader import asked, own_stdout
from certhelper.windows import certificate_store, private_keys
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import WindowsCallError


def main(_arguments: list[str]) -> int:
    """Do what stdin asks for; status 0 even where Windows refuses, as the answer says it."""
    wanted = asked()
    with own_stdout() as stdout:
        try:
            message = bytes.fromhex(wanted["message"])
            answer = _answer(Place(wanted["place"]), wanted["sha256"], message)
        except WindowsCallError as error:
            answer = {"code": error.code}
        stdout.write(json.dumps(answer).encode("ascii"))
    return 0


def _answer(place: Place, wanted: str, message: bytes) -> dict[str, Any]:
    """Of a certificate that is there more than once, as Chromium: the first counts."""
    with certificate_store.opened(place) as store:
        for context in certificate_store.contexts(store):
            if sha256(certificate_store.der_of(context)).hexdigest() == wanted:
                scheme, signature = private_keys.signature_of(context, message)
                return {"scheme": scheme, "signature": signature.hex()}
    return {"gone": True}
