"""This PC's own store on Windows: the person's ``MY``, with a key container of its own."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from certhelper.failures import FailedError
from certhelper.selftest import temporary
from certhelper.selftest.record import Record
from certhelper.stores import registry
from certhelper.windows.library import WindowsCallError

if TYPE_CHECKING:
    from certhelper.demo.authority import Issued


class WindowsPlace:
    """The store that Windows calls ``CurrentUser``, ``MY``."""

    kind = "windows"

    def __init__(self) -> None:
        [self.store] = registry.stores_of_this_pc()[:1]

    def refusal(self) -> str | None:
        """Nothing is known beforehand that would forbid it."""
        return None

    def plan(self, record: Record, certificate: bytes) -> None:
        """Write into ``record`` what :meth:`put` is going to make."""
        from certhelper.windows import own_store

        record.kind, record.certificate = self.kind, certificate
        record.container = own_store.new_container()

    def put(self, issued: Issued, record: Record) -> None:
        """Put it there.  Raises :class:`FailedError` (``selftest-not-put``)."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        from certhelper.windows import own_store

        assert isinstance(issued.key, RSAPrivateKey)
        try:
            own_store.put(issued.der, issued.key, temporary.LABEL, container=record.container)
        except WindowsCallError as error:
            raise FailedError("selftest-not-put", detail=str(error)) from error

    def remove(self, record: Record) -> None:
        """Undo :meth:`put`, or what was begun of it.

        A certificate goes only when its key is in a container of ours, besides being the very one.
        Raises :class:`FailedError` (``selftest-not-put``).
        """
        from certhelper.windows import own_store

        try:
            own_store.undo(sha256(record.certificate).hexdigest(), record.container)
        except (WindowsCallError, LookupError) as error:
            raise FailedError("selftest-not-put", detail=str(error)) from error
