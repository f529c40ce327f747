"""A real forward proxy of another maker: tinyproxy (Debian: ``tinyproxy-bin``)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.raw_servers import AbsentServer

_READY = "Accepting connections"


@contextmanager
def tinyproxy(
    folder: Path, *, user: str = "", password: str = "", ports: Sequence[int] = ()
) -> Iterator[str]:
    """Run it on a port of the loopback; yields ``host:port``.

    With ``user`` it asks for Basic authentication; ``ports`` are the only ones that it connects
    to, none: all.
    """
    with AbsentServer() as free:
        port = free.port
    lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 30", "MaxClients 20", "LogLevel Info"]
    lines += [f"ConnectPort {one}" for one in ports]
    lines += [f"BasicAuth {user} {password}"] if user else []
    written = folder / "tinyproxy.conf"
    written.write_text("\n".join(lines) + "\n", encoding="ascii")
    running = subprocess.Popen(
        ["tinyproxy", "-d", "-c", str(written)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    try:
        said: list[str] = []
        for line in running.stdout:
            said.append(line)
            if _READY in line:
                break
        else:
            raise AssertionError("".join(said))
        yield f"127.0.0.1:{port}"
    finally:
        # Not SIGTERM: it is slept over where it comes just before the proxy waits for connections.
        running.kill()
        running.communicate(timeout=20)
