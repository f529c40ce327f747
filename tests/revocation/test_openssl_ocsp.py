"""OCSP with OpenSSL's own responder (``openssl ocsp``), index file and all."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from cryptography.x509.ocsp import load_der_ocsp_request
from support.pki import Authority
from support.revocation_servers import (
    OCSP_SIGNING,
    Customer,
    Heard,
    OpensslResponder,
    Reply,
    ago,
    names,
    now,
)
from support.systems import only_on_linux

from certhelper.certificate import Certificate
from certhelper.checks import RevocationStatus
from certhelper.revocation.asker import Asker

pytestmark = only_on_linux  # the openssl program

GOOD, REVOKED, UNKNOWN = RevocationStatus


def test_the_responder_itself_is_asked_over_http(
    authority: Authority, responder: OpensslResponder
) -> None:
    """``openssl ocsp -port`` as any CA would run it."""
    with responder.serving("-nmin", "10", "-nrequest", "2") as address:
        extensions = names(ocsp=[address])
        good, bad = (authority.issue(one, extensions=extensions) for one in ("good", "bad"))
        responder.knows(good)
        responder.revoke(bad, ago(days=2))
    with responder.serving("-nmin", "10") as address:
        extensions = names(ocsp=[address])
        one = authority.issue("good", extensions=extensions, serial=good.certificate.serial_number)
        other = authority.issue("bad", extensions=extensions, serial=bad.certificate.serial_number)
        asker = Asker(None)
        said = [asker.ask(Certificate(it.der), [authority.der], now()) for it in (one, other)]
    assert [it.status for it in said] == [GOOD, REVOKED]
    assert said[0].source == "ocsp"
    assert said[0].where == address


@pytest.mark.parametrize("options", [("-nmin", "10"), ()], ids=["next-update", "no-next-update"])
def test_a_good_certificate_is_good(
    customer: Customer, responder: OpensslResponder, options: tuple[str, ...]
) -> None:
    """With and without a time until which the answer holds."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer(*options)
    said = customer.ask(issued)
    assert (said.status, said.cause, said.source) == (GOOD, "", "ocsp")
    assert said.good_until is not None
    assert now() < said.good_until <= now() + timedelta(minutes=31)


def test_a_revoked_certificate_says_since_when_and_why(
    customer: Customer, responder: OpensslResponder
) -> None:
    """To the second, and with the reason of RFC 5280."""
    issued, since = customer.issue("ocsp"), ago(days=3)
    responder.revoke(issued, since, "cessationOfOperation")
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    said = customer.ask(issued)
    assert said.status is REVOKED
    assert said.cause == "cessationOfOperation"
    assert said.revoked_at == since


def test_a_certificate_that_the_responder_does_not_know(
    customer: Customer, responder: OpensslResponder
) -> None:
    """That is no word for or against it."""
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    said = customer.ask(customer.issue("ocsp"))
    assert (said.status, said.cause) == (UNKNOWN, "unknown-to-responder")


def test_an_answer_of_another_ca_is_unauthorized(
    customer: Customer, responder: OpensslResponder
) -> None:
    """OpenSSL says "unknown" for a CA that it does not serve; nothing is concluded from it."""
    other = Authority("Another CA")
    extensions = names(ocsp=[customer.server.address("/ocsp")])
    issued = other.issue("12345678901234 user01", extensions=extensions)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    said = customer.asker.ask(Certificate(issued.der), [other.der], now())
    assert said.status is UNKNOWN


def test_an_answer_signed_by_anybody_else_is_thrown_away(
    customer: Customer, responder: OpensslResponder
) -> None:
    """A stranger's key, even with the issuer's own name."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    responder.sign_with(Authority().issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    said = customer.ask(issued)
    assert (said.status, said.cause) == (UNKNOWN, "wrong-signature")


def test_a_certificate_of_the_issuer_may_sign_when_it_was_appointed(
    customer: Customer, responder: OpensslResponder
) -> None:
    """The purpose of OCSP signing makes the difference: no customer can answer for another."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    for purposes, status in (((OCSP_SIGNING,), GOOD), (("1.3.6.1.5.5.7.3.2",), UNKNOWN)):
        responder.sign_with(customer.authority.issue("responder", extended=purposes))
        asked = Customer(customer.authority, customer.server, responder._folder / status)
        assert asked.ask(issued).status is status


def test_an_appointed_signer_of_another_ca_or_time_is_thrown_away(
    customer: Customer, responder: OpensslResponder
) -> None:
    """Only the issuer appoints, and only for the time of the certificate."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    old = customer.authority.issue(
        "responder", extended=(OCSP_SIGNING,), not_before=ago(days=30), not_after=ago(days=1)
    )
    for signer in (Authority().issue("responder", extended=(OCSP_SIGNING,)), old):
        responder.sign_with(signer)
        customer.asker.forget_failures()
        assert customer.ask(issued).cause == "wrong-signature"


def test_an_answer_of_yesterday_is_stale(customer: Customer, responder: OpensslResponder) -> None:
    """What a responder said with an end that has passed counts no more, played again or not."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    answer, late = responder.answer("-nmin", "1"), now() + timedelta(hours=1)
    server_clock = format_datetime(late, usegmt=True)
    customer.server.answers["/ocsp"] = lambda heard: answer(heard)._replace(date=server_clock)
    said = Asker(None).ask(Certificate(issued.der), [customer.authority.der], late)
    assert (said.status, said.cause) == (UNKNOWN, "stale")


def test_a_clock_that_is_ahead_is_named(customer: Customer, responder: OpensslResponder) -> None:
    """By the server's own clock the answer holds: not the issuer is at fault."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "1")
    late = now() + timedelta(hours=1)
    said = Asker(None).ask(Certificate(issued.der), [customer.authority.der], late)
    assert (said.status, said.cause) == (UNKNOWN, "clock")


def test_a_clock_that_is_behind_is_named(customer: Customer, responder: OpensslResponder) -> None:
    """The answer is of the future: not the issuer is at fault."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10")
    said = Asker(None).ask(Certificate(issued.der), [customer.authority.der], ago(days=2))
    assert said.cause == "clock"


def test_an_answer_of_before_with_another_nonce_is_refused(
    customer: Customer, responder: OpensslResponder
) -> None:
    """A recorded answer cannot be played again to somebody who sends a nonce."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    answer = responder.answer("-nmin", "10")
    recorded: list[Reply] = []

    def answered(heard: Heard) -> Reply:
        recorded.append(answer(heard))
        return recorded[0]

    customer.server.answers["/ocsp"] = answered
    assert customer.ask(issued).status is GOOD
    customer.server.answers["/ocsp"] = lambda _heard: recorded[0]
    said = Asker(None).ask(Certificate(issued.der), [customer.authority.der], now())
    assert (said.status, said.cause, said.detail) == (UNKNOWN, "not-for-this", "nonce")


def test_a_responder_that_takes_no_nonce_is_asked_without(
    customer: Customer, responder: OpensslResponder
) -> None:
    """As Microsoft's does where nobody has set it up for one: it refuses the whole request."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    answer = responder.answer("-nmin", "10")
    nonces: list[bool] = []

    def picky(heard: Heard) -> Reply:
        nonces.append(bool(list(load_der_ocsp_request(heard.body).extensions)))
        return Reply(b"\x30\x03\x0a\x01\x06") if nonces[-1] else answer(heard)

    customer.server.answers["/ocsp"] = picky
    assert customer.ask(issued).status is GOOD
    assert nonces == [True, False]


def test_a_signature_of_an_old_kind_proves_nothing(
    customer: Customer, responder: OpensslResponder
) -> None:
    """SHA-1: collisions are made, and the asker's nonce is part of what is signed."""
    issued = customer.issue("ocsp")
    responder.knows(issued)
    customer.server.answers["/ocsp"] = responder.answer("-nmin", "10", "-rmd", "sha1")
    said = customer.ask(issued)
    assert (said.status, said.cause) == (UNKNOWN, "weak-signature")
