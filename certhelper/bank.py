"""The profile of one bank's service: whose certificates, which pages, where a PIN may go.

A profile is code-like: it decides where a certificate and a PIN are sent.  It is checked whole
when it is read (profile_check.py), and a mistake is reported with its key (profile_reading.py).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from certhelper import hosts, profile_check
from certhelper.profile import Certificates, Document, Help, Pages, PinRule, Site
from certhelper.profile_reading import ProfileError, filled, mistake, read_toml

_NEEDED = ("schema", "id", "name")


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

        Raises :class:`~certhelper.profile_reading.ProfileError` with code ``profile-unreadable``
        or ``profile-mistake``.
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
        document = filled(Document, table, source)
        profile_check.check(document, source)
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

    @property
    def is_demo(self) -> bool:
        """Whether it is the demo bank's, by the id that its profiles have."""
        return self.id.startswith("demo")

    def allows(self, scheme: str, host: str, port: int) -> bool:
        """Whether the session window may load from this place: an allowed host, over TLS."""
        if scheme not in ("https", "wss"):
            return False
        return any(hosts.matches(entry, host, port) for entry in self._all_allowed())

    def may_send_certificate(self, host: str, port: int) -> bool:
        """Whether this server may be sent a client certificate: an exact match only."""
        place = host.lower(), port
        return any(hosts.split(entry) == place for entry in self.site.certificate_hosts)

    def expected_places(self) -> list[tuple[str, int]]:
        """Host and port of every server that the expectation is for, each once.

        They are the start page's and those that may be sent the certificate.
        """
        start = urlsplit(self.site.start_url)
        places = [(start.hostname, start.port or hosts.HTTPS_PORT)] if start.hostname else []
        return list(dict.fromkeys(places + list(map(hosts.split, self.site.certificate_hosts))))

    @property
    def expects_of_servers(self) -> bool:
        """Whether the profile says anything of the servers' issuers or keys."""
        return bool(self.site.server_issuers or self.site.server_keys)

    def trusted_files(self) -> list[Path]:
        """Paths of the extra roots, which stand beside the profile."""
        return [self.source.parent / name for name in self.site.trusted_certificates]

    def _all_allowed(self) -> tuple[str, ...]:
        return self.site.allowed_hosts + self.site.certificate_hosts


def _hash(octets: bytes, document: Document, source: Path) -> str:
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
