"""Which product of TLS inspection made a server's certificate, by the names of its issuers.

A name is anybody's to choose, so it explains a refusal and never lets anything pass.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from certhelper import resources, texts
from certhelper.certificate import Certificate
from certhelper.distinguished_name import has_fragment


class Kind(StrEnum):
    """Where a product works, and so who can make it leave the bank alone."""

    ANTIVIRUS = "antivirus"
    NETWORK = "network"
    TOOL = "tool"


class Product(NamedTuple):
    """One product.  ``issuers`` are fragments of distinguished names."""

    name: dict[str, str]
    kind: Kind
    issuers: tuple[str, ...]

    def shown(self, language: texts.Language | None = None) -> str:
        """Its name as the person knows it."""
        return self.name[language or texts.language()]


@cache
def products() -> tuple[Product, ...]:
    """Return what ``resources/inspection.toml`` lists."""
    with (resources.folder() / "inspection.toml").open("rb") as file:
        listed = tomllib.load(file)["product"]
    return tuple(Product(one["name"], Kind(one["kind"]), tuple(one["issuers"])) for one in listed)


def product_of(chain: Iterable[bytes]) -> Product | None:
    """Return the first product that a name of these certificates (DER) speaks of.

    The issuers count, and the subjects of what signed: a product's root is its own issuer.
    """
    names = [Certificate(der).issuer_name for der in chain]
    for name in names:
        for product in products():
            if name is not None and has_fragment(name, product.issuers):
                return product
    return None
