"""Check 13: the policies of the person's own browsers, from real files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from support import listings, policy_files
from support.listings import CONTRACT
from support.own_browsers import FakePrograms
from support.policy_files import entry
from support.systems import is_root, only_on_linux

from certhelper.bank import Bank
from certhelper.diagnosis import raw_values
from certhelper.diagnosis.checks import browser_policy
from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Value, as_they_are, shown
from certhelper.stores import nss
from certhelper.stores.base import Installed

pytestmark = only_on_linux


def mine(user: str = "user01", days: int = 100) -> Installed:
    store = f"nss:{nss.default_directory()}"
    return listings.installed(f"{CONTRACT} {user}", days=days, store=store)


@pytest.fixture
def chrome(programs: FakePrograms) -> FakePrograms:
    """A PC with Chrome and nothing else."""
    programs.add("google-chrome", says="Google Chrome 156.0.1.2")
    return programs


def findings(root: Path, *there: Installed, bank: Bank | None = None) -> Sequence[Finding]:
    which = bank or listings.bank()
    found = listings.listing(*there)
    scene = Scene(which, listings.AT, lambda: found, environment=dict(os.environ), root=root)
    return browser_policy.check(scene)


def said(finding: Finding) -> str:
    known = as_they_are(finding.facts)
    texts = (finding.entry.user, finding.entry.helpdesk, finding.entry.remedy)
    return " ".join(one[language].format_map(known) for one in texts for language in ("ja", "en"))


def details(finding: Finding) -> list[str]:
    return [shown(one) for detail in finding.details for one in detail.items]


def test_without_policies_all_is_well(tmp_path: Path, chrome: FakePrograms) -> None:
    """And the browser was not even started for it."""
    (found,) = findings(tmp_path, mine())
    assert found.code == "policies-harmless"
    assert found.details == ()
    assert chrome.calls("google-chrome") == []


def test_a_policy_that_chooses_this_certificate_is_said(
    tmp_path: Path, chrome: FakePrograms
) -> None:
    """It does what was meant: nothing is to be done."""
    policy_files.write(tmp_path, entry(subject={"CN": f"{CONTRACT} user01"}))
    (found,) = findings(tmp_path, mine())
    assert found.code == "policies-harmless"
    assert "この証明書が選ばれます" in details(found)[0]


@pytest.mark.parametrize("pattern", ["https://logon.bank.test", "*"])
def test_a_policy_that_chooses_another_certificate(
    tmp_path: Path, chrome: FakePrograms, pattern: str
) -> None:
    """For the bank's server by name or with everybody's: named with both, and where it stands."""
    path = policy_files.write(tmp_path, entry(pattern, subject={"CN": f"{CONTRACT} user02"}))
    one, other = mine(), mine("user02")
    (found,) = findings(tmp_path, one, other)
    assert found.code == "policy-other-certificate"
    assert found.status is Status.ATTENTION
    assert found.about == one.certificate.sha256
    end = other.certificate.serial_hex[-8:]
    assert f"別のもの(利用者 user02 の証明書、シリアル番号の末尾 {end})" in said(found)
    assert str(path) in details(found)[0]
    kinds = {name: value.kind for name, value in found.facts if isinstance(value, Value)}
    assert (kinds["user"], kinds["ending"], kinds["serial"]) == (
        Kind.USER,
        Kind.SERIAL,
        Kind.SERIAL,
    )
    assert Value(Kind.USER, "user02") in raw_values.of_finding(found)


def test_firefox_that_chooses_by_itself(tmp_path: Path, programs: FakePrograms) -> None:
    """Of several nobody knows which."""
    programs.add("firefox", says="Mozilla Firefox 140.0")
    path = tmp_path / "etc/firefox/policies/policies.json"
    path.parent.mkdir(parents=True)
    chosen = {
        "security.default_personal_cert": {"Value": "Select Automatically", "Status": "locked"}
    }
    path.write_text(json.dumps({"policies": {"Preferences": chosen}}), "utf-8")
    profile = Path(os.environ["HOME"]) / ".mozilla/firefox/ab12.default-release"
    profile.mkdir(parents=True)
    (profile.parent / "profiles.ini").write_text(
        "[Profile0]\nName=new\nIsRelative=1\nPath=ab12.default-release\nDefault=1\n", "utf-8"
    )
    both = [
        listings.installed(f"{CONTRACT} {user}", store=f"nss:{profile}")
        for user in ("user01", "user02")
    ]
    found = findings(tmp_path, *both)
    assert {one.code for one in found} == {"policy-unsure"}
    assert len(found) == 2
    assert "2枚のうち" in said(found[0])


@pytest.mark.parametrize(
    ("policies", "code", "words"),
    [
        ({"SSLVersionMin": "tls1.3"}, "policy-tls", "SSLVersionMin"),
        ({"URLBlocklist": ["bank.test"]}, "policy-blocks", "logon.bank.test"),
        (
            {"ProxyMode": "fixed_servers", "ProxyServer": "proxy.firm:8080"},
            "policy-proxy",
            "proxy.firm:8080",
        ),
        ({"AutoSelectCertificateForUrls": "no list"}, "policy-mistake", "1か所"),
    ],
)
def test_what_hinders_a_browser(
    tmp_path: Path, chrome: FakePrograms, policies: object, code: str, words: str
) -> None:
    """None of it stops a log-on of this program's, so none is a fault."""
    policy_files.write_text(tmp_path, json.dumps(policies))
    (found,) = findings(tmp_path, mine())
    assert found.code == code
    assert found.status is Status.ATTENTION
    assert words in said(found)
    assert "{" not in said(found)
    proxies = [one for _, one in found.facts if isinstance(one, Value) and "firm" in one.text]
    assert all(one.kind is Kind.HOST for one in proxies)


def test_a_policy_that_blocks_several_of_the_banks_hosts_is_told_once(
    tmp_path: Path, chrome: FakePrograms
) -> None:
    """With all of the hosts."""
    policy_files.write_text(tmp_path, json.dumps({"URLBlocklist": ["bank.test"]}))
    bank = listings.bank(start="https://www.bank.test/")
    (found,) = findings(tmp_path, mine(), bank=bank)
    hosts = as_they_are(found.facts)["host"].split("、")
    assert len(hosts) > 1
    assert len(set(hosts)) == len(hosts)


def test_what_is_set_and_hinders_nobody_is_told(tmp_path: Path, chrome: FakePrograms) -> None:
    """Whoever helps wants to see it."""
    policy_files.write_text(tmp_path, '{"ClientCertificateManagementAllowed": 2}')
    (found,) = findings(tmp_path, mine())
    assert found.code == "policies-harmless"
    assert "ClientCertificateManagementAllowed = 2" in details(found)[0]


def test_a_policy_of_a_browser_that_is_not_here_does_not_matter(
    tmp_path: Path, chrome: FakePrograms
) -> None:
    """Edge's files are there, Edge is not."""
    policy_files.write_text(tmp_path, '{"SSLVersionMin": "tls1.3"}', folder="etc/opt/edge/policies")
    (found,) = findings(tmp_path, mine())
    assert found.code == "policies-harmless"


def test_a_file_that_may_not_be_read(tmp_path: Path, chrome: FakePrograms) -> None:
    """It could not be found out, and nothing is said to be well."""
    path = policy_files.write_text(tmp_path, "{}")
    if is_root():
        path.unlink()
        path.parent.rmdir()
        path.parent.write_text("in the place of the folder")  # root may read every file
    else:
        path.chmod(0)
    (found,) = findings(tmp_path, mine())
    assert found.code == "policy-not-checked"
    assert found.status is Status.NOT_CHECKED
    assert details(found)


def test_as_long_as_the_banks_address_is_not_known(tmp_path: Path, chrome: FakePrograms) -> None:
    """Whether a policy is meant for it cannot be told."""
    policy_files.write(tmp_path, entry("*"))
    text = listings.PROFILE.format(
        id="x", start="", obtain="", characters="alphanumeric", entry="fill"
    ).replace('certificate_hosts = ["logon.bank.test"]', "certificate_hosts = []")
    bank = Bank.parse(text.encode(), tmp_path / "x.toml")
    (found,) = findings(tmp_path, mine(), bank=bank)
    assert found.code == "policy-not-checked"
    assert "アドレス" in said(found)


def test_without_a_browser_there_is_nothing_to_look_at(
    tmp_path: Path, programs: FakePrograms
) -> None:
    """A log-on by this program needs none."""
    (found,) = findings(tmp_path, mine())
    assert found.code == "policy-no-browser"
