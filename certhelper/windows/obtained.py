r"""When a certificate came into the person's store of Windows, as far as that is kept.

No property of a certificate says so.  Windows keeps "MY" of the current user as files named by the
SHA-1 in ``%APPDATA%\Microsoft\SystemCertificates\My\Certificates``; Wine, and stores of the
computer, as keys of that name in the registry.  The time of either is when it was last written: at
the latest then the certificate was there.  (learn.microsoft.com/windows/win32/seccrypto/
system-store-locations.)
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FOLDER = ("Microsoft", "SystemCertificates", "My", "Certificates")
_KEY = r"Software\Microsoft\SystemCertificates\My\Certificates"
_BEGIN = datetime(1601, 1, 1, tzinfo=UTC)  # of a FILETIME, which counts 100 ns


def written_at(sha1: str) -> datetime | None:
    """Return when the certificate with this SHA-1 (hex) was written, aware; None: not known."""
    if sys.platform == "win32":
        return _of_file(sha1.upper()) or _of_registry(sha1.upper())
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None


def _of_file(name: str) -> datetime | None:
    import platformdirs

    folder = Path(platformdirs.user_data_path(roaming=True), *_FOLDER)
    try:
        return datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)
    except OSError:
        return None


def _of_registry(name: str) -> datetime | None:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{_KEY}\{name}") as key:
                written = winreg.QueryInfoKey(key)[2]
        except OSError:
            return None
        return _BEGIN + timedelta(microseconds=written // 10)
    else:  # noqa: RET505  # as above
        return None
