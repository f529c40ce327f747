"""What takes long to make is made once, never half, and anew when its recipe changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from installers import cache


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


class Maker:
    """Fills a folder, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "made").write_text(str(self.times), encoding="utf-8")


def test_the_same_recipe_is_made_once() -> None:
    """The second one who asks gets what the first one made."""
    make = Maker()
    first = cache.kept("thing", ["recipe", b"octets"], make)
    assert cache.kept("thing", ["recipe", b"octets"], make) == first
    assert make.times == 1


@pytest.mark.parametrize("other", [["recip", "eoctets"], ["recipe"], ["octets", "recipe"]])
def test_another_recipe_is_made_anew_and_the_old_one_goes(other: list[str]) -> None:
    """Nothing stale is used, not even when the parts run together to the same text."""
    make = Maker()
    first = cache.kept("thing", ["recipe", "octets"], make)
    second = cache.kept("thing", other, make)
    assert second != first
    assert (second / "made").read_text(encoding="utf-8") == "2"
    assert not first.exists()


def test_another_name_is_left_alone() -> None:
    """A thing whose name begins the same is not what is cleared away."""
    make = Maker()
    longer = cache.kept("thing-of-two", ["recipe"], make)
    cache.kept("thing", ["recipe"], make)
    cache.kept("thing", ["another"], make)
    assert longer.exists()


def test_what_failed_is_not_kept(place: Path) -> None:
    """A maker that breaks off, or a process that was killed, leaves nothing that is used."""

    def breaks_off(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        cache.kept("thing", ["recipe"], breaks_off)
    (place / "thing-unfinished").mkdir()
    (place / "thing-unfinished" / "half").touch()
    folder = cache.kept("thing", ["recipe"], Maker())
    assert [path.name for path in folder.iterdir()] == ["made"]


def test_a_recipe_knows_names_and_contents(tmp_path: Path) -> None:
    """A file that is renamed or changed is another recipe; compiled Python is none of it."""
    folder = tmp_path / "folder"
    (folder / "__pycache__").mkdir(parents=True)
    file = folder / "one"
    file.write_bytes(b"octets")
    before = cache.octets_of(folder)
    (folder / "__pycache__" / "one.pyc").write_bytes(b"compiled")
    assert cache.octets_of(folder) == before
    file.write_bytes(b"others")
    assert cache.octets_of(folder) != before
    file.unlink()
    (folder / "two").write_bytes(b"octets")
    assert cache.octets_of(folder) != before
