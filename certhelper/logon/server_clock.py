"""What time a server says it is, and how far this PC's clock is from it.

A server that was refused is asked for nothing but its ``Date`` (RFC 9110 section 6.6.1), over a
connection that carries no cookie, no certificate and no path of the person's.  Nobody has vouched
for the answer: it explains a refusal, and the person is told to look at another clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from certhelper import texts
from certhelper.logon.issuers import Connect, Secure, connect_directly, opened

TIME_LIMIT_S = 5.0
_LONGEST_HEAD = 16 * 1024  # octets; longer than any server's headers
_CHUNK = 4096

_UNITS = (  # the largest unit of which there are at least two
    ("years", timedelta(days=365)),
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
)


def ask(host: str, port: int, connect: Connect = connect_directly) -> datetime | None:
    """Return the server's time, aware, in UTC; ``None`` when it does not say.  Never raises."""
    from OpenSSL import SSL

    try:
        with opened(host, port, TIME_LIMIT_S, connect) as secure:
            secure.shake_hands()
            return ask_over(secure, host, port)
    except (OSError, SSL.Error, UnicodeError):
        return None


def ask_over(secure: Secure, host: str, port: int) -> datetime | None:
    """As :func:`ask`, over a connection after its handshake, which is of no use afterwards.

    Raises ``OSError``, ``OpenSSL.SSL.Error``, ``UnicodeError``.
    """
    from OpenSSL import SSL

    request = f"HEAD / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    head = b""
    try:
        secure.insist(lambda: secure.connection.sendall(request.encode("ascii")))
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            head += secure.insist(lambda: secure.connection.recv(_CHUNK))
    except SSL.ZeroReturnError:
        pass  # the server has said all it wanted to say
    return date_in(head)


def date_in(head: bytes) -> datetime | None:
    """Return the moment of the ``Date`` header in the head of an HTTP answer, if it is one."""
    for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"date":
            return read(value)
    return None


def read(value: bytes) -> datetime | None:
    """Return the moment of a ``Date`` header's value, aware, in UTC; ``None`` when it is none."""
    try:
        said = parsedate_to_datetime(value.decode("ascii").strip())
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def about(now: datetime, right: datetime) -> str:
    """How far ``now`` is from the right time, in words: ``約3日遅れています``."""
    return _said("about", now, right)


def at_least(now: datetime, earliest: datetime) -> str:
    """As :func:`about`, where only the earliest possible time is known."""
    return _said("at-least", now, earliest)


def _said(how: str, now: datetime, right: datetime) -> str:
    difference = abs(now - right)
    unit, size = next((one for one in _UNITS if difference >= 2 * one[1]), _UNITS[-1])
    number = max(1, round(difference / size))
    amount = texts.text(f"server.{how}", amount=texts.text(f"server.{unit}", number=number))
    return texts.text("server.ahead" if now > right else "server.behind", amount=amount)
