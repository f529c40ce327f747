"""What the list shows, in which order, and what a search keeps."""

from __future__ import annotations

import pytest
from support import der, listings
from support.listings import CONTRACT, OTHER_CONTRACT, STORE

from certhelper.certificate import Certificate
from certhelper.contracts import Verdict
from certhelper.desktop.arranging import arrange, preselected, search
from certhelper.desktop.faces import face
from certhelper.desktop.rows import (
    CertificateRow,
    HolderRow,
    LockedRow,
    Mark,
    ReasonRow,
    Row,
    Section,
    StoreRow,
)
from certhelper.settings import LastUsed
from certhelper.stores.base import (
    Installed,
    KeyState,
    LockedEntry,
    StoreReading,
    StoreStatus,
    Token,
    TriesLeft,
)

CARD = Token("会社のカード", "0042", "Example", "Model", 1, True, False, TriesLeft.PLENTY)


def rows_of(sections: tuple[Section, ...]) -> list[Row]:
    return [row for section in sections for row in section.rows]


def titles(sections: tuple[Section, ...]) -> list[str]:
    return [face(row).title for row in rows_of(sections)]


def test_usable_ones_come_first_and_nothing_is_left_out() -> None:
    """Expired, keyless and foreign certificates stay visible below those that can be used."""
    sections = arrange(
        listings.listing(
            listings.installed(f"{CONTRACT} expired", days=-3),
            listings.installed(f"{OTHER_CONTRACT} nokey", key=KeyState.ABSENT),
            listings.installed(f"{CONTRACT} good"),
            listings.installed("Taro Yamada"),
        )
    )
    assert [section.title for section in sections] == [
        f"契約法人ID {CONTRACT}",
        f"契約法人ID {OTHER_CONTRACT}",
        "この銀行のものと判別できない証明書",
    ]
    shown = [face(row) for row in rows_of(sections)]
    assert [one.title for one in shown[:3]] == [
        "利用者ID good",
        "利用者ID expired",
        "利用者ID nokey",
    ]
    assert "Taro Yamada" in shown[3].title
    assert [one.state for one in shown[:3]] == [
        "利用できます",
        "再発行が必要です",
        "再発行が必要です",
    ]


def test_the_card_says_until_when_in_japanese_time_and_how_long_still() -> None:
    """Date, time of day and days left stand on the card."""
    (section,) = arrange(listings.listing(listings.installed(f"{CONTRACT} user01", days=20)))
    (row,) = section.rows
    shown = face(row)
    assert shown.line == "有効期限 2026年12月13日 12:00(日本時間) あと20日"
    assert shown.state == "更新の時期です"
    assert shown.mark is Mark.CAUTION


def test_a_card_says_once_that_its_date_cannot_be_read() -> None:
    """There is no hour of Japan of a date that is none."""
    validity = der.sequence(der.utc_time("260101000000Z"), der.utc_time("nonsense"))
    octets = der.certificate(subject=der.common_name(f"{CONTRACT} user01"), validity=validity)
    odd = Installed(Certificate(octets), STORE, "label", KeyState.PRESENT)
    (section,) = arrange(listings.listing(odd))
    assert face(section.rows[0]).line == "有効期限を読み取れません"


def test_only_holders_are_cards_and_their_other_certificates_are_folded() -> None:
    """A renewed certificate's predecessor is below the card, not beside it."""
    (section,) = arrange(
        listings.listing(
            listings.installed(f"{CONTRACT} user01", days=10, age=355),
            listings.installed(f"{CONTRACT} user01", days=364, age=1),
        )
    )
    (row,) = section.rows
    assert isinstance(row, HolderRow)
    assert face(row).more == "ほかの証明書(1枚)"
    (other,) = row.others
    codes = {reason.code for reason in other.judged.reasons}
    assert codes == {"expires-soon", "superseded"}


def test_the_administrators_card_says_so() -> None:
    """A certificate without 利用者ID carries the badge, so that nobody takes it for a user's."""
    (section,) = arrange(listings.listing(listings.installed(CONTRACT)))
    shown = face(section.rows[0])
    assert shown.badge == "管理者"
    assert "管理者" in shown.spoken()


def test_what_is_drawn_is_spoken() -> None:
    """A screen reader is told everything that a card shows: name, state, date, what opens."""
    (section,) = arrange(listings.listing(listings.installed(f"{CONTRACT} user01", days=-1)))
    shown = face(section.rows[0])
    for part in (shown.title, shown.state, shown.line, shown.more):
        assert part
        assert part in shown.spoken()


def test_locked_files_and_stores_that_failed_are_shown_with_what_to_do() -> None:
    """A file without its passphrase and a damaged database are rows of their own."""
    locked = LockedEntry("/home/hanako/user01.p12", "user01.p12", "passphrase-needed")
    failed = StoreReading("nss", "/broken", StoreStatus.FAILED, "database-damaged")
    sections = arrange(listings.listing(readings=[listings.reading(locked=[locked]), failed]))
    file, store = rows_of(sections)
    assert isinstance(file, LockedRow)
    assert "パスフレーズ" in file.explanation
    assert isinstance(store, StoreRow)
    assert "再発行" in store.explanation


def test_a_store_that_this_pc_does_not_have_is_shown_only_when_it_was_named() -> None:
    """Nobody is bothered with kinds of stores that they did not ask for."""
    absent = StoreReading("nss", "/nowhere", StoreStatus.UNAVAILABLE, "no-database")
    listing = listings.listing(readings=[absent])
    assert arrange(listing) == ()
    assert [row.key for row in rows_of(arrange(listing, lambda name: True))] == [
        "store|nss:/nowhere"
    ]


def test_a_search_holds_every_word_whatever_its_width_or_case() -> None:
    """Full-width digits and capitals find the same; headings without rows disappear."""
    sections = arrange(
        listings.listing(
            listings.installed(f"{CONTRACT} Keiri01"),
            listings.installed(f"{CONTRACT} eigyo01"),
            listings.installed(f"{OTHER_CONTRACT} keiri01"),
        )
    )
    assert titles(search(sections, "ｋｅｉｒｉ　1234567")) == ["利用者ID Keiri01"]
    assert titles(search(sections, "KEIRI")) == ["利用者ID Keiri01", "利用者ID keiri01"]
    assert search(sections, "nobody") == ()
    assert search(sections, "  ") == sections


def test_a_search_finds_by_serial_number_and_fingerprint() -> None:
    """What a browser or the bank names of a certificate leads to it."""
    one = listings.installed(f"{CONTRACT} user01")
    sections = arrange(listings.listing(one, listings.installed(f"{CONTRACT} user02")))
    for words in (one.certificate.serial_hex[-8:], one.certificate.sha256[:12]):
        assert titles(search(sections, words)) == ["利用者ID user01"]


def test_the_last_used_certificate_is_chosen_at_the_start() -> None:
    """The card of the last log-on is chosen, also when its certificate has been renewed."""
    old = listings.installed(f"{CONTRACT} user02", days=10, age=355)
    new = listings.installed(f"{CONTRACT} user02", days=364, age=1)
    sections = arrange(listings.listing(listings.installed(f"{CONTRACT} user01"), old, new))
    for used in (old, new):
        last = LastUsed(used.certificate.sha256, STORE)
        assert preselected(sections, last) == f"{CONTRACT}/user02"
    assert preselected(sections, LastUsed(new.certificate.sha256, "nss:/elsewhere")) is None


def test_the_last_used_token_is_known_without_its_neighbour() -> None:
    """Pulling or plugging a second token changes what the first is called, not which it is."""
    listed = listings.installed(f"{CONTRACT} user02")
    there = listed._replace(store="pkcs11:/module.so", token=CARD)
    sections = arrange(listings.listing(listings.installed(f"{CONTRACT} user01"), there))
    for store in ("pkcs11:/module.so", "pkcs11:/module.so#0042"):
        last = LastUsed(listed.certificate.sha256, store)
        assert preselected(sections, last) == f"{CONTRACT}/user02"
    elsewhere = LastUsed(listed.certificate.sha256, "pkcs11:/other.so#0042")
    assert preselected(sections, elsewhere) is None


def test_with_several_holders_nobody_is_chosen_for_the_person() -> None:
    """Only a single usable 利用者 is chosen by itself; the 管理者 never is."""
    user = listings.installed(f"{CONTRACT} user01")
    administrator = listings.installed(CONTRACT)
    expired = listings.installed(f"{CONTRACT} old", days=-1)
    alone = arrange(listings.listing(user, administrator, expired))
    assert preselected(alone, None) == f"{CONTRACT}/user01"
    both = arrange(listings.listing(user, listings.installed(f"{CONTRACT} user02")))
    assert preselected(both, None) is None
    assert preselected(arrange(listings.listing(administrator)), None) is None


def test_an_unrecognized_certificate_shows_its_own_name_and_reasons() -> None:
    """A name that the profile does not place is still a row with its reason."""
    (section,) = arrange(listings.listing(listings.installed("株式会社見本商事 経理部")))
    (row,) = section.rows
    assert isinstance(row, CertificateRow)
    assert row.title == "株式会社見本商事 経理部"
    assert [reason.reason.code for reason in row.children if isinstance(reason, ReasonRow)] == [
        "unrecognized-name"
    ]


def test_a_name_from_outside_is_shown_safely_and_not_at_any_length() -> None:
    """What is invisible in a name is seen on the card, so that two names never look the same."""
    (section,) = arrange(
        listings.listing(listings.installed("Taro\u202eYamada"), listings.installed("Taro" * 15))
    )
    assert {face(row).title for row in section.rows} == {"Taro[U+202E]Yamada", "Taro" * 15}


def test_certificates_of_cas_are_apart_at_the_end_and_no_trouble() -> None:
    """A CA's certificate has no reasons to explain and a neutral mark, as on the command line."""
    authority = listings.installed(
        "Example Bank Root CA", usage=("keyCertSign", "cRLSign"), key=KeyState.ABSENT
    )
    failed = StoreReading("nss", "/broken", StoreStatus.FAILED, "database-damaged")
    sections = arrange(
        listings.listing(authority, listings.installed("Taro Yamada"), readings=[failed])
    )
    assert [section.key for section in sections] == ["unrecognized", "stores", "authorities"]
    assert "問題ではありません" in sections[-1].note
    (row,) = sections[-1].rows
    shown = face(row)
    assert (shown.title, shown.mark, shown.more) == ("Example Bank Root CA", Mark.NEUTRAL, "")
    assert row.children == ()


def test_of_a_certificate_that_is_not_valid_yet_only_the_start_is_said() -> None:
    """The card has room for one date, and the start is the one that matters."""
    (section,) = arrange(listings.listing(listings.installed(f"{CONTRACT} user01", age=-3)))
    assert face(section.rows[0]).line == "2026年11月26日 12:00 から使えます"


@pytest.mark.parametrize(
    ("store", "token", "state"),
    [
        ("pkcs11:/usr/lib/token.so", CARD, "PINが必要です"),
        ("nss:/home/hanako/db", None, "パスワードが必要です"),
        ("files:/home/hanako/keys", None, "パスフレーズが必要です"),
    ],
)
def test_a_secret_that_is_only_to_be_typed_is_no_trouble(
    store: str, token: Token | None, state: str
) -> None:
    """A card that always wants its PIN must not teach anybody to pass over what is amber."""
    locked = listings.installed(f"{CONTRACT} user01", store=store, key=KeyState.NEEDS_USER)
    (section,) = arrange(listings.listing(locked._replace(token=token)))
    (row,) = section.rows
    assert isinstance(row, HolderRow)
    assert (row.mark, row.state) == (Mark.NEUTRAL, state)
    assert row.verdict is Verdict.ATTENTION  # as the command line and its JSON say it


def test_a_token_that_has_few_tries_left_or_ends_soon_is_to_be_looked_at() -> None:
    """What is more than the PIN stays what it was."""
    store = "pkcs11:/usr/lib/token.so"
    last = listings.installed(f"{CONTRACT} user01", store=store, key=KeyState.NEEDS_USER)
    soon = listings.installed(f"{CONTRACT} user02", store=store, key=KeyState.NEEDS_USER, days=5)
    found = listings.listing(
        last._replace(token=CARD._replace(tries=TriesLeft.LAST)), soon._replace(token=CARD)
    )
    assert {face(row).mark for row in rows_of(arrange(found))} == {Mark.CAUTION}
