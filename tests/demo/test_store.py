"""The demo's store and profile: what the program finds in them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from support.demo_cases import REASONS
from support.systems import needs_linux

from certhelper import listing
from certhelper.bank import Bank
from certhelper.demo import cases, profile, store
from certhelper.demo.authority import Authority
from certhelper.demo.client import Addresses
from certhelper.demo.customers import DEMO_PIN
from certhelper.listing import Listing
from certhelper.stores.nss import NssStore

ADDRESSES = Addresses(
    front="https://www.demo-bank.localhost:4001",
    logon="https://login.demo-bank.localhost:4002",
    elsewhere="https://elsewhere.demo-bank.localhost:4002",
)


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The demo's CAs at noon in Japan, far from any change of day."""
    return Authority(datetime(2026, 11, 20, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def made(authority: Authority) -> dict[str, cases.Case]:
    """Every case by its name."""
    return {case.name: case for case in cases.make(authority)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where profile and store are written."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def bank(folder: Path, authority: Authority) -> Bank:
    """The demo's profile, read back."""
    return Bank.read(profile.write(folder, ADDRESSES, authority.server_root))


@pytest.fixture(scope="module")
def found(folder: Path, authority: Authority, made: dict[str, cases.Case], bank: Bank) -> Listing:
    """What the program lists of the demo's store."""
    needs_linux("NSS's library, which writes the store")
    store.write(folder / "store", authority, list(made.values()))
    return listing.read([NssStore(folder / "store")], bank, authority.now)


def test_every_case_is_listed(found: Listing, made: dict[str, cases.Case]) -> None:
    """No case is lost on its way through NSS, however odd its name."""
    listed = {judged.installed.certificate.sha256 for judged in found.grouped.judged}
    assert {case.issued.sha256 for case in made.values()} <= listed


@pytest.mark.parametrize("name", REASONS)
def test_reasons(found: Listing, made: dict[str, cases.Case], name: str) -> None:
    """Each case is judged as the thing that it is there to show."""
    sha256 = made[name].issued.sha256
    judged = next(one for one in found.grouped.judged if one.installed.certificate.sha256 == sha256)
    assert {reason.code for reason in judged.reasons} == REASONS[name]


def test_nss_itself_reads_the_store(found: Listing, made: dict[str, cases.Case]) -> None:
    """NSS's own tool lists every certificate, and a private key for each that has one."""
    directory = f"sql:{found.readings[0].where}"
    listed = subprocess.run(
        ["certutil", "-L", "-d", directory], capture_output=True, text=True, check=True
    ).stdout
    assert listed.count("u,u,u") == sum(case.has_key for case in made.values())
    issuers = [line for line in listed.splitlines() if line.startswith("Example Bank CA")]
    assert [line.split()[-1] for line in issuers] == [",,"] * 3  # nothing is trusted


def test_profile_says_where_things_may_go(bank: Bank) -> None:
    """Only the log-on server may get a certificate, and the name tells the demo's PIN."""
    assert bank.site.certificate_hosts == ("login.demo-bank.localhost:4002",)
    assert bank.site.allowed_hosts == ("www.demo-bank.localhost:4001",)
    assert not bank.allows("https", "elsewhere.demo-bank.localhost", 4002)
    assert bank.pages.pin.form_action == "/biznet/pin"
    assert "デモ" in bank.name
    assert DEMO_PIN in bank.name
    assert all(bank.pin.accepts(character) for character in DEMO_PIN)


def test_profile_pages_are_told_apart(bank: Bank) -> None:
    """No marker of one page is part of another page's marker."""
    markers = [
        *(bank.pages.logon.markers + bank.pages.pin.markers),
        *(bank.pages.top.markers + bank.pages.other.markers),
        *(marker for page in bank.pages.failures for marker in page.markers),
    ]
    for marker in markers:
        assert [other for other in markers if marker in other] == [marker]


def test_last_moment_is_in_the_morning() -> None:
    """A certificate ends at 08:59:59 in Japan, which is 23:59:59 UTC of the day before."""
    evening = datetime(2026, 11, 20, 20, tzinfo=UTC)  # 05:00 on the 21st in Japan
    assert cases.last_moment(evening, 0) == datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    assert cases.last_moment(evening, 30) - cases.last_moment(evening, 0) == timedelta(days=30)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_next_morning_is_always_ahead(hour: int) -> None:
    """At any hour the certificate that ends next is still valid, for a day at most."""
    authority = Authority(datetime(2026, 11, 20, hour, 59, 59, tzinfo=UTC))
    case = next(case for case in cases.make(authority) if case.name == "expires-at-0859")
    left = case.issued.certificate.not_valid_after_utc - authority.now
    assert timedelta(0) < left <= timedelta(days=1)


def test_files_for_systems_without_nss(
    tmp_path: Path, authority: Authority, made: dict[str, cases.Case]
) -> None:
    """Every case with a key is a PKCS#12 file with its certificate, key and chain."""
    store.write_files(tmp_path / "store", authority, list(made.values()), b"demo")
    files = {file.stem for file in (tmp_path / "store").iterdir()}
    assert files == {case.name for case in made.values() if case.has_key}
    loaded = pkcs12.load_pkcs12((tmp_path / "store" / "user.p12").read_bytes(), b"demo")
    assert loaded.cert is not None
    assert loaded.cert.certificate == made["user"].issued.certificate
    assert loaded.key is not None
    assert len(loaded.additional_certs) == 3
