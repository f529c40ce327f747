"""RC2 decrypts what others encrypt with it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import RC2
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given
from hypothesis import strategies as st

from certhelper.stores import rc2

NO_VECTOR = bytes(rc2.BLOCK_SIZE)


@pytest.mark.parametrize(
    ("key", "plain", "encrypted"),
    [
        ("30000000000000 00", "1000000000000001", "30649edf9be7d2c2"),
        ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
    ],
)
def test_the_examples_of_the_rfc(key: str, plain: str, encrypted: str) -> None:
    """RFC 2268 section 5: those in which every bit of the key is effective."""
    found = rc2.decrypt_cbc(bytes.fromhex(key), NO_VECTOR, bytes.fromhex(encrypted))
    assert found.hex() == plain


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 5).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n)),
)
def test_as_the_library_encrypts(key: bytes, vector: bytes, plain: bytes) -> None:
    """With 128 bits, the one size that cryptography has; 40 bits are in the samples of PKCS#12."""
    encryptor = Cipher(RC2(key), modes.CBC(vector)).encryptor()
    encrypted = encryptor.update(plain) + encryptor.finalize()
    assert rc2.decrypt_cbc(key, vector, encrypted) == plain


@pytest.mark.parametrize(
    ("key", "vector", "octets"), [(b"", 8, 8), (b"x" * 129, 8, 8), (b"x", 7, 8), (b"x", 8, 9)]
)
def test_other_sizes(key: bytes, vector: int, octets: int) -> None:
    """Are refused before anything is read out of bounds."""
    with pytest.raises(ValueError, match="size"):
        rc2.decrypt_cbc(key, bytes(vector), bytes(octets))
