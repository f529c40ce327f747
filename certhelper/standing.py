"""Whether one certificate can be used for log-on here, and every reason why not.

The rules are Chromium's, because Chromium (inside Edge, Chrome and Qt WebEngine) silently leaves
out of its choice what it deems unusable, and the bank profile's.  On Windows they stand in
``net/ssl/client_cert_store_win.cc``, on macOS in ``client_cert_store_mac.cc``, and on Linux in
``client_cert_store_nss.cc`` with NSS's ``CERT_FindUserCertsByUsage`` (``certUsageSSLClient``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from certhelper import moment, subject_pattern
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.certificate_reader import Facts
from certhelper.checks import (
    NOTHING_CHECKED,
    Chain,
    ChainStatus,
    Checks,
    KeyTest,
    Revocation,
    RevocationStatus,
)
from certhelper.distinguished_name import DistinguishedName, has_fragment
from certhelper.reason import NEEDED_FIELDS, ORDINARY, Reason, Severity
from certhelper.safe_text import has_look_alikes, safe, safe_name
from certhelper.stores.base import Installed, KeyState, KeyTrouble, Token, TriesLeft

__all__ = ["HolderName", "Judged", "Reason", "Severity", "in_order", "is_authority", "judge"]

_CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
_ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
_KINDS_WITH_ANY_USAGE = ("windows", "macos")
_COMPUTER_STORE = "windows:LocalMachine"
_TOKENS = "pkcs11"
_KEY_NOT_FOUND = "key-not-found"
_PIN_NEEDED = KeyTrouble("card-pin")
_BLOCKED = "card-blocked"
_DOUBTFUL = frozenset({"provider-hung", "provider-crashed", "module-failed"})
"""Outcomes of a key's test after which it is not to be relied on."""

_ORDER = {severity: index for index, severity in enumerate(Severity)}
_LONGEST_SHOWN = 80  # characters of a name in a message
_MOST_SHOWN = 3

# CryptoAPI providers ("Microsoft Enhanced Cryptographic Provider v1.0", "… CSP") cannot make the
# RSA-PSS signatures that TLS 1.3 asks for (net/ssl/ssl_platform_key_win.cc: no PSS with CAPI);
# their successors are named "… Key Storage Provider" and "… Crypto Provider".
# Where Windows gave the key itself, it told which of the two it is: CNG opens many an older key.
_LEGACY_INTERFACE = "capi"
_LEGACY_PROVIDER = r"Cryptographic (Service )?Provider|\bCSP\b"
_CLOCKS_DIFFER = timedelta(minutes=10)
_ON_HOLD, _NO_REASON_GIVEN = "certificateHold", "unspecified"  # RFC 5280 section 5.3.1


class HolderName(NamedTuple):
    """What the profile's pattern read from the subject; ``user_id`` None: the 管理者."""

    contract_id: str
    user_id: str | None


class Judged(NamedTuple):
    """An installed certificate with its reasons, blocking ones first."""

    installed: Installed
    holder: HolderName | None
    reasons: tuple[Reason, ...]

    @property
    def usable(self) -> bool:
        """No blocking reason: the first one weighs most."""
        return not self.reasons or self.reasons[0].severity is not Severity.BLOCKING


def judge(
    installed: Installed, bank: Bank, now: datetime, checks: Checks = NOTHING_CHECKED
) -> Judged:
    """Judge one certificate by itself (neighbours are :mod:`certhelper.contracts`).

    ``now`` is aware; ``checks`` is what else was found out about it.  A certificate of an issuer
    that the profile excludes has no holder here, whatever its name says.
    """
    certificate = installed.certificate
    facts = certificate.facts
    issuers = bank.certificates.issuers
    ours = not issuers or _is_ours(facts.issuer, issuers)
    holder = _holder(facts.subject, bank)
    reasons = _dates(facts, bank, now, holder)
    reasons += _place(installed)
    reasons += _key(installed, holder, checks.key_test)
    reasons += _usage(installed, facts)
    if checks is not NOTHING_CHECKED:
        reasons += _checked(checks, now, holder)
    if not ours:
        reasons.append(_other_issuer(certificate, bank))
    if holder is None:
        reasons.append(_unrecognized(certificate, bank))
    elif ours and holder.user_id is None:
        reasons.append(Reason("administrator"))
    reasons += [_unread(field) for field in facts.unread_fields]
    return Judged(installed, holder if ours else None, in_order(reasons))


def is_authority(judged: Judged) -> bool:
    """Say whether this is a CA's certificate that came along with somebody's own.

    It signs certificates and its key is not here, as it should be: no fault to be explained.
    """
    installed = judged.installed
    usage = installed.certificate.key_usage
    return installed.key is KeyState.ABSENT and usage is not None and "keyCertSign" in usage


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons with the blocking ones first, otherwise as they came."""
    found = tuple(reasons)
    if len(found) < 2:
        return found
    return tuple(sorted(found, key=lambda reason: _ORDER[reason.severity]))


def _holder(subject: DistinguishedName | None, bank: Bank) -> HolderName | None:
    rules = bank.certificates
    value = None if subject is None else subject.sole_value(rules.subject_attribute)
    placed = None if value is None else subject_pattern.place(value, rules.subject_pattern)
    return None if placed is None else HolderName(*placed)


def _dates(facts: Facts, bank: Bank, now: datetime, holder: HolderName | None) -> list[Reason]:
    """Both ends belong to the time of validity (``now > valid_expiry()`` is expired)."""
    reasons: list[Reason] = []
    begin, end = facts.not_before, facts.not_after
    if end is not None and now > end:
        until = moment.in_japan(end)
        reasons.append(_reason("expired", _whose(holder), until=until))
    if begin is not None and now < begin:
        reasons.append(_reason("not-yet-valid", since=moment.in_japan(begin)))
    if end is not None and not reasons:
        days = moment.days_left(end, now)
        if days <= bank.certificates.renewal_window_days:
            until = moment.in_japan(end)
            variant = "today" if days == 0 else ORDINARY
            reasons.append(_reason("expires-soon", variant, days=str(days), until=until))
    return reasons


def _whose(holder: HolderName | None) -> str:
    """The 管理者's own certificate is reissued by the bank, a 利用者's by the 管理者."""
    return "administrator" if holder is not None and holder.user_id is None else ORDINARY


def _place(installed: Installed) -> list[Reason]:
    """Say what Chromium does not offer because of where it is, or how it is kept, in Windows.

    It opens "MY" of the current user alone (``net/ssl/client_cert_store_win.cc``,
    ``CertOpenSystemStore``), which has nothing of the computer's and shows nothing archived.
    """
    reasons: list[Reason] = []
    if installed.store == _COMPUTER_STORE:
        reasons.append(Reason("computer-store"))
    if installed.is_archived:
        reasons.append(Reason("archived"))
    return reasons


def _key(installed: Installed, holder: HolderName | None, test: KeyTest | None) -> list[Reason]:
    reasons: list[Reason] = []
    state, trouble = _tested(installed, test)
    if state is KeyState.ABSENT:
        reasons.append(_key_reason("no-key", installed, None, _whose(holder)))
    elif state is KeyState.UNUSABLE:
        reasons.append(_key_reason("key-unusable", installed, trouble, _whose(holder)))
    elif state is KeyState.UNKNOWN:
        reasons.append(_key_reason("key-unknown", installed, trouble))
    if installed.key_needs_user or state is KeyState.NEEDS_USER:
        reasons.append(_key_reason("key-needs-user", installed, installed.key_trouble))
    if _is_legacy(installed):
        reasons.append(_reason("legacy-provider", provider=safe(installed.key_provider or "")))
    return reasons


def _tested(installed: Installed, test: KeyTest | None) -> tuple[KeyState, KeyTrouble | None]:
    """Return what is known of the key after its test: a signature says more than any store.

    A key that signed is there, whatever hindered the store; that its person must be asked first
    stays true.  Without an outcome the store's word stands, unless the key's own software failed.
    """
    state, trouble = installed.key, installed.key_trouble
    if test is None:
        return state, trouble
    cause = test.trouble.cause if test.trouble else ""
    if test.signs:
        return (state, trouble) if state is KeyState.NEEDS_USER else (KeyState.PRESENT, None)
    if test.signs is False:
        gone = cause == _KEY_NOT_FOUND
        return (KeyState.ABSENT if gone else KeyState.UNUSABLE), test.trouble
    if state is KeyState.PRESENT and cause in _DOUBTFUL:
        return KeyState.UNKNOWN, test.trouble
    return state, trouble


def _key_reason(
    code: str, installed: Installed, trouble: KeyTrouble | None, variant: str = ORDINARY
) -> Reason:
    """Return the reason with its cause where one was told, and the code behind it."""
    kind = installed.store.partition(":")[0]
    place = {"kind": kind} | (_of_token(installed.token) if kind == _TOKENS else {})
    if kind == _TOKENS and code == "key-unusable" and trouble and trouble.cause == _BLOCKED:
        return _reason(code, "blocked", **place)  # no reissue helps as unblocking does
    # That a token wants its PIN is what the ordinary words say, with the token's own name.
    is_usual = kind == _TOKENS and code == "key-needs-user" and trouble == _PIN_NEEDED
    if trouble is None or is_usual:
        return _reason(code, variant, **place)
    cause = "because" if variant == ORDINARY else f"because-{variant}"
    shown = f" [{trouble.code}]" if trouble.code else ""
    return _reason(code, cause, cause=trouble.cause, error=shown, **place)


def _of_token(token: Token | None) -> dict[str, str]:
    """Return which token is meant, and how few tries are left where they are few."""
    if token is None:
        return {"token": "?"}
    named = {"token": token.label or token.serial or "?"}
    return named if token.tries is TriesLeft.PLENTY else named | {"tries": token.tries.value}


def _is_legacy(installed: Installed) -> bool:
    details = installed.key_details
    if details is not None and details.interface is not None:
        return details.interface == _LEGACY_INTERFACE
    provider = installed.key_provider
    return provider is not None and re.search(_LEGACY_PROVIDER, provider) is not None


def _usage(installed: Installed, facts: Facts) -> list[Reason]:
    """Absent extensions allow everything; one that is there must name what log-on needs.

    anyExtendedKeyUsage counts on macOS (``SupportsSSLClientAuth``) and on Windows (a certificate
    of any purpose authenticates clients there; inferred, not tried), but not for NSS
    (``cert_ComputeCertType``; tried with NSS 3.87).
    """
    reasons: list[Reason] = []
    usage = facts.key_usage
    if usage is not None and "digitalSignature" not in usage:
        reasons.append(Reason("wrong-key-usage"))
    extended = facts.extended_key_usage
    if extended is not None and _CLIENT_AUTHENTICATION not in extended:
        any_counts = installed.store.partition(":")[0] in _KINDS_WITH_ANY_USAGE
        if not (any_counts and _ANY_EXTENDED_KEY_USAGE in extended):
            reasons.append(Reason("wrong-extended-key-usage"))
    return reasons


def _checked(checks: Checks, now: datetime, holder: HolderName | None) -> list[Reason]:
    """What was found out beyond the store, the key aside."""
    reasons = [] if checks.revocation is None else _answered(checks.revocation, now, holder)
    return reasons + ([] if checks.chain is None else _chained(checks.chain))


def _chained(chain: Chain) -> list[Reason]:
    """A missing issuer is no reason: the bank's server knows its own."""
    if chain.status is ChainStatus.ISSUER_NOT_VALID:
        return [_reason("issuer-not-valid", issuer=chain.issuer, issuer_fault=chain.cause)]
    if chain.status is ChainStatus.SIGNATURE_WRONG:
        return [_reason("issuer-not-valid", "signature", issuer=chain.issuer)]
    return []


def _answered(revocation: Revocation, now: datetime, holder: HolderName | None) -> list[Reason]:
    """What the issuer said.  Where nobody is named to be asked there is nothing to be told."""
    if revocation.cause == "not-named":
        return []
    if revocation.status is RevocationStatus.REVOKED:
        return _revoked(revocation, now, holder)
    if revocation.status is RevocationStatus.UNKNOWN:
        shown = f" [{revocation.detail}]" if revocation.detail else ""
        return [_reason("revocation-unknown", unknown_because=revocation.cause, error=shown)]
    return []


def _revoked(revocation: Revocation, now: datetime, holder: HolderName | None) -> list[Reason]:
    """A revocation after ``now``, beyond what clocks may differ, does not count yet."""
    since = revocation.revoked_at
    if since is not None and since - now > _CLOCKS_DIFFER:
        return []
    variant = "hold" if revocation.cause == _ON_HOLD else _whose(holder)
    why = revocation.cause or _NO_REASON_GIVEN
    return [_reason("revoked", variant, since=moment.in_japan(since) if since else "?", why=why)]


def _unrecognized(certificate: Certificate, bank: Bank) -> Reason:
    values = certificate.attribute(bank.certificates.subject_attribute)
    shown = " / ".join(safe_name(value[:_LONGEST_SHOWN]) for value in values[:_MOST_SHOWN])
    variant = "several" if len(values) > 1 else ORDINARY if values else "nameless"
    if variant == ORDINARY and has_look_alikes(values[0]):
        variant = "look-alike"
    return _reason("unrecognized-name", variant, name=shown)


def _unread(field: str) -> Reason:
    return _reason(
        "unreadable-field", "needed" if field in NEEDED_FIELDS else ORDINARY, field=field
    )


def _other_issuer(certificate: Certificate, bank: Bank) -> Reason:
    name = certificate.issuer_name
    common_names = () if name is None else name.values("CN")
    shown = safe(common_names[-1][:_LONGEST_SHOWN]) if common_names else certificate.issuer
    return _reason("other-issuer", bank=safe(bank.name), issuer=shown or "?")


def _reason(code: str, variant: str = ORDINARY, **facts: str) -> Reason:
    chosen = {} if variant == ORDINARY else {"variant": variant}
    return Reason(code, tuple((facts | chosen).items()))


def _is_ours(issuer: DistinguishedName | None, fragments: tuple[str, ...]) -> bool:
    return issuer is not None and has_fragment(issuer, fragments)
