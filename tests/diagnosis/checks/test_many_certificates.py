"""A folder with many certificates: what is looked at for one is not looked at for each again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import listings, pki
from support.certificate_checks import CONTRACT

from certhelper import listing, moment
from certhelper.diagnosis import trials
from certhelper.diagnosis.checks import revocation
from certhelper.diagnosis.scene import Once, Scene
from certhelper.stores import files_gathering
from certhelper.stores.files import FilesStore

COUNT = 6


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """As many people as there are certificates, all with their keys in one folder."""
    authority = pki.Authority()
    for number in range(COUNT):
        issued = authority.issue(f"{CONTRACT} user0{number}")
        (tmp_path / f"{number}.pem").write_bytes(issued.pem + issued.key_pem)
    now = moment.now()
    found = Once(lambda: listing.read([FilesStore(tmp_path)], listings.bank(), now))
    return Scene(listings.bank(), now, found, offline=True)


def test_the_folder_is_looked_into_once_for_all_keys(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key signs all the same."""
    assert len(scene.found().grouped.judged) == COUNT
    looks: list[Path] = []
    gathered = files_gathering.gathered

    def look(where: Path) -> Any:
        looks.append(where)
        return gathered(where)

    monkeypatch.setattr(files_gathering, "gathered", look)
    monkeypatch.setattr("certhelper.stores.files_opening.gathered", look)
    tests = trials.trials(scene).tests
    assert [one.signs for one in tests.values()] == [True] * COUNT
    assert len(looks) == 1  # each certificate is a store of its own


def test_issuers_are_looked_for_only_where_somebody_is_named_to_be_asked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These certificates name nobody: no other certificate's subject is read."""
    scene.found()
    read: list[bytes] = []
    monkeypatch.setattr(listing, "subject_octets", read.append)
    (found,) = revocation.check(scene)
    assert found.code == "revocation-not-named"
    assert not read
