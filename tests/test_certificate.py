"""Whatever the DER holds there is a row, and what can be read is read right."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cryptography_vectors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import der
from support.der import certificate
from support.judge_of_reading import FIELDS, compare, read_everything
from support.pki import Authority

from certhelper import certificate_reader
from certhelper.certificate import Certificate

JAPANESE = "株式会社見本"
EXPECTED_OF_A_GOOD_ONE = set(FIELDS)


class TestSoundCertificates:
    """What every field says of a certificate with which nothing is wrong."""

    def test_every_field(self) -> None:
        """The fields of RFC 5280, each in its form."""
        ours = Certificate(certificate())
        assert ours.subject == "CN=12345678901234 user01"
        assert ours.issuer == "CN=Example Bank Biznet CA - G2"
        assert ours.common_names == ("12345678901234 user01",)
        assert (ours.serial, ours.serial_hex) == (0x1234, "1234")
        assert ours.not_before == datetime(2026, 1, 1, tzinfo=UTC)
        assert ours.not_after == datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)
        assert ours.key_usage == frozenset({"digitalSignature"})
        assert ours.extended_key_usage == (der.CLIENT_AUTHENTICATION,)
        assert ours.public_key == "EC P-256"
        assert ours.signature_algorithm == "ecdsa-with-SHA256"
        assert ours.subject_der == der.common_name("12345678901234 user01")
        assert ours.issuer_der == der.ISSUER
        assert ours.unread_fields == ()

    def test_absent_usages_are_none_and_not_unread(self) -> None:
        """A certificate without the two extensions may be used for everything."""
        ours = Certificate(certificate(extensions=None))
        assert (ours.key_usage, ours.extended_key_usage) == (None, None)
        assert ours.unread_fields == ()

    def test_names_are_written_most_specific_first_and_escaped(self) -> None:
        """RFC 4514: commas inside a value carry a backslash."""
        issued = Authority().issue([("C", "JP"), ("O", "Example Bank, Ltd."), ("CN", "a+b")])
        assert Certificate(issued.der).subject == r"CN=a\+b,O=Example Bank\, Ltd.,C=JP"

    def test_equal_octets_are_equal_certificates(self) -> None:
        """Identity is the octets', not the object's."""
        one, same, other = (Certificate(certificate(serial=der.integer(n))) for n in (1, 1, 2))
        assert one == same
        assert hash(one) == hash(same)
        assert one != other
        assert one != "a text"

    @pytest.mark.parametrize(
        ("written", "given_as"),
        [
            (b"\x00\x80", "80"),
            (b"\x80", "80"),
            (b"\x00", "00"),
            (b"\x01\x02", "0102"),
            (bytes(range(1, 26)), bytes(range(1, 26)).hex()),
        ],
    )
    def test_serial_numbers_lose_only_the_sign_octet(self, written: bytes, given_as: str) -> None:
        """As certificate windows show them, also negative ones and very long ones."""
        ours = Certificate(certificate(serial=der.tlv(der.INTEGER, written)))
        assert ours.serial_hex == given_as
        assert ours.serial == int.from_bytes(written, "big", signed=True)

    def test_an_attribute_is_found_by_short_name_and_by_oid(self) -> None:
        """Any case; an unknown name finds nothing."""
        subject = der.name(der.attribute(der.UNIT, "one"), der.attribute(der.UNIT, "two"))
        ours = Certificate(certificate(subject=subject))
        assert ours.attribute("ou") == ours.attribute("2.5.4.11") == ("one", "two")
        assert ours.attribute("nothing") == ()

    @pytest.mark.parametrize("key", ["ec", "rsa"])
    def test_both_ways_of_reading_agree(self, key: str) -> None:
        """The fast way is only a shorter way to what the guarded one says."""
        issued = Authority().issue("12345678901234", key="rsa" if key == "rsa" else "ec")
        assert certificate_reader._read_sound(issued.der) == certificate_reader._read_guarded(
            issued.der
        )


# Each odd certificate with the fields that cannot be read of it.  Dates and key stand at a browser
# as at us: what Chromium cannot read is not offered.
ODD: dict[str, tuple[bytes, set[str]]] = {
    "time without seconds": (
        certificate(
            validity=der.sequence(der.utc_time("2601010000Z"), der.utc_time("2701010000Z"))
        ),
        {"not_before", "not_after"},
    ),
    "time with a zone": (
        certificate(
            validity=der.sequence(der.utc_time("260101000000+0900"), der.utc_time("270101000000Z"))
        ),
        {"not_before"},
    ),
    "30 February": (
        certificate(
            validity=der.sequence(der.utc_time("260230000000Z"), der.utc_time("270101000000Z"))
        ),
        {"not_before"},
    ),
    "second 60": (
        certificate(
            validity=der.sequence(der.utc_time("260101000000Z"), der.utc_time("270101235960Z"))
        ),
        {"not_after"},
    ),
    "fraction of a second": (
        certificate(
            validity=der.sequence(
                der.utc_time("260101000000Z"), der.generalized_time("20270101000000.5Z")
            )
        ),
        {"not_after"},
    ),
    "signs and spaces for digits": (
        certificate(
            validity=der.sequence(der.utc_time("26+1 1000000Z"), der.utc_time("270101000000Z"))
        ),
        {"not_before"},
    ),
    "a third time": (
        certificate(
            validity=der.sequence(
                der.utc_time("260101000000Z"),
                der.utc_time("270101000000Z"),
                der.utc_time("280101000000Z"),
            )
        ),
        {"not_after"},
    ),
    "no validity": (certificate(validity=der.tlv(0x04)), {"not_before", "not_after"}),
    "BMPString of odd length": (
        certificate(subject=der.name(der.attribute(der.CN, b"\0a\0", der.BMP))),
        {"subject"},
    ),
    "PrintableString with _ and @": (
        certificate(subject=der.name(der.attribute(der.CN, "a_b@c", der.PRINTABLE))),
        set(),
    ),
    "serial number not minimal": (
        certificate(serial=der.tlv(der.INTEGER, b"\0\0\x01")),
        set(),
    ),
    "no serial number": (certificate(serial=der.tlv(0x04, b"\x01")), {"serial"}),
    "empty serial number": (certificate(serial=der.tlv(der.INTEGER)), {"serial"}),
    "an octet too many": (certificate() + b"\0", {"der"}),
    "version 7": (certificate(version=der.tlv(0xA0, der.integer(6))), {"version"}),
    "broken version": (certificate(version=der.tlv(0xA0, b"\x02")), {"version"}),
    "version 1": (certificate(version=b"", extensions=None), set()),
    "invalid UTF-8": (
        certificate(subject=der.name(der.attribute(der.CN, b"12345678901234 \xff\xfe"))),
        {"subject"},
    ),
    "Shift_JIS": (
        certificate(subject=der.name(der.attribute(der.CN, "株式会社".encode("shift_jis")))),
        {"subject"},
    ),
    "TeletexString with high octets": (
        certificate(subject=der.name(der.attribute(der.CN, b"caf\xe9", der.TELETEX))),
        {"subject"},
    ),
    "empty RDN": (
        certificate(
            subject=der.sequence(der.tlv(der.SET), der.tlv(der.SET, der.attribute(der.CN, "a")))
        ),
        {"subject"},
    ),
    "BIT STRING as CN": (
        certificate(subject=der.name(der.attribute(der.CN, b"\0abc", der.BIT_STRING))),
        {"subject"},
    ),
    "subject is no name": (certificate(subject=der.tlv(0x04, b"x")), {"subject"}),
    "issuer is broken": (certificate(issuer=der.sequence(b"\x31\x05")), {"issuer"}),
    "empty name": (certificate(subject=der.sequence()), set()),
    "empty CN": (certificate(subject=der.common_name("")), set()),
    "key usage twice": (
        certificate(extensions=[der.key_usage(), *der.USAGES]),
        {"key_usage"},
    ),
    "extended key usage is no list": (
        certificate(extensions=[der.key_usage(), der.extension("2.5.29.37", b"\x30\x05\x06")]),
        {"extended_key_usage"},
    ),
    "extended key usage of texts": (
        certificate(extensions=[der.extension("2.5.29.37", der.sequence(der.tlv(0x0C, b"x")))]),
        {"extended_key_usage"},
    ),
    "key usage is no bit string": (
        certificate(extensions=[der.extension("2.5.29.15", b"\x30\x00"), der.USAGES[1]]),
        {"key_usage"},
    ),
    "key usage with stray bits": (
        certificate(extensions=[der.key_usage(0x81, 7), der.USAGES[1]]),
        {"key_usage"},
    ),
    "another extension is broken inside": (
        certificate(extensions=[der.extension("2.5.29.17", b"\xff\xff"), *der.USAGES]),
        set(),
    ),
    "another extension is broken outside": (
        certificate(extensions=[b"\x30\x7f\x06", *der.USAGES]),
        {"key_usage", "extended_key_usage"},
    ),
    "extensions twice": (
        certificate(after=der.tlv(0xA3, der.sequence())),
        {"key_usage", "extended_key_usage"},
    ),
    "unknown kind of key": (
        certificate(
            key=der.sequence(
                der.sequence(der.identifier("1.2.3.4")), der.tlv(der.BIT_STRING, b"\0abc")
            )
        ),
        set(),
    ),
    "point not on any curve": (
        certificate(
            key=der.sequence(
                der.sequence(
                    der.identifier("1.2.840.10045.2.1"), der.identifier("1.2.840.10045.3.1.7")
                ),
                der.tlv(der.BIT_STRING, b"\0\x04abc"),
            )
        ),
        {"public_key"},
    ),
    "RSA key is no key": (
        certificate(
            key=der.sequence(
                der.sequence(der.identifier("1.2.840.113549.1.1.1"), b"\x05\0"),
                der.tlv(der.BIT_STRING, b"\0abc"),
            )
        ),
        {"public_key"},
    ),
    "unknown signature algorithm": (
        certificate(algorithm=der.sequence(der.identifier("1.2.3.4"))),
        set(),
    ),
    "signature algorithm is none": (
        certificate(algorithm=der.sequence(der.tlv(0x04, b"x"))),
        {"signature_algorithm"},
    ),
    "nothing": (b"", set(FIELDS) - {"version"}),
    "a text": ("証明書ではありません".encode(), set(FIELDS) - {"version"}),
    "an empty sequence": (der.sequence(), set(FIELDS) - {"version"}),
}


class TestOddCertificates:
    """reading-certificates.md: guard each field, always a row, say which could not be read."""

    @pytest.mark.parametrize("what", ODD)
    def test_only_the_wrong_field_is_unread(self, what: str) -> None:
        """The others are there, and what cryptography reads of them is the same."""
        octets, unread = ODD[what]
        everything = read_everything(octets)
        assert set(everything["unread_fields"]) == unread
        compare(octets)

    @pytest.mark.parametrize("what", [what for what, (_, unread) in ODD.items() if not unread])
    def test_what_can_be_read_without_a_doubt_is(self, what: str) -> None:
        """Where cryptography refuses the whole certificate, ours still gives every field."""
        ours = Certificate(ODD[what][0])
        assert ours.not_after == datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)
        assert ours.public_key is not None

    def test_cut_off_anywhere(self) -> None:
        """What stands before the cut is read; nothing is guessed of what may have followed."""
        whole = certificate()
        for size in range(len(whole)):
            ours = Certificate(whole[:size])
            read_everything(whole[:size])
            assert "der" in ours.unread_fields
            if "not_after" not in ours.unread_fields:
                assert ours.not_after == datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)
            if ours.key_usage is None:
                assert "key_usage" in ours.unread_fields

    def test_every_octet_changed(self) -> None:
        """No change of an octet raises, and every one that cryptography reads is read alike."""
        whole = certificate()
        for index in range(len(whole)):
            for octet in {0x00, 0x30, 0x7F, 0x80, 0x84, 0xFF, whole[index] ^ 1} - {whole[index]}:
                compare(whole[:index] + bytes((octet,)) + whole[index + 1 :])

    def test_values_that_are_no_text_are_shown_and_not_taken_for_text(self) -> None:
        """Octets by their numbers, other values by their DER, and neither is a sole value."""
        attributes = (
            der.attribute(der.CN, b"a\x83"),
            der.attribute(der.ORGANIZATION, b"\0abc", der.BIT_STRING),
        )
        ours = Certificate(certificate(subject=der.name(*attributes)))
        assert ours.subject == r"O=#030400616263,CN=a\x83"
        assert ours.facts.subject is not None
        assert ours.facts.subject.sole_value("CN") is None
        assert ours.facts.subject.sole_value("O") is None

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("12345678901234\nuser01", "CN=12345678901234[U+000A]user01"),
            ("user\0admin", r"CN=user\00admin"),
            ("a\u202eb", "CN=a[U+202E]b"),
            ("a\u200bb", "CN=a[U+200B]b"),
            (JAPANESE, f"CN={JAPANESE}"),
        ],
    )
    def test_names_are_safe_to_show_and_raw_to_match(self, text: str, shown: str) -> None:
        """What is shown hides nothing; the value itself stays what it is."""
        ours = Certificate(certificate(subject=der.common_name(text)))
        assert ours.subject == shown
        assert ours.common_names == (text,)

    @pytest.mark.parametrize("tag", [der.UTF8, der.BMP])
    def test_japanese_names(self, tag: int) -> None:
        """In UTF-8 and in UTF-16."""
        value = JAPANESE.encode("utf-16-be" if tag == der.BMP else "utf-8")
        ours = Certificate(certificate(subject=der.name(der.attribute(der.CN, value, tag))))
        assert ours.common_names == (JAPANESE,)

    def test_two_common_names_are_both_kept(self) -> None:
        """Shown with both, and not one value to rely on."""
        subject = der.name(der.attribute(der.CN, "one"), der.attribute(der.CN, "two"))
        ours = Certificate(certificate(subject=subject))
        assert ours.common_names == ("one", "two")
        assert ours.subject == "CN=two,CN=one"
        assert ours.facts.subject is not None
        assert ours.facts.subject.sole_value("CN") is None

    @pytest.mark.parametrize("year", [1950, 2049, 2050, 9999])
    def test_years_at_the_ends(self, year: int) -> None:
        """UTCTime's years reach from 1950 to 2049; the last year there is means no end."""
        moment = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
        validity = der.sequence(der.time_of(moment), der.time_of(moment))
        assert Certificate(certificate(validity=validity)).not_after == moment

    @pytest.mark.timeout(20)
    def test_deep_nesting_and_long_lists_end_soon(self) -> None:
        """Neither exhausts the stack, nor takes time that grows faster than the size."""
        nested = b""
        for _ in range(5000):
            nested = der.tlv(0x30, nested)
        one = der.tlv(der.SET, der.attribute(der.CN, "a"))
        many = der.sequence(one * 300_000)
        for octets in (nested, certificate(subject=many), certificate(subject=nested)):
            read_everything(octets)


def corpus() -> Iterator[bytes]:
    """Every certificate of cryptography's own test vectors, NIST's PKITS among them."""
    folder = Path(cryptography_vectors.__file__).parent / "x509"
    pattern = re.compile(b"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".der", ".crt", ".cer"):
            yield path.read_bytes()
        elif path.suffix == ".pem":
            for armoured in pattern.findall(path.read_bytes()):
                yield base64.b64decode(armoured)


def test_cryptographys_own_vectors_are_read_alike() -> None:
    """Hundreds of real and of wrong certificates; most have every field to compare."""
    compared = [set(compare(octets)) for octets in corpus()]
    assert len(compared) > 500
    assert sum(fields >= EXPECTED_OF_A_GOOD_ONE for fields in compared) > 450


AUTHORITY = Authority()
USAGES = st.none() | st.lists(
    st.sampled_from(["digitalSignature", "nonRepudiation", "keyEncipherment", "keyAgreement"]),
    unique=True,
)
NAMES = st.lists(
    st.tuples(
        st.sampled_from(["CN", "O", "OU", "ST", "L"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16),  # 64 octets
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(
    NAMES,
    USAGES,
    st.none() | st.lists(st.sampled_from([der.CLIENT_AUTHENTICATION, "2.5.29.37.0"]), min_size=1),
    st.integers(int(datetime(1951, 1, 1, tzinfo=UTC).timestamp()), 2**37),
    st.integers(1, 2**159 - 1),
)
def test_what_cryptography_makes_is_read_alike(
    name: list[tuple[str, str]],
    usage: list[str] | None,
    extended: list[str] | None,
    begin: int,
    serial: int,
) -> None:
    """Names in every script, any usage, any date, any serial number: all fields the same."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=begin)
    issued = AUTHORITY.issue(
        name,
        usage=usage,
        extended=extended,
        not_before=start,
        not_after=start + timedelta(days=365),
        serial=serial,
        key=AUTHORITY.issued.key,
    )
    assert set(compare(issued.der)) == EXPECTED_OF_A_GOOD_ONE


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_certificates_are_read_as_far_as_they_go(data: st.DataObject) -> None:
    """Cut, changed, repeated anywhere: never an exception, never a difference from cryptography."""
    octets = bytearray(certificate())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets)))
        length = data.draw(st.integers(0, 6))
        octets[at : at + length] = data.draw(st.binary(max_size=6))
    compare(bytes(octets))


@given(st.binary(max_size=200))
def test_any_octets_make_a_row(octets: bytes) -> None:
    """A store may hold anything."""
    read_everything(octets)
