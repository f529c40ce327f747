"""What was found out about a certificate beyond its store, as names and values for a person."""

from __future__ import annotations

from certhelper import moment
from certhelper.checks import Chain, Checks, KeyTest, Revocation, RevocationStatus
from certhelper.reason import words_of_cause
from certhelper.safe_text import safe
from certhelper.texts import joined, text


def check_facts(checks: Checks, not_asked: str, kind: str) -> list[tuple[str, str]]:
    """Return revocation, key and issuer with what is known of each.

    ``not_asked`` says why there is no answer of the issuer's where there is none: a name in
    ``[revocation]`` of ``resources/texts/checking.toml``.  ``kind`` is the kind of the store.
    """
    told = {
        "revocation": _revocation(checks.revocation, not_asked),
        "key": "\n".join(key_test_words(checks.key_test, kind)),
        "chain": chain_words(checks.chain),
    }
    return [(text(f"checking.name.{name}"), value) for name, value in told.items() if value]


def _revocation(answer: Revocation | None, not_asked: str) -> str:
    if answer is None:
        return text(f"checking.revocation.{not_asked}")
    if answer.cause == "not-named":
        return text("checking.revocation.not-named")
    if answer.status is RevocationStatus.REVOKED:
        return "\n".join((_revoked(answer), *_answered(answer)))
    if answer.status is RevocationStatus.GOOD:
        return "\n".join((text("checking.revocation.good"), *_answered(answer)))
    detail = f"[{safe(answer.detail)}]" if answer.detail else ""
    cause = text(f"reasons.revocation-causes.{answer.cause}") if answer.cause else ""
    why = " ".join(filter(None, (cause, detail)))
    return "\n".join(filter(None, (text("checking.revocation.unknown"), why)))


def _revoked(answer: Revocation) -> str:
    if answer.revoked_at is None:
        return text("checking.revocation.revoked")
    return text("checking.revocation.revoked-at", at=moment.in_japan(answer.revoked_at))


def _answered(answer: Revocation) -> tuple[str, ...]:
    source = answer.source.upper()
    if not source:
        return ()
    if answer.good_until is None:
        return (text("checking.revocation.answered", source=source),)
    until = moment.in_japan(answer.good_until)
    return (text("checking.revocation.answered-until", source=source, until=until),)


def key_test_words(tested: KeyTest | None, kind: str) -> tuple[str, ...]:
    """Return the outcome, and what it means and what to do where that is known."""
    if tested is None:
        return (text("checking.key.not-tried"),)
    if tested.signs:
        return (text("checking.key.works"),)
    outcome = text("checking.key.unsure" if tested.signs is None else "checking.key.fails")
    trouble = tested.trouble
    if trouble is None:
        return (outcome,)
    code = f"[{safe(trouble.code)}]" if trouble.code else ""
    return (outcome, joined(words_of_cause(trouble.cause, kind), code))


def chain_words(chain: Chain | None) -> str:
    """Say how far the issuers are here; nothing is said where nobody has looked."""
    if chain is None:
        return ""
    return text(f"checking.chain.{chain.status.value}", issuer=chain.issuer)
