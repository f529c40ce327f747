"""Missing Debian packages are installed for root and told to everybody else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from installers.checkout import debian
from installers.checkout.words import SetUpError

LISTING = (
    "installed\tbash, \n"
    "config-files\tnginx-light, httpd\n"
    "installed\tlibglib2.0-0t64, libglib2.0-0 (= 2.84.4-3), other\n"
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, with a dpkg-query that knows of a few packages."""
    folder = tmp_path / "programs"
    folder.mkdir()
    make_program(folder / "dpkg-query", f"printf '{LISTING}'")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def make_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.usefixtures("programs")
def test_only_what_is_not_installed_is_missing() -> None:
    """A removed package is missing; one that is provided under its old name is not."""
    wanted = {"bash": "", "nginx-light": "", "libglib2.0-0": "", "xvfb": ""}
    assert debian.missing(wanted) == ["nginx-light", "xvfb"]


def test_a_system_without_dpkg_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, macOS and other Linux systems get the Python part only."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert debian.missing({"xvfb": ""}) == []


@pytest.mark.parametrize("become_root", ["sudo sh -c", "su -c"])
def test_an_ordinary_user_is_told_one_command(programs: Path, become_root: str) -> None:
    """One line to copy, which names everything that is missing and works on this machine."""
    make_program(programs / become_root.split(maxsplit=1)[0], "exit 0")
    with pytest.raises(SetUpError) as caught:
        debian.install({"bash": "", "xvfb": "", "xauth": ""}, as_root=False)
    commands = [line for line in str(caught.value).splitlines() if "apt-get" in line]
    install = "apt-get update && apt-get install -y --no-install-recommends xvfb xauth"
    assert commands == [f"{become_root} '{install}'"]


def test_root_installs_and_no_service_starts(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """apt-get is called once for all, under a rule that forbids starts, which goes afterwards."""
    calls, policy = tmp_path / "calls", tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "SERVICE_POLICY", policy)
    make_program(programs / "apt-get", f'{policy} || echo "$? $*" >> {calls}')
    debian.install({"xvfb": "", "xauth": ""}, as_root=True)
    assert calls.read_text(encoding="utf-8").splitlines() == [
        "101 -qq update",
        "101 -qq install -y --no-install-recommends xvfb xauth",
    ]
    assert not policy.exists()


def test_the_machines_own_service_rule_stays(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that has a rule keeps it, unchanged."""
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n", encoding="ascii")
    monkeypatch.setattr(debian, "SERVICE_POLICY", policy)
    make_program(programs / "apt-get", "exit 0")
    debian.install({"xvfb": ""}, as_root=True)
    assert policy.read_text(encoding="ascii") == "#!/bin/sh\nexit 104\n"


def test_a_failed_installation_ends_the_set_up(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What apt-get could not do is said; nothing goes on as if it were there."""
    monkeypatch.setattr(debian, "SERVICE_POLICY", tmp_path / "policy-rc.d")
    make_program(programs / "apt-get", "exit 100")
    with pytest.raises(SetUpError, match=r"apt-get update.*100"):
        debian.install({"xvfb": ""}, as_root=True)


def test_every_package_has_a_reason_and_a_japanese_font_is_among_them() -> None:
    """No window and no picture may show boxes for letters."""
    everything = debian.RUN | debian.TEST | debian.BENCHMARK | debian.BUILD
    assert "fonts-noto-cjk" in debian.RUN
    assert all(len(reason) > 8 for reason in everything.values())
