"""What others may see of a value: an alias or its shape, the same for the same value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import resources, texts
from certhelper.diagnosis.aliases import Aliases
from certhelper.diagnosis.redaction import Openly, Redacted, said
from certhelper.diagnosis.values import Kind, Value, phrase, plain, shown
from certhelper.texts import Language

NUMBERED = [
    Kind.CONTRACT,
    Kind.USER,
    Kind.NAME,
    Kind.ACCOUNT,
    Kind.COMPUTER,
    Kind.HOST,
    Kind.ADDRESS,
]
ANYTHING = st.text(min_size=1).filter(lambda text: bool(text.strip()))
NO_PORT = ANYTHING.filter(lambda text: ":" not in text)


def redacted(*known: Value, language: Language = "ja") -> Redacted:
    aliases = Aliases()
    aliases.know(known)
    return Redacted(aliases, language)


@pytest.mark.parametrize("kind", NUMBERED)
@given(text=NO_PORT)
def test_an_alias_says_nothing_of_the_value(kind: Kind, text: str) -> None:
    """Whatever the first value of a kind is, the same stands in its place (a port aside)."""
    told = redacted().value(Value(kind, text))
    assert told == redacted().value(Value(kind, "山田"))


@given(st.lists(st.tuples(st.sampled_from([Kind.CONTRACT, Kind.USER, Kind.NAME]), ANYTHING)))
def test_the_same_value_has_the_same_alias_and_no_other_has_it(
    pairs: list[tuple[Kind, str]],
) -> None:
    """Who reads the report can tell people apart, and never takes two for one."""
    teller = redacted()
    told = {Value(*pair): teller.value(Value(*pair)) for pair in pairs}
    assert len(set(told.values())) == len(told)
    assert all(teller.value(value) == alias for value, alias in told.items())


@given(st.text("漢字abc/", max_size=30), st.text("漢字xyz/", max_size=30))
def test_a_path_is_told_by_its_shape_alone(one: str, other: str) -> None:
    """Two paths of one shape are told alike."""
    paths = [f"/a{text}" for text in (one, other)]
    shapes = {(path.isascii(), len([part for part in path.split("/") if part])) for path in paths}
    told = {redacted().value(Value(Kind.PATH, path)) for path in paths}
    assert len(told) == len(shapes)


def test_what_is_odd_about_a_path_is_told() -> None:
    """Characters beyond ASCII, a network folder and deep folders can be why a file is not read."""
    teller = redacted()
    shown = [
        teller.value(Value(Kind.PATH, path))
        for path in (r"C:\Users\yamada\証明書.p12", r"\\server\share\a.p12", "/home/yamada/a.p12")
    ]
    assert shown == [
        "場所1(ドライブ、深さ3、ASCII以外の文字: あり)",
        "場所2(ネットワーク、深さ1、ASCII以外の文字: なし)",
        "場所3(ドライブ、深さ3、ASCII以外の文字: なし)",
    ]


def test_a_store_is_told_by_its_kind_and_the_shape_of_its_place() -> None:
    """A store of Windows has the same name everywhere; the same place has one alias."""
    teller = redacted()
    place = teller.value(Value(Kind.PATH, "/home/yamada/.pki/nssdb"))
    assert teller.value(Value(Kind.STORE, "nss:/home/yamada/.pki/nssdb")) == f"nss: {place}"
    assert teller.value(Value(Kind.STORE, "windows:CurrentUser")) == "windows:CurrentUser"
    assert "yamada" not in teller.value(Value(Kind.STORE, "yamada:/x"))


@pytest.mark.parametrize("kind", [Kind.HOST, Kind.ADDRESS])
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("Proxy.corp.example:8080", "{}:8080"),
        ("http://u5er:pa55@proxy.corp.example:8080/pac?x=1", "http://{}:8080"),
        ("http://u5er:98765/pa55@proxy.corp.example:8080", "http://{}:8080"),
        ("[fd00::1]:3128", "{}:3128"),
        ("fd00::1", "{}"),
    ],
)
def test_of_a_host_scheme_and_port_stay(kind: Kind, address: str, told: str) -> None:
    """They say how it is spoken to; the host itself, its user and its paths go."""
    alias = "ホスト1" if kind is Kind.HOST else "内部アドレス1"
    assert redacted().value(Value(kind, address)) == told.format(alias)


def test_one_host_has_one_alias_whatever_stands_around_it() -> None:
    """With a port, in capitals or in a URL it is the same host; so is an account in a domain."""
    teller = redacted()
    hosts = ["proxy.corp", "PROXY.corp:8080", "http://proxy.corp/wpad.dat"]
    told = [teller.value(Value(Kind.HOST, one)) for one in hosts]
    assert told == ["ホスト1", "ホスト1:8080", "http://ホスト1"]
    accounts = {teller.value(Value(Kind.ACCOUNT, one)) for one in ("CORP\\Hanako", "hanako")}
    assert accounts == {"アカウント1"}


@given(st.binary(min_size=8, max_size=32))
def test_of_fingerprints_and_serials_the_ends_are_told(octets: bytes) -> None:
    """So much tells two certificates apart over the phone; the rest goes, however it is written."""
    hexadecimal = octets.hex()
    teller = redacted()
    for written in (hexadecimal, hexadecimal.upper(), octets.hex(":"), octets.hex(" ")):
        assert teller.value(Value(Kind.FINGERPRINT, written)) == f"{hexadecimal[:8]}…"
        assert teller.value(Value(Kind.SERIAL, written)) == f"…{hexadecimal[-4:]}"


def test_of_a_short_serial_number_half_is_told() -> None:
    """Nothing is ever told whole, nor what is no number."""
    told = [redacted().value(Value(Kind.SERIAL, text)) for text in ("01", "1f2e", "山田", "x")]
    assert told == ["…1", "…2e", "…", "…"]


def test_letters_go_on_after_z() -> None:
    """A firm can have many 利用者."""
    teller = redacted()
    told = [teller.value(Value(Kind.USER, f"user{number}")) for number in range(704)]
    assert [told[at] for at in (0, 25, 26, 701, 702)] == [
        "利用者A",
        "利用者Z",
        "利用者AA",
        "利用者ZZ",
        "利用者AAA",
    ]


def test_aliases_speak_the_language_of_the_report() -> None:
    """And the number stays."""
    aliases = Aliases()
    value = Value(Kind.CONTRACT, "12345678901234")
    assert Redacted(aliases, "ja").value(value) == "契約1"
    assert Redacted(aliases, "en").value(value) == "contract 1"


def test_the_person_sees_everything_but_a_password() -> None:
    """On the screen the names are real; a proxy's password is on nobody's."""
    teller = Openly("ja")
    assert teller.value(Value(Kind.USER, "user01")) == "user01"
    assert teller.value(Value(Kind.HOST, "http://u:s3cret@proxy:8080")) == "http://…@proxy:8080"
    assert teller.sentence("プロキシ u:s3cret@proxy:8080 です") == "プロキシ …@proxy:8080 です"


def test_what_a_sentence_calls_it_is_said_once() -> None:
    """「利用者 利用者A」 would read as a mistake."""
    user = Value(Kind.USER, "user01")
    for language, told in (("ja", "利用者A の証明書"), ("en", "user A's")):
        teller = redacted(language="ja" if language == "ja" else "en")
        pattern = "利用者 {} の証明書" if language == "ja" else "user {}'s"
        assert teller.sentence(pattern.format(teller.value(user))) == told
        assert teller.sentence(pattern.capitalize().format(teller.value(user))) == told


def test_a_phrase_is_told_with_its_values() -> None:
    """Values within phrases within phrases are redacted like others; one not given is a ``?``."""
    name = phrase("diagnosis-report.alias.name", number=Value(Kind.USER, "user01"))
    outer = phrase("diagnosis-report.pair", name=name, value=plain("x"))
    assert said(outer, redacted()) == "名前利用者A: x"
    assert said(phrase("diagnosis-report.pair", name="x"), redacted()) == "x: ?"


def test_no_number_says_which_value_comes_first() -> None:
    """Of two that are numbered together either may be the first, whatever they are."""
    two = [Value(Kind.USER, "aaa"), Value(Kind.USER, "bbb")]
    orders = set()
    for _ in range(64):
        aliases = Aliases()
        aliases.add(two)
        orders.add(tuple(aliases.number_of(one) for one in two))
    assert orders == {(1, 2), (2, 1)}


def test_wherever_a_value_is_shown_no_password_is() -> None:
    """The window puts a verdict together by itself."""
    assert shown(plain("via http://u:s3cret@proxy")) == "via http://…@proxy"


def strings(table: Any) -> Iterator[str]:
    """Every text of a table of texts."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict):
        for one in table.values():
            yield from strings(one)


def test_the_programs_own_words_stay() -> None:
    """No sentence that a report is made of looks like an address, a path or a secret."""
    files = (resources.folder() / "texts").glob("*.toml")
    areas = [one.stem for one in files if one.stem.startswith(("diagnosis", "findings", "reasons"))]
    said_so = [one for area in areas for one in strings(texts.area(area))]
    assert len(said_so) > 1000
    for teller in (redacted(), Openly("ja")):
        assert [one for one in said_so if teller.sentence(one) != one] == []
