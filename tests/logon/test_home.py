"""The private home of a session: nobody else's, and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.systems import only_on_linux

from certhelper.logon.home import private_home, sweep

_HOLDER = """
import sys
from certhelper.logon.home import private_home
with private_home(sys.argv[1]) as home:
    (home / "key4.db").write_text("a key")
    print(home, flush=True)
    sys.stdin.read()
"""


def hold(base: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a home; return it and the home."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(base)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_home_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    """Only its owner may look in, and nothing is left when the session ends."""
    with private_home(str(tmp_path)) as home:
        if sys.platform != "win32":
            assert home.stat().st_mode & 0o777 == 0o700
        (home / "sub").mkdir()
        (home / "sub" / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_gone_after_an_error(tmp_path: Path) -> None:
    """A session that fails leaves nothing either."""
    with pytest.raises(RuntimeError), private_home(str(tmp_path)):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_next_start_removes_what_a_power_cut_left(tmp_path: Path) -> None:
    """A home whose process was killed is removed; one that is in use is not touched."""
    dead, left = hold(tmp_path)
    alive, used = hold(tmp_path)
    with dead, alive:
        dead.kill()
        dead.wait()
        assert (left / "key4.db").exists()
        assert sweep(tmp_path) == 1
        assert not left.exists()
        assert (used / "key4.db").exists()
        alive.communicate("")
    assert list(tmp_path.iterdir()) == []


@only_on_linux  # links that any user may make
def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """A link, a home without a lock and other folders stay."""
    (tmp_path / "certhelper-session-new").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "lock").touch()
    (tmp_path / "certhelper-session-link").symlink_to(tmp_path / "elsewhere")
    assert sweep(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "elsewhere" / "lock").exists()
