"""What WinHTTP says, and what it is told: with its functions replaced, on every system.

Wine's WinHTTP never asks for a certificate and names no fault of a server's certificate, so those
answers of Windows' are played here, at the boundary of the library.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from certhelper.logon import errors, issuers
from certhelper.logon.facts import IssuersProbed, ProbeOutcome
from certhelper.logon.proxy import Route, Way
from certhelper.logon.rehearsal_fetch import (
    CertificateAnswer,
    CertificateWanted,
    Fetched,
    FetchFailed,
    Request,
    Response,
)
from certhelper.logon.rehearsal_windows import WinHttpFetcher, failed
from certhelper.windows import certificate_store, crypt32, server_chain, web_exchange, winhttp
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import WindowsCallError

REQUEST = Request("login.bank.example", 443, "/pin")
NAMES = (b"\x30\x03abc", b"\x30\x01z")
NOT_REACHED = IssuersProbed(ProbeOutcome.UNKNOWN)
Notice = Callable[["FakeWinHttp"], None]


class FakeWinHttp:
    """Answers the functions of winhttp.dll; ``options`` is what was set on the last request."""

    def __init__(self, sent: Notice, *, knows_tls_1_3: bool = True) -> None:
        self._sent = sent
        self._knows_tls_1_3 = knows_tls_1_3
        self.options: dict[int, int | None] = {}
        self.protocols: list[int] = []
        self.freed = 0
        self.is_closed = False
        self._context = 0
        self._kept: list[Any] = []

    def tell(self, status: int, information: Any = None, size: int = 0) -> None:
        """Make a status callback."""
        address = None if information is None else ctypes.addressof(information)
        web_exchange._notify(None, self._context, status, address, size)

    def fail(self, error: int) -> None:
        """End the request with an error."""
        result = winhttp.AsyncResult(0, error)
        self.tell(winhttp.WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, result)

    def send_request(self, *_: object) -> None:
        self._sent(self)

    def receive_response(self, *_: object) -> None:
        assert not self.is_closed
        self.tell(winhttp.WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE)

    def read_data(self, *_: object) -> None:
        self.tell(winhttp.WINHTTP_CALLBACK_STATUS_READ_COMPLETE)

    def set_option(self, handle: int, option: int, value: Any, size: int) -> None:
        if option == winhttp.WINHTTP_OPTION_CLIENT_CERT_CONTEXT:
            self.options[option] = size
            return
        number = value._obj.value if hasattr(value._obj, "value") else 0
        if option == winhttp.WINHTTP_OPTION_SECURE_PROTOCOLS:
            self.protocols.append(number)
            if not self._knows_tls_1_3 and number & winhttp.WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3:
                raise WindowsCallError("WinHttpSetOption", 87)
        elif option == winhttp.WINHTTP_OPTION_CONTEXT_VALUE:
            self._context, self.options, self.is_closed = number, {}, False
        else:
            self.options[option] = number

    def query_option(self, handle: int, option: int, value: Any, size: Any) -> None:
        assert option == winhttp.WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST
        buffers = [ctypes.create_string_buffer(name, len(name)) for name in NAMES]
        blobs = (winhttp.NameBlob * len(buffers))(
            *(winhttp.NameBlob(len(buffer), ctypes.addressof(buffer)) for buffer in buffers)
        )
        names = winhttp.IssuerList(blobs, len(buffers))
        self._kept += [buffers, blobs, names]
        value._obj.contents = names

    def query_headers(self, handle: int, kind: int, _: Any, value: Any, size: Any, __: Any) -> None:
        if not kind & winhttp.WINHTTP_QUERY_FLAG_NUMBER:
            raise WindowsCallError("WinHttpQueryHeaders", winhttp.ERROR_WINHTTP_HEADER_NOT_FOUND)
        value._obj.value = 200

    def close_handle(self, handle: int) -> None:
        if handle == 3:
            self.is_closed = True
            self.tell(winhttp.WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING)

    def global_free(self, _: object) -> None:
        self.freed += 1


def succeed(fake: FakeWinHttp) -> None:
    fake.tell(winhttp.WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[WinHttpFetcher, FakeWinHttp]]:
    """Put a fake in WinHTTP's place and return a fetcher that uses it."""

    def put(sent: Notice, **how: Any) -> tuple[WinHttpFetcher, FakeWinHttp]:
        fake = FakeWinHttp(sent, **how)
        for handle, name in enumerate(("open_session", "connect", "open_request"), 1):
            monkeypatch.setattr(winhttp, name, lambda *_, handle=handle: handle)
        for name in ("set_status_callback", "set_timeouts"):
            monkeypatch.setattr(winhttp, name, lambda *_: None)
        for name in (
            *("send_request", "receive_response", "read_data", "set_option", "query_option"),
            *("query_headers", "close_handle", "global_free"),
        ):
            monkeypatch.setattr(winhttp, name, getattr(fake, name))

        @contextmanager
        def find(fingerprint: str, place: Place) -> Iterator[Any]:
            yield crypt32.CertContext()

        monkeypatch.setattr(certificate_store, "find", find)
        monkeypatch.setattr(issuers, "look", lambda *_: issuers.Look(NOT_REACHED))
        return WinHttpFetcher(Place.LOCAL_MACHINE, ()), fake

    return put


def get(fetcher: WinHttpFetcher, answer: CertificateAnswer | None = None) -> Fetched:
    return fetcher.get(REQUEST, answer, 5.0)


@pytest.mark.parametrize(
    ("way", "access", "proxy"),
    [
        (Route(Way.SYSTEM), winhttp.WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY, None),
        (Route(Way.SCRIPT, script="file:///p"), winhttp.WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY, None),
        (Route(Way.DIRECT), winhttp.WINHTTP_ACCESS_TYPE_NO_PROXY, None),
        (Route(Way.PROXY, "a.example:1"), winhttp.WINHTTP_ACCESS_TYPE_NAMED_PROXY, "a.example:1"),
        (
            Route(Way.PROXY, "a.example:1", bypass=("<local>",)),
            winhttp.WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY,
            None,
        ),
    ],
)
def test_the_proxy_of_the_settings_is_taken(
    play: Any, monkeypatch: pytest.MonkeyPatch, way: Route, access: int, proxy: str | None
) -> None:
    """None and a given one are ours to say; Windows knows the rest."""
    play(succeed)
    opened: list[tuple[object, ...]] = []

    def open_session(*given: object) -> int:
        opened.append(given)
        return 1

    monkeypatch.setattr(winhttp, "open_session", open_session)
    WinHttpFetcher(Place.CURRENT_USER, (), way=way)
    ((_, taken, named, bypass, _),) = opened
    assert (taken, named, bypass) == (access, proxy, None)


def test_windows_tells_of_the_request_and_whose_certificates_it_takes(play: Any) -> None:
    """12044 is no failure: the issuers are read from Windows' own structure, which is freed."""
    fetcher, fake = play(lambda fake: fake.fail(winhttp.ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED))
    assert get(fetcher) == CertificateWanted(NAMES)
    assert winhttp.WINHTTP_OPTION_CLIENT_CERT_CONTEXT not in fake.options
    assert fake.freed == 1


def test_the_context_itself_is_given_to_windows_or_nothing_at_all(play: Any) -> None:
    """A chosen certificate goes as ``PCCERT_CONTEXT``; "none" is said as such."""
    fetcher, fake = play(succeed)
    assert isinstance(get(fetcher, CertificateAnswer("ab" * 32)), Response)
    option = winhttp.WINHTTP_OPTION_CLIENT_CERT_CONTEXT
    assert fake.options[option] == ctypes.sizeof(crypt32.CertContext)
    assert isinstance(get(fetcher, CertificateAnswer(None)), Response)
    assert fake.options[option] == 0


def test_windows_sends_nothing_and_goes_nowhere_by_itself(play: Any) -> None:
    """No redirect, no credentials, no second try, and nothing of the server's check is waived."""
    fetcher, fake = play(succeed)
    get(fetcher)
    assert fake.options == {
        winhttp.WINHTTP_OPTION_DISABLE_FEATURE: 0x2 | 0x4 | 0x8,
        winhttp.WINHTTP_OPTION_REDIRECT_POLICY: 0,
        winhttp.WINHTTP_OPTION_AUTOLOGON_POLICY: 2,
        winhttp.WINHTTP_OPTION_CONNECT_RETRIES: 1,
    }


def test_a_windows_without_tls_1_3_is_asked_for_1_2_alone(play: Any) -> None:
    """An older Windows 10 refuses the option; nothing below 1.2 is allowed then either."""
    _, fake = play(succeed, knows_tls_1_3=False)
    assert fake.protocols == [0x2800, 0x800]


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (0x8, "server-authority-unknown"),
        (0x10, "server-name-mismatch"),
        (0x20, "server-date-invalid"),
        (0x8 | 0x20, "server-authority-unknown"),
        (0x1, "server-revocation-unknown"),
        (0x2, "server-certificate-invalid"),
        (0x4, "server-certificate-revoked"),
        (0x40, "server-certificate-invalid"),
        (0x80000000, "tls-failed"),
    ],
)
def test_the_fault_of_a_server_s_certificate_is_named(play: Any, flags: int, code: str) -> None:
    """WinHTTP tells it in a callback of its own, ahead of the error."""

    def refuse(fake: FakeWinHttp) -> None:
        fake.tell(winhttp.WINHTTP_CALLBACK_STATUS_SECURE_FAILURE, ctypes.c_uint32(flags), 4)
        fake.fail(winhttp.ERROR_WINHTTP_SECURE_FAILURE)

    fetcher, _ = play(refuse)
    found = get(fetcher)
    assert isinstance(found, FetchFailed)
    assert errors.code_of(found.error) == code
    assert found.by_server_certificate is (code != "tls-failed")
    assert "12175" in found.own_error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (12002, "no-answer"),
        (12007, "host-not-found"),
        (12029, "connection-refused"),
        (12030, "connection-reset"),
        (12152, "connection-reset"),
        (12157, "tls-failed"),
        (12037, "server-date-invalid"),
        (12038, "server-name-mismatch"),
        (12045, "server-authority-unknown"),
        (12170, "server-certificate-revoked"),
        (12167, "proxy-failed"),
        (12178, "proxy-failed"),
        (12185, "certificate-key-missing"),
        (12186, "certificate-key-denied"),
        (0x8009000D, "certificate-key-failed"),  # NTE_NO_KEY
        (0x80090331, "tls-failed"),  # SEC_E_ALGORITHM_MISMATCH
        (87, "load-failed"),
    ],
)
def test_every_error_of_winhttp_has_the_code_of_the_browser_s_path(error: int, code: str) -> None:
    """The helpdesk reads one language, whichever way the rehearsal went."""
    found = failed(error)
    assert errors.code_of(found.error) == code
    assert found.own_error in (str(error), f"0x{error:08X}")


def test_an_answer_that_never_comes_ends_with_the_time_limit(play: Any) -> None:
    """The request is closed and Windows has let go of it before anybody goes on."""
    fetcher, _ = play(lambda fake: None)
    before = set(web_exchange._exchanges)
    found = fetcher.get(REQUEST, None, 0.05)
    assert found == FetchFailed(-7)
    assert set(web_exchange._exchanges) == before


def test_a_server_is_judged_where_windows_gives_no_such_notice_too(
    play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the latest before the answer is taken: no own root is ever taken on trust."""
    fetcher, _ = play(succeed)
    monkeypatch.setattr(winhttp, "query_option", lambda *_: None)
    monkeypatch.setattr(crypt32, "free_certificate", lambda context: None)
    monkeypatch.setattr(server_chain, "judge", lambda *_: 0x800B0109)
    fetcher._roots = (b"root",)
    assert get(fetcher) == FetchFailed(-202, "0x800B0109", by_server_certificate=True)


def test_a_refused_server_gets_no_request(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With own roots the chain is judged in WinHTTP's last callback ahead of the request."""
    closed: list[int] = []

    def shake_hands(fake: FakeWinHttp) -> None:
        fake.tell(winhttp.WINHTTP_CALLBACK_STATUS_SENDING_REQUEST)
        assert closed == [3]

    fetcher, fake = play(shake_hands)

    def close(handle: int) -> None:
        closed.append(handle)
        fake.close_handle(handle)

    monkeypatch.setattr(winhttp, "close_handle", close)

    def query(handle: int, option: int, value: Any, size: Any) -> None:
        assert option == winhttp.WINHTTP_OPTION_SERVER_CERT_CONTEXT

    monkeypatch.setattr(winhttp, "query_option", query)
    monkeypatch.setattr(crypt32, "free_certificate", lambda context: None)
    monkeypatch.setattr(server_chain, "judge", lambda *_: 0x800B0109)
    fetcher._roots = (b"root",)
    fetcher._judged.add((REQUEST.host, REQUEST.port))
    found = get(fetcher, CertificateAnswer("ab" * 32))
    assert found == FetchFailed(-202, "0x800B0109", by_server_certificate=True)


@pytest.mark.parametrize("expected", [True, False])
def test_the_profile_s_expectation_is_held_on_winhttp_s_own_connection(
    play: Any, monkeypatch: pytest.MonkeyPatch, expected: bool
) -> None:
    """The chain of the very connection that the request would go over, before it goes."""
    chain = (b"server", b"issuer")
    asked: list[tuple[bytes, ...]] = []
    fetcher, _ = play(succeed)
    monkeypatch.setattr(winhttp, "query_option", lambda *_: None)
    monkeypatch.setattr(crypt32, "free_certificate", lambda context: None)
    monkeypatch.setattr(server_chain, "judge", lambda *_: 0)
    monkeypatch.setattr(server_chain, "shown", lambda _: chain)

    def expecting(host: str, port: int, shown: Sequence[bytes]) -> bool:
        assert (host, port) == (REQUEST.host, REQUEST.port)
        asked.append(tuple(shown))
        return expected

    fetcher._expecting = expecting
    fetcher._judged.add((REQUEST.host, REQUEST.port))
    found = get(fetcher)
    assert asked == [chain]
    if expected:
        assert isinstance(found, Response)
    else:
        refused = FetchFailed(-150, "0x800B0111", by_server_certificate=True, chain=chain)
        assert found == refused
        assert errors.code_of(refused.error) == "server-not-as-expected"


def test_the_profile_s_user_agent_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as in the session window; without one it is the program's own."""
    sent: list[str] = []
    monkeypatch.setattr(
        "certhelper.logon.rehearsal_windows.WebSession", lambda agent, *_: sent.append(agent)
    )
    WinHttpFetcher(Place.CURRENT_USER, ())
    WinHttpFetcher(Place.CURRENT_USER, (), "Mozilla/5.0 Edg/140.0")
    assert "certhelper/" in sent[0]
    assert sent[1] == "Mozilla/5.0 Edg/140.0"
