"""What a report must not tell, and what stays although somebody is called so."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest
from support import listings, made_reports

from certhelper.diagnosis import saving
from certhelper.diagnosis.raw_values import aliases_of
from certhelper.diagnosis.redaction import Redacted
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.values import plain


def test_the_addresses_of_this_pc(monkeypatch: pytest.MonkeyPatch) -> None:
    """In IPv6 they are public, and yet of this PC alone; a server's of the outside stay."""
    lines = {
        "eth0": [
            SimpleNamespace(family=socket.AF_INET6, address="240b:10:1:2::5"),
            SimpleNamespace(family=socket.AF_INET6, address="fe80::1%eth0"),
        ],
        "lo": [SimpleNamespace(family=socket.AF_INET, address="127.0.0.1")],
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: lines)
    found = listings.listing()
    teller = Redacted(aliases_of(made_reports.scene(found), (), (), found), "ja")
    told = teller.value(plain("from 240B:10:1:2::5 to 2400:cb00::1 by 127.0.0.1"))
    assert told == "from 内部アドレス1 to 2400:cb00::1 by 127.0.0.1"


def test_a_system_that_tells_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs no report."""

    def refusing() -> None:
        raise RuntimeError("GetAdaptersAddresses() syscall failed.")

    monkeypatch.setattr(psutil, "net_if_addrs", refusing)
    found = listings.listing()
    assert aliases_of(made_reports.scene(found), (), (), found).known


def test_no_date_tells_who_is_called_like_its_year() -> None:
    """Nor does the bank's name, which stands in its certificates, too."""
    bank = listings.bank().name
    certificate = listings.installed("98765432109876 2026")._replace(label=bank)
    found = made_reports.finding(details=[plain("2026年11月20日 8:59 まで")])
    report = made_reports.made([certificate], made_reports.outcomes(period=[found]))
    whole = saving.content(report, Format.TEXT)
    assert "2026年11月20日 8:59 まで" in whole
    assert f"銀行: {bank}" in whole
    assert "利用者A年" not in whole
