"""1: whether it is the account that obtained the certificates.

Windows ties a key to the account that made it, and keeps no word of which one that was.  What tells
is the key itself: one that signs belongs to the current account; of one that does not open, the
error says how likely another account is.  On other systems nothing of the kind is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal

from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.machine_account import current_account
from certhelper.diagnosis.people import TEXTS, Person, kind_of, moment_of, people, reason, which
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, facts, plain
from certhelper.stores.base import KeyState
from certhelper.windows import obtained
from certhelper.windows.library import WindowsCallError
from certhelper.windows.profile_type import ProfileType, profile_type

_WINDOWS = "windows"
_TEMPORARY_KEY = "temporary-profile"
_ON_CARD, _OF_CARDS = "smart-card", "card-"


def check(scene: Scene) -> Sequence[Finding]:
    """Say whether the keys speak for another account, or the profile is one that forgets keys."""
    account = _account()
    if not is_windows():
        details = (Detail(f"{TEXTS}.account", (account,)),)
        return [Finding("account-not-told", details=details)]
    return findings(people(scene), account, profile_type())


def is_windows() -> bool:
    return sys.platform == "win32"


def _account() -> Told:
    """Return as whom the program runs."""
    try:
        return current_account()
    except (OSError, KeyError, WindowsCallError):  # an account that has no name
        return Phrase(f"{TEXTS}.unknown")


def findings(
    everybody: Sequence[Person], account: Told, profile: ProfileType | None
) -> Sequence[Finding]:
    """Return what there is to say on Windows."""
    details = _details(everybody, account, profile)
    named = facts(account=account)
    told_by_key = any(
        (one.judged.installed.key_trouble or ("",))[0] == _TEMPORARY_KEY for one in everybody
    )
    if told_by_key or profile is ProfileType.TEMPORARY:
        return [Finding("account-temporary-profile", named, details)]
    if profile is ProfileType.MANDATORY:
        return [Finding("account-mandatory-profile", named, details)]
    tied = [one for one in everybody if _is_tied(one)]
    if everybody and not tied:
        return [Finding("account-not-told", details=details)]
    states = {_evidence(one) for one in tied}
    if not tied or "other" in states:
        return [Finding("account-perhaps-other", named, details)]
    return [Finding("account-same" if states == {"same"} else "account-open", named, details)]


def _is_tied(person: Person) -> bool:
    """Whether the key, where there is one, is kept for one Windows account alone."""
    installed, details = person.judged.installed, person.judged.installed.key_details
    is_on_card = details is not None and details.hardware == _ON_CARD
    trouble = installed.key_trouble
    if trouble is not None and trouble.cause.startswith(_OF_CARDS):
        is_on_card = True
    is_of_computer = details is not None and details.is_of_computer
    return kind_of(person.judged) == _WINDOWS and not is_on_card and not is_of_computer


def _evidence(person: Person) -> Literal["same", "other", "open"]:
    """What the person's key says of the account.

    A key in software was tried when the store was read: one that is "present" has signed.
    """
    if reason(person.judged, "no-key", "key-unusable"):
        return "other"
    return "same" if person.judged.installed.key is KeyState.PRESENT else "open"


def _details(
    everybody: Sequence[Person], account: Told, profile: ProfileType | None
) -> tuple[Detail, ...]:
    kind = "unknown" if profile is None else profile.value
    details = [
        Detail(f"{TEXTS}.account", (account,)),
        Detail(f"{TEXTS}.profile", (Phrase(f"{TEXTS}.profile-kind.{kind}"),)),
    ]
    keys = tuple(line for one in everybody for line in _key_of(one))
    if keys:
        details.append(Detail(f"{TEXTS}.containers", keys))
    begun = tuple(_since(one) for one in everybody)
    if begun:
        details.append(Detail(f"{TEXTS}.obtained", begun))
    return tuple(details)


def _key_of(person: Person) -> Sequence[Told]:
    """Name the container that Windows keeps the key in, and what it says against it."""
    installed = person.judged.installed
    trouble = installed.key_trouble
    told = {
        "which": which(person.judged),
        "container": Value(Kind.NAME, installed.key_details.container)
        if installed.key_details is not None
        else Phrase(f"{TEXTS}.unknown"),
        "said": plain(f" [{trouble.code}]" if trouble is not None and trouble.code else ""),
    }
    is_told = installed.key_details is not None or trouble is not None
    return [Phrase(f"{TEXTS}.container-line", facts(**told))] if is_told else []


def _since(person: Person) -> Phrase:
    """Name the certificate, its first day, and when it was written into Windows' store."""
    certificate = person.certificate
    told = {
        "which": which(person.judged),
        "since": moment_of(certificate.not_before),
        "written": moment_of(obtained.written_at(certificate.sha1)),
    }
    name = "written" if kind_of(person.judged) == _WINDOWS else "begun"
    return Phrase(f"{TEXTS}.obtained-line.{name}", facts(**told))
