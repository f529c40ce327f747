"""What the helpdesk looks up: a check code or number that was told over the phone, the checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from certhelper import failures, reason, texts
from certhelper.cli import output
from certhelper.diagnosis import code, explained
from certhelper.diagnosis.explained import Explained
from certhelper.diagnosis.order import CHECKS
from certhelper.failures import WrongUseError

CODE_SCHEMA = "certhelper.check-code/1"
CHECKS_SCHEMA = "certhelper.checks/1"

_LONGEST_NUMBER = 4
_TOLD = ("meaning", "helpdesk", "causes", "remedy", "bank")
_INDENT = "    "


def tell_checks(*, as_json: bool) -> None:
    """Print the sixteen checks with their numbers, names and titles."""
    rows = [(one.number, one.name, texts.text(f"diagnosis.check.{one.name}")) for one in CHECKS]
    if as_json:
        keys = ("number", "name", "title")
        listed = [dict(zip(keys, row, strict=True)) for row in rows]
        output.document({"schema": CHECKS_SCHEMA, "checks": listed})
        return
    cells = [(f"{number:>2}", name, title) for number, name, title in rows]
    output.lines(output.aligned(cells))


def tell_code(given: str, *, as_json: bool) -> None:
    """Print what a check code, a number or the code of a failure or reason means.

    Raises as :func:`certhelper.diagnosis.code.decode` and
    :func:`certhelper.diagnosis.explained.of_number`.
    """
    single = _single(given)
    if single is not None:
        _tell_single(single, as_json=as_json)
        return
    decoded = code.decode(given)
    shown = code.grouped(code.digits_of(given))
    told = [_explained(one) or _unknown(one) for one in decoded.findings]
    if decoded.failure is not None:
        told.insert(0, _failure(decoded.failure))
    if as_json:
        findings = [_document(one) for one in told]
        head = {"schema": CODE_SCHEMA, "code": shown, "whole": decoded.is_whole}
        output.document({**head, "findings": findings})
        return
    lines = [_text("code", code=shown), _text(_summary(decoded))]
    for one in told:
        lines += ["", *_lines(one)]
    output.lines(lines)


def _explained(heard: code.Heard) -> Explained | None:
    return None if heard.entry is None else explained.of_finding(heard.check, heard.entry)


def _unknown(heard: code.Heard) -> Explained:
    """A finding that only a newer version knows: the check says at least what it is about."""
    title = texts.text(f"diagnosis.check.{heard.check}")
    return Explained(heard.number, "", title, "", None, _text("unknown"), "", "", "", "")


def _failure(number: int) -> Explained:
    """What had failed before the diagnosis."""
    try:
        return explained.of_number(number)
    except WrongUseError:  # only a newer version knows it
        return Explained(number, "", "", "", None, _text("unknown"), "", "", "", "")


def _summary(decoded: code.Decoded) -> str:
    if decoded.failure is not None:
        return "after-failure" if decoded.is_whole else "after-failure-cancelled"
    if decoded.is_whole:
        return "most" if decoded.findings else "nothing"
    return "cancelled" if decoded.findings else "cancelled-nothing"


def _single(given: str) -> Explained | None:
    """Return what a short number or a word of the public lists means; None: it is neither."""
    digits = code.digits_of(given)
    if digits:
        is_short = len(digits) <= _LONGEST_NUMBER
        return explained.of_number(int(digits)) if is_short else None
    word = given.strip().strip("[]").lower()
    if word in reason.SEVERITIES:
        return explained.of_reason(word)
    if failures.is_known(word):
        return explained.of_failure(word)
    return next(
        (explained.of_finding(*one) for one in explained.findings() if one[1].code == word), None
    )


def _tell_single(single: Explained, *, as_json: bool) -> None:
    if as_json:
        head = {"schema": CODE_SCHEMA, "code": None, "whole": None}
        output.document({**head, "findings": [_document(single)]})
    else:
        output.lines(_lines(single))


def _document(told: Explained) -> dict[str, Any]:
    return {
        "number": told.number,
        "code": told.code or None,
        "title": told.title or None,
        "weight": told.weight or None,
        "who": told.who and told.who.value,
        **{name: getattr(told, name) or None for name in _TOLD},
    }


def _lines(told: Explained) -> Iterator[str]:
    code_shown = f"[{told.code}]" if told.code else ""
    head = [str(told.number), told.title, told.weight and _weight(told.weight), code_shown]
    yield "  ".join(filter(None, head))
    for name in _TOLD:
        words = getattr(told, name)
        if words:
            yield f"{_INDENT}{_text(name)}: {words}"
    if told.code:
        who = told.who.value if told.who else "nobody"
        yield f"{_INDENT}{_text('who')}: {texts.text(f'diagnosis-code.who.{who}')}"


def _weight(name: str) -> str:
    return texts.text(f"diagnosis-code.weight.{name}")


def _text(name: str, **facts: object) -> str:
    return texts.text(f"diagnosis-code.decoded.{name}", **facts)
