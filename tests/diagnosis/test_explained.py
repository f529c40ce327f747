"""What a number means, without the facts of any PC."""

from __future__ import annotations

import pytest

from certhelper.diagnosis import explained
from certhelper.texts import Language


@pytest.mark.parametrize("number", [501, 602, 802])
def test_the_administrators_own_certificate_is_not_called_a_users(number: int) -> None:
    """The bank reissues it, which is another telephone call."""
    assert explained.of_number(number, "ja").meaning.startswith("管理者の証明書")
    assert "管理者" in explained.of_number(number, "en").meaning


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_left_out_leaves_no_blank(language: Language) -> None:
    """A sentence of facts at the end is not told; nor is what stood before it."""
    for check, entry in explained.findings():
        told = explained.of_finding(check, entry, language)
        for words in (told.meaning, told.helpdesk, told.causes, told.remedy, told.bank):
            assert words == words.strip()
