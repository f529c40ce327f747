"""Fetches a rehearsal's pages with Python's own TLS, as WinHTTP does it on Windows."""

from __future__ import annotations

import http.client
import http.cookies
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

from certhelper.demo.authority import Issued
from certhelper.logon.rehearsal_fetch import (
    TIMED_OUT,
    CertificateAnswer,
    Fetched,
    FetchFailed,
    Request,
    Response,
)

_X509_V_ERR_CERT_HAS_EXPIRED = 10
_X509_V_ERR_HOSTNAME_MISMATCH = 62


class TlsFetcher:
    """Trusts ``roots`` alone; sends the certificates of ``issued`` (SHA-256 → certificate).

    ``chain`` is the PEM of the CAs that are sent with each.
    """

    tells_requests = False  # the ssl module goes on without a certificate and does not say so

    def __init__(
        self, folder: Path, roots: Path, issued: Mapping[str, Issued], chain: bytes = b""
    ) -> None:
        self._folder = folder
        self._chain = chain
        self._roots = roots
        self._issued = issued
        self._cookies = http.cookies.SimpleCookie()

    def get(self, request: Request, answer: CertificateAnswer | None, time_limit: float) -> Fetched:
        try:
            return self._get(request, answer, time_limit)
        except ssl.SSLCertVerificationError as error:
            expired = error.verify_code == _X509_V_ERR_CERT_HAS_EXPIRED
            mismatch = error.verify_code == _X509_V_ERR_HOSTNAME_MISMATCH
            number = -201 if expired else -200 if mismatch else -202
            return FetchFailed(number, str(error.verify_code), by_server_certificate=True)
        except (ssl.SSLEOFError, ssl.SSLSyscallError, ssl.SSLZeroReturnError) as error:
            return FetchFailed(-101, error.reason)
        except ssl.SSLError as error:
            return FetchFailed(-107, error.reason)
        except TimeoutError:
            return FetchFailed(TIMED_OUT)
        except ConnectionRefusedError:
            return FetchFailed(-102)
        except (ConnectionError, http.client.HTTPException) as error:
            return FetchFailed(-101, type(error).__name__)

    def _get(
        self, request: Request, answer: CertificateAnswer | None, time_limit: float
    ) -> Response:
        context = ssl.create_default_context(cafile=str(self._roots))
        if answer is not None and answer.sha256 is not None:
            issued = self._issued[answer.sha256]
            file = self._folder / f"{answer.sha256}.pem"
            file.write_bytes(issued.pem + self._chain + issued.key_pem)
            context.load_cert_chain(file)
        connection = http.client.HTTPConnection(request.host, request.port)
        plain = socket.create_connection(("127.0.0.1", request.port), timeout=time_limit)
        with plain, context.wrap_socket(plain, server_hostname=request.host) as secure:
            connection.sock = secure
            cookies = "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())
            connection.request(
                "GET", request.target, headers={"Connection": "close", "Cookie": cookies}
            )
            got = connection.getresponse()
            self._cookies.load(got.headers.get("Set-Cookie", ""))
            return Response(
                got.status,
                got.headers.get("Content-Type", ""),
                got.headers.get("Location", ""),
                got.read(),
            )
