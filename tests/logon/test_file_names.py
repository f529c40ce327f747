"""What a server may call a file, and what becomes of it here."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon.file_names import free_names, safe_name, with_ending, would_run


@pytest.mark.parametrize(
    ("suggested", "name"),
    [
        ("明細 2026年11月.csv", "明細 2026年11月.csv"),
        ("ﾒｲｻｲ.csv", "ﾒｲｻｲ.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\meisai.csv", "meisai.csv"),
        ("a\u202evsc.exe", "avsc.exe"),
        ("a\x00b\x1f\u200b\ufeff.csv", "ab.csv"),
        ("line\nbreak.csv", "linebreak.csv"),
        ('a<b>:"|?*.csv', "a_b______.csv"),
        ("data.csv:evil.exe", "data.csv_evil.exe"),
        ("program.exe. . .", "program.exe"),
        (" .hidden", "hidden"),
        ("CON.csv", "_CON.csv"),
        ("com1", "_com1"),
        ("LPT¹.txt", "_LPT¹.txt"),
        ("nul .pdf", "_nul.pdf"),
        ("console.csv", "console.csv"),
        ("", "download"),
        ("...", "download"),
        ("\u3000明細\u3000", "明細"),
    ],
)
def test_a_suggested_name_becomes_one_of_a_file(suggested: str, name: str) -> None:
    """Path parts, unseen characters, what Windows forbids or reserves: none gets through."""
    assert safe_name(suggested) == name


@pytest.mark.parametrize("name", ["明細 2026年11月.csv", "総合振込データ.txt", "ﾒｲｻｲ.csv"])
def test_a_raw_shift_jis_name_is_mended(name: str) -> None:
    """The engine took its octets for Windows-1252, as it does on Linux (tried)."""
    garbled = "".join(
        bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in name.encode("cp932")
    )
    assert garbled != name
    assert safe_name(garbled) == name


@pytest.mark.parametrize("name", ["café.csv", "Übersicht.pdf", "¡olé!.txt"])
def test_western_names_stay(name: str) -> None:
    """What is no Japanese is not made Japanese."""
    assert safe_name(name) == name


def test_a_long_name_keeps_its_ending_and_fits() -> None:
    """200 octets leave room for a number and the ending of an unfinished file."""
    name = safe_name("明" * 300 + ".csv")
    assert name.endswith("明.csv")
    assert len(name.encode()) <= 200


@given(st.text(max_size=300))
def test_every_name_is_one_plain_file_name(suggested: str) -> None:
    """Whatever the server says: one part, nothing hidden, nothing Windows refuses."""
    name = safe_name(suggested)
    assert name
    assert not set('/\\<>:"|?*\x00') & set(name)
    assert name == name.strip(". ")
    assert name.isprintable()
    assert len(name.encode()) <= 202


@pytest.mark.parametrize(
    "suggested",
    ["a.exe", "a.csv.lnk", "A.JS", "x.bat", "x.hta", "page.html", "x.exe.", "x.csv\u202e.scr",
     "macro.xlsm", "run.desktop", "setup.msi", "x.url", "desktop.ini", "library.dll"],
)  # fmt: skip
def test_what_would_run_is_told(suggested: str) -> None:
    """Programs, scripts, links, pages, macros: by the ending that the file would really have."""
    assert would_run(safe_name(suggested))


@pytest.mark.parametrize(
    "name",
    ["a.csv", "a.pdf", "a.txt", "a.dat", "a.zip", "a.xls", "a.xlsx", "a.exe.csv", "sofuri", "a.zgn",
     "exe", "a.xml", "a.lzh"],
)  # fmt: skip
def test_what_a_bank_sends_may_come(name: str) -> None:
    """Data of any ending, and none at all: 全銀 files have all kinds."""
    assert not would_run(safe_name(name))


def test_free_names_number_before_the_ending() -> None:
    """As file managers do."""
    assert list(islice(free_names("meisai.csv"), 3)) == [
        "meisai.csv",
        "meisai (2).csv",
        "meisai (3).csv",
    ]
    assert list(islice(free_names("sofuri"), 2)) == ["sofuri", "sofuri (2)"]


def test_a_title_gets_its_ending_once() -> None:
    """A page that is saved as PDF is named after its title."""
    assert with_ending("入出金明細 | デモ銀行", ".pdf") == "入出金明細 _ デモ銀行.pdf"
    assert with_ending("a.pdf", ".pdf") == "a.pdf"
