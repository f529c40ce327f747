"""Runs a real nginx on sockets that were bound before, and reads what it logs as it happens."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from support.systems import is_root

LOG_FORMAT = """
log_format facts escape=json '{"server":"$server_name","host":"$http_host","port":$server_port,'
  '"tls_version":"$ssl_protocol","reused":"$ssl_session_reused","verify":"$ssl_client_verify",'
  '"serial":"$ssl_client_serial","certificate":"$ssl_client_escaped_cert",'
  '"connection":$connection,"request":"$request",'
  '"status":$status}';
"""
_READY_SECONDS = 10.0


@dataclass(frozen=True)
class NginxAccess:
    """One request as nginx saw it.

    ``sha256`` is the fingerprint of the client's certificate, ``verify`` nginx's own verdict
    (``NONE``, ``SUCCESS``, ``FAILED:reason``), ``connection`` a number that is the same for the
    requests of one connection.  ``status`` 444 is a connection closed without an answer.
    """

    server: str
    host: str
    port: int
    tls_version: str
    session_reused: bool
    verify: str
    serial: str
    sha256: str | None
    connection: int
    http: str
    method: str
    path: str
    status: int

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read one line of :data:`LOG_FORMAT`."""
        facts = json.loads(line)
        pem = unquote(facts["certificate"])
        # The line as the client sent it: an internal redirect changes nginx's other variables.
        method, target, protocol = (*facts["request"].split(" "), "", "")[:3]
        return cls(
            server=facts["server"],
            host=facts["host"],
            port=facts["port"],
            tls_version=facts["tls_version"],
            session_reused=facts["reused"] == "r",
            verify=facts["verify"],
            serial=facts["serial"].lower(),
            sha256=hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() if pem else None,
            connection=facts["connection"],
            http=protocol,
            method=method,
            path=target.partition("?")[0],
            status=facts["status"],
        )


class NginxLog:
    """The requests that nginx has answered, in order; nginx writes one when it is over."""

    def __init__(self) -> None:
        self._entries: list[NginxAccess] = []
        self._lines: list[str] = []
        self._changed = threading.Condition()

    def add(self, line: str) -> None:
        with self._changed:
            self._lines.append(line)
            self._entries.append(NginxAccess.parse(line))
            self._changed.notify_all()

    @property
    def entries(self) -> tuple[NginxAccess, ...]:
        with self._changed:
            return tuple(self._entries)

    @property
    def text(self) -> str:
        """Every line as it was written, for a look at what must not stand there."""
        with self._changed:
            return "".join(self._lines)

    def of(self, server: str, method: str | None = None) -> list[NginxAccess]:
        """The requests to one server (by the host name that it is for)."""
        return [
            entry
            for entry in self.entries
            if entry.server == server and method in (None, entry.method)
        ]

    def certificates(self, server: str) -> list[str]:
        """Fingerprints that arrived at one server, without repetition, in order."""
        return list(dict.fromkeys(e.sha256 for e in self.of(server) if e.sha256))

    def wait_for(self, condition: Callable[[NginxLog], bool], timeout: float = 10.0) -> bool:
        """Wait until ``condition(log)`` holds, at most ``timeout`` seconds; tell whether it did."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout)


class Nginx:
    """One nginx process.  Everything it needs and writes is in ``directory``.

    ``listening`` are bound and listening sockets for the ``listen`` lines of ``configuration``:
    nginx takes them over (its way to upgrade itself), so no port can be lost to somebody else.
    """

    def __init__(self, directory: Path, configuration: str, listening: Sequence[socket]) -> None:
        self.log = NginxLog()
        self._directory = directory
        self._configuration = configuration
        self._listening = listening
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def error_log(self) -> str:
        """What nginx complained about."""
        return (self._directory / "error.log").read_text()

    def _start(self, stack: ExitStack) -> None:
        if sys.platform == "win32":
            raise NotImplementedError("only on Linux")
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program, "nginx is needed: apt-get install nginx-light"
        access = self._directory / "access.fifo"
        os.mkfifo(access)
        configuration = self._directory / "nginx.conf"
        configuration.write_text(self._whole(access))
        reading = os.open(access, os.O_RDONLY | os.O_NONBLOCK)
        stack.callback(os.close, reading)
        descriptors = [listener.fileno() for listener in self._listening]
        errors = self._directory / "error.log"
        process = subprocess.Popen(
            [program, "-e", str(errors), "-p", str(self._directory), "-c", str(configuration)],
            pass_fds=descriptors,
            env={"NGINX": "".join(f"{descriptor};" for descriptor in descriptors)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        address = self._listening[0].getsockname()
        for listener in self._listening:
            listener.close()  # nginx has its own copies; should it die, nobody listens
        self._wait_until_ready(address)
        os.set_blocking(reading, True)
        reader = threading.Thread(target=self._read, args=(reading,), name="nginx log")
        reader.start()
        # Order of the end: nginx is told to stop, it ends, the reader sees the end of the log.
        stack.callback(reader.join)
        stack.callback(process.wait)
        stack.callback(process.terminate)

    def _whole(self, access: Path) -> str:
        folders = "".join(
            f"{kind}_temp_path {self._directory}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # As root nginx would hand its work to "nobody", who cannot look into a test's folder.
        user = "user root;\n" if is_root() else ""
        return (
            f"{user}daemon off;\nworker_processes 1;\n"
            f"pid {self._directory}/nginx.pid;\n"
            "events { worker_connections 256; }\n"
            f"http {{\n{LOG_FORMAT}access_log {access} facts;\n{folders}"
            f"{self._configuration}\n}}\n"
        )

    def _wait_until_ready(self, address: tuple[str, int]) -> None:
        """Shake hands with the first server: it answers once nginx has read everything."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with create_connection(address, _READY_SECONDS) as raw, context.wrap_socket(raw):
                pass
        except OSError as error:
            raise AssertionError(f"nginx did not start: {self.error_log}") from error

    def _read(self, descriptor: int) -> None:
        with open(descriptor, encoding="utf-8", closefd=False) as log:
            for line in log:
                self.log.add(line)
