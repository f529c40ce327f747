"""11: whether a key is of Windows' older kind, which TLS 1.3 may not work with."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import TEXTS, Person, for_each, kind_of, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Told, Value
from certhelper.safe_text import safe

_WINDOWS = "windows"


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose key is kept by a provider of the older kind (CryptoAPI)."""
    everybody = people(scene)
    of_windows = [one for one in everybody if kind_of(one.judged) == _WINDOWS]
    if everybody and not of_windows:
        return [Finding("provider-elsewhere")]

    def current() -> Finding:
        return Finding("provider-current", details=_named(of_windows))

    return for_each(of_windows, _look, current, "provider-nobody")


def _look(person: Person) -> Sequence[Finding]:
    if not reason(person.judged, "legacy-provider"):
        return []
    return [person.finding("provider-old", provider=_provider(person), reissue=person.reissue)]


def _named(everybody: Sequence[Person]) -> tuple[Detail, ...]:
    told = dict.fromkeys(_provider(one) for one in everybody)
    return (Detail(f"{TEXTS}.providers", tuple(told)),)


def _provider(person: Person) -> Told:
    """The name is a product's: it tells nothing of anybody."""
    return Value(Kind.PLAIN, safe(person.judged.installed.key_provider or "?"))
