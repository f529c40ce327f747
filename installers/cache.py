"""What takes long to make is kept outside the checkout and made again when its recipe changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

VARIABLE = "CERTHELPER_BUILD_CACHE"
"""Names another folder than the usual one, ``~/.cache/certhelper-build``."""


def place() -> Path:
    """Return the folder of everything that is kept; nothing in it is needed to be there."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).absolute()
    # Not the home of the environment: tests have homes of their own.
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    import pwd

    return Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".cache" / "certhelper-build"


def kept(name: str, recipe: Iterable[bytes | str], make: Callable[[Path], None]) -> Path:
    """Return a folder that ``make`` has filled, now or before, from the same ``recipe``.

    ``recipe`` is all that the result depends on.  Two processes never make the same one at once,
    and one that was only half made is never used.  Older ones of the same name are removed.
    """
    digest = hashlib.sha256()
    for part in recipe:
        octets = part.encode() if isinstance(part, str) else part
        digest.update(len(octets).to_bytes(8, "big") + octets)
    root = place()
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{name}-{digest.hexdigest()[:16]}"
    with FileLock(root / f"{name}.lock"):
        if not folder.is_dir():
            for older in root.glob(f"{name}-*"):
                if older.name.rpartition("-")[0] == name:
                    shutil.rmtree(older)
            unfinished = root / f"{name}-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)  # of a process that was killed
            unfinished.mkdir()
            try:
                make(unfinished)
            except BaseException:
                shutil.rmtree(unfinished)
                raise
            unfinished.rename(folder)
    return folder


def octets_of(*paths: Path) -> list[bytes]:
    """Return the contents of files, and of every file below folders, with their names."""
    found: list[bytes] = []
    for path in paths:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            if "__pycache__" not in file.parts:
                found += [os.fsencode(file.relative_to(path.parent)), file.read_bytes()]
    return found
