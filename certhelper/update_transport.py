"""Gets the small document of :mod:`certhelper.update_check`; imported only where that is asked for.

One plain GET: no cookie, no name or version of anything, no login from a ``.netrc``, no redirect
followed.  The proxy of the settings is used, and the roots that the system trusts besides
certifi's, for firms whose proxy inspects TLS.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from certhelper import system_trust
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.update_check import LONGEST_ANSWER, not_checked

_WAIT_SECONDS: Final = 10.0
"""For the connection, and for each piece of the answer."""

_ALL_SECONDS: Final = 30.0
"""For the whole answer: a server that sends drop by drop is left."""

_SYSTEM: Final = ProxyChoice()
_HEADERS: Final = {
    "User-Agent": "certhelper",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


class _SystemTrust(HTTPAdapter):
    """Trusts what the system trusts."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named, ssl_context=system_trust.context())

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, **named, ssl_context=system_trust.context())


def fetch(url: str, choice: ProxyChoice = _SYSTEM) -> bytes:
    """Return the body of the answer, got by the proxy of ``choice``.

    A PAC script is not run here: with one nothing is asked.

    Raises :class:`~certhelper.failures.FailedError` (``update-not-checked``) for every failure,
    with the kind of it and none of its words, which may hold a proxy's password.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _SystemTrust(max_retries=0))
            session.headers.clear()
            session.headers.update(_HEADERS)
            with session.get(
                url,
                proxies=_proxies(url, choice),
                timeout=_WAIT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _body(response)
    except (requests.RequestException, OSError, ValueError) as error:
        raise not_checked(type(error).__name__) from error


def _proxies(url: str, choice: ProxyChoice) -> dict[str, str]:
    match choice.mode:
        case ProxyMode.SYSTEM:
            return requests.utils.get_environ_proxies(url)
        case ProxyMode.NONE:
            return {}
        case ProxyMode.MANUAL:
            return {"https": f"http://{choice.address}"}
        case ProxyMode.PAC:
            raise not_checked("PAC")


def _body(response: requests.Response) -> bytes:
    if response.status_code != requests.codes.ok:
        raise not_checked(f"HTTP {response.status_code}")
    if "Content-Encoding" in response.headers:  # not asked for; it could unpack to any length
        raise not_checked("packed")
    end = monotonic() + _ALL_SECONDS
    body = bytearray()
    for octet in response.iter_content(1):  # so that the time is looked at however slow they come
        body += octet
        if len(body) > LONGEST_ANSWER:
            raise not_checked("too long")
        if monotonic() > end:
            raise not_checked("too slow")
    return bytes(body)
