"""Revocation lists over HTTP: OpenSSL's and our own, and those that do not count."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from support.pki import ISSUER, Authority, Issued, make_name
from support.revocation_servers import Customer, Reply, ago, always, names, now
from support.systems import only_on_linux

from certhelper.certificate import Certificate
from certhelper.checks import RevocationStatus
from certhelper.revocation.asker import Asker
from certhelper.revocation.question import Question
from certhelper.revocation.together import ask_all

GOOD, REVOKED, UNKNOWN = RevocationStatus

_CA_SETTINGS = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sha256
default_crl_days = 2
private_key = {folder}/ca.key
certificate = {folder}/ca.pem
"""


def revocation_list(
    authority: Authority,
    *revoked: Issued,
    start: datetime | None = None,
    end: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    issuer: x509.Name | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """A list in DER with whatever is wrong with it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or authority.certificate.subject)
        .last_update(start or ago(hours=1))
        .next_update(end or now() + timedelta(days=1))
    )
    for issued in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(issued.certificate.serial_number)
            .revocation_date(ago(hours=5))
        )
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(authority.issued.key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@only_on_linux  # the openssl program
@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_openssls_own_list(customer: Customer, tmp_path: Path, form: str) -> None:
    """``openssl ca -gencrl``: what a small CA's administrator serves, in either form."""
    good, bad = customer.issue("crl"), customer.issue("crl")
    program = shutil.which("openssl")
    assert program
    serial = f"{bad.certificate.serial_number:X}"
    serial = serial if len(serial) % 2 == 0 else f"0{serial}"
    since = ago(days=4)
    (tmp_path / "index.txt").write_text(
        f"R\t{(now() + timedelta(days=9)):%y%m%d%H%M%SZ}\t{since:%y%m%d%H%M%SZ},affiliationChanged"
        f"\t{serial}\tunknown\t/CN=customer\n"
    )
    (tmp_path / "crlnumber").write_text("01\n")
    (tmp_path / "ca.pem").write_bytes(customer.authority.pem)
    (tmp_path / "ca.key").write_bytes(customer.authority.issued.key_pem)
    (tmp_path / "ca.cnf").write_text(_CA_SETTINGS.format(folder=tmp_path))
    made = tmp_path / "list.pem"
    subprocess.run(
        [program, "ca", "-gencrl", "-config", str(tmp_path / "ca.cnf"), "-out", str(made)],
        check=True,
        capture_output=True,
    )
    octets = made.read_bytes()
    if form == "DER":
        octets = x509.load_pem_x509_crl(octets).public_bytes(Encoding.DER)
    customer.server.answers["/crl"] = always(octets)
    assert customer.ask(good).status is GOOD
    said = customer.ask(bad)
    assert (said.status, said.cause, said.source) == (REVOKED, "affiliationChanged", "crl")
    assert said.revoked_at == since


def test_one_list_is_fetched_once_for_many(customer: Customer) -> None:
    """However many certificates of an issuer are asked about side by side."""
    issued = [customer.issue("crl") for _ in range(12)]
    customer.server.answers["/crl"] = always(revocation_list(customer.authority, *issued[::3]))
    questions = [Question(Certificate(one.der), (customer.authority.der,)) for one in issued]
    answers = ask_all(customer.asker, questions)
    assert [answers[one.sha256].status for one in issued] == [REVOKED, GOOD, GOOD] * 4
    assert customer.server.count("/crl") == 1


def _own_scope(**named: object) -> list[tuple[x509.ExtensionType, bool]]:
    """An issuing distribution point that leaves something out."""
    values: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    point = x509.IssuingDistributionPoint(**(values | named))  # type: ignore[arg-type]
    return [(point, True)]


_ELSEWHERE = [x509.UniformResourceIdentifier("http://another.test/part-2")]


@pytest.mark.parametrize(
    "extensions",
    [
        _own_scope(only_contains_ca_certs=True),
        _own_scope(only_contains_attribute_certs=True),
        _own_scope(indirect_crl=True),
        _own_scope(only_some_reasons=frozenset({x509.ReasonFlags.superseded})),
        _own_scope(full_name=_ELSEWHERE),
        [(x509.DeltaCRLIndicator(3), True)],
        [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
    ],
    ids=["ca", "attribute", "indirect", "reasons", "another-part", "delta", "unknown-critical"],
)
def test_a_list_that_leaves_something_out_proves_nothing(
    customer: Customer, extensions: list[tuple[x509.ExtensionType, bool]]
) -> None:
    """That a certificate is not in it does not make it good."""
    octets = revocation_list(customer.authority, extensions=extensions)
    customer.server.answers["/crl"] = always(octets)
    said = customer.ask(customer.issue("crl"))
    assert (said.status, said.cause) == (UNKNOWN, "not-for-this")


def test_a_part_that_the_certificate_names_counts(customer: Customer) -> None:
    """Large CAs divide their lists; each certificate names its part."""
    here = [x509.UniformResourceIdentifier(customer.server.address("/crl"))]
    extensions = _own_scope(full_name=here, only_contains_user_certs=True)
    octets = revocation_list(customer.authority, extensions=extensions)
    customer.server.answers["/crl"] = always(octets)
    assert customer.ask(customer.issue("crl")).status is GOOD


def test_a_part_is_judged_for_each_certificate_anew(customer: Customer, cache_folder: Path) -> None:
    """A part that one certificate names says nothing of another that does not name it.

    At the place of the first part somebody on the way serves the second, rightly signed.  Neither
    what is in memory nor what is in the cache folder makes the other certificate good.
    """
    first, second = customer.server.address("/crl"), customer.server.address("/crl-2")
    both, one = (
        Certificate(customer.authority.issue(user, extensions=names(crl=named)).der)
        for user, named in (("user01", [first, second]), ("user02", [first]))
    )
    extensions = _own_scope(full_name=[x509.UniformResourceIdentifier(second)])
    part = revocation_list(customer.authority, extensions=extensions)
    customer.server.answers["/crl"] = always(part)
    issuers = [customer.authority.der]
    assert customer.asker.ask(both, issuers, now()).status is GOOD
    for asker in (customer.asker, Asker(cache_folder)):
        said = asker.ask(one, issuers, now())
        assert (said.status, said.cause) == (UNKNOWN, "not-for-this")
    assert Asker(cache_folder).ask(both, issuers, now(), offline=True).status is GOOD
    own = _own_scope(full_name=[x509.UniformResourceIdentifier(first)])
    customer.server.answers["/crl"] = always(revocation_list(customer.authority, extensions=own))
    customer.asker.forget_failures()
    assert customer.asker.ask(one, issuers, now()).status is GOOD


def test_a_list_must_be_the_issuers(customer: Customer) -> None:
    """Another's name, another's key, or an issuer that may not sign lists."""
    issued = customer.issue("crl")
    stranger = Authority(ISSUER)
    for octets, cause in (
        (revocation_list(stranger), "wrong-signature"),
        (revocation_list(customer.authority, issuer=make_name("Another CA")), "not-for-this"),
    ):
        customer.server.answers["/crl"] = always(octets)
        customer.asker.forget_failures()
        said = customer.ask(issued)
        assert (said.status, said.cause) == (UNKNOWN, cause)


def test_a_list_that_is_over_is_stale(customer: Customer) -> None:
    """And one of the future shows that a clock is wrong."""
    issued = customer.issue("crl")
    old = revocation_list(customer.authority, start=ago(days=9), end=ago(days=2))
    early = revocation_list(customer.authority, start=now() + timedelta(days=1))
    for octets, cause in ((old, "stale"), (early, "clock")):
        customer.server.answers["/crl"] = always(octets)
        customer.asker.forget_failures()
        assert customer.ask(issued).cause == cause


def test_a_hold_is_told_as_such(customer: Customer) -> None:
    """It may be lifted."""
    issued = customer.issue("crl")
    held = revocation_list(customer.authority, issued, reason=x509.ReasonFlags.certificate_hold)
    customer.server.answers["/crl"] = always(held)
    said = customer.ask(issued)
    assert (said.status, said.cause) == (REVOKED, "certificateHold")


def test_the_list_is_asked_where_the_responder_gives_no_answer(customer: Customer) -> None:
    """OCSP first; and where both fail, the cause that says most is told."""
    issued = customer.issue("ocsp", "crl")
    customer.server.answers["/ocsp"] = lambda _: Reply(status=500)
    customer.server.answers["/crl"] = always(revocation_list(customer.authority, issued))
    said = customer.ask(issued)
    assert (said.status, said.source) == (REVOKED, "crl")
    other = customer.issue("ocsp", "crl")
    customer.server.answers["/crl"] = always(revocation_list(Authority(ISSUER)))
    said = Asker(None).ask(Certificate(other.der), [customer.authority.der], now())
    assert (said.cause, said.source) == ("wrong-signature", "crl")


def test_moments_at_the_end_of_time_are_taken_as_they_are(customer: Customer) -> None:
    """31 December 9999 (RFC 5280 section 4.1.2.5) has no moment after it to reckon with."""
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    issued = customer.authority.issue(
        "12345678901234 user01",
        not_after=end,
        extensions=names(crl=[customer.server.address("/crl")]),
    )
    octets = revocation_list(customer.authority, issued, end=end)
    customer.server.answers["/crl"] = always(octets)
    assert customer.ask(issued).status is REVOKED
    other = customer.issue("crl")
    said = customer.ask(other)
    assert (said.status, said.good_until) == (GOOD, end)
