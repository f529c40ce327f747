"""Other people's web servers in front of a scripted bank: nginx and Apache, as a bank has them."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from support.forwarder import Forwarder
from support.nginx import Nginx
from support.scripted_bank import Serve, Served, Site, by_its_own_server
from support.systems import is_root

from certhelper.demo.server import LoopbackServer

_READY_S = 10.0
_MODULES = "mpm_event authz_core proxy proxy_http ssl socache_shmcb"
_APACHE_MODULES = Path("/usr/lib/apache2/modules")


class NginxSite:
    """The log-on site behind nginx, which asks for the certificate.

    ``way`` leads from nginx to the bank; nginx answers 504 after ``answer_within_s`` seconds.
    """

    def __init__(self, site: Site, folder: Path, answer_within_s: int) -> None:
        self._behind = LoopbackServer(site.application)
        self.way = Forwarder(self._behind.port)
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        folder.mkdir()
        _write_identity(site, folder)
        written = f"""
server {{
  listen 127.0.0.1:{self.port} ssl;
  server_name {site.host};
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  ssl_client_certificate {folder}/issuers.pem;
  ssl_verify_client optional;
  ssl_verify_depth 3;
  location / {{
    proxy_pass http://127.0.0.1:{self.way.port};
    proxy_read_timeout {answer_within_s}s;
    proxy_next_upstream off;
  }}
}}"""
        self._nginx = ExitStack()
        self._nginx.enter_context(Nginx(folder, written, [listener]))

    def stop_nginx(self) -> None:
        """End nginx; the bank behind it goes on."""
        self._nginx.close()

    def stop(self) -> None:
        self.stop_nginx()
        self.way.stop()
        self._behind.stop()


def _write_identity(site: Site, folder: Path) -> None:
    (folder / "server.pem").write_bytes(site.identity.pem)
    (folder / "server.key").write_bytes(site.identity.key_pem)
    issuers = (*site.authority.accepted, site.authority.root)
    (folder / "issuers.pem").write_bytes(b"".join(issuer.pem for issuer in issuers))


class ApacheSite:
    """The log-on site behind Apache, which asks for a certificate below one address alone.

    On TLS 1.2 it does so by renegotiation, on TLS 1.3 by post-handshake authentication.
    """

    def __init__(self, site: Site, folder: Path, tls: Literal["1.2", "1.3"]) -> None:
        program = shutil.which("apache2", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program, "Apache is needed: apt-get install apache2-bin"
        self._behind = LoopbackServer(site.application)
        folder.mkdir()
        _write_identity(site, folder)
        self._folder = folder
        # Apache takes no socket that is open already; nobody else here asks for this port.
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port: int = found.getsockname()[1]
        (folder / "apache.conf").write_text(self._configuration(site, tls), "utf-8")
        self._process = subprocess.Popen(
            [program, "-DFOREGROUND", "-f", str(folder / "apache.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait_until_ready()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._behind.stop()

    @property
    def accesses(self) -> list[str]:
        """What Apache served: TLS version, the client's certificate or ``-``, the request line."""
        return (self._folder / "access.log").read_text("utf-8").splitlines()

    def _configuration(self, site: Site, tls: str) -> str:
        modules = "\n".join(
            f"LoadModule {name}_module {_APACHE_MODULES}/mod_{name}.so" for name in _MODULES.split()
        )
        account = "User www-data\nGroup www-data" if is_root() else ""
        return f"""
ServerRoot {self._folder}
ServerName {site.host}
DefaultRuntimeDir {self._folder}
PidFile {self._folder}/apache.pid
Listen 127.0.0.1:{self.port}
{modules}
{account}
ErrorLog {self._folder}/error.log
LogFormat "%{{SSL_PROTOCOL}}x %{{SSL_CLIENT_S_DN_CN}}x %r" tls
CustomLog {self._folder}/access.log tls
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
<VirtualHost *:{self.port}>
  ServerName {site.host}
  SSLEngine on
  SSLProtocol -all +TLSv{tls}
  SSLCertificateFile {self._folder}/server.pem
  SSLCertificateKeyFile {self._folder}/server.key
  SSLCACertificateFile {self._folder}/issuers.pem
  SSLVerifyDepth 3
  <Location "/pin">
    SSLVerifyClient require
  </Location>
  ProxyPass "/" "http://127.0.0.1:{self._behind.port}/"
</VirtualHost>
"""

    def _wait_until_ready(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        while True:
            try:
                with (
                    socket.create_connection(("127.0.0.1", self.port), _READY_S) as raw,
                    context.wrap_socket(raw),
                ):
                    return
            except OSError:
                assert self._process.poll() is None, (self._folder / "error.log").read_text()


def through_apache(folder: Path, tls: Literal["1.2", "1.3"]) -> Serve:
    """The log-on site behind Apache, the front page by the demo's own server."""

    def serve(site: Site) -> Served:
        logon = site.name == "logon"
        return ApacheSite(site, folder / "apache", tls) if logon else by_its_own_server(site)

    return serve
