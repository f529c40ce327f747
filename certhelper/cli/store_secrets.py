"""Where a log-on's own secret comes from: ``--secret-fd``, or the person at the terminal.

Never from standard input, which is the bank's 利用者暗証番号.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from certhelper import texts
from certhelper.cli import output, terminal
from certhelper.failures import FailedError, WrongUseError
from certhelper.listing import Listing
from certhelper.logon.secret_wanted import SecretKind, SecretWanted
from certhelper.logon.token_login import check_tries
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores.base import LockedEntry, Store, TriesLeft

_LOCKED_FILE = "passphrase-needed"
_NEEDED = {
    SecretKind.TOKEN_PIN: "token-pin-needed",
    SecretKind.DATABASE_PASSWORD: "database-password-needed",
    SecretKind.KEY_FILE_PASSPHRASE: "key-passphrase-needed",
    SecretKind.CERTIFICATE_FILE_PASSPHRASE: "passphrase-needed",
}


@contextmanager
def file_opened(
    found: Listing, stores: Sequence[Store], given: Secret | None
) -> Iterator[Secret | None]:
    """Where nothing but one locked PKCS#12 file was found: open it, and lend its passphrase.

    Else ``given`` is lent.  Its rows show at the next reading of ``stores``.  Raises
    :class:`FailedError` (``passphrase-needed``, ``passphrase-wrong``).
    """
    entry = None if given is not None else _only_locked_file(found)
    if entry is None:
        yield given
        return
    with _passphrase_of(entry) as typed:
        if not _unlock(stores, entry, typed):
            raise FailedError("passphrase-wrong", where=safe(entry.where))
        yield typed


def open_to_list(found: Listing, stores: Sequence[Store]) -> bool:
    """The same for a list: say whether the person was asked, so that reading again is worth it.

    Without a person at the terminal, or with a wrong passphrase, the list says what is locked.
    """
    entry = _only_locked_file(found)
    if entry is None or not terminal.is_there():
        return False
    with _passphrase_of(entry) as typed:
        _unlock(stores, entry, typed)
    return True


def _only_locked_file(found: Listing) -> LockedEntry | None:
    """Return the locked file, where there is one and no certificate was found."""
    if found.grouped.judged:
        return None
    locked = [entry for reading in found.readings for entry in reading.locked_entries]
    waiting = [entry for entry in locked if entry.reason == _LOCKED_FILE]
    return waiting[0] if len(waiting) == 1 else None


def _passphrase_of(entry: LockedEntry) -> Secret:
    where = safe(entry.where)
    return _typed("file-passphrase", FailedError(_LOCKED_FILE, where=where), where)


def _unlock(stores: Sequence[Store], entry: LockedEntry, passphrase: Secret) -> bool:
    from certhelper.stores.pkcs12 import Pkcs12Store

    files = [store for store in stores if isinstance(store, Pkcs12Store)]
    return any(store.unlock(passphrase, entry.where) for store in files)


@contextmanager
def secret_for(
    needed: SecretWanted | None, given: Secret | None, arguments: argparse.Namespace
) -> Iterator[Secret | None]:
    """Lend the secret that opens the chosen key; it is wiped afterwards.

    Raises :class:`FailedError`: ``token-locked`` and ``token-last-try`` before anybody is asked,
    and a code of its kind where there is nobody to ask.  Raises :class:`WrongUseError`
    (``secret-needs-one-store``) where it is not sure that ``--secret-fd`` means this token: a PIN
    that goes to the wrong one uses up a try of it.
    """
    if needed is None:
        yield given
        return
    check_tries(needed.tries, needed.where, last_try=arguments.last_try)
    if needed.is_typed_on_reader:
        output.say(texts.text("secrets.on-reader", token=needed.where))
        yield None
    elif given is not None:
        check_place(needed, arguments.store)
        _say_tries(needed)
        yield given
    else:
        with _asked(needed) as typed:
            yield typed


def check_place(needed: SecretWanted, stores: Sequence[str]) -> None:
    """Refuse a token's PIN of ``--secret-fd`` where ``--store`` names more than one place.

    Raises :class:`WrongUseError` (``secret-needs-one-store``).
    """
    names_one = len(stores) == 1 and bool(stores[0].partition(":")[2])
    if needed.kind is SecretKind.TOKEN_PIN and not names_one:
        raise WrongUseError("secret-needs-one-store", token=needed.where)


def _asked(needed: SecretWanted) -> Secret:
    facts = {"token": needed.where, "where": needed.where}
    _say_tries(needed)
    return _typed(needed.kind.value, FailedError(_NEEDED[needed.kind], **facts), needed.where)


def _typed(name: str, nobody: FailedError, where: str) -> Secret:
    """Ask at the terminal, by name, without an echo; ``nobody`` is raised where nobody is there."""
    # A program that started this one and shows its messages elsewhere is no person at a terminal.
    if not sys.stderr.isatty():
        raise nobody
    try:
        return terminal.ask_secret(texts.text(f"secrets.{name}.question", where=where))
    except OSError as error:
        raise nobody from error


def _say_tries(needed: SecretWanted) -> None:
    """What the token tells of its tries; nothing while there are plenty."""
    if needed.tries is not TriesLeft.PLENTY:
        tries = texts.text(f"secrets.tries.{needed.tries.value}")
        output.say(texts.text("secrets.tries-of", token=needed.where, tries=tries))
