"""The demo bank's pages, asked by a real TLS client with real certificates."""

from __future__ import annotations

import csv
import http.client
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.bank_client import BankClient, Page
from support.bank_fixtures import BankStore

from certhelper import failures
from certhelper.demo.authority import Authority
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.profile import FAILURE_PAGES
from certhelper.demo.scenario import Fault, LogonLink, PinPage, Scenario
from certhelper.demo.server import DemoServer

WRONG_PIN = "9999zz"


def open_with(
    server: DemoServer, store: BankStore, folder: Path, certificate: str | None
) -> BankClient:
    issued = store[certificate] if certificate else None
    return BankClient(folder, server.authority.server_root.pem, issued)


def means(page: Page) -> list[str]:
    """The failure codes that a profile reads from this page."""
    return [code for code, marker in FAILURE_PAGES.items() if marker in page.text]


def test_whole_log_on(demo_server: DemoServer, user: BankClient, bank_store: BankStore) -> None:
    """From the home page to the top page, with one certificate and one PIN in the log."""
    addresses = demo_server.addresses
    home = user.get(f"{addresses.front}/")
    assert "利用者ログオン" in home.text
    logon = user.get(f"{addresses.front}/biznet/")
    assert "CIBMU201" in logon.text
    assert "【お知らせ】" in logon.text
    plain = re.sub(r"<[^>]*>|\s", "", logon.text)
    assert "電子証明書を使用したログオンはこちら電子証明書取得はこちら" in plain
    pin_page = user.to_pin_page(addresses)
    assert "CIBMU209" in pin_page.text
    assert 'type="password" maxlength="12"' in pin_page.text
    other = user.submit_pin(addresses, DEMO_PIN, pin_page.token)
    assert "他の認証" in other.text
    address = f"{addresses.logon}/biznet/other"
    assert user.post(address, code=other.one_time_code, token=other.token).status == 303
    top = user.get(f"{addresses.logon}/biznet/top")
    assert "利用者トップページ" in top.text
    assert "user01" in top.text
    log = demo_server.log
    assert log.certificates() == [bank_store["user01"].sha256]
    assert log.pin_posts() == 1
    assert {entry.tls_version for entry in log.entries} == {"TLSv1.3"}


def test_every_page_says_demo(demo_server: DemoServer, user: BankClient) -> None:
    """No page can be taken for a real bank's."""
    addresses = demo_server.addresses
    user.log_on(addresses, DEMO_PIN)
    pages = [f"{addresses.front}/", *(f"{addresses.front}/biznet/{p}" for p in ("", "obtain"))]
    paths = ("top", "transfer", "pin", "certificate", "statements", "bulk-transfer")
    pages += [f"{addresses.logon}/biznet/{path}" for path in paths]
    for address in pages:
        assert '<span class="demo">デモ</span>' in user.get(address).text


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        ("expired", "certificate-expired-at-bank"),
        ("revoked", "certificate-revoked-at-bank"),
        ("administrator", "administrator-certificate"),
    ],
)
def test_refused_certificates(
    demo_server: DemoServer, bank_store: BankStore, tmp_path: Path, certificate: str, code: str
) -> None:
    """A certificate that cannot log on meets a page that says why, with no field for a PIN."""
    with open_with(demo_server, bank_store, tmp_path, certificate) as client:
        page = client.to_pin_page(demo_server.addresses)
    assert means(page) == [code]
    assert "password" not in page.text
    assert demo_server.log.certificates() == [bank_store[certificate].sha256]


def test_no_certificate(demo_server: DemoServer, bank_store: BankStore, tmp_path: Path) -> None:
    """A client that sends no certificate gets a page that says so."""
    with open_with(demo_server, bank_store, tmp_path, None) as client:
        page = client.to_pin_page(demo_server.addresses)
    assert page.status == 403
    assert "電子証明書が送信されませんでした" in page.text


def test_failure_pages_have_codes() -> None:
    """Whatever the demo's profile reads from a page stands in the public list."""
    assert set(FAILURE_PAGES) <= set(failures.known())


def test_wrong_pin(demo_server: DemoServer, user: BankClient) -> None:
    """A wrong PIN shows CIBMU209 with the message; the right one then still works."""
    addresses = demo_server.addresses
    again = user.submit_pin(addresses, WRONG_PIN, user.to_pin_page(addresses).token)
    assert means(again) == ["pin-wrong"]
    assert "CIBMU209" in again.text
    assert "他の認証" in user.submit_pin(addresses, DEMO_PIN, again.token).text


@pytest.mark.parametrize("wrong", ["", "123ab", "0123AB", "0123ab ", "００１２３"])
def test_only_the_whole_pin_is_right(demo_server: DemoServer, user: BankClient, wrong: str) -> None:
    """A lost leading zero, other case, a space or full-width digits are not the PIN."""
    addresses = demo_server.addresses
    answer = user.submit_pin(addresses, wrong, user.to_pin_page(addresses).token)
    assert means(answer) == ["pin-wrong"]


def test_lock_out(
    demo_server: DemoServer, user: BankClient, bank_store: BankStore, tmp_path: Path
) -> None:
    """After the fifth wrong PIN the right one no longer helps; others are not locked out."""
    addresses = demo_server.addresses
    page = user.to_pin_page(addresses)
    for _ in range(4):
        page = user.submit_pin(addresses, WRONG_PIN, page.token)
        assert means(page) == ["pin-wrong"]
    assert means(user.submit_pin(addresses, WRONG_PIN, page.token)) == ["pin-locked"]
    assert means(user.to_pin_page(addresses)) == ["pin-locked"]
    with open_with(demo_server, bank_store, tmp_path, "user02") as other:
        assert "CIBMU209" in other.to_pin_page(addresses).text


def test_right_pin_forgets_the_wrong_ones(demo_server: DemoServer, user: BankClient) -> None:
    """Only wrong PINs in a row count."""
    demo_server.bank.scenario = Scenario(lock_after=2)
    addresses = demo_server.addresses
    for _ in range(2):
        page = user.submit_pin(addresses, WRONG_PIN, user.to_pin_page(addresses).token)
        assert "他の認証" in user.submit_pin(addresses, DEMO_PIN, page.token).text


def test_form_is_taken_once(demo_server: DemoServer, user: BankClient) -> None:
    """A page that is submitted again is refused, and the log shows both submissions."""
    addresses = demo_server.addresses
    token = user.to_pin_page(addresses).token
    assert "他の認証" in user.submit_pin(addresses, DEMO_PIN, token).text
    assert means(user.submit_pin(addresses, DEMO_PIN, token)) == ["out-of-sequence-at-bank"]
    assert demo_server.log.pin_posts() == 2


def test_steps_cannot_be_left_out(demo_server: DemoServer, user: BankClient) -> None:
    """Neither the PIN nor 他の認証 can be passed by going to a later page."""
    addresses = demo_server.addresses
    token = user.to_pin_page(addresses).token
    assert means(user.get(f"{addresses.logon}/biznet/top")) == ["out-of-sequence-at-bank"]
    user.submit_pin(addresses, DEMO_PIN, token)
    assert means(user.get(f"{addresses.logon}/biznet/top")) == ["out-of-sequence-at-bank"]
    assert means(user.get(f"{addresses.logon}/biznet/pin")) == ["out-of-sequence-at-bank"]


def test_session_belongs_to_its_certificate(
    demo_server: DemoServer, user: BankClient, bank_store: BankStore, tmp_path: Path
) -> None:
    """Somebody else's certificate cannot go on with a session's cookie."""
    addresses = demo_server.addresses
    user.log_on(addresses, DEMO_PIN)
    with open_with(demo_server, bank_store, tmp_path, "user02") as other:
        other.cookies.update(user.cookies)
        assert means(other.get(f"{addresses.logon}/biznet/top")) == ["session-timed-out"]


def test_wrong_one_time_code(demo_server: DemoServer, user: BankClient) -> None:
    """A wrong code asks again."""
    addresses = demo_server.addresses
    other = user.submit_pin(addresses, DEMO_PIN, user.to_pin_page(addresses).token)
    again = user.post(f"{addresses.logon}/biznet/other", code="x", token=other.token)
    assert "ワンタイムパスワードに誤りがあります" in again.text


def test_session_time_out(bank_authority: Authority, bank_store: BankStore, tmp_path: Path) -> None:
    """A session that was left alone too long has ended; one in use goes on."""
    now = [datetime.now(UTC)]
    with (
        DemoServer(
            bank_authority, scenario=Scenario(session_seconds=60), clock=lambda: now[0]
        ) as server,
        open_with(server, bank_store, tmp_path, "user01") as user,
    ):
        top = f"{server.addresses.logon}/biznet/top"
        user.log_on(server.addresses, DEMO_PIN)
        for _ in range(3):
            now[0] += timedelta(seconds=40)
            assert "残高照会" in user.get(top).text
        now[0] += timedelta(seconds=61)
        assert means(user.get(top)) == ["session-timed-out"]


def test_log_off(demo_server: DemoServer, user: BankClient) -> None:
    """After ログオフ the session is gone."""
    addresses = demo_server.addresses
    user.log_on(addresses, DEMO_PIN)
    assert "ログオフしました" in user.post(f"{addresses.logon}/biznet/logoff").text
    assert means(user.get(f"{addresses.logon}/biznet/top")) == ["session-timed-out"]


def test_statement_downloads(demo_server: DemoServer, user: BankClient) -> None:
    """The statement comes as a CSV that Excel reads and as a PDF, both as downloads."""
    addresses = demo_server.addresses
    top = user.log_on(addresses, DEMO_PIN)
    table = user.get(f"{addresses.logon}/biznet/statement.csv")
    rows = list(csv.DictReader(io.StringIO(table.octets.decode("cp932"))))
    assert rows[-1]["残高"] == str(demo_server.bank.account.balance)
    assert f"{demo_server.bank.account.balance:,} 円" in top.text
    assert "filename=\"meisai.csv\"; filename*=UTF-8''%E5" in table.headers["Content-Disposition"]
    document = user.get(f"{addresses.logon}/biznet/statement.pdf")
    assert document.octets.startswith(b"%PDF-1.")
    assert document.headers["Content-Type"] == "application/pdf"


def test_pdf_is_readable(demo_server: DemoServer, tmp_path: Path) -> None:
    """A PDF engine opens the statement and draws something on its page."""
    from PySide6.QtCore import QSize
    from PySide6.QtPdf import QPdfDocument

    from certhelper.demo import statement

    file = tmp_path / "meisai.pdf"
    file.write_bytes(statement.as_pdf(demo_server.bank.account))
    document = QPdfDocument()
    assert document.load(str(file)) == QPdfDocument.Error.None_
    assert document.pageCount() == 1
    image = document.render(0, QSize(300, 424))
    drawn = {image.pixel(x, y) for x in range(0, 300, 2) for y in range(0, 424, 2)}
    assert len(drawn) > 1
    document.close()


def test_transfer(demo_server: DemoServer, user: BankClient) -> None:
    """A transfer is asked for, confirmed, carried out once, and changes the balance."""
    addresses = demo_server.addresses
    account = demo_server.bank.account
    before = account.balance
    user.log_on(addresses, DEMO_PIN)
    form = f"{addresses.logon}/biznet/transfer"
    token = user.get(form).token
    refused = user.post(form, payee="カ)イワテ", amount="-5", token=token)
    assert "金額を入力してください" in refused.text
    asked = user.post(form, payee="カ)<b>", amount="12,345", token=refused.token)
    assert "12,345 円" in asked.text
    assert "カ)&lt;b&gt;" in asked.text
    assert account.balance == before
    done = user.post(f"{form}/done", token=asked.token)
    assert "振込を受け付けました" in done.text
    assert means(user.post(f"{form}/done", token=asked.token)) == ["out-of-sequence-at-bank"]
    assert account.balance == before - 12_345


def test_maintenance(demo_server: DemoServer, user: BankClient) -> None:
    """During maintenance neither log-on page lets anyone go on."""
    demo_server.bank.scenario = Scenario(maintenance=True)
    addresses = demo_server.addresses
    assert means(user.get(f"{addresses.front}/biznet/")) == ["maintenance"]
    assert means(user.to_pin_page(addresses)) == ["maintenance"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [("same-window", None), ("target-blank", 'target="_blank"'), ("window-open", "data-open=")],
)
def test_logon_link(
    demo_server: DemoServer, user: BankClient, link: LogonLink, expected: str | None
) -> None:
    """The link to the certificate log-on opens where the scenario says."""
    demo_server.bank.scenario = Scenario(logon_link=link)
    page = user.get(f"{demo_server.addresses.front}/biznet/").text
    for mark in ('target="_blank"', "data-open="):
        assert (mark in page) == (mark == expected)


@pytest.mark.parametrize(
    ("kind", "expected", "count"),
    [
        ("normal", 'action="/biznet/pin"', 1),
        ("two-password-fields", 'name="confirmation" type="password"', 2),
        ("no-password-field", "CIBMU209", 0),
        ("short-field", 'maxlength="4"', 1),
        ("other-path-form", 'action="/biznet/other"', 1),
        ("wrong-marker", "CIBMU999", 1),
    ],
)
def test_pin_page_variants(
    demo_server: DemoServer, user: BankClient, kind: PinPage, expected: str, count: int
) -> None:
    """The PIN page is what the scenario says."""
    demo_server.bank.scenario = Scenario(pin_page=kind)
    page = user.to_pin_page(demo_server.addresses).text
    assert expected in page
    assert page.count('type="password"') == count
    assert ("CIBMU209" in page) == (kind != "wrong-marker")


def test_foreign_form(demo_server: DemoServer, user: BankClient) -> None:
    """The form that posts elsewhere could really do so: nothing but the helper stops it."""
    demo_server.bank.scenario = Scenario(pin_page="foreign-form")
    page = user.to_pin_page(demo_server.addresses)
    assert f'action="{demo_server.addresses.elsewhere}/biznet/pin"' in page.text
    assert "Content-Security-Policy" not in page.headers


def test_redirect_elsewhere(demo_server: DemoServer, user: BankClient) -> None:
    """The redirect leads to a host that no profile allows, and that would answer."""
    demo_server.bank.scenario = Scenario(pin_page="redirect-elsewhere")
    page = user.to_pin_page(demo_server.addresses)
    assert page.status == 303
    assert page.headers["Location"].startswith(demo_server.addresses.elsewhere)


def test_pin_answered_by_redirect(demo_server: DemoServer, user: BankClient) -> None:
    """The answer to the PIN is a redirect where the scenario says so."""
    demo_server.bank.scenario = Scenario(pin_answer="redirect", other_authentication=False)
    addresses = demo_server.addresses
    answer = user.submit_pin(addresses, DEMO_PIN, user.to_pin_page(addresses).token)
    assert (answer.status, answer.headers["Location"]) == (303, "/biznet/top")


def test_without_other_authentication(demo_server: DemoServer, user: BankClient) -> None:
    """With 他の認証 switched off the PIN leads to the top page."""
    demo_server.bank.scenario = Scenario(other_authentication=False)
    addresses = demo_server.addresses
    answer = user.submit_pin(addresses, DEMO_PIN, user.to_pin_page(addresses).token)
    assert "利用者トップページ" in answer.text


def test_faults_that_answer(demo_server: DemoServer, user: BankClient) -> None:
    """HTTP 500, an unknown and an empty page come where the scenario wants them."""
    front = f"{demo_server.addresses.front}/"
    demo_server.bank.scenario = Scenario(fault=Fault("home", "error-500"))
    assert user.get(front).status == 500
    demo_server.bank.scenario = Scenario(fault=Fault("home", "unknown-page"))
    assert "キャンペーン" in user.get(front).text
    demo_server.bank.scenario = Scenario(fault=Fault("home", "empty-page"))
    assert user.get(front).octets == b""
    assert user.get(f"{front}biznet/").status == 200


def test_dropped_connection(demo_server: DemoServer, user: BankClient) -> None:
    """A dropped PIN submission gets no answer at all, and stands in the log once."""
    demo_server.bank.scenario = Scenario(fault=Fault("pin", "drop"))
    token = user.to_pin_page(demo_server.addresses).token
    with pytest.raises((http.client.RemoteDisconnected, OSError)):
        user.submit_pin(demo_server.addresses, DEMO_PIN, token)
    assert demo_server.log.pin_posts() == 1


def test_reset_connection(demo_server: DemoServer, user: BankClient) -> None:
    """A reset is a TCP reset, not a polite end."""
    demo_server.bank.scenario = Scenario(fault=Fault("certificate", "reset"))
    with pytest.raises(ConnectionResetError):
        user.to_pin_page(demo_server.addresses)


def test_no_pin_in_any_log(
    demo_server: DemoServer, user: BankClient, caplog: pytest.LogCaptureFixture
) -> None:
    """What is typed, right or wrong, in the body or by mistake in the address, is not logged."""
    caplog.set_level("DEBUG")
    addresses = demo_server.addresses
    page = user.submit_pin(addresses, WRONG_PIN, user.to_pin_page(addresses).token)
    user.submit_pin(addresses, DEMO_PIN, page.token)
    user.get(f"{addresses.logon}/biznet/pin?pin={DEMO_PIN}")
    written = "".join(entry.line() for entry in demo_server.log.entries) + caplog.text
    assert "POST /biznet/pin" in written
    for secret in (DEMO_PIN, WRONG_PIN):
        assert secret not in written


def test_log_lines_cannot_be_forged(demo_server: DemoServer, user: BankClient) -> None:
    """A path with an encoded line feed stays one line."""
    user.get(f"{demo_server.addresses.front}/x%0aPOST%20/biznet/pin")
    assert "\n" not in demo_server.log.entries[-1].line()
