"""Root lends an ordinary user a home and a copy of the program, and takes both away."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from support.systems import only_on_linux

from installers.checkout import environment, ordinary_user
from installers.checkout.user import IS_ROOT, User
from installers.checkout.words import SetUpError

pytestmark = [
    only_on_linux,
    pytest.mark.skipif(not IS_ROOT, reason="only as root: nobody else can lend"),
]

WHO = """
import json, os, pathlib, certhelper
home = pathlib.Path.home()
(home / "written").touch()
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(),
    "home": str(home), "mode": home.stat().st_mode & 0o777,
    "program": certhelper.__file__, "variables": dict(os.environ),
    "reads_roots_home": os.access(pathlib.Path("~root").expanduser(), os.R_OK),
}))
"""


def test_the_program_runs_unprivileged_in_a_home_that_goes(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No right and no variable of root's goes along, and nothing stays behind."""
    monkeypatch.setenv("QTWEBENGINE_DISABLE_SANDBOX", "1")
    monkeypatch.setenv("SSLKEYLOGFILE", "somewhere")
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # a folder that only root enters
    python = environment.find("run")
    assert ordinary_user.run(python.parents[1], ["-c", WHO]) == 0
    seen = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert seen["uid"] == User.choose().uid != 0
    assert seen["gid"] != 0
    assert 0 not in seen["groups"]
    assert seen["mode"] == 0o700
    assert not seen["reads_roots_home"]
    assert not {"QTWEBENGINE_DISABLE_SANDBOX", "SSLKEYLOGFILE"} & set(seen["variables"])
    assert not Path(seen["program"]).is_relative_to(environment.CHECKOUT)
    assert not Path(seen["home"]).parent.exists()


def test_the_programs_status_is_handed_back() -> None:
    """Whoever started the demo learns how it ended."""
    python = environment.find("run")
    assert ordinary_user.run(python.parents[1], ["-c", "raise SystemExit(3)"]) == 3


def test_the_person_behind_sudo_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is their screen that the window opens on."""
    if sys.platform == "win32":
        pytest.skip("only on Linux")
    import pwd

    someone = pwd.getpwnam("daemon")
    monkeypatch.setenv("SUDO_UID", str(someone.pw_uid))
    assert User.choose() == User(someone.pw_uid, someone.pw_gid)
    monkeypatch.setenv("SUDO_UID", "0")
    assert User.choose().uid == pwd.getpwnam("nobody").pw_uid


def test_a_machine_without_a_sandbox_is_told_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox is never switched off; the sentence says what the administrator can set."""
    ordinary_user.require_sandbox(User.choose())
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\necho 'not permitted' >&2\nexit 1\n", encoding="utf-8")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SetUpError, match=r"kernel\.unprivileged_userns_clone=1.*not permitted"):
        ordinary_user.require_sandbox()
