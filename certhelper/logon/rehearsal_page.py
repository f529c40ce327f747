"""An HTML page as facts for the flow, without an engine: what a person would see and could follow.

No script runs and no style sheet is read.  A page that shows itself by script only looks empty
here; the rehearsal then says that it needs the browser.  The order and meaning of links and fields
are those of ``resources/scripts/observe.js``.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from certhelper.logon import facts

_TEXT_LIMIT = 100_000  # characters
_LINK_LIMIT = 500
_DEPTH_LIMIT = 512  # elements within each other, as in Chromium (html_tree_builder)
_REST_LIMIT = 4096  # characters of a tag that never ends, over which the parser is not to brood
_MOST_DIGITS = 9
_META_PLACE = 1024  # octets in which a page names its encoding (HTML section 4.2.5.4)

_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
_NEVER_SHOWN = frozenset({"script", "style", "template", "noscript", "iframe", "object"})
"""``noscript`` shows in a browser without scripts only; the log-on has them."""

_ENDS_ITSELF = frozenset({"p", "li", "dt", "dd", "td", "th", "tr", "option"})
"""Their end tag may be missing where the next one begins (HTML section 13.1.2.4)."""

_BUTTONS = frozenset({"button", "submit", "image"})
_ENCODINGS = {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932"}
"""Browsers read Shift_JIS as windows-31j (encoding.spec.whatwg.org section 4.2)."""

_OF_HOST_NAMES = frozenset({"idna", "punycode"})
"""Python's encodings of no page, whose decoders take the square of a text's length in time."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_REFRESH = re.compile(
    rf"\s*([0-9]{{1,{_MOST_DIGITS}}})(?:\.[0-9]*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refresh:
    """A page sends the browser on by itself, after so many seconds."""

    seconds: int
    url: str


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page, and where it sends the browser on to, if it does.

    ``needs_script`` says that it shows nothing by itself, but has scripts that may.
    """

    seen: facts.PageSeen
    refresh: Refresh | None
    needs_script: bool


def read(url: str, status: int, content_type: str, body: bytes) -> PageRead:
    """Read a page that came from ``url``; what is no HTML shows nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    reader = _Reader(url)
    if kind in ("", "text/html", "application/xhtml+xml"):
        reader.feed(decoded(body, content_type))
        if len(reader.rawdata) <= _REST_LIMIT:
            reader.close()
    text = f"{reader.title}\n{reader.text}"[:_TEXT_LIMIT]
    links, fields = tuple(reader.links()[:_LINK_LIMIT]), tuple(reader.fields)
    needs_script = reader.has_script and not reader.text.strip()
    return PageRead(
        facts.PageSeen(0, url, status, text, links, fields), reader.refresh, needs_script
    )


def decoded(body: bytes, content_type: str) -> str:
    """Return the page's text: by byte order mark, header, ``meta``, else UTF-8 or Shift_JIS."""
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", "replace")
    head = body[:_META_PLACE].decode("latin-1")
    for place in (content_type, head):
        named = _CHARSET.search(place)
        if named is None:
            continue
        name = named[1].lower()
        if name in _OF_HOST_NAMES:
            continue
        try:
            return body.decode(_ENCODINGS.get(name, name), "replace")
        except (LookupError, ValueError):  # no encoding of texts
            continue
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp932", "replace")


@dataclass(slots=True)
class _Element:
    tag: str
    hidden: bool


@dataclass(slots=True)
class _Clickable:
    index: int
    href: str
    value: str
    hidden: bool
    text: str = ""
    alternative: str = ""

    def link(self) -> facts.Link:
        label = self.text.strip() or self.value or self.alternative
        return facts.Link(self.index, label[:200], self.href)


class _Reader(HTMLParser):
    """Walks the page once.  ``fields`` are the password fields that a person could use."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.fields: list[facts.PasswordField] = []
        self.refresh: Refresh | None = None
        self.has_script = False
        self._url = url
        self._base = url
        self._open: list[_Element] = []
        self._texts: list[str] = []
        self._clickables: list[_Clickable] = []
        self._inside: list[_Clickable] = []
        self._form: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def links(self) -> list[facts.Link]:
        """What can be clicked and is shown."""
        return [one.link() for one in self._clickables if not one.hidden]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _ENDS_ITSELF and self._open and self._open[-1].tag == tag:
            self._open.pop()
        hidden = self._hidden() or tag in _NEVER_SHOWN or _hides_itself(given)
        if tag not in _VOID and len(self._open) < _DEPTH_LIMIT:
            self._open.append(_Element(tag, hidden))
        match tag:
            case "base" if given.get("href"):
                self._base = self._absolute(given["href"], self._url)
            case "meta" if given.get("http-equiv", "").lower() == "refresh":
                self._note_refresh(given.get("content", ""))
            case "form":
                action = self._absolute(given.get("action", "") or self._url)
                self._form = (action, given.get("method", "get").lower() or "get")
            case "a" | "button" | "area":
                self._note_clickable(tag, given, hidden)
            case "input":
                self._note_input(given, hidden)
            case "img" if self._inside:
                self._inside[-1].alternative += given.get("alt", "")
            case "script":
                self.has_script = True
            case "br":
                self._texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if not any(element.tag == tag for element in self._open):
            return
        while self._open and self._open.pop().tag != tag:
            pass
        if tag == "form":
            self._form = None
        elif tag in ("a", "button") and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag == "title":
            self.title += data
        elif not self._hidden():
            self._texts.append(data)
            if self._inside:
                self._inside[-1].text += data

    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1].hidden

    def _absolute(self, address: str, base: str | None = None) -> str:
        try:
            return urljoin(base or self._base, address.strip())
        except ValueError:
            return ""

    def _note_refresh(self, content: str) -> None:
        found = _REFRESH.match(content)
        if found is not None and self.refresh is None:
            self.refresh = Refresh(int(found[1]), self._absolute(found[2]))

    def _note_clickable(self, tag: str, given: dict[str, str], hidden: bool) -> None:
        href = self._absolute(given["href"]) if given.get("href") else ""
        value = given.get("alt", "") if tag == "area" else given.get("value", "")
        found = _Clickable(len(self._clickables), href, value, hidden and tag != "area")
        self._clickables.append(found)
        if tag != "area":
            self._inside.append(found)

    def _note_input(self, given: dict[str, str], hidden: bool) -> None:
        kind = given.get("type", "text").lower()
        if kind in _BUTTONS:
            label = given.get("value", "") or given.get("alt", "")
            self._clickables.append(_Clickable(len(self._clickables), "", label, hidden))
        usable = not hidden and not {"disabled", "readonly"} & given.keys()
        if kind == "password" and usable:
            length = given.get("maxlength", "")
            target, method = self._form or ("", "")
            is_number = length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS
            maximum = int(length) if is_number else None
            # Which field a selector means only an engine can say; nothing is typed here.
            self.fields.append(facts.PasswordField(True, target, method, maximum))


def _hides_itself(given: dict[str, str]) -> bool:
    style = "".join(given.get("style", "").lower().split())
    return "hidden" in given or "display:none" in style
