"""What is said of a place that could not be read, wholly or in part."""

from __future__ import annotations

import errno

import pytest
from support import listings
from support.certificate_cases import usable
from support.certificate_checks import HUNG, check, codes, scene, told

from certhelper.stores.base import KeyState, StoreReading, StoreStatus


@pytest.mark.parametrize(
    ("chosen", "elsewhere"),
    [("", "この銀行の証明書はありません"), ("0" * 64, "選ばれた証明書はありません")],
)
def test_what_is_elsewhere_is_not_denied(chosen: str, elsewhere: str) -> None:
    """One person's certificate that was not found says nothing of the others'."""
    beside = [usable()] if chosen else []
    found = check("present", scene(*beside, readings=[HUNG], chosen=chosen))
    assert codes(found) == ["present-place-hung"]
    assert told(found[0])["user"].endswith(f"ほかの場所に、{elsewhere}。")


def test_a_place_whose_keys_are_damaged() -> None:
    """What was read of it is not said to be unknown, and nobody is sent to log on with it."""
    row = usable()._replace(key=KeyState.UNKNOWN)
    where = listings.STORE.partition(":")[2]
    broken = StoreReading("nss", where, StoreStatus.FAILED, "database-damaged", installed=(row,))
    given = scene(readings=[broken])
    damaged_place = told(check("present", given)[0])
    assert "かもしれません" not in damaged_place["user"]
    assert "入っていません" not in damaged_place["helpdesk"]
    [unknown] = check("key-present", given)
    assert unknown.code == "key-not-known"
    assert "ログオン" not in told(unknown)["remedy"]
    assert "保管場所を先に直してください" in told(unknown)["remedy"]


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        (str(PermissionError(errno.EACCES, "Permission denied", "cert9.db")), "not-opened"),
        ("cert9.db: unable to open database file", "not-opened"),
        ("[WinError 5] アクセスが拒否されました。: 'C:\\\\store'", "not-opened"),
        ("cert9.db: not a file", "damaged"),
    ],
)
def test_what_an_account_may_not_read_is_not_called_damaged(detail: str, code: str) -> None:
    """A remote tool may run as another one; nobody is to restore a backup for that."""
    reading = StoreReading("nss", "/store", StoreStatus.FAILED, "file-unreadable", detail)
    assert codes(check("present", scene(readings=[reading]))) == [f"present-place-{code}"]
