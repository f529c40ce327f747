"""Writes docs/failure-codes.md: ``python docs/make_failure_codes.py``.

Findings, failures and reasons with their numbers and words are the program's own lists.  A failure
or reason that has no number yet is given the next one in resources/numbers.toml.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certhelper.diagnosis.explained import Explained
    from certhelper.texts import Language

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "failure-codes.md"
NUMBERS = ROOT / "resources" / "numbers.toml"
LANGUAGES: tuple[Language, ...] = ("ja", "en")

_HEAD = """\
# 番号とコードの一覧 / Numbers and codes

電話で伝えられた番号から、意味、考えられる原因、いま行うこと、対応する人、銀行に伝えることを調べる表です。
`certhelper diagnose --decode 番号` でも同じことが分かります。9桁のチェックコードは
`certhelper diagnose --decode チェックコード` で読みます（[diagnosis.md](diagnosis.md)）。

What a number that was told over the phone means, its possible causes, what to do now, who acts,
and what to tell the bank. `certhelper diagnose --decode NUMBER` tells the same, and reads the check
code of nine digits ([diagnosis.md](diagnosis.md)). Written by `python docs/make_failure_codes.py`
from the program's own lists; tests/test_failure_codes_page.py holds the page to them. ○○ and (…)
stand for a name, a number or a date that only the PC concerned can tell.

| 番号 Numbers | |
|---|---|
| 100–1699 | 診断の結果 findings of a diagnosis: the check's number, then two digits |
| 2001– | 証明書についての理由 reasons for or against a certificate |
| 3001– | 失敗 failures |
"""
_NUMBERS_HEAD = """\
# The numbers by which failures and reasons are told over the phone (certhelper/spoken_numbers.py).
# A number never changes and is never given to another code: that of a code that is no more moves
# to the table `gone`.  `python docs/make_failure_codes.py` gives new codes the next numbers.
"""
_ROWS = ("meaning", "helpdesk", "causes", "remedy", "bank")


def text() -> str:
    """Return the whole document."""
    from certhelper import failures
    from certhelper.diagnosis import explained
    from certhelper.reason import SEVERITIES

    reasons = [partial(explained.of_reason, code) for code in SEVERITIES]
    failed = sorted(
        (partial(explained.of_failure, code) for code in failures.known()),
        key=lambda explain: explain("ja").number,
    )
    return "\n".join(
        [
            _HEAD,
            *_findings(),
            "## 証明書についての理由 / Reasons\n",
            "Every special case, with its words: [reasons.md](reasons.md).\n",
            *map(_section, reasons),
            "## 失敗 / Failures\n",
            *map(_section, failed),
        ]
    )


def _findings() -> Iterator[str]:
    from certhelper import texts
    from certhelper.diagnosis import explained
    from certhelper.diagnosis.findings import entries
    from certhelper.diagnosis.order import CHECKS

    yield "## 診断の結果 / Findings of a diagnosis\n"
    listed = list(explained.findings())
    for check in CHECKS:
        title = " / ".join(texts.text(f"diagnosis.check.{check.name}", one) for one in LANGUAGES)
        yield f"### {check.number} {title}\n"
        for name, entry in listed:
            if name == check.name:
                yield _section(partial(explained.of_finding, name, entry), level=4)
    yield "### どの項目にもある結果 / What can become of any check\n"
    yield "The number of the check comes before these two digits: 697 is the check 6, cancelled.\n"
    for entry in sorted(entries().values(), key=lambda one: one.place):
        if not entry.check:
            explain = partial(explained.of_finding, CHECKS[0].name, entry)
            yield _section(explain, number=f"–{entry.place}", level=4)


def _section(explain: Callable[[Language], Explained], *, number: str = "", level: int = 3) -> str:
    from certhelper import texts

    told = {one: explain(one) for one in LANGUAGES}
    japanese = told["ja"]
    weight = f"*{japanese.weight}* – " if japanese.weight else ""
    who = japanese.who.value if japanese.who else "nobody"
    lines = [f"{'#' * level} {number or japanese.number} `{japanese.code}`\n"]
    actors = " / ".join(texts.text(f"diagnosis-code.who.{who}", one) for one in LANGUAGES)
    lines += [f"{weight}対応する人 who acts: {actors}\n", "| | 日本語 | English |", "|---|---|---|"]
    for row in _ROWS:
        cells = [_cell(getattr(told[one], row)) for one in LANGUAGES]
        if any(cells):
            name = " ".join(texts.text(f"diagnosis-code.decoded.{row}", one) for one in LANGUAGES)
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(words: str) -> str:
    return words.strip().replace("|", "\\|").replace("\n", " ")


def with_all_numbers() -> str:
    """Return resources/numbers.toml with the next number for every code that has none."""
    from certhelper import failures, spoken_numbers
    from certhelper.reason import SEVERITIES

    kept = spoken_numbers.tables()
    codes: dict[str, Iterable[str]] = {"reasons": SEVERITIES, "failures": failures.known()}
    lines = [_NUMBERS_HEAD]
    for kind, first in spoken_numbers.FIRST.items():
        table = dict(kept[kind])
        given = [*table.values(), *(one for one in kept["gone"].values() if _is_of(kind, one))]
        following = count(max(given, default=first - 1) + 1)
        table |= {code: next(following) for code in codes[kind] if code not in table}
        lines += [f"[{kind}]", *(f"{code} = {number}" for code, number in table.items()), ""]
    gone = [f"{code} = {number}" for code, number in kept["gone"].items()]
    return "\n".join([*lines, "[gone]", *gone, ""])


def _is_of(kind: str, number: int) -> bool:
    from certhelper import spoken_numbers

    first = spoken_numbers.FIRST
    return max((one for one in first if first[one] <= number), key=first.__getitem__) == kind


def main() -> int:
    """Give numbers, then write the page."""
    from certhelper import spoken_numbers

    NUMBERS.write_text(with_all_numbers(), encoding="utf-8", newline="\n")
    spoken_numbers.tables.cache_clear()
    PAGE.write_text(text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
