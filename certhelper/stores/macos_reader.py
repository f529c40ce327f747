"""Child process: lists the certificates of macOS' keychain.

macOS may load a smart card's extension for it, or wait for a service that hangs; so it is done in a
process of its own.  Uses the standard library only.  ``main([])`` writes one JSON object a line:
``{"locked": …}``, ``{"der": …, "label": …, "key": …}`` for each certificate (its octets in base64;
``key`` null or the fields of :class:`~certhelper.stores.macos_keychain.Key`), and at the end
``{"done": true}`` or ``{"failed": FUNCTION, "code": NUMBER}``.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from certhelper.stores.macos_keychain import Frameworks, Keychain, KeychainRefusedError, Libraries


def main(_arguments: list[str]) -> int:
    """List; status 0 even where macOS refuses, as the answer says it."""
    for answer in answers(Frameworks()):
        os.write(1, json.dumps(answer).encode("ascii") + b"\n")
    return 0


def answers(libraries: Libraries) -> Iterator[dict[str, Any]]:
    """Yield what is written, line by line."""
    keychain = Keychain(libraries)
    yield {"locked": keychain.is_locked()}
    try:
        for item in keychain.items():
            yield {
                "der": b64encode(item.der).decode("ascii"),
                "label": item.label,
                "key": None if item.key is None else item.key._asdict(),
            }
    except KeychainRefusedError as error:
        yield {"failed": error.function, "code": error.code}
    else:
        yield {"done": True}
