"""What the demo removes from the person's store when its record says so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import platformdirs
import pytest
from support import pki, windows_store

from certhelper import run_record
from certhelper.demo import windows_place
from certhelper.windows import own_store


def test_a_certificate_of_the_persons_own_stays_whatever_the_record_says(tmp_path: Path) -> None:
    """Its name is not one that the demo gives; the record goes, so that the next demo can start."""
    issued = windows_store.issue(pki.Authority(), "12345678901234 user01")
    own_store.put_without_key(issued.der, "my own")
    try:
        folder = platformdirs.user_state_path("certhelper", appauthor=False)
        folder.mkdir(parents=True)
        file = folder / run_record.file_name(windows_place.RUN)
        planned = windows_place.Planned(issued.sha256, "my own", None)
        record = windows_place.Record(bytes(tmp_path), [], [planned])
        file.write_bytes(msgspec.json.encode(record))
        with (
            pytest.raises(run_record.RecordUnreadableError),
            windows_place.filled(tmp_path, (), lambda _: None),
        ):
            pass
        assert issued.sha256 in windows_store.fingerprints()
        assert not file.exists()
    finally:
        own_store.undo_without_key(issued.sha256, "my own")
