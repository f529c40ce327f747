"""The name under which a certificate is kept in a store: its own, and no other's."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count

from certhelper.certificate import Certificate
from certhelper.safe_text import safe

_LONGEST = 80  # characters
_UNNAMED = "certificate"


def nickname(certificate: Certificate, given: str, taken: Container[str]) -> str:
    """Return ``given``, else the common name, made safe and told apart from those ``taken``.

    A colon would name a token to NSS (``TOKEN:NICKNAME``, lib/pk11wrap/pk11cert.c), so there is
    none in it.
    """
    names = (given, *certificate.common_names, *certificate.attribute("O"))
    plain = (" ".join(safe(name).replace(":", " ").split())[:_LONGEST].strip() for name in names)
    base = next(filter(None, plain), _UNNAMED)
    return next(name for name in _variants(base) if name not in taken)


def _variants(base: str) -> Iterator[str]:
    yield base
    for number in count(2):
        yield f"{base} ({number})"
