"""What is left on this PC of a certificate that is not there, or not to be used: the traces.

They tell apart why a certificate has to be reissued (:mod:`certhelper.diagnosis.reissue`).  None
of them is a proof by itself, and what could not be looked at is said, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from certhelper import settings
from certhelper.diagnosis.scene import Scene
from certhelper.failures import FailedError
from certhelper.listing import Listing
from certhelper.stores import nss_keys
from certhelper.stores.base import StoreStatus
from certhelper.windows import key_containers, pending_requests


class Traces(NamedTuple):
    """What was seen; None where that could not be.

    ``keys`` counts private keys without a certificate, ``requests`` certificates that were applied
    for in Windows and have not come.  ``was_used`` says that the certificate of the last log-on by
    this program is gone.
    """

    keys: int | None
    requests: int | None
    was_used: bool


def traces(scene: Scene) -> Traces:
    """Look for them, once; nothing is changed, and no password is needed."""
    return scene.once("certificates-traces", lambda: _look(scene))


def _look(scene: Scene) -> Traces:
    found = scene.found()
    return Traces(_keys(found), pending_requests.count(), _is_last_used_gone(scene, found))


def _keys(found: Listing) -> int | None:
    """Count in the databases, and the places of Windows, that tell it; None where none does."""
    of_windows = key_containers.count_unnamed()
    counts = [] if of_windows is None else [of_windows]
    for reading in found.readings:
        if reading.kind == "nss" and reading.status is StoreStatus.OK:
            try:
                counts.append(nss_keys.keys_without_certificate(Path(reading.where)))
            except FailedError:  # another program has begun to write: nothing is told of it
                continue
    return sum(counts) if counts else None


def _is_last_used_gone(scene: Scene, found: Listing) -> bool:
    kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
    used = kept.last_used.get(scene.bank.id)
    known = {one.installed.certificate.sha256 for one in found.grouped.judged}
    return used is not None and used.sha256 not in known
