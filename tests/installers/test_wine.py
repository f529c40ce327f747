"""The Windows that tests run on is fresh each time, shut in, and fails where it cannot be had."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installers import chroot
from installers.checkout.words import SetUpError
from installers.wine import machine, suite

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only as root"),
    pytest.mark.timeout(900),  # the first time it is made
]

_WRITE = "import pathlib; pathlib.Path(r'{path}').write_text('mark')"


def test_each_windows_is_a_fresh_one() -> None:
    """What one run leaves in files and registry, the next does not see; the host sees neither."""
    key = r"HKCU\Software\certhelper-test"
    with machine.fresh() as wine:
        wine.run([wine.python, "-c", _WRITE.format(path=r"C:\mark")])
        wine.run(["reg", "add", key, "/f"])
        wine.settle()
        assert (wine.prefix / "drive_c" / "mark").read_text(encoding="utf-8") == "mark"
        assert "certhelper-test" in (wine.prefix / "user.reg").read_text(encoding="utf-8")
        work = wine.work
    assert not work.exists()
    with machine.fresh() as wine:
        assert not (wine.prefix / "drive_c" / "mark").exists()
        with pytest.raises(subprocess.CalledProcessError):
            wine.run(["reg", "query", key])


def test_the_checkout_cannot_be_changed_from_there() -> None:
    """Tests on Windows read the code that is tested and write to their own folder alone."""
    with machine.fresh() as wine:
        for folder in (r"Z:\repo", r"Z:\py"):
            with pytest.raises(subprocess.CalledProcessError) as caught:
                wine.run([wine.python, "-c", _WRITE.format(path=rf"{folder}\mark")])
            assert "PermissionError" in caught.value.output or "OSError" in caught.value.output
        wine.run([wine.python, "-c", _WRITE.format(path=r"Z:\work\mark")])
        assert (wine.work / "mark").exists()


def test_nothing_stays_mounted_and_nothing_stays_running() -> None:
    """When the block ends, no mount and no process of it is left."""
    with machine.fresh() as wine:
        endless = "import time; print('up', flush=True); time.sleep(600)"
        with subprocess.Popen(
            wine.command([wine.python, "-c", endless]), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "up"
            inside = str(wine.work)
            wine.end()
            process.wait(60)
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    assert inside not in mounts


def test_failing_tests_there_fail_here(tmp_path: Path) -> None:
    """The status of the run is the status of its tests."""
    assert suite.main([r"tests\windows\test_library.py", "-n0", "-k", "no_such_test"]) != 0
    assert suite.main([r"tests\windows\test_library.py", "-n0"]) == 0


def test_without_the_rights_it_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is skipped quietly: the run ends with a status of failure and a sentence."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetUpError, match="root"):
        chroot.require_rights()
    assert suite.main([]) == 1
    assert "root" in capfd.readouterr().err
