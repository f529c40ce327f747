"""What a pad says of the secret that it takes."""

from __future__ import annotations

import pytest

from certhelper.pad.wording import for_logon


@pytest.mark.parametrize("words", ["暗証番号に誤りがあります", ""])
def test_every_wrong_pin_is_counted_and_the_second_gets_a_stronger_word(words: str) -> None:
    """Who does not see that it was the third time goes on until the bank suspends the use."""
    assert for_logon().warning == ""
    first, second, third = (for_logon(words, wrong_before=count).warning for count in (1, 2, 3))
    assert "利用できなくなります" in first
    assert "2回目" in second
    assert "3回目" in third
    for warning in (second, third):
        assert "続けて間違えると" in warning
        assert "管理者" in warning
