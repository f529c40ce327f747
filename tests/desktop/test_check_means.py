"""The whole way, with nothing played: a real database, OpenSSL's responder, a real signature."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from support import nssdb
from support.listings import CONTRACT
from support.pki import Authority
from support.revocation_servers import (
    Answer,
    Heard,
    OpensslResponder,
    Reply,
    RevocationServer,
    ago,
    names,
    now,
)
from support.systems import only_on_linux
from support.window import OpenWindow, Played, words_on

from certhelper.checks import ChainStatus, RevocationStatus
from certhelper.desktop import checking
from certhelper.desktop.check_means import CheckMeans
from certhelper.desktop.dialogs import DetailsDialog
from certhelper.desktop.rows import HolderRow
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.stores.nss import NssStore

pytestmark = only_on_linux  # NSS's tools and the openssl program

_PATIENCE_MS = 30_000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes soon."""
    monkeypatch.setattr(checking, "_BEGIN_MS", 1)
    monkeypatch.setattr(checking, "_GATHER_MS", 1)


def one_at_a_time(answer: Answer) -> Answer:
    """The responder works in files of one name, and the program asks side by side."""
    lock = threading.Lock()

    def answered(heard: Heard) -> Reply:
        with lock:
            return answer(heard)

    return answered


def row(played: Played, user: str) -> HolderRow:
    played.choose(f"{CONTRACT}/{user}")
    found = played.program.body.list.chosen_row()
    assert isinstance(found, HolderRow)
    return found


def test_issuer_key_and_revocation_are_found_out(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """One certificate is good, its key signs and its issuer is here; the other was revoked."""
    authority = Authority()
    responder = OpensslResponder(tmp_path / "responder", authority)
    with RevocationServer() as server:
        extensions = names(ocsp=[server.address("/ocsp")])
        good, bad = (
            authority.issue(f"{CONTRACT} {user}", extensions=extensions) for user in ("good", "bad")
        )
        responder.knows(good)
        responder.revoke(bad, ago(days=2))
        server.answers["/ocsp"] = one_at_a_time(responder.answer("-nmin", "10"))
        database = nssdb.make(tmp_path / "db", [(good, "good"), (bad, "bad")])
        database.add_certificate(authority.der, "CA")
        means = CheckMeans(lambda: True, lambda: ProxyChoice(ProxyMode.NONE))
        played = open_window(NssStore(database.directory), real_means=means, now=now)
        answers = played.program.checker.answers

        def is_found_out() -> bool:
            known = answers.about(row(played, "good").judged.installed)
            bad_one = answers.about(row(played, "bad").judged.installed)
            return None not in known and bad_one.revocation is not None

        qtbot.waitUntil(is_found_out, timeout=_PATIENCE_MS)
        known = answers.about(row(played, "good").judged.installed)
        assert known.revocation is not None
        assert known.revocation.status is RevocationStatus.GOOD
        assert known.key_test is not None
        assert known.key_test.signs
        assert known.chain is not None
        assert known.chain.status is ChainStatus.COMPLETE
        qtbot.waitUntil(
            lambda: {r.code for r in row(played, "bad").reasons} == {"revoked"},
            timeout=_PATIENCE_MS,
        )
        assert row(played, "good").reasons == ()
        played.program.body.selection.details_button.click()
        words = words_on(played.dialog(DetailsDialog))
        assert "鍵は使えます" in words
        assert "有効です(失効していません)" in words
