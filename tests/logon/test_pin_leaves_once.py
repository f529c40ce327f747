"""Whatever the bank answers to the PIN, with the real engine: it has left once, never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.scripted_bank import Answer, ScriptedBank
from support.systems import not_under_wine

pytestmark = not_under_wine("WebEngine never loads a page there")

LIMIT_MS = 2500


def _asking(scheme: str) -> Answer:
    return Answer("who are you", 401, headers=(("WWW-Authenticate", scheme),))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        # Left to itself the engine sends the form again with empty credentials, 32 times.
        (_asking('Basic realm="bank"'), "password-asked-after-pin"),
        (_asking('Digest realm="bank", nonce="abc", qop="auth"'), "password-asked-after-pin"),
        (_asking("NTLM"), "password-asked-after-pin"),
        (_asking("Negotiate"), "page-refused-after-pin"),
        (Answer(status=408), "page-refused-after-pin"),
        (Answer(status=425), "page-refused-after-pin"),
        (Answer(status=503, headers=(("Retry-After", "0"),)), "server-error-after-pin"),
        (Answer(headers=(("Accept-CH", "DPR"), ("Critical-CH", "DPR"))), "blank-page-after-pin"),
        (Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n"), "connection-lost-after-pin"),
    ],
)
def test_no_answer_makes_the_engine_send_the_pin_again(
    tmp_path: Path, answer: Answer, code: str
) -> None:
    """Statuses and headers on which browsers repeat a request by themselves."""
    with ScriptedBank(tmp_path, {"POST logon/pin": answer}) as bank:
        outcome = bank.log_on(load_limit_ms=LIMIT_MS)
    assert (outcome.status, outcome.code) == (1, code)
    assert len(bank.pins) == 1


def test_a_misdirected_request_is_the_one_exception(tmp_path: Path) -> None:
    """After 421, by which a server says that it has not looked, the engine sends it once more.

    Nothing can be set against that (decision 0006); more than once more would be news.
    """
    with ScriptedBank(tmp_path, {"POST logon/pin": Answer(status=421)}) as bank:
        outcome = bank.log_on(load_limit_ms=LIMIT_MS)
    assert (outcome.status, outcome.code) == (1, "page-refused-after-pin")
    assert len(bank.pins) <= 2
