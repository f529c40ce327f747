"""The temporary certificate, and the marks by which it is known again for certain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certhelper.demo.authority import Authority, Issued

LABEL = "certhelper 自己診断（削除してかまいません）"
"""Its name in the store: whoever meets it there must see at once what it is."""

_COMMON_NAME = "00000000000000 selftest"
_ORGANIZATION = "certhelper selftest"
_LIFETIME = timedelta(hours=1)
_BEGAN_BEFORE = timedelta(minutes=5)


def issue(authority: Authority) -> Issued:
    """Issue it: good for one hour, and for this run's demo bank only.

    RSA, because every store of every system takes it, and because banks of this kind issue it.
    """
    begin = authority.now - _BEGAN_BEFORE
    return authority.issue_client(
        _COMMON_NAME,
        not_before=begin,
        not_after=begin + _LIFETIME,
        organization=_ORGANIZATION,
        key="rsa",
    )


def is_marked(der: bytes) -> bool:
    """Whether these octets are a certificate as :func:`issue` makes it.

    Subject and issuer must be the very names, the time of validity the very hour: a person's
    certificate whose name is similar must never be taken for ours.
    """
    from cryptography import x509

    from certhelper.demo.authority import BIZNET_G2_NAME, distinguished_name

    try:
        found = x509.load_der_x509_certificate(der)
        subject, issuer = found.subject, found.issuer
    except ValueError:
        return False
    ours = distinguished_name(_COMMON_NAME, ("C", "JP"), ("O", _ORGANIZATION))
    lifetime = found.not_valid_after_utc - found.not_valid_before_utc
    return subject == ours and issuer == BIZNET_G2_NAME and lifetime == _LIFETIME
