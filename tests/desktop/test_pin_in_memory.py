"""Where the PIN is, and where it is not: the memory of every process, as a core dump has it.

The real window, pad, child, session and engine; this test alone knows the whole PIN.
"""

from __future__ import annotations

import logging
import os
import random
import select
import string
import struct
from pathlib import Path

import pytest
from support.main_window import Running, main_window
from support.memory import copies, encodings_of
from support.scripted_bank import Answer, Pages, ScriptedBank
from support.systems import not_under_wine

from installers.checkout.user import IS_ROOT

_log = logging.getLogger(__name__)

pytestmark = not_under_wine("WebEngine never loads a page there")

_PATIENCE_S = 30
_OTHER = (
    "ワンタイムパスワード <form method=post action=/otp><input name=otp value=1></form>"
    "<script>setInterval(() => fetch('/go').then((answer) => {"
    "if (answer.ok) document.forms[0].submit(); }), 100)</script>"
)


def made_up_pin() -> str:
    """Twelve characters that no memory holds by chance, and no program text repeats."""
    characters = string.ascii_letters + string.digits
    return "".join(random.SystemRandom().choice(characters) for _ in range(12))


@pytest.mark.parametrize("entry", ["fill", "keys"])
def test_the_pin_is_in_no_memory_but_where_it_must_be(tmp_path: Path, entry: str) -> None:
    """None in the main process after the press; in the session's, none but the engine's own.

    While it is typed the main process holds one copy, the Secret's.  In the session's process
    every copy is the engine's own: the form's body (``p=…``) and what its autofill is told of a
    form that is submitted; with real keys also what input methods are told of a field with the
    focus.  How many there are is logged, and docs/session.md says what was counted, until when.
    """
    pin = made_up_pin()
    goes_on: list[bool] = []
    pages: Pages = {
        "POST logon/pin": _OTHER,
        "GET logon/go": lambda: "go" if goes_on else Answer("not yet", 404),
        "POST logon/otp": "利用者トップページ",
    }
    with (
        ScriptedBank(tmp_path, pages, None, entry=entry) as bank,
        main_window(bank.bank.source, f"nss:{bank.database}") as running,
    ):
        running.hear("pad")
        for character in pin:
            running.click(character)
        assert copies(running.main, pin) == 1
        running.click("\n")
        assert copies(running.main, pin) == 0

        running.hear("other-authentication")
        look(running, pin, "after the PIN page", by_keys=entry == "keys")
        goes_on.append(True)
        running.hear("top-page")
        look(running, pin, "at the top page", by_keys=entry == "keys")
        engine = [*running.engine, running.session]
        assert [seen.body for seen in bank.pins] == [f"p={pin}"]
        ending = [getattr(os, "pidfd_open", int)(pid) for pid in engine]
    for process in ending:
        gone, _, _ = select.select([process], [], [], _PATIENCE_S)
        os.close(process)
        assert gone


def engines_own(pin: str) -> list[bytes]:
    """What the engine itself makes of a form that is submitted.

    The request's body, and what the renderer tells the autofill of the browser's process
    (``components/autofill/core/common/mojom/autofill_types.mojom``, ``FormFieldData.value``): its
    message has the length in octets and in characters before a string of 16 bits.  Neither can be
    a string of Python's or Qt's.
    """
    told = pin.encode("utf-16-le")
    return [*encodings_of(f"p={pin}"), struct.pack("<II", 8 + len(told), len(pin)) + told]


def look(running: Running, pin: str, when: str, *, by_keys: bool) -> None:
    """Look into every process; what the session's may not be asked by others is refused."""
    for pid in running.others:
        assert copies(pid, pin) == 0
    if not IS_ROOT:
        with pytest.raises(PermissionError):
            copies(running.session, pin)
        return
    if not by_keys:
        assert copies(running.session, pin, left_out=engines_own(pin)) == 0
    in_session = copies(running.session, pin)
    in_engine = sum(copies(pid, pin) for pid in running.engine)
    _log.info("%s: %s copies in the session, %s in the engine", when, in_session, in_engine)
