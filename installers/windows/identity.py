"""Who the Windows program says it is: names, version, the identifiers that an upgrade goes by."""

from __future__ import annotations

import re
import uuid
from typing import Any

from certhelper import __version__

NAME = "certhelper"
JAPANESE_DESCRIPTION = "certhelper 電子証明書でログオン"
ENGLISH_DESCRIPTION = "certhelper: log on with a certificate"
COMPANY = "certhelper"
"""To be replaced by the publisher's name, together with a code signing certificate."""

UPGRADE_CODE = uuid.UUID("355b3541-7712-46a0-9f2a-5282c3673282")
"""The same in every version: Windows Installer knows an older version by it.  Never changes."""

_JAPANESE = 0x0411
_ENGLISH = 0x0409
_UNICODE = 1200


def numbers(version: str = __version__) -> tuple[int, int, int, int]:
    """Return a version as the four numbers that Windows compares.

    Raises ``ValueError`` for anything but three numbers below 256, 256 and 65536, which is what
    Windows Installer can compare (learn.microsoft.com/windows/win32/msi/productversion).
    """
    parts = re.fullmatch(r"([0-9]+)\.([0-9]+)\.([0-9]+)", version)
    major, minor, patch = map(int, parts.groups()) if parts else (-1, -1, -1)
    if not (0 <= major < 256 and minor < 256 and patch < 65536):
        raise ValueError(f"Windows cannot compare the version {version}")
    return major, minor, patch, 0


def resource(file_name: str) -> Any:
    """Return the version information of one program file (PyInstaller's ``VSVersionInfo``)."""
    from PyInstaller.utils.win32 import versioninfo  # type: ignore[import-untyped, unused-ignore]

    four = numbers()
    tables = [
        versioninfo.StringTable(
            f"{language:04X}{_UNICODE:04X}",
            [
                versioninfo.StringStruct(key, value)
                for key, value in {
                    "CompanyName": COMPANY,
                    "FileDescription": description,
                    "FileVersion": __version__,
                    "InternalName": NAME,
                    "OriginalFilename": file_name,
                    "ProductName": description,
                    "ProductVersion": __version__,
                }.items()
            ],
        )
        for language, description in (
            (_JAPANESE, JAPANESE_DESCRIPTION),
            (_ENGLISH, ENGLISH_DESCRIPTION),
        )
    ]
    translations = [_JAPANESE, _UNICODE, _ENGLISH, _UNICODE]
    return versioninfo.VSVersionInfo(
        ffi=versioninfo.FixedFileInfo(filevers=four, prodvers=four),
        kids=[
            versioninfo.StringFileInfo(tables),
            versioninfo.VarFileInfo([versioninfo.VarStruct("Translation", translations)]),
        ],
    )
