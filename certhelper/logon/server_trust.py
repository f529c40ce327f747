"""What stands behind a server's certificate: its signers, the profile's expectation, whose root.

Everything here judges the certificates that a server showed on a connection of our own
(server_look.py) or on WinHTTP's.  The engine judges its connections by itself, and more strictly.
"""

from __future__ import annotations

import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from OpenSSL import crypto

from certhelper import system_trust
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.certificate_reader import public_key_octets
from certhelper.distinguished_name import has_fragment
from certhelper.profile_reading import mistake
from certhelper.stores.key_limits import check_kind

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises for a stranger's certificate; the last three are no ValueError."""

_LONGEST_CHAIN = 10  # certificates
_X509_V_FLAG_NO_CHECK_TIME = 0x200000  # openssl/x509_vfy.h; dates are judged elsewhere


def roots_of(bank: Bank) -> tuple[bytes, ...]:
    """Return the profile's own roots in DER.

    Raises :class:`~certhelper.profile_reading.ProfileError`, ``OSError``.
    """
    roots: list[bytes] = []
    for path in bank.trusted_files():
        found = roots_in(path.read_bytes())
        if not found:
            key = "site.trusted_certificates"
            raise mistake(bank.source, key, "no-certificate", given=path.name)
        roots += found
    return tuple(roots)


def roots_in(pem: bytes) -> list[bytes]:
    """Return the certificates of a PEM file (RFC 7468) in DER; none where one is damaged."""
    try:
        return [b64decode(octets) for octets in _PEM.findall(pem)]
    except ValueError:
        return []


def is_as_expected(bank: Bank, chain: Sequence[bytes], roots: Sequence[bytes] = ()) -> bool:
    """Whether a chain, the server's own certificate first, meets one of the expectations.

    A key (RFC 7469 section 2.6) or an issuer counts only where the signatures lead to it from the
    server's certificate: a server may show what it likes beside its own.  ``roots`` are DER
    certificates that complete the chain.  The name of the last issuer counts although its
    certificate may not be there: whether it is the real one of that name is the engine's to judge.
    """
    linked = _linked(chain, roots)
    if any(pin_of(der) in bank.site.server_keys for der in linked):
        return True
    issuers = (Certificate(der).issuer_name for der in linked)
    fragments = bank.site.server_issuers
    return any(name is not None and has_fragment(name, fragments) for name in issuers)


def pin_of(der: bytes) -> str:
    """Return the pin of a certificate's public key (RFC 7469 section 2.4), empty for no key."""
    octets = public_key_octets(der)
    return "" if octets is None else b64encode(sha256(octets).digest()).decode("ascii")


def is_by_own_root(chain: Sequence[bytes], own: Sequence[bytes] = ()) -> bool:
    """Whether this PC trusts the chain by a root that is no public one.

    The public ones are those of Mozilla's programme, as ``requests`` brings them (``certifi``).
    Every other root that this PC trusts was put on it by somebody: an administrator, or a product.
    ``own`` are the profile's roots, which are trusted in its sessions.  Dates do not count here.
    """
    from requests import certs

    public = certs.where()  # type: ignore[attr-defined]  # handed on, as its documentation says
    trusted = _leads_to(chain, own) or _is_trusted_here(chain)
    return trusted and not _verifies(_store_of_file(public), chain)


def _is_trusted_here(chain: Sequence[bytes]) -> bool:
    """By the roots that OpenSSL finds on this system; on Windows those of its store."""
    context = system_trust.context()
    file = ssl.get_default_verify_paths().cafile
    return _leads_to(chain, context.get_ca_certs(binary_form=True)) or (
        bool(file) and _verifies(_store_of_file(file), chain)
    )


def _leads_to(chain: Sequence[bytes], roots: Sequence[bytes]) -> bool:
    store = crypto.X509Store()
    for root in roots:
        # One odd root of a PC must not hide the others.
        with suppress(crypto.Error):
            store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, root))
    return _verifies(store, chain)


def _store_of_file(path: str) -> crypto.X509Store:
    store = crypto.X509Store()
    store.load_locations(path)
    return store


def _verifies(store: crypto.X509Store, chain: Sequence[bytes]) -> bool:
    store.set_flags(_X509_V_FLAG_NO_CHECK_TIME)
    try:
        first, *others = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain]
        crypto.X509StoreContext(store, first, others).verify_certificate()
    except (ValueError, crypto.Error, crypto.X509StoreContextError):
        return False
    return True


def _linked(chain: Sequence[bytes], roots: Sequence[bytes]) -> list[bytes]:
    """The server's certificate and what verifiably signed it, each by a CA (RFC 5280 6.1.4 k)."""
    found: list[bytes] = list(chain[:1])
    above = [*chain[1:], *roots]
    while found and len(found) < _LONGEST_CHAIN:
        signer = next((der for der in above if der not in found and _signed(found[-1], der)), None)
        if signer is None:
            return found
        found.append(signer)
    return found


def _signed(der: bytes, signer: bytes) -> bool:
    try:
        issuer = x509.load_der_x509_certificate(signer)
        if not _is_authority(issuer):
            return False
        check_kind(public_key_octets(signer) or b"")
        x509.load_der_x509_certificate(der).verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca
