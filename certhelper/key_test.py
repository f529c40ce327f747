"""A silent test signature: whether a certificate's key works, and is this certificate's.

That a key is there proves little: a database may be damaged, a token may have been emptied, after
a change of the Windows password a key opens and then cannot be decrypted, and a wrong import ties
another certificate's key to this one.  Only a signature tells, verified with the certificate.

Nothing is asked of a person.  No password is tried that was not given, and a given one once only.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from certhelper import key_test_scheme
from certhelper.checks import KeyTest
from certhelper.failures import FailedError
from certhelper.key_test_scheme import Scheme
from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.base import Installed, KeyState, KeyTrouble
from certhelper.stores.pkcs11_reading import PASSED_ON

if TYPE_CHECKING:
    from certhelper.secret import Secret
    from certhelper.stores.files_opening import Look
    from certhelper.stores.pkcs12 import Opened

TIME_LIMIT = 10.0
"""Seconds; a card with a large RSA key may need two, its module some more to start."""

_MODULE_PART = "certhelper.key_test_module"
_WINDOWS_PART = "certhelper.key_test_windows"
_NSS, _PKCS11, _PKCS12, _FILES, _WINDOWS = "nss", "pkcs11", "pkcs12", "files", "windows"
_LARGEST_ANSWER = 1 << 16  # octets


def test_key(  # a name that pytest is never given
    installed: Installed,
    secret: Secret | None = None,  # noqa: PT028
    seconds: float = TIME_LIMIT,  # noqa: PT028
    look: Look | None = None,  # noqa: PT028
) -> KeyTest:
    """Let the key of an installed certificate sign, and verify the signature.

    ``secret`` is what opens this very store: a database's password, a token's PIN or a file's
    passphrase; the caller keeps it.  ``look`` looks into a folder of files for all tests of one
    round (None: each test does).  Blocks for at most some ``seconds``.  Never raises for what
    the store holds or does.

    ``signs`` of the answer is None where nobody could tell: a password is lacking, the module
    hangs, the kind of key is not known here, or there is no key (then without ``trouble``).
    """
    if installed.key is KeyState.ABSENT:
        return KeyTest(None)
    if not key_test_scheme.schemes_for(installed.certificate.public_key):
        return _undecided("kind-not-tried")
    kind, _, where = installed.store.partition(":")
    if kind in (_PKCS12, _FILES):
        return _with_file(_Place(kind, Path(where), look), installed, secret)
    if kind == _NSS and sys.platform == "linux":
        return _with_module({"directory": where}, installed, secret, seconds)
    if kind == _PKCS11 and sys.platform != "win32":
        return _with_module(_token(where), installed, secret, seconds)
    if kind == _WINDOWS and sys.platform == "win32":
        return _with_windows(where, installed, seconds)
    return _undecided("not-tried-here")


def _undecided(cause: str, code: str = "") -> KeyTest:
    return KeyTest(None, KeyTrouble(cause, code))


def _judged(installed: Installed, message: bytes, scheme: Scheme, signature: bytes) -> KeyTest:
    """Verify a signature that the key made."""
    right = key_test_scheme.is_right(installed.certificate.der, scheme, message, signature)
    if right is None:
        return _undecided("kind-not-tried")
    return KeyTest(True) if right else KeyTest(False, KeyTrouble("other-key"))


# ---- databases and tokens: in a child, because a library that is not ours makes the signature ----


def _token(where: str) -> dict[str, str | int | None]:
    from certhelper.stores import pkcs11

    module, address = pkcs11.split_where(where)
    if address is None:
        return {"module": str(module)}
    return {"module": str(module), "serial": address.serial.hex(), "slot": address.slot}


def _with_module(
    place: Mapping[str, str | int | None],
    installed: Installed,
    secret: Secret | None,
    seconds: float,
) -> KeyTest:
    message = key_test_scheme.new_message()
    schemes = key_test_scheme.schemes_for(installed.certificate.public_key)
    asked = {
        "serial": None,
        "slot": None,
        **place,
        "certificate": installed.certificate.der.hex(),
        "login": secret is not None,
        "tries": [(scheme, scheme.prepared(message).hex()) for scheme in schemes],
    }
    answer = _ask(asked, secret, seconds)
    if isinstance(answer, KeyTest):
        return answer
    try:
        return _taken(installed, message, json.loads(answer))
    except (ValueError, KeyError, TypeError):  # a library of somebody else's wrote it
        return _undecided("provider-crashed")


def _ask(asked: dict[str, Any], secret: Secret | None, seconds: float) -> bytes | KeyTest:
    def tell(pipe: IO[bytes]) -> None:
        child.write_field(pipe, json.dumps(asked).encode("ascii"))
        if secret is None:
            child.write_field(pipe, b"")
            return
        with secret.view() as octets:
            child.write_field(pipe, octets)

    return _exchange(_MODULE_PART, tell, seconds)


def _exchange(module: str, tell: Callable[[IO[bytes]], None], seconds: float) -> bytes | KeyTest:
    """Return a child's answer, or the outcome where it gave none; ``tell`` writes to its stdin."""
    begun = time.monotonic()
    command = part(module, with_packages=False)
    try:
        with child.started(command, seconds, PASSED_ON) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            # One that is gone already is seen at the other pipe.
            with suppress(OSError), process.stdin:
                tell(process.stdin)
            answer = _read(process.stdout)
            if len(answer) >= _LARGEST_ANSWER:
                process.kill()
    except child.ChildFailedError:
        is_late = time.monotonic() - begun >= seconds
        return _undecided("provider-hung" if is_late else "provider-crashed")
    return answer


def _read(pipe: IO[bytes]) -> bytes:
    """Read to the end, or as much as an answer may have."""
    answer = bytearray()
    while len(answer) < _LARGEST_ANSWER and (octets := pipe.read(_LARGEST_ANSWER)):
        answer += octets
    return bytes(answer)


def _taken(installed: Installed, message: bytes, answer: dict[str, Any]) -> KeyTest:
    """Turn a child's answer into the outcome."""
    if "signature" in answer:
        scheme, signature = Scheme(answer["scheme"]), bytes.fromhex(answer["signature"])
        return _judged(installed, message, scheme, signature)
    trouble = KeyTrouble(answer["trouble"], answer["code"])
    return KeyTest(False if answer["certain"] else None, trouble)


# ---- Windows: as well in a child, as a provider is its vendor's ---------------------------------


def _with_windows(where: str, installed: Installed, seconds: float) -> KeyTest:
    """Leave alone a key that asks the person first, is a card's, or did not even open just now."""
    if installed.key not in (KeyState.PRESENT, KeyState.UNKNOWN):
        return KeyTest(None, installed.key_trouble)
    message = key_test_scheme.new_message()
    sha256 = installed.certificate.sha256
    wanted = json.dumps({"place": where, "sha256": sha256, "message": message.hex()})

    def tell(pipe: IO[bytes]) -> None:
        child.write(pipe, wanted.encode("ascii"))

    answer = _exchange(_WINDOWS_PART, tell, seconds)
    if isinstance(answer, KeyTest):
        return answer
    try:
        given = json.loads(answer)
        if "code" in given:
            return _refused(installed, int(given["code"]))
        if "gone" in given:
            return _undecided("certificate-gone")
        scheme, signature = Scheme(given["scheme"]), bytes.fromhex(given["signature"])
        return _judged(installed, message, scheme, signature)
    except (ValueError, KeyError, TypeError):
        return _undecided("provider-crashed")


def _refused(installed: Installed, code: int) -> KeyTest:
    """Take what Windows said as the store's reading takes it."""
    from certhelper.stores import windows_keys
    from certhelper.windows.certificate_store import KeyPlace
    from certhelper.windows.private_keys import Hardware, KeyFinding

    place = KeyPlace("", "", 0, 0, 0)  # there is one: the store said that the key is there
    details = installed.key_details
    hardware = Hardware(details.hardware) if details and details.hardware else None
    state, trouble = windows_keys.state_of(KeyFinding(code, hardware=hardware), place)
    return KeyTest(False if state is KeyState.UNUSABLE else None, trouble)


# ---- files: the key itself is there once its file is opened -------------------------------------


_NEEDS_PASSPHRASE = ("passphrase-needed", "key-passphrase-needed")
_OUTCOMES_OF_FILES = {
    **dict.fromkeys(_NEEDS_PASSPHRASE, _undecided("needs-secret")),
    "passphrase-wrong": _undecided("secret-wrong"),
    "key-passphrase-wrong": _undecided("secret-wrong"),
    "file-unreadable": _undecided("certificate-gone"),
    "file-too-costly": _undecided("file-too-costly"),
    "key-too-large": _undecided("key-too-large"),
    "files-without-certificate": _undecided("certificate-gone"),
    "pkcs12-without-certificate": _undecided("certificate-gone"),
    "files-without-key": KeyTest(False, KeyTrouble("key-not-found")),
    "pkcs12-without-key": KeyTest(False, KeyTrouble("key-not-found")),
    "files-with-another-key": KeyTest(False, KeyTrouble("other-key")),
}
"""What the codes of :mod:`certhelper.stores.pkcs12` and :mod:`certhelper.stores.files` mean."""


class _Place(NamedTuple):
    """A store of files; ``look`` as in :func:`test_key`."""

    kind: str
    where: Path
    look: Look | None


def _with_file(place: _Place, installed: Installed, secret: Secret | None) -> KeyTest:
    try:
        opened = _open(place, installed, None)
    except FailedError as error:
        if error.code in _NEEDS_PASSPHRASE and secret is not None:
            return _with_passphrase(place, installed, secret)
        return _outcome_of(error)
    with opened:
        return _signed(installed, opened.key)


def _with_passphrase(place: _Place, installed: Installed, secret: Secret) -> KeyTest:
    try:
        opened = _open(place, installed, secret)
    except FailedError as error:
        return _outcome_of(error)
    with opened:
        return _signed(installed, opened.key)


def _outcome_of(error: FailedError) -> KeyTest:
    return _OUTCOMES_OF_FILES.get(error.code, _undecided("not-tried-here", error.code))


def _open(place: _Place, installed: Installed, secret: Secret | None) -> Opened:
    """Raises :class:`FailedError`."""
    sha256 = installed.certificate.sha256
    if place.kind == _PKCS12:
        from certhelper.stores import pkcs12

        return pkcs12.open_file(place.where, secret, sha256=sha256)
    from certhelper.stores import files

    if place.look is None:
        return files.open_identity(place.where, sha256, secret)
    return files.open_identity(place.where, sha256, secret, place.look)


def _signed(installed: Installed, key: bytearray) -> KeyTest:
    """Sign with a key that was opened (PKCS #8 DER).

    In the program itself: :mod:`certhelper.stores.key_limits` lets no number through with which
    one signature, whatever the others are, takes more than about half a second.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    message = key_test_scheme.new_message()
    scheme = key_test_scheme.schemes_for(installed.certificate.public_key)[0]
    try:
        # Whether the primes are prime is not tried: the signature proves the key.
        loaded = load_der_private_key(key, None, unsafe_skip_rsa_key_validation=True)
        signature = key_test_scheme.sign(loaded, scheme, message)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return KeyTest(False, KeyTrouble("signature-failed"))
    return _judged(installed, message, scheme, signature)
