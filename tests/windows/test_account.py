"""What Windows tells of the account: the kind of its profile, its keys, and when they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from support import certificate_checks, pki, windows_store
from support.revocation_servers import now

from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Finding
from certhelper.stores.windows import WindowsStore
from certhelper.windows import key_containers, obtained, own_store, pending_requests, profile_type
from certhelper.windows.certificate_store import Place
from certhelper.windows.profile_type import ProfileType

NAME = "12345678901234 user01"


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority()


@pytest.fixture
def store() -> Iterator[windows_store.Filled]:
    with windows_store.filled() as stores:
        yield stores


def checked(name: str) -> Finding:
    mine = WindowsStore(Place.CURRENT_USER)
    scene = certificate_checks.scene_of_stores(mine, at=now())
    return certificate_checks.check(name, scene)[0]


def test_the_profile_of_an_ordinary_account() -> None:
    """Windows is asked, and answers."""
    assert profile_type.profile_type() is ProfileType.LOCAL


def test_a_key_that_signs_is_the_accounts_own(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """The certificate's first day is told, and when it was written into the store."""
    store.put(windows_store.issue(authority, NAME))
    found = checked("account")
    assert found.code == "account-same"
    details = certificate_checks.told(found)["details"]
    assert "Windowsに書き込まれた日時 20" in details


def test_when_a_certificate_was_written(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """To the minute, by the file or the registry; of one that is not there nothing is known."""
    issued = windows_store.issue(authority, NAME)
    begun = now()
    store.put(issued)
    written = obtained.written_at(Certificate(issued.der).sha1)
    assert written is not None
    assert abs(written - begun) < timedelta(hours=1)
    assert obtained.written_at("00" * 20) is None


def test_a_certificate_without_its_key_asks_for_the_account(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """Another account may have obtained it."""
    store.put_bare(authority.issue(NAME).der)
    assert checked("account").code == "account-perhaps-other"
    assert checked("key-present").code == "key-absent"


def test_nothing_was_applied_for() -> None:
    """The store of requests is opened and walked; on a fresh Windows there is none."""
    assert pending_requests.count() == 0


def test_a_key_whose_certificate_was_deleted(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """Windows leaves it: a trace that tells of a deletion, or of one that never came."""
    before = key_containers.count_unnamed()
    assert before is not None
    issued = windows_store.issue(authority, NAME)
    container = store.put(issued)
    assert key_containers.count_unnamed() == before
    windows_store.delete({issued.sha256}, Place.CURRENT_USER)
    store.forget(issued.sha256)
    try:
        assert key_containers.count_unnamed() == before + 1
        details = certificate_checks.told(checked("present"))["details"]
        assert f"証明書のない秘密キーが{before + 1}個あります" in details
    finally:
        own_store.remove_container(container)


def test_a_key_of_the_older_kind(store: windows_store.Filled, authority: pki.Authority) -> None:
    """It is told before TLS 1.3 refuses it."""
    store.put(windows_store.issue(authority, NAME))
    assert checked("provider").code == "provider-old"
