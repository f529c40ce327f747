"""14: browsers that are still open, and so remember which certificate was chosen in them."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper import moment
from certhelper.browsers import running
from certhelper.browsers.kinds import Browser
from certhelper.browsers.running import Running, Seen
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Phrase, Told, facts, joined, phrase

_CLOSED, _OPEN, _UNSEEN = "browsers-closed", "browser-open", "browsers-of-unknown-user"


def check(scene: Scene) -> Sequence[Finding]:
    """Say of each browser of this person's that it runs; of others' that they do not matter."""
    seen = scene.once("running-browsers", running.look)
    return findings(seen)


def findings(seen: Seen) -> list[Finding]:
    """Return what is found where these browsers run."""
    beside = _beside(seen)
    found = [_open(seen.mine)] if seen.mine else []
    if seen.of_unknown:
        found.append(Finding(_UNSEEN, facts(count=len(seen.of_unknown)), _named(seen.of_unknown)))
    if not found:
        return [Finding(_CLOSED, details=beside)]
    return [found[0]._replace(details=(*found[0].details, *beside)), *found[1:]]


def _open(browsers: Sequence[Running]) -> Finding:
    """One finding for all: they are closed alike.  It tells since when the first one runs."""
    names = list(dict.fromkeys(_name(one.browser) for one in browsers))
    begun = [one.since for one in browsers if one.since is not None]
    since = moment.in_japan(min(begun)) if begun else Phrase("diagnosis-surroundings.unknown")
    return Finding(_OPEN, facts(browser=joined(names), since=since))


def _name(browser: Browser) -> Told:
    return Phrase(f"browsers.name.{browser.value}")


def _named(browsers: Sequence[Browser]) -> tuple[Detail, ...]:
    names: tuple[Told, ...] = tuple(phrase(f"browsers.name.{one.value}") for one in browsers)
    return (Detail("diagnosis-surroundings.of-unknown-user", names),)


def _beside(seen: Seen) -> tuple[Detail, ...]:
    """What is said beside: others' browsers, and that others' processes are hidden."""
    details: list[Detail] = []
    if seen.of_others:
        names: tuple[Told, ...] = tuple(
            phrase(f"browsers.name.{one.value}") for one in seen.of_others
        )
        details.append(Detail("diagnosis-surroundings.of-other-users", names))
    if seen.others_hidden:
        hidden = phrase("diagnosis-surroundings.others-hidden")
        details.append(Detail("diagnosis-surroundings.of-other-users", (hidden,)))
    return tuple(details)
