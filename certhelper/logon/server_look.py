"""Looking at a server over a connection of our own, where the profile says what to expect of it.

The engine shows the certificates of a server only where it refuses them.  So the expectation is
held against a connection of our own, which takes the same way as the engine's and carries nothing
but the handshake.  What that guards against, and what not, is said in docs/session.md.
"""

from __future__ import annotations

from certhelper.bank import Bank
from certhelper.logon import issuers, server_identity
from certhelper.logon.facts import ServerExamined
from certhelper.logon.issuers import Connect, connect_directly

NOT_EXAMINED = "server-not-examined"


def examine(
    bank: Bank, host: str, port: int, connect: Connect = connect_directly
) -> ServerExamined:
    """Look once; takes up to the time limit of :mod:`~certhelper.logon.issuers`.

    A server that cannot be looked at is refused as one that is not as expected would be.
    """
    from certhelper.logon import server_trust  # brings cryptography, which other log-ons never need

    chain = issuers.look(host, port, connect=connect).chain
    if not chain:
        return ServerExamined(host, port, NOT_EXAMINED, {"host": host})
    roots = server_trust.roots_of(bank)
    if server_trust.is_as_expected(bank, chain, roots):
        return ServerExamined(host, port)
    by_own_root = server_trust.is_by_own_root(chain, roots)
    verdict = server_identity.unexpected(f"https://{host}:{port}", chain, by_own_root=by_own_root)
    return ServerExamined(host, port, verdict.code, verdict.detail)
