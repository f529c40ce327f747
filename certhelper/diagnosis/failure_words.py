"""A failure of the public list as phrases of a finding: its words stay apart from its facts.

What a failure names comes from the log-on as plain text.  Which of it is safe to hand on says its
name; a name that nobody has thought of counts as one that somebody gave freely.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import NamedTuple

from certhelper import failures, hosts
from certhelper.bank import Bank
from certhelper.diagnosis.values import Facts, Kind, Phrase, Value
from certhelper.failures import Actor
from certhelper.safe_text import safe

_KINDS = {
    **dict.fromkeys(
        (
            "accepted",
            "begin",
            "count",
            "difference",
            "end",
            "error",
            "how",
            "now",
            "product",
            "status",
        ),
        Kind.PLAIN,
    ),
    **dict.fromkeys(("address", "proxy"), Kind.HOST),
    **dict.fromkeys(("file", "folder", "module", "place", "places", "where"), Kind.PATH),
    **dict.fromkeys(("store", "stores"), Kind.STORE),
}
_UNKNOWN = Value(Kind.PLAIN, "?")


class FailureWords(NamedTuple):
    """What happened, why, what to do now, and who must do it."""

    message: Phrase
    cause: Phrase
    remedy: Phrase
    who: Actor

    @property
    def facts(self) -> Facts:
        """The facts ``message``, ``cause``, ``remedy`` and ``who``, for a finding."""
        acts = Phrase(f"diagnosis-surroundings.who.{self.who.value}")
        told = (("message", self.message), ("cause", self.cause), ("remedy", self.remedy))
        return (*told, ("who", acts))


def words(code: str, given: Mapping[str, object], bank: Bank) -> FailureWords:
    """Return the words of a failure with the facts ``given``.

    One that its text names and nobody gave is ``?``, as everywhere.  Raises ``KeyError`` for a
    code that is not on the list.
    """
    failure = failures.find(code)
    texts = {part: getattr(failure, part) for part in ("message", "cause", "remedy")}
    phrases = {
        part: Phrase(f"failures.{code}.{part}", _facts(list(text.values()), given, bank))
        for part, text in texts.items()
    }
    return FailureWords(**phrases, who=failure.actor)


def host_value(host: str, bank: Bank) -> Value:
    """Return a host by its kind: the bank's own is no secret, any other may be the firm's."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    entries = (*bank.site.allowed_hosts, *bank.site.certificate_hosts)
    known = [hosts.matches(entry, name, hosts.split(entry)[1]) for entry in entries]
    is_banks = any(known) or name in [place[0] for place in bank.expected_places()]
    return Value(Kind.PLAIN if is_banks else Kind.HOST, safe(host))


def _facts(texts: list[str], given: Mapping[str, object], bank: Bank) -> Facts:
    names = dict.fromkeys(
        name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None
    )
    return tuple((name, _value(name, given, bank)) for name in names)


def _value(name: str, given: Mapping[str, object], bank: Bank) -> Value:
    if name not in given:
        return _UNKNOWN
    text = safe(str(given[name]))
    if name == "host":
        return host_value(text, bank)
    return Value(_KINDS.get(name, Kind.NAME), text)
