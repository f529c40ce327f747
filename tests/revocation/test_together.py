"""Many certificates side by side, within a time."""

from __future__ import annotations

import threading
from typing import Any

from support.pki import Authority
from support.revocation_servers import Customer, always

from certhelper.certificate import Certificate
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation.asker import Asker
from certhelper.revocation.question import Question
from certhelper.revocation.together import ask_all


def questions(customer: Customer, count: int, *kinds: str) -> list[Question]:
    issued = (customer.issue(*kinds) for _ in range(count))
    return [Question(Certificate(one.der), (customer.authority.der,)) for one in issued]


def test_every_answer_is_told_once_by_the_calling_thread(customer: Customer) -> None:
    """And the same certificate is asked about once."""
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    asked = questions(customer, 6, "crl")
    told: list[tuple[str, RevocationStatus, int]] = []

    def tell(sha256: str, answer: Revocation) -> None:
        told.append((sha256, answer.status, threading.get_ident()))

    answers = ask_all(customer.asker, asked + asked, tell)
    wanted = {one.certificate.sha256 for one in asked}
    assert set(answers) == wanted
    assert sorted(sha256 for sha256, *_ in told) == sorted(wanted)
    assert {status for _, status, _ in told} == {RevocationStatus.GOOD}
    assert {ident for *_, ident in told} == {threading.get_ident()}


def test_those_without_an_answer_in_time_are_told_as_such(customer: Customer) -> None:
    """Nobody waits for a server that hangs."""
    customer.server.answers["/crl"] = always(b"", hangs=True)
    answers = ask_all(customer.asker, questions(customer, 9, "crl"), seconds=0.4)
    assert len(answers) == 9
    assert {one.status for one in answers.values()} == {RevocationStatus.UNKNOWN}
    assert {one.cause for one in answers.values()} <= {"no-time", "timeout"}


def test_the_asking_can_be_stopped(customer: Customer) -> None:
    """What has no answer then is not told of."""
    stop = threading.Event()
    named, nameless = questions(customer, 3, "crl"), questions(customer, 1)
    customer.server.answers["/crl"] = always(b"", hangs=True)
    answers = ask_all(customer.asker, nameless + named, lambda *_: stop.set(), stop=stop)
    assert [one.cause for one in answers.values()] == ["not-named"]


def test_no_more_than_a_few_at_a_time(customer: Customer) -> None:
    """Neither this PC nor the issuer is flooded."""
    lock, go = threading.Lock(), threading.Event()
    busy, most = 0, 0
    answer = always(customer.authority.revocation_list())

    def counted(heard: object) -> object:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
            if busy == 4:
                go.set()
        go.wait(5)
        with lock:
            busy -= 1
        return answer(heard)  # type: ignore[arg-type]  # as it came

    customer.server.answers["/ocsp"] = counted  # type: ignore[assignment]
    ask_all(customer.asker, questions(customer, 12, "ocsp"), seconds=10)
    assert most == 4


def test_a_fault_over_some_keeps_no_other_answer_from_coming(customer: Customer) -> None:
    """More faults than there are threads: each is one certificate's, and the round goes on."""
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    asked = questions(customer, 8, "crl")
    faulty = {one.certificate.sha256 for one in asked[:6]}

    class Faulty(Asker):
        def ask(self, certificate: Certificate, *given: Any, **named: Any) -> Revocation:
            if certificate.sha256 in faulty:
                raise ValueError("an odd octet")
            return super().ask(certificate, *given, **named)

    answers = ask_all(Faulty(None), asked)
    causes = [answers[one.certificate.sha256].cause for one in asked]
    assert causes == ["unreadable"] * 6 + [""] * 2
    assert answers[asked[0].certificate.sha256].detail == "ValueError"


def test_nothing_to_ask_is_no_round() -> None:
    """No thread, no error."""
    assert ask_all(Asker(None), []) == {}
    nameless = Question(Certificate(Authority().issue("name").der))
    assert [one.cause for one in ask_all(Asker(None), [nameless]).values()] == ["not-named"]
