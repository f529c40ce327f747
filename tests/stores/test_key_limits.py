"""Keys in files whose numbers, rounds or memory are made to keep the program busy."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_der_private_key,
)
from support import der, pki
from support import pkcs12_files as made
from support.large_keys import (
    CERTIFICATE_OF_LARGE,
    LARGE,
    certificate,
    pkcs8,
    pkcs12_file,
    rsa_numbers,
)
from support.systems import needs_linux

from certhelper import failures, key_test, key_test_scheme, texts
from certhelper.certificate import Certificate
from certhelper.chain import find_chain
from certhelper.checks import ChainStatus, KeyTest
from certhelper.secret import Secret
from certhelper.stores import files, key_limits, pkcs12, pkcs12_contents, pkcs12_matching
from certhelper.stores.base import KeyState, KeyTrouble
from certhelper.stores.files_keys import usual_form
from certhelper.stores.key_limits import KeyTooLargeError, check_size, load_public_key
from certhelper.stores.pkcs12_contents import Pkcs12Error

PASSPHRASE = "open, please"
AES_256 = der.sequence(
    der.identifier("2.16.840.1.101.3.4.1.42"), der.tlv(der.OCTET_STRING, bytes(16))
)


def pem(octets: bytes, label: str = "PRIVATE KEY") -> bytes:
    body = base64.encodebytes(octets).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def secret() -> Secret:
    return Secret.from_characters(PASSPHRASE)


def code_of(where: Path, sha256: str) -> str:
    with pytest.raises(failures.FailedError) as caught:
        files.open_identity(where, sha256, secret())
    assert str(where) in failures.told(caught.value, "en").message
    return caught.value.code


class TestSize:
    """What is looked at before a library is given a key."""

    @pytest.mark.parametrize(("bits", "is_fine"), [(8192, True), (8193, False)])
    def test_rsa(self, bits: int, is_fine: bool) -> None:
        """Up to 8,192 bits, in PKCS #8 and by itself, whichever of its numbers it is."""
        for at in range(1, 9):
            numbers = [0, 3, 3, 3, 3, 3, 3, 3, 3]
            numbers[at] = 2 ** (bits - 1) + 1
            own = der.sequence(*map(der.integer, numbers))
            for key in (own, pkcs8(own)):
                if is_fine:
                    check_size(key)
                else:
                    with pytest.raises(KeyTooLargeError):
                        check_size(key)

    @pytest.mark.parametrize(("bits", "secret_bits"), [(4097, 256), (3072, 600)])
    def test_dsa(self, bits: int, secret_bits: int) -> None:
        """Neither its prime nor its secret may be larger than any standard's."""
        p, x = 2**bits - 1, 2**secret_bits - 1
        parameters = der.sequence(*map(der.integer, (p, 2**256 - 1, 3)))
        algorithm = der.sequence(der.identifier("1.2.840.10040.4.1"), parameters)
        with pytest.raises(KeyTooLargeError):
            check_size(pkcs8(der.integer(x), algorithm))
        with pytest.raises(KeyTooLargeError):
            check_size(der.sequence(*map(der.integer, (0, p, 2**256 - 1, 3, 3, x))))

    def test_many_octets(self) -> None:
        """Whatever it is."""
        with pytest.raises(KeyTooLargeError):
            check_size(pkcs8(bytes(6000)))

    def test_diffie_hellman(self) -> None:
        """A kind that cannot sign is not given to the library at all."""
        parameters = der.sequence(der.integer(2**1024 - 1), der.integer(2))
        algorithm = der.sequence(der.identifier("1.2.840.113549.1.3.1"), parameters)
        with pytest.raises(ValueError, match="Diffie-Hellman"):
            check_size(pkcs8(der.integer(3), algorithm))

    @pytest.mark.parametrize("octets", [b"", b"nonsense", b"\x30\x80\0\0", pkcs8(b"\xff")])
    def test_no_key(self, octets: bytes) -> None:
        """What is none is left to the library."""
        check_size(octets)


def diffie_hellman(kind: str) -> bytes:
    """The public half of a key whose numbers a library would examine."""
    p = 2**2048 - 1942289
    numbers = (p, 2, (p - 1) // 2) if kind == X9_42 else (p, 2)
    algorithm = der.sequence(der.identifier(kind), der.sequence(*map(der.integer, numbers)))
    return der.sequence(algorithm, der.tlv(der.BIT_STRING, b"\0", der.integer(p - 2)))


X9_42, PKCS3 = "1.2.840.10046.2.1", "1.2.840.113549.1.3.1"


@pytest.mark.parametrize("kind", [X9_42, PKCS3])
class TestDiffieHellman:
    """With 32,768 bits, looking whether they are primes stops the whole program for seconds."""

    @pytest.fixture(autouse=True)
    def _no_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def load(octets: bytes) -> None:
            raise AssertionError("given to the library")

        monkeypatch.setattr(serialization, "load_der_public_key", load)

    def test_it_is_refused(self, kind: str) -> None:
        """As a kind that cannot sign."""
        with pytest.raises(ValueError, match="Diffie-Hellman"):
            load_public_key(diffie_hellman(kind))

    def test_a_certificate_beside_a_key(self, kind: str) -> None:
        """It is compared as it stands."""
        assert usual_form(diffie_hellman(kind)) == diffie_hellman(kind)

    def test_an_issuer(self, kind: str) -> None:
        """Whoever makes one can give it the name of any certificate's issuer: it proves nothing."""
        name = der.common_name("Example CA")
        mine = Certificate(der.certificate(issuer=name))
        hostile = der.certificate(subject=name, key=diffie_hellman(kind))
        found = find_chain(mine, [hostile], datetime.now(UTC), with_system=False)
        assert found.status is ChainStatus.ISSUER_MISSING

    def test_a_signature(self, kind: str) -> None:
        """It is none that can be verified."""
        octets = der.certificate(key=diffie_hellman(kind))
        scheme = key_test_scheme.Scheme.RSA_PKCS1_SHA256
        assert key_test_scheme.is_right(octets, scheme, b"message", b"signature") is None

    def test_a_pkcs12_file(self, kind: str) -> None:
        """Its certificate is a row; whose key it has is not known."""
        octets = made.file(
            made.data(made.certificate_bag(der.certificate(key=diffie_hellman(kind))))
        )
        [owned] = pkcs12_matching.match(pkcs12_contents.look_inside(octets, None))
        assert owned.key is None


class TestFaults:
    """What a library may do that nobody expects of it."""

    def test_fault_in_rust(self) -> None:
        """It is no Exception, and would pass every other handler; what is not its own passes."""

        class PanicException(BaseException):
            """As pyo3 calls it."""

        with pytest.raises(ValueError, match="fault"), key_limits.library_faults():
            raise PanicException
        with pytest.raises(KeyboardInterrupt), key_limits.library_faults():
            raise KeyboardInterrupt

    def test_error_of_openssl(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Ed25519 with a hundred octets: the file's neighbour is read all the same."""
        algorithm = der.sequence(der.identifier("1.3.101.112"))
        odd = pkcs8(der.tlv(der.OCTET_STRING, bytes(100)), algorithm)
        issued = authority.issue("user")
        (tmp_path / "a.pem").write_bytes(issued.pem + pem(odd) + issued.key_pem)
        reading = files.FilesStore(tmp_path).read()
        assert [one.key for one in reading.installed] == [KeyState.PRESENT]
        assert [one.reason for one in reading.locked_entries] == ["file-unreadable"]

    def test_error_of_openssl_in_a_certificate(self) -> None:
        """A public key for Diffie-Hellman of 20,000 bits stays as it is."""
        parameters = der.sequence(der.integer(2**20000 - 1), der.integer(2))
        algorithm = der.sequence(der.identifier("1.2.840.113549.1.3.1"), parameters)
        odd = der.sequence(algorithm, der.tlv(der.BIT_STRING, b"\0", der.integer(3)))
        assert usual_form(odd) == odd


class TestPem:
    """A key in a PEM or DER file."""

    @pytest.mark.parametrize("key", [pem(LARGE), LARGE], ids=["pem", "der"])
    def test_large_key(self, tmp_path: Path, key: bytes, authority: pki.Authority) -> None:
        """It is named with the reason, and its neighbour is read; nothing is opened with it."""
        (tmp_path / "a.crt").write_bytes(CERTIFICATE_OF_LARGE)
        (tmp_path / "a.key").write_bytes(key)
        issued = authority.issue("user")
        (tmp_path / "b.pem").write_bytes(issued.pem + issued.key_pem)
        reading = files.FilesStore(tmp_path).read()
        assert [one.key for one in reading.installed] == [KeyState.UNUSABLE, KeyState.PRESENT]
        assert reading.installed[0].key_trouble == KeyTrouble("key-too-large")
        [entry] = reading.locked_entries
        assert (entry.label, entry.reason) == ("a.key", "file-unreadable")
        assert entry.detail == texts.text("stores.key-too-large", label="PRIVATE KEY", line=1)
        assert (
            code_of(tmp_path, hashlib.sha256(CERTIFICATE_OF_LARGE).hexdigest()) == "key-too-large"
        )

    @pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
    def test_large_key_behind_a_passphrase(self, tmp_path: Path, form: PrivateFormat) -> None:
        """How large it is shows after its decryption, and is told then."""
        key = load_der_private_key(LARGE, None, unsafe_skip_rsa_key_validation=True)
        locked = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(PASSPHRASE.encode()))
        (tmp_path / "a.pem").write_bytes(pem(CERTIFICATE_OF_LARGE, "CERTIFICATE") + locked)
        sha256 = hashlib.sha256(CERTIFICATE_OF_LARGE).hexdigest()
        assert code_of(tmp_path, sha256) == "key-too-large"

    @pytest.mark.parametrize("rounds", [10**7, 2**31 - 1, 2**40, 2**64])
    def test_endless_rounds(self, tmp_path: Path, authority: pki.Authority, rounds: int) -> None:
        """None of them is done: some of these numbers would end the process itself."""
        numbers = der.sequence(der.tlv(der.OCTET_STRING, b"saltsalt"), der.integer(rounds))
        derivation = der.sequence(der.identifier("1.2.840.113549.1.5.12"), numbers)
        pbes2 = der.sequence(derivation, AES_256)
        assert self.code_of_encrypted(tmp_path, authority, pbes2) == "file-too-costly"
        old = der.identifier("1.2.840.113549.1.5.3")  # pbeWithMD5AndDES-CBC
        assert self.code_of_encrypted(tmp_path, authority, numbers, old) == "file-too-costly"

    @pytest.mark.parametrize(
        ("n", "r", "p"), [(2**22, 8, 1), (2**64, 8, 1), (16, 2**20, 1), (2**14, 8, 2**20)]
    )
    def test_memory(self, tmp_path: Path, authority: pki.Authority, n: int, r: int, p: int) -> None:
        """More than 64 MiB are not taken."""
        numbers = der.sequence(der.tlv(der.OCTET_STRING, b"salt"), *map(der.integer, (n, r, p)))
        scrypt = der.sequence(der.identifier("1.3.6.1.4.1.11591.4.11"), numbers)
        pbes2 = der.sequence(scrypt, AES_256)
        assert self.code_of_encrypted(tmp_path, authority, pbes2) == "file-too-costly"

    def code_of_encrypted(
        self,
        folder: Path,
        authority: pki.Authority,
        parameters: bytes,
        kind: bytes = der.identifier("1.2.840.113549.1.5.13"),
    ) -> str:
        key = der.sequence(der.sequence(kind, parameters), der.tlv(der.OCTET_STRING, b"\x11" * 160))
        issued = authority.issue("user")
        (folder / "a.pem").write_bytes(issued.pem + pem(key, "ENCRYPTED PRIVATE KEY"))
        [found] = files.FilesStore(folder).read().installed
        assert key_test.test_key(found, secret()) == KeyTest(None, KeyTrouble("file-too-costly"))
        return code_of(folder, issued.sha256)

    def test_honest_scrypt(self, tmp_path: Path, authority: pki.Authority) -> None:
        """As OpenSSL makes it without a further wish."""
        needs_linux("the openssl command")
        issued = authority.issue("user")
        words = ["openssl", "pkcs8", "-topk8", "-scrypt", "-passout", f"pass:{PASSPHRASE}"]
        done = subprocess.run(words, input=issued.key_pem, capture_output=True, check=True)
        (tmp_path / "a.pem").write_bytes(issued.pem + done.stdout)
        with files.open_identity(tmp_path, issued.sha256, secret()) as opened:
            assert opened.key == issued.key_der


class TestPkcs12:
    """A key in a PKCS#12 file."""

    @pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
    def test_large_key(self, tmp_path: Path, passphrase: str | None) -> None:
        """The row says that the key cannot be used and why, and it is never loaded."""
        file = tmp_path / "a.p12"
        file.write_bytes(pkcs12_file(None if passphrase is None else passphrase.encode()))
        store = pkcs12.Pkcs12Store(file, lambda _: None)
        given = None if passphrase is None else secret()
        if given is not None:
            store.unlock(given)
        reading = store.read()
        [found] = reading.installed
        assert (found.key, found.key_trouble) == (KeyState.UNUSABLE, KeyTrouble("key-too-large"))
        assert [(one.reason, one.detail) for one in reading.locked_entries] == [
            ("file-partly-unreadable", "key too large")
        ]
        with pytest.raises(Pkcs12Error) as caught:
            pkcs12.open_file(file, given, lambda _: None)
        assert caught.value.code == "key-too-large"
        assert str(file) in failures.told(caught.value, "en").message
        assert key_test.test_key(found, given) == KeyTest(None, KeyTrouble("key-too-large"))

    def test_numbers_that_do_not_fit(self, tmp_path: Path) -> None:
        """The primes are not tried; a signature proves that the numbers belong together."""
        file, issued = tmp_path / "a.p12", certificate(521, 607)
        for wrong in (0, 2):
            bags = made.key_bag(pkcs8(rsa_numbers(521, 607, wrong=wrong)))
            file.write_bytes(made.file(made.data(bags, made.certificate_bag(issued))))
            if not wrong:
                with pkcs12.open_file(file, None, lambda _: None) as opened:
                    assert opened.certificate == issued
            else:
                with pytest.raises(Pkcs12Error) as caught:
                    pkcs12.open_file(file, None, lambda _: None)
                assert caught.value.code == "file-unreadable"
