"""The demo on Windows: its certificates in the person's own store, and nothing left of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from support import pki, windows_store
from support.demo_cases import REASONS

from certhelper import run_record
from certhelper.demo import cases, windows_place
from certhelper.demo.authority import Authority
from certhelper.failures import FailedError

ROOT = Path(__file__).parents[3]
PROGRAM = [sys.executable, "-m", "certhelper"]
WHOLE = ["opened", "logon-page", "certificate-requested", "certificate-sent", "pin-page"]
LABEL = re.compile(r"デモ (\S+)（certhelperのデモ用。削除してかまいません）")
LEFT_OVERS = "残っていた証明書と鍵を取り除きました"
ENDS_WITH_STDIN = """
import _thread, os, sys, threading
def end():
    while os.read(0, 1):
        pass
    _thread.interrupt_main()
threading.Thread(target=end, daemon=True).start()
from certhelper.cli import main
sys.exit(main(["demo", "--serve-only"]))
"""
"""The demo, ended as at Ctrl-C, which a test without a console cannot send."""


class Demo:
    """``certhelper demo --serve-only`` as a process; a context manager that leaves none behind."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ENDS_WITH_STDIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.said = ""

    def __enter__(self) -> Demo:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return self
        self.__exit__()  # it has ended by itself
        raise AssertionError(self.said)

    def __exit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.communicate(timeout=60)  # also where the test failed

    @property
    def folder(self) -> Path:
        found = re.search(r": (\S+\.pem)", self.said)
        assert found
        return Path(found[1]).parent

    def ask(self, command: str, *words: str) -> str:
        """Have the program answer in JSON, with the demo's profile and store."""
        place = ["--bank", str(self.folder / "demo-bank.toml"), "--store", "windows:CurrentUser"]
        return subprocess.run(
            [*PROGRAM, command, *place, "--json", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            timeout=100,
            check=True,
        ).stdout

    def listed(self) -> dict[str, dict[str, Any]]:
        """What the program lists of the demo's certificates: case → row."""
        rows = json.loads(self.ask("list"))["certificates"]
        named = [(LABEL.fullmatch(row["label"]), row) for row in rows]
        return {name[1]: row for name, row in named if name}

    def end(self) -> str:
        """Ask it to end and return what it said then."""
        rest, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return rest


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty and only this test's."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TEMP", "TMP"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # found anew from the environment
    monkeypatch.chdir(ROOT)
    return folder


@pytest.fixture(scope="module")
def made() -> list[cases.Case]:
    return cases.make(Authority(client_key="rsa"))


@pytest.fixture
def unchanged(temporary: Path, another_program: Callable[[bytes], None]) -> Iterator[None]:
    """The person has a certificate; in the end all is as it was, to the last property."""
    another_program(pki.Authority().issue("12345678901234 own").der)
    before = state(temporary)
    yield
    assert state(temporary) == before


def state(temporary: Path) -> tuple[dict[str, str], list[str], list[Path]]:
    """What a demo may leave: certificates, key containers, files."""
    folder = platformdirs.user_state_path("certhelper", appauthor=False)
    files = [path for path in (folder, *folder.rglob("*")) if path.exists()]
    return windows_store.state(), windows_store.containers(), [*files, *temporary.iterdir()]


@pytest.mark.usefixtures("unchanged")
def test_the_cases_are_listed_and_one_goes_to_the_pin_page() -> None:
    """Each with its reasons; the request to end takes every one of them out again."""
    with Demo() as demo:
        assert "このパソコンの証明書ストア" in demo.said
        assert LEFT_OVERS not in demo.said
        listed = demo.listed()
        reasons = {name: {one["code"] for one in listed[name]["reasons"]} for name in REASONS}
        of_the_key = {"legacy-provider"}  # the kind of container that takes the demo's keys
        assert reasons == {
            name: codes if "no-key" in codes else codes | of_the_key
            for name, codes in REASONS.items()
        }
        chosen = listed["user"]["sha256"]
        told = demo.ask("rehearse", "--certificate", chosen).splitlines()
        assert [json.loads(line)["stage"] for line in told] == WHOLE
        assert f"GET /biznet/certificate 200 sha256={chosen}" in demo.end()


@pytest.mark.usefixtures("unchanged")
def test_what_a_killed_demo_left_is_removed_by_the_next(temporary: Path) -> None:
    """Its certificates, keys and files; the next demo says so and has its own."""
    with Demo() as killed:
        names = {name: row["sha256"] for name, row in killed.listed().items()}
        killed.process.kill()
    assert killed.folder.exists()
    with Demo() as demo:
        assert LEFT_OVERS in demo.said
        again = {name: row["sha256"] for name, row in demo.listed().items()}
        assert again.keys() == names.keys()
        assert not set(again.values()) & set(names.values())
        assert list(temporary.iterdir()) == [demo.folder]
        demo.end()


@pytest.mark.usefixtures("unchanged")
def test_a_second_demo_is_refused(made: list[cases.Case], tmp_path: Path) -> None:
    """It would take the other's certificates for left-overs."""
    with (
        windows_place.filled(tmp_path, made[:1], lambda _: None),
        pytest.raises(FailedError) as refused,
        windows_place.filled(tmp_path, made[1:2], lambda _: None),
    ):
        pass
    assert refused.value.code == "demo-running"


@pytest.mark.usefixtures("unchanged")
def test_what_windows_refuses_takes_the_others_out(made: list[cases.Case], tmp_path: Path) -> None:
    """The same certificate a second time: the first one goes again, and the reason is told."""
    with (
        pytest.raises(FailedError) as refused,
        windows_place.filled(tmp_path, [*made[:2], made[0]], lambda _: None),
    ):
        pass
    assert refused.value.code == "demo-not-put"
    assert "CertAddCertificateContextToStore" in refused.value.facts["detail"]


@pytest.mark.usefixtures("unchanged")
def test_one_that_was_renamed_stays_and_is_said(made: list[cases.Case], tmp_path: Path) -> None:
    """Without a key its name is all that shows whose it is; the others go, the record stays."""
    bare = next(case for case in made if not case.has_key)
    with run_record.held(windows_place.RUN, windows_place.Record) as file:
        label = "デモ no-key（certhelperのデモ用。削除してかまいません）"
        planned = windows_place.Planned(bare.issued.sha256, label, None)
        file.write(windows_place.Record(b"", [], [planned]))
    with windows_store.filled() as store:
        store.put_bare(bare.issued.der)  # without that name
        with (
            pytest.raises(FailedError) as refused,
            windows_place.filled(tmp_path, made[:1], lambda _: None),
        ):
            pass
        assert refused.value.code == "demo-not-removed"
        assert bare.issued.sha256 in windows_store.fingerprints()
    with windows_place.filled(tmp_path, made[:1], lambda _: None):
        pass


@pytest.mark.usefixtures("unchanged")
def test_a_record_that_cannot_be_read_is_said_once(made: list[cases.Case], tmp_path: Path) -> None:
    """Its content is not guessed; the next demo begins."""
    folder = platformdirs.user_state_path("certhelper", appauthor=False)
    folder.mkdir(parents=True)
    (folder / "demo.json").write_bytes(b"{}")
    with (
        pytest.raises(FailedError) as refused,
        windows_place.filled(tmp_path, made[:1], lambda _: None),
    ):
        pass
    assert refused.value.code == "demo-record-unreadable"
