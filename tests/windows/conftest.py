"""Tests of what only Windows has; they run on Windows itself or under Wine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

if sys.platform != "win32":
    collect_ignore_glob = ["*"]

_ADD = """
import sys
sys.path.insert(0, sys.argv[1])
from certhelper.windows import certificate_store, crypt32
der = sys.stdin.buffer.read()
place = certificate_store.Place.CURRENT_USER
with certificate_store.opened(place, writable=True) as store:
    context = crypt32.create_certificate(crypt32.X509_ASN_ENCODING, der, len(der))
    crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
    crypt32.free_certificate(context)
"""


@pytest.fixture
def another_program() -> Iterator[Callable[[bytes], None]]:
    """Put a certificate into the person's store as another program does; it goes at the end."""
    from support import windows_store

    from certhelper.windows.certificate_store import Place

    code = str(Path(__file__).parents[2])
    added = set[str]()

    def add(der: bytes) -> None:
        added.add(sha256(der).hexdigest())
        subprocess.run([sys.executable, "-c", _ADD, code], input=der, check=True, timeout=60)

    yield add
    windows_store.delete(added, Place.CURRENT_USER)
