"""The program's own log: what is in it, what never is, and how it stays small."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import certhelper
from support.systems import only_on_linux

from certhelper import machine_settings, settings
from certhelper.diagnosis import log, machine_system
from certhelper.secret import Secret

ours = logging.getLogger("certhelper.tried")


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    yield
    log.end()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The administrator's folder."""
    monkeypatch.setattr(machine_settings, "folder", lambda: tmp_path)
    return tmp_path


def keep(**values: object) -> None:
    folder = settings.folder()
    folder.mkdir(parents=True, exist_ok=True)
    document = {"schema": settings.SCHEMA, **values}
    (folder / settings.FILE_NAME).write_text(json.dumps(document), "utf-8")


def whole() -> str:
    return "\n".join(log.lines(10_000))


class TestDetails:
    """They are off until somebody asks for them, and the administrator's word counts."""

    def test_without_a_setting_only_what_went_wrong(self, machine: Path) -> None:
        """What was done stays out."""
        log.begin_as_set()
        ours.debug("stage pin-page")
        ours.info("failed: pin-wrong")
        assert "pin-wrong" in whole()
        assert "pin-page" not in whole()

    def test_the_person_asks_for_them(self, machine: Path) -> None:
        """By the setting."""
        keep(log_detail=True)
        log.begin_as_set()
        ours.debug("stage pin-page")
        assert "stage pin-page" in whole()

    def test_another_choice_counts_at_once_and_begins_no_log(self, machine: Path) -> None:
        """A process that writes none, such as one of a test, goes on without."""
        log.take_detail(detailed=True)
        assert not ours.isEnabledFor(logging.DEBUG)
        log.begin_as_set()
        log.take_detail(detailed=True)
        ours.debug("stage pin-page")
        log.take_detail(detailed=False)
        ours.debug("stage top-page")
        assert "stage pin-page" in whole()
        assert "top-page" not in whole()

    @pytest.mark.parametrize("value", ["yes", 1, "DEBUG", ["true"], None])
    def test_a_wrong_setting_asks_for_nothing(self, machine: Path, value: object) -> None:
        """Whatever stands there that is not yes or no."""
        keep(log_detail=value)
        log.begin_as_set()
        ours.debug("stage pin-page")
        assert whole() == ""

    def test_the_administrators_no_wins(self, machine: Path) -> None:
        """Over the person's yes."""
        keep(log_detail=True)
        (machine / machine_settings.FILE_NAME).write_text("log_detail = false\n")
        log.begin_as_set()
        ours.debug("stage pin-page")
        assert whole() == ""

    def test_a_file_of_the_administrator_that_cannot_be_read(self, machine: Path) -> None:
        """It is told elsewhere; here it asks for no details."""
        keep(log_detail=True)
        (machine / machine_settings.FILE_NAME).write_text("log_detail = 'much'\n")
        log.begin_as_set()
        ours.debug("stage pin-page")
        assert whole() == ""


MARKERS = {
    "a password in an address": ("http://user01:MARKER-1@proxy.firm.local:8080/", "MARKER-1"),
    "a PIN": ("PIN: MARKER2", "MARKER2"),
    "a 暗証番号": ("利用者暗証番号=MARKER3", "MARKER3"),
    "a cookie": ("Set-Cookie: session=MARKER4; Path=/", "MARKER4"),
    "a header": ("Authorization: Basic MARKER5==", "MARKER5"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nMARKER6\n-----END PRIVATE KEY-----", "MARKER6"),
    "a contract": ("holder 98765432109876 is here", "98765432109876"),
    "an inner address": ("connected to 10.20.30.40 port 3128", "10.20.30.40"),
    "a person's folder": ("cannot open /home/marker8/.pki/nssdb", "marker8"),
    "a folder on Windows": (r"cannot open C:\Users\marker9\cert.p12", "marker9"),
    "an e-mail address": ("written to marker10@firm.example", "marker10"),
    "a quoted name": ("no module named 'MARKER11'", "MARKER11"),
    "a name behind an apostrophe": ("can't open 'MARKER12'", "MARKER12"),
    "a quotation without its end": ('no "MARKER13 here', "MARKER13"),
    "a path with blanks": ("the picture /srv/Firm MARKER14/MARKER14 b.png is bad", "MARKER14"),
    "a drive": (r"cannot open D:\Firm x\MARKER15", "MARKER15"),
    "a share": (r"cannot open \\srv\share x\MARKER16", "MARKER16"),
    "an address at the end": ("no answer from 10.20.30.40.", "10.20.30.40"),
    "an address of a PC": ("no answer from fe80::1ff:fe23:4567:890a: gone", "890a"),
    "a PIN in groups": ("PIN: 12 MARKER17", "MARKER17"),
    "a secret in Japanese": ("パスワード：MARKER18", "MARKER18"),
    "a contract in groups": ("holder 9876-5432109876", "5432109876"),
    "a fingerprint": ("certificate " + "ab12" * 16, "ab12" * 16),
}


class TestWhatIsNeverInIt:
    """With every detail that can be asked for."""

    @pytest.fixture(autouse=True)
    def _detailed(self) -> None:
        log.begin(detailed=True)

    @pytest.mark.parametrize("name", MARKERS)
    def test_what_a_report_would_leave_out(self, name: str) -> None:
        """In the words of a line, and as a value that is put into it."""
        said, marker = MARKERS[name]
        ours.debug("something happened: %s", said)
        ours.info(said)
        assert len(log.lines(10)) == 2
        assert marker not in whole()

    def test_what_a_long_line_is_cut_within(self) -> None:
        """It is searched first: half an ID, or a quotation without its end, is nothing to find."""
        for before in range(log._LONGEST_LINE - 20, log._LONGEST_LINE):
            ours.info("%s98765432109876", "." * before)
            ours.info("%s'MARKER', '%s'", "." * (before - 20), "." * before)
        said = [one.partition(" certhelper.tried: ")[2] for one in log.lines(100)]
        assert len(said) == 40
        assert not [one for one in said if "9" in one or "MARKER" in one]

    def test_the_name_of_this_pc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Asked for as the diagnosis does, which never asks Windows' WMI."""
        log.end()
        monkeypatch.setattr(machine_system, "computer_name", lambda: "Marker7.firm.example")
        log.begin(detailed=True)
        ours.info("on MARKER7")
        [line] = log.lines(10)
        assert line.endswith("on <computer>")

    def test_a_secret_object(self) -> None:
        """It never tells its value, to a log neither."""
        with Secret.from_characters("MARKER-PIN") as secret:
            ours.info("with %s and %r", secret, secret)
        assert len(log.lines(10)) == 1
        assert "MARKER" not in whole()

    def test_the_text_of_an_exception(self) -> None:
        """Its kind and place are told; its text may hold anything."""
        try:
            raise ZeroDivisionError("user01 typed MARKER")
        except ZeroDivisionError:
            ours.info("it went wrong", exc_info=True)
        assert "ZeroDivisionError at test_log.py:" in whole()
        assert "MARKER" not in whole()

    def test_what_libraries_say(self) -> None:
        """A library may log every address and header; none of that is ours to keep."""
        for name in ("urllib3.connectionpool", "keyring", "asyncio", "root"):
            logging.getLogger(name).debug("MARKER")
        assert whole() == ""

    def test_no_line_can_be_forged(self) -> None:
        """What was said stays one line, whatever is in it."""
        ours.info("first\n2026-11-23T00:00:00 1 INFO certhelper: forged\u202eend")
        [line] = log.lines(10)
        assert "[U+202E]" in line

    def test_a_line_with_a_mistake_is_a_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And raises nothing where the program only wanted to note something."""
        monkeypatch.setattr(logging.getLogger("certhelper"), "propagate", False)  # pytest raises
        ours.info("%d things", "several")
        [line] = log.lines(10)
        assert "TypeError" in line


class TestTheFile:
    """Small, and for nobody else."""

    @only_on_linux
    def test_only_its_owner_may_read_it(self) -> None:
        """The folder, too."""
        log.begin(detailed=False)
        ours.info("something")
        file = log.folder() / log.FILE_NAME
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700

    def test_it_rotates(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest lines go; those that stay are read in their order."""
        monkeypatch.setattr(log, "MOST_OCTETS", 2000)
        log.begin(detailed=False)
        for number in range(200):
            ours.info("line number %d.", number)
        kept = list(log.folder().glob(f"{log.FILE_NAME}*"))
        assert len(kept) == 1 + log.KEPT_FILES
        assert all(one.stat().st_size <= 2000 for one in kept)
        numbers = [int(line.rpartition(" ")[2].rstrip(".")) for line in log.lines(10_000)]
        assert numbers == list(range(numbers[0], 200))
        assert numbers[0] > 0
        assert len(log.lines(5)) == 5

    def test_where_nothing_can_be_written_the_program_goes_on(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A file stands where the folder should be."""
        (tmp_path / "file").write_text("")
        monkeypatch.setattr(log, "folder", lambda: tmp_path / "file" / "log")
        log.begin(detailed=True)
        ours.info("something")
        assert log.lines(10) == ()

    @only_on_linux
    def test_a_link_in_its_place_is_not_followed(self, tmp_path: Path) -> None:
        """Somebody put it there to have another file written to."""
        other = tmp_path / "other"
        other.write_text("kept")
        log.folder().mkdir(parents=True)
        (log.folder() / log.FILE_NAME).symlink_to(other)
        log.begin(detailed=True)
        ours.info("something")
        assert other.read_text() == "kept"


@only_on_linux
def test_a_diagnosis_takes_it_along_where_asked(tmp_path: Path) -> None:
    """By the real commands: a failure, noted by its code, and the report with it and without."""
    refused = certhelper("import", str(tmp_path / "none.p12"))
    assert refused.status != 0
    code = refused.err.rpartition("[")[2].rstrip("]\n")
    with_log = json.loads(certhelper("diagnose", "--offline", "--json", "--with-log").out)
    assert any(f"failed: {code}" in line for line in with_log["log"])
    assert json.loads(certhelper("diagnose", "--offline", "--json").out)["log"] == []
