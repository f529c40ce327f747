"""The roots that this PC trusts: whom the program's own small requests trust, too."""

from __future__ import annotations

import ssl


def context() -> ssl.SSLContext:
    """Return a context that verifies as every browser does.

    From Python 3.13 on the usual one refuses roots without a subject key identifier, as firms'
    own roots often are.
    """
    made = ssl.create_default_context()
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def roots() -> list[bytes]:
    """Return the DER of the authorities that this PC trusts, as far as they can be listed.

    On Windows these are the stores ROOT and CA.  Roots in a folder of files, which OpenSSL looks
    up by their names (``capath``), are not listed.  Takes some 40 ms.
    """
    return ssl.create_default_context().get_ca_certs(binary_form=True)
