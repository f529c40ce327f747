"""What is asked about revocation."""

from __future__ import annotations

from typing import NamedTuple

from certhelper.certificate import Certificate


class Question(NamedTuple):
    """A certificate, and the certificates (DER) that have its issuer's name and may have issued it.

    They are only candidates: the one counts whose key confirms the certificate's signature.
    """

    certificate: Certificate
    issuers: tuple[bytes, ...] = ()
