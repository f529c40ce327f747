"""One certificate's question: what is kept, then each responder, then each list.

Imported only where a certificate names somebody to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from certhelper.certificate import Certificate
from certhelper.checks import Revocation
from certhelper.revocation import ocsp
from certhelper.revocation.address_rules import is_web_address
from certhelper.revocation.addresses import Addresses
from certhelper.revocation.cache import LONGEST_KEPT, name_of
from certhelper.revocation.crl import LONGEST_LIST, RevocationList
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.issuer import Issuer, certificates_in, find_issuer
from certhelper.revocation.means import Means
from certhelper.revocation.no_answer import NoAnswerError, most_telling, unknown
from certhelper.safe_text import safe

if TYPE_CHECKING:
    from certhelper.revocation.transport import Answer

_ANSWER_S: Final = 5.0
_LIST_S: Final = 15.0
"""Whole requests, in seconds; a list may be twenty megabytes long."""

_LONGEST_ISSUER: Final = 64 * 1024  # octets
_ISSUER_KEPT: Final = timedelta(days=400)  # it proves itself, so it never grows old
_PROOF_KEPT: Final = timedelta(days=30)  # after the end of the certificate
_LONGEST_LIFE: Final = timedelta(days=10 * 366)  # of a certificate, from now
_LONGEST_PROOF: Final = 2 * 1024 * 1024  # octets of a list that is kept to prove a revocation

_TOLD_OF_ISSUER: Final = frozenset(
    {"offline", "timeout", "proxy-unknown", "proxy-refused", "proxy-not-reached"}
)
"""Why an issuer's certificate did not come, where that says more than that it is missing."""


class Inquiry:
    """Used once, by one thread."""

    def __init__(
        self,
        means: Means,
        certificate: Certificate,
        addresses: Addresses,
        now: datetime,
        deadline: Deadline,
        *,
        is_offline: bool,
    ) -> None:
        self._means = means
        self._certificate = certificate
        self._addresses = addresses
        self._now = now
        self._deadline = deadline
        self._is_offline = is_offline

    def answer(self, issuers: Sequence[bytes]) -> Revocation:
        """Return the answer.  Raises :class:`NoAnswerError` where nobody could be asked."""
        issuer = find_issuer(self._certificate, issuers) or self._issuer_from_afar()
        kept = self._kept_response(issuer) or self._kept_proof(issuer) or self._kept_list(issuer)
        if kept is not None:
            return kept
        if self._is_offline and any(is_web_address(one) for _, one, _ in self._askable()):
            raise NoAnswerError("not-asked")
        failed: list[Revocation] = []
        for source, address, ask in self._askable():
            try:
                return _from(ask(issuer, address), source, address)
            except NoAnswerError as error:
                failed.append(_from(unknown(error.cause, error.detail), source, address))
        return most_telling(failed) if failed else unknown("not-for-this")

    def _askable(self) -> Iterator[tuple[str, str, Callable[[Issuer, str], Revocation]]]:
        for address in self._addresses.ocsp:
            yield "ocsp", address, self._ask_responder
        for address in self._addresses.crl:
            yield "crl", address, self._ask_list

    # ---- the issuer

    def _issuer_from_afar(self) -> Issuer:
        """Return the issuer that the certificate says where to get, from before or from there.

        Raises :class:`NoAnswerError` (``issuer-missing``, ``not-asked``, or why it did not come).
        """
        reason = NoAnswerError("issuer-missing")
        for address in self._addresses.issuers:
            try:
                return self._issuer_of(address)
            except NoAnswerError as error:
                told = error.cause in _TOLD_OF_ISSUER or error.cause == "not-asked"
                reason = error if told else NoAnswerError("issuer-missing", error.detail)
        raise reason

    def _issuer_of(self, address: str) -> Issuer:
        name = name_of("issuer", self._certificate.issuer_der or b"", _octets(address))
        with self._means.lists.alone(name, self._deadline):
            kept = self._means.cache.read(name, self._now, _LONGEST_ISSUER)
            found = find_issuer(self._certificate, certificates_in(kept)) if kept else None
            if found is not None:
                return found
            if self._is_offline:
                raise NoAnswerError("not-asked")
            with self._remembered("issuer", address):
                got = self._fetch(address, _LONGEST_ISSUER, _ANSWER_S)
                found = find_issuer(self._certificate, certificates_in(got.body))
                if found is None:
                    raise NoAnswerError("issuer-missing")
            self._means.cache.keep(name, found.der, self._now + _ISSUER_KEPT, self._now)
            return found

    # ---- OCSP

    def _kept_response(self, issuer: Issuer) -> Revocation | None:
        for address in self._addresses.ocsp:
            name = self._name("ocsp", issuer, address)
            octets = self._means.cache.read(name, self._now, ocsp.LONGEST_RESPONSE)
            if octets is None:
                continue
            try:
                found = ocsp.read(octets, self._certificate, issuer, self._now)
            except NoAnswerError:  # written by somebody else, or of a clock that was wrong
                self._means.cache.remove(name)
            else:
                return _from(found, "ocsp", address)
        return None

    def _ask_responder(self, issuer: Issuer, address: str) -> Revocation:
        with self._remembered("ocsp", address, self._certificate.sha256):
            try:
                return self._response(issuer, address, has_nonce=True)
            except NoAnswerError as error:
                if error.cause != "unauthorized":
                    raise
            # Some responders, Microsoft's among them, refuse whoever sends a nonce that they are
            # not set up for.  An answer need not have one, so nothing is lost without.
            return self._response(issuer, address, has_nonce=False)

    def _response(self, issuer: Issuer, address: str, *, has_nonce: bool) -> Revocation:
        # Where there is a list, too, a responder that hangs leaves time for it.
        share = 2 if self._addresses.crl else 1
        request = ocsp.Request(self._certificate, issuer, has_nonce=has_nonce)
        seconds = min(_ANSWER_S, self._deadline.left / share)
        got = self._fetch(address, ocsp.LONGEST_RESPONSE, seconds, request.octets)
        found = ocsp.read(
            got.body,
            self._certificate,
            issuer,
            self._now,
            nonce=request.nonce,
            server_clock=got.date,
        )
        name = self._name("ocsp", issuer, address)
        self._means.cache.keep(name, got.body, self._until(found), self._now)
        return found

    # ---- lists

    def _kept_list(self, issuer: Issuer) -> Revocation | None:
        for address in self._addresses.crl:
            try:
                found = self._fresh_list(issuer, address)
                if found is not None:
                    return _from(self._said(found), "crl", address)
            except NoAnswerError:
                continue
        return None

    def _kept_proof(self, issuer: Issuer) -> Revocation | None:
        """Return that it is revoked, from a list of before: nothing has changed since."""
        for address in self._addresses.crl:
            name = self._name("proof", issuer, address)
            octets = self._means.cache.read(name, self._now, _LONGEST_PROOF)
            if octets is None:
                continue
            try:
                found = self._said(RevocationList(octets, issuer))
            except NoAnswerError:
                self._means.cache.remove(name)
                continue
            if ocsp.is_for_good(found):
                return _from(found, "crl", address)
        return None

    def _ask_list(self, issuer: Issuer, address: str) -> Revocation:
        name = _list_name(issuer, address)
        with self._means.lists.alone(name, self._deadline):
            got = self._fresh_list(issuer, address)  # another thread may have just got it
            if got is None:
                with self._remembered("crl", address):
                    got = self._new_list(issuer, address)
        found = self._said(got)
        if ocsp.is_for_good(found) and got.length <= _LONGEST_PROOF:
            proof = self._name("proof", issuer, address)
            self._means.cache.keep(proof, got.octets(), self._until(found), self._now)
        return found

    def _new_list(self, issuer: Issuer, address: str) -> RevocationList:
        answer = self._fetch(address, LONGEST_LIST, _LIST_S)
        got = RevocationList(answer.body, issuer)
        if not got.is_of(self._addresses.crl):  # not kept: another one may be served the next time
            raise NoAnswerError("not-for-this")
        got.window.check(self._now, answer.date)
        until = min(got.window.good_until(self._now), self._now + LONGEST_KEPT)
        name = _list_name(issuer, address)
        self._means.cache.keep(name, answer.body, until, self._now)
        self._means.lists.hold(name, got, until)
        return got

    def _fresh_list(self, issuer: Issuer, address: str) -> RevocationList | None:
        """Return the list of before while it holds, verified, and is this certificate's part."""
        name = _list_name(issuer, address)
        held = self._means.lists.get(name, self._now)
        if held is not None:
            return held if held.is_of(self._addresses.crl) else None
        octets = self._means.cache.read(name, self._now, LONGEST_LIST)
        if octets is None:
            return None
        try:
            found = RevocationList(octets, issuer)
            found.window.check(self._now, None)
        except NoAnswerError:
            self._means.cache.remove(name)
            return None
        until = min(found.window.good_until(self._now), self._now + LONGEST_KEPT)
        self._means.lists.hold(name, found, until)
        return found if found.is_of(self._addresses.crl) else None

    def _said(self, found: RevocationList) -> Revocation:
        return found.answer(self._certificate, self._addresses.crl, self._now)

    # ---- what all of them need

    def _fetch(
        self, address: str, longest: int, seconds: float, question: bytes | None = None
    ) -> Answer:
        from certhelper.revocation import transport

        if self._deadline.is_over:
            raise NoAnswerError("no-time")
        request = transport.Request(address, longest, question)
        return transport.fetch(request, self._means.way, self._deadline.within(seconds))

    @contextmanager
    def _remembered(self, kind: str, address: str, what: str = "") -> Iterator[None]:
        """Ask nobody who has just failed, and remember who fails now.

        ``kind`` because lists may come from a host whose responder hangs; ``what`` is the
        certificate that was asked about.
        """
        from certhelper.revocation.transport import host_of

        host, what = f"{kind} {host_of(address)}", f"{kind} {address} {what}"
        self._means.failures.check(host, what)
        try:
            yield
        except NoAnswerError as error:
            self._means.failures.hold(error, what=what, host=host)
            raise

    def _name(self, kind: str, issuer: Issuer, address: str) -> str:
        """Return where an answer about this certificate is kept."""
        serial = str(self._certificate.serial).encode()
        return name_of(kind, issuer.name, issuer.key_bits, serial, _octets(address))

    def _until(self, found: Revocation) -> datetime:
        """Return until when an answer is kept."""
        end = self._certificate.not_after
        if ocsp.is_for_good(found) and end is not None:
            return min(end, self._now + _LONGEST_LIFE) + _PROOF_KEPT
        return min(found.good_until or self._now, self._now + LONGEST_KEPT)


def _list_name(issuer: Issuer, address: str) -> str:
    return name_of("crl", issuer.name, issuer.key_bits, _octets(address))


def _from(found: Revocation, source: str, address: str) -> Revocation:
    return found._replace(source=source, where=safe(address))


def _octets(address: str) -> bytes:
    return address.encode("latin-1")
