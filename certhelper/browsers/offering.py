"""Whether a person's own browser will offer a certificate, and why not.

Whether it can be used at all says :mod:`certhelper.standing`; here stands only which certificates a
browser looks at.  Edge, Chrome and Chromium read the current user's store on Windows
(``client_cert_store_win.cc``), the keychain on macOS, and their one NSS database with its PKCS #11
modules on Linux (``client_cert_store_nss.cc``).  Firefox reads its profile's NSS database, and the
system's store on Windows and macOS where ``security.osclientcerts.autoload`` says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import texts
from certhelper.browsers import firefox_profiles, firefox_settings
from certhelper.browsers.installed import InstalledBrowser
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import name_of
from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.standing import Judged, Severity
from certhelper.stores import nss
from certhelper.stores.base import KeyState

_WINDOWS_STORE = "windows:CurrentUser"
_MACOS = "macos"
_SYSTEM_STORES = {"win32": _WINDOWS_STORE, "darwin": _MACOS}
_ON_WINDOWS = os.name == "nt"
_SEEN_ALL_THE_SAME = frozenset({"key-unusable", "revoked"})
"""Blocking reasons that a browser does not look at before it offers a certificate."""

_ON_SINCE_FIREFOX = 90
_FLATPAK_DATABASES = {
    Browser.EDGE: ".var/app/com.microsoft.Edge/.pki/nssdb",
    Browser.CHROME: ".var/app/com.google.Chrome/.pki/nssdb",
    Browser.CHROMIUM: ".var/app/org.chromium.Chromium/.pki/nssdb",
}
_SNAP_DATABASE = "snap/{name}/current/.pki/nssdb"


class Answer(StrEnum):
    """Whether the browser's dialog will show it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Offer(NamedTuple):
    """The answer with its reason.

    ``code`` is a name in ``[offer]`` of ``resources/texts/browsers.toml``, whose ``message`` and
    ``remedy`` are filled with ``facts``; ``reasons`` are what stands against the certificate itself
    and ``notes`` what is to be known besides, as a person reads them.
    """

    answer: Answer
    code: str
    facts: tuple[tuple[str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def message(self) -> str:
        """What will happen."""
        return texts.text(f"browsers.offer.{self.code}.message", **dict(self.facts))

    def remedy(self) -> str:
        """What to do; empty where nothing needs to be done."""
        if self.answer is Answer.YES:
            return ""
        return texts.text(f"browsers.offer.{self.code}.remedy", **dict(self.facts))


class Reach(NamedTuple):
    """Which stores a browser looks into, by the names that ``--store`` takes.

    ``switched_off`` says that Firefox does not look into the system's store, which it could.
    """

    browser: Browser
    stores: frozenset[str]
    is_known: bool = True
    switched_off: bool = False

    def has(self, judged: Judged) -> bool:
        """Whether a certificate is where the browser looks."""
        return judged.installed.store in self.stores


def reach_of(found: InstalledBrowser, environment: Mapping[str, str] = os.environ) -> Reach:
    """Say where this browser looks for certificates."""
    if found.browser is Browser.FIREFOX:
        return _reach_of_firefox(found, environment)
    if sys.platform == "win32":
        return Reach(found.browser, frozenset({_WINDOWS_STORE}))
    if sys.platform == "darwin":
        return Reach(found.browser, frozenset({_MACOS}), is_known=False)
    return Reach(found.browser, frozenset({_name(_database(found, environment))}))


def offer_of(found: InstalledBrowser | None, reach: Reach | None, same: Sequence[Judged]) -> Offer:
    """Say whether a browser will offer a certificate.

    ``same`` are all the places in which the certificate is, judged; at least one.  ``found`` and
    ``reach`` are None for the system's standard browser: which one that is is not known.
    """
    if found is None or reach is None:
        offer = _of_standing(same, Offer(Answer.UNKNOWN, "standard-browser"))
    elif not reach.is_known:
        offer = _of_standing(same, Offer(Answer.UNKNOWN, "not-tried", _facts(found)))
    else:
        within = [judged for judged in same if reach.has(judged)]
        offer = (
            _of_standing(within, Offer(Answer.YES, "offered", _facts(found)))
            if within
            else _elsewhere(found, reach, same[0])
        )
    return offer


def offered_by(reach: Reach, judged: Iterable[Judged]) -> tuple[Certificate, ...]:
    """Return what the browser would show, of all that is on this PC, each once.

    Certificates of other issuers than the profile's are left out: the bank's server names those
    that it accepts, and browsers show no other (inferred where the profile names them).
    """
    found = (one.installed.certificate for one in judged if reach.has(one) and _is_seen(one))
    return tuple(dict.fromkeys(found))


def look_alikes(
    certificate: Certificate, offered: Iterable[Certificate]
) -> tuple[Certificate, ...]:
    """Return the others that a dialog shows by the same name."""
    return tuple(
        one for one in offered if one != certificate and one.subject == certificate.subject
    )


def _is_seen(judged: Judged) -> bool:
    blocking = {one.code for one in judged.reasons if one.severity is Severity.BLOCKING}
    return blocking <= _SEEN_ALL_THE_SAME


def _of_standing(same: Sequence[Judged], offer: Offer) -> Offer:
    """What stands against the certificate itself is the same in every browser."""
    best = next((one for one in same if one.usable), same[0])
    if not best.usable:
        blocking = (one for one in best.reasons if one.severity is Severity.BLOCKING)
        reasons = tuple(one.message() for one in blocking)
        return Offer(Answer.NO, "unusable", offer.facts, reasons)
    notes: tuple[str, ...] = ()
    if best.installed.key_needs_user:
        notes += (texts.text("browsers.note.asks-for-password"),)
    if best.installed.key is KeyState.UNKNOWN:
        notes += (texts.text("browsers.note.key-unknown"),)
    return offer._replace(notes=notes)


def _elsewhere(found: InstalledBrowser, reach: Reach, judged: Judged) -> Offer:
    """It is where this browser does not look: say where it looks, and how it gets there."""
    kind, _, where = judged.installed.store.partition(":")
    facts = (
        *_facts(found),
        ("where", safe(where) or kind),
        ("database", safe(_shown(reach))),
    )
    if reach.switched_off and kind in ("windows", _MACOS):
        return Offer(Answer.NO, "switched-off", facts)
    if kind == "windows":
        # Of this kind a browser misses the computer's store alone, which standing explains.
        return _of_standing([judged], Offer(Answer.NO, "elsewhere", facts))
    if _ON_WINDOWS and found.browser.is_of_chromium:
        return Offer(Answer.NO, "elsewhere-windows", facts)
    if found.browser is Browser.FIREFOX:
        return Offer(Answer.NO, "elsewhere-firefox", facts)
    return Offer(Answer.NO, "elsewhere", facts)


def _shown(reach: Reach) -> str:
    paths = sorted(name.partition(":")[2] for name in reach.stores if name.startswith("nss:"))
    return " / ".join(paths) or "-"


def _facts(found: InstalledBrowser) -> tuple[tuple[str, str], ...]:
    return (("browser", name_of(found.browser)),)


def _database(found: InstalledBrowser, environment: Mapping[str, str]) -> Path:
    """A browser that is packed apart has a home of its own, and so a database of its own."""
    home = Path(environment.get("HOME", "") or Path.home())
    if found.place.package == "flatpak":
        return home / _FLATPAK_DATABASES[found.browser]
    if found.place.package == "snap":
        return home / _SNAP_DATABASE.format(name=found.place.path.name)
    return nss.default_directory()


def _reach_of_firefox(found: InstalledBrowser, environment: Mapping[str, str]) -> Reach:
    profiles = firefox_profiles.usual_profiles(environment)
    stores = {_name(profile) for profile in profiles}
    system = _SYSTEM_STORES.get(sys.platform, "")
    is_on = bool(system) and _takes_of_the_system(found)
    if is_on:
        stores.add(system)
    return Reach(
        Browser.FIREFOX,
        frozenset(stores),
        is_known=system != _MACOS,
        switched_off=bool(system) and not is_on,
    )


def _takes_of_the_system(found: InstalledBrowser) -> bool:
    setting = firefox_settings.read(firefox_settings.OF_THE_SYSTEM)
    if isinstance(setting.value, bool | int):
        return bool(setting.value)
    return found.major is None or found.major >= _ON_SINCE_FIREFOX


def _name(directory: Path) -> str:
    """The directory as the listing names it (:mod:`certhelper.stores.registry`)."""
    return f"{nss.KIND}:{os.path.realpath(directory)}"
