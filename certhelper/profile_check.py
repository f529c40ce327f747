"""What the values of a profile must be; it is checked whole, before any of it is used."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from certhelper import distinguished_name, failures, hosts, public_suffix, subject_pattern
from certhelper.profile import Document, Pages, Site
from certhelper.profile_reading import mistake

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EXACT_HOST = rf"{_HOST}(?::[0-9]{{1,5}})?"
_ALLOWED_HOST = rf"(?:\*\.)?{_HOST}(?::[0-9]{{1,5}})?"

ID = r"[a-z0-9][a-z0-9-]{0,62}"
"""How the id of a profile is written."""

_LONGEST_NAME = 200  # characters
_LONGEST_PIN = 64  # characters; more than any bank has
_LONGEST_WINDOW = 3660  # days
_LONGEST_IDLE = 24 * 60  # minutes
_PIN = r"[A-Za-z0-9+/]{43}="  # 32 octets in base64
_CHOICES = {
    "characters": ("alphanumeric", "digits"),
    "entry": ("fill", "keys", "page"),
}


def check(document: Document, source: Path) -> None:
    """Raise :class:`~certhelper.profile_reading.ProfileError` for the first mistake."""
    _check_values(document, source)
    _check_pattern(document, source)
    site = document.site
    for index, host in enumerate(site.certificate_hosts):
        if not re.fullmatch(_EXACT_HOST, host) or not 0 < hosts.split(host)[1] < 65536:
            key = f"site.certificate_hosts[{index}]"
            raise mistake(source, key, "certificate-host", given=host)
    for index, host in enumerate(site.allowed_hosts):
        key = f"site.allowed_hosts[{index}]"
        plain = host.removeprefix("*.")
        if not re.fullmatch(_ALLOWED_HOST, host) or not 0 < hosts.split(plain)[1] < 65536:
            raise mistake(source, key, "allowed-host", given=host)
        if host.startswith("*.") and public_suffix.is_public(hosts.split(plain)[0]):
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


def _check_values(document: Document, source: Path) -> None:
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


def _check_pattern(document: Document, source: Path) -> None:
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
