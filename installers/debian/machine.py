"""A fresh, small Debian to try the package in, without a trace of this machine or earlier tries."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installers import cache, chroot
from installers.checkout.words import SetUpError
from installers.debian import bundle

# Rules of mmdebstrap's that leave out manuals and documents, which the package must bring.
_LEFT_OUT = "etc/dpkg/dpkg.cfg.d/99mmdebstrap"


@contextmanager
def fresh(package: Path, *mounts: chroot.Mount) -> Iterator[chroot.Chroot]:
    """Yield a Debian that never saw the package, with what it depends on ready to be installed.

    The packages that it depends on were fetched once, from where this machine's apt takes them;
    apt needs no network for them any more.  Raises :class:`SetUpError`.
    """
    original = _prepared(package)
    with tempfile.TemporaryDirectory(prefix="certhelper-debian-") as name:
        root = Path(name) / "root"
        subprocess.run(["cp", "--archive", "--reflink=auto", str(original), str(root)], check=True)
        yield chroot.Chroot(root, mounts)


def _prepared(package: Path) -> Path:
    clean = chroot.made("debian-clean", bundle.SUITE, ("apt",))
    needs = [_field(package, name) for name in ("Depends", "Recommends")]

    def make(folder: Path) -> None:
        root = folder / "root"
        subprocess.run(["cp", "--archive", "--reflink=auto", str(clean), str(root)], check=True)
        (root / _LEFT_OUT).unlink()
        machine = chroot.Chroot(root)
        for words in (["update"], ["install", "--download-only", "--yes", *_names(needs[0])]):
            done = subprocess.run(machine.command(["apt-get", "--quiet", *words]))
            if done.returncode:
                raise SetUpError(f"apt-get {' '.join(words)}: {done.returncode}")

    return cache.kept("debian-prepared", [clean.parent.name, *needs], make) / "root"


def _field(package: Path, name: str) -> str:
    asked = ["dpkg-deb", "--field", str(package), name]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _names(dependencies: str) -> Sequence[str]:
    return [entry.split()[0] for entry in dependencies.split(", ")]
