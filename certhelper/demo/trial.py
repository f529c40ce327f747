"""Everything that one demo needs, in one temporary folder that is removed afterwards."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certhelper.demo import cases, profile, store
from certhelper.demo.cases import Case
from certhelper.demo.log import AccessLog
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import DemoServer

#: Opens the demo's PKCS#12 files; like the demo's PIN it protects nothing.
PASSPHRASE = "demo"  # noqa: S105  # it is printed for everyone to use


@dataclass(frozen=True, slots=True)
class Trial:
    """A running demo.

    ``store`` is what ``--store`` takes.  ``pkcs12`` holds the certificate of the everyday user,
    ``chosen``, for other clients.
    """

    server: DemoServer
    folder: Path
    profile: Path
    store: str
    cases: Sequence[Case]
    chosen: Case
    pkcs12: Path

    @property
    def server_root(self) -> Path:
        """The PEM file of the CA that signs the demo's web servers."""
        return self.profile.parent / profile.ROOT_NAME


@contextmanager
def running(scenario: Scenario | None = None, log: AccessLog | None = None) -> Iterator[Trial]:
    """Start the bank, write profile and store, and remove everything at the end.

    Raises ``OSError``, :class:`certhelper.stores.nss_database.DatabaseNotMadeError`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="certhelper-demo-") as name,
        DemoServer(scenario=scenario, log=log) as server,
    ):
        folder = Path(name)
        made = cases.make(server.authority)
        chosen = made[0]
        authority = server.authority
        pkcs12 = folder / "user01.p12"
        chain = [authority.biznet_g2, authority.root]
        pkcs12.write_bytes(chosen.issued.pkcs12(chosen.name, PASSPHRASE.encode(), chain))
        yield Trial(
            server=server,
            folder=folder,
            profile=profile.write(folder, server.addresses, authority.server_root),
            store=_store(folder / "store", server, made),
            cases=made,
            chosen=chosen,
            pkcs12=pkcs12,
        )


def _store(folder: Path, server: DemoServer, made: Sequence[Case]) -> str:
    if platform.system() == "Linux":
        store.write(folder, server.authority, made)
        return f"nss:{folder}"
    store.write_files(folder, server.authority, made, PASSPHRASE.encode())
    return f"pkcs12:{folder}"
