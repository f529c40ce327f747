"""What a bank's profile can say, table by table, with what holds where it says nothing."""

# Not ``from __future__ import annotations``: every start would compile those of the tuples anew.

from typing import NamedTuple

Markers = tuple[str, ...]


class Certificates(NamedTuple):
    """Which certificates belong to this bank and how its names are read."""

    issuers: tuple[str, ...] = ()
    subject_attribute: str = "CN"
    subject_pattern: str = r"(?P<contract>[0-9]{14})(?:[ _-](?P<user>[0-9A-Za-z]{1,30}))?"
    renewal_window_days: int = 30


class Site(NamedTuple):
    """Addresses.  ``certificate_hosts`` are exact; only they are ever sent a certificate.

    ``server_issuers`` are fragments of the names of the CAs that issue for the bank's servers, and
    ``server_keys`` SHA-256 pins of public keys in their chains (base64, RFC 7469 section 2.4);
    where either is given, one of them must be met.  ``user_agent`` is sent instead of the engine's
    own; ``idle_minutes`` after so long without a page the bank ends a session (0: not known).
    """

    start_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    certificate_hosts: tuple[str, ...] = ()
    trusted_certificates: tuple[str, ...] = ()
    obtain_url: str = ""
    id_logon_url: str = ""
    administrator_url: str = ""
    server_issuers: tuple[str, ...] = ()
    server_keys: tuple[str, ...] = ()
    user_agent: str = ""
    idle_minutes: int = 0


class StartPage(NamedTuple):
    link_text: str = ""


class LogonPage(NamedTuple):
    markers: Markers = ()
    link_text: str = ""


class PinPage(NamedTuple):
    markers: Markers = ()
    form_action: str = ""
    field: str = ""


class MarkedPage(NamedTuple):
    markers: Markers = ()


class LogoffLink(NamedTuple):
    """What ends the bank's own session when it is clicked, on whatever page it stands."""

    link_text: str = ""


class FailurePage(NamedTuple):
    code: str = ""
    markers: Markers = ()


class Pages(NamedTuple):
    start: StartPage = StartPage()
    logon: LogonPage = LogonPage()
    pin: PinPage = PinPage()
    top: MarkedPage = MarkedPage()
    other: MarkedPage = MarkedPage()
    logoff: LogoffLink = LogoffLink()
    failures: tuple[FailurePage, ...] = ()


class PinRule(NamedTuple):
    """What the bank accepts as a 利用者暗証番号 and how it is entered."""

    minimum_length: int = 4
    maximum_length: int = 12
    characters: str = "alphanumeric"
    entry: str = "fill"

    def accepts(self, character: str) -> bool:
        """Whether one character may be part of the PIN (half-width only)."""
        if not character.isascii():
            return False
        return character.isdigit() if self.characters == "digits" else character.isalnum()


class Help(NamedTuple):
    phone: str = ""
    hours: str = ""


class Document(NamedTuple):
    """A whole profile as it is written."""

    schema: int = 0
    id: str = ""
    name: str = ""
    certificates: Certificates = Certificates()
    site: Site = Site()
    pages: Pages = Pages()
    pin: PinRule = PinRule()
    help: Help = Help()
