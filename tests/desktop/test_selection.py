"""What the panel says of the chosen row, and what may be done with it."""

from __future__ import annotations

import pytest
from support import listings
from support.listings import CONTRACT

from certhelper.desktop.arranging import arrange
from certhelper.desktop.details import as_plain_text, details_of
from certhelper.desktop.faces import face
from certhelper.desktop.rows import HolderRow, Mark, Row
from certhelper.desktop.selection import Action, all_facts, describe, pad_facts
from certhelper.listing import Listing
from certhelper.stores.base import KeyState, LockedEntry, StoreReading, StoreStatus


def only_row(listing: Listing) -> Row:
    (section,) = arrange(listing)
    (row,) = section.rows
    return row


def test_a_usable_certificate_can_be_logged_on_with() -> None:
    """Nothing stands in the way, and the panel names contract, user, expiry and serial."""
    one = listings.installed(f"{CONTRACT} user01")
    selection = describe(only_row(listings.listing(one)))
    assert selection.obstacle == ""
    assert selection.action is Action.LOGON
    assert not selection.asks_about_administrator
    facts = dict(selection.facts)
    assert facts["契約法人ID"] == CONTRACT
    assert facts["利用者ID"] == "user01"
    assert facts["有効期限(日本時間)"].splitlines() == ["2027年3月3日 12:00", "あと100日"]
    assert one.certificate.serial_hex.endswith(facts["シリアル番号の末尾"])


def test_a_certificate_that_cannot_be_used_says_why() -> None:
    """Every blocking reason is the text beside the disabled button."""
    one = listings.installed(f"{CONTRACT} user01", days=-1, key=KeyState.ABSENT)
    selection = describe(only_row(listings.listing(one)))
    assert "有効期限" in selection.obstacle
    assert "秘密キー" in selection.obstacle


def test_the_administrators_certificate_is_asked_about() -> None:
    """Logging on as 利用者 with the 管理者's certificate is a common mistake."""
    selection = describe(only_row(listings.listing(listings.installed(CONTRACT))))
    assert selection.obstacle == ""
    assert selection.asks_about_administrator
    assert any("管理者" in note for note in selection.notes)


def test_a_cas_certificate_cannot_be_logged_on_with_and_that_is_no_trouble() -> None:
    """Panel and details say what it is, not what would be wrong with somebody's own."""
    authority = listings.installed("Example CA", usage=("keyCertSign",), key=KeyState.ABSENT)
    row = only_row(listings.listing(authority))
    selection = describe(row)
    assert (selection.mark, selection.state, selection.notes) == (Mark.NEUTRAL, "", ())
    assert "問題ではありません" in selection.obstacle
    assert selection.judged is not None
    details = dict(details_of(selection.judged))
    assert "問題ではありません" in details["状態"]
    assert not any(name.startswith("状態(") for name in details)


def test_without_a_choice_the_panel_says_to_choose() -> None:
    """A disabled button is never left unexplained."""
    assert "選んでください" in describe(None).obstacle


def test_a_locked_file_is_opened_and_a_failed_store_read_again() -> None:
    """The big button does what can be done with the row."""
    locked = LockedEntry("/home/hanako/a.p12", "a.p12", "passphrase-wrong")
    row = only_row(listings.listing(readings=[listings.reading(locked=[locked])]))
    assert describe(row).action is Action.OPEN
    assert "パスフレーズが違います" in describe(row).notes[0]
    failed = StoreReading("nss", "/broken", StoreStatus.LOCKED, "database-locked")
    row = only_row(listings.listing(readings=[failed]))
    assert describe(row).action is Action.RELOAD
    assert describe(row).state == "使用中です"


@pytest.mark.parametrize(
    ("reason", "state", "action"),
    [
        ("passphrase-needed", "パスフレーズが必要です", Action.OPEN),
        ("file-unreadable", "読み取れません", Action.RELOAD),
        ("file-damaged", "読み取れません", Action.RELOAD),
        ("file-too-costly", "読み取れません", Action.RELOAD),
        ("file-partly-unreadable", "読み取れない部分があります", Action.RELOAD),
        ("file-without-certificate", "証明書がありません", Action.RELOAD),
        ("no-certificate-inside", "証明書がありません", Action.RELOAD),
    ],
)
def test_nobody_is_asked_for_a_passphrase_that_would_not_help(
    reason: str, state: str, action: Action
) -> None:
    """What is wrong with a file stands on its card, with what the helpdesk wants to know."""
    entry = LockedEntry("/home/hanako/a.p12", "a.p12", reason, "algorithm 1.2.3")
    row = only_row(listings.listing(readings=[listings.reading(locked=[entry])]))
    shown = describe(row)
    assert (face(row).state, shown.state, shown.action) == (state, state, action)
    assert shown.notes[0].endswith("(algorithm 1.2.3)")


def test_the_pad_is_told_how_to_recognise_the_certificate() -> None:
    """Contract, user, expiry and the serial's end."""
    row = only_row(listings.listing(listings.installed(f"{CONTRACT} user01")))
    assert isinstance(row, HolderRow)
    assert pad_facts(row) == all_facts(row.judged, row.at)  # what the session's pad shows, too
    assert [name for name, _ in pad_facts(row)] == [
        "契約法人ID",
        "利用者ID",
        "有効期限(日本時間)",
        "シリアル番号の末尾",
    ]


def test_the_details_hold_everything_and_copy_as_lines() -> None:
    """Both fingerprints, the whole serial number, usages, store and every reason are there."""
    one = listings.installed(f"{CONTRACT} user01", days=10, key=KeyState.UNKNOWN)
    row = only_row(listings.listing(one))
    assert isinstance(row, HolderRow)
    copied = as_plain_text(details_of(row.judged))
    lines = dict(line.split(": ", 1) for line in copied.splitlines())
    for digits in (one.certificate.sha256, one.certificate.sha1, one.certificate.serial_hex):
        assert digits in {value.replace(" ", "") for value in lines.values()}
    assert "digitalSignature" in lines["鍵の用途"]
    assert "クライアント認証 (1.3.6.1.5.5.7.3.2)" in lines["証明書の用途"]
    assert lines["指紋(SHA-256)"].replace(" ", "") == one.certificate.sha256
    assert lines["拇印(SHA-1)"].replace(" ", "") == one.certificate.sha1
    assert lines["保管場所の指定(--store)"] == one.store
    assert {"状態(expires-soon)", "状態(key-unknown)"} <= set(lines)
