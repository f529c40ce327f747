"""What is kept between two looks: a true answer while it holds, and nothing else."""

from __future__ import annotations

import os
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from support.pki import ISSUER, Authority, Issued
from support.revocation_servers import Customer, Heard, Reply, ago, always, now
from support.systems import only_on_linux

from certhelper.certificate import Certificate
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation.asker import Asker
from certhelper.revocation.cache import Cache

GOOD, REVOKED, UNKNOWN = RevocationStatus


def response(
    authority: Authority,
    issued: Issued,
    *,
    revoked: x509.ReasonFlags | None = None,
    days: float = 1,
    age_days: float = 0.1,
) -> Reply:
    """An answer of OCSP as many a large CA gives it: made before, for all, without a nonce."""
    status = ocsp.OCSPCertStatus.GOOD if revoked is None else ocsp.OCSPCertStatus.REVOKED
    start = ago(days=age_days)
    built = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            issued.certificate,
            authority.certificate,
            hashes.SHA1(),
            status,
            start,
            start + timedelta(days=days),
            None if revoked is None else ago(days=3),
            revoked,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate)
        .sign(authority.issued.key, hashes.SHA256())
    )
    return Reply(built.public_bytes(Encoding.DER))


@pytest.fixture
def answered(customer: Customer) -> Issued:
    """A certificate about which the responder has said "good", once."""
    issued = customer.issue("ocsp")
    customer.server.answers["/ocsp"] = lambda _: response(customer.authority, issued)
    assert customer.ask(issued).status is GOOD
    return issued


def later(customer: Customer, issued: Issued, folder: Path, *, offline: bool = False) -> Revocation:
    """Ask as the next start of the program does."""
    customer.asker = Asker(folder)
    return customer.ask(issued, offline=offline)


def said_offline(customer: Customer, issued: Issued, folder: Path, after: timedelta) -> Revocation:
    """Ask what is kept, at a later time."""
    certificate, issuers = Certificate(issued.der), [customer.authority.der]
    return Asker(folder).ask(certificate, issuers, now() + after, offline=True)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_nobody_is_asked_while_an_answer_holds(
    customer: Customer, answered: Issued, cache_folder: Path
) -> None:
    """By the next start of the program, too, with the network or without."""
    for offline in (False, True):
        said = later(customer, answered, cache_folder, offline=offline)
        assert (said.status, said.source) == (GOOD, "ocsp")
    assert customer.server.count("/ocsp") == 1


def test_nothing_is_kept_about_another_certificate(
    customer: Customer, answered: Issued, cache_folder: Path
) -> None:
    """Each has its own answer; offline that is none."""
    other = customer.issue("ocsp")
    assert later(customer, other, cache_folder, offline=True).cause == "not-asked"


@only_on_linux  # POSIX rights
def test_only_the_person_can_read_it(answered: Issued, cache_folder: Path) -> None:
    """And nothing unfinished stays behind."""
    [kept] = files(cache_folder)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache_folder.stat().st_mode) == 0o700
    assert kept.suffix == ".ocsp"


@pytest.mark.parametrize("harm", ["flip", "cut", "other-issuer", "junk", "huge"])
def test_what_was_tampered_with_is_worth_nothing(
    customer: Customer, answered: Issued, cache_folder: Path, harm: str
) -> None:
    """It is thrown away, and the responder asked again."""
    [kept] = files(cache_folder)
    octets, times = kept.read_bytes(), kept.stat()
    forged = {
        "flip": octets[:-5] + bytes((octets[-5] ^ 1,)) + octets[-4:],
        "cut": octets[:100],
        "other-issuer": response(Authority(ISSUER), answered).body,
        "junk": b"revoked",
        "huge": b"\x30" * 10_000_000,
    }[harm]
    kept.write_bytes(forged)
    os.utime(kept, (times.st_atime, times.st_mtime))
    assert later(customer, answered, cache_folder, offline=True).cause == "not-asked"
    assert later(customer, answered, cache_folder).status is GOOD
    assert customer.server.count("/ocsp") == 2


def test_an_answer_that_is_over_is_removed(
    customer: Customer, answered: Issued, cache_folder: Path
) -> None:
    """Its own signed end counts, not only the file's date."""
    certificate, issuers = Certificate(answered.der), [customer.authority.der]
    [kept] = files(cache_folder)
    far = (now() + timedelta(days=300)).timestamp()
    os.utime(kept, (far, far))
    late = now() + timedelta(days=2)
    said = Asker(cache_folder).ask(certificate, issuers, late, offline=True)
    assert said.cause == "not-asked"
    assert not files(cache_folder)


def test_a_list_that_is_over_is_removed(customer: Customer, cache_folder: Path) -> None:
    """Of lists, too, the signed end counts: somebody may have given the file another date."""
    issued = customer.issue("crl")
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    assert customer.ask(issued).status is GOOD
    [kept] = files(cache_folder)
    far = (now() + timedelta(days=300)).timestamp()
    os.utime(kept, (far, far))
    assert said_offline(customer, issued, cache_folder, timedelta(hours=12)).status is GOOD
    assert said_offline(customer, issued, cache_folder, timedelta(days=2)).cause == "not-asked"
    assert not files(cache_folder)


def test_a_week_is_the_longest(customer: Customer, cache_folder: Path) -> None:
    """Whatever the responder allows, it is asked again after that."""
    issued = customer.issue("ocsp")
    customer.server.answers["/ocsp"] = lambda _: response(customer.authority, issued, days=90)
    customer.ask(issued)
    [kept] = files(cache_folder)
    assert abs(kept.stat().st_mtime - (now() + timedelta(days=7)).timestamp()) < 60
    assert said_offline(customer, issued, cache_folder, timedelta(days=6)).status is GOOD
    assert said_offline(customer, issued, cache_folder, timedelta(days=8)).cause == "not-asked"


def test_expired_files_of_others_are_removed(customer: Customer, cache_folder: Path) -> None:
    """Certificates come and go; their answers do not stay."""
    cache_folder.mkdir()
    old, fresh, unfinished = (cache_folder / name for name in ("a.ocsp", "b.crl", "c.ocsp.0.part"))
    for path, when in (
        (old, ago(days=1)),
        (fresh, now() + timedelta(days=1)),
        (unfinished, ago(days=1)),
    ):
        path.write_bytes(b"x")
        os.utime(path, (when.timestamp(), when.timestamp()))
    issued = customer.issue("ocsp")
    customer.server.answers["/ocsp"] = lambda _: response(customer.authority, issued)
    customer.ask(issued)
    assert old not in files(cache_folder)
    assert unfinished not in files(cache_folder)
    assert fresh in files(cache_folder)


def test_revoked_stays_revoked(customer: Customer, cache_folder: Path) -> None:
    """For good: no end of an answer makes the certificate good again."""
    issued = customer.issue("ocsp")
    reason = x509.ReasonFlags.key_compromise
    customer.server.answers["/ocsp"] = lambda _: response(
        customer.authority, issued, revoked=reason
    )
    assert customer.ask(issued).status is REVOKED
    late = now() + timedelta(days=60)
    said = Asker(cache_folder).ask(
        Certificate(issued.der), [customer.authority.der], late, offline=True
    )
    assert (said.status, said.cause) == (REVOKED, "keyCompromise")


def test_a_hold_is_asked_about_again(customer: Customer, cache_folder: Path) -> None:
    """It may have been lifted."""
    issued = customer.issue("ocsp")
    reason = x509.ReasonFlags.certificate_hold
    customer.server.answers["/ocsp"] = lambda _: response(
        customer.authority, issued, revoked=reason
    )
    assert customer.ask(issued).cause == "certificateHold"
    late = now() + timedelta(days=60)
    said = Asker(cache_folder).ask(
        Certificate(issued.der), [customer.authority.der], late, offline=True
    )
    assert said.cause == "not-asked"


def test_a_revocation_from_a_list_outlives_the_list(customer: Customer, cache_folder: Path) -> None:
    """The list is over after a day; that the certificate was on it is not."""
    issued, other = customer.issue("crl"), customer.issue("crl")
    customer.server.answers["/crl"] = always(customer.authority.revocation_list(issued))
    assert customer.ask(issued).status is REVOKED
    assert customer.ask(other).status is GOOD
    assert later(customer, other, cache_folder, offline=True).status is GOOD
    late, issuers = now() + timedelta(days=60), [customer.authority.der]
    said = [
        Asker(cache_folder).ask(Certificate(one.der), issuers, late, offline=True)
        for one in (issued, other)
    ]
    assert said[0].status is REVOKED
    assert said[1].cause == "not-asked"


def test_the_issuer_is_got_where_the_certificate_says(
    customer: Customer, cache_folder: Path
) -> None:
    """And kept, so that answers can be verified without the network; a stranger's is refused."""
    issued = customer.issue("ocsp", "issuer")
    customer.server.answers["/ocsp"] = lambda _: response(customer.authority, issued)

    def ask(*, offline: bool = False) -> Revocation:
        return Asker(cache_folder).ask(Certificate(issued.der), [], now(), offline=offline)

    assert ask().cause == "issuer-missing"
    customer.server.answers["/issuer"] = always(Authority(ISSUER).der)
    assert ask().cause == "issuer-missing"
    assert ask(offline=True).cause == "not-asked"
    for form in (customer.authority.pem, customer.authority.der):
        customer.server.answers["/issuer"] = always(form)
        assert ask().status is GOOD
    assert ask(offline=True).status is GOOD
    assert customer.server.count("/issuer") == 3


def test_an_issuer_that_is_named_nowhere(customer: Customer) -> None:
    """Without it no answer could be verified, so nobody is asked."""
    issued = customer.issue("ocsp")
    said = customer.asker.ask(Certificate(issued.der), [Authority(ISSUER).der], now())
    assert (said.status, said.cause) == (UNKNOWN, "issuer-missing")
    assert not customer.server.heard


def test_a_folder_that_cannot_be_written_costs_nothing_else(
    customer: Customer, tmp_path: Path
) -> None:
    """A file where the folder should be, as nobody's rights can forbid."""
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")
    customer.asker = Asker(blocked)
    issued = customer.issue("ocsp")
    customer.server.answers["/ocsp"] = lambda _: response(customer.authority, issued)
    assert customer.ask(issued).status is GOOD
    assert blocked.read_bytes() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="only on Linux: links and pipes in a folder")
def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    """Nothing waits for a pipe, nothing follows a link out of the folder."""
    cache = Cache(tmp_path)
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    far = (now() + timedelta(days=1)).timestamp()
    os.utime(outside, (far, far))
    assert cache.read("outside", now(), 10) == b"x"
    (tmp_path / "link").symlink_to(outside)
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    assert cache.read("link", now(), 10) is None
    assert cache.read("pipe", now(), 10) is None


def test_a_response_without_an_end_is_kept_for_minutes(
    customer: Customer, cache_folder: Path
) -> None:
    """There may be a newer one at any time; and one of days ago is stale when it comes."""
    issued = customer.issue("ocsp")
    asked: list[Heard] = []

    def endless(heard: Heard) -> Reply:
        asked.append(heard)
        built = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                issued.certificate,
                customer.authority.certificate,
                hashes.SHA256(),
                ocsp.OCSPCertStatus.GOOD,
                ago(days=0 if len(asked) == 1 else 3),
                None,
                None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, customer.authority.certificate)
            .sign(customer.authority.issued.key, hashes.SHA256())
        )
        return Reply(built.public_bytes(Encoding.DER))

    customer.server.answers["/ocsp"] = endless
    assert customer.ask(issued).status is GOOD
    [kept] = files(cache_folder)
    assert kept.stat().st_mtime < (now() + timedelta(hours=1)).timestamp()
    assert said_offline(customer, issued, cache_folder, timedelta(minutes=20)).status is GOOD
    late = said_offline(customer, issued, cache_folder, timedelta(minutes=40))
    assert late.cause == "not-asked"
    said = Asker(None).ask(Certificate(issued.der), [customer.authority.der], now())
    assert said.cause == "stale"
