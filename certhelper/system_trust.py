"""The roots that this PC trusts: whom the program's own small requests trust, too."""

from __future__ import annotations

import ssl
from pathlib import Path

_BUNDLE = "ca-certificates.crt"


def context() -> ssl.SSLContext:
    """Return a context that verifies as every browser does.

    Not :func:`ssl.create_default_context`: that one writes the keys of its connections wherever a
    variable ``SSLKEYLOGFILE`` says, and from Python 3.13 on refuses roots without a subject key
    identifier, as firms' own roots often are.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificates and names
    made.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return made


def roots() -> list[bytes]:
    """Return the DER of the authorities that this PC trusts, as far as they can be listed.

    On Windows these are the stores ROOT and CA.  Where OpenSSL is told of a folder alone, it looks
    roots up there by their names and lists none: then it is the bundle that Debian's
    ``update-ca-certificates`` writes into that folder.  Takes some 40 ms.
    """
    listed = _listed(context())
    folder: str | None = ssl.get_default_verify_paths().capath
    bundle = Path(folder or "", _BUNDLE)
    if listed or folder is None or not bundle.is_file():
        return listed
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        made.load_verify_locations(cafile=bundle)
    except OSError:  # ssl.SSLError is one: there is nothing in it, or not for us
        return []
    return _listed(made)


def _listed(made: ssl.SSLContext) -> list[bytes]:
    return made.get_ca_certs(binary_form=True)
