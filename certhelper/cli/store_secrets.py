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
from certhelper.logon.token_login import check_tries
from certhelper.logon.unlocking import SecretKind, SecretWanted
from certhelper.secret import Secret
from certhelper.stores.base import TriesLeft

_NEEDED = {
    SecretKind.TOKEN_PIN: "token-pin-needed",
    SecretKind.DATABASE_PASSWORD: "database-password-needed",
    SecretKind.KEY_FILE_PASSPHRASE: "passphrase-needed",
    SecretKind.CERTIFICATE_FILE_PASSPHRASE: "passphrase-needed",
}


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
        if needed.kind is SecretKind.TOKEN_PIN and not _names_one_place(arguments.store):
            raise WrongUseError("secret-needs-one-store", token=needed.where)
        _say_tries(needed)
        yield given
    else:
        with _asked(needed) as typed:
            yield typed


def _names_one_place(stores: Sequence[str]) -> bool:
    return len(stores) == 1 and bool(stores[0].partition(":")[2])


def _asked(needed: SecretWanted) -> Secret:
    """Ask at the terminal, by name, without an echo."""
    facts = {"token": needed.where, "where": needed.where}
    # A program that started this one and shows its messages elsewhere is no person at a terminal.
    if not sys.stderr.isatty():
        raise FailedError(_NEEDED[needed.kind], **facts)
    _say_tries(needed)
    question = texts.text(f"secrets.{needed.kind.value}.question", where=needed.where)
    try:
        return terminal.ask_secret(question)
    except OSError as error:
        raise FailedError(_NEEDED[needed.kind], **facts) from error


def _say_tries(needed: SecretWanted) -> None:
    """What the token tells of its tries; nothing while there are plenty."""
    if needed.tries is not TriesLeft.PLENTY:
        tries = texts.text(f"secrets.tries.{needed.tries.value}")
        output.say(texts.text("secrets.tries-of", token=needed.where, tries=tries))
