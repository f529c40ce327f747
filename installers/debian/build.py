"""Builds the Debian package: ``python3 bootstrap.py build debian``."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import tempfile
from pathlib import Path

from installers.checkout import debian
from installers.checkout.words import SetUpError
from installers.debian import bundle, tree
from installers.windows.program import moment

RECOMMENDS = {
    "fonts-noto-cjk": debian.RUN["fonts-noto-cjk"],
    "xdg-utils": "opens the bank's page in the person's own browser",
}
SUGGESTS = {"gnome-keyring": "remembers the passphrase of a certificate file, when asked to"}

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Debian 12 and Ubuntu 18.04 and later read it; xz makes a file smaller by a sixth and takes
# twenty times as long, at every installation, too.
_COMPRESSION = ("-Zzstd", "-z9")
_DESCRIPTION = """\
log on to a corporate internet bank with the certificate you chose
 certhelper shows the client certificates of this PC by contract and user, with
 the reason where one cannot be used, and logs on with exactly the chosen one.
 .
 It sends the certificate only to the hosts of the bank's profile and takes the
 PIN from an on-screen keypad. It is not a product of the bank.
 .
 法人インターネットバンキングに、選んだ電子証明書でログオンします。"""


def architecture() -> str:
    """Return Debian's name of this machine's kind.  Raises :class:`SetUpError` for others."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise SetUpError(machine)
    return _ARCHITECTURES[machine]


def build(output: Path) -> Path:
    """Build the package into the folder ``output`` and return its file.

    The same commit (or ``SOURCE_DATE_EPOCH``) gives the same file.  Raises :class:`SetUpError`.
    """
    at = moment()
    program = bundle.built()
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "certhelper"
        tree.lay_out(folder, program / "certhelper", bundle.notices, at)
        return pack(folder, program / bundle.DEPENDENCIES, output, at)


def pack(folder: Path, dependencies: Path, output: Path, at: int) -> Path:
    """Make a package of the files in ``folder``, whose file in ``output`` is returned.

    ``dependencies`` is the file of :data:`bundle.DEPENDENCIES`, ``at`` the package's date.
    """
    package = output / f"certhelper_{tree.VERSION}_{architecture()}.deb"
    _write_control(folder, dependencies)
    tree.settle(folder / "DEBIAN", at)
    os.utime(folder, (at, at))
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *_COMPRESSION, "--build", str(folder), str(package)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(at)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return package


def _write_control(folder: Path, dependencies: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files)
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{path.relative_to(folder)}\n"
        for path in files
    ]
    needed = dict(
        line.split("=", 1) for line in dependencies.read_text(encoding="ascii").splitlines()
    )
    recommended = [needed["recommends"], *RECOMMENDS]
    fields = {
        "Package": "certhelper",
        "Version": tree.VERSION,
        "Architecture": architecture(),
        "Maintainer": tree.MAINTAINER,
        "Installed-Size": str(size // 1024),
        "Depends": needed["depends"],
        "Recommends": ", ".join(filter(None, recommended)),
        "Suggests": ", ".join(SUGGESTS),
        "Section": "net",
        "Priority": "optional",
        "Description": _DESCRIPTION,
    }
    control = folder / "DEBIAN"
    control.mkdir()
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (control / "control").write_text(text, encoding="utf-8")
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")
