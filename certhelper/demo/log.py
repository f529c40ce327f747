"""The demo bank's access log: which certificate arrived with which request, never what was typed.

A line holds no query and no body, so a PIN cannot get into it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

PIN_PATH = "/biznet/pin"


@dataclass(frozen=True, slots=True)
class Access:
    """One request.  ``pin_posts`` counts the PIN submissions of this certificate so far."""

    at: datetime
    host: str
    tls_version: str
    method: str
    path: str
    status: int
    sha256: str | None
    serial: str | None
    client: str
    pin_posts: int

    def line(self) -> str:
        """One line of text.  The path is percent-encoded, so no client can forge a line."""
        return " ".join(
            (
                self.at.isoformat(timespec="milliseconds"),
                quote(self.host, safe=".:-"),
                self.tls_version or "-",
                quote(self.method, safe=""),
                quote(self.path, safe="/"),
                str(self.status),
                f"sha256={self.sha256 or '-'}",
                f"serial={self.serial or '-'}",
                f"client={self.client}",
                f"pin-posts={self.pin_posts}",
            )
        )


class AccessLog:
    """Entries in the order in which the requests were answered; safe for several threads."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        """``write`` takes each line as it is made, for example to print it."""
        self._entries: list[Access] = []
        self._refused: list[str] = []
        self._changed = threading.Condition()
        self._write = write

    def add(self, access: Access) -> None:
        """Append one request."""
        with self._changed:
            self._entries.append(access)
            self._changed.notify_all()
        if self._write:
            self._write(access.line())

    def add_refused(self, reason: str) -> None:
        """Note a TLS handshake that ended without a request."""
        with self._changed:
            self._refused.append(reason)
            self._changed.notify_all()

    @property
    def entries(self) -> tuple[Access, ...]:
        """Everything so far."""
        with self._changed:
            return tuple(self._entries)

    @property
    def refused(self) -> tuple[str, ...]:
        """The reasons of failed handshakes so far (OpenSSL's words)."""
        with self._changed:
            return tuple(self._refused)

    def wait_for(self, condition: Callable[[AccessLog], bool], timeout: float = 10.0) -> bool:
        """Wait until ``condition(log)`` holds, at most ``timeout`` seconds; tell whether it did."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout)

    def certificates(self, path: str | None = None) -> list[str]:
        """Fingerprints that arrived (with requests for ``path``), without repetition, in order."""
        seen = (
            entry.sha256 for entry in self.entries if entry.sha256 and path in (None, entry.path)
        )
        return list(dict.fromkeys(seen))

    def pin_posts(self, sha256: str | None = None) -> int:
        """How often a PIN was submitted, by one certificate or by all together."""
        return sum(
            1
            for entry in self.entries
            if is_pin_post(entry.method, entry.path) and sha256 in (None, entry.sha256)
        )


def is_pin_post(method: str, path: str) -> bool:
    """Whether a request submits the 利用者暗証番号."""
    return method == "POST" and path == PIN_PATH
