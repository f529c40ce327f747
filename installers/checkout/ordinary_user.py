"""Root runs the program as an ordinary user, so that the browser's sandbox stays on.

Chromium refuses its sandbox to root, and the sandbox is never switched off for a person.  So root
lends an unprivileged user an empty home and a copy of the program, in places that this user can
read, and takes both away afterwards.  POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from installers.checkout.environment import CHECKOUT, site_packages
from installers.checkout.user import Rights, User
from installers.checkout.words import SetUpError, say

_KEPT_VARIABLES = ("LANG", "LANGUAGE", "TZ", "TERM", "DISPLAY")


def require_sandbox(user: User | None = None) -> None:
    """Raise :class:`SetUpError` when this machine gives ``user`` no sandbox for the browser.

    Chromium builds its sandbox from user namespaces, which a machine can forbid to ordinary users.
    Without ``user``, whoever runs this is meant.
    """
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return
    rights: Rights | dict[str, Any] = user.rights if user else {}
    attempt = ["unshare", "--user", "--map-root-user", "true"]
    done = subprocess.run(
        attempt,
        cwd="/",
        capture_output=True,
        text=True,
        **rights,
    )
    if done.returncode:
        raise SetUpError(_no_sandbox(done.stderr.strip()))


def run(environment: Path, arguments: Sequence[str]) -> int:
    """Run ``python ARGUMENTS`` as an ordinary user in a temporary home; return its status.

    ``environment`` is the virtual environment, readable by everybody.
    """
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    user = User.choose()
    require_sandbox(user)
    with _place_for(user, environment) as (home, python):
        variables = _variables(home)
        _lend_screen(user, home, variables)
        process = subprocess.Popen(
            [python, *arguments],
            umask=0o077,
            cwd=home,
            env=variables,
            start_new_session=True,  # so that what is left of it can be ended as a whole
            **user.rights,
        )
        try:
            return wait_for(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; Ctrl+C goes on to the process, which tidies up by itself."""

    def hand_on(_number: int, _frame: object) -> None:
        process.terminate()

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _place_for(user: User, environment: Path) -> Iterator[tuple[Path, Path]]:
    """Lend a home and a Python with a copy of the program; both are removed afterwards."""
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    place = Path(tempfile.mkdtemp(prefix="certhelper-", dir=_readable_temporary_folder()))
    try:
        place.chmod(0o755)
        program = place / "program"
        for name in ("certhelper", "resources"):
            shutil.copytree(CHECKOUT / name, program / name)
        _let_everyone_read(program)
        python = _overlay(environment, place / "python", program)
        home = place / "home"
        for folder in (home, home / "runtime"):
            folder.mkdir(mode=0o700)
            os.chown(folder, user.uid, user.gid)
        yield home, python
    finally:
        shutil.rmtree(place)


def _readable_temporary_folder() -> Path:
    folder = Path(tempfile.gettempdir()).resolve()
    if all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents)):
        return folder
    return Path("/var/tmp")  # noqa: S108  # mkdtemp is safe in it


def _let_everyone_read(folder: Path) -> None:
    """A checkout made under a strict umask has files that only their owner reads."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _overlay(environment: Path, folder: Path, program: Path) -> Path:
    """Make a Python that finds ``program`` first, then everything of ``environment``."""
    original = site_packages(environment)
    packages = folder / original.relative_to(environment)
    packages.mkdir(parents=True)
    (packages / "certhelper.pth").write_text(
        f"import sys; sys.path.append({str(program)!a})\n"
        f"import site; site.addsitedir({str(original)!a})\n",
        encoding="ascii",
    )
    _let_everyone_read(folder)
    shutil.copy(environment / "pyvenv.cfg", folder)
    python = folder / "bin" / "python"
    python.parent.mkdir(mode=0o755)
    python.symlink_to((environment / "bin" / "python").resolve())
    return python


def _variables(home: Path) -> dict[str, str]:
    """Build the ordinary user's variables; hardly anything of root's goes on."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_VARIABLES or name.startswith("LC_") or name.lower().endswith("_proxy")
    }
    return variables | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "runtime"),
    }


def _lend_screen(user: User, home: Path, variables: dict[str, str]) -> None:
    """Copy root's key to the X screen, when there is one, into the user's home."""
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    key = Path(os.environ.get("XAUTHORITY") or Path.home() / ".Xauthority")
    if "DISPLAY" in variables and key.is_file():
        copy = home / ".Xauthority"
        shutil.copyfile(key, copy)
        copy.chmod(0o600)
        os.chown(copy, user.uid, user.gid)


def _no_sandbox(detail: str) -> str:
    settings = (
        "kernel.unprivileged_userns_clone=1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    )
    return say(
        "このPCでは、一般の利用者にユーザー名前空間が許可されていないため、"
        "ブラウザーの保護機能（サンドボックス）が働きません。保護なしでは起動しません。"
        f"PCの管理者が sysctl で {' または '.join(settings)} を設定すると動きます。"
        f"コンテナーの中では、コンテナーの設定で許可します。（{detail}）",
        "This machine forbids user namespaces to ordinary users, so the browser's sandbox cannot "
        "work, and nothing is started without it. The administrator can allow them with sysctl "
        f"{' or '.join(settings)}; inside a container, its settings decide. ({detail})",
    )
