"""Every cause has its words and its line in the document."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography import x509

from certhelper import texts
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation import no_answer
from certhelper.revocation_text import revocation_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "revocation.md"
CAUSES = no_answer._TELLING_MOST_FIRST


def test_every_cause_has_words_and_a_line() -> None:
    """In the order in which the program tells them; none is named that does not exist."""
    assert set(texts.area("reasons")["revocation-causes"]) == set(CAUSES)
    table = DOCUMENT.read_text("utf-8").partition("## Causes")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == CAUSES


def test_every_cause_that_is_told_is_known() -> None:
    """One that nobody listed would have no words."""
    folder = Path(no_answer.__file__).parent
    sources = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    told = set(re.findall(r'(?:NoAnswerError|unknown)\(\s*"([a-z-]+)"', sources))
    assert len(told) > 10
    assert told <= set(CAUSES)


def test_every_reason_of_rfc_5280_has_words() -> None:
    """Whatever a responder may give as the reason."""
    words = texts.area("reasons")["revocation-reasons"]
    assert {one.value for one in x509.ReasonFlags} == set(words)
    for one in x509.ReasonFlags:
        assert words[one.value]["ja"] in revocation_text(
            Revocation(RevocationStatus.REVOKED, one.value)
        )


def test_the_most_telling_cause_is_told() -> None:
    """A forged answer matters more than a server that was away."""
    failed = [no_answer.unknown(one) for one in ("timeout", "wrong-signature", "refused")]
    assert no_answer.most_telling(failed).cause == "wrong-signature"
