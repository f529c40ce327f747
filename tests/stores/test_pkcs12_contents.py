"""What is odd, damaged or hostile in a PKCS#12 file, and what is seen of it all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from support import der, pki
from support import pkcs12_files as made

from certhelper.secret import Secret
from certhelper.stores import pkcs12_contents
from certhelper.stores.base import KeyState
from certhelper.stores.pkcs12 import LARGEST, Pkcs12Store, open_file
from certhelper.stores.pkcs12_contents import Contents, Pkcs12Error, look_inside
from certhelper.stores.pkcs12_encryption import spellings
from certhelper.stores.pkcs12_matching import Owned, match, own_certificates

PASSPHRASE = "Passphrase-1"
RAW = PASSPHRASE.encode()
SAMPLES = Path(__file__).parent / "pkcs12_samples"


def no_keyring(file_fingerprint: str) -> Secret | None:
    return None


def inside(octets: bytes, passphrase: str | None = None) -> Contents:
    given_one = None if passphrase is None else Secret.from_characters(passphrase)
    return look_inside(octets, given_one)


def code_of(octets: bytes, passphrase: str | None = None) -> str:
    with pytest.raises(Pkcs12Error) as caught:
        inside(octets, passphrase)
    return caught.value.code


def outcome(octets: bytes, passphrase: str | None) -> str:
    """Return the code of why it does not open; nothing: it does."""
    try:
        inside(octets, passphrase)
    except Pkcs12Error as error:
        return error.code
    return ""


def states(owned: list[Owned]) -> list[KeyState]:
    return [one.state for one in owned]


class TestOddContents:
    @pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
    def test_a_certificate_that_no_library_reads(
        self, authority: pki.Authority, passphrase: str | None
    ) -> None:
        """It is a row beside its neighbour, encrypted or not; the fault is named in the row."""
        odd = der.certificate(version=der.tlv(0xA0, der.integer(6)))
        good = authority.issue("12345678901234 user01").der
        octets = made.of_certificates(
            [odd, b"nothing at all", good], None if passphrase is None else RAW
        )
        found = inside(octets, passphrase)
        assert [held.der for held in found.certificates] == [odd, b"nothing at all", good]
        assert states(match(found)) == [KeyState.ABSENT] * 3

    def test_an_odd_certificate_keeps_its_key(
        self, tmp_path: Path, authority: pki.Authority
    ) -> None:
        """Names in a forbidden kind of string are common in Japan; the key is still its own."""
        issued = authority.issue("12345678901234 user01")
        info = issued.certificate.public_key().public_bytes(
            encoding=serialization.Encoding.DER,
            format=serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        subject = der.name(der.attribute(der.CN, "a_b@c", der.PRINTABLE))
        odd = der.certificate(subject=subject, key=info)
        octets = made.file(
            made.encrypted_data(RAW, made.certificate_bag(odd)),
            made.data(made.shrouded_key_bag(issued.key_der, RAW)),
        )
        (tmp_path / "a.p12").write_bytes(octets)
        with open_file(
            tmp_path / "a.p12", Secret.from_characters(PASSPHRASE), no_keyring
        ) as opened:
            assert (opened.certificate, bytes(opened.key)) == (odd, issued.key_der)

    def test_a_broken_bag_hides_no_other(self, tmp_path: Path, authority: pki.Authority) -> None:
        """The others are rows, and the entry says that something is missing."""
        issued = authority.issue("12345678901234 user01")
        octets = made.file(
            made.data(der.sequence(der.integer(1)), made.certificate_bag(issued.der)),
            made.data(made.key_bag(issued.key_der)),
        )
        (tmp_path / "a.p12").write_bytes(octets)
        reading = Pkcs12Store(tmp_path / "a.p12", no_keyring).read()
        assert [row.key for row in reading.installed] == [KeyState.PRESENT]
        ((reason, detail),) = [(one.reason, one.detail) for one in reading.locked_entries]
        assert (reason, detail) == ("file-partly-unreadable", "structure")

    def test_bags_within_bags(self, authority: pki.Authority) -> None:
        """As RFC 7292 section 4.2.6 allows, though nobody writes it."""
        issued = authority.issue("12345678901234 user01")
        bag = made.safe_contents_bag(made.safe_contents_bag(made.certificate_bag(issued.der)))
        octets = made.file(made.data(bag, made.key_bag(issued.key_der)))
        assert states(match(inside(octets))) == [KeyState.PRESENT]

    def test_an_unknown_kind_of_key_goes_by_the_files_mark(self, authority: pki.Authority) -> None:
        """It cannot be compared: unknown, never absent, and never said to be there."""
        issued = authority.issue("12345678901234 user01")
        strange = der.sequence(
            der.integer(0), der.sequence(der.identifier("1.2.3.4")), der.tlv(0x04, b"key")
        )
        octets = made.file(made.data(made.certificate_bag(issued.der), made.key_bag(strange)))
        assert states(match(inside(octets))) == [KeyState.UNKNOWN]

    def test_a_mark_that_lies_ties_nothing(self, authority: pki.Authority) -> None:
        """The keys are compared, whatever the file says of them."""
        one, other = authority.issue("12345678901234 a"), authority.issue("12345678901234 b")
        mark = made.local_key_id(b"same")
        octets = made.file(
            made.data(made.certificate_bag(one.der, mark), made.key_bag(other.key_der, mark))
        )
        assert states(match(inside(octets))) == [KeyState.ABSENT]

    def test_a_key_under_another_passphrase(self, authority: pki.Authority) -> None:
        """Java allows it: the certificate is a row, its key unknown, and the file says so."""
        issued = authority.issue("12345678901234 user01")
        octets = made.file(
            made.encrypted_data(RAW, made.certificate_bag(issued.der)),
            made.data(made.shrouded_key_bag(issued.key_der, b"another")),
        )
        found = inside(octets, PASSPHRASE)
        assert states(match(found)) == [KeyState.UNKNOWN]
        assert found.unread

    def test_a_passphrase_as_old_nss_took_it(self, authority: pki.Authority) -> None:
        """Its AES was given the passphrase in UTF-16 with a NUL, as if it were an older cipher."""
        issued = authority.issue("12345678901234 user01")
        wide = f"{PASSPHRASE}\0".encode("utf-16-be")
        octets = made.file(
            made.encrypted_data(wide, made.certificate_bag(issued.der)),
            made.data(made.shrouded_key_bag(issued.key_der, wide)),
        )
        assert states(match(inside(octets, PASSPHRASE))) == [KeyState.PRESENT]
        assert code_of(octets, "another") == "passphrase-wrong"

    def test_no_certificate_is_lost_among_issuers(self, authority: pki.Authority) -> None:
        """Roots of one name, a circle of issuers: what is above nothing that is shown is shown."""
        first, second = pki.Authority("Root"), pki.Authority("Root")
        leaf = first.issue("leaf")
        circle = [
            der.certificate(subject=der.common_name("a"), issuer=der.common_name("b")),
            der.certificate(subject=der.common_name("b"), issuer=der.common_name("a")),
        ]
        for ders, shown in (
            ([first.der, second.der], [first.der, second.der]),
            ([leaf.der, first.der, second.der], [leaf.der]),
            (circle, circle),
            ([leaf.der, *circle], [leaf.der, *circle]),
        ):
            owned = own_certificates(match(inside(made.of_certificates(ders))))
            assert [one.held.der for one in owned] == shown

    @pytest.mark.parametrize(
        ("octets", "tag", "shown"),
        [
            ("株式会社見本".encode("utf-16-be"), der.BMP, "株式会社見本"),
            ("株式会社見本".encode(), der.UTF8, "株式会社見本"),
            ("会社\0".encode("utf-16-be"), der.BMP, "会社"),
            ("a\u202eb".encode("utf-16-be"), der.BMP, "a[U+202E]b"),
            ("café".encode("utf-16-be"), der.BMP, "café"),
            (b"\0a\xd8\x00", der.BMP, "a\\xd8\\x00"),
            (b"\0a\0", der.BMP, "a\\x00"),
            (b"\x83\x65", der.UTF8, "\\x83e"),
            (b"\1\2", der.OCTET_STRING, "#0102"),
        ],
    )
    def test_names(self, authority: pki.Authority, octets: bytes, tag: int, shown: str) -> None:
        """Any kind of string; what is no text is shown by its octets, and nothing can hide."""
        bag = made.certificate_bag(authority.der, made.friendly_name(octets, tag))
        (held,) = inside(made.file(made.data(bag))).certificates
        assert held.name == shown


class TestKeys:
    def test_they_are_overwritten_afterwards(self, authority: pki.Authority) -> None:
        """Those that were decrypted and those that lay in the open."""
        key = authority.issued.key_der
        octets = made.file(made.data(made.shrouded_key_bag(key, RAW), made.key_bag(key)))
        with inside(octets, PASSPHRASE) as contents:
            held = [one.pkcs8 for one in contents.keys]
            assert [bytes(one or b"") for one in held] == [key, key]
            assert key.hex() not in repr(contents)
            assert repr(key)[2:40] not in repr(contents.keys)
        assert not any(any(one or b"") for one in held)

    def test_spellings_are_overwritten_afterwards(self) -> None:
        """In whatever form the passphrase was written down."""
        with Secret.from_characters("合言葉 Pass") as secret:
            with spellings(secret) as found:
                assert len(found) == 4
                assert found[0].wide.decode("utf-16-be") == "合言葉 Pass\0"
                assert found[0].plain.decode() == "合言葉 Pass"
                assert found[3].plain.decode("cp932") == "合言葉 Pass"
            assert not any(any(one.wide) or any(one.plain) for one in found)


class TestDamage:
    def test_the_passphrase_is_right_and_the_file_is_not(self) -> None:
        """One octet of the certificates changed: nobody is sent to look for another passphrase."""
        for name, of_file in json.loads((SAMPLES / "samples.json").read_text("utf-8")).items():
            if not name.startswith(("windows", "macos", "java-modern", "openssl-legacy")):
                continue
            octets = bytearray((SAMPLES / name).read_bytes())
            octets[-len(octets) // 3] ^= 1
            assert code_of(bytes(octets), of_file["passphrase"]) == "file-damaged"
            assert code_of(bytes(octets), "another") == "passphrase-wrong"

    def test_wherever_it_is_damaged(self) -> None:
        """Nearly everywhere the right passphrase is recognised, and no damage is believed."""
        whole = (SAMPLES / "windows-aes-shape.p12").read_bytes()
        told = []
        for at in range(0, len(whole), 13):
            octets = bytearray(whole)
            octets[at] ^= 1
            told.append(outcome(bytes(octets), PASSPHRASE))
        assert set(told) <= {"file-damaged", "file-unreadable", "passphrase-wrong", ""}
        assert told.count("file-damaged") > 0.7 * len(told)
        assert told.count("") <= 2  # tags outside of what the MAC secures

    def test_an_algorithm_that_is_not_known_is_named(self, authority: pki.Authority) -> None:
        """By its OID, which the helpdesk can look up."""
        algorithm = der.sequence(der.identifier("1.2.643.7.1.1.5"))
        info = der.sequence(
            der.identifier("1.2.840.113549.1.7.1"), algorithm, der.tlv(0x80, bytes(16))
        )
        part = der.sequence(
            der.identifier("1.2.840.113549.1.7.6"),
            der.tlv(0xA0, der.sequence(der.integer(0), info)),
        )
        with pytest.raises(Pkcs12Error) as caught:
            inside(made.file(part), PASSPHRASE)
        assert caught.value.code == "file-unreadable"
        assert "1.2.643.7.1.1.5" in caught.value.facts["detail"]

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_damage_anywhere(self, data: st.DataObject) -> None:
        """Cut, changed, repeated: a code of the list or contents, never another exception."""
        names = ("java-legacy", "windows-aes-shape", "openssl-no-mac", "rfc9579-a1")
        name = data.draw(st.sampled_from(names))
        octets = bytearray((SAMPLES / f"{name}.p12").read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(octets)))
            octets[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        for passphrase in (None, PASSPHRASE):
            assert outcome(bytes(octets), passphrase) in {
                *("", "passphrase-needed", "passphrase-wrong", "file-unreadable"),
                *("file-damaged", "file-too-costly"),
            }

    @given(st.binary(max_size=200))
    def test_any_octets(self, octets: bytes) -> None:
        """A file may hold anything."""
        assert code_of(octets) == "file-unreadable"


class TestHostile:
    def test_a_mac_of_endless_rounds(self, tmp_path: Path, authority: pki.Authority) -> None:
        """It is given up before a round is done, and the neighbour is read."""
        octets = made.file(
            made.encrypted_data(RAW, made.certificate_bag(authority.der)),
            mac=made.wrong_mac(made.ENDLESS),
        )
        (tmp_path / "a.p12").write_bytes(octets)
        (tmp_path / "b.p12").write_bytes(authority.issue("b").pkcs12())
        reading = Pkcs12Store(tmp_path, no_keyring).read()
        assert [entry.reason for entry in reading.locked_entries] == ["file-too-costly"]
        assert len(reading.installed) == 1
        assert code_of(octets, PASSPHRASE) == "file-too-costly"

    def test_a_part_of_endless_rounds(self, authority: pki.Authority) -> None:
        """Without a passphrase nothing is tried; with one it is said."""
        part = made.encrypted_data(RAW, made.certificate_bag(authority.der), rounds=made.ENDLESS)
        assert code_of(made.file(part)) == "passphrase-needed"
        assert code_of(made.file(part), PASSPHRASE) == "file-too-costly"

    def test_many_parts_that_are_costly_together(
        self, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The limit is one for the whole file."""
        monkeypatch.setattr(pkcs12_contents, "WORK_WITH_PASSPHRASE", 25)
        bags = [made.shrouded_key_bag(authority.issued.key_der, RAW) for _ in range(3)]
        for count, is_costly in ((2, False), (3, True)):
            octets = made.file(made.data(made.certificate_bag(authority.der), *bags[:count]))
            if is_costly:
                assert code_of(octets, PASSPHRASE) == "file-too-costly"
            else:
                assert states(match(inside(octets, PASSPHRASE))) == [KeyState.PRESENT]

    def test_many_files_that_are_costly_together(
        self, tmp_path: Path, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There is a limit for the folder, too; the file that it hits says so, and has its turn."""
        monkeypatch.setattr(pkcs12_contents, "WORK_OF_A_READING", 25)
        issued = authority.issue("user")
        part = made.encrypted_data(b"", made.certificate_bag(issued.der))
        for name in ("a", "b", "c"):
            wanted = made.certificate_bag(authority.issue(name).der)
            (tmp_path / f"{name}.p12").write_bytes(made.file(made.encrypted_data(b"", wanted)))
        (tmp_path / "d.p12").write_bytes(authority.issue("d").pkcs12())
        (tmp_path / "e.p12").write_bytes(made.file(part, made.data(made.key_bag(issued.key_der))))
        store = Pkcs12Store(tmp_path, no_keyring)
        seen = []
        for _ in range(3):
            reading = store.read()
            untried = [one.label for one in reading.locked_entries if one.detail]
            assert {one.reason for one in reading.locked_entries} <= {"passphrase-needed"}
            seen.append((len(reading.installed), untried))
        assert seen == [(3, ["c.p12", "e.p12"]), (5, []), (5, [])]

    def test_endless_rounds_under_the_encryption(self, authority: pki.Authority) -> None:
        """What only the passphrase brings to light is counted as well."""
        hidden = made.shrouded_key_bag(b"no key", RAW, rounds=made.ENDLESS)
        octets = made.file(made.encrypted_data(RAW, made.certificate_bag(authority.der), hidden))
        assert code_of(octets, PASSPHRASE) == "file-too-costly"

    def test_nesting_and_crowds(self, tmp_path: Path) -> None:
        """Neither a hundred thousand bags nor bags within bags exhaust anything."""
        deep = b""
        for _ in range(5000):
            deep = der.tlv(0xA0, deep)
        bag = der.sequence()
        for _ in range(200):
            bag = made.safe_contents_bag(bag)
        crowd = der.sequence() * 100_000
        open_ends = b"\x30\x80" * 100_000
        for octets in (deep, made.file(made.data(bag)), made.file(made.data(crowd)), open_ends):
            assert len(octets) <= LARGEST
            assert code_of(octets) == "file-unreadable"
