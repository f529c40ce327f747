"""The private database of a log-on holds the chosen certificate, its key, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import nssdb
from support.systems import only_on_linux

from certhelper.failures import FailedError
from certhelper.logon.preparation import prepare
from certhelper.secret import Secret
from certhelper.stores.base import KeyState
from certhelper.stores.nss import NssStore

pytestmark = only_on_linux

SAMPLES = Path(__file__).parents[1] / "stores" / "pkcs12_samples"
OF_JAVA = json.loads((SAMPLES / "samples.json").read_text("utf-8"))["java-modern.p12"]


def passphrase() -> Secret:
    return Secret.from_characters(OF_JAVA["passphrase"])


@pytest.mark.parametrize("sha256", OF_JAVA["certificates"])
def test_of_a_file_with_several_keys_the_chosen_one(tmp_path: Path, sha256: str) -> None:
    """Java's keystore of two users: NSS takes either, and the other stays out of the session."""
    issuers = prepare(tmp_path, f"pkcs12:{SAMPLES / 'java-modern.p12'}", passphrase(), sha256)
    made = NssStore(tmp_path / ".pki" / "nssdb").read()
    rows = {one.certificate.sha256: one.key for one in made.installed}
    assert {row for row, key in rows.items() if key is KeyState.PRESENT} == {sha256}
    assert not (set(OF_JAVA["certificates"]) - {sha256}) & set(rows)
    assert len(nssdb.Database(tmp_path / ".pki" / "nssdb").keys()) == 1
    assert issuers


def test_a_file_that_was_replaced_since(tmp_path: Path) -> None:
    """Nobody is logged on with another certificate than the one that was chosen."""
    with pytest.raises(FailedError, match="pkcs12-without-certificate"):
        prepare(tmp_path, f"pkcs12:{SAMPLES / 'java-modern.p12'}", passphrase(), "0" * 64)


def test_a_file_whose_certificates_are_open(tmp_path: Path) -> None:
    """Its row was there without a passphrase; the key still needs it."""
    store = f"pkcs12:{SAMPLES / 'java-open-certificates.p12'}"
    sha256 = next(iter(OF_JAVA["certificates"]))
    with pytest.raises(FailedError, match="passphrase-needed"):
        prepare(tmp_path, store, None, sha256)
    assert prepare(tmp_path, store, passphrase(), sha256)
