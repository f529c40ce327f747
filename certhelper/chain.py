"""How far the issuers of a certificate are here, and whether each of them is valid now.

This says what a person's PC holds.  It decides nothing: the bank's server builds and judges the
chain by itself, and may know issuers that no PC has.  So a missing issuer is no fault.

An issuer has the name that the certificate gives, and its key confirms the signature (RFC 5280
section 6.1.3).  Several certificates may have that name: a renewed one with the same key, a new
key, a cross-certificate.  The best of all ways up to a root counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import NamedTuple

from certhelper import system_trust
from certhelper.certificate import Certificate
from certhelper.certificate_parts import Parts, cut
from certhelper.certificate_signature import is_signed_with
from certhelper.checks import Chain, ChainStatus
from certhelper.der import DerError
from certhelper.distinguished_name import DistinguishedName
from certhelper.issuer_fault import fault_of
from certhelper.safe_text import safe

_MOST_LEVELS = 10
"""Issuers above a certificate; public chains have three.  A longer way ends as "missing"."""

_MOST_SIGNATURES = 64
"""Signatures verified for one certificate: a store full of one name costs no more than these."""

_LONGEST_SHOWN = 80  # characters of a name

# Of several ways up the first of these counts: what the person needs least to care about.
_BEST_FIRST = (
    ChainStatus.COMPLETE,
    ChainStatus.ISSUER_MISSING,
    ChainStatus.ISSUER_NOT_VALID,
    ChainStatus.SIGNATURE_WRONG,
)


class _Issuer(NamedTuple):
    certificate: Certificate
    parts: Parts


class KnownIssuers:
    """Certificates by their names, sorted once for many questions.

    What is no certificate is left out.
    """

    def __init__(self, certificates: Iterable[bytes]) -> None:
        self._by_subject: dict[bytes, list[bytes]] = {}
        self._cut: dict[bytes, tuple[_Issuer, ...]] = {}
        self._proven: dict[tuple[Parts, bytes], bool | None] = {}
        for der in dict.fromkeys(certificates):
            subject = Certificate(der).subject_der
            if subject is not None:
                self._by_subject.setdefault(subject, []).append(der)

    def named(self, subject: bytes) -> tuple[_Issuer, ...]:
        """Return the certificates of a name (octets with their tag)."""
        if subject not in self._cut:
            found = (_cut(der) for der in self._by_subject.get(subject, ()))
            self._cut[subject] = tuple(one for one in found if one is not None)
        return self._cut[subject]

    def proves(self, signed: Parts, public_key: bytes) -> bool | None:
        """Verify the signature of an issuer, which many certificates share, once."""
        asked = (signed, public_key)
        if asked not in self._proven:
            self._proven[asked] = is_signed_with(signed, public_key)
        return self._proven[asked]


def find_chain(
    certificate: Certificate,
    others: Iterable[bytes] | KnownIssuers,
    now: datetime,
    *,
    with_system: bool = True,
) -> Chain:
    """Find the issuers of ``certificate`` among ``others`` (DER) and this PC's trusted roots.

    ``now`` is aware.  Give :class:`KnownIssuers` where many certificates are asked about;
    ``with_system`` False leaves this PC's roots out.  Never raises for what the octets hold.  It
    takes a few milliseconds at most, but the first time imports ``cryptography`` and reads the
    system's roots.
    """
    known = others if isinstance(others, KnownIssuers) else KnownIssuers(others)
    sources = (known, _of_this_pc()) if with_system else (known,)
    return _Search(sources, now).above(certificate, ())


@cache
def _of_this_pc() -> KnownIssuers:
    return KnownIssuers(system_trust.roots())


class _Search:
    """One question: where to look, and how many signatures may still be verified."""

    def __init__(self, sources: tuple[KnownIssuers, ...], now: datetime) -> None:
        self._sources = sources
        self._now = now
        self._left = _MOST_SIGNATURES

    def above(self, certificate: Certificate, below: tuple[bytes, ...]) -> Chain:
        """Return the best way up; ``below`` are the certificates that led here, nearest last."""
        missing = Chain(ChainStatus.ISSUER_MISSING, _shown(certificate.issuer_name))
        own = _cut(certificate.der)
        issuer = certificate.issuer_der
        if own is None or issuer is None:
            return missing
        if issuer == own.parts.subject and self._proves(own.parts, own.parts, below):
            return Chain(ChainStatus.SELF_SIGNED)
        if len(below) >= _MOST_LEVELS:
            return missing
        way = (*below, certificate.der)
        ways = []
        for candidate in self._candidates(issuer, own.parts, way):
            found = self._through(candidate, own, way)
            if found is not None:
                ways.append(found)
            if found is not None and found.status is ChainStatus.COMPLETE:
                break
        return min(ways, key=_rank, default=missing)

    def _candidates(self, issuer: bytes, below: Parts, way: tuple[bytes, ...]) -> list[_Issuer]:
        """Return every certificate of this name that is no loop, the likeliest first."""
        named = [one for source in self._sources for one in source.named(issuer)]
        unlike = [one for one in named if one.certificate.der not in way[:-1]]
        return sorted(unlike, key=lambda one: (not _is_named(one.parts, below), self._fault(one)))

    def _through(self, candidate: _Issuer, below: _Issuer, way: tuple[bytes, ...]) -> Chain | None:
        """Go up through one candidate; None when it is not the issuer after all."""
        proven = self._proves(below.parts, candidate.parts, way[:-1])
        if proven is False and _is_named(candidate.parts, below.parts):
            wrong = _shown(candidate.certificate.subject_name)
            return Chain(ChainStatus.SIGNATURE_WRONG, wrong)
        der = candidate.certificate.der
        if not proven or der in way:
            return None
        upper = self.above(candidate.certificate, way)
        path = (der, *upper.path)
        fault = self._fault(candidate)
        if fault:
            name = _shown(candidate.certificate.subject_name)
            return Chain(ChainStatus.ISSUER_NOT_VALID, name, der, fault, path)
        if upper.status is ChainStatus.SELF_SIGNED:
            return Chain(ChainStatus.COMPLETE, issuer_der=der, path=path)
        return upper._replace(issuer_der=der, path=path)

    def _proves(self, signed: Parts, signer: Parts, below: tuple[bytes, ...]) -> bool | None:
        """Verify one signature, as long as there may be more of them.

        ``below`` are the certificates below the signed one: with any, it is an issuer itself.
        """
        if self._left == 0:
            return None
        self._left -= 1
        if below:
            return self._sources[0].proves(signed, signer.public_key)
        return is_signed_with(signed, signer.public_key)

    def _fault(self, issuer: _Issuer) -> str:
        return fault_of(issuer.certificate, issuer.parts, self._now)


def _cut(der: bytes) -> _Issuer | None:
    try:
        return _Issuer(Certificate(der), cut(der))
    except DerError:
        return None


def _is_named(issuer: Parts, below: Parts) -> bool:
    """Whether the certificate below names this very key of the issuer (RFC 5280 4.2.1.1)."""
    named = below.authority_key_identifier
    return named is not None and named == issuer.subject_key_identifier


def _rank(chain: Chain) -> tuple[int, int]:
    return _BEST_FIRST.index(chain.status), -len(chain.path)


def _shown(name: DistinguishedName | None) -> str:
    """Return the common name, else the whole name, short and safe to show."""
    if name is None:
        return "?"
    common_names = name.values("CN")
    return safe(common_names[-1][:_LONGEST_SHOWN]) if common_names else name.text or "?"
