"""``logon`` and ``rehearse`` on what only Windows has: the computer's store, files, prompts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import windows_store

from certhelper.bank import Bank
from certhelper.demo.authority import Issued
from certhelper.demo.server import DemoServer
from certhelper.failures import FailedError
from certhelper.logon.plan import Plan
from certhelper.logon.preparation import prepare
from certhelper.logon.rehearsal_windows import rehearse
from certhelper.logon.stages import StageReport, Until
from certhelper.windows import certificate_store, crypt32
from certhelper.windows.certificate_store import Place

PROGRAM = "import sys; from certhelper.cli import main; sys.exit(main(sys.argv[1:]))"


def certhelper(*words: str) -> tuple[int, list[dict[str, object]], str]:
    """Run the command; return its status, its JSON lines and what it said on stderr."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


@pytest.fixture
def in_both_stores(install: Callable[..., Issued]) -> Iterator[Issued]:
    """A certificate in the person's store and, with the same key, in the computer's."""
    issued = install()
    with (
        certificate_store.find(issued.sha256) as context,
        certificate_store.opened(Place.LOCAL_MACHINE, writable=True) as store,
    ):
        crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
    yield issued
    windows_store.delete({issued.sha256}, Place.LOCAL_MACHINE)


def test_a_certificate_of_the_computers_store_reaches_the_bank_by_winhttp_alone(
    in_both_stores: Issued, bank: Bank, server: DemoServer
) -> None:
    """WinHTTP takes it; the commands refuse it, because the engine could not log on with it."""
    issuers = (in_both_stores.certificate.issuer.public_bytes(),)
    plan = Plan(bank, in_both_stores.sha256, issuers, Until.PIN, False)
    reports: list[StageReport] = []
    place = Place.LOCAL_MACHINE
    assert rehearse(plan, place, {in_both_stores.sha256: issuers}, reports.append) == 0
    assert server.log.entries[-1].sha256 == in_both_stores.sha256

    named = ["--certificate", in_both_stores.sha256, "--bank", str(bank.source), "--json"]
    status, lines, said = certhelper("rehearse", "--store", f"windows:{place.value}", *named)
    assert (status, lines[-1]["code"]) == (1, "certificate-not-usable"), said


@pytest.mark.parametrize("store", ["pkcs12:C:\\user01.p12", "nss:C:\\nssdb"])
def test_a_file_is_to_be_imported_first(store: str, tmp_path: Path) -> None:
    """The engine on Windows reads Windows' store alone; the person is told what to do."""
    with pytest.raises(FailedError) as caught:
        prepare(tmp_path, store, None)
    assert caught.value.code == "store-not-in-windows"
    assert list(tmp_path.iterdir()) == []
