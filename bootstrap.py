#!/usr/bin/env python3
"""Set up this checkout and start something in it; needs Python 3.11 and nothing else.

On Debian, missing packages are installed when this runs as root; otherwise the one command that
installs them is printed.  As root the demo itself runs as an ordinary user.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from installers.checkout import debian, environment, ordinary_user
from installers.checkout.user import IS_ROOT
from installers.checkout.words import SetUpError, tell

# import-linter's module does nothing when it is run with -m.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"
CHECKS = (
    ("-m", "ruff", "check"),
    ("-m", "ruff", "format", "--check"),
    ("-m", "mypy"),
    # As Windows sees it: what only another system runs is rightly out of reach there.
    ("-m", "mypy", "--platform=win32", "--no-warn-unreachable", "--cache-dir=.mypy_cache/win32"),
    ("-c", _LINT_IMPORTS),
    ("-m", "deptry", "."),
    ("-m", "vulture"),
)


def _prepare(lock: environment.Lock, packages: dict[str, str]) -> Path:
    debian.install(packages | environment.packages(), as_root=IS_ROOT)
    return environment.find(lock)


def set_up() -> int:
    """Set up what the program needs, and say how to start it."""
    python = _prepare("run", debian.RUN)
    command = python.with_name("certhelper")
    tell(f"準備ができました。次で始まります: {command}", f"Ready. This starts it: {command}")
    return 0


def demo(*arguments: str) -> int:
    """Set up, then run ``certhelper demo``."""
    python = _prepare("run", debian.RUN)
    command = ["-m", "certhelper", "demo", *arguments]
    if IS_ROOT:
        return ordinary_user.run(environment.place(), command)
    ordinary_user.require_sandbox()
    return ordinary_user.wait_for(subprocess.Popen([python, *command]))


def test(*arguments: str) -> int:
    """Set up, then run every check and every test; arguments go to pytest."""
    python = str(_prepare("dev", debian.RUN | debian.TEST | debian.BUILD))
    os.chdir(environment.CHECKOUT)
    failed = []
    for check in CHECKS:
        print("──", *check, flush=True)
        if subprocess.run([python, *check]).returncode:
            failed.append(" ".join(check))
    parallel = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    tests = subprocess.run(
        [python, "-m", "pytest", *parallel, *arguments],
        env={**os.environ, "CERTHELPER_EVERY_TEST_MUST_RUN": "1"},
    )
    # The same tests once more where the users are; without the rights for that it fails.
    on_windows = subprocess.run([python, "-m", "installers.wine.suite"])
    if failed:
        tell(f"通らなかった検査: {', '.join(failed)}", f"Checks that failed: {', '.join(failed)}")
    return tests.returncode or on_windows.returncode or int(bool(failed))


def benchmark(*arguments: str) -> int:
    """Set up, then measure everything; arguments go to ``benchmarks/``."""
    python = _prepare("dev", debian.RUN | debian.TEST | debian.BENCHMARK)
    command = [str(python), "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=environment.CHECKOUT).returncode


def build(*arguments: str) -> int:
    """Set up, then build what is installed on other PCs: ``build windows``, ``build debian``."""
    python = _prepare("dev", debian.RUN | debian.BUILD)
    command = [str(python), "-m", "installers.build", *arguments]
    return subprocess.run(command, cwd=environment.CHECKOUT).returncode


def lock(*arguments: str) -> int:
    """Write the lock files anew: every file by its hash, for every system, no address in them."""
    uv = str(environment.find("dev").with_name("uv"))
    variables = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "python3 bootstrap.py lock"}
    scope = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    no_address = ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    run_lock = "requirements/run.lock"
    for target in (
        ["-o", run_lock],
        ["--group", "dev", "-c", run_lock, "-o", "requirements/dev.lock"],
        # With what the program needs: a build must not bring another version of it.
        ["--group", "build", "-c", run_lock, "-o", "requirements/build.lock"],
    ):
        command = [uv, "pip", "compile", "--quiet", *scope, *no_address, "pyproject.toml", *target]
        subprocess.run([*command, *arguments], env=variables, cwd=environment.CHECKOUT, check=True)
    return 0


COMMANDS = {
    "demo": demo,
    "test": test,
    "setup": set_up,
    "benchmark": benchmark,
    "build": build,
    "lock": lock,
}


def main() -> int:
    """Run one command; what cannot be done is said in a sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the command takes")
    chosen = parser.parse_args()
    if chosen.command == "setup" and chosen.arguments:
        parser.error("setup takes nothing more")
    try:
        return COMMANDS[chosen.command](*chosen.arguments)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
