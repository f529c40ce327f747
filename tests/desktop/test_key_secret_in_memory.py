"""A whole log-on with a token, by the real window: its PIN, and then the bank's.

The real window, dialog, pad, child, session, engine, SoftHSM and demo bank.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.log_on import Site
from support.main_window import main_window
from support.memory import copies
from support.pki import Issued
from support.softhsm import MODULE, SoftHsm
from support.systems import is_root, only_on_linux

from certhelper.demo.customers import DEMO_PIN

pytestmark = only_on_linux

TOKEN_PIN = "Vb8Nq3Xe6Ty1"


def test_a_token_s_pin_leaves_the_window_with_its_press(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One copy while it is typed, the Secret's; none after, in any process; then the pad opens."""
    softhsm = SoftHsm(tmp_path / "softhsm")
    for name, value in softhsm.environment.items():
        monkeypatch.setenv(name, value)
    with Site(tmp_path, other_authentication=False) as site:
        token = softhsm.make_token("会社のカード", TOKEN_PIN)
        softhsm.add(token, Issued(site.user.certificate, site.user.key))
        with main_window(site.bank.source, f"pkcs11:{MODULE}") as running:
            running.hear("secret")
            for character in TOKEN_PIN:
                running.click(character)
            assert copies(running.main, TOKEN_PIN) == 1
            running.click("\n")
            running.hear("pad")
            # The session is sealed, and the engine's sandbox has its own: root alone may look.
            sealed = (running.session, *running.engine) if is_root() else ()
            for pid in (*running.others, *sealed):
                assert copies(pid, TOKEN_PIN) == 0
            for character in f"{DEMO_PIN}\n":
                running.click(character)
            running.hear("top-page")
        assert site.log.certificates()[-1] == site.user.sha256
