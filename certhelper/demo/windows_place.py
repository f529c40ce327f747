"""The demo's certificates in the person's own store of Windows, for as long as the demo runs.

The browser engine and WinHTTP take certificates from nowhere else there.  All is written down
before it is made, so that the next demo removes what one that was killed has left.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from certhelper import run_record, signals
from certhelper.failures import FailedError
from certhelper.windows import own_store
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import WindowsCallError

if TYPE_CHECKING:
    from certhelper.demo.cases import Case

RUN = "demo"
"""The kind of run: the name of its record's file, and the beginning of its codes."""

FOLDER_PREFIX = "certhelper-demo-"

_LABEL_END = "（certhelperのデモ用。削除してかまいません）"
"""In a certificate's name in the store: whoever meets it there must see at once what it is."""


class Planned(msgspec.Struct, forbid_unknown_fields=True):
    """One certificate: its SHA-256, its name, and its key's container (None: it has no key)."""

    sha256: str
    label: str
    container: str | None


class Record(run_record.Made):
    """What may exist because of a demo, besides its folders."""

    certificates: list[Planned]


Tell = Callable[[str], None]
"""Hears what happens to the store, as the name of a text of ``demo.toml``."""


@contextmanager
def filled(folder: Path, cases: Sequence[Case], tell: Tell) -> Iterator[str]:
    """Put the cases there and give what ``--store`` takes; the end of the block removes them.

    ``folder`` is the demo's own, which goes with the rest when this process is killed.
    Raises :class:`FailedError`: ``demo-not-put``, ``demo-not-removed``, ``demo-record-unreadable``
    and those of :func:`certhelper.run_record.held`; ``OSError``.
    """
    with run_record.held(RUN, Record) as file:
        if _remove_left_overs(file):
            tell("left-overs-removed")
        record = Record(
            temporary=os.fsencode(folder),
            state_folders=[os.fsencode(one) for one in file.folders],
            certificates=[_planned(case) for case in cases],
        )
        tell("windows-store")
        try:
            file.write(record)
            with signals.deferred():
                _put(cases, record)
            yield f"windows:{Place.CURRENT_USER}"
        finally:
            with signals.ignored():
                _take_out(record)
                file.remove()


def _planned(case: Case) -> Planned:
    container = own_store.new_container() if case.has_key else None
    return Planned(case.issued.sha256, f"デモ {case.name}{_LABEL_END}", container)


def _put(cases: Sequence[Case], record: Record) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    for case, planned in zip(cases, record.certificates, strict=True):
        issued, label = case.issued, planned.label
        try:
            if planned.container is None:
                own_store.put_without_key(issued.der, label)
            else:
                assert isinstance(issued.key, RSAPrivateKey)
                own_store.put(issued.der, issued.key, label, container=planned.container)
        except WindowsCallError as error:
            raise FailedError("demo-not-put", detail=str(error)) from error


def _remove_left_overs(file: run_record.RecordFile[Record]) -> bool:
    """Remove what a demo left that was killed; return whether there was any."""
    try:
        left = file.read()
        if left is None:
            return False
        # A certificate of the person's own is left alone, whatever the file says.
        if not all(planned.label.endswith(_LABEL_END) for planned in left.certificates):
            raise run_record.RecordUnreadableError(f"{RUN}-record-unreadable")
    except run_record.RecordUnreadableError:
        file.remove()
        raise
    _take_out(left)
    folder = Path(os.fsdecode(left.temporary))
    is_ours = folder.name.startswith(FOLDER_PREFIX) and folder.parent == Path(tempfile.gettempdir())
    if is_ours and not run_record.remove_tree(folder):
        raise FailedError("demo-not-removed", detail=str(folder))
    file.made(left.state_folders)
    file.remove()
    return True


def _take_out(record: Record) -> None:
    """Take every certificate of the record out, with its key; one that stays keeps no other.

    Only the very certificates, and only those with a container or a name of ours.
    Raises :class:`FailedError` (``demo-not-removed``).
    """
    failures: list[Exception] = []
    for planned in record.certificates:
        try:
            if planned.container is None:
                own_store.undo_without_key(planned.sha256, planned.label)
            else:
                own_store.undo(planned.sha256, planned.container)
        except (WindowsCallError, LookupError) as error:
            failures.append(error)
    if failures:
        detail = "; ".join(sorted({str(error) for error in failures}))
        raise FailedError("demo-not-removed", detail=detail) from failures[0]
