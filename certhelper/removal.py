"""Removes what the program keeps for a person; its uninstaller runs this as a part.

Certificates and their keys belong to the person and are never touched.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from certhelper import banks, machine_settings, run_record, settings
from certhelper.demo import windows_place
from certhelper.revocation import cache
from certhelper.selftest import record
from certhelper.stores import passphrases

KEEP_SETTINGS = "--keep-settings"

_CHOSEN_BY_THE_PERSON = (
    settings.FILE_NAME,
    banks.TRUSTED_NAME,
    machine_settings.BANKS_NAME,
    passphrases.LIST_NAME,
)
# They say what an interrupted run put among the certificates: the next one needs it.
_ALWAYS_KEPT = (run_record.file_name(record.RUN), run_record.file_name(windows_place.RUN))


def main(arguments: Sequence[str]) -> int:
    """Remove everything, or with ``--keep-settings`` what nobody chose; return 1 when it failed.

    Every step is tried, whatever became of the one before it; stderr gets one line for each that
    failed.
    """
    keeps_settings = KEEP_SETTINGS in arguments
    failures = [] if keeps_settings else passphrases.forget_all()
    kept = (*_ALWAYS_KEPT, *(_CHOSEN_BY_THE_PERSON if keeps_settings else ()))
    failures += _empty(settings.folder(), kept)
    answers = cache.usual_folder()
    failures += _empty(answers, ())
    if not failures and answers.parent.is_dir() and not any(answers.parent.iterdir()):
        answers.parent.rmdir()
    for failure in failures:
        print(failure, file=sys.stderr)  # noqa: T201  # a part speaks to whoever started it
    return int(bool(failures))


def _empty(folder: Path, kept: Sequence[str]) -> list[str]:
    """Remove what is in ``folder`` but for ``kept``, and itself when it is empty then."""
    if not folder.is_dir():
        return []
    failures = []
    for path in folder.iterdir():
        if path.name in kept:
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            failures.append(f"{path.name}: {error.strerror}")
    if not any(folder.iterdir()):
        folder.rmdir()
    return failures
