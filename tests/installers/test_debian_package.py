"""The Debian package on a Debian that never saw it: installed, used, removed without a trace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.engine_processes import EngineProcess
from support.nssdb import Database
from support.pki import Authority
from support.systems import only_on_linux

from certhelper import __version__
from installers import chroot
from installers.checkout.user import User
from installers.debian import build, machine, tree

# Without root's rights these tests fail; they are never skipped on Linux.
pytestmark = [only_on_linux, pytest.mark.timeout(1800)]  # the first build is part of it

HOLDER = "12345678901234 user01"
# What apt and dpkg keep for themselves: which packages were there, and when.
_KEPT_BY_DEBIAN = ("proc", "var/lib/dpkg", "var/lib/apt", "var/cache", "var/log", "tmp", "try")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build.build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an NSS database that holds one certificate of the bank's kind."""
    place = tmp_path_factory.mktemp("store")
    issued = Authority("Test CA").issue(HOLDER)
    Database.create(place).add(issued, "mine")
    return place


@dataclass
class Tried:
    """What one life of the package on a Debian showed."""

    version: str
    stores: str
    listed: Any
    demo: str
    window_answers: bool
    manual_pages: list[str]
    icon_sizes: set[str]
    desktop_entry: str
    owned: list[str]
    before: dict[str, str]
    after: dict[str, str]
    named_after_it: list[str]


@pytest.fixture(scope="module")
def tried(package: Path, database: Path) -> Iterator[Tried]:
    mounts = (chroot.Mount(package.parent, "/try/package"), chroot.Mount(database, "/try/store"))
    with machine.fresh(package, *mounts) as debian:
        run = debian.run
        variables = {"DEBIAN_FRONTEND": "noninteractive"}
        file = f"/try/package/{package.name}"

        def install() -> None:
            words = ["apt-get", "install", "--quiet", "--yes", file]
            run(words, variables=variables)

        def purge() -> None:
            run(["apt-get", "purge", "--quiet", "--yes", "certhelper"], variables=variables)

        install()
        purge()  # now it is what it was, and what the package depends on
        before = _files(debian.root)
        install()
        owned = run(["dpkg", "--listfiles", "certhelper"]).stdout.split("\n")
        share = debian.root / "usr" / "share"
        store = "nss:/try/store"
        # As root Chromium has no sandbox, and a chroot gives none to others either; the log-on in
        # the sandbox is a test of its own.
        as_root = {"QTWEBENGINE_DISABLE_SANDBOX": "1"}
        results = Tried(
            version=run(["certhelper", "--version"]).stdout,
            stores=run(["certhelper", "stores"]).stdout,
            listed=json.loads(run(["certhelper", "list", "--json", "--store", store]).stdout),
            demo=run(["certhelper", "demo"], variables=as_root).stdout,
            window_answers=_window_answers(debian),
            manual_pages=[str(p.relative_to(share)) for p in share.glob("man/**/certhelper.1.gz")],
            icon_sizes={p.parts[-3] for p in share.glob("icons/hicolor/*/apps/certhelper.*")},
            desktop_entry=(share / "applications/certhelper.desktop").read_text("utf-8"),
            owned=owned,
            before=before,
            after={},
            named_after_it=[],
        )
        purge()
        results.after = _files(debian.root)
        results.named_after_it = [
            str(path)
            for path in debian.root.rglob("*certhelper*")
            if path.relative_to(debian.root).parts[0] not in ("tmp", "try")  # pictures, settings
        ]
        yield results


def _window_answers(debian: chroot.Chroot) -> bool:
    """Open the window where nobody sees it, start the program again, and look at both ends.

    The second start ends as soon as the first one's window has answered it.
    """
    variables = {"QT_QPA_PLATFORM": "offscreen", "HOME": "/try/home"}
    sockets = debian.root / "try/home/.config/certhelper"
    command = debian.command(["certhelper"], variables=variables)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as window:
        for _ in range(100):
            if window.poll() is not None or any(p.is_socket() for p in sockets.glob("window-*")):
                break
            debian.run(["certhelper", "stores"])  # some real work, until the first picture shows
        debian.run(["certhelper"], variables=variables, time_limit=60)
        still_there = window.poll() is None
        window.terminate()
    return still_there


def _files(root: Path) -> dict[str, str]:
    """Return what every file below ``root`` is: its rights, and its size or target."""
    found = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if str(here / name) not in _KEPT_BY_DEBIAN]
        for name in (*folders, *files):
            path = root / here / name
            status = path.lstat()
            if path.is_symlink():
                found[str(here / name)] = str(path.readlink())
            else:
                size = status.st_size if path.is_file() else 0
                found[str(here / name)] = f"{status.st_mode:o} {status.st_uid} {size}"
    return found


def test_it_starts_where_only_what_it_depends_on_is_installed(tried: Tried) -> None:
    """Every library is there: apt installed what the package names, and nothing was forgotten."""
    assert tried.version.startswith(f"certhelper {__version__}\n")
    assert "Chromium" in tried.version
    assert "nss:" in tried.stores


def test_it_lists_a_store_of_that_pc(tried: Tried) -> None:
    """The certificate of an NSS database is there, with its key, recognised."""
    assert tried.listed["schema"] == "certhelper.list/1"
    (store,) = tried.listed["stores"]
    assert store["status"] == "ok"
    (certificate,) = tried.listed["certificates"]
    assert certificate["key"] == "present"
    assert HOLDER in certificate["subject"]


def test_a_whole_log_on_is_done_by_the_installed_program(tried: Tried) -> None:
    """Window process, session process, NSS and browser engine work together as installed."""
    assert "CIBMU201" in tried.demo
    assert re.search(r"利用者トップページ|top page", tried.demo)
    assert "Traceback" not in tried.demo


def test_the_window_opens_and_is_one(tried: Tried) -> None:
    """A second start brings the first window to the front and ends; the first stays."""
    assert tried.window_answers


def test_it_is_in_the_menu_with_icon_and_manual(tried: Tried) -> None:
    """What a desktop shows, in Japanese and English."""
    assert set(tried.manual_pages) == {"man/man1/certhelper.1.gz", "man/ja/man1/certhelper.1.gz"}
    sizes = {f"{size}x{size}" for size in (16, 24, 32, 48, 64, 128, 256, 512)}
    assert tried.icon_sizes == {*sizes, "scalable"}
    for line in ("Comment[ja]=", "Exec=certhelper\n", "StartupWMClass=certhelper\n"):
        assert line in tried.desktop_entry


def test_nothing_is_started_by_itself(tried: Tried) -> None:
    """No autostart entry, no service, no timer, nothing set-uid."""
    assert not [name for name in tried.owned if re.search(r"autostart|systemd|init\.d|cron", name)]


def test_purging_leaves_nothing(tried: Tried) -> None:
    """The files of that PC are exactly what they were before."""
    assert "usr/lib/certhelper" not in tried.before
    assert tried.after == tried.before
    assert tried.named_after_it == []


def test_an_ordinary_user_logs_on_in_the_sandbox(package: Path) -> None:
    """As a person uses it: no rights, Chromium's sandbox on, and our libraries lent to nobody."""
    user = User.choose()
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="certhelper-test-") as name:
        place = Path(name)
        place.chmod(0o755)
        subprocess.run(["dpkg-deb", "--extract", str(package), str(place / "pc")], check=True)
        home = place / "home"
        home.mkdir(mode=0o700)
        shutil.chown(home, user.uid, user.gid)
        lines, engines = [], []
        with subprocess.Popen(
            [place / "pc" / tree.PROGRAM / "certhelper", "demo"],
            env={"HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", "PATH": os.defpath},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            **user.rights,
        ) as demo:
            assert demo.stdout is not None
            for line in demo.stdout:
                lines.append(line)
                engines += EngineProcess.below(demo.pid)
    assert demo.returncode == 0, lines
    assert any(engine.sandboxed for engine in engines)
    assert {engine.uid for engine in engines} == {user.uid}
    seen = set[str]().union(*(engine.variables for engine in engines))
    assert "HOME" in seen
    assert not {name for name in seen if name.startswith(("LD_", "_PYI_", "PYTHON"))}


def test_variables_of_python_do_not_reach_the_program(package: Path, tmp_path: Path) -> None:
    """Nobody puts their own code into the installed program through its environment."""
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('foreign code')")
    (tmp_path / "json.py").write_text("raise SystemExit('foreign code')")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(tmp_path / "pc")], check=True)
    done = subprocess.run(
        [tmp_path / "pc" / tree.PROGRAM / "certhelper", "list", "--json"],
        env=os.environ
        | {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere", "PYTHONINSPECT": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == "certhelper.list/1"
