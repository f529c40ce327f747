"""Free text loses every value that the report knows, and what looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.diagnosis.aliases import Aliases
from certhelper.diagnosis.redaction import Openly, Redacted
from certhelper.diagnosis.values import Kind, Value, plain

WORDS = st.text("qzxjkw", min_size=4, max_size=12)
AROUND = st.text(" .,;:'\"()[]{}<>/\\-_=|「」、。のはが\n\t", min_size=1, max_size=4)
SENSITIVE = [
    Kind.CONTRACT,
    Kind.USER,
    Kind.NAME,
    Kind.ACCOUNT,
    Kind.COMPUTER,
    Kind.HOST,
    Kind.PATH,
    Kind.STORE,
]


def raw(kind: Kind, word: str) -> str:
    """A value of a kind, made of a word."""
    number = sum(ord(one) * 7919**place for place, one in enumerate(word)) % 10**14
    return {
        Kind.CONTRACT: f"{number:014}",
        Kind.HOST: f"{word}.corp.example",
        Kind.PATH: f"/data/{word}",
        Kind.STORE: f"nss:/data/{word}",
        Kind.NAME: f"{word} 山田",
    }.get(kind, word)


def scrubbed(text: str, *known: Value) -> str:
    aliases = Aliases()
    aliases.know(known)
    return Redacted(aliases, "ja").value(plain(text))


@given(
    kind=st.sampled_from(SENSITIVE), word=WORDS, before=AROUND, after=AROUND, upper=st.booleans()
)
def test_no_known_value_survives_in_free_text(
    kind: Kind, word: str, before: str, after: str, upper: bool
) -> None:
    """Wherever it stands in what the system said, in capitals or not, it goes."""
    value = raw(kind, word)
    written = value.upper() if upper else value
    told = scrubbed(f"Error{before}{written}{after}end", Value(kind, value))
    assert value.casefold() not in told.casefold()
    assert word not in told.casefold()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CN=12345678901234user01", "CN=契約1利用者A"),
        ("12345678901234 user01", "契約1 利用者A"),
        ("12345678901234_user01.p12", "契約1_利用者A.p12"),
        ("user012 and xuser01", "user012 and xuser01"),
        ("利用者user01です", "利用者利用者Aです"),
        ("USER01", "利用者A"),
        ("1234567890123", "1234567890123"),
        ("99999999999999", "(長い番号)"),
        ("123456789012345678", "(長い番号)"),
        ("１２３４５６７８９０１２３４", "契約1"),
        ("ＵＳＥＲ０１", "利用者A"),
        ("1234-5678901234, 1234 5678 9012 34", "契約1, 契約1"),
        ("user 01, user-01, user\u200b01, user%30%31", "利用者A, 利用者A, 利用者A, 利用者A"),
        ("9999-9999999999", "(長い番号)"),
        ("1 2345678 9012345", "1 2345678 9012345"),
        ("2026-11-20 2027-11-20", "2026-11-20 2027-11-20"),
        ("mail taro.yamada@firm.co.jp now", "mail (メールアドレス) now"),
        (r"open C:\Users\taro\x.p12: no", "open (場所): no"),
        ("[Errno 2] '/home/taro/山田/a b'", "[Errno 2] '(場所)'"),
        (r"C:\Users\Taro Tanaka\a b.p12 is bad", "(場所) is bad"),
        (r"\\srv01\share dir\taro", "(場所)"),
        ("//srv01/share dir/taro", "(場所)"),
        (r"D:\田中商事\x.pem, D:/田中商事/x.pem", "(場所)"),
        (r"C:\DOCUME~1\TANAKA~1\x", "(場所)"),
        (r"%USERPROFILE%\田中\x and ~/田中", "(場所)"),
        ("/mnt/田中商事/x.pem: locked", "(場所): locked"),
        ("/media/tanaka/x, 場所/srv/tanaka/x", "(場所)"),
        ("file:///C:/Users/tanaka/x", "(場所)"),
        ("nss:/opt/tanaka", "nss:(場所)"),
        (r"(例: C:\Program (x86)\Firm (1)\a b) です", "(例: (場所)) です"),
        ("/usr/lib/libnss3.so and I/O", "/usr/lib/libnss3.so and I/O"),
        ("https://www.bank.example/home/top", "https://www.bank.example/home/top"),
        ("契約/利用者 TLS 1.2/1.3", "契約/利用者 TLS 1.2/1.3"),
        (r"'C:\\Users\\taro\\x'", "'(場所)'"),
        (r"see \\srv01\keiri\x", "see (場所)"),
        ("to 192.168.3.7:8080", "to 内部アドレス1:8080"),
        ("from fe80::1%eth0 to fd00::2", "from 内部アドレス1 to 内部アドレス2"),
        ("no answer from 10.0.0.5. Then", "no answer from 内部アドレス1. Then"),
        ("::ffff:10.0.0.5 and fe80::1ff:fe23:4567:890a: no", "内部アドレス1 and 内部アドレス2: no"),
        ("fd00:1234:5678:9abc:0001:0002:0003:0004", "内部アドレス1"),
        ("[fd00::1]:3128, ::1, 08:59:00", "[内部アドレス1]:3128, ::1, 08:59:00"),
        ("00:11:22:33:44:55 or 00-11-22-33-44-aa", "内部アドレス1 or 内部アドレス2"),
        ("127.0.0.1 and 8.8.8.8", "127.0.0.1 and 8.8.8.8"),
        ("0x80090016 at 2026-11-20 08:59:00", "0x80090016 at 2026-11-20 08:59:00"),
        ("Qt 6.11.3, Windows 10.0.22631.2861", "Qt 6.11.3, Windows 10.0.22631.2861"),
        ("AB:CD:EF:01:23:45:67:89:AB:CD", "abcdef01…"),
    ],
)
def test_what_free_text_is_told_as(text: str, told: str) -> None:
    """A known value by its alias, what looks like one by its kind, the rest as it is."""
    known = (Value(Kind.CONTRACT, "12345678901234"), Value(Kind.USER, "user01"))
    assert scrubbed(text, *known) == told


def test_a_file_below_a_known_folder_goes_with_it() -> None:
    """The names of folders and files tell of people, too."""
    told = scrubbed("cannot read /srv/tanaka/佐藤/x.p12: locked", Value(Kind.PATH, "/srv/tanaka"))
    assert told == "cannot read 場所1(ドライブ、深さ2、ASCII以外の文字: なし): locked"


def test_a_folder_with_blanks_goes_whole() -> None:
    """What is known is only where it begins."""
    told = scrubbed(
        r"C:\Users\Yamada Taro\My Documents\Sato Corp\x.p12",
        Value(Kind.PATH, r"C:\Users\Yamada Taro"),
    )
    assert told == "場所1(ドライブ、深さ2、ASCII以外の文字: なし)"


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (Kind.ACCOUNT, r"KEIRI\山田", "owner 山田"),
        (Kind.ACCOUNT, r"KEIRI\tanaka", "owner tanaka"),
        (Kind.NAME, "佐藤", "token 佐藤花子"),
        (Kind.NAME, "山田 太郎", "山田太郎"),
        (Kind.NAME, "山田\u3000太郎", "山田 太郎"),
        (Kind.NAME, "山田", "%E5%B1%B1%E7%94%B0"),
        (Kind.HOST, "proxy.corp.example:8080", "at proxy.corp.example"),
        (Kind.HOST, "http://proxy.corp.example:8080/p", "at PROXY.corp.example."),
        (Kind.STORE, "nss:/verein/keiri", "at /verein/keiri"),
        (Kind.ADDRESS, "8.8.4.4", "from 8.8.4.4"),
    ],
)
def test_a_value_goes_in_its_other_spellings(kind: Kind, name: str, text: str) -> None:
    """An account without its domain, a host without its port, a name without its blank."""
    told = scrubbed(text, Value(kind, name))
    for part in ("山田", "太郎", "佐藤", "tanaka", "corp", "verein", "%E5", "8.8"):
        assert part not in told


def test_a_short_value_takes_no_numbers_apart() -> None:
    """A 利用者ID may be "1"; every date would be spoilt, and nothing hidden."""
    assert scrubbed("11 of 1", Value(Kind.USER, "1")) == "11 of 1"


def test_a_name_that_everybody_has_stays_in_free_text() -> None:
    """An account "user" or a computer "debian" tells nothing; products' names are to be read."""
    known = (Value(Kind.COMPUTER, "debian"), Value(Kind.ACCOUNT, "user"))
    assert scrubbed("Debian GNU/Linux, the user", *known) == "Debian GNU/Linux, the user"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026年11月20日 8:59", "2026"),
        ("2026-11-20 08:59 JST", "2026"),
        ("2026-11-23T08:59:00.123", "2026"),
        ("Qt 2026.11.3", "2026"),
        ("2026", "2026"),
    ],
)
def test_a_number_that_somebody_is_called_by_spoils_no_date(text: str, kept: str) -> None:
    """There are 利用者IDs of digits alone, and a spoilt date would tell which."""
    assert scrubbed(text, Value(Kind.USER, kept)) == text
    assert scrubbed(f"by {kept} at once", Value(Kind.USER, kept)) == "by 利用者A at once"


def test_public_words_stay_whoever_is_called_so() -> None:
    """The bank's name stands in certificates, too, and a token may be called like a host."""
    aliases = Aliases()
    aliases.know([Value(Kind.NAME, one) for one in ("テスト銀行", "site", "TLS", "Python")])
    aliases.know([Value(Kind.HOST, "www.site.example")])
    aliases.public = ("テスト銀行", "www.site.example")
    teller = Redacted(aliases, "ja")
    public = "テスト銀行 www.site.example:8443 TLS 1.3, Python 3.13"
    assert teller.value(plain(public)) == public
    assert teller.value(plain("the site, www.site.examples")) == "the 名前1, www.名前1.examples"


def test_a_whole_sentence_is_searched_for_shapes() -> None:
    """The last net: a value that was put into it as it is."""
    teller = Redacted(Aliases(), "ja")
    told = teller.sentence(
        "10.0.0.5 の 99999999999999 は u:pa55@proxy 経由で C:\\Users\\taro です。続き"
    )
    assert told == "内部アドレス1 の (長い番号) は …@proxy 経由で (場所)。続き"


@pytest.mark.parametrize(
    "text",
    [
        "http://user:S3 CRET@proxy:8080",
        "user:ぱすS3わーど@proxy:8080",
        "user:pass S3CRET@proxy",
        "http://us＠er:S3CRET＠proxy",
        '{"password": "S3 CRET"}',
        "'passphrase': 'S3CRET'",
        "passwd='my S3CRET thing'",
        "password: a b S3CRET",
        "PIN: 12 S3",
        "--password S3CRET",
        "--pin 'a S3CRET'",
        "暗証番号：S3CRET",
        "パスワード＝S3CRET",
        "PIN：S3CRET",
        "暗証番号はS3CRETです",
        "PIN は S3",
        "password%3DS3CRET",
        "proxy_password=S3CRET",
        "Authorization Basic S3CRET",
        "Cookie：S3CRET",
        "Cookie: a=b\n c=S3CRET",
        "http://taro:S3CRET@proxy:8080/",
        "http://taro:S3/CR@ET@proxy:8080/",
        "taro:S3CRET@proxy:8080",
        "Cookie: SESSION=S3CRET; a=b",
        "Set-Cookie: S3CRET",
        "Proxy-Authorization: Basic S3CRET",
        "passphrase=S3CRET",
        "Password : S3CRET",
        "pin: S3CRET",
        "利用者暗証番号:S3CRET",
        "-----BEGIN PRIVATE KEY-----\nS3CRET\n-----END PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nS3CRET",
    ],
)
def test_what_is_called_a_secret_is_shown_to_nobody(text: str) -> None:
    """Neither to others nor on the person's own screen."""
    told = [scrubbed(text), Openly("ja").value(plain(text))]
    assert not [one for one in told if "S3" in one or "ET" in one]


@given(st.text())
def test_any_text_can_be_scrubbed(text: str) -> None:
    """What the system says of an error may be anything; nothing in it can break a line."""
    told = scrubbed(text, Value(Kind.USER, "user01"), Value(Kind.NAME, "ß"))
    assert "\n" not in told
    assert "\x1b" not in told
