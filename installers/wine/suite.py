"""Runs the tests on Windows: ``python -m installers.wine.suite [ARGUMENTS OF PYTEST]``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from installers.checkout.environment import CHECKOUT
from installers.checkout.words import SetUpError, say, tell
from installers.wine import machine

_TIME_LIMIT_S = 20 * 60
_OPTIONS = ("-q", "-n", "2", "--dist", "loadfile", r"--basetemp=Z:\work\tests")


def main(arguments: Sequence[str]) -> int:
    """Run pytest in a fresh Windows; return its exit status, 1 where there is none to be had."""
    tell("── Windows（Wine）での検査", "── The tests on Windows (Wine)")
    try:
        with machine.fresh() as wine:
            words = [wine.python, "-m", "pytest", *_OPTIONS, *(arguments or ("tests",))]
            fakes = wine.work / "fakes"
            _compile_fakes(fakes)
            variables = {
                "CERTHELPER_EVERY_TEST_MUST_RUN": "1",
                "CERTHELPER_FAKES": rf"Z:\work\{fakes.name}",
            }
            command = wine.command(words, folder="/repo", variables=variables)
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, timeout=_TIME_LIMIT_S
            ).returncode
    except SetUpError as error:
        print(error, file=sys.stderr, flush=True)
    except subprocess.TimeoutExpired:
        limit = f"{_TIME_LIMIT_S // 60}"
        print(
            say(f"{limit}分で終わりませんでした。", f"Not over after {limit} minutes."),
            file=sys.stderr,
        )
    return 1


def _compile_fakes(folder: Path) -> None:
    """Make the DLLs that stand in for what Wine lacks."""
    folder.mkdir()
    for source in sorted(CHECKOUT.glob("tests/windows/fakes/*.c")):
        machine.compile_library(source, folder / f"{source.stem}.dll")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
