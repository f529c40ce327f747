"""What Windows is not even given: a certificate that cannot be written for it."""

from __future__ import annotations

import pytest
from support import der, pki

from certhelper.failures import FailedError
from certhelper.installing.windows_target import WindowsTarget
from certhelper.stores.nss_writing import NewEntry
from certhelper.stores.windows import WindowsStore
from certhelper.windows.certificate_store import Place


def test_a_certificate_of_an_odd_version_is_told_by_its_name(issued: pki.Issued) -> None:
    """It is no fault of the program, and nothing has been changed when it is told."""
    odd = der.certificate(version=der.tlv(0xA0, der.integer(4)))
    entry = NewEntry(odd, bytearray(issued.key_der), "odd one")
    with pytest.raises(FailedError) as caught:
        WindowsTarget(WindowsStore(Place.CURRENT_USER)).put([entry], None)
    assert caught.value.code == "import-certificate-odd"
    assert caught.value.facts["name"] == "odd one"
    assert "4" in caught.value.facts["detail"]
