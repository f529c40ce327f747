"""The virtual environment of a checkout: which Python, where it lives, what is in it."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from installers.checkout.user import IS_ROOT, Rights, User
from installers.checkout.words import SetUpError, say, tell

Lock = Literal["run", "dev"]

CHECKOUT = Path(__file__).resolve().parents[2]
LOCKS = CHECKOUT / "requirements"
OLDEST_PYTHON = (3, 11)
_DEBIAN_PYTHON = "/usr/bin/python3"
_SHARED_CACHE = Path("/var/cache/certhelper")
_OTHERS_MAY_READ = 0o022  # a umask
_STAMP = "certhelper-lock"
_QUESTION = f"""
import sys, platform, importlib.util
print(sys.version_info >= {OLDEST_PYTHON})
print(platform.python_version(), platform.machine())
print(all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that a virtual environment can be made from."""

    path: str
    version: str
    makes_environments: bool  # Debian keeps this part in a package of its own, python3-venv


def packages() -> dict[str, str]:
    """Return the Debian packages, each with its reason, that are needed to make an environment.

    Raises :class:`SetUpError` when this Python is too old and no other one can be installed.
    """
    base = _base_interpreter()
    wanted = {}
    if base is None:
        if not IS_ROOT:
            raise _no_python()
        wanted["python3"] = "a Python that an ordinary user can read"
    if base is None or not base.makes_environments:
        wanted["python3-venv"] = "makes virtual environments"
    return wanted


def find(lock: Lock) -> Path:
    """Return the Python of an environment that holds exactly ``lock``, made anew where needed.

    Raises :class:`SetUpError` when it cannot be made.
    """
    base = _base_interpreter()
    if base is None:
        raise _no_python()
    folder = place()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / _STAMP
    wanted = {name: _stamp(name, base) for name in ("run", "dev")}
    installed = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
    if installed not in (wanted["dev"], wanted[lock]):  # "dev" holds everything of "run"
        tell(
            "Pythonの部品を入れています（初回は数分かかります）",
            "Installing Python packages (this takes some minutes the first time)",
        )
        _forget_gone_checkouts()
        with _mask(_OTHERS_MAY_READ if IS_ROOT else None):
            stamp.unlink(missing_ok=True)
            if installed != wanted["run"]:
                folder.parent.mkdir(parents=True, exist_ok=True)
                _step(base.path, "-m", "venv", "--clear", str(folder))
            _install(python, LOCKS / f"{lock}.lock")
            _unpack_bindings(python, folder)
            _put_project_on_path(folder)
            stamp.write_text(wanted[lock], encoding="utf-8")
    # Without .pyc files the program starts three times slower.
    _step(str(python), "-m", "compileall", "-q", str(CHECKOUT / "certhelper"))
    return python


def place() -> Path:
    """Return where the environment lives: beside the code, or for root where everybody reads.

    A checkout of root's often stands in a home that nobody else can enter, and the demo runs as
    an ordinary user.
    """
    if not IS_ROOT:
        return CHECKOUT / ".venv"
    return _SHARED_CACHE / hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:16]


def site_packages(environment: Path) -> Path:
    """Return the folder of an environment that its packages are in."""
    if os.name == "nt":
        return environment / "Lib" / "site-packages"
    (found,) = environment.glob("lib/python3*/site-packages")
    return found


def _no_python() -> SetUpError:
    return SetUpError(say("Python 3.11以降が必要です。", "Python 3.11 or later is needed."))


def _base_interpreter() -> Interpreter | None:
    """Choose the Python to build on: this one, or for root one that everybody can read."""
    own = _ask(getattr(sys, "_base_executable", "") or sys.executable)
    return own or (_ask(_DEBIAN_PYTHON) if IS_ROOT else None)


def _ask(path: str) -> Interpreter | None:
    """Return what the Python at ``path`` is, or None when it does not fit.

    For root, an ordinary user must be able to run it: root's own Python is often in root's home.
    """
    real = os.path.realpath(path)
    command = [real, "-I", "-c", _QUESTION]
    rights: Rights | dict[str, Any] = User.choose().rights if IS_ROOT else {}
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, **rights)
    except OSError:
        return None
    if done.returncode:
        return None
    new_enough, version, makes_environments = done.stdout.splitlines()
    if new_enough != "True":
        return None
    return Interpreter(real, version, makes_environments == "True")


def _stamp(lock: str, base: Interpreter) -> str:
    """Describe an environment: when this text differs, it is made anew."""
    digests = [
        hashlib.sha256((LOCKS / f"{n}.lock").read_bytes()).hexdigest() for n in ("run", "dev")
    ]
    return "\n".join([lock, *digests, base.path, base.version, ascii(str(CHECKOUT))])


def _forget_gone_checkouts() -> None:
    """Remove what root keeps for checkouts that are no longer there."""
    for stamp in _SHARED_CACHE.glob(f"*/{_STAMP}") if IS_ROOT else ():
        checkout = ast.literal_eval(stamp.read_text(encoding="utf-8").splitlines()[-1])
        if not Path(checkout).exists():
            shutil.rmtree(stamp.parent)


def _install(python: Path, lock: Path) -> None:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    # Wheels only: nothing is built, so no unlocked build backend and no compiler takes part.
    rules = ["--require-hashes", "--only-binary=:all:", "--compile"]
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    _step(*pip, *quiet, *rules, "-r", str(lock))


def _unpack_bindings(python: Path, environment: Path) -> None:
    """Lay the Python parts of Qt's bindings out as files, with their bytecode beside them.

    Otherwise every start unpacks them from a library and compiles them: some 25 ms.  The switch is
    shiboken's own (``SBK_EMBED``; ``handle_embedding_switch`` in its signature_bootstrap.py).
    """
    bindings = site_packages(environment) / "shiboken6"
    if not bindings.is_dir():
        return
    switched = {**os.environ, "SBK_EMBED": "0"}
    _step(str(python), "-I", "-c", "import shiboken6", variables=switched)
    _step(str(python), "-m", "compileall", "-q", str(bindings / "files.dir"))


def _put_project_on_path(environment: Path) -> None:
    """Make ``import certhelper`` and the command ``certhelper`` work, without a build backend."""
    site_packages(environment).joinpath("certhelper.pth").write_text(
        # A .pth file is read in a locale's encoding; an escaped path survives every one.
        f"import sys; sys.path.append({str(CHECKOUT)!a})\n",
        encoding="ascii",
    )
    if os.name == "nt":
        command = environment / "Scripts" / "certhelper.cmd"
        command.write_text('@"%~dp0python.exe" -m certhelper %*\n', encoding="ascii")
    else:
        command = environment / "bin" / "certhelper"
        command.write_text(
            '#!/bin/sh\nexec "${0%/*}/python" -m certhelper "$@"\n', encoding="ascii"
        )
        command.chmod(0o755)


def _step(*command: str, variables: dict[str, str] | None = None) -> None:
    """Run one step.  Raises :class:`SetUpError` when it fails; its own output says why."""
    if subprocess.run(command, env=variables).returncode:
        line = shlex.join(command)
        raise SetUpError(say(f"失敗しました: {line}", f"This failed: {line}"))


@contextlib.contextmanager
def _mask(mask: int | None) -> Iterator[None]:
    if mask is None:
        yield
        return
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
