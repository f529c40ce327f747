"""A store of Windows behind a reader that answers, hangs, crashes or refuses.

The reader is a script here, so this runs on every system; ``tests/windows/stores`` has the real
one.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from support import der

from certhelper.stores import windows_keys
from certhelper.stores.base import KeyState, KeyTrouble, StoreReading, StoreStatus
from certhelper.stores.windows import WindowsStore
from certhelper.stores.windows_reading import Limits
from certhelper.windows.certificate_store import KeyPlace, Place
from certhelper.windows.private_keys import KeyFinding

PATIENT = Limits(row=60.0, rows=60.0, key=60.0, keys=60.0)
HANG = "import threading; threading.Event().wait()"
CRASH = "import os; os._exit(5)"
KEY = KeyPlace("provider \u202e", "container\0", 24, 0x20, 2)
FINDING = {
    "code": 0,
    "interface": "cng",
    "hardware": "software",
    "exportable": True,
    "asks_person": False,
}


def certificate(name: str) -> bytes:
    return der.certificate(subject=der.common_name(name))


def identity(name: str) -> str:
    return sha256(certificate(name)).hexdigest() + ".0"


def row(name: str, **changed: Any) -> dict[str, Any]:
    octets = b64encode(certificate(name)).decode()
    plain = {"id": identity(name), "der": octets, "label": name, "archived": False, "key": KEY}
    return {"row": plain | changed}


def trying(name: str) -> dict[str, Any]:
    return {"trying": identity(name)}


def tried(name: str, **changed: Any) -> dict[str, Any]:
    return {"tried": identity(name), **FINDING, **changed}


LISTED: dict[str, Any] = {"listed": True}
DONE: dict[str, Any] = {"done": True}


def script(*answers: dict[str, Any], then: str = "", at: str = "") -> list[str]:
    """Return a reader that gives its answers, without those that it was told not to give.

    ``then`` is what it does at the end, or as soon as it tries the key of ``at``.
    """
    program = (
        "import json, sys\n"
        "wanted = json.load(sys.stdin)\n"
        "for answer in json.loads(sys.argv[1]):\n"
        "    name = answer.get('trying') or answer.get('tried')\n"
        "    if name in wanted['tried'] or ('row' in answer and not wanted['rows']):\n"
        "        continue\n"
        "    print(json.dumps(answer), flush=True)\n"
        "    if sys.argv[2] and sys.argv[2] == answer.get('trying'):\n"
        "        break\n"
        "else:\n"
        "    if sys.argv[2]:\n"
        "        sys.exit()\n" + then
    )
    place = identity(at) if at else ""
    return [sys.executable, "-I", "-c", program, json.dumps(answers), place]


def read(
    command: list[str], limits: Limits = PATIENT, place: Place = Place.CURRENT_USER
) -> StoreReading:
    return WindowsStore(place, limits, command).read()


def state_of(reading: StoreReading) -> tuple[StoreStatus, str | None]:
    return reading.status, reading.reason


def keys_of(reading: StoreReading) -> dict[str, tuple[KeyState, str | None]]:
    return {
        one.label: (one.key, one.key_trouble and one.key_trouble.cause) for one in reading.installed
    }


def test_a_row_with_all_of_its_facts() -> None:
    """Names are made safe; the key's place and kind are told."""
    reading = read(script(row("a\u202eb"), LISTED, trying("a\u202eb"), tried("a\u202eb"), DONE))
    assert state_of(reading) == (StoreStatus.OK, None)
    [one] = reading.installed
    assert one.certificate.der == certificate("a\u202eb")
    assert (one.store, one.label) == ("windows:CurrentUser", "a[U+202E]b")
    assert (one.key, one.key_provider) == (KeyState.PRESENT, "provider [U+202E]")
    assert one.key_details == (
        "container[U+0000]",
        "AT_SIGNATURE",
        "cng",
        "software",
        True,
        True,
    )


def test_the_computers_own_store_is_named() -> None:
    """Its place is in every row."""
    answers = row("a"), LISTED, trying("a"), tried("a"), DONE
    reading = read(script(*answers), place=Place.LOCAL_MACHINE)
    assert reading.name == "windows:LocalMachine"
    assert [one.store for one in reading.installed] == ["windows:LocalMachine"]


@pytest.mark.parametrize(
    ("trouble", "limits", "cause"),
    [(HANG, PATIENT._replace(key=2.0), "provider-hung"), (CRASH, PATIENT, "provider-crashed")],
)
def test_a_key_that_takes_the_reader_along(trouble: str, limits: Limits, cause: str) -> None:
    """It alone is unknown; another reader goes on behind it and is not asked for the rows again."""
    answers = [row("a"), row("b"), row("c"), LISTED]
    for name in "abc":
        answers += [trying(name), tried(name)]
    reading = read(script(*answers, DONE, then=trouble, at="b"), limits)
    assert state_of(reading) == (StoreStatus.OK, None)
    present = KeyState.PRESENT, None
    assert keys_of(reading) == {"a": present, "b": (KeyState.UNKNOWN, cause), "c": present}


def test_keys_for_which_no_time_is_left() -> None:
    """They are unknown, and their certificates are there."""
    answers = row("a"), row("b"), LISTED, trying("a"), tried("a"), trying("b"), tried("b"), DONE
    reading = read(script(*answers), PATIENT._replace(keys=0.0))
    assert state_of(reading) == (StoreStatus.OK, None)
    assert keys_of(reading) == dict.fromkeys("ab", (KeyState.UNKNOWN, "not-tried"))


@pytest.mark.parametrize("answers", [(), (row("a"),)])
def test_a_store_that_does_not_answer(answers: tuple[dict[str, Any], ...]) -> None:
    """In bounded time it has failed."""
    reading = read(script(*answers, then=HANG), PATIENT._replace(row=2.0))
    assert state_of(reading) == (StoreStatus.FAILED, "store-hung")
    assert not reading.is_read


@pytest.mark.parametrize(
    "then", [CRASH, "print('{\"row\"', end='')", "print('a driver', flush=True)\n" + HANG, ""]
)
def test_a_reader_that_ends_before_the_last_row(then: str) -> None:
    """What was read until then is shown, its keys unknown; so it is when it talks nonsense."""
    reading = read(script(row("a"), then=then))
    assert state_of(reading) == (StoreStatus.FAILED, "store-crashed")
    assert keys_of(reading) == {"a": (KeyState.UNKNOWN, "not-tried")}


def test_a_list_that_takes_too_long() -> None:
    """A store that gives row after row and no end is ended."""
    reading = read(script(row("a"), then=HANG), PATIENT._replace(rows=0.0))
    assert state_of(reading) == (StoreStatus.FAILED, "store-hung")
    assert keys_of(reading) == {"a": (KeyState.UNKNOWN, "not-tried")}


@pytest.mark.timeout(60)  # PATIENT would let the reader hang for eight minutes
def test_a_reader_that_does_not_end_after_its_last_word() -> None:
    """A provider that hangs at the very end costs nothing that was read."""
    answers = row("a"), LISTED, trying("a"), tried("a"), DONE
    reading = read(script(*answers, then=HANG))
    assert state_of(reading) == (StoreStatus.OK, None)
    assert keys_of(reading) == {"a": (KeyState.PRESENT, None)}


def test_a_reader_that_cannot_start() -> None:
    """That is a failure of the store, with words, and no exception."""
    reading = read([sys.executable, "-I", "-c", "raise SystemExit('no')"])
    assert state_of(reading) == (StoreStatus.FAILED, "store-crashed")


@pytest.mark.parametrize(
    ("code", "place", "status", "reason"),
    [
        (2, Place.CURRENT_USER, StoreStatus.UNAVAILABLE, "nothing-obtained"),
        (2, Place.LOCAL_MACHINE, StoreStatus.OK, None),
        (5, Place.LOCAL_MACHINE, StoreStatus.FAILED, "store-access-denied"),
        (0x80070005, Place.CURRENT_USER, StoreStatus.FAILED, "store-access-denied"),
        (0x80090024, Place.CURRENT_USER, StoreStatus.FAILED, "store-refused"),
    ],
)
def test_a_store_that_windows_does_not_open(
    code: int, place: Place, status: StoreStatus, reason: str | None
) -> None:
    """A store that nobody made yet is empty; anything else is a failure with Windows' code."""
    reading = read(script({"failed": "CertOpenStore", "code": code}), place=place)
    assert state_of(reading) == (status, reason)
    assert reading.detail == (
        f"CertOpenStore: 0x{code:08X}" if status is StoreStatus.FAILED else ""
    )


@pytest.mark.parametrize(
    ("changed", "label", "archived"),
    [
        ({"label": None}, "", False),
        ({"archived": None}, "a", False),
        ({"archived": True}, "a", True),
    ],
)
def test_properties_that_cannot_be_read(
    changed: dict[str, Any], label: str, archived: bool
) -> None:
    """A property that is broken costs only itself; what Windows hides is there and says so."""
    reading = read(script(row("a", **changed), LISTED, trying("a"), tried("a"), DONE))
    [one] = reading.installed
    assert (one.label, one.is_archived, one.key) == (label, archived, KeyState.PRESENT)


def test_a_certificate_that_is_there_twice() -> None:
    """Each is a row of its own, with its own key."""
    first, second = row("a"), row("a", id=identity("a")[:-1] + "1", key=None)
    none = {"tried": second["row"]["id"], **FINDING, "code": 0x8009200B}
    reading = read(script(first, second, LISTED, trying("a"), tried("a"), none, DONE))
    assert [one.key for one in reading.installed] == [KeyState.PRESENT, KeyState.ABSENT]


class TestMeaning:
    def test_what_is_not_known_is_unknown(self) -> None:
        """A code that nobody here has heard of does not condemn the key."""
        state, trouble = windows_keys.state_of(KeyFinding(0x8009DEAD), KEY)
        assert (state, trouble) == (KeyState.UNKNOWN, KeyTrouble("other", "0x8009DEAD"))

    def test_only_a_certificate_that_names_no_key_has_none(self) -> None:
        """One that names a key lost it."""
        finding = KeyFinding(0x8009200B)
        assert windows_keys.state_of(finding, None) == (KeyState.ABSENT, None)
        assert windows_keys.state_of(finding, KEY)[0] is KeyState.UNUSABLE

    def test_a_probe_that_failed_without_a_key_is_not_absence(self) -> None:
        """When the property cannot be read nobody knows whether there is a key."""
        assert windows_keys.state_of(KeyFinding(0x80070057), None)[0] is KeyState.UNKNOWN
