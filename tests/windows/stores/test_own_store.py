"""What the program puts into the person's store itself, and takes out again."""

from __future__ import annotations

import ctypes

import pytest
from support import pki, windows_store

from certhelper.windows import advapi32, crypt32, own_store
from certhelper.windows.certificate_store import (
    KeyPlace,
    Place,
    der_of,
    find,
    friendly_name,
    key_place,
)
from certhelper.windows.library import WindowsCallError

NTE_BAD_KEYSET = 0x80090016
CRYPT_E_EXISTS = 0x80092005


def container_is_there(name: str) -> bool:
    provider = ctypes.c_size_t()
    kind = advapi32.MS_ENH_RSA_AES_PROV, advapi32.PROV_RSA_AES
    try:
        advapi32.acquire_context(ctypes.byref(provider), name, *kind, advapi32.CRYPT_SILENT)
    except WindowsCallError as error:
        if error.code != NTE_BAD_KEYSET:
            raise
        return False
    advapi32.release_context(provider, 0)
    return True


@pytest.fixture(scope="module")
def issued(authority: pki.Authority) -> pki.Issued:
    return windows_store.issue(authority, "12345678901234 user01")


def test_a_certificate_is_found_with_its_name_and_key(
    store: windows_store.Filled, issued: pki.Issued
) -> None:
    """It is there under its own fingerprint, with the name and the key's place as they were put."""
    container = store.put(issued, "利用者の証明書 é")
    with find(issued.sha256) as context:
        assert der_of(context) == issued.der
        assert friendly_name(context) == "利用者の証明書 é"
        assert key_place(context) == KeyPlace(
            advapi32.MS_ENH_RSA_AES_PROV,
            container,
            advapi32.PROV_RSA_AES,
            flags=0,
            key_spec=advapi32.AT_KEYEXCHANGE,
        )


def test_the_key_signs_for_the_certificate(store: windows_store.Filled, issued: pki.Issued) -> None:
    """Windows gives the key that belongs to the certificate's public key."""
    store.put(issued)
    handle, spec, must_free = ctypes.c_void_p(), ctypes.c_uint32(), ctypes.c_int32()
    flags = crypt32.CRYPT_ACQUIRE_SILENT_FLAG | crypt32.CRYPT_ACQUIRE_COMPARE_KEY_FLAG
    with find(issued.sha256) as context:
        crypt32.acquire_private_key(
            context, flags, None, *(ctypes.byref(one) for one in (handle, spec, must_free))
        )
    assert (spec.value, bool(must_free)) == (advapi32.AT_KEYEXCHANGE, True)
    advapi32.release_context(handle.value, 0)


def test_nothing_is_left_of_what_was_removed(
    store: windows_store.Filled, issued: pki.Issued
) -> None:
    """Certificate and key container are gone; a second removal says that there is nothing."""
    container = store.put(issued)
    assert container_is_there(container)
    assert own_store.remains() == [issued.sha256]
    own_store.remove(issued.sha256)
    store.forget(issued.sha256)
    assert own_store.remains() == windows_store.fingerprints() == []
    assert not container_is_there(container)
    with pytest.raises(LookupError):
        own_store.remove(issued.sha256)


def test_another_programs_certificate_is_left_alone(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """What this program did not put there is not removed by it."""
    other = authority.issue("12345678901234 user02")
    store.put_bare(other.der)
    with pytest.raises(LookupError):
        own_store.remove(other.sha256)
    assert windows_store.fingerprints() == [other.sha256]


def test_one_without_a_key_is_taken_out_by_its_name(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """Another name or a key says that it is not the one that was put; a second time is no fault."""
    bare = authority.issue("12345678901234 user03")
    own_store.put_without_key(bare.der, "デモ")
    with find(bare.sha256) as context:
        assert (friendly_name(context), key_place(context)) == ("デモ", None)
    with pytest.raises(LookupError):
        own_store.undo_without_key(bare.sha256, "another")
    keyed = windows_store.issue(authority, "12345678901234 user04")
    store.put(keyed, "デモ")
    with pytest.raises(LookupError):
        own_store.undo_without_key(keyed.sha256, "デモ")
    own_store.undo_without_key(bare.sha256, "デモ")
    own_store.undo_without_key(bare.sha256, "デモ")
    assert windows_store.fingerprints() == [keyed.sha256]


def test_a_certificate_that_cannot_be_put_leaves_no_key(
    store: windows_store.Filled, issued: pki.Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Windows refuses the certificate its new key container goes again."""
    store.put(issued)
    monkeypatch.setattr(own_store, "uuid4", lambda: "second")
    with pytest.raises(WindowsCallError) as caught:
        own_store.put(issued.der, issued.key, "again")  # type: ignore[arg-type]  # RSA by fixture
    assert caught.value.code == CRYPT_E_EXISTS
    assert not container_is_there("certhelper-second")


def test_the_computers_store_is_another_one(
    store: windows_store.Filled, issued: pki.Issued, authority: pki.Authority
) -> None:
    """What is the computer's is found there, what is the person's is not.

    The other way round Wine differs: its store of the current user shows the computer's, too.
    """
    computer = authority.issue("12345678901234 pc")
    store.put(issued)
    store.put_bare(computer.der, place=Place.LOCAL_MACHINE)
    with find(computer.sha256, Place.LOCAL_MACHINE) as context:
        assert der_of(context) == computer.der
    with pytest.raises(LookupError), find(issued.sha256, Place.LOCAL_MACHINE):
        pass
