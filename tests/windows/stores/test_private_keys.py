"""Whether a key can be used, told without showing anything: CAPI, CNG, and providers of vendors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import fakes, pki, windows_store

from certhelper.stores.base import Installed, KeyDetails, KeyState, KeyTrouble, StoreReading
from certhelper.stores.windows import WindowsStore
from certhelper.stores.windows_reading import Limits
from certhelper.windows import advapi32, certificate_store, private_keys
from certhelper.windows.certificate_store import KeyPlace, Place
from certhelper.windows.private_keys import Hardware, Interface, KeyFinding

ROOT = Path(__file__).parents[3]
CAPI = advapi32.MS_ENH_RSA_AES_PROV
EXCHANGE = advapi32.AT_KEYEXCHANGE


@pytest.fixture(scope="module")
def issued(authority: pki.Authority) -> pki.Issued:
    return windows_store.issue(authority, "12345678901234 user01")


def only_row() -> Installed:
    reading = WindowsStore(Place.CURRENT_USER).read()
    assert reading.reason is None
    [row] = reading.installed
    return row


def state_of(row: Installed) -> tuple[KeyState, KeyTrouble | None]:
    return row.key, row.key_trouble


def cause_of(row: Installed) -> tuple[KeyState, str | None]:
    return row.key, row.key_trouble and row.key_trouble.cause


def by_container(reading: StoreReading) -> dict[str, Installed]:
    assert reading.reason is None
    return {one.key_details.container: one for one in reading.installed if one.key_details}


class TestCapi:
    """Windows' own provider of the older kind, with real keys."""

    @pytest.mark.parametrize("exportable", [True, False])
    def test_a_key_that_can_be_used(
        self, store: windows_store.Filled, issued: pki.Issued, exportable: bool
    ) -> None:
        """It is present, and where it is and of what kind is told."""
        container = store.put(issued, exportable=exportable)
        row = only_row()
        assert state_of(row) == (KeyState.PRESENT, None)
        assert row.key_provider == CAPI
        assert row.key_details == KeyDetails(
            container=container,
            key_spec="AT_KEYEXCHANGE",
            interface="capi",
            hardware="software",
            is_exportable=exportable,
            is_of_computer=False,
        )

    @pytest.mark.parametrize(
        ("provider", "container", "provider_type", "key_spec", "cause", "code"),
        [
            (CAPI, "gone", 24, EXCHANGE, "container-missing", "0x80090016"),
            (CAPI, "", 24, EXCHANGE, "container-missing", "0x80090016"),
            (CAPI, None, 24, advapi32.AT_SIGNATURE, "container-missing", "0x8009000D"),
            (CAPI, None, 1, EXCHANGE, "provider-missing", "0x8009001B"),
            ("No such provider", None, 24, EXCHANGE, "provider-missing", "0x80090019"),
        ],
    )
    def test_a_key_that_was_lost(
        self,
        store: windows_store.Filled,
        authority: pki.Authority,
        issued: pki.Issued,
        provider: str,
        container: str | None,
        provider_type: int,
        key_spec: int,
        cause: str,
        code: str,
    ) -> None:
        """A certificate that names a key which is not there: the key is unusable, not absent."""
        own = store.put(issued)
        named = KeyPlace(
            provider, own if container is None else container, provider_type, 0, key_spec
        )
        lost = authority.issue("12345678901234 lost")
        store.put_naming_key(lost.der, named)
        reading = WindowsStore(Place.CURRENT_USER).read()
        rows = {one.certificate.sha256: state_of(one) for one in reading.installed}
        assert rows == {
            issued.sha256: (KeyState.PRESENT, None),
            lost.sha256: (KeyState.UNUSABLE, KeyTrouble(cause, code)),
        }

    @pytest.mark.parametrize("kind", ["rsa", "ec"])
    def test_the_key_of_another_certificate(
        self, store: windows_store.Filled, authority: pki.Authority, issued: pki.Issued, kind: str
    ) -> None:
        """A key that opens and does not belong to the certificate is of no use."""
        container = store.put(issued)
        other = authority.issue("12345678901234 other", key="rsa" if kind == "rsa" else "ec")
        store.put_naming_key(other.der, KeyPlace(CAPI, container, 24, 0, EXCHANGE))
        reading = WindowsStore(Place.CURRENT_USER).read()
        rows = {one.certificate.sha256: state_of(one) for one in reading.installed}
        assert rows[other.sha256] == (KeyState.UNUSABLE, KeyTrouble("other-key", "0x80090015"))
        assert rows[issued.sha256] == (KeyState.PRESENT, None)

    @pytest.mark.parametrize("key_spec", [0, 3])
    def test_an_odd_key_spec(
        self, store: windows_store.Filled, issued: pki.Issued, key_spec: int
    ) -> None:
        """An import under Wine names both keys of a container; nobody has to name one."""
        container = store.put(issued)
        again = issued.der[:-1] + bytes([issued.der[-1] ^ 1])  # another signature, the same key
        store.put_naming_key(again, KeyPlace(CAPI, container, 24, 0, key_spec))
        reading = WindowsStore(Place.CURRENT_USER).read()
        assert {one.key for one in reading.installed} == {KeyState.PRESENT}

    def test_a_certificate_without_key(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """Nothing names a key: it is absent, and nothing else is told of it."""
        store.put_bare(authority.issue("12345678901234 user02").der)
        row = only_row()
        assert state_of(row) == (KeyState.ABSENT, None)
        assert (row.key_provider, row.key_details) == (None, None)


class TestVendor:
    """A vendor's provider: a DLL that is loaded by Windows and does what it likes."""

    @pytest.fixture(autouse=True)
    def _vendor(self) -> Iterator[None]:
        with fakes.registered_csp():
            yield

    @staticmethod
    def put(store: windows_store.Filled, authority: pki.Authority, container: str) -> pki.Issued:
        issued = authority.issue(f"12345678901234 {container}")
        named = KeyPlace(fakes.CSP_NAME, container, fakes.CSP_TYPE, 0, EXCHANGE)
        store.put_naming_key(issued.der, named)
        return issued

    def test_what_the_provider_answers(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """A key of software signs for a trial, one of a card is not touched beyond opening."""
        expected = {
            "software": (KeyState.PRESENT, None),
            "software userkey=8009000D": (KeyState.UNUSABLE, "container-missing"),
            "card userkey=8009000D": (KeyState.NEEDS_USER, "card-other"),
            "software sign=8009000B": (KeyState.UNUSABLE, "undecipherable"),
            "software sign=80090022": (KeyState.NEEDS_USER, "asks"),
            "software sign=80090008": (KeyState.PRESENT, None),
            "software sign=80090020": (KeyState.UNKNOWN, "other"),
            "card": (KeyState.NEEDS_USER, "card-pin"),
            "card sign=8009000B": (KeyState.NEEDS_USER, "card-pin"),
            "card userkey=8010000B": (KeyState.UNKNOWN, "card-busy"),
            "card userkey=8010006C": (KeyState.UNUSABLE, "card-blocked"),
            "card userkey=8010000C": (KeyState.NEEDS_USER, "card-missing"),
        }
        for container in expected:
            self.put(store, authority, container)
        found = by_container(WindowsStore(Place.CURRENT_USER).read())
        assert {name: cause_of(row) for name, row in found.items()} == expected
        for name, row in found.items():
            assert row.key_details is not None
            hardware = "software" if name.startswith("software") else "smart-card"
            assert (row.key_details.hardware, row.key_details.interface) == (hardware, "capi")

    def test_a_container_that_does_not_open(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """Each code has its meaning; the provider is known for a card's without any card."""
        expected = {
            "8009000B": (KeyState.UNUSABLE, "undecipherable"),
            "80090010": (KeyState.UNUSABLE, "access-denied"),
            "80070005": (KeyState.UNUSABLE, "access-denied"),
            "80090024": (KeyState.UNUSABLE, "temporary-profile"),
            "8009001A": (KeyState.UNUSABLE, "container-damaged"),
            "8009001D": (KeyState.UNUSABLE, "provider-missing"),
            "80100030": (KeyState.NEEDS_USER, "card-other"),
            "80090016": (KeyState.NEEDS_USER, "card-other"),
            "8010000C": (KeyState.NEEDS_USER, "card-missing"),
            "8010001D": (KeyState.NEEDS_USER, "card-missing"),
            "8010002E": (KeyState.NEEDS_USER, "card-missing"),
            "8010006F": (KeyState.NEEDS_USER, "card-pin"),
            "80090022": (KeyState.NEEDS_USER, "asks"),
            "80090020": (KeyState.UNKNOWN, "other"),
        }
        for code in expected:
            self.put(store, authority, f"acquire={code}")
        found = by_container(WindowsStore(Place.CURRENT_USER).read())
        for code, (state, cause) in expected.items():
            row = found[f"acquire={code}"]
            assert state_of(row) == (state, KeyTrouble(cause, f"0x{code}"))
            assert row.key_details is not None
            assert row.key_details.hardware == "smart-card"

    def test_nothing_stays_open(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """Whatever way a probe ends, every handle that the provider gave goes back to it."""
        for container in ("software", "card", "software sign=8009000B", "userkey=8009000D"):
            self.put(store, authority, container)
        vendor = fakes.FakeLibrary(fakes.folder() / "csp.dll").dll
        with certificate_store.opened(Place.CURRENT_USER) as opened:
            found = [
                private_keys.probe(context, certificate_store.key_place(context)).code
                for context in certificate_store.contexts(opened)
            ]
        assert sorted(found) == [0, 0, 0x8009000B, 0x8009000D]
        assert vendor.FakeOpenHandles() == 0

    @pytest.mark.parametrize("trouble", ["hang", "crash"])
    def test_it_costs_only_its_own_row(
        self, store: windows_store.Filled, authority: pki.Authority, trouble: str
    ) -> None:
        """A provider that hangs or crashes leaves its own keys unknown, and all others told."""
        bad = {self.put(store, authority, f"{trouble} {n}").sha256 for n in range(2)}
        good = {self.put(store, authority, f"software {n}").sha256 for n in range(3)}
        limits = Limits(key=2.0)
        reading = WindowsStore(Place.CURRENT_USER, limits).read()
        rows = {one.certificate.sha256: state_of(one) for one in reading.installed}
        cause = "provider-hung" if trouble == "hang" else "provider-crashed"
        unknown = KeyState.UNKNOWN, KeyTrouble(cause)
        assert rows == dict.fromkeys(bad, unknown) | dict.fromkeys(good, (KeyState.PRESENT, None))

    def test_the_whole_time_has_an_end(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """When it is over, keys that were not tried are unknown for that reason."""
        for number in range(4):
            self.put(store, authority, f"hang {number}")
        limits = Limits(key=0.5, keys=0.5)
        reading = WindowsStore(Place.CURRENT_USER, limits).read()
        assert reading.reason is None
        causes = [one.key_trouble.cause for one in reading.installed if one.key_trouble]
        assert sorted(causes) == ["not-tried"] * 3 + ["provider-hung"]

    def test_what_it_prints_is_no_answer(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """Words of a vendor's DLL on stdout do not get among our own."""
        self.put(store, authority, "software print")
        assert state_of(only_row()) == (KeyState.PRESENT, None)


class TestCng:
    """The newer kind, which Wine has not: run against a DLL of our own."""

    COMMAND = (
        *(sys.executable, "-I", str(ROOT / "tests" / "windows" / "fakes" / "cng_reader.py")),
        str(ROOT),
    )

    @staticmethod
    def put(
        store: windows_store.Filled, authority: pki.Authority, provider: str, name: str
    ) -> None:
        issued = authority.issue(f"12345678901234 {name}")
        store.put_naming_key(issued.der, KeyPlace(provider, name, 0, 0, 0))

    def read(self) -> StoreReading:
        command = [*self.COMMAND, str(fakes.folder() / "ncrypt.dll")]
        return WindowsStore(Place.CURRENT_USER, command=command).read()

    def test_each_state(self, store: windows_store.Filled, authority: pki.Authority) -> None:
        """The same rules as for the older kind."""
        tpm = "Microsoft Platform Crypto Provider"
        expected = {
            ("software", "rsa"): (KeyState.PRESENT, None),
            ("software", "ec"): (KeyState.PRESENT, None),
            ("software", "rsa sign=8009000B"): (KeyState.UNUSABLE, "undecipherable"),
            ("software", "ec sign=80090022"): (KeyState.NEEDS_USER, "asks"),
            ("software", "rsa asks sign=80090022"): (KeyState.NEEDS_USER, "asks"),
            ("software", "rsa other"): (KeyState.UNUSABLE, "other-key"),
            ("software", "rsa open=80090016"): (KeyState.UNUSABLE, "container-missing"),
            ("software", "rsa bare"): (KeyState.PRESENT, None),
            ("missing", "rsa "): (KeyState.UNUSABLE, "provider-missing"),
            ("card", "rsa card"): (KeyState.NEEDS_USER, "card-pin"),
            ("card", "rsa card sign=8009000B"): (KeyState.NEEDS_USER, "card-pin"),
            ("card", "rsa card open=80090022"): (KeyState.NEEDS_USER, "asks"),
            ("card", "rsa card open=8010000C"): (KeyState.NEEDS_USER, "card-missing"),
            ("card", "rsa card open=80090016"): (KeyState.NEEDS_USER, "card-other"),
            (tpm, "rsa tpm"): (KeyState.PRESENT, None),
        }
        for provider, name in expected:
            self.put(store, authority, provider, name)
        found = {
            (row.key_provider, name): cause_of(row)
            for name, row in by_container(self.read()).items()
        }
        assert found == expected

    @pytest.mark.parametrize(
        ("provider", "name", "finding"),
        [
            (
                "software",
                "rsa export",
                KeyFinding(0, Interface.CNG, Hardware.SOFTWARE, exportable=True),
            ),
            (
                "software",
                "rsa asks",
                KeyFinding(0, Interface.CNG, Hardware.SOFTWARE, exportable=False, asks_person=True),
            ),
            ("software", "rsa bare", KeyFinding(0, Interface.CNG)),
            ("unheard of", "ec", KeyFinding(0, Interface.CNG, exportable=False)),
            ("device", "ec", KeyFinding(0, Interface.CNG, Hardware.DEVICE, exportable=False)),
            (
                "Microsoft Platform Crypto Provider",
                "rsa",
                KeyFinding(0, Interface.CNG, Hardware.TPM, exportable=False),
            ),
            (
                "Microsoft Smart Card Key Storage Provider",
                "rsa bare",
                KeyFinding(0, Interface.CNG, Hardware.SMART_CARD),
            ),
            ("card", "open=80090016", KeyFinding(0x80090016, hardware=Hardware.SMART_CARD)),
            ("missing", "rsa", KeyFinding(0x8009001E)),
        ],
    )
    def test_what_is_told_and_given_back(
        self,
        store: windows_store.Filled,
        authority: pki.Authority,
        provider: str,
        name: str,
        finding: KeyFinding,
    ) -> None:
        """Every fact of the key; every handle is freed once, and no call could show a dialog."""
        self.put(store, authority, provider, name)
        with (
            fakes.cng(fakes.folder() / "ncrypt.dll") as dll,
            certificate_store.opened(Place.CURRENT_USER) as opened,
        ):
            before = dll.FakeOpenHandles(), dll.FakeWrongCalls()
            [found] = [
                private_keys.probe(context, certificate_store.key_place(context))
                for context in certificate_store.contexts(opened)
            ]
            after = dll.FakeOpenHandles(), dll.FakeWrongCalls()
        assert found == finding
        assert after == before == (0, 0)

    def test_beside_keys_of_the_older_kind(
        self, store: windows_store.Filled, authority: pki.Authority, issued: pki.Issued
    ) -> None:
        """Each certificate's key is asked by its own interface."""
        store.put(issued)
        self.put(store, authority, "software", "rsa")
        reading = self.read()
        details: list[Any] = [one.key_details for one in reading.installed]
        assert sorted(one.interface for one in details) == ["capi", "cng"]
        assert {one.key for one in reading.installed} == {KeyState.PRESENT}
