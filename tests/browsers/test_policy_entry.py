"""The policy's entry for one certificate, as a file that an administrator can use."""

from __future__ import annotations

import errno
import json
import plistlib
import re
from pathlib import Path
from typing import Any

import pytest
from support import listings
from support.listings import CONTRACT
from support.systems import only_on_linux

from certhelper import failures
from certhelper.bank import Bank
from certhelper.browsers import policies, policy_entry
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import Verdict
from certhelper.browsers.policy_entry import Kind, PolicyFile
from certhelper.certificate import Certificate
from certhelper.failures import FailedError

NAME = f'{CONTRACT} "花子" \\ user01'


def certificate(name: str = NAME, **how: Any) -> Certificate:
    return listings.installed(name, **how).certificate


def made(
    kind: Kind, *known: Certificate, chosen: Certificate, browser: Browser = Browser.CHROME
) -> PolicyFile:
    return policy_entry.make(kind, browser, listings.bank(), chosen, [chosen, *known])


@only_on_linux
@pytest.mark.parametrize("browser", [Browser.EDGE, Browser.CHROME, Browser.CHROMIUM])
def test_the_file_chooses_exactly_this_certificate(tmp_path: Path, browser: Browser) -> None:
    """Laid down where it says, it is what our own reader takes for this certificate's."""
    chosen = certificate()
    file = made(Kind.JSON, chosen=chosen, browser=browser)
    (folder,) = re.findall(r"/etc/\S+/managed/", "\n".join(file.remarks))
    path = tmp_path / folder.lstrip("/") / file.name
    path.parent.mkdir(parents=True)
    path.write_bytes(file.octets)
    others = [certificate(f"{CONTRACT} user02", days=300)]
    (finding,) = policies.findings(browser, listings.bank(), chosen, [chosen, *others], tmp_path)
    assert (finding.verdict, finding.problems) == (Verdict.THIS, ())
    assert path.name.endswith(".json")


def test_the_pattern_is_the_server_with_its_port() -> None:
    """A pattern without a port would mean every port of that host."""
    text = listings.bank().source
    profile = listings.PROFILE.format(
        id="test-bank",
        start="https://logon.bank.test/",
        obtain="",
        characters="digits",
        entry="fill",
    ).replace('["logon.bank.test"]', '["logon.bank.test", "cert.bank.test:8443"]')
    bank = Bank.parse(
        profile.replace('["www.bank.test"]', '["www.bank.test", "cert.bank.test:8443"]').encode(),
        text,
    )
    patterns = [json.loads(one)["pattern"] for one in policy_entry.entries(bank, certificate())]
    assert sorted(patterns) == ["https://cert.bank.test:8443", "https://logon.bank.test:443"]


def test_the_registry_file_is_what_the_editor_reads() -> None:
    """UTF-16 with its mark, quotes and backslashes escaped, lines of Windows, one key of ours."""
    chosen = certificate()
    octets = made(Kind.REGISTRY, chosen=chosen, browser=Browser.EDGE).octets
    assert octets.startswith(b"\xff\xfe")
    lines = octets.decode("utf-16").split("\r\n")
    assert lines[0] == "Windows Registry Editor Version 5.00"
    keys = [line for line in lines if line.startswith("[")]
    assert keys == [
        r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge\AutoSelectCertificateForUrls]"
    ]
    (value,) = [line for line in lines if line.startswith('"')]
    found = re.fullmatch(r'"(\d+)"="((?:[^"\\]|\\.)*)"', value)
    assert found is not None
    entry = json.loads(re.sub(r"\\(.)", r"\1", found[2]))
    assert entry["filter"]["SUBJECT"] == {"CN": NAME}
    remarks = [line for line in lines if line.startswith(";")]
    assert any(found[1] in line and "上書き" in line for line in remarks)
    rest = [one for one in lines[1:] if one and one[0] not in ';["']
    assert rest == []


def test_a_name_cannot_break_out_of_a_comment() -> None:
    """Whoever writes a name into a certificate writes no lines into the registry."""
    chosen = certificate(f'{CONTRACT} x\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil]\r\n"a"="b"')
    text = made(Kind.REGISTRY, chosen=chosen).octets.decode("utf-16")
    assert [line for line in text.split("\r\n") if line.startswith("[")] == [
        r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome\AutoSelectCertificateForUrls]"
    ]
    assert "\n[" not in text.replace("\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google", "")


def test_certificates_that_a_policy_cannot_tell_apart_are_warned_of() -> None:
    """Same issuer, same subject: only the dialog shows which is which."""
    chosen, renewed = certificate(days=20), certificate(days=300)
    other = certificate(f"{CONTRACT} user02")
    assert not any("区別できません" in one for one in made(Kind.JSON, other, chosen=chosen).remarks)
    remarks = made(Kind.JSON, renewed, other, chosen=chosen).remarks
    assert any("ほかに 1 枚" in one for one in remarks)


def test_the_property_list_holds_the_same_entry() -> None:
    """For the managed preferences of macOS."""
    chosen = certificate()
    document = plistlib.loads(made(Kind.PROPERTY_LIST, chosen=chosen).octets)
    entries = document["AutoSelectCertificateForUrls"]
    assert tuple(entries) == policy_entry.entries(listings.bank(), chosen)


def test_what_no_policy_can_say_is_refused() -> None:
    """Firefox has none; a subject without a common name cannot be compared."""
    chosen = certificate()
    with pytest.raises(FailedError, match="policy-not-of-firefox"):
        made(Kind.JSON, chosen=chosen, browser=Browser.FIREFOX)
    with pytest.raises(FailedError, match="policy-not-possible"):
        made(Kind.JSON, chosen=Certificate(b"\x30\x00"))


@pytest.mark.parametrize(
    ("platform", "kind"), [("win32", "reg"), ("linux", "json"), ("darwin", "plist")]
)
def test_each_system_has_its_kind_of_file(platform: str, kind: str) -> None:
    """What its administrators lay down."""
    assert policy_entry.kind_for(platform) == kind


def test_a_file_is_replaced_only_where_somebody_was_asked(tmp_path: Path) -> None:
    """The window's dialog asks; the command never overwrites."""
    entry = made(Kind.JSON, chosen=certificate())
    file = tmp_path / entry.name
    policy_entry.save(entry, file, may_replace=False)
    assert file.read_bytes() == entry.octets
    file.write_bytes(b"an older entry")
    with pytest.raises(FailedError, match="policy-not-written"):
        policy_entry.save(entry, file, may_replace=False)
    assert file.read_bytes() == b"an older entry"
    policy_entry.save(entry, file, may_replace=True)
    assert file.read_bytes() == entry.octets


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EEXIST, "同じ名前のファイルがあります"),
        (errno.ENOENT, "フォルダーがありません"),
        (errno.EACCES, "権限がありません"),
        (errno.ENOSPC, "空きがありません"),
        (errno.EIO, f"エラー {errno.EIO}"),
    ],
)
def test_why_it_was_not_written_is_said_in_our_own_words(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's words are in whatever language it has."""
    target = tmp_path / "entry.json"
    real = Path.open
    entry = made(Kind.JSON, chosen=certificate())

    def open_it(path: Path, *arguments: Any, **more: Any) -> Any:
        if path == target:
            raise OSError(number, "words of the system")
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", open_it)
    with pytest.raises(FailedError) as caught:
        policy_entry.save(entry, target, may_replace=False)
    said = failures.told(caught.value).sentence()
    assert words in said
    assert "words of the system" not in said
