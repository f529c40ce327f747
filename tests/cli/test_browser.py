"""``certhelper browser``: what the person's own browsers will do with a certificate."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import listings
from support.cli import Run
from support.nssdb import Database
from support.own_browsers import FakePrograms
from support.pki import Authority, Issued
from support.systems import only_on_linux

from certhelper.browsers import policies
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policy_sources import Problem

pytestmark = only_on_linux

NAME = "12345678901234 user01"


@pytest.fixture
def issued(programs: FakePrograms, home: Path) -> Issued:
    """The only certificate of this PC, in Chromium's database."""
    now = datetime.now(UTC)
    made = Authority().issue(NAME, not_before=now, not_after=now + timedelta(days=300))
    Database.create(home / ".pki/nssdb").add(made, "certificate")
    return made


@pytest.fixture
def profile(tmp_path: Path) -> str:
    return str(listings.bank(tmp_path).source)


def test_every_browser_of_this_pc_is_looked_at(
    run: Run, programs: FakePrograms, issued: Issued, profile: str
) -> None:
    """In words, with a sign, the version and the place; nothing is opened."""
    program = programs.add("google-chrome", says="Google Chrome 155.0.8059.85")
    programs.add("firefox")
    printed = run("browser", "--bank", profile)
    assert printed.status == 0
    assert f"○ Google Chrome 155.0.8059.85 ({program})" in printed.out
    assert "× Firefox" in printed.out
    assert "logon.bank.test" in printed.out
    assert NAME in printed.out
    assert programs.calls("google-chrome") == [["--version"]]


def test_the_document(run: Run, programs: FakePrograms, issued: Issued, profile: str) -> None:
    """Held to its schema; one browser when one is named, which need not be there."""
    programs.add("chromium", says="Chromium 155.0.1.2")
    printed = run("browser", "--bank", profile, "--json", "--certificate", issued.sha256[:12])
    document = printed.document("certhelper.browser-1")
    assert document["certificate"] == issued.sha256
    assert document["servers"] == ["logon.bank.test"]
    (browser,) = document["browsers"]
    assert (browser["browser"], browser["version"]) == ("chromium", "155.0.1.2")
    assert browser["offer"]["answer"] == "yes"
    assert [one["verdict"] for one in browser["policies"]] == ["none"]
    printed = run("browser", "--bank", profile, "--json", "--browser", "edge")
    (browser,) = printed.document("certhelper.browser-1")["browsers"]
    assert (printed.status, browser["offer"]["code"]) == (1, "not-installed")


def test_a_policy_that_chooses_another_is_a_finding(
    run: Run,
    programs: FakePrograms,
    issued: Issued,
    profile: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Status 1: somebody must act, whichever browser it is."""
    programs.add("chromium")
    other = listings.installed("12345678901234 user02", days=900).certificate

    def findings(browser: object, bank: object, chosen: object, *_: object) -> object:
        found = policies.PolicyFinding(
            Browser.CHROMIUM,
            policies.Server("logon.bank.test", 443),
            policies.Verdict.OTHER,
            listings.installed(NAME).certificate,
            (other,),
            ("managed/bank.json [1]",),
            (Problem("bad-pattern", "managed/bank.json [2]", "{}"),),
        )
        return (found,)

    monkeypatch.setattr(policies, "findings", findings)
    printed = run("browser", "--bank", profile)
    assert printed.status == 1
    for part in ("user02", "[other]", "bank.json [1]", "bank.json [2]", "[bad-pattern]"):
        assert part in printed.out
    document = run("browser", "--bank", profile, "--json").document("certhelper.browser-1")
    assert document["browsers"][0]["problems"][0]["code"] == "bad-pattern"


def test_without_a_browser_it_says_so(run: Run, issued: Issued, profile: str) -> None:
    """Somebody must act."""
    printed = run("browser", "--bank", profile)
    assert printed.status == 1
    assert "見つかりませんでした" in printed.out


def test_the_policys_entry_goes_into_a_new_file(
    run: Run, programs: FakePrograms, issued: Issued, profile: str, tmp_path: Path
) -> None:
    """Of the kind that its name says; what is there already is left alone."""
    programs.add("microsoft-edge")
    for name in ("entry.json", "entry.reg", "entry.plist", "entry"):
        file = tmp_path / name
        printed = run("browser", "--bank", profile, "--browser", "edge", "--policy", str(file))
        assert printed.status == 0
        assert str(file) in printed.out
    assert json.loads((tmp_path / "entry.json").read_bytes())["AutoSelectCertificateForUrls"]
    assert (tmp_path / "entry.reg").read_bytes().startswith(b"\xff\xfe")
    assert (tmp_path / "entry.plist").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "entry").read_bytes() == (tmp_path / "entry.json").read_bytes()
    before = (tmp_path / "entry.json").read_bytes()
    again = str(tmp_path / "entry.json")
    printed = run("browser", "--bank", profile, "--browser", "edge", "--policy", again)
    assert printed.status == 1
    assert printed.err.rstrip().endswith("[policy-not-written]")
    assert "同じ名前のファイルがあります" in printed.err
    assert "File exists" not in printed.err
    assert (tmp_path / "entry.json").read_bytes() == before


def test_the_file_is_made_where_the_browser_is_not(
    run: Run, issued: Issued, profile: str, tmp_path: Path
) -> None:
    """Administrators make it on another PC: what was asked for is done, so the status is 0."""
    file = tmp_path / "entry.reg"
    printed = run("browser", "--bank", profile, "--browser", "edge", "--policy", str(file))
    assert printed.status == 0
    assert str(file) in printed.out
    assert file.exists()


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (["--policy", "x.json"], "policy-needs-browser", 2),
        (["--browser", "firefox", "--policy", "x.json"], "policy-not-of-firefox", 1),
        (["--browser", "netscape"], "wrong-use", 2),
        (["--certificate", "0123456789"], "fingerprint-unknown", 2),
    ],
)
def test_wrong_use_is_said(
    run: Run, issued: Issued, profile: str, options: list[str], code: str, status: int
) -> None:
    """With its code, and nothing written."""
    printed = run("browser", "--bank", profile, *options)
    assert printed.status == status
    assert printed.err.rstrip().endswith(f"[{code}]")
    assert not Path("x.json").exists()
