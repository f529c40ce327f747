"""The stores of Windows as they are: odd names, odd certificates, broken properties, very many."""

from __future__ import annotations

import ctypes
import json
from typing import Any

import pytest
from support import der, pki, windows_store
from support.command import certhelper

from certhelper.stores.base import KeyState, StoreStatus
from certhelper.stores.windows import WindowsStore
from certhelper.stores.windows_reader import answers
from certhelper.windows import certificate_store, crypt32
from certhelper.windows.certificate_store import KeyPlace, Place
from certhelper.windows.library import WindowsCallError

FRIENDLY_NAME = crypt32.CERT_FRIENDLY_NAME_PROP_ID
ERROR_INVALID_DATA = 13

NAMES = (
    "北日本 太郎 髙﨑 𠮷野家",
    "Ünïcödé ß Ž",
    "Пользователь Ελλάδα",
    "مستخدم עברית",
    "ผู้ใช้ हिन्दी 한국어",
    "a\u202eb\u200bc",
    "line\nbreak\ttab\x07",
    "😀👨‍👩‍👧",
    " ",
    "x" * 5000,
)


class TestNames:
    def test_every_script(self, store: windows_store.Filled, authority: pki.Authority) -> None:
        """Each name arrives whole, and with nothing in it that hides or reorders."""
        for number, name in enumerate(NAMES):
            one = authority.issue(f"12345678901234 user{number}")
            store.put_bare(one.der, {FRIENDLY_NAME: windows_store.wide(name)})
        reading = WindowsStore(Place.CURRENT_USER).read()
        assert reading.status is StoreStatus.OK
        labels = {one.label for one in reading.installed}
        assert {"北日本 太郎 髙﨑 𠮷野家", "مستخدم עברית", "x" * 5000} < labels
        assert {"a[U+202E]b[U+200B]c", "line[U+000A]break[U+0009]tab[U+0007]"} < labels
        assert len(labels) == len(NAMES)
        assert all(label.isprintable() for label in labels)

    @pytest.mark.parametrize(
        ("octets", "name"),
        [
            (b"", ""),
            (b"A", ""),
            (b"A\0B", "A"),
            (b"A\0B\0", "AB"),
            (b"\0\0", ""),
            (b"A\0\0\0B\0\0\0", "A"),
            (b"\x00\xd8A\0\0\0", "\ufffdA"),
            (b"A\0\x00\xdc", "A\ufffd"),
        ],
    )
    def test_a_broken_name(self, authority: pki.Authority, octets: bytes, name: str) -> None:
        """No end, half a character, half a surrogate pair: what is left of it is the name."""
        with windows_store.created(authority.issue("a").der) as context:
            windows_store.set_blob(context, FRIENDLY_NAME, octets)
            assert certificate_store.friendly_name(context) == name

    def test_no_name(self, authority: pki.Authority) -> None:
        """A certificate need not have one."""
        with windows_store.created(authority.issue("a").der) as context:
            assert certificate_store.friendly_name(context) == ""


@pytest.fixture
def properties(monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes | int]:
    """What Windows gives for a property's number: octets, or the error with this code."""
    given: dict[int, bytes | int] = {}
    real = crypt32.get_property

    def get_property(context: Any, number: int, buffer: Any, size: Any) -> int:
        value = given.get(number)
        if value is None:
            return int(real(context, number, buffer, size))
        if isinstance(value, int):
            raise WindowsCallError("CertGetCertificateContextProperty", value)
        if buffer is not None:
            ctypes.memmove(buffer, value, len(value))
        size._obj.value = len(value)
        return 1

    monkeypatch.setattr(crypt32, "get_property", get_property)
    return given


class TestBrokenProperties:
    def test_a_key_that_is_named_by_nothing(self, authority: pki.Authority) -> None:
        """No names at all: Windows allows it, and nothing can be found by it."""
        with windows_store.created(authority.issue("a").der) as context:
            info = crypt32.KeyProvInfo()
            number = crypt32.CERT_KEY_PROV_INFO_PROP_ID
            crypt32.set_property(context, number, 0, ctypes.byref(info))
            assert certificate_store.key_place(context) == KeyPlace("", "", 0, 0, 0)

    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"short",
            b"\xff" * ctypes.sizeof(crypt32.KeyProvInfo),
            bytes(crypt32.KeyProvInfo(8, 8)),
        ],
    )
    def test_a_place_of_the_key_that_is_garbage(
        self, authority: pki.Authority, properties: dict[int, bytes | int], octets: bytes
    ) -> None:
        """Too short, or with addresses that lead anywhere: nothing outside of it is read."""
        properties[crypt32.CERT_KEY_PROV_INFO_PROP_ID] = octets
        with windows_store.created(authority.issue("a").der) as context:
            place = certificate_store.key_place(context)
        assert place is not None
        assert (place.provider, place.container) == ("", "")

    def test_a_text_without_an_end(
        self, authority: pki.Authority, properties: dict[int, bytes | int]
    ) -> None:
        """It ends with the property, and is not read beyond it."""
        size = ctypes.sizeof(crypt32.KeyProvInfo)
        buffer = ctypes.create_string_buffer(b"\0" * size + b"A\0B\0", size + 4)
        info = crypt32.KeyProvInfo.from_buffer(buffer)
        info.container = ctypes.addressof(buffer) + size
        found = certificate_store._text_in(buffer, info.container)
        assert found == "AB"
        assert certificate_store._text_in(buffer, ctypes.addressof(buffer) + size + 4) == ""

    def test_each_costs_only_itself(
        self,
        store: windows_store.Filled,
        authority: pki.Authority,
        properties: dict[int, bytes | int],
    ) -> None:
        """The row is there without its name, and its key is not called absent."""
        store.put_bare(authority.issue("a").der, {FRIENDLY_NAME: windows_store.wide("a")})
        for number in (FRIENDLY_NAME, crypt32.CERT_KEY_PROV_INFO_PROP_ID, 19):
            properties[number] = ERROR_INVALID_DATA
        said = list(answers(Place.CURRENT_USER, frozenset(), rows=True))
        [row] = [one["row"] for one in said if "row" in one]
        assert (row["label"], row["archived"], row["key"]) == (None, None, None)
        [finding] = [one for one in said if "tried" in one]
        assert finding["code"] == ERROR_INVALID_DATA
        assert said[-1] == {"done": True}

    def test_what_windows_hides_is_there(
        self,
        store: windows_store.Filled,
        authority: pki.Authority,
        properties: dict[int, bytes | int],
    ) -> None:
        """An archived certificate is a row that says so; Wine has no such property to set."""
        store.put_bare(authority.issue("a").der)
        properties[crypt32.CERT_ARCHIVED_PROP_ID] = b""
        [row] = [
            one["row"]
            for one in answers(Place.CURRENT_USER, frozenset(), rows=True)
            if "row" in one
        ]
        assert row["archived"] is True


ODD = {
    "two names": der.certificate(
        subject=der.name(der.attribute(der.CN, "12345678901234 a"), der.attribute(der.CN, "b"))
    ),
    "no name": der.certificate(subject=der.name()),
    "a name that is no text": der.certificate(
        subject=der.name(der.attribute(der.CN, b"\x83\x5c\x83\x74", der.UTF8))
    ),
    "NUL, line break and bidi": der.certificate(subject=der.common_name("1\0\n\u202e2")),
}


def test_odd_certificates(store: windows_store.Filled) -> None:
    """Windows takes them, so each is a row; what cannot be read of it says the listing."""
    for octets in ODD.values():
        store.put_bare(octets)
    reading = WindowsStore(Place.CURRENT_USER).read()
    assert {one.certificate.der for one in reading.installed} == set(ODD.values())
    ran = certhelper("list", "--json", "--store", "windows")
    assert (ran.status, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert len(document["certificates"]) == len(ODD)
    assert all(row["reasons"] for row in document["certificates"])


def test_an_empty_store(store: windows_store.Filled, authority: pki.Authority) -> None:
    """After the last certificate went the store is there and has none."""
    with windows_store.filled() as once:
        once.put_bare(authority.issue("a").der)
        once.put_bare(authority.issue("b").der, place=Place.LOCAL_MACHINE)
    for place in Place:
        reading = WindowsStore(place).read()
        assert (reading.status, reading.reason) == (StoreStatus.OK, None)
        assert reading.installed == ()


def test_a_store_that_nobody_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what exists is opened; reading makes nothing."""
    monkeypatch.setattr(certificate_store, "_NAME", "certhelper: no such store")
    for place in Place:
        for _ in range(2):
            with pytest.raises(WindowsCallError) as caught:
                list(answers(place, frozenset(), rows=True))
            assert caught.value.code == crypt32.ERROR_FILE_NOT_FOUND


def test_reading_does_not_write(store: windows_store.Filled, authority: pki.Authority) -> None:
    """The store is opened so that Windows refuses a change."""
    one = authority.issue("a")
    with (
        certificate_store.opened(Place.LOCAL_MACHINE, writable=True),
        certificate_store.opened(Place.LOCAL_MACHINE) as opened,
        windows_store.created(one.der) as context,
        pytest.raises(WindowsCallError),
    ):
        crypt32.add_certificate(opened, context, crypt32.CERT_STORE_ADD_NEW, None)
    assert windows_store.fingerprints(Place.LOCAL_MACHINE) == []


def test_very_many(store: windows_store.Filled) -> None:
    """5,000 certificates are 5,000 rows."""
    store.put_many(
        der.certificate(subject=der.common_name(f"12345678901234 u{n}")) for n in range(5000)
    )
    reading = WindowsStore(Place.CURRENT_USER).read()
    assert reading.status is StoreStatus.OK
    assert len({one.certificate.sha256 for one in reading.installed}) == 5000
    assert {one.key for one in reading.installed} == {KeyState.ABSENT}


class TestCommands:
    """What a person and a script see of it."""

    @pytest.fixture
    def issued(self, store: windows_store.Filled, authority: pki.Authority) -> pki.Issued:
        issued = windows_store.issue(authority, "12345678901234 user01")
        self.container = store.put(issued, "利用者の証明書", exportable=True)
        return issued

    def test_list(
        self, store: windows_store.Filled, authority: pki.Authority, issued: pki.Issued
    ) -> None:
        """Both places are read by themselves; what is the computer's says that it is no use."""
        computer = authority.issue("12345678901234 pc")
        store.put_bare(computer.der, place=Place.LOCAL_MACHINE)
        ran = certhelper("list", "--json")
        assert (ran.status, ran.err) == (0, "")
        document = json.loads(ran.out)
        stores = [(one["kind"], one["where"], one["status"]) for one in document["stores"]]
        assert stores == [("windows", "CurrentUser", "ok"), ("windows", "LocalMachine", "ok")]
        rows = {(one["sha256"], one["store"]): one for one in document["certificates"]}
        own = rows[issued.sha256, "windows:CurrentUser"]
        assert (own["label"], own["key"], own["usable"]) == ("利用者の証明書", "present", True)
        assert [reason["code"] for reason in own["reasons"]] == ["legacy-provider"]
        other = rows[computer.sha256, "windows:LocalMachine"]
        assert other["usable"] is False
        reason = other["reasons"][0]
        assert (reason["code"], reason["severity"]) == ("computer-store", "blocking")
        assert "ローカル コンピューター" in reason["message"]

    def test_show(self, issued: pki.Issued) -> None:
        """Where the key is and of what kind, for a person and for a script."""
        ran = certhelper("show", issued.sha256[:12], "--store", "windows")
        assert (ran.status, ran.err) == (0, "")
        for said in (
            "利用者の証明書",
            "Microsoft Enhanced RSA and AES Cryptographic Provider",
            self.container,
            "AT_KEYEXCHANGE",
            "CryptoAPI(古い方式)",
            "このパソコンのソフトウェア",
            "windows:CurrentUser",
        ):
            assert said in ran.out
        ran = certhelper("show", issued.sha256, "--json", "--store", "windows:CurrentUser")
        [row] = json.loads(ran.out)["certificates"]
        assert row["key_details"] == {
            "container": self.container,
            "key_spec": "AT_KEYEXCHANGE",
            "interface": "capi",
            "hardware": "software",
            "exportable": True,
            "of_computer": False,
        }

    def test_stores(self) -> None:
        """Windows' kind can be read here, and both of its places are."""
        document = json.loads(certhelper("stores", "--json").out)
        [windows] = [one for one in document["kinds"] if one["kind"] == "windows"]
        assert windows["usable"] is True
        assert [one["where"] for one in document["default"]] == ["CurrentUser", "LocalMachine"]
