"""Puts the packages of a lock file into a folder, for this system or another one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def install(lock: Path, target: Path, platform: str, python_version: str) -> None:
    """Install every package of ``lock``, checked by its hash, as a wheel, into ``target``.

    ``platform`` and ``python_version`` are those that uv knows (``x86_64-manylinux_2_36``,
    ``3.11``).  Raises ``subprocess.CalledProcessError``.
    """
    uv = Path(sys.executable).with_name("uv")
    where = ["--target", str(target), "--python-platform", platform]
    rules = ["--require-hashes", "--only-binary=:all:", "--link-mode=copy", "--no-config"]
    command = [str(uv), "pip", "install", "--quiet", *where, "--python-version", python_version]
    variables = {**os.environ, **_where_pip_looks()}
    subprocess.run([*command, *rules, "-r", str(lock)], env=variables, check=True)


def _where_pip_looks() -> dict[str, str]:
    """Where packages come from is said in pip's configuration, which uv does not read."""
    found = {}
    for setting, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        asked = [sys.executable, "-m", "pip", "config", "get"]
        for place in (f":env:.{setting}", f"global.{setting}"):
            done = subprocess.run([*asked, place], capture_output=True, text=True)
            if done.returncode == 0 and done.stdout.strip():
                found[variable] = done.stdout.strip()
                break
    return found
