"""Which private key of a PKCS#12 file belongs to which of its certificates.

The keys themselves are compared.  The mark by which the file ties them together (``localKeyId``)
is believed only where they cannot be: the key is still encrypted, or of an unknown kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from certhelper.certificate import Certificate
from certhelper.certificate_reader import public_key_octets
from certhelper.stores import key_limits
from certhelper.stores.base import KeyState
from certhelper.stores.pkcs12_contents import Contents, HeldCertificate, HeldKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


class Owned(NamedTuple):
    """A certificate of a file with what is known of its key; ``key`` only where that is sure."""

    held: HeldCertificate
    state: KeyState
    key: HeldKey | None


def match(contents: Contents) -> list[Owned]:
    """Return every different certificate in the order of the file, each with its key.

    ``needs-user``: the key is there and under the passphrase.  ``unknown``: something of the file
    could not be read, and may be this key.
    """
    keys = _Keys(contents)
    certificates = {held.der: held for held in reversed(contents.certificates)}
    return [keys.owned(held) for held in reversed(certificates.values())]


class _Keys:
    """The keys of a file, by their public halves; and those that cannot be compared, by mark."""

    def __init__(self, contents: Contents) -> None:
        self._is_locked = contents.needs_passphrase
        self._by_half: dict[bytes, HeldKey] = {}
        self._by_mark: dict[bytes | None, HeldKey] = {}
        for key in contents.keys:
            half = _public_half(key)
            if half is None:
                self._by_mark.setdefault(key.key_id, key)
            else:
                self._by_half.setdefault(half, key)
        self._is_uncertain = self._is_locked or bool(contents.unread or self._by_mark)

    def owned(self, held: HeldCertificate) -> Owned:
        own = _public_key(held)
        key = None if own is None else self._by_half.get(own)
        if key is not None:
            return Owned(held, KeyState.PRESENT, key)
        marked = None if held.key_id is None else self._by_mark.get(held.key_id)
        if marked is not None and marked.pkcs8 is None and self._is_locked:
            return Owned(held, KeyState.NEEDS_USER, None)
        is_uncertain = self._is_uncertain or (own is None and bool(self._by_half))
        return Owned(held, KeyState.UNKNOWN if is_uncertain else KeyState.ABSENT, None)


def own_certificates(owned: Sequence[Owned]) -> list[Owned]:
    """Leave out those that are only the chain of others: above one of them, and without a key.

    Nothing is lost that is above none that is kept, whatever else names whom as its issuer.
    """
    names = Names([one.held.der for one in owned])
    kept = {
        one.held.der
        for one in owned
        if one.key is not None
        or one.state is KeyState.NEEDS_USER
        or not names.is_issuer(one.held.der)
    }
    above = {der for one in kept for der in names.above(one)}
    return [one for one in owned if one.held.der in kept or one.held.der not in above]


class Names:
    """Who names whom as issuer, among some certificates."""

    def __init__(self, ders: Sequence[bytes]) -> None:
        certificates = [Certificate(der) for der in ders]
        self._issuer_of = {one.der: one.issuer_der for one in certificates}
        self._subject_of = {one.der: one.subject_der for one in certificates}
        self._by_subject: dict[bytes, list[bytes]] = {}
        for der, subject in self._subject_of.items():
            if subject is not None:
                self._by_subject.setdefault(subject, []).append(der)
        self._issuers_of_others = {
            issuer
            for der, issuer in self._issuer_of.items()
            if issuer is not None and issuer != self._subject_of[der]
        }

    def is_issuer(self, der: bytes) -> bool:
        """Whether a certificate of another name names this one's subject as its issuer."""
        return self._subject_of[der] in self._issuers_of_others

    def above(self, der: bytes) -> list[bytes]:
        """Return every certificate above this one by name, nearest first."""
        found: list[bytes] = []
        waiting, seen = [der], {der}
        while waiting:
            issuer = self._issuer_of[waiting.pop(0)]
            for one in self._by_subject.get(issuer, ()) if issuer is not None else ():
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
                    found.append(one)
        return found


def _public_half(key: HeldKey) -> bytes | None:
    """Return the public half as every key of its kind writes it, None where it cannot be told."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    if key.pkcs8 is None:
        return None
    try:
        # Only compared here; a log-on has the key checked.
        with key_limits.library_faults():
            loaded = load_der_private_key(key.pkcs8, None, unsafe_skip_rsa_key_validation=True)
            return _written(loaded.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _public_key(held: HeldCertificate) -> bytes | None:
    from cryptography.exceptions import UnsupportedAlgorithm

    octets = public_key_octets(held.der)
    if octets is None:
        return None
    try:
        return _written(key_limits.load_public_key(octets))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _written(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
