"""Builds everything for Windows: the program, the set-up program and the MSI."""

from __future__ import annotations

from pathlib import Path

from certhelper import __version__
from installers.checkout.words import tell
from installers.windows import msi, program, setup_program

_LARGEST = 15
_MEGABYTE = 1_000_000


def build(output: Path) -> list[Path]:
    """Write the set-up program and the MSI into ``output`` and return their paths.

    What the program weighs is printed.  Raises
    :class:`~installers.checkout.words.SetUpError`.
    """
    at = program.moment()
    tree = program.built(at)
    _tell_sizes(program.sizes(tree))
    output.mkdir(parents=True, exist_ok=True)
    target = output / f"certhelper-{__version__}-setup.exe"
    tell("セットアッププログラムを作っています", "Making the set-up program")
    setup_program.make(tree, __version__, target)
    package = output / f"certhelper-{__version__}.msi"
    tell("MSI を作っています", "Making the MSI")
    msi.make(tree, __version__, package, at)
    made = [target, package]
    for path in made:
        line = f"{path}  {_megabytes(path.stat().st_size)}"
        tell(line, line)
    return made


def _tell_sizes(sizes: dict[str, int]) -> None:
    whole = _megabytes(sum(sizes.values()))
    tell(
        f"プログラムの大きさ: {whole}、{len(sizes)}ファイル。大きいものから:",
        f"Size of the program: {whole}, {len(sizes)} files. The largest:",
    )
    for name, size in list(sizes.items())[:_LARGEST]:
        line = f"  {_megabytes(size):>10}  {name}"
        tell(line, line)


def _megabytes(octets: int) -> str:
    return f"{octets / _MEGABYTE:.1f} MB"
