"""How a value is told: as it is to the person at this PC, by an alias or its shape to others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Protocol

from certhelper.diagnosis.aliases import Aliases, locator
from certhelper.diagnosis.scrubbing import Scrubber
from certhelper.diagnosis.secrets_in_text import without_credentials, without_secrets
from certhelper.diagnosis.shapes import Found, Shape
from certhelper.diagnosis.values import Kind, Told, Value
from certhelper.safe_text import safe
from certhelper.texts import Language, text

_SHOWN_OF_FINGERPRINT = 8
_SHOWN_OF_SERIAL = 4
_LETTERS = 26
_STORES = ("nss", "pkcs11", "pkcs12", "files", "windows", "macos")
_CALLED_BEFORE = (Kind.CONTRACT, Kind.USER, Kind.HOST, Kind.ACCOUNT)
"""What a sentence often names before the alias does."""
_PUBLIC_PLACES = ("", "CurrentUser", "LocalMachine")
"""What a store of Windows is called on every PC."""


class Teller(Protocol):
    """Puts values into words of one language."""

    language: Language
    is_redacted: bool

    def value(self, value: Value) -> str:
        """Return what is told of a value."""
        ...

    def sentence(self, text: str) -> str:
        """Return a whole sentence, its values already told, as it may be told."""
        ...


def said(told: Told, teller: Teller) -> str:
    """Return a value or phrase in words."""
    if isinstance(told, Value):
        return teller.value(told)
    facts = {name: said(one, teller) for name, one in told.facts}
    return filled(words(told.key, teller.language), facts)


def words(key: str, language: Language) -> str:
    """Return a text, unfilled; where there is none, its key: the rest stays readable."""
    try:
        return text(key, language)
    except KeyError:
        return f"[{key}]"


def filled(pattern: str, facts: Mapping[str, str]) -> str:
    """Fill in the facts.  One that nobody gave shows as ``?``: the rest stays readable."""
    return pattern.format_map(_Known(facts))


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


class Openly:
    """For the person at this PC: everything as it is, but nobody's password."""

    is_redacted = False

    def __init__(self, language: Language) -> None:
        self.language = language

    def value(self, value: Value) -> str:
        return safe(without_secrets(value.text))

    def sentence(self, text: str) -> str:
        return without_credentials(text)


class Redacted:
    """For others: aliases and shapes; free text is searched for everything that is known."""

    is_redacted = True

    def __init__(self, aliases: Aliases, language: Language) -> None:
        self.language = language
        self._aliases = aliases
        self._said: dict[Value, str] = {}
        self._scrubber = Scrubber(aliases.known, self._found, aliases.public)
        called = "|".join(
            re.escape(self._text(f"alias.{one}", number="").strip()) for one in _CALLED_BEFORE
        )
        contract = re.escape(self._text("alias.contract", number="").strip())
        before = re.escape(self._text("fact.contract"))
        twice = rf"({called})\s?(?=\1)|{before} (?={contract}\s?[0-9])"
        self._twice = re.compile(twice, re.IGNORECASE)  # "User user A", too

    def value(self, value: Value) -> str:
        known = self._said.get(value)
        if known is None:
            known = self._said[value] = safe(self._new(value))
        return known

    def sentence(self, text: str) -> str:
        told = self._scrubber.without_shapes(without_credentials(text))
        return self._twice.sub("", told)  # "利用者 利用者A", "契約法人ID 契約1"

    def _new(self, value: Value) -> str:
        kind, whole = value
        if not whole.strip():
            return whole
        match kind:
            case Kind.PLAIN:
                return self._scrubber.scrubbed(whole)
            case Kind.USER:
                return self._text("alias.user", number=_letters(self._number(value)))
            case Kind.FINGERPRINT:
                return self._text("alias.hex", begin=_hex_digits(whole)[:_SHOWN_OF_FINGERPRINT])
            case Kind.SERIAL:
                digits = _hex_digits(whole)
                shown = min(_SHOWN_OF_SERIAL, len(digits) // 2)
                return self._text("alias.end", end=digits[len(digits) - shown :])
            case Kind.PATH:
                return self._path(value, whole)
            case Kind.STORE:
                return self._store(value)
            case Kind.HOST | Kind.ADDRESS:
                return self._host(value)
        return self._text(f"alias.{kind.value}", number=self._number(value))

    def _found(self, found: Found) -> str:
        """Return what stands in place of something in free text."""
        match found:
            case Value():
                return self.value(found)
            case Shape.EMAIL:
                return self._text("alias.email")
            case Shape.DIGITS:
                return self._text("alias.digits")
        return self._text("alias.path-unknown")

    def _store(self, value: Value) -> str:
        kind, _, where = value.text.partition(":")
        if kind not in _STORES:
            return self._path(value, value.text)
        if where in _PUBLIC_PLACES:
            return value.text
        return f"{kind}: {self._path(value, where)}"

    def _path(self, value: Value, path: str) -> str:
        """Tell where a path leads and what is odd about it: both can be why it is not read."""
        windows = PureWindowsPath(path)
        is_network = windows.drive.startswith("\\\\")
        parts = windows.parts if windows.drive else PurePosixPath(path).parts
        return self._text(
            "path.shape",
            alias=self._text("alias.path", number=self._number(value)),
            where=self._text("path.network" if is_network else "path.drive"),
            depth=max(len(parts) - 1, 0),
            foreign=self._text("path.no" if path.isascii() else "path.yes"),
        )

    def _host(self, value: Value) -> str:
        """Keep the scheme and the port: they say how the host is spoken to, and not which it is."""
        scheme, _, port = locator(value.text)
        alias = self._text(f"alias.{value.kind.value}", number=self._number(value))
        return f"{scheme}{alias}{port}"

    def _number(self, value: Value) -> int:
        return self._aliases.number_of(value)

    def _text(self, name: str, **facts: object) -> str:
        return text(f"diagnosis-report.{name}", self.language, **facts)


def _hex_digits(text: str) -> str:
    """Return hex digits without what stands between them; nothing where they are none."""
    bare = re.sub("[: …]", "", text.lower())
    return bare if re.fullmatch("[0-9a-f]*", bare) else ""


def _letters(number: int) -> str:
    """Return A to Z, then AA, AB and so on, for 1, 2 and so on."""
    letters = ""
    while number > 0:
        number, letter = divmod(number - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters
