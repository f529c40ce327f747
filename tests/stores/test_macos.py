"""macOS' keychain: what is asked of it, and what its answers mean.  Never run on a real Mac."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from support import der
from support.fake_keychain import FakeIdentity, FakeKey, FakeLibraries
from support.systems import only_on_linux

from certhelper import texts
from certhelper.stores import macos, macos_keychain, macos_reader
from certhelper.stores.base import Installed, KeyState, KeyTrouble, StoreStatus
from certhelper.stores.macos import MacosStore
from certhelper.stores.macos_keychain import Key

MINE = der.certificate(subject=der.common_name("12345678901234 user01"))
CA = der.certificate(subject=der.common_name("Example CA"))


def read(libraries: FakeLibraries) -> tuple[tuple[Installed, ...], tuple[StoreStatus, str, str]]:
    """What the child would say, taken as its parent takes it; nothing is left unreleased."""
    lines = [json.dumps(one).encode() for one in macos_reader.answers(libraries)]
    assert libraries.held == {}
    return macos.taken(lines)


class TestReading:
    """The calls, on a library of our own."""

    def test_certificates_with_and_without_key(self) -> None:
        """An identity is listed once though it is a certificate, too; a CA has no key."""
        mine = FakeIdentity(MINE, "my\u202ecertificate", FakeKey(exportable=False))
        rows, status = read(FakeLibraries([mine], [mine, FakeIdentity(CA, None)]))
        assert status == (StoreStatus.OK, "", "")
        assert [(one.certificate.der, one.key, one.store) for one in rows] == [
            (MINE, KeyState.PRESENT, "macos"),
            (CA, KeyState.ABSENT, "macos"),
        ]
        assert [one.label for one in rows] == ["my[U+202E]certificate", ""]
        assert rows[0].key_details is not None
        assert (rows[0].key_details.hardware, rows[0].key_details.is_exportable) == (
            "software",
            False,
        )

    def test_what_is_asked(self) -> None:
        """All identities and all certificates, as references, and never with a dialog."""
        libraries = FakeLibraries()
        assert read(libraries) == ((), (StoreStatus.OK, "", ""))
        common = {
            "kSecMatchLimit": "kSecMatchLimitAll",
            "kSecReturnRef": "kCFBooleanTrue",
            "kSecUseAuthenticationUI": "kSecUseAuthenticationUISkip",
        }
        assert libraries.queries == [
            common | {"kSecClass": "kSecClassIdentity"},
            common | {"kSecClass": "kSecClassCertificate"},
        ]

    @pytest.mark.parametrize(
        ("key", "locked", "state", "trouble"),
        [
            (FakeKey(), False, KeyState.PRESENT, None),
            (FakeKey(tells=False), False, KeyState.PRESENT, None),
            (FakeKey(), None, KeyState.PRESENT, None),
            (FakeKey(), True, KeyState.NEEDS_USER, KeyTrouble("keychain-locked")),
            (FakeKey(token="card"), False, KeyState.NEEDS_USER, KeyTrouble("card-pin")),
            (FakeKey(-25308), False, KeyState.NEEDS_USER, KeyTrouble("asks", "-25308")),
            (FakeKey(-25308), True, KeyState.NEEDS_USER, KeyTrouble("keychain-locked", "-25308")),
            (FakeKey(-25293), False, KeyState.UNUSABLE, KeyTrouble("access-denied", "-25293")),
            (FakeKey(-25300), False, KeyState.UNUSABLE, KeyTrouble("container-missing", "-25300")),
            (FakeKey(-67000), False, KeyState.UNKNOWN, KeyTrouble("other", "-67000")),
        ],
    )
    def test_key(
        self, key: FakeKey, locked: bool | None, state: KeyState, trouble: KeyTrouble | None
    ) -> None:
        """Each answer has its meaning, and a text of reasons.toml."""
        [row], _ = read(FakeLibraries([FakeIdentity(MINE, key=key)], locked=locked))
        assert (row.key, row.key_trouble) == (state, trouble)
        if trouble is not None:
            assert trouble.cause in texts.area("reasons")["key-causes"]

    def test_identity_that_gives_no_certificate(self) -> None:
        """It is still found among the certificates, without its key."""
        broken = FakeIdentity(MINE, status=-67671)
        rows, _ = read(FakeLibraries([broken], [FakeIdentity(MINE)]))
        assert [(one.certificate.der, one.key) for one in rows] == [(MINE, KeyState.ABSENT)]

    def test_empty_certificate(self) -> None:
        """Whatever the keychain holds is a row."""
        [row], _ = read(FakeLibraries([], [FakeIdentity(b"")]))
        assert row.certificate.unread_fields

    @pytest.mark.parametrize(
        ("code", "status", "reason"),
        [
            (-25291, StoreStatus.UNAVAILABLE, "keychain-missing"),
            (-25294, StoreStatus.UNAVAILABLE, "keychain-missing"),
            (-25307, StoreStatus.UNAVAILABLE, "keychain-missing"),
            (-25295, StoreStatus.FAILED, "keychain-damaged"),
            (-25308, StoreStatus.LOCKED, "keychain-locked"),
            (-25293, StoreStatus.LOCKED, "keychain-locked"),
            (-34018, StoreStatus.FAILED, "keychain-refused"),
        ],
    )
    def test_refusal(self, code: int, status: StoreStatus, reason: str) -> None:
        """What macOS says is said in words, with its number for the helpdesk."""
        found = read(FakeLibraries(refusal=code))
        assert found == ((), (status, reason, f"SecItemCopyMatching: {code}"))
        assert texts.text(f"stores.{reason}")


class TestParent:
    """Whatever the child says or does."""

    @pytest.mark.parametrize(
        "line",
        [
            b"an extension wrote this",
            b"[]",
            b'{"der": 1, "label": "", "key": null}',
            b'{"der": "", "label": "", "key": {"nonsense": 1}}',
            b'{"failed": "SecItemCopyMatching", "code": "x"}',
        ],
    )
    def test_nonsense(self, line: bytes) -> None:
        """What was told before it is kept."""
        good = json.dumps({"der": "", "label": "first", "key": None}).encode()
        rows, status = macos.taken([good, line])
        assert [one.label for one in rows] == ["first"]
        assert status == (StoreStatus.FAILED, "keychain-crashed", "")

    def test_end_that_never_came(self) -> None:
        """A list that is cut off does not look whole."""
        assert macos.taken([b'{"locked": false}'])[1][1] == "keychain-crashed"

    @only_on_linux
    @pytest.mark.parametrize(
        ("program", "seconds", "reason"),
        [
            ("import time; time.sleep(600)", 1.0, "keychain-hung"),
            ("import os; os.abort()", 60.0, "keychain-crashed"),
            ("pass", 60.0, "keychain-crashed"),
            ("print('{\"done\": true}')", 60.0, None),
        ],
    )
    def test_child(self, program: str, seconds: float, reason: str | None) -> None:
        """A service that hangs or crashes costs this store only."""
        reading = MacosStore([sys.executable, "-c", program], seconds).read()
        assert (reading.kind, reading.where, reading.name) == ("macos", "", "macos")
        assert reading.reason == reason
        assert (reading.status is StoreStatus.OK) == (reason is None)

    @only_on_linux
    def test_another_system(self) -> None:
        """Where there are no frameworks the child says so and ends; nothing is raised here."""
        reading = MacosStore().read()
        assert (reading.status, reading.reason) == (StoreStatus.FAILED, "keychain-crashed")
        assert "Security" in reading.detail or "CoreFoundation" in reading.detail


def test_key_is_told_whole() -> None:
    """What the child writes of a key is what the parent reads."""
    told: dict[str, Any] = json.loads(json.dumps(Key(-1, "token", True)._asdict()))
    assert Key(**told) == Key(-1, "token", True)
    assert macos_keychain.ERR_SEC_ITEM_NOT_FOUND == -25300
