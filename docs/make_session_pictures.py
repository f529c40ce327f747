"""Makes pictures of the session window: ``python docs/make_session_pictures.py DIR``.

Real log-ons at the demo bank, with the real engine, offscreen, by the played person of the tests
(tests/support/attended.py).  Beside make_pictures.py because a session is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.attended import Person, Play

CODE = Path(__file__).parents[1]
TARGET = "CERTHELPER_PICTURES"
_SCREEN = {"name": "picture", "x": 0, "y": 0, "width": 1366, "height": 768, "dpr": 1}
_SCREEN |= {"logicalDpi": 96, "logicalBaseDpi": 96}
_LOOKS = 30
"""So often the event loop comes round before a picture is taken: the page has been painted."""


def _take(person: Person, name: str) -> Play:
    for _ in range(_LOOKS):
        yield lambda: True
    person.window.grab().save(str(Path(os.environ[TARGET]) / f"session-{name}.png"))


def other_authentication(person: Person) -> Play:
    """Up to 他の認証."""
    person.window.resize(1180, 700)
    yield from person.stage("other-authentication")
    yield from _take(person, "other-authentication")


def everyday(person: Person) -> Play:
    """From the top page to the question at the end."""
    from certhelper.logon.browser.find_bar import FindBar

    window = person.window
    window.resize(1180, 700)
    yield from person.stage("top-page")
    yield from _take(person, "top-page")
    person.start_script("open('/biznet/everyday')")
    yield lambda: window.tabs.count() == 2
    yield from person.shows("振込メモ")
    find = window.findChild(FindBar)
    assert find is not None
    find.open()
    find.field.setText("振込")
    yield from _take(person, "tabs")
    find.close()
    person.start_script("document.querySelector('[data-confirm]').click()")
    message = yield from person.message()
    yield from _take(person, "message")
    message.answer("no")
    yield lambda: person.overlay() is None
    window.close()
    yield from person.message()
    yield from _take(person, "closing")


def main() -> None:
    sys.path[:0] = [str(CODE), str(CODE / "tests")]
    from support.log_on import Site
    from support.plays import play

    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    for what in (other_authentication, everyday):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            screen = folder / "screen.json"
            screen.write_text(json.dumps({"screens": [_SCREEN]}), "utf-8")
            asks = what is other_authentication
            with Site(folder, other_authentication=asks) as site:
                play(
                    site.bank,
                    site.database,
                    site.user.sha256,
                    what,
                    platform=f"offscreen:configfile={screen}",
                    variables={TARGET: str(target)},
                )


if __name__ == "__main__":
    main()
