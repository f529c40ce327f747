"""Why nothing can be imported from a file: what it is instead of a PKCS#12 file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from certhelper.failures import FailedError, WrongUseError
from certhelper.safe_text import safe
from certhelper.stores import files_blocks, files_folder, pkcs12

_SEQUENCE = 0x30
_SHORT_LENGTHS = 0x80
_END_OF_CONTENTS = b"\0\0"


def failure(file: Path, detail: str) -> FailedError:
    """Return what a person is told of a file that could not be read as PKCS#12.

    Wrong use where there is no such file (``import-file-missing``, ``import-not-a-file``); else
    ``import-file-not-allowed``, ``import-file-empty``, ``import-file-too-large``,
    ``import-file-cut-off``, ``import-certificate-alone``, ``import-file-is-pem``, and
    ``file-unreadable`` where nothing better is known.  ``detail`` is plain text, safe to show.
    """
    where = safe(str(file))
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return WrongUseError("import-file-missing", where=where)
    except (OSError, ValueError):  # a loop of links, a folder that may not be entered, a NUL
        return FailedError("file-unreadable", where=where, detail=detail)
    if not stat.S_ISREG(status.st_mode):
        return WrongUseError("import-not-a-file", where=where)
    code = "file-unreadable"
    if not os.access(file, os.R_OK):
        code = "import-file-not-allowed"
    elif status.st_size == 0:
        code = "import-file-empty"
    elif status.st_size > pkcs12.LARGEST:
        code = "import-file-too-large"
    else:
        code = _by_content(file)
    return FailedError(code, where=where, detail=detail)


def _by_content(file: Path) -> str:
    try:
        octets = files_folder.octets_of(str(file), is_named=True)
    except files_folder.UnreadableError:
        return "file-unreadable"
    try:
        content = files_blocks.content_of(octets, is_certificate_file=True)
        if content.keys:
            return "import-file-is-pem"
        if content.certificates and not content.is_pkcs12:
            return "import-certificate-alone"
        return "import-file-cut-off" if _is_cut_off(octets) else "file-unreadable"
    finally:
        files_folder.wipe(octets)


def _is_cut_off(octets: bytearray) -> bool:
    """Whether it begins as ASN.1 does and says itself that more should follow (X.690, 8.1.3)."""
    if octets[0] != _SEQUENCE:
        return False
    if len(octets) == 1:
        return True
    length = octets[1]
    if length == _SHORT_LENGTHS:  # no length, but a mark at the end
        return not octets.endswith(_END_OF_CONTENTS)
    if length < _SHORT_LENGTHS:
        return len(octets) < 2 + length
    size = length & 0x7F
    if size > pkcs12.LARGEST.bit_length() // 8 + 1:
        return False  # no file that is imported is so long
    return len(octets) < 2 + size + int.from_bytes(octets[2 : 2 + size], "big")
