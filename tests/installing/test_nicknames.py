"""Names in a store: always one, never another's, and nothing in it that NSS would obey."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support import pki

from certhelper.certificate import Certificate
from certhelper.installing.nicknames import nickname

CERTIFICATE = Certificate(pki.Authority().issue("12345678901234 user01").der)
NAMELESS = Certificate(b"no certificate at all")


@given(st.text(max_size=200), st.sets(st.text(max_size=20), max_size=20))
def test_whatever_a_file_calls_it(name: str, taken: set[str]) -> None:
    """Plain text that NSS can store, free of a token's name, and not taken."""
    for certificate in (CERTIFICATE, NAMELESS):
        found = nickname(certificate, name, taken)
        assert found
        assert found not in taken
        assert found.encode()
        assert ":" not in found
        assert found.isprintable()


@given(st.integers(min_value=0, max_value=50))
def test_each_that_is_called_alike_gets_a_number(count: int) -> None:
    """However many there are, and the first keeps the plain name."""
    taken: list[str] = []
    for _ in range(count):
        taken.append(nickname(CERTIFICATE, "mine", taken))
    assert len(set(taken)) == count
    assert taken[:2] == ["mine", "mine (2)"][:count]


def test_without_a_name_the_certificates_own_counts() -> None:
    """The common name; where nothing can be read, a word for it."""
    assert nickname(CERTIFICATE, " ", ()) == "12345678901234 user01"
    assert nickname(NAMELESS, "", ()) == "certificate"
