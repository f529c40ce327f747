"""The self test on Windows: the person's own store, WinHTTP, and nothing left of it."""

from __future__ import annotations

import ctypes

import platformdirs
import pytest
from support import windows_store
from support.self_test import Running
from support.systems import is_wine

from certhelper.demo.authority import Authority, Issued
from certhelper.selftest import temporary
from certhelper.selftest.record import Record
from certhelper.selftest.windows_place import WindowsPlace
from certhelper.stores.base import KeyState
from certhelper.windows import advapi32

IS_WINE = is_wine()

ENDED = {
    "ready": "ready",
    "left-overs": "no-left-overs",
    "store-read": "store-read",
    "demo-bank": "demo-bank-started",
    "put": "certificate-put",
    "listed": "certificate-listed",
    "rehearsal": "rehearsed",
    "log-on": "engine-cannot-load" if IS_WINE else "logged-on",
    "proof": "bank-saw-it",
    "removed": "all-removed",
    "summary": "ok-but-not-all-tried" if IS_WINE else "all-ok",
}


@pytest.fixture(scope="module")
def issued() -> Issued:
    return temporary.issue(Authority())


def state() -> tuple[list[str], list[str], list[str]]:
    """What a run may leave: certificates, key containers, files of the program."""
    folder = platformdirs.user_state_path("certhelper", appauthor=False)
    files = [str(path) for path in (folder, *folder.rglob("*")) if path.exists()]
    return windows_store.fingerprints(), windows_store.containers(), files


def test_everything_is_as_before() -> None:
    """Every step goes well; under Wine the rehearsal takes the log-on's place, and that is said."""
    before = state()
    with Running() as run:
        assert run.finish() == 0
    assert run.codes == ENDED
    assert state() == before
    [read] = [line for line in run.lines if line["step"] == "store-read"]
    assert (read["detail"]["kind"], read["detail"]["place"]) == ("windows", "CurrentUser")
    [proof] = [line for line in run.lines if line["step"] == "proof"]
    assert proof["detail"]["pin_posts"] == (0 if IS_WINE else 1)


def test_a_run_that_was_killed_is_undone_by_the_next() -> None:
    """The certificate, its key, the record: found by what was written down."""
    before = state()
    with Running() as killed:
        killed.until("put")
        killed.process.kill()
    assert state() != before
    with Running() as run:
        assert run.finish() == 0
    assert run.codes == ENDED | {"left-overs": "left-overs-removed"}
    assert state() == before


def test_only_the_very_certificate_is_taken_out(issued: Issued) -> None:
    """Another run's has the same subject and the same name, and stays with its key."""
    place = WindowsPlace()
    before = state()
    other = temporary.issue(Authority())
    theirs, ours = (Record(temporary=b"", state_folders=[]) for _ in range(2))
    place.plan(theirs, other.der)
    place.put(other, theirs)
    between = state()
    place.plan(ours, issued.der)
    place.put(issued, ours)
    read = {one.certificate.sha256: one for one in place.store.read().installed}
    assert read[issued.sha256].key is KeyState.PRESENT
    assert read[issued.sha256].label == temporary.LABEL
    place.remove(ours)
    assert state() == between
    place.remove(theirs)
    place.remove(theirs)  # a second time, and where it never was
    assert state() == before


def test_a_key_whose_certificate_never_came_is_taken_out(issued: Issued) -> None:
    """Killed between the two: the container's name was written down before it was made."""
    place = WindowsPlace()
    before = state()
    record = Record(temporary=b"", state_folders=[])
    place.plan(record, issued.der)
    provider = ctypes.c_size_t()
    advapi32.acquire_context(
        ctypes.byref(provider),
        record.container,
        advapi32.MS_ENH_RSA_AES_PROV,
        advapi32.PROV_RSA_AES,
        advapi32.CRYPT_NEWKEYSET | advapi32.CRYPT_SILENT,
    )
    advapi32.release_context(provider, 0)
    assert state() != before
    place.remove(record)
    assert state() == before
