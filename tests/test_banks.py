"""Which profile is meant, who wrote it, and whether it may send a certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper import banks, machine_settings
from certhelper.banks import Origin, UntrustedProfileError
from certhelper.failures import WrongUseError
from certhelper.profile_reading import ProfileError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine-wide folder, empty."""
    folder = tmp_path / "machine"
    (folder / "banks").mkdir(parents=True)
    monkeypatch.setattr(machine_settings, "folder", lambda: folder)
    return folder


@pytest.fixture(autouse=True)
def _own_machine_folder(machine: Path) -> None:
    """No test looks into this PC's own folder."""


def write(folder: Path, identifier: str, name: str = "x", file: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file or identifier}.toml"
    path.write_text(f'schema = 1\nid = "{identifier}"\nname = "{name}"\n', "utf-8")
    return path


def own(identifier: str, name: str = "own") -> Path:
    return write(banks.user_folder() / "banks", identifier, name)


class TestFinding:
    """The machine's own wins, then the shipped one, then this user's."""

    def test_without_a_name_it_is_the_shipped_one(self) -> None:
        """Nobody has to know what a profile is."""
        found = banks.find()
        assert (found.bank.id, found.origin) == (banks.SHIPPED_BANK, Origin.SHIPPED)

    def test_the_users_own_is_found_by_its_id(self) -> None:
        """In the configuration folder."""
        own("my-bank")
        found = banks.find("my-bank")
        assert (found.bank.id, found.origin) == ("my-bank", Origin.USER)

    def test_a_shipped_id_cannot_be_taken_by_the_users_own(self) -> None:
        """A file that only lies somewhere never says where the bank's certificate goes."""
        own(banks.SHIPPED_BANK)
        assert banks.find(banks.SHIPPED_BANK).origin is Origin.SHIPPED

    def test_the_machines_own_wins(self, machine: Path) -> None:
        """The administrator of the PC can put the log-on address into the shipped profile."""
        write(machine / "banks", banks.SHIPPED_BANK, "the machine's")
        found = banks.find()
        assert (found.bank.name, found.origin) == ("the machine's", Origin.MACHINE)

    @pytest.mark.parametrize("name", ["./profile.toml", "profile.toml", "folder/x"])
    def test_anything_but_an_id_is_a_file(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A path, wherever it leads."""
        monkeypatch.chdir(tmp_path)
        write(tmp_path, "example", file="profile")
        (tmp_path / "folder").mkdir()
        (tmp_path / "profile.toml").rename(tmp_path / name)
        found = banks.find(name)
        assert (found.bank.id, found.origin) == ("example", Origin.FILE)

    def test_an_unknown_id_is_told_with_the_known_ones(self) -> None:
        """So that a slip of the finger is seen."""
        own("my-bank")
        with pytest.raises(WrongUseError) as refused:
            banks.find("my-bnak")
        assert refused.value.code == "unknown-bank"
        assert refused.value.facts["known"] == f"{banks.SHIPPED_BANK}, my-bank"

    @pytest.mark.parametrize("name", ["", " "])
    def test_an_empty_name_is_refused(self, name: str) -> None:
        """A variable of a script that is empty; it is not the current folder."""
        with pytest.raises(WrongUseError) as refused:
            banks.find(name)
        assert refused.value.code == "bank-not-named"
        assert banks.SHIPPED_BANK in refused.value.facts["known"]

    def test_a_file_that_calls_itself_otherwise_is_a_mistake(self) -> None:
        """Its name is what it is found by."""
        write(banks.user_folder() / "banks", "other", file="mine")
        with pytest.raises(ProfileError) as refused:
            banks.find("mine")
        assert refused.value.facts["key"] == "id"
        assert refused.value.facts["problem"] == "ファイルの名前と同じ「mine」にしてください"

    def test_a_wrong_profile_beside_harms_no_other(self) -> None:
        """Only the one that is asked for is read."""
        folder = banks.user_folder() / "banks"
        own("good")
        (folder / "bad.toml").write_text("=", "utf-8")
        assert banks.find("good").bank.id == "good"
        with pytest.raises(ProfileError):
            banks.find("bad")


class TestMachineWide:
    """What the administrator of the PC decides."""

    def decide(self, machine: Path, text: str) -> None:
        (machine / machine_settings.FILE_NAME).write_text(text, "utf-8")

    def test_all_others_can_be_forbidden(self, machine: Path, tmp_path: Path) -> None:
        """The shipped one, the user's own, and any file."""
        self.decide(machine, "only_machine_profiles = true")
        own("my-bank")
        for name in (None, banks.SHIPPED_BANK, "my-bank"):
            with pytest.raises(WrongUseError) as refused:
                banks.find(name)
            assert refused.value.code == "unknown-bank"
        with pytest.raises(WrongUseError) as refused:
            banks.find(str(write(tmp_path, "example")))
        assert refused.value.code == "profile-forbidden"

    def test_another_default_can_be_set(self, machine: Path) -> None:
        """A PC of another bank's customers."""
        self.decide(machine, 'default_bank = "their-bank"\nonly_machine_profiles = true')
        write(machine / "banks", "their-bank")
        assert banks.find().origin is Origin.MACHINE
        assert banks.ids() == ["their-bank"]

    def test_the_only_profile_placed_there_is_the_one_to_use(self, machine: Path) -> None:
        """Whoever rolls out one profile means it; with two, the settings must say which."""
        write(machine / "banks", "their-bank")
        assert banks.find().bank.id == "their-bank"
        write(machine / "banks", "second-bank")
        assert banks.find().bank.id == banks.SHIPPED_BANK


class TestTrust:
    """Before a certificate is sent by a profile of the user's own, the person is asked once."""

    def test_shipped_and_machine_wide_profiles_are_trusted(self, machine: Path) -> None:
        """Whoever could change those could change the program."""
        assert banks.is_trusted(banks.find())
        write(machine / "banks", "theirs")
        banks.check_trusted(banks.find("theirs"))

    def test_the_users_own_is_not_until_agreed_to(self) -> None:
        """What must be seen before is in the refusal: the hosts, and the hash to agree by."""
        own("my-bank")
        found = banks.find("my-bank")
        with pytest.raises(UntrustedProfileError) as refused:
            banks.check_trusted(found)
        assert refused.value.code == "profile-not-trusted"
        assert refused.value.facts["hash"] == found.bank.sha256
        banks.trust(found.bank)
        banks.check_trusted(banks.find("my-bank"))

    def test_agreement_ends_when_the_profile_changes(self) -> None:
        """It binds to the content."""
        own("my-bank")
        banks.trust(banks.find("my-bank").bank)
        own("my-bank", "changed")
        assert not banks.is_trusted(banks.find("my-bank"))

    def test_agreeing_to_one_keeps_the_others(self) -> None:
        """Several profiles of the user's own may be in use."""
        for name in ("one", "two"):
            own(name, name)
            banks.trust(banks.find(name).bank)
        assert all(banks.is_trusted(banks.find(name)) for name in ("one", "two"))

    @pytest.mark.parametrize("spelling", [str.lower, str.upper])
    def test_a_script_agrees_by_the_hash(self, spelling: object) -> None:
        """In any case; another hash does not do."""
        assert callable(spelling)
        own("my-bank")
        found = banks.find("my-bank")
        banks.check_trusted(found, spelling(found.bank.sha256))
        with pytest.raises(UntrustedProfileError):
            banks.check_trusted(found, "0" * 64)

    def test_hosts_and_roots_are_shown(self, tmp_path: Path) -> None:
        """Both decide who gets to see a certificate."""
        path = write(tmp_path, "example")
        (tmp_path / "root.pem").write_bytes(b"root")
        path.write_text(
            path.read_text("utf-8")
            + "[site]\ncertificate_hosts = ['a.example']\ntrusted_certificates = ['root.pem']\n",
            "utf-8",
        )
        assert banks.hosts(banks.find(str(path)).bank) == "a.example, root.pem"
