"""What is said where a certificate was not found, and a place could not be read."""

from __future__ import annotations

import tomllib

import pytest
from support.listings import AT, bank, installed

from certhelper import failures, resources, unread
from certhelper.failures import FailedError
from certhelper.listing import combine
from certhelper.logon import choice
from certhelper.stores.base import (
    NOTHING_OBTAINED,
    LockedEntry,
    Slot,
    StoreReading,
    StoreStatus,
)

READ = StoreReading("nss", "/db", StoreStatus.OK)
WRONG = StoreReading(
    "pkcs12",
    "/f",
    StoreStatus.OK,
    locked_entries=(LockedEntry("/f/user01.p12", "user01.p12", "passphrase-wrong"),),
)
BUSY = StoreReading("nss", "/busy", StoreStatus.FAILED, "database-locked", origin="Firefox")
EMPTY_READER = StoreReading(
    "pkcs11", "/lib/t.so", StoreStatus.OK, slots=(Slot(1, "Example Reader"),)
)
EXPIRED = READ._replace(installed=(installed("12345678901234 user01", days=-1),))


def raised(*readings: StoreReading, fingerprint: str | None = None) -> FailedError:
    """Return what a log-on with these readings ends with."""
    with pytest.raises(FailedError) as caught:
        choice.choose(combine(readings, bank(), AT), fingerprint)
    return caught.value


@pytest.mark.parametrize("fingerprint", [None, "0" * 64])
@pytest.mark.parametrize(
    ("reading", "code", "where"),
    [
        (WRONG, "passphrase-wrong", "/f/user01.p12"),
        (BUSY, "database-locked", "Firefox /busy"),
        (EMPTY_READER, "token-not-inserted", "Example Reader"),
        (
            StoreReading("pkcs11", "/lib/t.so", StoreStatus.FAILED, "module-crashed"),
            "module-crashed",
            "/lib/t.so",
        ),
        (StoreReading("files", "/d", StoreStatus.OK, pkcs12_files=6), "pkcs12-left-out", "/d"),
    ],
)
def test_what_stood_in_the_way_is_raised_and_named(
    reading: StoreReading, code: str, where: str, fingerprint: str | None
) -> None:
    """With and without a certificate that was named, even where another one is expired."""
    for others in ((), (READ,), (EXPIRED,)):
        error = raised(*others, reading, fingerprint=fingerprint)
        told = failures.told(error).sentence()
        assert error.code == code
        assert where in told
        assert "再発行を依頼" not in told
        assert failures.find(code).exit_status == failures.ExitStatus.ACT


def test_only_where_everything_was_read_a_reissue_is_spoken_of() -> None:
    """A place where nothing was obtained yet counts as read; so does a file without certificate."""
    nothing = StoreReading("nss", "/u", StoreStatus.UNAVAILABLE, NOTHING_OBTAINED)
    beside = (LockedEntry("/d/readme.pem", "readme.pem", "no-certificate-inside"),)
    blank = EMPTY_READER._replace(slots=(Slot(1, "Example Reader", is_blank=True),))
    error = raised(nothing, blank, EXPIRED._replace(locked_entries=beside))
    assert error.code == "no-usable-certificate"
    assert raised(nothing, READ, fingerprint="0" * 64).code == "fingerprint-unknown"


def test_several_that_stood_in_the_way_are_all_named() -> None:
    """By place; of the same kind under their own code, of several under a common one."""
    other = LockedEntry("/f/user02.p12", "user02.p12", "passphrase-wrong")
    both = WRONG._replace(locked_entries=(*WRONG.locked_entries, other))
    alike = raised(both)
    assert alike.code == "passphrase-wrong"
    mixed = raised(both, BUSY)
    assert mixed.code == "not-found-some-unread"
    for place in ("/f/user01.p12", "/f/user02.p12"):
        assert place in alike.facts["where"]
        assert place in mixed.facts["places"]
    assert "Firefox /busy [database-locked]" in mixed.facts["places"]


def test_of_very_many_places_some_are_named() -> None:
    """A sentence stays a sentence."""
    entries = tuple(LockedEntry(f"/f/{n}.p12", "", "passphrase-wrong") for n in range(99))
    told = raised(WRONG._replace(locked_entries=entries)).facts["where"]
    assert told.count(".p12") == 4
    assert told.endswith("…")


def test_a_place_that_was_named_and_is_none_is_wrong_use() -> None:
    """It vanished between the command line and the reading."""
    gone = StoreReading("nss", "/gone", StoreStatus.UNAVAILABLE, "not-a-directory")
    code = raised(gone).code
    assert failures.find(code).exit_status == failures.ExitStatus.WRONG_USE


def test_every_reason_of_a_store_that_was_not_read_can_be_raised() -> None:
    """Each code of stores.toml that says why a place shows nothing is one of failures.toml, too."""
    texts = resources.folder() / "texts" / "stores.toml"
    said_otherwise = {
        *(NOTHING_OBTAINED, "broken-block", "key-too-large", "untried", "folders-left-out"),
        *("reading-stopped", "program-fault"),  # by the window alone
    }
    reasons = tomllib.loads(texts.read_text("utf-8")).keys() - said_otherwise
    for reason in (one for one in reasons if not one.startswith("keyring-")):
        reading = StoreReading("nss", "/x", StoreStatus.FAILED, reason)
        error = unread.failure([reading])
        assert error is not None
        assert failures.told(error).message, reason
