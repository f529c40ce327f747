"""A checkout's virtual environment is made once, anew when its lock changes, and readable."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shiboken6

from installers.checkout import environment
from installers.checkout.user import IS_ROOT
from installers.checkout.words import SetUpError


@pytest.fixture
def empty_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lock files without a package, for an environment in a folder of the test's own."""
    locks = tmp_path / "locks"
    locks.mkdir()
    for name in ("run", "dev"):
        (locks / f"{name}.lock").write_text("# nothing\n", encoding="utf-8")
    monkeypatch.setattr(environment, "LOCKS", locks)
    monkeypatch.setattr(environment, "place", lambda: tmp_path / "new" / "environment")
    return locks


def test_the_environment_is_made_once_and_holds_the_program(
    empty_locks: Path, tmp_path: Path
) -> None:
    """The program imports from anywhere; a second set-up changes nothing; a new lock does."""
    python = environment.find("run")
    code = "import certhelper; print(certhelper.__file__)"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).parent == environment.CHECKOUT / "certhelper"

    own_mark = python.parent / "mark"
    own_mark.touch()
    assert environment.find("run") == python
    assert own_mark.exists()

    (empty_locks / "run.lock").write_text("# another\n", encoding="utf-8")
    assert environment.find("run") == python
    assert not own_mark.exists()


def test_an_interrupted_set_up_is_done_again(
    empty_locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not installed to the end does not pass for installed."""
    (empty_locks / "run.lock").write_text("no-such-package-here==1\n", encoding="utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SetUpError, match="pip"):
        environment.find("run")
    (empty_locks / "run.lock").write_text("# nothing\n", encoding="utf-8")
    assert environment.find("run").exists()


def test_the_bindings_of_qt_are_not_unpacked_at_every_start(
    empty_locks: Path, tmp_path: Path
) -> None:
    """Their Python parts are loaded from files that have bytecode."""
    python = environment.find("run")
    folder = environment.place()
    installed = Path(shiboken6.__file__).parent
    unused = shutil.ignore_patterns("files.dir", "include", "lib")
    copy = environment.site_packages(folder) / "shiboken6"
    shutil.copytree(installed, copy, ignore=unused)
    environment._unpack_bindings(python, folder)
    code = (
        "import shiboken6; from shibokensupport.signature import loader; print(loader.__cached__)"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    cached = Path(done.stdout.strip())
    assert cached.is_file()
    assert cached.is_relative_to(copy.resolve() / "files.dir")


def test_a_package_without_a_hash_is_refused(
    empty_locks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only files whose content was locked get in, wherever they come from."""
    wheel = tmp_path / "harmless-1-py3-none-any.whl"
    wheel.write_bytes(b"")
    (empty_locks / "run.lock").write_text(f"harmless @ file://{wheel}\n", encoding="utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SetUpError, match="--require-hashes"):
        environment.find("run")


def test_an_ordinary_user_keeps_it_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written outside the checkout."""
    monkeypatch.setattr(environment, "IS_ROOT", False)
    assert environment.place() == environment.CHECKOUT / ".venv"


def test_root_keeps_each_checkout_where_everybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two checkouts of root's have two environments, neither inside root's home."""
    monkeypatch.setattr(environment, "IS_ROOT", True)
    one = environment.place()
    monkeypatch.setattr(environment, "CHECKOUT", environment.CHECKOUT / "other")
    assert environment.place() != one
    assert one.parent == environment.place().parent
    assert not one.is_relative_to(environment.CHECKOUT)


def test_what_root_keeps_for_a_checkout_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fresh clone would otherwise leave its environment behind."""
    monkeypatch.setattr(environment, "IS_ROOT", True)
    monkeypatch.setattr(environment, "_SHARED_CACHE", tmp_path)
    for name, checkout in (("there", tmp_path), ("gone", tmp_path / "no such 場所")):
        stamp = tmp_path / name / "certhelper-lock"
        stamp.parent.mkdir()
        stamp.write_text(f"run\n{str(checkout)!a}", encoding="utf-8")
    environment._forget_gone_checkouts()
    assert [folder.name for folder in tmp_path.iterdir()] == ["there"]


def make_python(path: Path, answer: str) -> None:
    path.write_text(f"#!/bin/sh\nprintf '{answer}'\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.usefixtures("empty_locks")
def test_a_python_that_is_too_old_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person reads which Python is needed."""
    make_python(tmp_path / "python", r"False\n3.9.1 x\nTrue\n")
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "python"))
    monkeypatch.setattr(environment, "IS_ROOT", False)
    with pytest.raises(SetUpError, match=r"3\.11"):
        environment.packages()
    with pytest.raises(SetUpError, match=r"3\.11"):
        environment.find("run")


def test_debians_part_for_environments_is_asked_for_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's Python comes without it; then it is among the packages of the one command."""
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "python"))
    monkeypatch.setattr(environment, "IS_ROOT", False)
    make_python(tmp_path / "python", r"True\n3.11.2 x\nFalse\n")
    assert list(environment.packages()) == ["python3-venv"]
    make_python(tmp_path / "python", r"True\n3.11.2 x\nTrue\n")
    assert environment.packages() == {}


@pytest.mark.skipif(not IS_ROOT, reason="only as root: nobody else lends")
def test_root_takes_only_a_python_that_an_ordinary_user_can_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in root's home does not do; Debian's does."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    make_python(closed / "python", r"True\n3.11.2 x\nTrue\n")
    monkeypatch.setattr(sys, "_base_executable", str(closed / "python"))
    base = environment._base_interpreter()
    assert base is not None
    assert Path(base.path).parent == Path("/usr/bin")
