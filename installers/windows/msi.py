"""Makes the MSI for silent roll-out with msitools: wixl writes it, msibuild changes its tables."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import quoteattr

from installers.checkout.words import SetUpError
from installers.windows import identity, msi_tables
from installers.windows.setup_program import ICON

_JAPANESE_CODE_PAGE = 932
_JAPANESE = 1041

_PROPERTIES = {
    "ARPNOMODIFY": "1",
    "ARPPRODUCTICON": "certhelper.ico",
    # A session with the bank may be open: files in use wait for a restart (status 3010).
    "MSIRESTARTMANAGERCONTROL": "DisableShutdown",
    # Every file of this version, whatever the version of the one that is there.
    "REINSTALLMODE": "amus",
}


def make(tree: Path, version: str, target: Path, at: int) -> None:
    """Write the MSI for the files below ``tree`` to ``target``.

    ``at`` is the moment it carries, in seconds since 1970.  Raises :class:`SetUpError`.
    """
    identity.numbers(version)
    files = sorted(path.relative_to(tree) for path in tree.rglob("*") if path.is_file())
    digest = _digest(tree, files, version)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # wixl takes no absolute paths.
        (folder / "tree").symlink_to(tree)
        (folder / "certhelper.ico").write_bytes(ICON.read_bytes())
        source = "\n".join(_source(files, version, _identifier(f"product {digest}")))
        (folder / "certhelper.wxs").write_text(source, encoding="utf-8")
        _run(folder, "wixl", "--arch", "x64", "-o", str(target), "certhelper.wxs")
        (folder / "page.idt").write_bytes(
            f"\r\n\r\n{_JAPANESE_CODE_PAGE}\t_ForceCodepage\r\n".encode()
        )
        (folder / "summary.idt").write_bytes(_summary(_identifier(f"package {digest}"), at))
        for table in ("page.idt", "summary.idt"):
            _run(folder, "msibuild", str(target), "-i", table)
        queries = [word for query in msi_tables.changes(version) for word in ("-q", query)]
        _run(folder, "msibuild", str(target), *queries)


def _digest(tree: Path, files: list[Path], version: str) -> str:
    digest = hashlib.sha256(version.encode())
    for file in files:
        digest.update(str(file).encode() + b"\0")
        digest.update(hashlib.sha256((tree / file).read_bytes()).digest())
    return digest.hexdigest()


def _identifier(name: str) -> str:
    return str(uuid.uuid5(identity.UPGRADE_CODE, name)).upper()


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SetUpError(f"{command[0]}: {done.returncode}\n{done.stdout}{done.stderr}")


def _source(files: list[Path], version: str, product: str) -> Iterator[str]:
    """Yield the lines of the WiX source; names in it are ASCII (see ``msi_tables``)."""
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">'
    yield (
        f'<Product Id="{product}" Name="{identity.NAME}" Language="{_JAPANESE}" '
        f'Version="{version}" Manufacturer={quoteattr(identity.COMPANY)} '
        f'UpgradeCode="{identity.UPGRADE_CODE}">'
    )
    yield '<Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>'
    yield '<MajorUpgrade DowngradeErrorMessage="newer"/>'
    yield '<Media Id="1" Cabinet="certhelper.cab" EmbedCab="yes"/>'
    yield '<Icon Id="certhelper.ico" SourceFile="certhelper.ico"/>'
    for name, value in _PROPERTIES.items():
        yield f'<Property Id="{name}" Value="{value}"/>'
    yield '<Property Id="INSTALLEDPRODUCT">'
    yield (
        f'<RegistrySearch Id="own" Root="HKLM" Key="{msi_tables.OWN_KEY}" Name="Product" '
        'Type="raw"/>'
    )
    yield "</Property>"
    yield '<Directory Id="TARGETDIR" Name="SourceDir">'
    yield '<Directory Id="ProgramMenuFolder"/>'
    # No folder's name is in capitals: no command line may move where the system's rights are used,
    # nor the rules to where the program does not look for them (machine_settings.py).
    yield '<Directory Id="ProgramFiles64Folder"><Directory Id="ProgramFolder" Name="certhelper">'
    yield '<Directory Id="MachineFolder" Name="machine"><Directory Id="BanksFolder" Name="banks">'
    yield f'<Component Id="machine" Guid="{_identifier("machine")}" Win64="yes"><CreateFolder/>'
    yield (
        f'<RegistryValue Root="HKLM" Key="{msi_tables.OWN_KEY}" Name="Product" Type="string" '
        'Value="[ProductCode]" KeyPath="yes"/>'
    )
    yield "</Component></Directory></Directory>"
    components: list[str] = []
    yield from _folder(PurePosixPath(), [PurePosixPath(file) for file in files], components)
    yield "</Directory></Directory></Directory>"
    yield '<Feature Id="Program" Level="1"><ComponentRef Id="machine"/>'
    for component in components:
        yield f'<ComponentRef Id="{component}"/>'
    yield "</Feature></Product></Wix>"


def _folder(
    folder: PurePosixPath, files: list[PurePosixPath], components: list[str]
) -> Iterator[str]:
    for file in files:
        if file.parent == folder:
            name = f"f{len(components)}"
            components.append(f"c_{name}")
            source = quoteattr(f"tree/{file}")
            yield f'<Component Id="c_{name}" Guid="{_identifier(str(file))}" Win64="yes">'
            yield f'<File Id="{name}" Name={quoteattr(file.name)} Source={source} KeyPath="yes">'
            if str(file) == "certhelper.exe":
                yield (
                    '<Shortcut Id="start" Directory="ProgramMenuFolder" Name="certhelper" '
                    'Description="certhelper" WorkingDirectory="ProgramFolder"/>'
                )
            yield "</File></Component>"
    parts = len(folder.parts)
    inside = {file.parts[parts] for file in files if len(file.parts) > parts + 1}
    for name in sorted(inside):
        within = folder / name
        below = [file for file in files if file.is_relative_to(within)]
        identifier = "d_" + hashlib.sha256(str(within).encode()).hexdigest()[:16]
        yield f'<Directory Id="{identifier}" Name={quoteattr(name)}>'
        yield from _folder(within, below, components)
        yield "</Directory>"


def _summary(package: str, at: int) -> bytes:
    """Return the table of the summary information, with no moment but ``at`` in it.

    The numbers are those of the "Summary Information Stream Property Set"
    (learn.microsoft.com/windows/win32/msi).
    """
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d %H:%M:%S")
    rows = {
        1: str(_JAPANESE_CODE_PAGE),
        2: "Installation Database",
        3: identity.NAME,
        4: identity.COMPANY,
        5: "Installer",
        7: f"x64;{_JAPANESE}",
        9: f"{{{package}}}",
        12: moment,
        13: moment,
        14: "500",
        15: "2",
        18: "msitools",
        19: "2",
    }
    lines = ["PropertyId\tValue", "i2\tl255", "_SummaryInformation\tPropertyId"]
    lines += [f"{number}\t{value}" for number, value in rows.items()]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
