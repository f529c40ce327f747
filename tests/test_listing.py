"""One look at every store, as ``list`` prints it and the window shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import jsonschema
import pytest
from support import der

from certhelper import listing, resources
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.failures import FailedError
from certhelper.listing import Listing
from certhelper.stores.base import (
    Installed,
    KeyState,
    LockedEntry,
    Slot,
    Store,
    StoreReading,
    StoreStatus,
)

BANK = Bank.parse(b'schema = 1\nid = "example"\nname = "Example Bank"\n', Path("example.toml"))
AT = datetime(2026, 6, 1, 3, 0, 0, 999, tzinfo=UTC)
END = datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)


class HeldStore:
    """A store whose answer is given."""

    def __init__(self, reading: StoreReading) -> None:
        self.reading = reading

    @property
    def kind(self) -> str:
        return self.reading.kind

    @property
    def where(self) -> str:
        return self.reading.where

    def read(self) -> StoreReading:
        return self.reading


class FailingStore(HeldStore):
    def read(self) -> StoreReading:
        raise FailedError("store-unreadable", where=self.where, detail="")


def installed(octets: bytes, where: str = "/one", label: str = "mine") -> Installed:
    return Installed(Certificate(octets), f"nss:{where}", label, KeyState.PRESENT)


def reading(*octets: bytes, where: str = "/one") -> StoreReading:
    rows = tuple(installed(one, where) for one in octets)
    return StoreReading("nss", where, StoreStatus.OK, read_ms=3, installed=rows)


def document(*readings: StoreReading) -> dict[str, Any]:
    """The document, held to its schema."""
    made = json.loads(json.dumps(listing.document(listing.combine(readings, BANK, AT))))
    schema = json.loads((resources.folder() / "schemas" / "certhelper.list-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(made, schema, jsonschema.Draft202012Validator)
    assert isinstance(made, dict)
    return made


GOOD = der.certificate()
ADMINISTRATOR = der.certificate(subject=der.common_name("12345678901234"), serial=der.integer(2))
FOREIGN = der.certificate(subject=der.common_name("株式会社\u202e見本"), serial=der.integer(3))


def test_the_whole_document() -> None:
    """Design.md's ``certhelper.list/1``, word by word."""
    one = Certificate(GOOD)
    assert document(reading(GOOD)) == {
        "schema": "certhelper.list/1",
        "at": "2026-06-01T03:00:00Z",
        "bank": "example",
        "stores": [
            {
                "kind": "nss",
                "where": "/one",
                "status": "ok",
                "reason": None,
                "read_ms": 3,
                "locked_entries": [],
            }
        ],
        "contracts": [
            {
                "contract_id": "12345678901234",
                "verdict": "ready",
                "holders": [
                    {
                        "user_id": "user01",
                        "role": "user",
                        "verdict": "ready",
                        "preferred": one.sha256,
                        "certificates": [one.sha256],
                    }
                ],
            }
        ],
        "unrecognized": [],
        "certificates": [
            {
                "sha256": one.sha256,
                "sha1": one.sha1,
                "store": "nss:/one",
                "label": "mine",
                "subject": "CN=12345678901234 user01",
                "issuer": "CN=Example Bank Biznet CA - G2",
                "serial": "1234",
                "not_before": "2026-01-01T00:00:00Z",
                "not_after": "2027-11-19T23:59:59Z",
                "key": "present",
                "key_provider": None,
                "usable": True,
                "reasons": [],
                "unread_fields": [],
            }
        ],
    }


def test_a_certificate_in_two_stores_is_two_rows_and_one_certificate() -> None:
    """One row a (certificate, store); holders name it once."""
    made = document(reading(GOOD), reading(GOOD, where="/two"))
    assert [row["store"] for row in made["certificates"]] == ["nss:/one", "nss:/two"]
    [holder] = made["contracts"][0]["holders"]
    assert holder["certificates"] == [Certificate(GOOD).sha256]
    codes = [reason["code"] for row in made["certificates"] for reason in row["reasons"]]
    assert codes == ["duplicate", "duplicate"]


def test_an_issuer_that_is_no_row_is_known_for_questions() -> None:
    """A PKCS#12 file's chain signs for answers about revocation, though it is not listed."""
    issuer = der.certificate(subject=der.ISSUER, serial=der.integer(9))
    read = reading(GOOD)._replace(chain=(issuer, FOREIGN))
    (question,) = listing.questions_about(
        listing.combine([read], BANK, AT), Certificate(GOOD).sha256
    )
    assert question.issuers == (issuer,)


def test_the_administrators_holder_has_no_user_id() -> None:
    """``null``, with its role."""
    [contract] = document(reading(ADMINISTRATOR))["contracts"]
    assert (contract["holders"][0]["user_id"], contract["holders"][0]["role"]) == (
        None,
        "administrator",
    )


def test_what_cannot_be_read_is_null_and_named() -> None:
    """The row is there; names are safe to show."""
    made = document(reading(b"nothing", FOREIGN))
    nothing, foreign = made["certificates"]
    assert (nothing["not_before"], nothing["not_after"]) == (None, None)
    assert "not_after" in nothing["unread_fields"]
    assert not nothing["usable"]
    assert foreign["subject"] == "CN=株式会社[U+202E]見本"
    assert set(made["unrecognized"]) == {nothing["sha256"], foreign["sha256"]}


def test_a_reason_has_code_severity_and_sentence() -> None:
    """The sentence is for people; programs read the code."""
    octets = der.certificate(
        validity=der.sequence(der.time_of(END - timedelta(days=900)), der.time_of(AT))
    )
    [reason] = document(reading(octets))["certificates"][0]["reasons"]
    assert (reason["code"], reason["severity"]) == ("expired", "blocking")
    assert "2026年6月1日 12:00" in reason["message"]


@pytest.mark.parametrize("status", [StoreStatus.FAILED, StoreStatus.UNAVAILABLE])
def test_a_store_that_failed_is_told_and_takes_no_other_with_it(status: StoreStatus) -> None:
    """With its reason's code."""
    failed = StoreReading("nss", "/two", status, "database-damaged")
    made = document(failed, reading(GOOD))
    assert [store["status"] for store in made["stores"]] == [status.value, "ok"]
    assert made["stores"][0]["reason"] == "database-damaged"
    assert len(made["certificates"]) == 1


def test_locked_files_are_entries_of_their_store() -> None:
    """With the state of each: not opened yet, or a wrong passphrase."""
    entries = (
        LockedEntry("/files/a.p12", "a\u202e.p12", "passphrase-needed"),
        LockedEntry("/files/b.p12", "b.p12", "passphrase-wrong"),
    )
    held = StoreReading("pkcs12", "/files", StoreStatus.OK, locked_entries=entries)
    assert document(held)["stores"][0]["locked_entries"] == [
        {"where": "/files/a.p12", "label": "a[U+202E].p12", "reason": "passphrase-needed"},
        {"where": "/files/b.p12", "label": "b.p12", "reason": "passphrase-wrong"},
    ]


def test_stores_are_read_in_their_order_and_one_may_fail() -> None:
    """A store that raises all the same is a store that failed."""
    stores: list[Store] = [
        FailingStore(reading(where="/failing")),
        HeldStore(reading(GOOD)),
    ]
    found = listing.read(stores, BANK, AT)
    assert isinstance(found, Listing)
    assert [(one.where, one.status, one.reason) for one in found.readings] == [
        ("/failing", StoreStatus.FAILED, "store-unreadable"),
        ("/one", StoreStatus.OK, None),
    ]
    assert len(found.grouped.judged) == 1


def test_an_empty_listing_is_a_document() -> None:
    """No store answered yet."""
    assert document()["certificates"] == []


class WaitingStore(HeldStore):
    """Answers when everybody else is reading, too."""

    def __init__(self, reading: StoreReading, everybody: Barrier) -> None:
        super().__init__(reading)
        self.everybody = everybody

    def read(self) -> StoreReading:
        self.everybody.wait(20)
        return self.reading


def test_stores_are_read_side_by_side_and_listed_in_their_order() -> None:
    """A slow one keeps no other waiting."""
    everybody = Barrier(3)
    stores = [WaitingStore(reading(GOOD, where=f"/{name}"), everybody) for name in "cab"]
    found = listing.read(stores, BANK, AT)
    assert [one.where for one in found.readings] == ["/c", "/a", "/b"]


class FaultyStore(HeldStore):
    def read(self) -> StoreReading:
        raise ZeroDivisionError


def test_a_fault_of_the_program_in_a_store_is_told_and_takes_no_other_with_it() -> None:
    """One store alone is read in another way than several; both hold."""
    faulty = FaultyStore(reading(GOOD))
    for stores in ([HeldStore(reading(GOOD)), faulty], [faulty]):
        found = listing.read(stores, BANK, AT)
        failed = found.readings[-1]
        assert (failed.status, failed.reason) == (StoreStatus.FAILED, "program-fault")
        assert failed.detail == "ZeroDivisionError"
        assert len(found.grouped.judged) == len(stores) - 1


@pytest.mark.parametrize(
    ("slot", "state"),
    [
        (Slot(1, "reader"), "empty"),
        (Slot(1, "reader", is_blank=True), "blank"),
        (Slot(1, "reader", trouble="C_GetTokenInfo: 0xe1"), "unread"),
    ],
)
def test_a_reader_without_a_token_says_why(slot: Slot, state: str) -> None:
    """A script tells an empty reader from a token that was never set up, or is another module's."""
    [store] = document(StoreReading("pkcs11", "/module.so", StoreStatus.OK, slots=(slot,)))[
        "stores"
    ]
    assert store["slots"] == [{"slot": 1, "name": "reader", "state": state, "token": None}]
