"""Makes the set-up program for one person with NSIS (setup.nsi), from a built program's folder."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from certhelper import texts
from installers.checkout.environment import CHECKOUT
from installers.checkout.words import SetUpError
from installers.windows import identity

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "setup.nsi"
ICON = CHECKOUT / "resources" / "icons" / "certhelper.ico"

# What each of NSIS's names stands for in installer.toml.
_TEXTS = {
    "PRODUCT": "name.product",
    "SHORTCUT": "name.shortcut",
    "SHORTCUT_SAYS": "name.shortcut-says",
    "SECTION_PROGRAM": "setup.program",
    "SECTION_PROGRAM_SAYS": "setup.program-says",
    "SECTION_AUTOSTART": "setup.autostart",
    "SECTION_AUTOSTART_SAYS": "setup.autostart-says",
    "NEWER_INSTALLED": "setup.newer-installed",
    "RUNNING": "setup.running",
    "OLD_WINDOWS": "setup.old-windows",
    "OLD_REMAINS": "setup.old-remains",
    "REMOVE_PROGRAM": "removal.program",
    "REMOVE_PROGRAM_SAYS": "removal.program-says",
    "REMOVE_SETTINGS": "removal.settings",
    "REMOVE_SETTINGS_SAYS": "removal.settings-says",
}
_LANGUAGES: dict[texts.Language, str] = {"ja": "JAPANESE", "en": "ENGLISH"}


def make(tree: Path, version: str, target: Path, *, compressed: bool = True) -> None:
    """Write the set-up program for the files below ``tree`` to ``target``.

    One that is not compressed is made in seconds instead of minutes, for tests.  Raises
    :class:`SetUpError`.
    """
    identity.numbers(version)  # Windows must be able to compare it
    files = sorted(path.relative_to(tree) for path in tree.rglob("*") if path.is_file())
    size = sum((tree / file).stat().st_size for file in files)
    with tempfile.TemporaryDirectory() as name:
        generated = Path(name)
        _write(generated / "generated-files.nsh", _file_macros(tree, files))
        _write(generated / "generated-texts.nsh", _language_strings(version))
        given = {
            "COMPANY": identity.COMPANY,
            "GENERATED": str(generated),
            "ICON": str(ICON),
            "OUTPUT": str(target),
            "PRODUCT_ENGLISH": texts.text("installer.name.product", "en"),
            "PRODUCT_JAPANESE": texts.text("installer.name.product", "ja"),
            "SIZE_KIB": str(size // 1024),
            "VERSION": version,
        }
        definitions = [f"-D{name}={value}" for name, value in given.items()]
        definitions += [] if compressed else ["-DUNCOMPRESSED"]
        command = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *definitions, str(_SCRIPT)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SetUpError(f"makensis:\n{done.stdout}{done.stderr}")


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _file_macros(tree: Path, files: list[Path]) -> Iterator[str]:
    """Yield the macros that install each file and remove each again, and nothing else."""
    folders = sorted({parent for file in files for parent in file.parents if parent.parts})
    yield "!macro INSTALL_FILES"
    for folder in [Path(), *folders]:
        yield f'SetOutPath "{_installed(folder)}"'
        for file in files:
            if file.parent == folder:
                yield f'File "{tree / file}"'
    yield "!macroend"
    yield "!macro REMOVE_FILES"
    for file in files:
        yield f'Delete "{_installed(file)}"'
    for folder in reversed(folders):  # a folder after those in it
        yield f'RMDir "{_installed(folder)}"'
    yield "!macroend"


def _installed(path: Path) -> str:
    return str(PureWindowsPath("$INSTDIR", path))


def _language_strings(version: str) -> Iterator[str]:
    for language, name in _LANGUAGES.items():
        for key, entry in _TEXTS.items():
            # setup.nsi has these facts in $0 when it says the sentence.
            facts = {"installed": "$0", "status": "$0", "version": version}
            said = texts.text(f"installer.{entry}", language, **facts)
            yield f'LangString {key} ${{LANG_{name}}} "{_one_line(said)}"'


def _one_line(said: str) -> str:
    return said.replace('"', '$\\"').replace("\n", "$\\r$\\n")
