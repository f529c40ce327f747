"""The demo bank's files: statements in every manner, 全銀 files for 総合振込."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bank_client import BankClient

from certhelper.demo import zengin
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Scenario
from certhelper.demo.server import DemoServer
from certhelper.demo.zengin import Payment, UnreadableError

PAYMENTS = (Payment("ｶ)ｲﾜﾃｻﾝｷﾞﾖｳ", 1_540_000), Payment("ﾓﾘｵｶｼﾖｳﾃﾝ", 1))


def test_a_record_has_120_octets() -> None:
    """Half-width kana take one octet each; every record is as long as the format says."""
    octets = zengin.write("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", "1125", PAYMENTS)
    assert {len(line) for line in octets.split(b"\r\n")} == {120, 0}
    assert b"\xb6)\xb2\xdc\xc3" in octets  # ｶ)ｲﾜﾃ in JIS X 0201


@pytest.mark.parametrize("line_end", ["\r\n", "\n", ""])
def test_what_was_written_is_read(line_end: str) -> None:
    """With line ends of either kind and without."""
    found = zengin.read(zengin.write("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", "1125", PAYMENTS, line_end=line_end))
    assert (found.customer, found.day, found.payments) == ("ｶ)ﾐﾎﾝｼﾖｳｼﾞ", "1125", PAYMENTS)
    assert found.total == 1_540_001


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda octets: octets[:-1], "120バイト"),
        (lambda octets: octets.replace(b"8000002", b"8000003"), "合計"),
        (lambda octets: octets.replace(b"121", b"111", 1), "総合振込"),
        (lambda octets: octets[120:], "順"),
        (lambda octets: b"", "順"),
        (lambda octets: octets.replace(b"0001540000", b"000154000x"), "数字"),
    ],
)
def test_a_file_that_is_changed_is_refused_with_a_reason(change: object, why: str) -> None:
    """A lost octet, a wrong sum, another kind of file: each is told."""
    assert callable(change)
    with pytest.raises(UnreadableError, match=why):
        zengin.read(change(zengin.write("X", "1125", PAYMENTS, line_end="")))


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    """The page answers with a reason, never with an error of the server."""
    with pytest.raises(UnreadableError):
        zengin.read(octets)


def test_a_form_s_file_comes_once(demo_server: DemoServer, user: BankClient) -> None:
    """A second POST of the same form is met with an error page, as a bank would."""
    user.log_on(demo_server.addresses, DEMO_PIN)
    logon = demo_server.addresses.logon
    token = user.get(f"{logon}/biznet/statements").token
    address = f"{logon}/biznet/statement-file"
    first = user.post(address, kind="csv", token=token)
    assert first.headers["Content-Type"] == "text/csv; charset=Shift_JIS"
    assert first.octets.decode("cp932").startswith("日付,摘要")
    second = user.post(address, kind="csv", token=token)
    assert "Content-Disposition" not in second.headers
    shown = user.post(address, kind="pdf", token=user.get(f"{logon}/biznet/statements").token)
    assert shown.headers["Content-Disposition"].startswith("inline;")
    assert shown.octets.startswith(b"%PDF-")


@pytest.mark.parametrize(("archive", "length"), [("whole", "2048"), ("unknown-length", None)])
def test_the_slow_archive_comes(
    demo_server: DemoServer, user: BankClient, archive: str, length: str | None
) -> None:
    """With its length and without."""
    demo_server.bank.scenario = Scenario(
        archive=archive,  # type: ignore[arg-type]  # one of its words
        archive_parts=2,
        archive_part_octets=1024,
        archive_pause_s=0.0,
    )
    user.log_on(demo_server.addresses, DEMO_PIN)
    page = user.get(f"{demo_server.addresses.logon}/biznet/archive.zip")
    assert page.headers.get("Content-Length") == length
    assert page.octets == bytes(2048)


def test_the_sample_is_a_file_that_the_form_takes(
    demo_server: DemoServer, user: BankClient
) -> None:
    """Whoever tries the demo needs no file of their own."""
    user.log_on(demo_server.addresses, DEMO_PIN)
    page = user.get(f"{demo_server.addresses.logon}/biznet/bulk-transfer/sample")
    assert len(zengin.read(page.octets).payments) == 3
