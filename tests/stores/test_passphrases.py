"""Passphrases in a real Secret Service, and the keyrings that are refused."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from support.systems import only_on_linux

from certhelper import settings
from certhelper.secret import Secret
from certhelper.stores import passphrases
from certhelper.stores.base import Availability
from certhelper.stores.passphrases import KeyringRefusedError

ONE = passphrases.fingerprint(b"one file")
OTHER = passphrases.fingerprint(b"another file")


def text_of(secret: Secret | None) -> str | None:
    return None if secret is None else "".join(secret.characters())


@pytest.mark.usefixtures("unlocked_keyring")
class TestRealKeyring:
    def test_remembered_by_the_file(self) -> None:
        """What was remembered for one file comes back for it and for no other."""
        passphrases.remember(ONE, Secret.from_characters("合言葉 pass"))

        assert passphrases.availability() == Availability(usable=True)
        assert text_of(passphrases.recall(ONE)) == "合言葉 pass"
        assert passphrases.recall(OTHER) is None

    def test_replaced(self) -> None:
        """The newest passphrase counts."""
        passphrases.remember(ONE, Secret.from_characters("old"))
        passphrases.remember(ONE, Secret.from_characters("new"))
        assert text_of(passphrases.recall(ONE)) == "new"

    def test_forgotten(self) -> None:
        """Forgetting removes the one entry, twice does no harm."""
        passphrases.remember(ONE, Secret.from_characters("1"))
        passphrases.remember(OTHER, Secret.from_characters("2"))
        passphrases.forget(ONE)
        passphrases.forget(ONE)
        assert passphrases.recall(ONE) is None
        assert text_of(passphrases.recall(OTHER)) == "2"

    def test_the_longest_there_may_be(self) -> None:
        """One that is longer would be kept and never be given back."""
        for letter in ("a", "あ"):
            longest = letter * (passphrases.LONGEST // len(letter.encode()))
            passphrases.remember(ONE, Secret.from_characters(longest, passphrases.LONGEST))
            assert text_of(passphrases.recall(ONE)) == longest

        longer = Secret.from_characters("b" * (passphrases.LONGEST + 1), passphrases.LONGEST + 1)
        with pytest.raises(KeyringRefusedError) as caught:
            passphrases.remember(ONE, longer)
        assert caught.value.code == "keyring-too-long"
        assert text_of(passphrases.recall(ONE)) == longest

    def test_removed_by_the_person(self) -> None:
        """An entry that the person removed in the keyring is none, and may be forgotten."""
        import keyring

        passphrases.remember(ONE, Secret.from_characters("1"))
        keyring.delete_password(passphrases.SERVICE, ONE)
        assert passphrases.recall(ONE) is None
        passphrases.forget(ONE)

    def test_no_passphrase_in_our_files(self, home: Path) -> None:
        """Our own list holds fingerprints only."""
        passphrases.remember(ONE, Secret.from_characters("verysecret"))
        files = [path for path in home.rglob("*") if path.is_file()]
        assert settings.folder() / passphrases.LIST_NAME in files
        assert all(b"verysecret" not in path.read_bytes() for path in files)


# keyring's own connection stays open when its collection cannot be made.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.usefixtures("locked_keyring")
def test_a_locked_keyring_refuses() -> None:
    """With a keyring that nobody unlocks, remembering fails with a code and notes nothing."""
    with pytest.raises(KeyringRefusedError) as caught:
        passphrases.remember(ONE, Secret.from_characters("1"))
    assert caught.value.code == "keyring-refused"
    assert passphrases.recall(ONE) is None
    del caught
    gc.collect()


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        pytest.param("", "keyring-missing", marks=only_on_linux),
        ("keyring.backends.null.Keyring", "keyring-not-real"),
        ("keyring.backends.fail.Keyring", "keyring-missing"),
        pytest.param(
            "keyring.backends.chainer.ChainerBackend", "keyring-missing", marks=only_on_linux
        ),
        ("plaintext_keyring.PlaintextKeyring", "keyring-not-real"),
        ("no_such_module.Keyring", "keyring-refused"),
    ],
)
def test_keyrings_that_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, reason: str
) -> None:
    """Whatever is configured, only the operating system's keyring gets a passphrase."""
    (tmp_path / "plaintext_keyring.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class PlaintextKeyring(KeyringBackend):\n"
        "    priority = 20\n"
        "    def get_password(self, service, username): raise AssertionError\n"
        "    def set_password(self, service, username, password): raise AssertionError\n"
        "    def delete_password(self, service, username): raise AssertionError\n"
    )
    program = (
        "import sys\n"
        "sys.path[:0] = sys.argv[1:]\n"
        "from certhelper.stores import passphrases\n"
        "print(passphrases.availability().reason)\n"
        "from certhelper.secret import Secret\n"
        "try:\n"
        "    passphrases.remember('00', Secret.from_characters('1'))\n"
        "except passphrases.KeyringRefusedError as error:\n"
        "    print(error.code)\n"
    )
    if backend:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    folders = (str(tmp_path), str(Path(passphrases.__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", program, *folders],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [reason, reason]


def test_an_unknown_file_asks_no_keyring() -> None:
    """Looking at a file that was never remembered does not even load the keyring library."""
    program = (
        "import sys\n"
        "from certhelper.stores import passphrases\n"
        "assert passphrases.recall('00') is None\n"
        "passphrases.forget('00')\n"
        "assert 'keyring' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
