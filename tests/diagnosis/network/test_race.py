"""Of a name's addresses the first that answers is taken."""

from __future__ import annotations

import socket

import pytest
from support.networks import Names
from support.raw_servers import AbsentServer, RawServer

from certhelper.diagnosis.network import race


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", made)
    return made


def test_a_refused_address_leaves_the_other(names: Names) -> None:
    """Whichever comes first in the resolver's answer."""
    with RawServer("close") as server:
        for addresses in (("::1", "127.0.0.1"), ("127.0.0.1", "::1")):
            names.known["www.bank.test"] = addresses
            with race.connect("www.bank.test", server.port, 20.0) as made:
                assert made.getpeername()[0] == "127.0.0.1"
                assert made.gettimeout() is None


def test_what_the_last_one_met_is_told(names: Names) -> None:
    """Refused is refused, by the kind of error that every connection has for it."""
    names.known["www.bank.test"] = ("127.0.0.1", "::1")
    with AbsentServer() as absent, pytest.raises(ConnectionRefusedError):
        race.connect("www.bank.test", absent.port, 20.0)


def test_a_name_that_is_unknown(names: Names) -> None:
    """The resolver's own error."""
    names.known["www.bank.test"] = socket.EAI_NONAME
    with pytest.raises(socket.gaierror):
        race.connect("www.bank.test", 443, 20.0)
