"""What the window does with what is found out beyond the stores."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, SignalInstance

from certhelper import failures
from certhelper.check_facts import check_facts
from certhelper.desktop import gone
from certhelper.desktop.answers import could_be_used
from certhelper.desktop.checking import Checker, Means
from certhelper.desktop.frame import Frame
from certhelper.desktop.key_opening import KeyOpenings
from certhelper.desktop.logons import Logons
from certhelper.desktop.selection import Facts
from certhelper.failures import FailedError
from certhelper.listing import Listing
from certhelper.standing import Judged
from certhelper.stores.base import Installed, Store
from certhelper.texts import text


class FindingOut(QObject):
    """Between the checker and the parts of the window.

    ``refused`` carries what is wrong (:class:`Told`) with a certificate whose secret was asked for,
    and the SHA-256 of that certificate.
    """

    refused = Signal(object, str)

    def __init__(
        self, checker: Checker, means: Means, frame: Frame, logons: Logons, keys: KeyOpenings
    ) -> None:
        super().__init__(checker)
        self._checker = checker
        self._means = means
        self._frame = frame
        self._logons = logons
        self._keys = keys
        checker.progress.connect(self._say_progress)
        checker.revoked.connect(self._say_revoked)

    def take_listing(self, listing: Listing) -> None:
        """End what waits for a PIN of, or with, a token that was pulled, and tell why."""
        for installed in self._asked_about():
            on_token = installed.token is not None
            if on_token and gone.is_gone(installed, listing.readings):
                self._refuse(installed.certificate.sha256, gone.error_of(installed))

    def is_urgent(self, store: Store) -> bool:
        """Whether what stands open is about a token of this store."""
        return any(gone.is_on_token_of(one, store) for one in self._asked_about())

    def _asked_about(self) -> list[Installed]:
        asked = self._keys.waiting
        return [*([asked] if asked is not None else []), *self._logons.waiting]

    @property
    def changed(self) -> SignalInstance:
        """Sent when :meth:`facts` may tell more."""
        return self._checker.changed

    def facts(self, judged: Judged) -> Facts:
        """What is known of somebody's certificate, or why nobody has asked."""
        if judged.holder is None:
            return ()
        not_asked = "not-asked" if self._means.may_ask else "switched-off"
        if not could_be_used(judged):
            not_asked = "not-worth-asking"
        installed = judged.installed
        kind = installed.store.partition(":")[0]
        return tuple(check_facts(self._checker.answers.about(installed), not_asked, kind))

    def _say_progress(self, name: str) -> None:
        self._frame.show_checking(text(f"checking.progress.{name}") if name else "")

    def _say_revoked(self, sha256: str) -> None:
        """Before a PIN is sent in vain, which the bank would count."""
        self._refuse(sha256, FailedError("certificate-revoked"))

    def _refuse(self, sha256: str, error: FailedError) -> None:
        if self._keys.asks_for(sha256):
            self._keys.close()
            self.refused.emit(failures.told(error), sha256)
        self._logons.refuse(sha256, error)
