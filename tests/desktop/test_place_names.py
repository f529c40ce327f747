"""What places are called, and how a certificate that is in several shows as one card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support import listings
from support.listings import CONTRACT, STORE

from certhelper.desktop.arranging import arrange, search
from certhelper.desktop.details import details_of
from certhelper.desktop.faces import face
from certhelper.desktop.place_names import PlaceNames
from certhelper.desktop.rows import CertificateRow, HolderRow, Mark, Row
from certhelper.desktop.selection import describe
from certhelper.listing import Listing
from certhelper.store_names import place_names
from certhelper.stores import nss
from certhelper.stores.base import (
    Installed,
    KeyState,
    Slot,
    StoreReading,
    StoreStatus,
    Token,
    TriesLeft,
)

TOKEN = Token("経理のカード", "0001", "Example", "Card", 0, True, False, TriesLeft.PLENTY)
MODULE = "pkcs11:/usr/lib/token.so"


def test_of_many_places_the_first_are_named() -> None:
    """Where it is said what is waited for; that there are more shows."""
    names = [f"pkcs11:/usr/lib/card{number}.so" for number in range(4)]
    assert "…" not in place_names(names[:3])
    said = place_names(names)
    assert said.endswith("…")
    assert [f"card{number}.so" in said for number in range(4)] == [True, True, True, False]
    assert "/usr/lib" not in said


def twice(**of_the_second: Any) -> Listing:
    """One certificate in a database and, listed first, on a token whose PIN is asked for."""
    one = listings.installed(f"{CONTRACT} user01")
    needs_pin: dict[str, Any] = {"store": MODULE, "token": TOKEN, "key": KeyState.NEEDS_USER}
    other = one._replace(**(needs_pin | of_the_second))
    tokens = StoreReading("pkcs11", "/usr/lib/token.so", StoreStatus.OK, installed=(other,))
    return listings.listing(one, readings=[tokens])


def only_row(listing: Listing, **chosen: str) -> Row:
    (section,) = arrange(listing, chosen=chosen)
    (row,) = section.rows
    return row


def in_place(listing: Listing, store: str) -> HolderRow:
    """The holder's row once the person has chosen to use the certificate from ``store``."""
    sha256 = listing.grouped.judged[0].installed.certificate.sha256
    (section,) = arrange(listing, chosen={sha256: store})
    (row,) = section.rows
    assert isinstance(row, HolderRow)
    return row


def test_two_stores_of_one_certificate_are_one_card_with_both_places() -> None:
    """The card names both; nothing opens below it for the second place."""
    row = only_row(twice())
    shown = face(row)
    assert "使う場所: 証明書のデータベース /home/hanako/.pki/nssdb" in shown.line
    assert "ほかにある場所: トークン「経理のカード」" in shown.line
    assert shown.more == ""
    assert isinstance(row, HolderRow)
    assert row.judged.installed.store == STORE


def test_the_list_as_data_keeps_both_rows() -> None:
    """Two rows, each with its reason that the other is there; only the window joins them."""
    listing = twice()
    assert [one.installed.store for one in listing.grouped.judged] == [STORE, MODULE]
    assert all("duplicate" in {r.code for r in one.reasons} for one in listing.grouped.judged)


def test_either_place_can_be_chosen() -> None:
    """Panel, card and what is logged on with follow the choice; the preferred one stays first."""
    listing = twice()
    at_first = describe(only_row(listing)).places
    assert [(one.store, one.is_used) for one in at_first] == [(STORE, True), (MODULE, False)]
    assert [one.state for one in at_first] == [
        "そのまま使えます",
        "パスワードまたはPINが必要です",
    ]
    row = in_place(listing, MODULE)
    assert row.judged.installed.store == MODULE
    assert [one.is_used for one in describe(row).places] == [False, True]
    assert "使う場所: トークン「経理のカード」" in face(row).line
    assert (row.mark, row.state) == (Mark.NEUTRAL, "PINが必要です")


def test_a_place_that_has_gone_gives_way_to_the_preferred_one() -> None:
    """The token that was chosen is pulled: the certificate of the database is used again."""
    row = in_place(listings.listing(listings.installed(f"{CONTRACT} user01")), MODULE)
    assert row.judged.installed.store == STORE


def test_a_place_without_the_key_says_so_and_does_not_spoil_the_card() -> None:
    """A copy in a file without its key is a place, but the card stands as the usable one does."""
    listing = twice(store="files:/home/hanako/user01.pem", token=None, key=KeyState.ABSENT)
    row = only_row(listing)
    assert isinstance(row, HolderRow)
    assert row.mark is Mark.GOOD
    assert describe(row).obstacle == ""
    assert describe(row).places[1].name == "ファイル user01.pem"
    assert describe(row).places[1].state == "ここのものは使えません"
    elsewhere = in_place(listing, "files:/home/hanako/user01.pem")
    assert "秘密キー" in describe(elsewhere).obstacle
    assert elsewhere.mark is Mark.BAD


def test_a_stranger_in_two_stores_is_one_card_too() -> None:
    """Also what the profile does not place, and a CA that every browser's database has."""
    one = listings.installed("Taro Yamada")
    (row,) = (
        row
        for section in arrange(listings.listing(one, one._replace(store="nss:/firefox")))
        for row in section.rows
    )
    assert isinstance(row, CertificateRow)
    assert [place.store for place in describe(row).places] == [STORE, "nss:/firefox"]


def test_an_older_certificate_in_two_stores_is_folded_in_once() -> None:
    """One other certificate is announced, not two; it can be used from either place."""
    old = listings.installed(f"{CONTRACT} user01", days=10, age=355)
    new = listings.installed(f"{CONTRACT} user01", days=364, age=1)
    row = only_row(listings.listing(old, new, old._replace(store=MODULE, token=TOKEN)))
    assert isinstance(row, HolderRow)
    assert "ほかの証明書(1枚)" in face(row).more
    (other,) = row.others
    assert len(describe(other).places) == 2


def test_both_places_are_found_by_their_names() -> None:
    """A search for what the card says leads to it."""
    for words in ("経理のカード", "nssdb"):
        assert search(arrange(twice()), words)


def test_the_details_name_the_token_and_the_other_places() -> None:
    """Label, kind, serial number and what becomes of its PIN."""
    row = in_place(twice(token=TOKEN._replace(tries=TriesLeft.LAST)), MODULE)
    details = dict(details_of(row.judged, row.copies, row.names))
    assert details["保管場所"] == "トークン「経理のカード」"
    assert details["保管場所の指定(--store)"] == MODULE
    assert STORE in details["同じ証明書があるほかの場所"]
    assert details["トークン名"] == "経理のカード"
    assert details["トークンの番号"] == "0001"
    assert "あと1回" in details["トークンのPIN"]


def test_few_tries_left_stand_on_the_card() -> None:
    """Before anybody types the PIN once too often."""
    one = listings.installed(f"{CONTRACT} user01", store=MODULE, key=KeyState.NEEDS_USER)
    for tries, words in (
        (TriesLeft.LOW, "残り少なく"),
        (TriesLeft.LAST, "あと1回"),
        (TriesLeft.NONE, "ロック"),
    ):
        row = only_row(listings.listing(one._replace(token=TOKEN._replace(tries=tries))))
        assert words in face(row).line
    row = only_row(listings.listing(one._replace(token=TOKEN)))
    assert "PIN" not in face(row).line


def named(store: str, **more: Any) -> Installed:
    return listings.installed(f"{CONTRACT} user01", store=store)._replace(**more)


def test_places_are_called_by_names_that_people_know() -> None:
    """A store that says whose it is, the account's own database, a file, a token, Windows."""
    firefox = named("nss:/home/hanako/.mozilla/firefox/x.default")
    origin = "Firefoxのプロファイル(default)"
    reading = StoreReading(
        "nss", firefox.store[4:], StoreStatus.OK, installed=(firefox,), origin=origin
    )
    names = PlaceNames([reading])
    assert names.of(firefox) == origin
    assert "Chrome" in names.of(named(f"nss:{nss.default_directory()}"))
    assert names.of(named("pkcs12:/media/usb/user01.p12")) == "ファイル user01.p12"
    assert names.of(named(MODULE)) == "トークンのモジュール token.so"
    assert names.of(named("windows:CurrentUser")) == "Windowsの個人用の証明書"
    assert names.of(named(MODULE, token=TOKEN._replace(label=" "))) == "トークン(名前なし)"


def test_places_of_one_name_are_told_apart_by_their_path(home: Path) -> None:
    """Two files of one name in two folders; the person's own folder is a ``~``."""
    copies = [named("pkcs12:/media/usb/user01.p12"), named(f"pkcs12:{home}/user01.p12")]
    assert PlaceNames().told_apart(copies) == (
        "ファイル user01.p12 /media/usb/user01.p12",
        "ファイル user01.p12 ~/user01.p12",
    )


def test_an_empty_card_reader_says_what_to_do_below_everything_else() -> None:
    """No trouble, and no button to press; with nothing else at all the page for that stands."""
    slots = (Slot(0, "Reader 0"), Slot(1, "Reader 1", TOKEN), Slot(2, "Reader 2", None, "0x30"))
    reading = StoreReading("pkcs11", "/usr/lib/token.so", StoreStatus.OK, slots=slots)
    assert arrange(listings.listing(readings=[reading])) == ()
    one = listings.installed(f"{CONTRACT} user01")
    last = arrange(listings.listing(one, readings=[reading]))[-1]
    (row,) = last.rows
    shown = face(row)
    assert (shown.title, shown.mark) == ("Reader 0", Mark.NEUTRAL)
    assert "差し込んでください" in shown.line
    assert "差し込んでください" in describe(row).obstacle
