"""What a session process is told, apart from the PIN.  It lies in the session's private home."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import msgspec

from certhelper.logon.plan import LOAD_LIMIT_MS
from certhelper.logon.proxy import Route
from certhelper.logon.stages import Until
from certhelper.logon.unlocking import Unlocking

FILE_NAME = "request.json"
Facts = tuple[tuple[str, str], ...]
"""Name and value of what a person is told, in their language."""


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No secret is among these values.

    ``bank_sha256`` binds the profile's content to what was checked and shown.  ``issuers`` are
    DER names of the certificate's issuer and its chain.  ``holder`` and
    ``certificate_facts`` (name and value) are texts for the window.  ``screenshot`` is a file, or a
    folder for one picture a stage.
    ``key_asks``: the system asks the person before the key is used.  ``folders`` are the person's
    own, where files for the bank may be; the session's home is another.  ``unlocking`` is what is
    opened before the engine starts, with a secret that comes by a pipe of its own.
    ``has_main_window``: the program's own window follows this session, and can find causes.
    """

    bank: Path
    bank_sha256: str
    certificate: str
    issuers: tuple[bytes, ...]
    holder: str
    certificate_facts: Facts
    until: Until | None
    pin_stdin: bool
    downloads: Path
    screenshot: Path | None = None
    stop_at_notices: bool = False
    seen_notices: str = ""
    shuffle_digits: bool = False
    text_size: str = "standard"
    load_limit_ms: int = LOAD_LIMIT_MS
    key_asks: bool = False
    folders: tuple[Path, ...] = ()
    proxy: Route = Route()
    unlocking: Unlocking | None = None
    has_main_window: bool = False

    def write(self, home: Path) -> Path:
        """Write it into the private home and return the file.  Raises ``OSError``."""
        path = home / FILE_NAME
        path.touch(mode=0o600)
        # As octets: a path need not be UTF-8.
        path.write_bytes(msgspec.json.encode(self, enc_hook=os.fsencode))
        return path

    @classmethod
    def read(cls, path: Path) -> SessionRequest:
        """Raises ``OSError`` and ``msgspec.ValidationError``."""

        def decode(kind: type, value: object) -> object:
            if kind is Path:
                return Path(os.fsdecode(base64.b64decode(str(value))))
            raise NotImplementedError(kind)

        return msgspec.json.decode(path.read_bytes(), type=cls, dec_hook=decode)
