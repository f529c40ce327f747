"""The test signature of a key in Windows' own store, verified with its certificate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import fakes, pki, windows_store

from certhelper import key_test
from certhelper.checks import KeyTest
from certhelper.stores.base import Installed, KeyState, KeyTrouble
from certhelper.stores.windows import WindowsStore
from certhelper.stores.windows_reading import Limits
from certhelper.windows import advapi32, own_store
from certhelper.windows.certificate_store import KeyPlace, Place

EXCHANGE = advapi32.AT_KEYEXCHANGE
SIGNS = KeyTest(signs=True)


def rows() -> dict[str, Installed]:
    """By fingerprint; a hanging provider is not waited for long."""
    found = WindowsStore(Place.CURRENT_USER, Limits(key=2.0)).read().installed
    return {one.certificate.sha256: one for one in found}


class TestCapi:
    """Windows' own provider of the older kind, with real keys."""

    @pytest.mark.parametrize("exportable", [True, False])
    def test_key_signs(
        self, store: windows_store.Filled, authority: pki.Authority, exportable: bool
    ) -> None:
        """With SHA-256, and the certificate confirms it."""
        issued = windows_store.issue(authority, "12345678901234 user01")
        store.put(issued, exportable=exportable)
        assert key_test.test_key(rows()[issued.sha256]) == SIGNS

    def test_key_that_went(self, store: windows_store.Filled, authority: pki.Authority) -> None:
        """Between the reading and the test a key may be deleted: it cannot be used."""
        issued = windows_store.issue(authority, "12345678901234 user01")
        container = store.put(issued)
        mine = rows()[issued.sha256]
        own_store.remove_container(container)
        windows_store.delete({issued.sha256}, Place.CURRENT_USER)
        store.forget(issued.sha256)
        store.put_naming_key(
            issued.der, KeyPlace(mine.key_provider or "", container, 24, 0, EXCHANGE)
        )
        answer = key_test.test_key(mine)
        assert answer.signs is False
        assert answer.trouble is not None
        assert answer.trouble.cause == "container-missing"

    def test_certificate_that_went(
        self, store: windows_store.Filled, authority: pki.Authority
    ) -> None:
        """So may the certificate."""
        issued = windows_store.issue(authority, "12345678901234 user01")
        store.put(issued)
        mine = rows()[issued.sha256]
        own_store.remove(issued.sha256)
        store.forget(issued.sha256)
        assert key_test.test_key(mine) == KeyTest(None, KeyTrouble("certificate-gone"))


class TestVendor:
    """A vendor's provider: a DLL that is loaded by Windows and does what it likes."""

    @pytest.fixture(autouse=True)
    def _vendor(self) -> Iterator[None]:
        with fakes.registered_csp():
            yield

    @pytest.mark.parametrize(
        ("container", "outcome"),
        [
            ("software", KeyTest(False, KeyTrouble("other-key"))),
            ("software sign=80090022", KeyTest(None, KeyTrouble("asks"))),
            ("software sign=80090020", KeyTest(None, KeyTrouble("other", "0x80090020"))),
            ("card", KeyTest(None, KeyTrouble("card-pin"))),
            ("software hang", KeyTest(None, KeyTrouble("provider-hung"))),
            ("software crash", KeyTest(None, KeyTrouble("provider-crashed"))),
        ],
    )
    def test_what_the_provider_does(
        self,
        store: windows_store.Filled,
        authority: pki.Authority,
        container: str,
        outcome: KeyTest,
    ) -> None:
        """Nonsense for a signature, a refusal, a question, a card that nobody touches, a hang."""
        issued = windows_store.issue(authority, "12345678901234 user01")
        store.put_naming_key(
            issued.der, KeyPlace(fakes.CSP_NAME, container, fakes.CSP_TYPE, 0, EXCHANGE)
        )
        answer = key_test.test_key(rows()[issued.sha256], seconds=5.0)
        if outcome.trouble is not None and not outcome.trouble.code and answer.trouble is not None:
            answer = answer._replace(trouble=answer.trouble._replace(code=""))
        assert answer == outcome


def test_computers_store_is_not_the_persons(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """A certificate is looked for where it was read."""
    issued = windows_store.issue(authority, "12345678901234 user01")
    store.put(issued)
    elsewhere = rows()[issued.sha256]._replace(store=f"windows:{Place.LOCAL_MACHINE.value}")
    assert elsewhere.key is KeyState.PRESENT
    assert key_test.test_key(elsewhere) == KeyTest(None, KeyTrouble("certificate-gone"))
