"""What is found out while the list stands there: it never waits for it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import AT, CONTRACT, STORE
from support.window import OpenWindow, Played, PlayedMeans, words_on

from certhelper.checks import Chain, ChainStatus, KeyTest, Revocation, RevocationStatus
from certhelper.desktop import checking
from certhelper.desktop.attempt import Phase
from certhelper.desktop.dialogs import DetailsDialog
from certhelper.desktop.rows import HolderRow, Mark
from certhelper.pad.pin_pad import PinPad
from certhelper.stores.base import Installed, KeyTrouble, StoreReading, StoreStatus

USER = f"{CONTRACT}/user01"
RESPONDER = "http://ocsp.bank.test/"

GOOD = Revocation(
    RevocationStatus.GOOD, source="ocsp", where=RESPONDER, good_until=AT + timedelta(days=1)
)
REVOKED = Revocation(
    RevocationStatus.REVOKED,
    "keyCompromise",
    source="ocsp",
    where=RESPONDER,
    revoked_at=AT - timedelta(days=3),
)
OFFLINE = Revocation(RevocationStatus.UNKNOWN, "offline")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes soon."""
    monkeypatch.setattr(checking, "_BEGIN_MS", 1)
    monkeypatch.setattr(checking, "_GATHER_MS", 1)


@pytest.fixture
def one() -> Installed:
    """A certificate whose issuer can be asked."""
    return listings.installed(f"{CONTRACT} user01", responder=RESPONDER)


@pytest.fixture
def means(one: Installed) -> Iterator[PlayedMeans]:
    played = PlayedMeans()
    played.revocations[one.certificate.sha256] = GOOD
    yield played
    played.go.set()  # no thread of this test stays


def row_of(played: Played) -> HolderRow:
    played.choose(USER)
    row = played.program.body.list.chosen_row()
    assert isinstance(row, HolderRow)
    return row


def codes(played: Played) -> set[str]:
    return {reason.code for reason in row_of(played).judged.reasons}


def is_idle(played: Played) -> bool:
    """Whether nothing is under way and all that was found out is shown."""
    checker = played.program.checker
    return (
        bool(played.means.tested)
        and not checker._under_way
        and not checker._asking
        and not checker._gathering.isActive()
        and not checker._beginning.isActive()
        and not played.program.reader._combining
    )


def turn(qtbot: QtBot) -> None:
    """Let everything that is due happen."""
    timer = QTimer()
    timer.setInterval(1)
    with qtbot.waitSignals([timer.timeout] * 20):
        timer.start()
    timer.stop()


def test_list_and_log_on_are_there_while_the_issuer_is_asked(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """The answer does not come; a quiet word says what is under way, and the pad opens."""
    means.go.clear()
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    qtbot.waitUntil(lambda: "失効を確認しています…" in words_on(played.frame))
    assert row_of(played).mark is Mark.GOOD
    played.program.body.selection.main_button.click()
    played.dialog(PinPad).reject()
    means.go.set()
    qtbot.waitUntil(lambda: "失効を確認しています…" not in words_on(played.frame))
    assert codes(played) == set()


def test_a_revoked_certificate_shows_as_such(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """Judged again by itself; the log-on button says why it is off."""
    means.revocations[one.certificate.sha256] = REVOKED
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: codes(played) == {"revoked"})
    assert row_of(played).mark is Mark.BAD
    assert not played.program.body.selection.main_button.isEnabled()
    assert "失効" in words_on(played.program.body.selection)


def test_revoked_while_the_pin_is_typed_ends_it_and_says_why(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """No PIN is sent: the pad closes, its child ends, and the reason stands in its place."""
    means.revocations[one.certificate.sha256] = REVOKED
    means.go.clear()
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    played.choose(USER)
    played.program.body.selection.main_button.click()
    played.dialog(PinPad).entry.enter("0")
    (process,) = played.processes
    means.go.set()
    qtbot.waitUntil(lambda: played.program.body.shows_attempt)
    assert played.dialogs() == []
    assert (process.pins, process.cancelled) == ([], 1)
    attempt = played.program.attempts.shown
    assert attempt is not None
    assert attempt.phase is Phase.FAILED
    assert "失効していると、発行元が答えました" in words_on(played.program.body.attempt)
    qtbot.waitUntil(lambda: codes(played) == {"revoked"})


def test_revoked_while_the_keys_own_secret_is_asked_for_ends_it_too(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """Neither the database's password nor the PIN is of any use any more."""
    means.revocations[one.certificate.sha256] = REVOKED
    means.go.clear()
    locked = one._replace(key_needs_user=True)
    played = open_window(listings.ready_store(locked), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    played.choose(USER)
    played.program.body.selection.main_button.click()
    assert len(played.dialogs()) == 1
    means.go.set()
    qtbot.waitUntil(lambda: played.dialogs() == [])
    assert played.processes == []
    assert "失効していると、発行元が答えました" in words_on(played.frame)


def test_nothing_moves_behind_the_pad_of_another_certificate(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """The answer about one shows when the pad of the other is closed."""
    means.revocations[one.certificate.sha256] = REVOKED
    means.go.clear()
    other = listings.installed(f"{CONTRACT} user02")
    played = open_window(listings.ready_store(one, other), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    played.choose(f"{CONTRACT}/user02")
    played.program.body.selection.main_button.click()
    with qtbot.waitSignal(played.program.checker.revoked):
        means.go.set()
    pad = played.dialog(PinPad)
    with qtbot.assertNotEmitted(played.program.reader.listed):
        turn(qtbot)
    pad.reject()
    qtbot.waitUntil(lambda: codes(played) == {"revoked"})


def test_reading_again_keeps_what_still_counts(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """The issuer is not asked again before its answer has run out; the key is tried again."""
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: is_idle(played))
    again = one._replace(label="read again")
    played.program.reader.stores[0].answer = listings.reading(again)  # type: ignore[attr-defined]
    played.frame.reload_button.click()
    qtbot.waitUntil(lambda: len(means.tested) == 2 and is_idle(played))
    assert means.asked == [one.certificate.sha256]
    played.clock = lambda: AT + timedelta(days=2)
    played.frame.reload_button.click()
    qtbot.waitUntil(lambda: len(means.asked) == 2)


def test_without_a_network_it_is_said_plainly_and_asked_again_on_reloading(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """It stands with the reasons, stops nobody, and a later answer takes it back."""
    means.revocations[one.certificate.sha256] = OFFLINE
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: codes(played) == {"revocation-unknown"})
    (reason,) = row_of(played).reasons
    assert "ネットワークにつながっていません" in reason.message()
    assert played.program.body.selection.main_button.isEnabled()
    means.revocations[one.certificate.sha256] = GOOD
    played.frame.reload_button.click()
    qtbot.waitUntil(lambda: codes(played) == set())
    assert means.times_anew == 1


def test_the_key_of_the_preferred_certificate_is_tried_and_the_next_one_preferred(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """A key that makes no signature is no reason to fail at the bank: the other place is used."""
    elsewhere = one._replace(store="nss:/elsewhere")
    means.keys = {
        STORE: KeyTest(False, KeyTrouble("signature-failed")),
        "nss:/elsewhere": KeyTest(True),
    }
    store = listings.ready_store(elsewhere, one)
    played = open_window(store, means=means)
    qtbot.waitUntil(lambda: row_of(played).judged.installed.store == "nss:/elsewhere")


def test_the_details_tell_the_answers_and_follow_them(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """Revocation with who answered and until when, the key's test and the issuer."""
    means.go.clear()
    means.keys[STORE] = KeyTest(True)
    means.found_chains[one.certificate.sha256] = Chain(ChainStatus.ISSUER_MISSING, "Example CA")
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    played.choose(USER)
    played.program.body.selection.details_button.click()
    dialog = played.dialog(DetailsDialog)
    assert "まだ確認していません" in words_on(dialog)
    means.go.set()
    qtbot.waitUntil(lambda: "有効です(失効していません)" in words_on(dialog))
    words = words_on(dialog)
    assert "OCSP の回答、2026年11月24日 12:00(日本時間)まで有効" in words
    assert "鍵は使えます" in words
    assert "「Example CA」の証明書はこのパソコンにありません" in words
    dialog.reject()


def test_nothing_is_asked_where_that_is_switched_off(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """The key is tried all the same, which needs no network; the details say who decided it."""
    means.may_ask = False
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: is_idle(played))
    assert means.asked == []
    played.choose(USER)
    played.program.body.selection.details_button.click()
    assert "確認しない設定" in words_on(played.dialog(DetailsDialog))


def test_what_cannot_be_used_anyway_is_not_asked_about(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """Expired certificates and those of strangers."""
    expired = listings.installed(f"{CONTRACT} user02", days=-1, responder=RESPONDER)
    stranger = listings.installed("Taro Yamada", responder=RESPONDER)
    played = open_window(listings.ready_store(one, expired, stranger), means=means)
    qtbot.waitUntil(lambda: is_idle(played) and bool(means.asked))
    assert means.asked == [one.certificate.sha256]
    assert means.tested == [STORE]


@pytest.mark.parametrize("way", ["hidden", "closed"])
def test_leaving_the_window_ends_it(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans, way: str
) -> None:
    """Nobody is asked and no key is tried for a window that nobody sees; later it goes on."""
    means.go.clear()
    played = open_window(listings.ready_store(one), means=means)
    qtbot.waitUntil(lambda: bool(means.asked))
    checker = played.program.checker
    stop = checker._stop
    assert stop is not None
    if way == "closed":
        played.window.close()
    else:
        played.window.hide()
    assert stop.is_set()
    means.go.set()
    with qtbot.assertNotEmitted(checker.changed):
        turn(qtbot)
    if way == "hidden":
        played.window.show()
        qtbot.waitUntil(lambda: len(means.asked) == 2 and is_idle(played))


def test_a_store_that_does_not_answer_delays_no_question_about_another(
    open_window: OpenWindow, qtbot: QtBot, one: Installed, means: PlayedMeans
) -> None:
    """Revoked is revoked, however long a broken module hangs; nobody is asked twice for it."""
    means.revocations[one.certificate.sha256] = REVOKED
    hung = listings.HeldStore(StoreReading("pkcs11", "/hung.so", StoreStatus.FAILED))
    played = open_window(hung, listings.ready_store(one), means=means, wait=False)
    qtbot.waitUntil(lambda: played.program.listed.listing is not None)
    qtbot.waitUntil(lambda: codes(played) == {"revoked"})
    assert played.program.reader.is_reading
    with qtbot.waitSignal(played.program.reader.finished):
        hung.go.set()
    qtbot.waitUntil(lambda: is_idle(played))
    assert means.asked == [one.certificate.sha256]
