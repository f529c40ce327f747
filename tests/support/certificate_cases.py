"""A real case for every finding about certificates: ``CASES`` are by code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from support import certificate_checks as diagnoses
from support import der, listings, nssdb
from support.certificate_checks import (
    AT,
    CONTRACT,
    EMPTY_READER,
    HUNG,
    USER,
    check,
    not_read,
    scene,
)
from support.pki import EMAIL_PROTECTION, Authority, Issued
from support.revocation_servers import RevocationServer, ago, always, names, now

from certhelper.certificate import Certificate
from certhelper.diagnosis import people
from certhelper.diagnosis.checks import account
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.network.looks import Seen
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.values import Kind, Value
from certhelper.stores.base import Installed, KeyState, KeyTrouble, Token, TriesLeft
from certhelper.stores.nss import NssStore
from certhelper.windows.profile_type import ProfileType


class Ground(NamedTuple):
    """What a case may use: a folder of its own, a CA, and a server for its revocations."""

    folder: Path
    authority: Authority
    server: RevocationServer


Case = Callable[[Ground], Sequence[Finding]]

WINDOWS = "windows:CurrentUser"
ACCOUNT = Value(Kind.ACCOUNT, "hanako")
OLD_PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"


def usable(
    name: str = USER, days: int = 100, age: int = 200, store: str = listings.STORE
) -> Installed:
    return listings.installed(name, days=days, age=age, store=store)


def keyless(name: str = USER, age: int = 200) -> Installed:
    return listings.installed(name, key=KeyState.ABSENT, age=age)


def in_windows(key: KeyState, cause: str = "", code: str = "", provider: str = "") -> Installed:
    trouble = KeyTrouble(cause, code) if cause else None
    made = listings.installed(USER, key=key, store=WINDOWS)
    return made._replace(key_trouble=trouble, key_provider=provider or None)


def made(octets: bytes) -> Installed:
    """A certificate that is wrong in one place."""
    return Installed(Certificate(octets), listings.STORE, "label", KeyState.PRESENT)


def case(name: str, *certificates: Installed, **named: object) -> Case:
    """A check of certificates that a store tells of."""
    return lambda _: check(name, scene(*certificates, **named))  # type: ignore[arg-type]


def chosen(name: str, one: Installed, *others: Installed, issuer: str = "") -> Case:
    sha256 = one.certificate.sha256
    return lambda _: check(name, scene(one, *others, chosen=sha256, issuer=issuer))


def on_windows(*certificates: Installed, profile: ProfileType | None = ProfileType.LOCAL) -> Case:
    """What is said of the account there; on Linux the facts of Windows are given."""
    return lambda _: account.findings(people.people(scene(*certificates)), ACCOUNT, profile)


def database(ground: Ground, *issued: Issued) -> Path:
    """A real NSS database, where the keys can be tried."""
    entries = [(one, f"certificate {at}") for at, one in enumerate(issued)]
    return nssdb.make(ground.folder / "nssdb", entries).directory


def keys_tried(directory: Path) -> Sequence[Finding]:
    return check("key-usable", diagnoses.scene_of_stores(NssStore(directory), at=now()))


def signs(ground: Ground) -> Sequence[Finding]:
    return keys_tried(database(ground, ground.authority.issue(USER)))


def damage(directory: Path, where: str = "") -> None:
    with closing(sqlite3.connect(directory / "key4.db", isolation_level=None)) as connection:
        connection.execute(f"UPDATE nssPrivate SET a11 = zeroblob(length(a11)) {where}")


def damaged(ground: Ground) -> Sequence[Finding]:
    directory = database(ground, ground.authority.issue(USER))
    damage(directory)
    return keys_tried(directory)


def newest_damaged(ground: Ground) -> Sequence[Finding]:
    """The key of the newer certificate does not sign; that of the older one does."""
    old = ground.authority.issue(USER, not_before=ago(days=300), not_after=now() + timedelta(30))
    directory = database(ground, old, ground.authority.issue(USER))
    damage(directory, "WHERE id = (SELECT max(id) FROM nssPrivate)")
    return keys_tried(directory)


def locked(ground: Ground) -> Sequence[Finding]:
    issued = ground.authority.issue(USER)
    made = nssdb.make(ground.folder / "nssdb", [(issued, "mine")], password="open, please")
    return keys_tried(made.directory)


def revoked(
    *kinds: str,
    name: str = USER,
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    offline: bool = False,
    looked_by: str = "revocation",
    is_chosen: bool = False,
) -> Case:
    """Certificates, the newest first: revoked, good, or nobody's to ask about.

    ``is_chosen``: it is about the newest of them.
    """

    def carried_out(ground: Ground) -> Sequence[Finding]:
        rows, gone = [], []
        for age, kind in enumerate(kinds):
            extensions = [] if kind == "unnamed" else names(crl=[ground.server.address("/crl")])
            begun = ago(days=1 + age)
            issued = ground.authority.issue(name, not_before=begun, extensions=extensions)
            rows.append(diagnoses.installed(issued))
            gone += [issued] if kind == "revoked" else []
        ground.server.answers["/crl"] = always(crl(ground.authority, gone, reason))
        chain = listings.reading()._replace(where="/chain", chain=(ground.authority.der,))
        wanted = rows[0].certificate.sha256 if is_chosen else ""
        given = scene(*rows, readings=[chain], at=now(), offline=offline, chosen=wanted)
        return check(looked_by, given)

    return carried_out


def crl(authority: Authority, gone: Sequence[Issued], reason: x509.ReasonFlags) -> bytes:
    """A list of the revoked with the reason."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(ago(hours=1))
        .next_update(now() + timedelta(days=1))
    )
    for issued in gone:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(issued.certificate.serial_number)
            .revocation_date(ago(hours=2))
            .add_extension(x509.CRLReason(reason), critical=False)
            .build()
        )
    signed = builder.sign(authority.issued.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def issuer_expired(ground: Ground) -> Sequence[Finding]:
    expired = Authority("Old CA", not_before=ago(days=900), not_after=ago(days=10))
    row = diagnoses.installed(expired.issue(USER))
    chain = listings.reading()._replace(where="/chain", chain=(expired.der,))
    return check("revocation", scene(row, readings=[chain], at=now()))


def clock_ahead(ground: Ground) -> Sequence[Finding]:
    """A server's word on the time is there; how it is asked for: test_clock.py."""
    given = scene(usable(), at=AT + timedelta(days=400), is_clock_confirmed=False)
    server = Seen(("logon.bank.test", 443), Reach.CONNECTED, ahead=timedelta(days=400))
    given.once("bank clock", lambda: (server,))
    return check("period", given)


G2 = "CN=Example Bank Biznet CA - G2"
ANOTHERS = diagnoses.installed(Authority("Another CA").issue("98765432109876 tanaka"))
TWO_NAMES = diagnoses.installed(
    Authority().issue([("CN", f"{CONTRACT} user05"), ("CN", f"{CONTRACT} user06")])
)
NAMELESS = diagnoses.installed(Authority().issue([("O", "Example Bank, Ltd.")]))
NO_DATES = made(der.certificate(validity=der.sequence(der.utc_time("9"), der.utc_time("9"))))
NO_KEY_INFO = made(der.certificate(key=der.sequence(der.integer(1))))
ODD_VERSION = made(der.certificate(version=der.tlv(0xA0, der.integer(6))))
NO_ISSUER = made(der.certificate(issuer=der.integer(1)))
LAST_TRY = Token(
    "card",
    "1",
    "maker",
    "model",
    1,
    needs_login=True,
    is_protected_path=False,
    tries=TriesLeft.LAST,
)
CARD_OUT = in_windows(KeyState.NEEDS_USER, "card-missing", "0x8010000C")

CASES: dict[str, Case] = {
    "account-same": on_windows(in_windows(KeyState.PRESENT)),
    "account-perhaps-other": on_windows(in_windows(KeyState.UNUSABLE, "undecipherable")),
    "account-temporary-profile": on_windows(in_windows(KeyState.UNUSABLE, "temporary-profile")),
    "account-mandatory-profile": on_windows(usable(), profile=ProfileType.MANDATORY),
    "account-open": on_windows(in_windows(KeyState.NEEDS_USER, "asks")),
    "account-not-told": case("account", usable()),
    "present-here": case("present", usable(), readings=[EMPTY_READER]),
    "present-none": case("present"),
    "present-none-unread": case("present", readings=[EMPTY_READER, HUNG]),
    "present-unread": case("present", usable(), readings=[HUNG, not_read("database-locked")]),
    "present-place-in-use": case("present", readings=[not_read("database-locked")]),
    "present-place-passphrase": case("present", readings=[not_read("passphrase-wrong")]),
    "present-place-damaged": case("present", usable(), readings=[not_read("database-damaged")]),
    "present-place-hung": case("present", usable(), readings=[HUNG]),
    "present-place-no-token": case("present", readings=[EMPTY_READER]),
    "present-place-software": case("present", readings=[not_read("module-not-loadable")]),
    "present-place-not-opened": case("present", readings=[not_read("store-access-denied")]),
    "present-place-left-out": case("present", readings=[not_read("pkcs12-left-out")]),
    "present-chosen-gone": case("present", usable(), chosen="0" * 64),
    "present-computer-store": case("present", usable(store="windows:LocalMachine")),
    "present-archived": case("present", usable()._replace(is_archived=True)),
    "present-unnamed": case("present", usable("Taro Yamada 20240401")),
    "issuer-of-bank": case("issuer", usable(), ANOTHERS, issuer=G2),
    "issuer-other": chosen("issuer", ANOTHERS, usable(), issuer=G2),
    "issuer-only-others": case("issuer", ANOTHERS, issuer=G2),
    "issuer-unreadable": chosen("issuer", NO_ISSUER, issuer=G2),
    "issuer-not-named": case("issuer", usable()),
    "issuer-nobody": case("issuer"),
    "name-read": case("name", usable(), TWO_NAMES),
    "name-administrator": chosen("name", usable(CONTRACT)),
    "name-administrator-only": case("name", usable(CONTRACT)),
    "name-unreadable": chosen("name", usable("1234567890123 user01"), usable()),
    "name-several": case("name", TWO_NAMES),
    "name-look-alike": case("name", usable(f"{CONTRACT} us\u0435r01")),
    "name-nameless": case("name", NAMELESS),
    "name-nobody": case("name"),
    "period-valid": case("period", usable()),
    "period-expired": case("period", usable(days=-3)),
    "period-expired-administrator": case("period", usable(CONTRACT, days=-3)),
    "period-not-begun": case("period", usable(age=-3)),
    "period-ends-soon": case("period", usable(days=9)),
    "period-ends-today": case("period", usable(days=0)),
    "period-unreadable": case("period", NO_DATES),
    "period-by-clock": clock_ahead,
    "period-nobody": case("period"),
    "duplicates-none": case("duplicates", usable(), usable(days=-3, age=400)),
    "duplicates-several": case("duplicates", usable(), usable(age=5), usable(days=-3, age=400)),
    "duplicates-chosen-unusable": chosen("duplicates", usable(days=-3, age=400), usable()),
    "duplicates-nobody": case("duplicates"),
    "key-here": case("key-present", usable()),
    "key-absent": case("key-present", keyless()),
    "key-absent-administrator": case("key-present", keyless(CONTRACT)),
    "key-of-newer-absent": case("key-present", keyless(age=5), usable(days=-3)),
    "key-of-newer-absent-administrator": case(
        "key-present", keyless(CONTRACT, age=5), usable(CONTRACT, days=-3)
    ),
    "key-of-newest-absent": case("key-present", keyless(age=5), usable(days=15)),
    "key-not-known": case("key-present", usable()._replace(key=KeyState.UNKNOWN)),
    "key-card-out": case("key-present", CARD_OUT),
    "key-does-not-open": case("key-present", in_windows(KeyState.UNUSABLE, "access-denied")),
    "key-nobody": case("key-present"),
    "key-signs": signs,
    "key-undecipherable": case(
        "key-usable", in_windows(KeyState.UNUSABLE, "undecipherable", "0x8009000B")
    ),
    "key-of-other-account": case("key-usable", in_windows(KeyState.UNUSABLE, "container-missing")),
    "key-damaged": damaged,
    "key-blocked": case("key-usable", in_windows(KeyState.UNUSABLE, "card-blocked")),
    "key-without-software": case("key-usable", in_windows(KeyState.UNUSABLE, "provider-missing")),
    "key-untried": locked,
    "key-of-other-works": newest_damaged,
    "key-few-tries": case("key-usable", usable(store="pkcs11:/gone.so")._replace(token=LAST_TRY)),
    "key-not-tested": case("key-usable", keyless()),
    "usage-for-log-on": case("usage", usable()),
    "usage-no-signature": case("usage", listings.installed(USER, usage=("keyEncipherment",))),
    "usage-other-purpose": case(
        "usage", diagnoses.installed(Authority().issue(USER, extended=(EMAIL_PROTECTION,)))
    ),
    "usage-key-unreadable": case("usage", NO_KEY_INFO),
    "usage-field-unreadable": case("usage", ODD_VERSION),
    "usage-nobody": case("usage"),
    "provider-current": case("provider", in_windows(KeyState.PRESENT, provider="Microsoft KSP")),
    "provider-old": case("provider", in_windows(KeyState.PRESENT, provider=OLD_PROVIDER)),
    "provider-elsewhere": case("provider", usable()),
    "provider-nobody": case("provider"),
    "revocation-none": revoked("good"),
    "revocation-revoked": revoked("revoked"),
    "revocation-revoked-administrator": revoked("revoked", name=CONTRACT),
    "revocation-hold": revoked("revoked", reason=x509.ReasonFlags.certificate_hold),
    "revocation-unknown": revoked("good", offline=True),
    "revocation-of-other": revoked("revoked", "good"),
    "revocation-issuer-not-valid": issuer_expired,
    "revocation-not-named": revoked("unnamed"),
    "revocation-nobody": case("revocation", keyless()),
}
ON_LINUX = frozenset(
    {"account-not-told", "key-signs", "key-damaged", "key-untried", "key-of-other-works"}
)
"""Cases of NSS, and what is said where there is no Windows."""
