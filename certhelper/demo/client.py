"""Which client certificate came with a request, and what whoever ended the TLS says of it.

The bank asks one small provider, so that it runs alike behind its own TLS server and behind
nginx, which hands the certificate on in headers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Environment = Mapping[str, Any]

CERTIFICATE_KEY = "certhelper.client_certificate"
PROTOCOL_KEY = "certhelper.tls_version"
ABORT_KEY = "certhelper.abort_connection"


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate that the TLS layer let through (its chain is good, its dates may not be)."""

    der: bytes

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The parsed certificate.  Raises ``ValueError`` for octets that are none."""
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def serial(self) -> str:
        """Serial number, lower-case hex."""
        return f"{self.certificate.serial_number:x}"

    @cached_property
    def common_name(self) -> str:
        """The last CN, which is the most specific one; empty when there is none."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[-1].value) if found else ""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the bank's two sites are, as ``https://host:port`` without a slash at the end.

    ``elsewhere`` is a host that no profile allows; it exists so that a test can see whether
    anybody went there.
    """

    front: str
    logon: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the transport knows about one request."""

    certificate: ClientCertificate | None
    tls_version: str
    addresses: Addresses


RequestFacts = Callable[[Environment], Request]


def from_own_server(addresses: Addresses) -> RequestFacts:
    """Read what :mod:`certhelper.demo.server` puts into the WSGI environment."""

    def read(environment: Environment) -> Request:
        der = environment.get(CERTIFICATE_KEY)
        return Request(
            certificate=ClientCertificate(der) if der else None,
            tls_version=str(environment.get(PROTOCOL_KEY, "")),
            addresses=addresses,
        )

    return read


def from_proxy_headers(environment: Environment) -> Request:
    """Read the headers that a proxy on the same machine sets.

    ``X-Client-Certificate`` is nginx's ``$ssl_client_escaped_cert``, ``X-Client-Verify`` its
    ``$ssl_client_verify`` (``NONE``, ``SUCCESS`` or ``FAILED:reason``).
    """
    escaped = environment.get("HTTP_X_CLIENT_CERTIFICATE", "")
    verified = environment.get("HTTP_X_CLIENT_VERIFY", "NONE") == "SUCCESS"
    certificate = None
    if escaped and verified:
        parsed = x509.load_pem_x509_certificate(unquote_to_bytes(escaped))
        certificate = ClientCertificate(parsed.public_bytes(Encoding.DER))
    return Request(
        certificate=certificate,
        tls_version=environment.get("HTTP_X_TLS_VERSION", ""),
        addresses=Addresses(
            front=environment["HTTP_X_FRONT_ADDRESS"],
            logon=environment["HTTP_X_LOGON_ADDRESS"],
            elsewhere=environment["HTTP_X_ELSEWHERE_ADDRESS"],
        ),
    )
