"""Into the person's store of Windows and out of it again, by Windows' own calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import pki, windows_store

from certhelper import banks, listing, moment
from certhelper.bank import Bank
from certhelper.failures import FailedError, WrongUseError
from certhelper.installing import importing, removing, targets
from certhelper.installing.importing import Plan, Preview
from certhelper.installing.targets import Target
from certhelper.secret import Secret
from certhelper.stores import registry
from certhelper.stores.nss_writing import NewEntry
from certhelper.windows import crypt32, person_store
from certhelper.windows.certificate_store import AUTHORITIES, Place, contexts, der_of, opened

PASSPHRASE = "transport"
STORE = "windows:CurrentUser"


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority("Example Root").intermediate(pki.ISSUER)


@pytest.fixture(scope="module")
def issued(authority: pki.Authority) -> pki.Issued:
    return authority.issue("12345678901234 user01", key="rsa")


@pytest.fixture
def file(tmp_path: Path, issued: pki.Issued) -> Path:
    path = tmp_path / "mine.p12"
    path.write_bytes(issued.pkcs12(PASSPHRASE, name="利用者の証明書"))
    return path


@pytest.fixture
def bank() -> Bank:
    return banks.find(None).bank


@pytest.fixture
def target(issued: pki.Issued, authority: pki.Authority) -> Iterator[Target]:
    """This PC's own target; both stores are as before at the end."""
    containers = windows_store.containers()
    yield targets.to_import_into(None)
    if issued.sha256 in windows_store.fingerprints():
        person_store.remove(issued.sha256, takes_key=True)
    with opened(Place.CURRENT_USER, writable=True, name=AUTHORITIES) as store:
        found = [
            crypt32.duplicate_certificate(context)
            for context in contexts(store)
            if der_of(context) == authority.der
        ]
        for context in found:
            crypt32.delete_certificate(context)
    assert windows_store.containers() == containers


def look(file: Path, target: Target, bank: Bank) -> Preview:
    return importing.look(file, target, bank, moment.now(), Secret.from_characters(PASSPHRASE))


def bring_in(preview: Preview) -> None:
    importing.bring_in(preview, Secret.from_characters(PASSPHRASE))


def test_imported_listed_and_removed(
    file: Path, target: Target, bank: Bank, issued: pki.Issued, authority: pki.Authority
) -> None:
    """The key is Windows' to keep, its CA below a root comes along, the root does not."""
    preview = look(file, target, bank)
    assert [item.plan for item in preview.items] == [Plan.ADD, Plan.ADD, Plan.ROOT_LEFT_OUT]
    bring_in(preview)
    rows = {one.certificate.sha256: one for one in target.store.read().installed}
    assert rows[issued.sha256].label == "利用者の証明書"
    assert authority.der in person_store.authorities()

    again = look(file, target, bank)
    assert again.changes == ()
    bring_in(again)

    found = listing.read([target.store], bank, moment.now())
    removal = removing.look(issued.sha256, STORE, target, found)
    codes = {one.code for one in removal.depends}
    assert "backup-elsewhere" in codes
    assert not removal.can_back_up
    removing.take_out(removal)
    assert issued.sha256 not in windows_store.fingerprints()


def test_one_that_is_there_is_not_replaced(
    file: Path, target: Target, bank: Bank, issued: pki.Issued
) -> None:
    """Windows itself refuses to add it once more, and no key of the attempt is left."""
    preview = look(file, target, bank)
    bring_in(preview)
    with pytest.raises(FailedError) as caught:
        target.put([NewEntry(issued.der, issued.key_der, "another")], None)
    assert caught.value.code == "windows-store-not-changed"
    assert windows_store.fingerprints().count(issued.sha256) == 1


def test_a_refused_entry_undoes_those_before_it(
    target: Target, issued: pki.Issued, authority: pki.Authority
) -> None:
    """Neither the CA nor the certificate that Windows took first is left."""
    refused = NewEntry(b"garbage", None, "bad")
    good = NewEntry(issued.der, issued.key_der, "good")
    with pytest.raises(FailedError):
        target.put([NewEntry(authority.der, None, "CA"), good, refused], None)
    assert issued.sha256 not in windows_store.fingerprints()
    assert authority.der not in person_store.authorities()


def test_the_computers_store_is_left_to_whoever_looks_after_it() -> None:
    """Neither in nor out."""
    with pytest.raises(WrongUseError) as caught:
        targets.to_import_into("windows:LocalMachine")
    assert caught.value.code == "import-target-wrong"
    with pytest.raises(FailedError) as refused:
        targets.to_remove_from(registry.open_store("windows:LocalMachine"))
    assert refused.value.code == "remove-elsewhere"
