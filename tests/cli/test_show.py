"""``certhelper show``: everything about one certificate, found by the start of its SHA-256."""

from __future__ import annotations

from typing import Any

import pytest
from support import der
from support.cli import Hold, Run

from certhelper.certificate import Certificate
from certhelper.stores.base import Installed, KeyState, StoreReading, StoreStatus

GOOD = der.certificate()
SHA256 = Certificate(GOOD).sha256


def colons(text: str) -> str:
    return ":".join(text[index : index + 2] for index in range(0, len(text), 2))


def shown(out: str) -> dict[str, str]:
    """Name → value of the lines."""
    pairs = (line.split("  ", 1) for line in out.splitlines() if "  " in line.strip())
    return {pair[0]: pair[1].strip() for pair in pairs}


def test_everything_is_there(run: Run, hold: Hold) -> None:
    """In words, with the times in Japan."""
    hold(GOOD)
    printed = run("show", SHA256)
    assert printed.status == 0
    facts = shown(printed.out)
    assert facts["契約法人ID"] == "12345678901234"
    assert facts["利用者ID"] == "user01"
    assert facts["名前"] == "CN=12345678901234 user01"
    assert facts["発行元"] == "CN=Example Bank Biznet CA - G2"
    assert facts["有効期間の始まり"] == "2026年1月1日 9:00"
    assert facts["有効期限"] == "2027年11月20日 8:59"
    assert facts["シリアル番号"] == "1234"
    assert facts["指紋(SHA-256)"] == SHA256
    assert facts["拇印(SHA-1)"] == Certificate(GOOD).sha1
    assert facts["公開鍵"] == "EC P-256"
    assert facts["署名の方式"] == "ecdsa-with-SHA256"
    assert facts["鍵の用途"] == "digitalSignature"
    assert facts["証明書の用途"] == f"クライアント認証 ({der.CLIENT_AUTHENTICATION})"
    assert facts["保管場所"] == "nss:/held"
    assert facts["秘密キー"] == "あり"


def test_absent_and_unreadable_usages_are_told_apart(run: Run, hold: Hold) -> None:
    """Absent allows everything; unreadable is not known; empty allows nothing."""
    absent = der.certificate(extensions=None)
    broken = der.certificate(extensions=[der.extension("2.5.29.37", b"\x30\x05\x06")])
    empty = der.certificate(extensions=[der.extended_key_usage()])
    hold(absent, broken, empty)
    words = [
        shown(run("show", Certificate(octets).sha256).out)["証明書の用途"]
        for octets in (absent, broken, empty)
    ]
    assert words == ["(制限なし)", "(読み取れません)", "(なし)"]


def test_octets_that_are_nothing_can_be_shown(run: Run, hold: Hold) -> None:
    """Every field says that it cannot be read, and the reasons say what that means."""
    hold(b"nothing")
    printed = run("show", Certificate(b"nothing").sha256)
    assert printed.status == 0
    assert shown(printed.out)["有効期限"] == "(読み取れません)"
    assert "[unreadable-field]" in printed.out


def test_the_document(run: Run, hold: Hold) -> None:
    """The row of ``list`` and everything else, held to its schema."""
    hold(GOOD)
    document = run("show", SHA256, "--json").document("certhelper.show-1")
    [row] = document["certificates"]
    expected: dict[str, Any] = {
        "sha256": SHA256,
        "contract_id": "12345678901234",
        "user_id": "user01",
        "role": "user",
        "common_names": ["12345678901234 user01"],
        "public_key": "EC P-256",
        "key_usage": ["digitalSignature"],
        "extended_key_usage": [der.CLIENT_AUTHENTICATION],
    }
    assert {key: row[key] for key in expected} == expected


@pytest.mark.parametrize("octets", [b"nothing", der.certificate(subject=der.sequence())])
def test_the_document_of_odd_ones(run: Run, hold: Hold, octets: bytes) -> None:
    """Null where there is nothing to say."""
    hold(octets)
    document = run("show", Certificate(octets).sha256, "--json").document("certhelper.show-1")
    assert document["certificates"][0]["contract_id"] is None


def test_one_certificate_in_two_stores_is_shown_in_both(run: Run, hold: Hold) -> None:
    """That is not ambiguous: it is the same certificate."""
    rows = tuple(
        Installed(Certificate(GOOD), f"nss:/{name}", name, KeyState.PRESENT)
        for name in ("one", "two")
    )
    hold(reading=StoreReading("nss", "/", StoreStatus.OK, installed=rows))
    printed = run("show", SHA256)
    assert printed.status == 0
    assert "nss:/one" in printed.out
    assert "nss:/two" in printed.out
    assert printed.out.count("指紋(SHA-256)") == 1


@pytest.mark.parametrize(
    "given", [SHA256[:8], SHA256[:8].upper(), colons(SHA256), colons(SHA256.upper())[:23]]
)
def test_ways_of_writing_a_fingerprint(run: Run, hold: Hold, given: str) -> None:
    """A prefix of 8 or more, any case, colons allowed."""
    hold(GOOD, b"nothing")
    assert SHA256 in run("show", given).out


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (SHA256[:7], "fingerprint-wrong"),
        (SHA256 + "0", "fingerprint-wrong"),
        ("user01", "fingerprint-wrong"),
        ("xyzxyzxy", "fingerprint-wrong"),
        ("", "fingerprint-wrong"),
        ("0" * 64, "fingerprint-unknown"),
        ("01234567", "fingerprint-unknown"),
    ],
)
def test_a_wrong_fingerprint_is_told(run: Run, hold: Hold, given: str, code: str) -> None:
    """With status 2, and nothing on standard output."""
    hold(GOOD)
    printed = run("show", given)
    assert (printed.status, printed.out, printed.code) == (2, "", code)


def test_a_place_that_could_not_be_read_is_told_instead(run: Run, hold: Hold) -> None:
    """The certificate may be there: no wrong use, and the place is named."""
    hold(reading=StoreReading("nss", "/busy", StoreStatus.FAILED, "database-locked"))
    printed = run("show", SHA256)
    assert (printed.status, printed.out, printed.code) == (1, "", "database-locked")
    assert "/busy" in printed.err


def test_an_ambiguous_prefix_names_the_candidates(run: Run, hold: Hold) -> None:
    """Two certificates whose fingerprints begin alike, as far as the sentence needs it."""
    octets = _alike()
    hold(*octets)
    prefix = Certificate(octets[0]).sha256[:8]
    printed = run("show", prefix)
    assert (printed.status, printed.code) == (2, "fingerprint-ambiguous")
    for one in octets:
        assert Certificate(one).sha256[:16] in printed.err
        assert run("show", Certificate(one).sha256[:20]).status == 0


def _alike() -> list[bytes]:
    """Two octet strings whose SHA-256 begin with the same 8 hex digits (found by search)."""
    return [b"certhelper-9222", b"certhelper-13012"]
