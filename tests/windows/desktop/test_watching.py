"""What another program puts into Windows' store shows in the open window."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from support import listings, pki

from certhelper.desktop.reading import Reader
from certhelper.desktop.visibility import Visibility
from certhelper.desktop.watching import StoreWatch
from certhelper.listing import Listing
from certhelper.stores import watching
from certhelper.stores.windows import WindowsStore
from certhelper.windows.certificate_store import Place

_PATIENCE_MS = 60_000


def test_a_certificate_of_another_program_shows_by_itself(
    qtbot: QtBot, another_program: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for a new reading, and the window is not even active."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.05)
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    stores = [WindowsStore(place) for place in Place]
    reader = Reader(listings.bank(), lambda: stores, window)
    watch = StoreWatch(Visibility(window), reader)
    with qtbot.waitSignal(reader.finished, timeout=_PATIENCE_MS):
        reader.start()
    qtbot.waitUntil(lambda: watch.is_watching)

    issued = pki.Authority().issue(f"{listings.CONTRACT} user01")

    def holds_it(listing: Listing) -> bool:
        shown = {one.installed.certificate.sha256 for one in listing.grouped.judged}
        return sha256(issued.der).hexdigest() in shown

    with qtbot.waitSignal(reader.listed, timeout=_PATIENCE_MS, check_params_cb=holds_it):
        another_program(issued.der)
    window.close()
    assert not watch.is_watching
