"""A profile is checked whole when it is read, and a mistake is told with its key."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import resources
from certhelper.bank import Bank, to_dict
from certhelper.logon_address import as_toml
from certhelper.profile_reading import ProfileError

HEAD = 'schema = 1\nid = "example"\nname = "Example Bank"\n'
HERE = Path("profile.toml")


def read(text: str) -> Bank:
    return Bank.parse((HEAD + text).encode(), HERE)


def mistake(text: str, head: str = HEAD) -> dict[str, str]:
    with pytest.raises(ProfileError) as refused:
        Bank.parse((head + text).encode(), HERE)
    assert refused.value.code == "profile-mistake"
    return refused.value.facts


class TestShippedProfiles:
    """What comes with the program is right, and claims nothing that is not known."""

    def test_every_shipped_profile_is_right_and_named_by_its_id(self) -> None:
        """A file is found by its name, so both say the same."""
        paths = list((resources.folder() / "banks").glob("*.toml"))
        assert paths
        for path in paths:
            assert Bank.read(path).id == path.stem

    def test_biznet_holds_what_is_known_and_leaves_the_rest_empty(self) -> None:
        """Screen ids and texts of the manual; no host that may be sent a certificate."""
        bank = Bank.read(resources.folder() / "banks" / "kitagin-biznet.toml")
        assert bank.pages.logon.markers == ("CIBMU201",)
        assert bank.pages.logon.link_text == "電子証明書を使用したログオンはこちら"
        assert bank.pages.pin.markers == ("CIBMU209",)
        assert (bank.pin.minimum_length, bank.pin.maximum_length) == (4, 12)
        assert bank.certificates.issuers == ()
        assert bank.certificates.renewal_window_days == 30
        assert bank.site.start_url == ""
        assert bank.site.certificate_hosts == bank.site.allowed_hosts == ()


def test_what_is_not_written_has_its_default() -> None:
    """Three lines are a profile."""
    bank = read("")
    assert (bank.id, bank.name, bank.source) == ("example", "Example Bank", HERE)
    assert bank.certificates.subject_attribute == "CN"
    assert bank.pin.entry == "fill"
    assert bank.pages.failures == ()


def test_a_profile_written_out_is_the_same_when_read_again() -> None:
    """The copy that carries the customer's address says what the original said."""
    bank = Bank.read(resources.folder() / "banks" / "kitagin-biznet.toml")
    document = {"schema": 1, "id": bank.id, "name": bank.name, **to_dict(bank)}
    again = Bank.parse(as_toml(document).encode(), bank.source)
    assert again._replace(sha256=bank.sha256) == bank


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colour = 1", "colour"),
        ("[site]\nstart = 'x'", "site.start"),
        ("[pages.logon]\nmark = []", "pages.logon.mark"),
        ("[pages.elsewhere]", "pages.elsewhere"),
        ("site = 'x'", "site"),
        ("site = 2026-01-01", "site"),
        ("[site]\nstart_url = 1", "site.start_url"),
        ("[site]\nstart_url = 'http://bank.example/'", "site.start_url"),
        ("[site]\nstart_url = 'https://user:pw@bank.example/'", "site.start_url"),
        ("[site]\nstart_url = 'https://[bank/'", "site.start_url"),
        ("[site]\nallowed_hosts = 'bank.example'", "site.allowed_hosts"),
        ("[site]\nallowed_hosts = [1]", "site.allowed_hosts"),
        ("[site]\nallowed_hosts = ['*.jp']", "site.allowed_hosts[0]"),
        ("[site]\nallowed_hosts = ['https://bank.example']", "site.allowed_hosts[0]"),
        ("[site]\ncertificate_hosts = ['a.example', '*.example.jp']", "site.certificate_hosts[1]"),
        ("[site]\ncertificate_hosts = ['Bank.example']", "site.certificate_hosts[0]"),
        ("[site]\ncertificate_hosts = ['bank.example:0']", "site.certificate_hosts[0]"),
        ("[site]\ncertificate_hosts = ['bank.example:70000']", "site.certificate_hosts[0]"),
        ("[site]\ntrusted_certificates = ['../root.pem']", "site.trusted_certificates[0]"),
        ("[certificates]\nsubject_pattern = '('", "certificates.subject_pattern"),
        (
            "[certificates]\nsubject_pattern = '(?P<contract>(a+)+)(?P<user>b)'",
            "certificates.subject_pattern",
        ),
        ("[certificates]\nsubject_attribute = 'NAME'", "certificates.subject_attribute"),
        ("[certificates]\nissuers = [' ']", "certificates.issuers"),
        ("[certificates]\nrenewal_window_days = -1", "certificates.renewal_window_days"),
        ("[certificates]\nrenewal_window_days = true", "certificates.renewal_window_days"),
        ("[certificates]\nrenewal_window_days = 30.0", "certificates.renewal_window_days"),
        ("[pin]\nminimum_length = 0", "pin.minimum_length"),
        ("[pin]\nminimum_length = 9\nmaximum_length = 8", "pin.maximum_length"),
        ("[pin]\nmaximum_length = 65", "pin.maximum_length"),
        ("[pin]\ncharacters = 'all'", "pin.characters"),
        ("[pin]\nentry = 'guess'", "pin.entry"),
        ("[[pages.failures]]\ncode = 'pin-wrong'", "pages.failures[0].markers"),
        ("[[pages.failures]]\ncode = 'no-such'\nmarkers = ['x']", "pages.failures[0].code"),
        ("[[pages.failures]]\nmarkers = ['x']", "pages.failures[0].code"),
        ("pages.failures = [1]", "pages.failures[0]"),
        ("pages.failures = 1", "pages.failures"),
    ],
)
def test_a_mistake_is_told_with_its_key(text: str, key: str) -> None:
    """And with what is allowed there, in Japanese; a library's own words only in parentheses."""
    facts = mistake(text)
    assert facts["key"] == key
    assert re.search("[ぁ-ん]", facts["problem"])
    assert facts["file"] == "profile.toml"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[pin]\nminimum_length = 'x'", "整数にしてください"),
        ("[site]\nstart = 'x'", "この名前の項目はありません。書けるのは start_url, "),
        ("[site]\nstart_url = 'http://x/'", "https:// で始まるアドレスにしてください"),
        ("[pin]\nminimum_length = 9\nmaximum_length = 8", "9から64までの数にしてください"),
        ("[site]\nallowed_hosts = ['*.jp\u202e']", "「*.jp[U+202E]」は使えません。"),
        ("[certificates]\nsubject_pattern = '('", "正規表現として読めません(missing )"),
        (
            "[certificates]\nsubject_pattern = '(?P<contract>(a+)+)(?P<user>b)'",
            "繰り返しの中に繰り返しを書かず、「*」「+」「{,}」を減らしてください",
        ),
        ("x = ", "TOMLの書き方になっていません(Invalid value "),
    ],
)
def test_a_mistake_says_what_is_allowed(text: str, problem: str) -> None:
    """So that whoever wrote the profile can mend it; what comes from the file is made safe."""
    assert problem in mistake(text)["problem"]


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (b'schema = 1\nid = "example"\n', "必要な項目ですが、書かれていません"),
        (b'schema = 1\nid = "example"\nname = ""\n', "1文字から200文字までにしてください"),
        (b"", "必要な項目ですが、書かれていません"),
        (b'schema = 2\nid = "example"\nname = "x"\n', "1 にしてください"),
        (b"\xe9", "文字コードがUTF-8ではありません('utf-8' codec"),
    ],
)
def test_what_is_missing_is_told_from_what_is_wrong(octets: bytes, problem: str) -> None:
    """A key that is not there cannot be too short."""
    with pytest.raises(ProfileError) as refused:
        Bank.parse(octets, HERE)
    assert problem in refused.value.facts["problem"]


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("", "schema"),
        ('schema = 2\nid = "example"\nname = "x"\n', "schema"),
        ('schema = "1"\nid = "example"\nname = "x"\n', "schema"),
        ('schema = 1\nid = "Example"\nname = "x"\n', "id"),
        ('schema = 1\nid = "../example"\nname = "x"\n', "id"),
        ('schema = 1\nid = "example"\n', "name"),
        ('schema = 1\nid = "example"\nname = ""\n', "name"),
        ("schema = 1\nid = \n", "(全体)"),
        ("\udce9", "(全体)"),
    ],
)
def test_a_profile_without_its_head_is_refused(head: str, key: str) -> None:
    """Schema, id and name must be there; a text that is no TOML has no key."""
    with pytest.raises(ProfileError) as refused:
        Bank.parse(head.encode("utf-8", "surrogateescape"), HERE)
    assert refused.value.facts["key"] == key


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    """With the name of the file in it."""
    with pytest.raises(ProfileError) as refused:
        Bank.read(tmp_path / "none.toml")
    assert refused.value.code == "profile-unreadable"
    assert refused.value.facts["file"].endswith("none.toml")


def test_deep_nesting_is_refused_and_does_not_end_the_program() -> None:
    """TOML's reader recurses; a hostile file must not exhaust it."""
    assert mistake("x = " + "[" * 5000 + "]" * 5000)["key"] == "(全体)"


@given(st.text(max_size=80))
def test_any_text_is_a_profile_or_a_mistake(text: str) -> None:
    """Never another exception."""
    with suppress(ProfileError):
        Bank.parse(HEAD.encode() + text.encode("utf-8", "surrogatepass"), HERE)


class TestHosts:
    """Where the session may go, and where a certificate may go."""

    def test_only_exact_hosts_may_be_sent_a_certificate(self) -> None:
        """An allowed host is not one of them, nor is a host's subdomain or another port."""
        bank = read(
            "[site]\nallowed_hosts = ['*.bank.example']\ncertificate_hosts = ['login.bank.example']"
        )
        assert bank.may_send_certificate("login.bank.example", 443)
        assert bank.may_send_certificate("LOGIN.bank.example", 443)
        assert not bank.may_send_certificate("login.bank.example", 8443)
        assert not bank.may_send_certificate("www.bank.example", 443)
        assert not bank.may_send_certificate("a.login.bank.example", 443)

    def test_allowed_hosts_are_over_tls_and_at_their_port(self) -> None:
        """A wildcard stands for subdomains, not for the domain, and ends at a dot."""
        bank = read("[site]\nallowed_hosts = ['*.bank.example:8443', 'bank.example']")
        assert bank.allows("https", "a.bank.example", 8443)
        assert bank.allows("wss", "bank.example", 443)
        assert not bank.allows("http", "bank.example", 443)
        assert not bank.allows("https", "a.bank.example", 443)
        assert not bank.allows("https", "evilbank.example", 443)

    def test_the_hash_covers_the_roots(self, tmp_path: Path) -> None:
        """A root that was exchanged asks for trust again."""
        profile = tmp_path / "profile.toml"
        profile.write_text(HEAD + "[site]\ntrusted_certificates = ['root.pem']\n", "utf-8")
        with pytest.raises(ProfileError) as refused:
            Bank.read(profile)
        assert refused.value.facts["file"].endswith("root.pem")
        (tmp_path / "root.pem").write_bytes(b"one")
        before = Bank.read(profile)
        (tmp_path / "root.pem").write_bytes(b"two")
        assert Bank.read(profile).sha256 != before.sha256
        assert before.trusted_files() == [tmp_path / "root.pem"]


@pytest.mark.parametrize(
    ("characters", "accepted"), [("digits", "0129"), ("alphanumeric", "0129azAZ")]
)
def test_the_pin_rule_speaks_of_half_width_characters(characters: str, accepted: str) -> None:
    """Full-width digits and letters are none, whatever Unicode says of them."""
    rule = read(f"[pin]\ncharacters = '{characters}'").pin
    assert [one for one in "0129azAZ-_ ０ａ٣é" if rule.accepts(one)] == list(accepted)
