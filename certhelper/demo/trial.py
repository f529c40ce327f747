"""Everything that one demo needs, in one temporary folder that is removed afterwards."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from certhelper.demo import cases, profile, store, windows_place
from certhelper.demo.authority import Authority
from certhelper.demo.cases import Case
from certhelper.demo.log import AccessLog
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import DemoServer

#: Opens the demo's PKCS#12 files; like the demo's PIN it protects nothing.
PASSPHRASE = "demo"  # noqa: S105  # it is printed for everyone to use

_SYSTEM = platform.system()


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
def running(
    scenario: Scenario | None = None,
    log: AccessLog | None = None,
    tell: windows_place.Tell = lambda _: None,
) -> Iterator[Trial]:
    """Start the bank, write profile and store, and remove everything at the end.

    ``tell`` hears of what is done to this PC's own store, which is on Windows only.
    Raises ``OSError``, :class:`certhelper.stores.nss_database.DatabaseNotMadeError`, and what
    :func:`certhelper.demo.windows_place.filled` does.
    """
    with ExitStack() as stack:
        prefix = windows_place.FOLDER_PREFIX
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
        # A container of Windows' older kind, which our own code fills, takes RSA keys only.
        authority = Authority(client_key="rsa" if _SYSTEM == "Windows" else "ec")
        server = stack.enter_context(DemoServer(authority, scenario=scenario, log=log))
        made = cases.make(authority)
        chosen = made[0]
        pkcs12 = folder / "user01.p12"
        chain = [authority.biznet_g2, authority.root]
        pkcs12.write_bytes(chosen.issued.pkcs12(chosen.name, PASSPHRASE.encode(), chain))
        yield Trial(
            server=server,
            folder=folder,
            profile=profile.write(folder, server.addresses, authority.server_root),
            store=stack.enter_context(_store(folder, authority, made, tell)),
            cases=made,
            chosen=chosen,
            pkcs12=pkcs12,
        )


@contextmanager
def _store(
    folder: Path, authority: Authority, made: Sequence[Case], tell: windows_place.Tell
) -> Iterator[str]:
    directory = folder / "store"
    if _SYSTEM == "Windows":
        with windows_place.filled(folder, made, tell) as place:
            yield place
    elif _SYSTEM == "Linux":
        store.write(directory, authority, made)
        yield f"nss:{directory}"
    else:
        store.write_files(directory, authority, made, PASSPHRASE.encode())
        yield f"pkcs12:{directory}"
