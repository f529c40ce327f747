"""The profile of one bank's service: whose certificates, which pages, where a PIN may go.

A profile is code-like: it decides where a certificate and a PIN are sent.  It is checked whole
when it is read, and a mistake is reported with its key and what is allowed there.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

from certhelper import distinguished_name, failures, subject_pattern, texts
from certhelper.failures import WrongUseError
from certhelper.safe_text import safe

HTTPS_PORT = 443
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EXACT_HOST = rf"{_HOST}(?::[0-9]{{1,5}})?"
_ALLOWED_HOST = rf"(?:\*\.)?{_HOST}(?::[0-9]{{1,5}})?"

ID = r"[a-z0-9][a-z0-9-]{0,62}"
"""How the id of a profile is written."""

_NEEDED = ("schema", "id", "name")
_KINDS = {str: "must-be-text", int: "must-be-number", dict: "must-be-table"}
_LONGEST_NAME = 200  # characters
_LONGEST_PIN = 64  # characters; more than any bank has
_LONGEST_WINDOW = 3660  # days
_LONGEST_IDLE = 24 * 60  # minutes
_PIN = r"[A-Za-z0-9+/]{43}="  # 32 octets in base64
_CHOICES = {
    "characters": ("alphanumeric", "digits"),
    "entry": ("fill", "keys", "page"),
}

Markers = tuple[str, ...]
_Table = TypeVar("_Table", bound=NamedTuple)


class ProfileError(WrongUseError):
    """A profile that cannot be used; ``facts`` name the file, the key and what is allowed."""


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


class _Document(NamedTuple):
    schema: int = 0
    id: str = ""
    name: str = ""
    certificates: Certificates = Certificates()
    site: Site = Site()
    pages: Pages = Pages()
    pin: PinRule = PinRule()
    help: Help = Help()


class Bank(NamedTuple):
    """A checked profile, with where it came from and the hash that a trust decision binds to."""

    id: str
    name: str
    certificates: Certificates
    site: Site
    pages: Pages
    pin: PinRule
    help: Help
    source: Path
    sha256: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and check a profile.

        Raises :class:`ProfileError` with code ``profile-unreadable`` or ``profile-mistake``.
        """
        try:
            octets = path.read_bytes()
        except OSError as error:
            raise ProfileError(
                "profile-unreadable", file=str(path), detail=error.strerror or ""
            ) from error
        return cls.parse(octets, path)

    @classmethod
    def parse(cls, octets: bytes, source: Path) -> Self:
        """Check a profile's text.  Raises as :meth:`read`."""
        table = read_toml(octets, source)
        for key in _NEEDED:
            if key not in table:
                raise mistake(source, key, "missing")
        document = _filled(_Document, table, source)
        _check(document, source)
        return cls(
            id=document.id,
            name=document.name,
            certificates=document.certificates,
            site=document.site,
            pages=document.pages,
            pin=document.pin,
            help=document.help,
            source=source,
            sha256=_hash(octets, document, source),
        )

    def allows(self, scheme: str, host: str, port: int) -> bool:
        """Whether the session window may load from this place: an allowed host, over TLS."""
        if scheme not in ("https", "wss"):
            return False
        return any(_host_matches(entry, host, port) for entry in self._all_allowed())

    def may_send_certificate(self, host: str, port: int) -> bool:
        """Whether this server may be sent a client certificate: an exact match only."""
        return any(_split(entry) == (host.lower(), port) for entry in self.site.certificate_hosts)

    def trusted_files(self) -> list[Path]:
        """Paths of the extra roots, which stand beside the profile."""
        return [self.source.parent / name for name in self.site.trusted_certificates]

    def _all_allowed(self) -> tuple[str, ...]:
        return self.site.allowed_hosts + self.site.certificate_hosts


def mistake(source: Path, key: str, name: str, **facts: object) -> ProfileError:
    """Return the error of one key; ``name`` is a text of ``resources/texts/profile.toml``.

    An empty ``key`` stands for the whole file.  The facts may come from the file as they are.
    """
    shown = {fact: safe(str(value)) for fact, value in facts.items()}
    return ProfileError(
        "profile-mistake",
        file=safe(str(source)),
        key=safe(key) or texts.text("profile.whole"),
        problem=texts.text(f"profile.{name}", **shown),
    )


def read_toml(octets: bytes, source: Path) -> dict[str, Any]:
    """Return the tables of a file.  Raises :class:`ProfileError` for what is no TOML."""
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise mistake(source, "", "not-utf-8", detail=error) from error
    except ValueError as error:  # no TOML, or a number of thousands of digits
        raise mistake(source, "", "not-toml", detail=error) from error
    except RecursionError as error:
        raise mistake(source, "", "too-deep") from error


def _filled(kind: type[_Table], table: dict[str, Any], source: Path, path: str = "") -> _Table:
    """Fill a table of the profile; the defaults of ``kind`` say what each key holds.

    An unknown key is a mistake, because a misspelt rule is no rule.
    """
    defaults = kind._field_defaults
    values = dict(defaults)
    for key, value in table.items():
        if key not in defaults:
            allowed = ", ".join(defaults)
            raise mistake(source, f"{path}{key}", "unknown-key", allowed=allowed)
        values[key] = _checked(value, defaults[key], source, f"{path}{key}")
    return kind._make(values[key] for key in kind._fields)


def _checked(value: Any, default: Any, source: Path, key: str) -> Any:
    if key == "pages.failures" and isinstance(value, list):
        return tuple(
            _filled(FailurePage, _checked(one, {}, source, f"{key}[{index}]"), source, f"{key}.")
            for index, one in enumerate(value)
        )
    if isinstance(default, (str, int, dict)):
        kind = type(default)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise mistake(source, key, _KINDS[kind])
        return value
    if hasattr(default, "_fields"):
        return _filled(type(default), _checked(value, {}, source, key), source, f"{key}.")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise mistake(source, key, "must-be-list")
    return tuple(value)


def _check(document: _Document, source: Path) -> None:
    _check_values(document, source)
    _check_pattern(document, source)
    site = document.site
    for index, host in enumerate(site.certificate_hosts):
        if not re.fullmatch(_EXACT_HOST, host) or not 0 < _split(host)[1] < 65536:
            key = f"site.certificate_hosts[{index}]"
            raise mistake(source, key, "certificate-host", given=host)
    for index, host in enumerate(site.allowed_hosts):
        key = f"site.allowed_hosts[{index}]"
        plain = host.removeprefix("*.")
        if not re.fullmatch(_ALLOWED_HOST, host) or not 0 < _split(plain)[1] < 65536:
            raise mistake(source, key, "allowed-host", given=host)
        if host.startswith("*.") and "." not in _split(plain)[0]:
            raise mistake(source, key, "wildcard-too-wide", given=host)
    for key in ("start_url", "obtain_url", "id_logon_url", "administrator_url"):
        _check_address(getattr(site, key), f"site.{key}", source)
    for index, name in enumerate(site.trusted_certificates):
        if Path(name).name != name or name in ("", ".", "..") or not name.isprintable():
            key = f"site.trusted_certificates[{index}]"
            raise mistake(source, key, "file-beside", given=name)
    _check_servers(site, source)
    _check_pages(document.pages, source)
    for index, page in enumerate(document.pages.failures):
        if not page.markers:
            raise mistake(source, f"pages.failures[{index}].markers", "no-marker")
        if not failures.is_known(page.code):
            key = f"pages.failures[{index}].code"
            raise mistake(source, key, "failure-code", given=page.code)


def _check_servers(site: Site, source: Path) -> None:
    if any(not fragment.strip() for fragment in site.server_issuers):
        raise mistake(source, "site.server_issuers", "empty-issuer")
    for index, pin in enumerate(site.server_keys):
        if not re.fullmatch(_PIN, pin):
            raise mistake(source, f"site.server_keys[{index}]", "server-key", given=pin)
    if len(site.user_agent) > _LONGEST_NAME or not re.fullmatch(r"[ -~]*", site.user_agent):
        raise mistake(source, "site.user_agent", "user-agent", most=_LONGEST_NAME)
    if not 0 <= site.idle_minutes <= _LONGEST_IDLE:
        raise mistake(source, "site.idle_minutes", "range", least=0, most=_LONGEST_IDLE)


def _check_pages(pages: Pages, source: Path) -> None:
    named = [(f"pages.{name}", getattr(pages, name)) for name in ("logon", "pin", "top", "other")]
    named += [(f"pages.failures[{index}]", page) for index, page in enumerate(pages.failures)]
    for key, page in named:
        if any(not marker.strip() for marker in page.markers):
            # An empty text stands on every page: every page would be the top page.
            raise mistake(source, f"{key}.markers", "empty-text")
    action = pages.pin.form_action
    if action and not action.startswith("/"):
        raise mistake(source, "pages.pin.form_action", "path")


def _check_values(document: _Document, source: Path) -> None:
    if document.schema != 1:
        raise mistake(source, "schema", "schema")
    if not re.fullmatch(ID, document.id):
        raise mistake(source, "id", "id")
    if not 1 <= len(document.name) <= _LONGEST_NAME:
        raise mistake(source, "name", "length", most=_LONGEST_NAME)
    if not 0 <= document.certificates.renewal_window_days <= _LONGEST_WINDOW:
        key = "certificates.renewal_window_days"
        raise mistake(source, key, "range", least=0, most=_LONGEST_WINDOW)
    pin = document.pin
    for key, choices in _CHOICES.items():
        if getattr(pin, key) not in choices:
            raise mistake(source, f"pin.{key}", "choice", allowed=", ".join(choices))
    if not 1 <= pin.minimum_length <= _LONGEST_PIN:
        raise mistake(source, "pin.minimum_length", "range", least=1, most=_LONGEST_PIN)
    if not pin.minimum_length <= pin.maximum_length <= _LONGEST_PIN:
        facts = {"least": pin.minimum_length, "most": _LONGEST_PIN}
        raise mistake(source, "pin.maximum_length", "range", **facts)


def _check_pattern(document: _Document, source: Path) -> None:
    rules = document.certificates
    try:
        subject_pattern.check(rules.subject_pattern)
    except subject_pattern.PatternError as error:
        raise mistake(
            source, "certificates.subject_pattern", error.code, detail=error.detail
        ) from error
    if distinguished_name.identifier_of(rules.subject_attribute) is None:
        allowed = ", ".join(distinguished_name.ATTRIBUTE_TYPES)
        key = "certificates.subject_attribute"
        raise mistake(source, key, "attribute", allowed=allowed)
    if any(not fragment.strip() for fragment in rules.issuers):
        raise mistake(source, "certificates.issuers", "empty-issuer")


def _check_address(address: str, key: str, source: Path) -> None:
    if not address:
        return
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise mistake(source, key, "address-unreadable", detail=error) from error
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise mistake(source, key, "address")
    if parts.username is not None or parts.password is not None:
        raise mistake(source, key, "address-with-user")


def _split(entry: str) -> tuple[str, int]:
    host, _, port = entry.partition(":")
    return host, int(port) if port else HTTPS_PORT


def _host_matches(entry: str, host: str, port: int) -> bool:
    wanted_host, wanted_port = _split(entry.removeprefix("*."))
    if port != wanted_port:
        return False
    given = host.lower()
    if entry.startswith("*."):
        return given.endswith("." + wanted_host)
    return given == wanted_host


def _hash(octets: bytes, document: _Document, source: Path) -> str:
    """Hash the profile and its roots: a changed root must ask for trust again."""
    digest = hashlib.sha256(octets)
    for name in document.site.trusted_certificates:
        try:
            digest.update(b"\0" + (source.parent / name).read_bytes())
        except OSError as error:
            raise ProfileError(
                "profile-unreadable",
                file=str(source.parent / name),
                detail=error.strerror or "",
            ) from error
    return digest.hexdigest()


def to_dict(bank: Bank) -> dict[str, Any]:
    """The profile's tables as plain values (for a child process or a report)."""
    return {
        key: _plain(getattr(bank, key)) for key in ("certificates", "site", "pages", "pin", "help")
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return {key: _plain(inner) for key, inner in zip(value._fields, value, strict=True)}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
