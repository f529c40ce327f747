"""What the commands share: which bank, which stores, which secret, which certificate."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from certhelper import banks, crash_dumps, failures, moment, texts, unread
from certhelper.bank import Bank
from certhelper.cli import output, revocation, waiting
from certhelper.failures import WrongUseError
from certhelper.listing import Listing
from certhelper.logon.secret_pipe import LONGEST_SECRET
from certhelper.safe_text import safe
from certhelper.secret import Secret, SecretTooLongError
from certhelper.stores import registry
from certhelper.stores.base import Store

SHORTEST_PREFIX = 8  # hex digits
_SENDING = frozenset({"logon", "rehearse"})
_SHOWN_CANDIDATES = 4
_PREFIX = rf"[0-9a-f]{{{SHORTEST_PREFIX},64}}"


def bank_of(arguments: argparse.Namespace) -> Bank:
    """Return the profile of ``--bank``, or the one to use without it.

    One that is about to send a certificate somewhere must be trusted; a file that was named
    counts as the person's word and is said on stderr, unless it is not what was agreed to
    (``profile-changed``).  Raises as :func:`certhelper.banks.find` and
    :func:`certhelper.banks.check_trusted`.
    """
    found = banks.find(arguments.bank)
    bank = found.bank
    if found.origin is banks.Origin.FILE:
        agreed = arguments.trust_profile
        if agreed is not None and agreed.lower() != bank.sha256:
            raise WrongUseError("profile-changed", file=safe(str(bank.source)))
        notice = {"file": str(bank.source), "hash": bank.sha256, "hosts": banks.hosts(bank)}
        output.say(texts.text("cli.notice.profile-file", **notice))
    elif arguments.command in _SENDING:
        banks.check_trusted(found, arguments.trust_profile)
        return _with_given_address(bank)
    elif arguments.command == "browser":  # says what the bank's servers will be sent
        return _with_given_address(bank)
    return bank


def bank_to_diagnose(arguments: argparse.Namespace) -> tuple[Bank, bool]:
    """Return the profile, and whether the servers that it names may be contacted.

    A profile that nobody has agreed to can be diagnosed, too, which is said on stderr: then
    nothing of this PC gets as far as a server of its.  Raises as :func:`bank_of`.
    """
    found = banks.find(arguments.bank)
    if found.origin is banks.Origin.FILE:
        return bank_of(arguments), True
    try:
        banks.check_trusted(found, arguments.trust_profile)
    except banks.UntrustedProfileError as error:
        output.say(failures.told(error).sentence())
        return found.bank, False
    return _with_given_address(found.bank), True


def _with_given_address(bank: Bank) -> Bank:
    """Where the profile has no log-on address: the one that the person gave in the window."""
    if bank.site.start_url:
        return bank
    from certhelper import logon_address, settings

    folder = settings.folder()
    kept = settings.SettingsFile(folder / settings.FILE_NAME).settings
    given = kept.logon_addresses.get(bank.id)
    if not given:
        return bank
    output.say(texts.text("cli.notice.given-address", host=logon_address.host_of(given)))
    return logon_address.with_address(bank, given, folder)


@contextmanager
def secret_of(arguments: argparse.Namespace) -> Iterator[Secret | None]:
    """Lend the first line of ``--secret-fd``, None without it; it is wiped afterwards.

    Raises :class:`WrongUseError` (``secret-unreadable``, ``secret-too-long``).
    """
    if arguments.secret_fd is None:
        yield None
        return
    crash_dumps.forbid()  # before a secret passes through this process
    try:
        secret = Secret.read_line(arguments.secret_fd, LONGEST_SECRET)
    except SecretTooLongError as error:
        raise WrongUseError("secret-too-long", limit=str(error.limit)) from error
    except OSError as error:
        descriptor, detail = str(arguments.secret_fd), error.strerror or ""
        raise WrongUseError("secret-unreadable", descriptor=descriptor, detail=detail) from error
    with secret:
        yield secret


def stores_of(arguments: argparse.Namespace, passphrase: Secret | None = None) -> Sequence[Store]:
    """Return the stores of ``--store``, or every one of this PC; each place once.

    Raises as :func:`certhelper.stores.registry.open_stores`.
    """
    if not arguments.store:
        return registry.stores_of_this_pc()
    named = [registry.open_stores(one, passphrase) for one in arguments.store]
    given = [store for stores in named for store in stores]
    return list({(store.kind, store.where): store for store in given}.values())


def listing_of(arguments: argparse.Namespace) -> Listing:
    """Read, judge and group what the arguments name, with what issuers say about revocation.

    Raises as the functions above.
    """
    with secret_of(arguments) as secret:
        return listing_with(arguments, secret)


def listing_with(arguments: argparse.Namespace, secret: Secret | None) -> Listing:
    """As :func:`listing_of`, with the secret of ``--secret-fd`` that the caller holds.

    Where one locked file is all that was found, a person at the terminal is asked for its
    passphrase as for a log-on; a program that reads JSON is not.
    """
    crash_dumps.forbid()  # before a file's key that needs no passphrase is compared
    given = getattr(arguments, "at", None)
    at = moment.parse(given) if given is not None else moment.now()
    bank = bank_of(arguments)
    stores = stores_of(arguments, secret)
    found = waiting.read(stores, bank, at)
    is_locked = any(reading.locked_entries for reading in found.readings)
    if secret is None and is_locked and not arguments.json and not found.grouped.judged:
        from certhelper.cli import store_secrets  # what asks is loaded where somebody may be asked

        if store_secrets.open_to_list(found, stores):
            found = waiting.read(stores, bank, at)
    if found.grouped.unrecognized or any(reading.chain for reading in found.readings):
        from certhelper import faulty_issuers  # most PCs have no issuer to be looked at

        found = faulty_issuers.told(found)
    return revocation.checked(found, arguments)


def fingerprint_of(arguments: argparse.Namespace, found: Listing) -> str | None:
    """Return the whole fingerprint that ``--certificate`` means, None without it.

    Raises as :func:`whole_fingerprint`.
    """
    given: str | None = arguments.certificate
    return None if given is None else whole_fingerprint(given, found)


def prefix_of(given: str) -> str:
    """Return the beginning of a SHA-256 as certificates have it.

    Raises :class:`WrongUseError` (``fingerprint-wrong``).
    """
    prefix = re.sub(r"[: ]", "", given).lower()
    if not re.fullmatch(_PREFIX, prefix):
        raise WrongUseError("fingerprint-wrong", given=given[:80])
    return prefix


def whole_fingerprint(given: str, found: Listing) -> str:
    """Return the SHA-256 that begins with ``given`` (any case, colons and spaces allowed).

    Raises :class:`WrongUseError` (``fingerprint-wrong``, ``fingerprint-unknown``,
    ``fingerprint-ambiguous``), and what stood in the way where a place could not be read
    (:func:`certhelper.unread.failure`).
    """
    prefix = prefix_of(given)
    known = {judged.installed.certificate.sha256 for judged in found.grouped.judged}
    matching = sorted(one for one in known if one.startswith(prefix))
    if not matching:
        unknown = WrongUseError("fingerprint-unknown", fingerprint=prefix)
        raise unread.failure(found.readings) or unknown
    if len(matching) > 1:
        telling = len(prefix) + SHORTEST_PREFIX
        shown = [f"{one[:telling]}…" for one in matching[:_SHOWN_CANDIDATES]]
        candidates = ", ".join(shown) + (", …" if len(matching) > len(shown) else "")
        facts = {"fingerprint": prefix, "count": str(len(matching)), "candidates": candidates}
        raise WrongUseError("fingerprint-ambiguous", **facts)
    return matching[0]
