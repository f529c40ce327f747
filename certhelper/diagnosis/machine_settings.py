"""The program's settings that count here, and who has decided each: the person or the PC's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from certhelper import machine_settings, settings
from certhelper.diagnosis.machine_facts import KEYS, Source, word, yes_or_no
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Kind, Phrase, Told, Value, phrase, plain
from certhelper.logon import proxy, proxy_windows
from certhelper.logon.proxy import Route, Way
from certhelper.proxy_choice import ProxyMode
from certhelper.safe_text import safe
from certhelper.settings_in_force import InForce, SettingsInForce, in_force
from certhelper.windows import proxy_settings
from certhelper.windows.proxy_settings import ProxySettings

_ONCE = "settings-in-force"


def _counting(scene: Scene) -> SettingsInForce:
    """Raises as :func:`certhelper.machine_settings.read`."""

    def read() -> SettingsInForce:
        kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
        return in_force(kept, machine_settings.read())

    return scene.once(_ONCE, read)


def _decided(one: InForce[Any], value: Told) -> Phrase:
    by = "administrator" if one.managed else "person"
    return phrase(f"{KEYS}.decided.{by}", value=value)


def _of(name: str, value: Callable[[SettingsInForce], Told]) -> Source:
    """One setting; ``name`` is that of its field."""

    def find(scene: Scene) -> Told:
        counting = _counting(scene)
        return _decided(getattr(counting, name), value(counting))

    return Source(name.replace("_", "-"), find)


def _proxy(scene: Scene) -> Told:
    choice = scene.proxy
    known = {
        ProxyMode.MANUAL: Value(Kind.HOST, safe(choice.address)),
        ProxyMode.PAC: Value(Kind.HOST, safe(choice.pac_address)),
    }
    value = phrase(f"{KEYS}.proxy.{choice.mode.value}", server=known.get(choice.mode, plain("-")))
    return _decided(_counting(scene).proxy, value)


def _way(scene: Scene) -> Told | Facts:
    """What is set, not what comes of it: nobody in the network is asked for it here."""
    if sys.platform == "win32" and scene.proxy.mode is ProxyMode.SYSTEM:
        return ways_set_in_windows(proxy_settings.read())
    return way_told(proxy.chosen(scene.proxy, scene.environment))


def ways_set_in_windows(given: ProxySettings) -> Facts:
    """Return what stands in Windows' settings; a search for a script comes before the rest."""
    ways = [Route(Way.DETECT)] if given.detects else []
    ways.append(proxy_windows.of_settings(given._replace(detects=False), str))
    return tuple((f"{KEYS}.fact.way", way_told(one)) for one in ways)


def way_told(way: Route) -> Phrase:
    """Return a way to the network in words."""
    server = Value(Kind.HOST, safe(way.server or way.script_from)) if way.server else plain("-")
    if way.script_from:
        server = Value(Kind.HOST, safe(way.script_from))
    return phrase(f"{KEYS}.way.{way.way.value}", server=server)


def _downloads(counting: SettingsInForce) -> Told:
    folder = counting.downloads_folder.value
    return word("standard") if folder is None else Value(Kind.PATH, safe(str(folder)))


def _own_browser(counting: SettingsInForce) -> Told:
    chosen = counting.own_browser.value
    return Phrase(f"browsers.name.{chosen or 'system'}")


def _machine_wide(_: Scene) -> Told:
    decided = machine_settings.read()
    named = [name for name, value in decided._asdict().items() if value not in ("", 0, False, None)]
    return plain(", ".join(named)) if named else word("none")


SOURCES = (
    Source("proxy", _proxy),
    Source("way", _way),
    _of("downloads_folder", _downloads),
    _of("own_browser", _own_browser),
    _of("stop_at_notices", lambda counting: yes_or_no(counting.stop_at_notices.value)),
    _of("check_revocation", lambda counting: yes_or_no(counting.check_revocation.value)),
    Source("machine-wide", _machine_wide),
)
