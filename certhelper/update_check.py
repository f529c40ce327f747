"""News of the program itself, from an address that an administrator gave, once a day at most.

Nothing is asked without such an address (``update_check_url`` of the machine-wide settings), and
nothing is ever downloaded or run: what comes back is a small JSON document that says which version
there is, a word about it, and a page to read on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from certhelper import moment, texts
from certhelper.failures import FailedError
from certhelper.machine_settings import is_https
from certhelper.safe_text import safe
from certhelper.settings import UpdateCheck

SCHEMA = "certhelper.update/1"
LONGEST_ANSWER = 16 * 1024  # octets
BETWEEN = timedelta(days=1)

_VERSION = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}")
_LONGEST_MESSAGE = 300  # characters
_LONGEST_PAGE = 2000  # characters

Fetch = Callable[[str], bytes]
"""Gets an address; raises :class:`FailedError` (``update-not-checked``)."""


class News(NamedTuple):
    """What the document says; ``message`` and ``page`` may be empty."""

    version: str
    message: str
    page: str

    def is_newer_than(self, version: str) -> bool:
        """Compare number by number: 0.10 is newer than 0.9, and 1.0.0 is 1.0."""
        return _numbers(self.version) > _numbers(version)


def is_due(last: UpdateCheck | None, url: str, now: datetime) -> bool:
    """Say whether to ask again: after a day, for another address, after a clock was put back."""
    if last is None or last.url != url:
        return True
    try:
        before = datetime.fromisoformat(last.at)
        return not before <= now < before + BETWEEN
    except (ValueError, TypeError, OverflowError):  # no moment, or one without a zone
        return True


def check(url: str, last: UpdateCheck | None, now: datetime, fetch: Fetch) -> UpdateCheck:
    """Ask once.  A check that fails keeps what an earlier one has found, and says so."""
    known = last.answer if last is not None and last.url == url else ""
    try:
        answer = fetch(url)
        read(answer)
    except FailedError as error:
        return UpdateCheck(url, moment.as_utc(now), known, error.facts.get("detail", ""))
    return UpdateCheck(url, moment.as_utc(now), answer.decode("utf-8"), "")


def news(last: UpdateCheck | None, url: str, version: str) -> News | None:
    """Return what is to be told to whoever runs ``version``; nothing when it is the newest."""
    if last is None or last.url != url or not last.answer:
        return None
    try:
        found = read(last.answer.encode("utf-8", "replace"))
    except FailedError:  # another version of this program remembered it
        return None
    return found if found.is_newer_than(version) else None


def read(answer: bytes) -> News:
    """Read the document in the person's language.

    What is not known of it is passed over, so that later versions can add to it.  Raises
    :class:`FailedError` (``update-not-checked``).
    """
    import json  # only where an administrator gave an address

    if len(answer) > LONGEST_ANSWER:
        raise not_checked("too long")
    try:
        document = json.loads(answer.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise not_checked("not JSON") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise not_checked("schema")
    version = _text(document, "version")
    if not _VERSION.fullmatch(version):
        raise not_checked("version")
    page = _text(document, "page")
    if page and not (is_https(page) and len(page) <= _LONGEST_PAGE):
        raise not_checked("page")
    message = _text(document, f"message_{texts.language()}")
    return News(version, safe(message[:_LONGEST_MESSAGE]), page)


def not_checked(detail: str) -> FailedError:
    """Return the failure of a check; ``detail`` is short and names no person, PC or proxy."""
    return FailedError("update-not-checked", detail=detail)


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key, "")
    if not isinstance(value, str):
        raise not_checked(key)
    return value


def _numbers(version: str) -> list[int]:
    found = _VERSION.match(version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
