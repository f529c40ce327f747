"""Which bank's profile the window works with, and what it asks the person about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper import banks, failures, logon_address
from certhelper.bank import Bank
from certhelper.banks import Found, Origin
from certhelper.failures import FailedError
from certhelper.settings import SettingsFile
from certhelper.texts import text

FindBank = Callable[[], Found]


class BankChoice(QObject):
    """Finds the profile, asks for trust and for the log-on address where they are missing.

    ``found`` is sent when the window can go on; ``refused`` carries a :class:`FailedError` when
    it cannot; ``changed`` after the address was given; ``noticed`` carries something to be said,
    ``failed`` what failed (:class:`Told`) and does not hold up the window.
    """

    found = Signal()
    refused = Signal(object)
    changed = Signal()
    noticed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        settings: SettingsFile,
        find_bank: FindBank,
        agreed_hash: str | None = None,
    ) -> None:
        """``agreed_hash`` is the SHA-256 of a profile that the person agreed to beforehand."""
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._find_bank = find_bank
        self._agreed_hash = agreed_hash
        self.bank: Bank
        self._origin = Origin.SHIPPED
        self._shipped: Bank

    def find(self) -> None:
        """Find the profile; ends with ``found`` or ``refused``, perhaps after a question."""
        try:
            found = self._find_bank()
        except FailedError as error:
            self.refused.emit(error)
            return
        try:
            # A file that was named counts as the person's word; it is shown in the window.
            if found.origin is not Origin.FILE:
                banks.check_trusted(found, self._agreed_hash)
        except banks.UntrustedProfileError as error:
            self._ask_for_trust(found, error)
        else:
            self._take(found)

    @property
    def command_line(self) -> list[str]:
        """How a child finds the very same profile."""
        if self._origin is Origin.FILE or self.has_given_address:
            return ["--bank", str(self.bank.source.resolve())]
        trusted = ["--trust-profile", self.bank.sha256] if self._origin is Origin.USER else []
        return ["--bank", self.bank.id, *trusted]

    @property
    def has_given_address(self) -> bool:
        """Whether the log-on address is the one that the person gave."""
        return bool(self.bank.site.start_url) and not self._shipped.site.start_url

    @property
    def needs_address(self) -> bool:
        return not self.bank.site.start_url

    @property
    def remark(self) -> str:
        """Where the profile comes from and leads to, where a person should know; else empty."""
        if self.has_given_address:
            return text("desktop.origin.address", host=logon_address.host_of(self._address))
        if self._origin in (Origin.USER, Origin.FILE):
            hosts = ", ".join(self.bank.site.certificate_hosts) or "-"
            return text("desktop.origin.file", file=self.bank.source.name, hosts=hosts)
        return ""

    def ask_address(self, then: Callable[[], None] | None = None) -> None:
        """Ask for the log-on address; ``then`` is called once it is agreed to."""
        from certhelper.desktop.dialogs import AddressDialog

        known = self._settings.settings.logon_addresses.get(self.bank.id, "")
        dialog = AddressDialog(known, logon_address.host_of, self._window)

        def agreed(address: str) -> None:
            if not self._use_address(address):
                return
            self._keep_address(address)
            self.changed.emit()
            if then is not None:
                then()

        dialog.agreed.connect(agreed)
        dialog.open()

    @property
    def _address(self) -> str:
        return self.bank.site.start_url

    def _take(self, found: Found) -> None:
        self._origin = found.origin
        self.bank = self._shipped = found.bank
        address = self._settings.settings.logon_addresses.get(found.bank.id)
        if address and self.needs_address:
            self._use_address(address)
        self.found.emit()

    def _use_address(self, address: str) -> bool:
        folder = self._settings.path.parent
        try:
            self.bank = logon_address.with_address(self._shipped, address, folder)
        except FailedError as error:
            self.failed.emit(failures.told(error))
        except OSError as error:
            detail = error.strerror or str(error)
            self.noticed.emit(text("desktop.notice.address", detail=detail))
        else:
            return True
        return False

    def _keep_address(self, address: str) -> None:
        bank_id = self.bank.id
        try:
            self._settings.change(lambda kept: kept.logon_addresses.update({bank_id: address}))
        except OSError as error:
            self._say_not_kept(error)

    def _ask_for_trust(self, found: Found, error: FailedError) -> None:
        """A profile from the user's folder says where a PIN goes: show that, and ask once."""
        from certhelper.desktop.dialogs import ask

        box = ask(
            self._window,
            text("desktop.ask.profile-title"),
            text(
                "desktop.ask.profile",
                name=found.bank.name,
                file=str(found.bank.source),
                hosts=banks.hosts(found.bank),
            ),
            text("desktop.ask.profile-go-on"),
        )

        def agreed() -> None:
            try:
                banks.trust(found.bank)
            except OSError as problem:
                self._say_not_kept(problem)
            self._take(found)

        box.accepted.connect(agreed)
        box.rejected.connect(lambda: self.refused.emit(error))
        box.open()

    def _say_not_kept(self, error: OSError) -> None:
        detail = error.strerror or str(error)
        self.noticed.emit(text("desktop.notice.not-kept", detail=detail))
