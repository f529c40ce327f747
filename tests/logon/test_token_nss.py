"""What is told to NSS: a path that cannot become another, and a secret that is given whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.systems import only_on_linux

from certhelper.logon.token_nss import Nss, NssError, specification
from certhelper.secret import Secret


def values_of(described: bytes) -> dict[str, bytes]:
    """Read a module's description as NSS does (``lib/util/utilpars.c``)."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(described):
        mark = described.index(b'="', at)
        name = described[at:mark].decode().strip()
        at, value = mark + 2, bytearray()
        while described[at] != ord('"'):
            at += described[at] == ord("\\")
            value.append(described[at])
            at += 1
        found[name] = bytes(value)
        at += 1
    return found


@only_on_linux
@given(st.binary(max_size=60).filter(lambda octets: b"\0" not in octets))
def test_no_character_of_a_path_has_a_meaning(name: bytes) -> None:
    """Whatever the path is, NSS reads this very path, and nothing beside it."""
    module = Path(os.fsdecode(b"/lib/" + name + b"x.so"))
    values = values_of(specification(module))
    assert values == {"library": os.fsencode(module), "name": b"certhelper token"}


@pytest.mark.parametrize("path", ["token.so", "../token.so", "/lib/a\0b.so"])
def test_only_an_absolute_path_is_loaded(path: str) -> None:
    """The loader would look for any other in places that somebody else may fill."""
    with pytest.raises(ValueError, match="absolute"):
        specification(Path(path))


@only_on_linux
def test_a_secret_with_a_nul_is_not_tried() -> None:
    """Cut off at the NUL it would be another one, and a wrong one uses up a try."""
    with pytest.raises(NssError) as caught:
        Nss().log_in(0, Secret.from_characters("47\0" + "11"))
    assert caught.value.step == "log-in"
