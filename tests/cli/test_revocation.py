"""What ``list`` and ``show`` say about revocation, with a real web server to be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Hold, Printed, Run
from support.pki import Authority, Issued
from support.revocation_servers import RevocationServer, ago, always, names, now

from certhelper import machine_settings, moment
from certhelper.cli import common, parser
from certhelper.revocation.cache import usual_folder

LIST, SHOW = "certhelper.list-1", "certhelper.show-1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server() -> Iterator[RevocationServer]:
    with RevocationServer() as running:
        yield running


@pytest.fixture
def issued(authority: Authority, server: RevocationServer) -> Issued:
    """A usable certificate of a user that names a list."""
    extensions = names(crl=[server.address("/crl")])
    return authority.issue("12345678901234 user01", extensions=extensions)


def row(printed: Printed, schema: str, issued: Issued) -> dict[str, object]:
    rows = printed.document(schema)["certificates"]
    [found] = [one for one in rows if one["sha256"] == issued.sha256]
    assert isinstance(found, dict)
    return found


def codes(found: dict[str, object]) -> dict[str, dict[str, str]]:
    reasons = found["reasons"]
    assert isinstance(reasons, list)
    return {one["code"]: one for one in reasons}


def test_a_good_certificate_has_no_reason(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """And the issuer is asked once, not at each look."""
    hold(issued.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list())
    for _ in range(2):
        found = row(run("list", "--json"), LIST, issued)
        assert (found["usable"], found["reasons"]) == (True, [])
    assert server.count("/crl") == 1


def test_a_revoked_certificate_is_blocked_and_says_what_to_do(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """Since when, why, and who must do what; nothing else is preferred instead of it."""
    hold(issued.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list(issued))
    printed = run("list", "--json")
    found = row(printed, LIST, issued)
    assert found["usable"] is False
    reason = codes(found)["revoked"]
    assert reason["severity"] == "blocking"
    assert moment.in_japan(ago(hours=2))[:10] in reason["message"]
    assert "管理者に、電子証明書の再発行を依頼" in reason["message"]
    [contract] = printed.document(LIST)["contracts"]
    assert contract["verdict"] == "reissue"
    assert contract["holders"][0]["preferred"] is None


def test_the_older_certificate_is_preferred_when_the_newer_is_revoked(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """By the list, and by those commands that ask nobody afterwards."""
    extensions = names(crl=[server.address("/crl")])
    older = authority.issue("12345678901234 user01", extensions=extensions, not_before=ago(days=90))
    hold(issued.der, older.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list(issued))
    printed = run("list", "--json")
    [contract] = printed.document(LIST)["contracts"]
    assert contract["holders"][0]["preferred"] == older.sha256
    assert contract["verdict"] == "ready"
    before = len(server.heard)
    arguments = parser.parse(["rehearse"])
    assert arguments is not None
    preferred = common.listing_of(arguments).grouped.contracts[0].holders[0].preferred
    assert preferred is not None
    assert preferred.installed.certificate.sha256 == older.sha256
    assert len(server.heard) == before


def test_what_nobody_could_say_is_an_information_with_its_cause(
    run: Run, hold: Hold, authority: Authority, issued: Issued
) -> None:
    """Usable all the same; revoked and not known are never mixed."""
    hold(issued.der, authority.der)
    found = row(run("list", "--json"), LIST, issued)
    assert found["usable"] is True
    reason = codes(found)["revocation-unknown"]
    assert reason["severity"] == "information"
    assert "失効しているという意味ではありません" in reason["message"]
    assert "HTTP 404" in reason["message"]


def test_offline_asks_nobody_and_uses_what_is_kept(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """Without an answer of before that is said."""
    hold(issued.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list())
    found = row(run("list", "--json", "--offline"), LIST, issued)
    assert "--offline" in codes(found)["revocation-unknown"]["message"]
    assert not server.heard
    run("list")
    found = row(run("list", "--json", "--offline"), LIST, issued)
    assert found["reasons"] == []
    assert server.count("/crl") == 1


def test_the_administrator_may_forbid_the_asking(
    run: Run,
    hold: Hold,
    authority: Authority,
    server: RevocationServer,
    issued: Issued,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then the list says nothing of it; ``show`` says why nobody was asked."""
    folder = tmp_path / "machine"
    folder.mkdir()
    (folder / machine_settings.FILE_NAME).write_text("check_revocation = false\n")
    monkeypatch.setattr(machine_settings, "folder", lambda: folder)
    hold(issued.der, authority.der)
    assert row(run("list", "--json"), LIST, issued)["reasons"] == []
    shown = row(run("show", issued.sha256, "--json"), SHOW, issued)
    assert isinstance(shown["revocation"], dict)
    assert shown["revocation"]["cause"] == "not-asked"
    assert not server.heard


def test_a_revocation_of_later_does_not_count_before(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """``--at``: at that moment the certificate was good."""
    hold(issued.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list(issued))
    at = ago(hours=5).isoformat()
    assert row(run("list", "--json", "--at", at), LIST, issued)["usable"] is True
    at = now().isoformat()
    assert row(run("list", "--json", "--at", at), LIST, issued)["usable"] is False


def test_show_tells_the_whole_answer(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer, issued: Issued
) -> None:
    """Who said what, since when, why, and until when it holds."""
    hold(issued.der, authority.der)
    server.answers["/crl"] = always(authority.revocation_list(issued))
    shown = row(run("show", issued.sha256, "--json"), SHOW, issued)
    answer = shown["revocation"]
    assert isinstance(answer, dict)
    assert answer["status"] == "revoked"
    assert answer["source"] == "crl"
    assert answer["where"] == server.address("/crl")
    assert answer["good_until"] > answer["revoked_at"]
    assert "revoked" in codes(shown)
    assert server.address("/crl") in run("show", issued.sha256).out


def test_show_says_when_nobody_could_be_asked(run: Run, hold: Hold, authority: Authority) -> None:
    """A certificate that names nobody has no reason in the list."""
    nameless = authority.issue("12345678901234 user01")
    hold(nameless.der)
    assert row(run("list", "--json"), LIST, nameless)["reasons"] == []
    answer = row(run("show", nameless.sha256, "--json"), SHOW, nameless)["revocation"]
    assert isinstance(answer, dict)
    assert (answer["status"], answer["cause"], answer["where"]) == ("unknown", "not-named", None)
    assert "問い合わせる先が書かれていません" in run("show", nameless.sha256).out


def test_nobody_is_asked_about_what_cannot_be_used_anyway(
    run: Run, hold: Hold, authority: Authority, server: RevocationServer
) -> None:
    """Expired, or nobody's: the list asks for what a person may choose."""
    extensions = names(crl=[server.address("/crl")])
    expired = authority.issue(
        "12345678901234 user01",
        not_before=ago(days=9),
        not_after=ago(days=1),
        extensions=extensions,
    )
    nobodys = authority.issue("a name", extensions=extensions)
    hold(expired.der, nobodys.der, authority.der)
    run("list")
    assert not server.heard
    assert not usual_folder().exists()


def test_the_list_does_not_wait_for_a_server_that_hangs(
    run: Run,
    hold: Hold,
    authority: Authority,
    server: RevocationServer,
    issued: Issued,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is printed, with what is not known said."""
    from certhelper.cli import revocation

    monkeypatch.setattr(revocation, "_BUDGET_S", 0.3)
    server.answers["/crl"] = always(b"", hangs=True)
    hold(issued.der, authority.der)
    printed = run("list", "--json")
    assert printed.status == 0
    message = codes(row(printed, LIST, issued))["revocation-unknown"]["message"]
    assert "時間内に" in message
    assert json.loads(printed.out)["schema"] == "certhelper.list/1"
