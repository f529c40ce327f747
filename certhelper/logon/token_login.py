"""Opens a token or a locked database in the session's process, before the engine starts.

One press of the person's is one try (``C_Login``); nothing here tries again.  Afterwards the
process is logged in until :meth:`OpenedKeys.close`, and a token that the process leaves behind at
the latest with its end.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from certhelper.failures import FailedError
from certhelper.logon.token_nss import (
    PIN_EXPIRED,
    PIN_LOCKED,
    Nss,
    NssError,
    TokenState,
    WrongSecretError,
)
from certhelper.logon.unlocking import Lent, Unlocking
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores.base import TriesLeft
from certhelper.stores.pkcs11_flags import CKF_PROTECTED_AUTHENTICATION_PATH
from certhelper.stores.pkcs11_tries import tries_of
from certhelper.texts import text

_log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0
READER_TIME_LIMIT_S = 180.0
"""Where a person types on the reader: readers give up by themselves after 30 to 60 seconds."""


class OpenedKeys:
    """What was opened; to be closed when the engine has gone."""

    def __init__(self, nss: Nss, slot: int, module: LoadedModule | None) -> None:
        self._nss = nss
        self._slot = slot
        self._module = module

    def close(self) -> None:
        """Log out and let the module go.

        What a token refuses here (it was pulled, say) is noted only: its process ends now.
        """
        try:
            self._nss.log_out(self._slot)
        except NssError as error:
            _log.info("no log-out from the token: %s", error.number)
        self._nss.free(self._slot)
        if self._module is not None:
            self._module.let_go()


class LoadedModule(NamedTuple):
    """A token's module in this process; ``handle`` is NSS's."""

    nss: Nss
    handle: int
    path: Path

    def let_go(self) -> None:
        try:
            self.nss.unload(self.handle, self.path)
        except (NssError, OSError) as error:
            _log.info("the token's module stays until the end: %s", error)


def time_limit_s(order: Unlocking) -> float:
    """Return the seconds after which :func:`open_within_limit` gives up."""
    return READER_TIME_LIMIT_S if order.is_typed_on_reader else TIME_LIMIT_S


def open_within_limit(
    order: Unlocking, secret: Secret | None, nss: Nss | None = None
) -> OpenedKeys:
    """As :func:`open_keys`, with an end to the wait: a module may hang for ever.

    In a thread, so that this process still hears that it shall end.  Raises ``FailedError``
    (``token-not-answering``) besides; the thread is then left behind, and the process must end.
    """
    outcome: list[OpenedKeys | BaseException] = []

    def run() -> None:
        try:
            outcome.append(open_keys(order, secret, nss))
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
            outcome.append(error)

    worker = threading.Thread(target=run, name="open the keys", daemon=True)
    worker.start()
    worker.join(time_limit_s(order))
    if not outcome:
        raise FailedError("token-not-answering", token=order.where)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def open_keys(order: Unlocking, secret: Secret | None, nss: Nss | None = None) -> OpenedKeys:
    """Do what ``order`` says, with one try at most; the secret is wiped afterwards.

    Raises :class:`FailedError`: ``database-password-wrong``, ``database-not-opened``, and for a
    token ``token-module-failed``, ``token-gone``, ``token-locked``, ``token-last-try``,
    ``token-pin-wrong``, ``token-pin-expired``, ``token-login-refused``.
    """
    try:
        opened = nss or Nss()
        opened.open_database()
        if order.module is None:
            return _open_database(opened, order, secret)
        with _lent(order.lent):
            return _open_token(opened, order, order.module, secret)
    except (OSError, NssError) as error:
        number = str(error.number) if isinstance(error, NssError) else str(error)
        raise FailedError("database-not-opened", where=order.where, error=number) from error
    finally:
        if secret is not None:
            secret.wipe()


def check_tries(tries: TriesLeft, token: str, *, last_try: bool) -> None:
    """Refuse what nobody wants to happen by accident.

    Raises :class:`FailedError`: ``token-locked``; ``token-last-try`` unless the person insists.
    """
    if tries is TriesLeft.NONE:
        raise FailedError("token-locked", token=token)
    if tries is TriesLeft.LAST and not last_try:
        raise FailedError("token-last-try", token=token)


def _open_database(nss: Nss, order: Unlocking, secret: Secret | None) -> OpenedKeys:
    if not secret:
        raise FailedError("database-password-needed", where=order.where)
    slot = nss.internal_slot()
    try:
        nss.log_in(slot, secret)
    except WrongSecretError:
        raise FailedError("database-password-wrong", where=order.where) from None
    return OpenedKeys(nss, slot, None)


def _open_token(nss: Nss, order: Unlocking, path: Path, secret: Secret | None) -> OpenedKeys:
    try:
        module = LoadedModule(nss, nss.load(path), path)
    except (NssError, ValueError) as error:
        number = str(error.number) if isinstance(error, NssError) else ""
        raise FailedError("token-module-failed", module=safe(str(path)), error=number) from error
    try:
        slot = _slot_of(nss, order, path)
        try:
            if order.needs_secret:
                _log_in(nss, slot, order, secret)
        except BaseException:
            nss.free(slot)
            raise
    except BaseException:
        module.let_go()
        raise
    return OpenedKeys(nss, slot, module)


def _slot_of(nss: Nss, order: Unlocking, module: Path) -> int:
    """Find the very token that was chosen, and hide all others of the module from the engine.

    A card may stand in several slots of one number, and a slot may hold another card by now.
    NSS counts a certificate that is on several tokens as one, of one token, and where nobody logged
    into that it leaves the certificate out of what the engine may offer (tried with NSS 3.87: only
    the token in the last of the module's slots worked).
    """
    slots = nss.slots(module)
    wanted = [slot for slot in slots if _is_meant(nss, slot, order, module)]
    exact = [slot for slot in wanted if nss.number_of(slot) == order.slot_id]
    chosen = (exact or wanted)[:1] if exact or len(wanted) == 1 else []
    try:
        for slot in slots:
            if chosen and slot not in chosen:
                nss.hide(slot)
    finally:
        for slot in slots:
            if slot not in chosen:
                nss.free(slot)
    if not chosen:
        raise FailedError("token-gone", token=order.where)
    return chosen[0]


def _is_meant(nss: Nss, slot: int, order: Unlocking, module: Path) -> bool:
    """Compare octets, and look for the certificate: label and serial are any maker's free text."""
    try:
        token = nss.token_of(slot)
    except NssError:  # it is being pulled: then it is not there
        return False
    if (token.label, token.serial) != (order.label, order.serial):
        return False
    return nss.holds(slot, module, order.certificate)


def _log_in(nss: Nss, slot: int, order: Unlocking, secret: Secret | None) -> None:
    """One try, after a look at how many are left.

    Where it is typed must be as the person was told: without a reader of its own, a token would
    take no PIN for an empty one, and that is a try.
    """
    state = _state(nss, slot, order)
    on_reader = bool(state.flags & CKF_PROTECTED_AUTHENTICATION_PATH)
    if {nss.is_typed_on_reader(slot), order.is_typed_on_reader} != {on_reader}:
        raise FailedError("token-gone", token=order.where)
    check_tries(tries_of(state.flags), order.where, last_try=order.last_try)
    if not on_reader and not secret:
        raise FailedError("token-pin-needed", token=order.where)
    try:
        nss.log_in(slot, None if on_reader else secret)
    except WrongSecretError:
        raise _wrong(nss, slot, order) from None
    except NssError as error:
        if error.number == PIN_EXPIRED:
            raise FailedError("token-pin-expired", token=order.where) from error
        tries = tries_of(_state(nss, slot, order).flags)
        if tries is TriesLeft.NONE or error.number == PIN_LOCKED:  # not every token tells its tries
            raise FailedError("token-locked", token=order.where) from error
        facts = {"token": order.where, "error": str(error.number)}
        raise FailedError("token-login-refused", **facts, tries=_said(tries)) from error


def _wrong(nss: Nss, slot: int, order: Unlocking) -> FailedError:
    """The PIN was wrong: what the token says now of how many may follow."""
    tries = tries_of(_state(nss, slot, order).flags)
    if tries is TriesLeft.NONE:
        return FailedError("token-locked", token=order.where)
    return FailedError("token-pin-wrong", token=order.where, tries=_said(tries))


def _state(nss: Nss, slot: int, order: Unlocking) -> TokenState:
    try:
        return nss.token_of(slot)
    except NssError as error:
        raise FailedError("token-gone", token=order.where) from error


def _said(tries: TriesLeft) -> str:
    return text(f"secrets.tries.{tries.value}")


@contextmanager
def _lent(variables: Lent) -> Iterator[None]:
    """Let the module see the person's own folders while it starts, and nobody after it.

    The engine must not: it would open their databases and keep its traces there.
    """
    before = {name: os.environ.get(name) for name, _ in variables}
    own = {name: None if value is None else os.fsdecode(value) for name, value in variables}
    _set(own)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
