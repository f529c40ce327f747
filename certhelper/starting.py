"""How to start this program, or one part of it, again as a child."""

from __future__ import annotations

import importlib
import os
import sys

# A part that uses little of the standard library would be kept waiting by what comes for types.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PART = "--part"
"""In a built program, where no Python stands beside it: the option that runs one part."""

PARTS = frozenset(
    {
        "certhelper.key_test_module",
        "certhelper.key_test_windows",
        "certhelper.logon.browser.worker",
        "certhelper.removal",
        "certhelper.selftest.nss_writer",
        "certhelper.stores.macos_reader",
        "certhelper.stores.nss_maker",
        "certhelper.stores.nss_softokn",
        "certhelper.stores.pkcs11_looker",
        "certhelper.stores.pkcs11_reader",
        "certhelper.stores.nss_writing_part",
        "certhelper.stores.windows_reader",
    }
)
"""The modules that run as a process of their own; each has ``main(arguments) -> int``."""

_LIBRARY_PATH = "LD_LIBRARY_PATH"
_OF_BOOTLOADER = "_PYI_"
_RUN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from certhelper.starting import run_part; sys.exit(run_part(sys.argv[1:]))"
)


def program() -> list[str]:
    """The words that start it: installed, from a checkout, or as a built program."""
    if is_built():
        return [sys.executable]
    return [sys.executable, "-m", "certhelper"]


def part(module: str, *, with_packages: bool = True) -> list[str]:
    """The words that run one of :data:`PARTS`; its arguments follow them.

    Python runs isolated (``-I``): neither the current folder nor the outer environment says what
    is imported; a built program is so by itself.  A part that uses the standard library alone
    starts faster without the folders of other packages (``-S``).
    """
    if is_built():
        return [sys.executable, PART, module]
    flags = ["-I"] if with_packages else ["-I", "-S"]
    code = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    return [sys.executable, *flags, "-c", _RUN, code, module]


def is_built() -> bool:
    """Whether this is a built program (PyInstaller sets ``sys.frozen``)."""
    return bool(getattr(sys, "frozen", False))


def give_back_environment() -> None:
    """Undo what the start of a built program did to this process's variables.

    PyInstaller's bootloader points ``LD_LIBRARY_PATH`` at the program's own libraries and starts
    itself again; the loader has read it by then.  The person's browser, started by us, must not
    load our libraries.  Source: PyInstaller, "Run-time information", *LD_LIBRARY_PATH*.
    """
    if not is_built():
        return
    before = os.environ.pop(f"{_LIBRARY_PATH}_ORIG", None)
    if before is not None:
        os.environ[_LIBRARY_PATH] = before
    else:
        os.environ.pop(_LIBRARY_PATH, None)
    for name in [name for name in os.environ if name.startswith(_OF_BOOTLOADER)]:
        del os.environ[name]


def run_part(words: Sequence[str]) -> int:
    """Run the part that the first word names, with the others as its arguments.

    Returns its exit status.  Raises ``LookupError`` for what is no part.
    """
    module, *arguments = words
    if module not in PARTS:
        raise LookupError(module)
    status: int = importlib.import_module(module).main(arguments)
    return status
