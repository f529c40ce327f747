"""How far a connection came, by the errors of the systems."""

from __future__ import annotations

import errno
import socket

import pytest

from certhelper.diagnosis.network import reach
from certhelper.diagnosis.network.reach import Reach
from certhelper.logon.proxy import ProxyRefusedError, ProxyUnreachableError, WayUnknownError


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(socket.EAI_NONAME, ""), Reach.NOT_FOUND),
        (socket.gaierror(socket.EAI_AGAIN, ""), Reach.NO_DNS),
        (TimeoutError(), Reach.NO_ANSWER),
        (ConnectionRefusedError(), Reach.REFUSED),
        (OSError(errno.ENETUNREACH, ""), Reach.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, ""), Reach.UNREACHABLE),
        (ProxyUnreachableError(name_found=True), Reach.PROXY_UNREACHABLE),
        (ProxyUnreachableError(name_found=False), Reach.PROXY_NOT_FOUND),
        (ProxyRefusedError(407), Reach.PROXY_PASSWORD),
        (ProxyRefusedError(403), Reach.PROXY_REFUSED),
        (WayUnknownError(), Reach.WAY_UNKNOWN),
    ],
)
def test_each_error_has_its_meaning(error: OSError, found: Reach) -> None:
    """Whose fault it is follows from that."""
    assert reach.of_error(error) is found


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("192.168.0.1", True),
        ("127.0.0.1", True),
        ("0.0.0.0", True),  # what filters answer with; nothing listens here
        ("100.64.0.1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("2606:4700::1111", False),
        ("nonsense", True),
    ],
)
def test_an_address_of_the_inner_network_is_known(address: str, inner: bool) -> None:
    """What is shown of it to others depends on that; what cannot be read is kept inside."""
    assert reach.is_inner(address) is inner


def test_a_host_is_asked_for_what_it_can_have() -> None:
    """An address is of one protocol; a name may be of both."""
    assert reach.families_of("www.bank.example") == (socket.AF_INET, socket.AF_INET6)
    assert reach.families_of("192.0.2.7") == (socket.AF_INET,)
    assert reach.families_of("2001:db8::7") == (socket.AF_INET6,)
    assert reach.families_of("login.bank.localhost") == (socket.AF_INET,)


def test_a_name_that_is_no_name() -> None:
    """The resolver's own refusal is no crash."""
    line = reach.directly("a" * 70 + ".example", 443, socket.AF_INET, 1.0)
    assert line == reach.Line((), Reach.NOT_FOUND)
