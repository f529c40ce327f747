"""Another Debian beside this one: made with mmdebstrap, entered without leaving anything mounted.

The host is left alone: what is mounted for a command is mounted in a mount namespace of its own,
and goes with it.  Root is needed (``mount``, ``chroot``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from installers import cache
from installers.checkout.words import SetUpError, say

_NO_MANUALS = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/locale/*",
)
_ENTER = r"""
root=$1; shift
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
    mount --bind "$1" "$root$2"
    if [ "$3" = ro ]; then mount -o remount,bind,ro "$root$2"; fi
    shift 3
done
shift
exec chroot "$root" "$@"
"""
_IN_FOLDER = 'cd "$0" && exec "$@"'


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of this machine that a command sees at ``target``."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Chroot:
    """A Debian in the folder ``root``."""

    root: Path
    mounts: Sequence[Mount] = field(default=())

    def command(
        self, words: Sequence[str], *, folder: str = "/", variables: Mapping[str, str] | None = None
    ) -> list[str]:
        """Return the words that run ``words`` in there, with these variables and no others."""
        binds: list[str] = []
        for mount in self.mounts:
            (self.root / mount.target.lstrip("/")).mkdir(parents=True, exist_ok=True)
            binds += [str(mount.source), mount.target, "rw" if mount.writable else "ro"]
        given = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
        given |= variables or {}
        inside = ["sh", "-c", _IN_FOLDER, folder, *words]
        return [
            *("unshare", "--mount", "--propagation", "private", "--"),
            *("env", "-i", *(f"{name}={value}" for name, value in given.items())),
            *("sh", "-euc", _ENTER, "sh", str(self.root), *binds, "--", *inside),
        ]

    def run(
        self,
        words: Sequence[str],
        *,
        folder: str = "/",
        variables: Mapping[str, str] | None = None,
        time_limit: float = 600.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command there and return what it said; ``time_limit`` is in seconds.

        What the command leaves running in the background is not waited for.  Raises
        ``subprocess.CalledProcessError`` and ``subprocess.TimeoutExpired``, as
        ``subprocess.run`` does.
        """
        command = self.command(words, folder=folder, variables=variables)
        # Into a file: the end of a pipe would come with the end of the last background process.
        with tempfile.TemporaryFile() as file:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=time_limit,
            )
            file.seek(0)
            said = file.read().decode("utf-8", "replace").replace("\r\n", "\n")
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, said)
        return subprocess.CompletedProcess(command, done.returncode, said)


def require_rights() -> None:
    """Raise :class:`SetUpError` where this machine does not let us mount and change the root."""
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    if os.geteuid() == 0:
        attempt = ["unshare", "--mount", "--propagation", "private", "chroot", "/", "true"]
        done = subprocess.run(attempt, capture_output=True, text=True)
        if done.returncode == 0:
            return
        detail = done.stderr.strip()
    else:
        detail = say("root ではありません", "this is not root")
    raise SetUpError(
        say(
            "この部分の検査と作成には root の権限と、mount と chroot ができる環境が必要です。"
            f"省略せず、失敗として終わります（{detail}）。",
            "This part needs root on a machine that allows mount and chroot. It is not skipped: "
            f"it fails ({detail}).",
        )
    )


def made(name: str, suite: str, packages: Sequence[str], *excluded: str) -> Path:
    """Return the folder of a Debian ``suite`` with ``packages``, made at the first use.

    ``excluded`` are paths that are not unpacked.  The packages are what the mirror of this
    machine's own apt has, and apt checks their signatures.  Raises :class:`SetUpError`.
    """
    require_rights()

    def make(folder: Path) -> None:
        command = [
            *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}"),
            '--aptopt=APT::Install-Recommends "false"',
            '--aptopt=Acquire::Languages "none"',
            *(f"--dpkgopt={rule}" for rule in (*_NO_MANUALS, *_excluding(excluded))),
            *(suite, str(folder / "root"), _mirror()),
        ]
        if subprocess.run(command).returncode:
            raise SetUpError(say(f"作れませんでした: {suite}", f"Could not be made: {suite}"))
        # Programs look up even "localhost" there.
        (folder / "root" / "etc" / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")

    return cache.kept(name, (suite, *packages, *excluded), make) / "root"


def _excluding(paths: Sequence[str]) -> list[str]:
    return [f"path-exclude={path}" for path in paths]


def _mirror() -> str:
    """Return the address that this machine's own apt takes Debian from.

    Raises :class:`SetUpError` where its apt takes Debian from nowhere.
    """
    found = _known_mirror()
    if found is None:  # apt tells only of lists that it has fetched
        subprocess.run(["apt-get", "-qq", "update"])
        found = _known_mirror()
    if found is None:
        raise SetUpError(
            say("apt に Debian の取得元がありません。", "apt knows no mirror of Debian.")
        )
    return found


def _known_mirror() -> str | None:
    wanted = "$(REPO_URI)|$(LABEL)"
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted], capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        address, _, label = line.rpartition("|")
        if label == "Debian":
            return address
    return None
